"""What residuals depend on: planted dependences come back, absent ones stay absent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from venus_analysis.compute.dependence import dependence


@pytest.fixture
def noise() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_planted_slope_comes_back_within_its_uncertainty(noise: np.random.Generator) -> None:
    pulls = []
    for _ in range(60):
        angle = noise.uniform(0.0, 60.0, 200)
        found = dependence(angle, 2e-4 * angle + 0.01 * noise.standard_normal(200))
        pulls.append((found.slope - 2e-4) / found.u_slope)
    assert abs(np.mean(pulls)) < 4.0 / np.sqrt(60)
    assert 0.75 < np.std(pulls) < 1.25


def test_the_chance_is_a_chance_where_nothing_depends(noise: np.random.Generator) -> None:
    chances = [
        dependence(noise.uniform(0.0, 60.0, 300), noise.standard_normal(300)).probability
        for _ in range(200)
    ]
    assert np.mean(np.array(chances) < 0.05) < 0.12
    assert 0.3 < np.median(chances) < 0.7


def test_classes_hold_every_value_once_and_outliers_do_not_move_them(
    noise: np.random.Generator,
) -> None:
    phase = np.concatenate([np.full(80, -40.0), np.linspace(-90.0, 90.0, 100)])
    value = 0.01 * np.abs(phase / 90.0) + 1e-4 * noise.standard_normal(180)
    value[::20] = 5.0
    value[7], phase[8] = np.nan, np.nan
    found = dependence(phase, value)
    assert found.number.sum() == 178
    assert (np.diff(found.middle) > 0.0).all()
    np.testing.assert_allclose(found.median, 0.01 * np.abs(found.middle / 90.0), atol=1e-3)
    assert found.probability < 1e-6


def test_no_class_reaches_over_a_gap(noise: np.random.Generator) -> None:
    """Looks at chosen phase angles, of unlike number; two alone join the nearer ones."""
    known = {-76.0: 7, -40.0: 70, 13.0: 6, 25.0: 9, 45.0: 6, 52.0: 2, 70.0: 8}
    phase = np.concatenate([np.full(number, angle) for angle, number in known.items()])
    value = np.where(phase == 52.0, 45.0, phase)
    found = dependence(phase + noise.uniform(-1.0, 1.0, len(phase)), value)
    assert found.median.tolist() == [-76.0, -40.0, 13.0, 25.0, 45.0, 70.0]
    assert found.number.tolist() == [7, 70, 6, 9, 8, 8]


def test_classes_are_at_most_twelve(noise: np.random.Generator) -> None:
    steps = noise.permutation(np.repeat(np.arange(19.0), noise.integers(2, 40, 19)))
    found = dependence(steps, steps)
    assert len(found.number) <= 12
    assert found.number.min() >= 5
    assert found.number.sum() == len(steps)


def test_too_few_values_are_no_class() -> None:
    found = dependence([1.0, 2.0], [0.1, 0.2])
    assert len(found.median) == 0
    assert np.isnan([found.slope, found.probability, found.span]).all()
    names = pd.Series(["Libya 4"] * 6 + ["Niger 2"] * 4, dtype="str")
    assert dependence(names, np.arange(10.0)).names == ("Libya 4",)
