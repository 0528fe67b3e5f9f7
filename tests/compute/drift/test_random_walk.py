"""The slope of a random walk scatters as the formula says."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.drift.random_walk import slope_uncertainty


@pytest.mark.parametrize("spans", [(6.0,), (4.0, 2.0), (1.0, 5.0, 0.5)])
def test_slopes_of_random_walks_scatter_so_much(spans):
    """One slope and a level for each segment, fitted to 3000 walks of 0.0015 in a year."""
    random = np.random.default_rng(8)
    steps = [round(100 * span) for span in spans]
    walk = np.cumsum(random.standard_normal((3000, sum(steps))), axis=1) * 0.0015 / 10.0
    segment = np.repeat(np.arange(len(steps)), steps)
    design = np.column_stack([np.arange(len(segment)) / 100.0, *np.eye(len(steps))[segment].T])
    slopes = np.linalg.lstsq(design, walk.T, rcond=None)[0][0]
    assert slope_uncertainty(spans, 0.0015) == pytest.approx(slopes.std(), rel=0.05)


def test_nothing_to_tell():
    assert slope_uncertainty([0.0], 0.0) == 0.0
    assert slope_uncertainty([0.0], 0.001) == np.inf
