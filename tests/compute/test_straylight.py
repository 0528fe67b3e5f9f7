"""The stray light correction undoes what the filters describe."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, signal

from venus_analysis.compute.straylight import (
    GhostSource,
    GhostStrip,
    HaloStrip,
    beyond_edges,
    steps_of,
    without_ghosts,
    without_halo,
)
from venus_analysis.errors import InputError


@pytest.fixture(scope="module")
def disk():
    line, column = np.indices((90, 120)).astype(float)
    return 50.0 * (np.hypot(line - 45.0, column - 60.0) < 20.0) * (1.0 + 0.01 * (column - 60.0))


def kernel(share, scale=4.0, half=15):
    line, column = np.indices((2 * half + 1, 2 * half + 1)) - half
    values = np.exp(-np.hypot(line, column) / scale)
    return share * values / values.sum()


def test_halo_returns_to_the_disk(disk):
    scattered = kernel(0.02)
    seen = 0.98 * disk + signal.convolve(disk, scattered, "same")
    found = without_halo(seen, [HaloStrip(0, 119, scattered)])
    assert np.abs(seen - disk).max() > 0.5
    assert np.abs(found - disk).max() < 1e-3
    assert found.sum() == pytest.approx(disk.sum(), rel=1e-5)


@pytest.mark.parametrize("scales", [4, 6])
def test_what_a_filter_cuts_off_is_told_from_its_edges(scales):
    tall, wide, scale = 13 * scales, 10 * scales, 10.0
    line, column = np.indices((2 * tall + 1, 2 * wide + 1))
    falling = np.exp(-np.hypot((line - tall) / 1.3, column - wide) / scale)
    cut = 0.012 * falling / (2.0 * np.pi * 1.3 * scale**2)
    assert beyond_edges(cut) == pytest.approx(0.012 - cut.sum(), rel=0.15)
    assert beyond_edges(np.pad(cut, 5)) == 0.0


def test_strips_have_their_own_kernels(disk):
    left, right = kernel(0.02), kernel(0.01, 6.0)
    seen = 0.98 * disk + signal.convolve(disk, left, "same")
    other = 0.99 * disk + signal.convolve(disk, right, "same")
    seen[:, 70:] = other[:, 70:]
    found = without_halo(seen, [HaloStrip(0, 69, left), HaloStrip(70, 119, right)])
    assert np.abs(found - disk).max() < 2e-3
    untouched = without_halo(seen, [HaloStrip(0, 69, left)])
    assert (untouched[:, 70:] == seen[:, 70:]).all()


def test_means_over_lines_are_corrected_like_pixels(disk):
    smooth = ndimage.gaussian_filter(disk, 4.0)
    scattered = kernel(0.02, 6.0, 25)
    seen = 0.98 * smooth + signal.convolve(smooth, scattered, "same")
    means = [image.reshape(30, 3, 120).mean(axis=1) for image in (seen, smooth)]
    found = without_halo(means[0], [HaloStrip(0, 119, scattered)], lines=3)
    before = np.abs(means[0] - means[1]).max()
    assert np.abs(found - means[1]).max() < 0.03 * before


@pytest.mark.parametrize("shift", [35, -41, 100, -119])
def test_ghost_is_taken_out_where_it_lies(disk, shift):
    blur = np.outer([0.25, 0.5, 0.25], [0.25, 0.5, 0.25])
    sent = signal.convolve(disk, blur, "same")
    seen = np.zeros_like(disk)
    to = slice(max(shift, 0), 120 + min(shift, 0))
    seen[:, to] = 0.004 * sent[:, to.start - shift : to.stop - shift]
    source = GhostSource(disk, blur, [GhostStrip(0, 119, 0.004, shift)])
    assert np.abs(without_ghosts(seen, [source])).max() < 1e-12


def test_factor_and_shift_belong_to_the_columns_of_the_band(disk):
    strips = [GhostStrip(0, 59, 0.002, -20), GhostStrip(60, 119, 0.004, 20)]
    seen = np.zeros_like(disk)
    for column in range(120):
        factor, shift = (0.002, -20) if column < 60 else (0.004, 20)
        if 0 <= column - shift < 120:
            seen[:, column] = factor * disk[:, column - shift]
    source = GhostSource(disk, np.ones((1, 1)), strips)
    assert np.abs(without_ghosts(seen, [source])).max() < 1e-12


def test_bad_columns_stay_bad_and_do_not_spread(disk):
    scattered = kernel(0.02)
    seen = 0.98 * disk + signal.convolve(disk, scattered, "same")
    seen[:, 50] = np.nan
    found = without_halo(seen, [HaloStrip(0, 119, scattered)])
    assert np.isnan(found[:, 50]).all()
    assert np.isfinite(np.delete(found, 50, axis=1)).all()
    assert np.nanmax(np.abs(found - disk)) < 0.05


def test_unknown_scenario_is_refused():
    with pytest.raises(InputError, match="TYPE2_TYPE1"):
        steps_of("TYPE3")
