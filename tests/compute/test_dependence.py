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


@pytest.mark.parametrize("looks", [60, 300])
def test_the_chance_is_a_chance_where_nothing_depends(
    noise: np.random.Generator, looks: int
) -> None:
    """Also of a Moon's 60 looks, which give classes of few."""
    chances = [
        dependence(noise.uniform(0.0, 60.0, looks), noise.standard_normal(looks)).probability
        for _ in range(200)
    ]
    assert np.mean(np.array(chances) < 0.05) < 0.12
    assert 0.3 < np.median(chances) < 0.7


SITES = {"Algeria 3": 0.000, "Libya 4": 0.012, "Niger 2": -0.004}


def test_a_difference_of_sites_is_no_dependence(noise: np.random.Generator) -> None:
    """One site alone looks at 9 degrees, and reads 1 % more."""
    site = np.repeat(list(SITES), 100)
    level = np.array([SITES[one] for one in site])
    angle = np.where(site == "Libya 4", 9.0, np.where(site == "Niger 2", 28.0, 16.0))
    value = level + 0.01 * noise.standard_normal(300)
    found = dependence(angle, value, site)
    assert found.contrasts == 0
    assert np.isnan([found.probability, found.slope, found.u_slope]).all()
    assert found.groups == tuple(SITES)
    assert found.middle.tolist() == [16.0, 9.0, 28.0]
    assert dependence(angle, value).probability < 1e-6, "without sites it looks like one"


def test_a_dependence_within_sites_is_seen_beside_their_differences(
    noise: np.random.Generator,
) -> None:
    """Levels fall with the sites' angle while each site's own looks rise with it."""
    slope, pulls, chances = 4e-4, [], []
    for _ in range(40):
        site = np.repeat(["a", "b", "c"], 150)
        angle = np.repeat([0.0, 10.0, 20.0], 150) + noise.uniform(0.0, 25.0, 450)
        level = np.repeat([0.02, 0.0, -0.02], 150)
        value = level + slope * angle + 0.005 * noise.standard_normal(450)
        found = dependence(angle, value, site)
        pulls.append((found.slope - slope) / found.u_slope)
        chances.append(found.probability)
    assert abs(np.mean(pulls)) < 4.0 / np.sqrt(40)
    assert 0.6 < np.std(pulls) < 1.4
    assert max(chances) < 1e-3
    assert dependence(angle, value).slope < 0.0, "without sites it has the wrong sign"


@pytest.mark.parametrize("looks", [(60,) * 5, (12,) * 20, (50, 80, 200)])
def test_the_chance_counts_what_the_sites_take(
    noise: np.random.Generator, looks: tuple[int, ...]
) -> None:
    """Sites of any level, of looks that overlap in part: still a chance."""
    site = np.repeat([f"site {k}" for k in range(len(looks))], looks)
    start = np.repeat(np.linspace(0.0, 20.0, len(looks)), looks)
    chances = []
    for _ in range(200):
        level = np.repeat(noise.normal(0.0, 3.0, len(looks)), looks)
        angle = start + noise.uniform(0.0, 30.0, len(site))
        chances.append(dependence(angle, level + noise.standard_normal(len(site)), site))
    chance = np.array([one.probability for one in chances if one.contrasts])
    assert len(chance) > 190
    assert np.mean(chance < 0.05) < 0.12
    assert 0.3 < np.median(chance) < 0.7


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
