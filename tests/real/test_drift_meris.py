"""MERIS over Libya 4 under two parameter sets: a real update of real parameters.

Model: Ross–Li kernels, air mass and linear time, Huber. Figures to reach come from
an analysis made before this code was written.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from venus_analysis.collect.dimitri import read_dimitri
from venus_analysis.compute.desert.directional import directional_regressors, fit_directional
from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.reprocessing import judge_reprocessing
from venus_analysis.compute.drift.series import prepare_series

BANDS = ["412", "443", "490", "560"]
ANGLES = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")
FULL = {"2nd": [-0.23, -0.20, -0.15, -0.08], "3rd": [0.03, 0.02, 0.01, 0.02]}
COMMON = {"2nd": [-0.12, -0.10, -0.04, 0.00], "3rd": [0.02, 0.01, 0.01, 0.03]}
RATIO = {
    "412": 0.129,
    "443": 0.100,
    "490": 0.044,
    "560": 0.030,
    "665": 0.039,
    "753": 0.070,
    "865": 0.065,
}
SITE_WANDER = 0.003


@pytest.fixture(scope="module")
def reprocessings(real_data):
    return {
        name: read_dimitri(real_data / "dimitri" / f"MERIS_{name}_Reprocessing_Libya4.sav")
        for name in ("2nd", "3rd")
    }


@pytest.fixture(scope="module")
def common(reprocessings):
    """The overpasses that are in both: each other's nearest within two minutes."""
    first, second = (reprocessings[name].time.values for name in ("2nd", "3rd"))
    distance = np.abs(first[:, None] - second)
    partner, back = distance.argmin(axis=1), distance.argmin(axis=0)
    own = np.arange(len(first))
    kept = (back[partner] == own) & (distance[own, partner] < np.timedelta64(2, "m"))
    return {
        "2nd": reprocessings["2nd"].isel(time=own[kept]),
        "3rd": reprocessings["3rd"].isel(time=partner[kept]),
    }


def angles(looks):
    return {name: looks[name].values for name in ANGLES}


def values(looks, bands=BANDS):
    return looks.reflectance.sel(band=bands).values.T


def percent_per_year(looks):
    fit = fit_directional(looks.time.values, values(looks), angles(looks))
    return 100.0 * fit["slope"] / fit["level"]


@pytest.mark.parametrize("name", ["2nd", "3rd"])
def test_slopes_of_full_spans(reprocessings, name):
    np.testing.assert_allclose(percent_per_year(reprocessings[name]), FULL[name], atol=0.03)


@pytest.mark.parametrize("name", ["2nd", "3rd"])
def test_slopes_of_common_overpasses(common, name):
    assert abs(common[name].sizes["time"] - 631) <= 2
    np.testing.assert_allclose(percent_per_year(common[name]), COMMON[name], atol=0.03)


def test_ratio_of_the_reprocessings(common):
    """Ordinary least squares; which of two close rows is paired moves it by 0.002 %/yr."""
    ratio = values(common["3rd"], list(RATIO)) / values(common["2nd"], list(RATIO))
    fit = fit_model(prepare_series(common["2nd"].time.values, ratio), "linear")
    slope = 100.0 * fit["slope"] / fit["level"]
    np.testing.assert_allclose(slope, list(RATIO.values()), atol=0.003)


def test_update_is_effective_at_412_and_443_nm(common):
    looks = common["2nd"]
    found = judge_reprocessing(
        looks.time.values,
        values(looks),
        values(common["3rd"]),
        regressors=directional_regressors(**angles(looks)),
    )
    assert list(found.verdict[:2]) == ["effective", "effective"]
    # No drift was seen at 490 and 560 nm that an update could have taken away.
    assert list(found.verdict[2:]) == ["not decidable", "not decidable"]


def test_known_step_of_spliced_series(common):
    """2nd before, 3rd after each of ten dates; the step is known from the ratio of the two."""
    before, after = common["2nd"], common["3rd"]
    time = before.time.values
    hits = {"ar1": np.zeros(4, int), "white": np.zeros(4, int)}
    for share in np.linspace(0.15, 0.85, 10):
        cut = time[0] + (time[-1] - time[0]) * share
        spliced = np.where(time < cut, values(before), values(after))
        ratio = prepare_series(time, values(after) / values(before), epoch=cut)
        known = fit_model(ratio, "linear")["level"] - 1.0
        fit = fit_directional(
            time, spliced, angles(before), model="step_slopes", break_times=np.array([cut])
        )
        level = fit.predict(np.array([cut - np.timedelta64(1, "s")]))[:, 0]
        truth = known * level
        widened = intervals(fit).widened(step_1=SITE_WANDER * level)
        hits["ar1"] += widened["step_1"].contains(truth)
        hits["white"] += intervals(fit, noise="white")["step_1"].contains(truth)
    print(f"of 10 splice dates at {BANDS} nm: {hits['ar1']} inside, white noise {hits['white']}")
    assert (hits["ar1"][:3] >= 9).all()
    assert hits["ar1"][3] >= 8
    assert hits["white"].sum() <= 33


def test_dates_give_the_solar_zenith_angles_in_the_file(reprocessings):
    """An independent check of the decimal year: a day more or less is 0.3 degrees off."""
    looks: xr.Dataset = reprocessings["3rd"].isel(time=slice(0, None, 15))
    declination, hour_angle = sun_over(looks.time.values, 23.39)
    latitude = np.deg2rad(28.55)
    cosine = np.sin(latitude) * np.sin(declination)
    cosine = cosine + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    difference = np.rad2deg(np.arccos(cosine)) - looks.solar_zenith_deg.values
    assert np.abs(difference).max() < 0.2


def sun_over(time, longitude_deg):
    """Declination and hour angle, low-precision formulas of the Astronomical Almanac."""
    days = (time - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "D")
    mean = np.deg2rad(357.528 + 0.9856003 * days)
    ecliptic = np.deg2rad(280.460 + 0.9856474 * days) + np.deg2rad(1.915) * np.sin(mean)
    ecliptic = ecliptic + np.deg2rad(0.020) * np.sin(2.0 * mean)
    tilt = np.deg2rad(23.439)
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    sidereal = np.deg2rad(280.46062 + 360.98564737 * days + longitude_deg)
    return np.arcsin(np.sin(tilt) * np.sin(ecliptic)), sidereal - right_ascension
