"""Temporal noise and column patterns come back from counts that hold a textured disk."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_noise import noise_against_signal, noise_samples
from venus_analysis.compute.moon.residual_pattern import column_patterns

OUTLINE = Outline(650.0, 500.0, 400.0, oversampling=1.3)
SHAPE = (1300, 1000)


@pytest.fixture(scope="module")
def disk():
    """Textured disk through a blur of 0.7 px and a scan box, level 1."""
    rng = np.random.default_rng(8)
    line, column = np.indices(SHAPE).astype(float)
    inside = np.hypot(*OUTLINE.unit(line, column)) < 1.0
    texture = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 3.0)
    texture += 0.05 * rng.standard_normal(SHAPE)
    light = np.where(inside, 0.7 + 0.3 * column / SHAPE[1] + texture, 0.0)
    return ndimage.gaussian_filter(np.maximum(light, 0.0), (0.9, 0.7))


def counts_of(disk, level, a, b, *, offset=0.0, gain=0.0, seed=1):
    rng = np.random.default_rng(seed)
    dark = 60.0 + rng.normal(0.0, 1.0, SHAPE[1])
    residual = 1.0 + gain * rng.standard_normal(SHAPE[1])
    signal = level * disk * residual + offset * rng.standard_normal(SHAPE[1])
    noise = np.sqrt(a**2 + b * np.maximum(signal, 0.0)) * rng.standard_normal(SHAPE)
    return np.clip(np.rint(dark + signal + noise), 0, 1023).astype(np.uint16), dark


@pytest.mark.parametrize(("level", "a", "b"), [(50.0, 0.6, 0.015), (300.0, 2.0, 0.05)])
def test_planted_noise_comes_back(disk, level, a, b):
    counts, dark = counts_of(disk, level, a, b)
    good = np.ones(SHAPE[1], bool)
    found = noise_against_signal(*noise_samples(counts, 0, OUTLINE, dark, good))
    assert found.a == pytest.approx(a, rel=0.1)
    assert found.b == pytest.approx(b, rel=0.1)
    assert abs(found.a - a) < 4.0 * found.u_a
    # 5 % of texture at the scale of a pixel, more than the Moon has, leaks into B
    assert abs(found.b - b) < max(4.0 * found.u_b, 0.06 * b)
    true = 0.8 * level / math.sqrt(a**2 + b * 0.8 * level + 1 / 12)
    assert found.signal_to_noise(0.8 * level) == pytest.approx(true, rel=0.05)
    assert found.signal.size <= 64


def test_bad_columns_and_hits_do_not_count(disk):
    counts, dark = counts_of(disk, 50.0, 0.6, 0.015)
    rng = np.random.default_rng(3)
    counts[:, 500] = rng.integers(0, 200, SHAPE[0])
    counts[rng.integers(0, SHAPE[0], 900), rng.integers(0, SHAPE[1], 900)] += np.uint16(300)
    good = np.ones(SHAPE[1], bool)
    good[500] = False
    found = noise_against_signal(*noise_samples(counts, 0, OUTLINE, dark, good))
    assert found.a == pytest.approx(0.6, rel=0.1)
    assert found.b == pytest.approx(0.015, rel=0.1)


def test_saturated_pixels_are_not_taken_for_pixels_without_noise(disk):
    counts, dark = counts_of(disk, 1000.0, 0.6, 0.015)
    assert 0.02 < np.mean(counts == 1023) < 0.2
    good = np.ones(SHAPE[1], bool)
    found = noise_against_signal(*noise_samples(counts, 0, OUTLINE, dark, good))
    assert found.a == pytest.approx(0.6, rel=0.1)
    # so bright a disk's texture at the scale of a pixel leaks into B
    assert 0.015 - 4.0 * found.u_b < found.b < 0.03


def test_too_few_pixels_give_nothing():
    samples = noise_samples(
        np.zeros((6, 9), np.uint16), 0, Outline(3.0, 4.0, 2.0), np.zeros(9), np.ones(9, bool)
    )
    assert math.isnan(noise_against_signal(*samples).a)


@pytest.mark.parametrize(
    ("level", "gain", "most"), [(60.0, 0.0, 0.001), (60.0, 0.004, 3e-4), (20.0, 0.003, 3e-4)]
)
def test_planted_column_patterns_come_back(disk, level, gain, most):
    """Offsets of the columns, 0.2 counts, are far more than the pattern of the gain."""
    counts, dark = counts_of(disk, level, 0.6, 0.015, offset=0.2, gain=gain)
    values = (counts - dark).reshape(-1, 13, SHAPE[1]).mean(axis=1).astype(np.float32)
    values[:, 321] = np.nan
    sky, bright = column_patterns(values, 0, 13, OUTLINE, (0.6, 0.015))
    assert abs(sky.rms - 0.2) < max(0.03, 2.5 * sky.u_rms)
    assert sky.u_rms < 0.01
    assert abs(bright.rms - gain) < max(0.15 * gain, 2.5 * bright.u_rms)
    assert bright.u_rms < most


def test_pattern_without_disk_or_sky_is_not_known():
    sky, disk = column_patterns(np.zeros((4, 40), np.float32), 0, 4, Outline(8.0, 20.0, 40.0))
    assert math.isnan(sky.rms)
    assert math.isnan(disk.rms)
