"""Shifts of planted ghosts scatter as their uncertainty says, strong, faint or noisily lit."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_fine import fine_sky
from venus_analysis.compute.moon.residual_shift import WIDER, refine_shift
from venus_analysis.compute.moon.residual_sky import sky_map
from venus_analysis.compute.moon.sky_templates import BlockMap

MOON = Outline(79.5, 120.0, 40.0)
NOISE, SHIFT, DRAWS = 0.1, 173, 60
BLUR_OF_GHOST = 1.5


def light() -> np.ndarray:
    """Disk (i, column) that fades away from its lit limb, blurred as a camera does."""
    line, column = np.arange(40)[:, None] * 4 + 1.5, np.arange(400.0)[None, :]
    u, v = MOON.unit(line, column)
    sharp = 9.0 * (np.hypot(u, v) < 1.0) * np.clip(0.6 - 0.4 * v, 0.0, 1.0)
    return (np.roll(sharp, 1, axis=1) + 2.0 * sharp + np.roll(sharp, -1, axis=1)) / 4.0


@pytest.mark.parametrize(
    ("factor", "source_noise", "worst"),
    [(0.05, 0.1, 0.3), (0.006, 0.1, 4.0), (0.02, 1.5, 2.5)],
    ids=["strong", "faint", "noisy source"],
)
def test_errors_are_as_large_as_stated(factor: float, source_noise: float, worst: float) -> None:
    rng, moon = np.random.default_rng(7), light()
    flat = BlockMap(np.zeros((40, 100)), np.ones((40, 100)), 0, (4, 4))
    sky = sky_map(flat, MOON)
    disk = sky_map(BlockMap(moon.reshape(40, 100, 4).mean(axis=2), flat.weight, 0, (4, 4)), MOON)
    ghost = factor * gaussian_filter1d(np.roll(moon, SHIFT, axis=1), BLUR_OF_GHOST, axis=1)
    ratios, doubts = [], []
    for _ in range(DRAWS):
        seen = moon + ghost + rng.normal(0.0, NOISE, moon.shape)
        source = moon + rng.normal(0.0, source_noise, moon.shape)
        target = fine_sky(seen.astype(np.float32), sky)
        given = fine_sky(source.astype(np.float32), disk)
        first = SHIFT + rng.uniform(-4.0, 4.0)
        shift, doubt = refine_shift(target, given, sky, np.zeros((40, 100)), first, NOISE)
        ratios.append(WIDER * (shift - SHIFT) / doubt)
        doubts.append(doubt)
    # four standard deviations of a mean square of so many, for the tails of a faint edge
    assert 0.5 < np.mean(np.square(ratios)) < 1.7
    assert abs(np.mean(ratios)) < 0.5
    assert np.median(doubts) < worst
