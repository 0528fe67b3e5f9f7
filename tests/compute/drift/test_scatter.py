"""The scatter of looks that follow each other, and the least uncertainty it gives them."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.drift.scatter import least_uncertainty, successive_scatter

TIME = np.arange(300) * np.timedelta64(7, "D")


def noise(seed: int, sigma: float = 0.003) -> np.ndarray:
    return sigma * np.random.default_rng(seed).standard_normal(300)


def test_a_planted_scatter_comes_back() -> None:
    found = [successive_scatter(TIME, noise(seed)) for seed in range(40)]
    assert np.mean(found) == pytest.approx(0.003, rel=0.03)


def test_steps_a_drift_and_outliers_change_little() -> None:
    value = noise(1) - 0.01 * np.arange(300) / 52.0 + 0.02 * (np.arange(300) > 150)
    value[::60] += 0.5
    assert successive_scatter(TIME, value) == pytest.approx(0.003, rel=0.15)


def test_order_counts_for_nothing_and_levels_of_sites_do_not_count() -> None:
    value = noise(2)
    order = np.random.default_rng(3).permutation(300)
    assert successive_scatter(TIME[order], value[order]) == successive_scatter(TIME, value)
    site = np.arange(300) % 3
    raised = value + 0.1 * site
    assert successive_scatter(TIME, raised) > 0.05
    assert successive_scatter(TIME, raised, site) == pytest.approx(0.003, rel=0.15)


def test_few_looks_and_missing_ones() -> None:
    assert successive_scatter(TIME[:8], noise(4)[:8]) == 0.0
    assert successive_scatter(TIME[:9], noise(4)[:9]) > 0.0
    holes = noise(4, 0.01)
    holes[::2] = np.nan
    assert successive_scatter(TIME, holes) == pytest.approx(0.01, rel=0.2)


def test_only_uncertainties_below_half_the_scatter_are_raised() -> None:
    u = np.full(300, 0.0025)
    u[7], u[9], u[11], u[13] = 0.0001, 0.02, np.nan, 0.0
    found = least_uncertainty(TIME, noise(5), u)
    assert found[7] == pytest.approx(0.0015, rel=0.15)
    assert np.isnan(found[11])
    kept = np.setdiff1d(np.arange(300), [7, 11])
    np.testing.assert_array_equal(found[kept], u[kept])
