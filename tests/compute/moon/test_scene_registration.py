"""Registration, pixel filter and sky of a scene on small planted images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.moon.aperture import APERTURES, column_spans, disk_sums
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_shift import ReferenceLimb, refine_centre
from venus_analysis.compute.moon.line_blocks import EqualisedPixels, line_blocks
from venus_analysis.compute.moon.pixels import find_spikes, spike_candidates, suspect_columns
from venus_analysis.compute.moon.registration import predict_outline
from venus_analysis.compute.moon.scene_sky import SkyProblem
from venus_analysis.compute.moon.sky_templates import (
    BlockMap,
    GhostGuess,
    find_ghost,
    ghost_template,
)

LINE, COLUMN = np.indices((220, 180)).astype(float)
BASE = Outline(108.3, 90.6, 60.0, 1.3, 0.004)


def disk(outline: Outline, blur: float = 0.9) -> np.ndarray:
    """Half-lit disk: brighter towards +column, dark beyond the terminator."""
    u, v = outline.unit(LINE, COLUMN)
    lit = np.clip(0.3 + 0.7 * u + 0.1 * np.sin(9 * v), 0.0, None)
    return lit * ndtr(-outline.distance(LINE, COLUMN) / blur)


@pytest.mark.parametrize("blur", [0.9, 1.3])
@pytest.mark.parametrize(("counts", "bound"), [(100.0, 0.06), (4.0, 0.4)])
def test_centre_of_a_band_with_another_blur_and_level(counts, bound, blur):
    rng = np.random.default_rng(2)
    reference = 100.0 * disk(BASE)
    truth = replace(BASE, centre_line=110.9, centre_column=89.9)
    image = counts * disk(truth, blur) + rng.normal(0.0, 0.65, LINE.shape)
    found = refine_centre(image, BASE, ReferenceLimb(reference, BASE, 0.0))
    assert found.outline.centre_line == pytest.approx(truth.centre_line, abs=bound)
    assert found.outline.centre_column == pytest.approx(truth.centre_column, abs=bound)


@pytest.mark.parametrize("moved", [(2.6, -0.7), (1.0, 1.0), (-1.5, 0.5), (0.5, -2.0)])
def test_a_limb_far_brighter_than_the_disk_behind_it_leads_to_the_centre(moved):
    """Its light grows with a shift three times as fast as that of an even disk."""

    def rimmed(outline: Outline) -> np.ndarray:
        inner = ndtr(outline.distance(LINE, COLUMN) + 4.0)
        return 100.0 * disk(outline) * (0.35 + 0.65 * inner)

    truth = replace(
        BASE,
        centre_line=BASE.centre_line + moved[0],
        centre_column=BASE.centre_column + moved[1],
    )
    image = rimmed(truth) + np.random.default_rng(2).normal(0.0, 0.65, LINE.shape)
    found = refine_centre(image, BASE, ReferenceLimb(rimmed(BASE), BASE, 0.0))
    for name, u in (("centre_line", found.u_line), ("centre_column", found.u_column)):
        error = abs(getattr(found.outline, name) - getattr(truth, name))
        assert error < min(0.12, 4.0 * u + 0.02), (name, error, u)


def test_no_limb_gives_the_prediction():
    empty = np.full(LINE.shape, np.nan)
    found = refine_centre(empty, BASE, ReferenceLimb(disk(BASE), BASE, 0.0))
    assert found.sectors == 0
    assert found.outline == BASE


def test_prediction_follows_the_focal_plane():
    ifov = 13e-6 / 1.75
    b2 = predict_outline(BASE, "B1", "B2", ifov)
    assert b2.centre_line - BASE.centre_line == pytest.approx(2e-3 / 13e-6 * 1.3)
    b9 = predict_outline(BASE, "B6", "B9", ifov)
    assert b9.centre_line - BASE.centre_line == pytest.approx(np.radians(0.42) / ifov * 1.3)


def plain(columns: int) -> BandCoefficients:
    rows = (np.full(columns, value) for value in (60.0, 1.0, 1.0, 900.0))
    return BandCoefficients(2.0, *rows)


def test_spikes_are_replaced_and_craters_kept():
    rng = np.random.default_rng(4)
    smooth = 60.0 + 200.0 * disk(BASE)
    counts = np.rint(smooth + rng.normal(0.0, 0.7, smooth.shape)).astype(np.uint16)
    track = (np.array([100, 101, 102, 103]), np.array([120, 120, 120, 121]))
    counts[track] += 300
    pixels = EqualisedPixels(counts, plain(180))
    whole = slice(0, 220), slice(0, 180)
    found = find_spikes(pixels, *whole, (0.65, 0.015), 200.0, np.ones(180, bool))
    hit = set(zip(found.line.tolist(), found.column.tolist(), strict=True))
    assert set(zip(*map(np.ndarray.tolist, track), strict=True)) <= hit
    assert len(hit) < 12
    assert found.change.sum() == pytest.approx(1200.0, rel=0.05)


@pytest.mark.parametrize("size", [(70, 40), (5, 5), (4, 9)])
def test_spike_candidates_are_those_of_the_plain_definition(size):
    rng = np.random.default_rng(8)
    counts = rng.integers(50, 90, size).astype(np.uint16)
    value = counts.astype(int)
    expected = set()
    for i in range(2, size[0] - 2):
        for j in range(2, size[1] - 2):
            pairs = ((value[i - 2, j], value[i + 2, j]), (value[i, j - 2], value[i, j + 2]))
            if any(value[i, j] > max(p) + 5 or value[i, j] < min(p) - 5 for p in pairs):
                expected.add((i, j))
    found = spike_candidates(counts, 5)
    assert set(zip(*map(np.ndarray.tolist, found), strict=True)) == expected


def test_noisy_and_offset_columns_are_suspect():
    rng = np.random.default_rng(5)
    blocks = rng.normal(0.0, 0.15, (60, 300)).astype(np.float32)
    blocks += rng.normal(0.0, 0.2, 300).astype(np.float32)
    blocks[:, 50] = -60.0
    blocks[:, 120] += rng.normal(0.0, 3.0, 60).astype(np.float32)
    sky = np.ones(blocks.shape, bool)
    found = np.flatnonzero(suspect_columns(blocks, sky, np.zeros(300, bool)))
    assert found.tolist() == [50, 120]


@pytest.mark.parametrize("radius", [1.0, 1.3])
def test_spans_hold_the_pixels_of_the_ellipse(radius):
    outline = Outline(30.2, 41.7, 20.0, 1.2, 0.05)
    line, column = np.indices((64, 80)).astype(float)
    inside = np.hypot(*outline.unit(line, column)) <= radius
    first, stop = column_spans(outline, radius, np.arange(80.0))
    assert (stop - first == inside.sum(axis=0)).all()
    some = inside.any(axis=0)
    assert (first[some] == inside.argmax(axis=0)[some]).all()


def test_block_sums_are_exact():
    rng = np.random.default_rng(6)
    counts = rng.integers(0, 1024, (130, 40)).astype(np.uint16)
    counts[40, 3] = 60000  # beyond the camera's range: sums must not run over
    blocks = line_blocks(counts, 64)
    wide = counts[:128].astype(np.int64).reshape(2, 64, 40)
    assert (blocks.total == wide.sum(axis=1)).all()
    assert (blocks.highest == wide.max(axis=1)).all()
    assert (blocks.lowest == wide.min(axis=1)).all()


@pytest.mark.parametrize("height", [7, 32])
def test_disk_sums_equal_a_plain_sum(height):
    rng = np.random.default_rng(9)
    counts = np.rint(50.0 + 100.0 * disk(BASE) + rng.normal(0.0, 0.5, LINE.shape))
    counts = counts.astype(np.uint16)
    dark, first, second = rng.normal(50.0, 0.3, 180), rng.normal(1.0, 0.02, 180), 1.05
    defect = np.zeros(180, bool)
    defect[[70, 110, 111]] = True
    y = counts - dark
    z = np.where(y <= first * 60.0, y / first, 60.0 + (y - first * 60.0) / second)
    for left, bad, right in ((69, 70, 71), (109, 110, 112), (109, 111, 112)):
        share = (bad - left) / (right - left)
        z[:, bad] = (1.0 - share) * z[:, left] + share * z[:, right]
    radius = np.hypot(*BASE.unit(LINE, COLUMN))
    band = BandCoefficients(2.0, dark, first, np.full(180, second), np.full(180, 60.0), defect)
    blocks = line_blocks(counts, height)
    sums = disk_sums(EqualisedPixels(counts, band), 0, band, BASE, (0.6, 0.015), blocks)
    assert sums.spikes.line.size == 0
    for k, r in enumerate(APERTURES):
        assert sums.total[k] == pytest.approx(z[radius <= r].sum(), rel=1e-6)
        assert sums.pixels[k] == (radius <= r).sum()
    assert sums.interpolated.keys() == {70, 110, 111}


def test_saturated_and_zero_pixels_are_counted_in_the_aperture_only():
    counts = np.rint(100.0 + 100.0 * disk(BASE)).astype(np.uint16)
    counts[100, 100], counts[110, 95:97], counts[2, 2], counts[3, 3] = 1023, 0, 1023, 0
    band = plain(180)
    blocks = line_blocks(counts, 32)
    sums = disk_sums(EqualisedPixels(counts, band), 0, band, BASE, (0.6, 0.0), blocks)
    assert (sums.saturated, sums.zero) == (1, 2)


def planted_sky(seed: int = 7) -> tuple[BlockMap, Outline, BlockMap]:
    """Blocks with a column level, a drift, a halo and a ghost of a second disk."""
    rng = np.random.default_rng(seed)
    shape, size = (80, 160), (30, 20)
    outline = Outline(1200.0, 1600.0, 640.0, 1.3)
    empty = BlockMap(np.zeros(shape), np.ones(shape), 0, size)
    line, column = empty.centres()
    u, v = outline.unit(line, column)
    light = 100.0 * (np.hypot(u, v) < 1.0) * np.clip(0.5 + u, 0.0, None)
    su, sv = replace(outline, centre_line=1000.0).unit(line, column)
    source = BlockMap(80.0 * (np.hypot(su, sv) < 1.0), np.ones(shape), 0, size)
    depth = np.maximum(np.hypot(u, v) - 1.0, 0.0) * 640.0
    value = light + 0.4 * np.exp(-depth / 100.0) + rng.normal(0.0, 0.03, shape)
    value += rng.normal(0.0, 0.05, shape[1]) + np.linspace(0.0, 0.2, shape[0])[:, None]
    value += 0.004 * ghost_template(source, empty, -1400.0)
    return BlockMap(value, np.ones(shape), 0, size), outline, source


def test_sky_parts_come_back():
    blocks, outline, source = planted_sky()
    guess = GhostGuess("B8", -1400.0)
    ghost = ghost_template(source, blocks, -1400.0)
    sky = SkyProblem(blocks, outline, [(ghost, guess)]).solve()
    assert sky.factors[0] == pytest.approx(0.004, rel=0.1)
    assert np.ptp(sky.drift) == pytest.approx(0.2, abs=0.05)
    assert sky.chi_square == pytest.approx(1.0, abs=0.3)
    assert 0.0 < sky.halo_fraction < 0.05


def test_unlisted_ghost_is_found():
    blocks, outline, source = planted_sky()
    blocks = replace(blocks, value=blocks.value + 0.02 * ghost_template(source, blocks, -1400.0))
    shift, significance = find_ghost(blocks, outline, source)
    assert significance > 8.0
    assert shift == pytest.approx(-1400.0, abs=60.0)
