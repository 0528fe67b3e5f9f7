"""What interpolated columns miss, against columns that are known but called bad."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.moon.aperture import MAIN_APERTURE, disk_sums
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.line_blocks import EqualisedPixels, line_blocks

MOON = Outline(80.0, 80.0, 60.0, 1.0)
LINE, COLUMN = np.indices((160, 160)).astype(np.float64)


def counts_of(texture: float, seed: int) -> np.ndarray:
    """A disk whose columns differ as maria do, smoothly, and by `texture` each from its own."""
    rng = np.random.default_rng(seed)
    u, v = MOON.unit(LINE, COLUMN)
    light = 300.0 * np.sqrt(np.clip(1.0 - u**2 - v**2, 0.0, None))
    light *= 1.0 + texture * np.cumsum(rng.normal(0.0, 0.3, 160)) + texture * rng.normal(size=160)
    return np.rint(20.0 + light + rng.normal(0.0, 0.7, LINE.shape)).astype(np.uint16)


@pytest.mark.parametrize("texture", [0.002, 0.02])
@pytest.mark.parametrize("run", [1, 2], ids=["one column", "two columns"])
def test_interpolated_columns_miss_what_is_stated(texture, run):
    score = []
    for seed in range(4):
        counts = counts_of(texture, seed)
        blocks = line_blocks(counts, 16)
        totals = []
        for bad in (None, *range(30, 130, 7)):
            defect = np.zeros(160, np.bool_)
            defect[[] if bad is None else slice(bad, bad + run)] = True
            band = BandCoefficients(
                1.0, *np.full((4, 160), [[20.0], [1.0], [1.0], [900.0]]), defect
            )
            found = disk_sums(EqualisedPixels(counts, band), 0, band, MOON, (0.7, 0.0), blocks)
            totals.append((found.total[MAIN_APERTURE], found.u_filter))
        (truth, none), *filled = totals
        assert none == 0.0
        score += [(total - truth) / doubt for total, doubt in filled]
    assert 0.7 < np.sqrt(np.mean(np.square(score))) < 1.3
