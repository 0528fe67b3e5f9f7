"""Drift engine on simulated missions: planted drift and planted updates come back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.regressors import lunar_regressors, seasonal_regressors
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.compute.drift.updates import judge_updates
from venus_analysis.simulate.mission import mission_series
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_settings import MissionSettings, PlantedUpdate
from venus_analysis.simulate.mission_sites import SNO_BANDS
from venus_analysis.simulate.mission_truth import gain_sets
from venus_analysis.simulate.mission_truth_file import planted_verdicts

DATES = ("2018-12-01", "2020-05-15", "2022-12-01")
SOME = ("B1", "B4", "B7", "B11")
NONE = (0.0,) * 12
MOON = ("phase_angle_deg", "observer_longitude_deg", "observer_latitude_deg")


def regressors(series, method):
    if method == "moon":
        return lunar_regressors(*(series.geometry[name] for name in MOON))
    return seasonal_regressors(series.time) if method == "desert" else None


def of_bands(series, bands, names=BANDS):
    chosen = [names.index(band) for band in bands]
    return series.ratio[chosen], series.u_random[chosen], series.absolute_gain[chosen]


def test_planted_updates_of_200_missions_are_judged_right():
    """A third of the changes is not applied, or applied the wrong way; four bands each."""
    right = decided = clear = clear_decided = wrong_kind = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        updates = tuple(
            PlantedUpdate(
                date,
                tuple(random.uniform(-0.02, 0.02, 12)),
                dict(zip(BANDS, random.choice([1.0, 1.0, 1.0, 1.0, 0.0, -1.0], 12), strict=True)),
            )
            for date in DATES
        )
        drift = tuple(random.normal(0.0, 0.005, 12))
        settings = MissionSettings(seed=seed, updates=updates, events=(), linear=drift, decay=NONE)
        series, gains = mission_series(settings, "moon"), gain_sets(settings)
        rows = [BANDS.index(band) for band in SOME]
        ratio, uncertainty, _ = of_bands(series, SOME)
        found = judge_updates(
            series.time,
            ratio,
            uncertainty,
            gains.start[1:],
            gains.expected_step.T[rows],
            regressors=regressors(series, "moon"),
        )
        wanted = planted_verdicts(gains).T[rows]
        is_decided = found.verdict != "not decidable"
        is_clear = np.abs(found.expected) >= 3.0 * found.observed.standard_uncertainty
        right += ((found.verdict == wanted) & is_decided).sum()
        decided += is_decided.sum()
        clear += is_clear.sum()
        clear_decided += (is_clear & is_decided).sum()
        wrong_kind += (wanted == "not effective").sum()
    assert wrong_kind > 600
    assert right / decided >= 0.95
    assert clear_decided / clear >= 0.80


@pytest.mark.parametrize("method", ["moon", "desert", "sno"])
def test_planted_drift_lies_in_its_interval(method):
    """Drift of the sensor sensitivity, 80 missions with three updates each.

    A site that wanders by w in a year (a random walk) adds w sqrt(6 / (5 T)) to the
    uncertainty of a slope over T years, which no scatter shows.
    """
    names = BANDS if method != "sno" else SNO_BANDS
    bands = ("B4", "B7", "B11")
    inside, blind = [], []
    for seed in range(80):
        drift = tuple(np.random.default_rng(1000 + seed).normal(0.0, 0.01, 12))
        base = MissionSettings(seed=seed, events=(), linear=drift, decay=NONE)
        settings = replace(base, updates=tuple(PlantedUpdate(date) for date in DATES))
        series = mission_series(settings, method)
        ratio, uncertainty, gain = of_bands(series, bands, names)
        logs = np.log(ratio * gain)
        looks = prepare_series(series.time, logs, uncertainty, regressors(series, method))
        found = intervals(fit_model(looks, "linear"))
        years = (series.time[-1] - series.time[0]) / np.timedelta64(1, "D") / 365.25
        wander = settings.desert.wander_per_year * np.sqrt(6.0 / (5.0 * years))
        widened = found.widened(slope=wander) if method == "desert" else found
        planted = [drift[BANDS.index(band)] for band in bands]
        inside.append(widened["slope"].contains(planted))
        blind.append(found["slope"].contains(planted))
    assert 0.90 <= np.mean(inside) <= 0.99
    if method == "desert":
        assert np.mean(blind) < 0.8


def test_lunar_regressors_find_the_planted_residual():
    """Coefficients of a grey residual come back, and the scatter falls to the noise."""
    base = MissionSettings(events=(), updates=(), linear=NONE, decay=NONE)
    settings = replace(base, moon=replace(base.moon, blue_excess=0.0))
    series = mission_series(settings, "moon")
    ratio, uncertainty, _ = of_bands(series, SOME)
    given = regressors(series, "moon")
    with_them = fit_model(prepare_series(series.time, np.log(ratio), uncertainty, given), "linear")
    found = intervals(with_them, confidence=0.999)
    moon = settings.moon
    planted = {
        "phase_per_deg": moon.per_phase_deg,
        "libration_longitude_per_deg": moon.per_longitude_deg,
        "libration_latitude_per_deg": moon.per_latitude_deg,
    }
    for name, value in planted.items():
        assert found[name].contains(value).all(), name
        assert (np.abs(found[name].value) > 5.0 * found[name].standard_uncertainty).all(), name
    blind = np.log(ratio).std(axis=1)
    assert ((blind > 0.005) & (blind < 0.02)).all()


def test_the_default_mission_tells_its_story():
    """Update 1 works, 2 does not in B1 and B3, 3 goes the wrong way in B2."""
    settings = MissionSettings()
    series, gains = mission_series(settings, "moon"), gain_sets(settings)
    blue = ("B1", "B2", "B3", "B4")
    found = judge_updates(
        series.time,
        of_bands(series, blue)[0],
        of_bands(series, blue)[1],
        gains.start[1:],
        gains.expected_step.T[:4],
        regressors=regressors(series, "moon"),
    )
    bad = {("B1", 1), ("B3", 1), ("B2", 2)}
    told = {
        (band, update): "not effective" if (band, update) in bad else "effective"
        for band in blue
        for update in range(3)
    }
    seen = {(b, u): found.verdict[i, u] for i, b in enumerate(blue) for u in range(3)}
    assert seen == told
