"""A planted sensor seen by planted methods comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from venus_analysis.compute.compare.joint import joint_sensitivity
from venus_analysis.compute.compare.joint_parts import Noise, parts_of
from venus_analysis.compute.compare.joint_solve import clearness, solve
from venus_analysis.compute.compare.method_series import MethodSeries, noise_covariance
from venus_analysis.compute.compare.trend import Trend
from venus_analysis.errors import InputError

START = np.datetime64("2018-01-01T00:00:00")
CHANGE = np.datetime64("2022-03-01T00:00:00")
YEAR_S = 365.25 * 86400.0
LEVELS = {"moon": -0.06, "desert": 0.01, "sno": 0.004}


def sensor(years: np.ndarray, step: float) -> np.ndarray:
    late = START + (years * YEAR_S).astype("timedelta64[s]") >= CHANGE
    return -0.006 * years + 0.021 * np.expm1(-years / 1.5) + np.log1p(step) * late


def planted(random: np.random.Generator, step: float, correlation: float = 0.0):
    found = []
    for method, count, u, wander in (
        ("moon", 1, 0.0025, 0.0),
        ("desert", 3, 0.004, 0.0015),
        ("sno", 2, 0.005, 0.0),
    ):
        for k in range(count):
            years = np.sort(
                np.concatenate([random.uniform(0, 2.83, 40), random.uniform(4.2, 6.58, 40)])
            )
            noise = random.standard_normal(80)
            for i in range(1, 80):
                noise[i] = correlation * noise[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
            walk = np.cumsum(np.sqrt(np.diff(years, prepend=0.0)) * random.standard_normal(80))
            log = sensor(years, step) + LEVELS[method] + u * noise + wander * walk
            time = START + (years * YEAR_S).astype("timedelta64[s]")
            found.append(
                MethodSeries(method, f"{method} {k}", time, log, np.full(80, u), wander=wander)
            )
    return found


@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_intervals_hold_step_offset_and_sensitivity(correlation: float) -> None:
    random = np.random.default_rng(11)
    last = np.datetime64("2024-07-01")
    years = np.array([(last - START) / np.timedelta64(1, "s") / YEAR_S])
    truth = float(np.exp(sensor(years, 0.015)[0]))
    held = np.zeros(3)
    missions = 60
    for _ in range(missions):
        joint = joint_sensitivity(
            planted(random, 0.015, correlation), Trend(START, step_times=(CHANGE,))
        )
        held += [
            joint.step(CHANGE).contains(0.015),
            joint.difference("moon 0", "desert 0").contains(np.exp(-0.07) - 1.0),
            joint.sensitivity(last).contains(truth)[0],
        ]
        assert joint.step(CHANGE, 0.99).lower > 0.0
    # Binomial: at 95 % of 60, fewer than 51 come once in 2000.
    assert (held >= 51).all(), held


def test_solution_is_generalised_least_squares() -> None:
    """The weights are those of the textbook formula with the covariance that was found."""
    series = planted(np.random.default_rng(5), 0.0)
    trend = Trend(START, "linear", step_times=(CHANGE,))
    joint = joint_sensitivity(series, trend)
    rows, values, blocks = [], [], []
    for k, one in enumerate(series):
        level = np.eye(len(series))[k]
        rows.append(np.column_stack([trend.columns(one.time), np.tile(level, (len(one), 1))]))
        values.append(one.log_value)
        noise = joint.noise[one.method]
        blocks.append(
            noise_covariance(
                one.years_since(START), noise.scale * one.u, noise.correlation, one.wander
            )
        )
    design = np.concatenate(rows)
    weighted = [
        np.linalg.solve(c, np.column_stack([a, v]))
        for c, a, v in zip(blocks, rows, values, strict=True)
    ]
    inverse = np.concatenate(weighted)
    normal = design.T @ inverse[:, :-1]
    expected = np.linalg.solve(normal, design.T @ inverse[:, -1])
    # The few looks beyond three standard deviations lose weight, hence not exactly.
    sigma = np.sqrt(np.diag(np.linalg.inv(normal)))
    np.testing.assert_array_less(np.abs(joint.value - expected), 0.3 * sigma)
    np.testing.assert_allclose(np.sqrt(np.diag(joint.covariance)), sigma, rtol=0.05)


@pytest.mark.parametrize("start", [Noise(30.0, 0.8, 1.0, 0), Noise(0.05, 0.0, 1.0, 0)])
def test_noise_is_found_wherever_the_search_begins(start: Noise) -> None:
    series = planted(np.random.default_rng(6), 0.0, 0.5)
    trend = Trend(START, step_times=(CHANGE,))
    found = joint_sensitivity(series, trend)
    far = joint_sensitivity(series, trend, dict.fromkeys(LEVELS, start))
    for method, noise in found.noise.items():
        assert abs(far.noise[method].scale / noise.scale - 1.0) < 0.01
        assert abs(far.noise[method].correlation - noise.correlation) < 0.01
    one, other = found.step(CHANGE), far.step(CHANGE)
    assert abs(one.value - other.value) < 0.05 * one.standard_uncertainty
    assert_allclose(other.standard_uncertainty, one.standard_uncertainty, rtol=0.01)


def test_one_wild_look_does_not_move_the_step() -> None:
    series = planted(np.random.default_rng(6), 0.0)
    trend = Trend(START, step_times=(CHANGE,))
    before = joint_sensitivity(series, trend).step(CHANGE)
    series[0].log_value[50] += 0.2
    after = joint_sensitivity(series, trend).step(CHANGE)
    assert abs(after.value - before.value) < before.standard_uncertainty


def test_what_looks_do_not_determine_has_no_number() -> None:
    dates = START + np.arange(30) * np.timedelta64(20, "D")
    moon = MethodSeries("moon", "moon", dates, np.zeros(30), np.ones(30))
    joint = joint_sensitivity([moon], Trend(START, "linear", step_times=(CHANGE,)))
    assert np.isnan(joint.step(CHANGE).value)
    assert np.isfinite(joint.parameter("slope").value)


def test_series_of_one_name_are_refused() -> None:
    moon = MethodSeries("moon", "moon", np.array([START]), np.zeros(1), np.ones(1))
    with pytest.raises(InputError, match="different names"):
        joint_sensitivity([moon, moon], Trend(START, "constant"))


def test_steps_tried_together_are_as_clear_as_each_fitted_alone() -> None:
    random = np.random.default_rng(1)
    dates = START + np.arange(60) * np.timedelta64(30, "D")

    def looks(name: str, days: int, u: float, wander: float) -> MethodSeries:
        time = dates + np.timedelta64(days, "D")
        log = u * random.standard_normal(60)
        return MethodSeries(name[:4], name, time, log, np.full(60, u), wander=wander)

    series = [
        looks("moon", 0, 0.003, 0.0),
        looks("site a", 3, 0.01, 0.002),
        looks("site b", 5, 0.01, 0.002),
    ]
    noise = {"moon": Noise(1.2, 0.2, 50.0, 60), "site": Noise(0.9, 0.1, 50.0, 120)}
    inflate = [np.ones(60), 1.0 + random.random(60), np.ones(60)]
    trend = Trend(dates[0], step_times=(dates[30],), slope_times=(dates[30],))
    tried = (dates[10], dates[20], dates[45])

    names, parts = parts_of(series, replace(trend, step_times=(dates[30], *tried)))
    places = [k for k, name in enumerate(names) if name.startswith("step ")][1:]
    alone = []
    for time in tried:
        own, given = parts_of(series, replace(trend, step_times=(dates[30], time)))
        solved, k = solve(given, noise, inflate), own.index(names[places[len(alone)]])
        alone.append(abs(solved.value[k]) / np.sqrt(solved.inverse[k, k]))
    assert_allclose(clearness(parts, noise, inflate, places), alone, rtol=1e-9)


def test_an_epoch_long_before_the_first_look_changes_no_step_or_is_refused() -> None:
    """Backwards exp(-v/T) grows until steps lose their uncertainty: 20 years took a third."""
    series = planted(np.random.default_rng(2), 0.01)[:1]

    def step(years: float) -> np.ndarray:
        epoch = START - np.timedelta64(round(years * YEAR_S), "s")
        trend = Trend(epoch, start=START, step_times=(CHANGE,))
        found = joint_sensitivity(series, trend).step(CHANGE)
        return np.array([found.value, found.standard_uncertainty])

    assert_allclose(step(11.9), step(0.0), rtol=0.01)
    for years in (13.0, 20.0, 25.0, 2000.0):
        with pytest.raises(InputError, match="12 years before"):
            step(years)
