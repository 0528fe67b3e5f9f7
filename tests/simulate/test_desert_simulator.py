"""The SIMULATED desert series: noise as on real ones, truth consistent, files read back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from venus_analysis.calibrate.desert import looks_of
from venus_analysis.cli import app
from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.compute.desert.directional import directional_regressors
from venus_analysis.compute.desert.screen import LookFlag, screen_looks
from venus_analysis.errors import InputError
from venus_analysis.simulate.desert import planted_ratio, simulate_desert
from venus_analysis.simulate.desert_files import write_desert
from venus_analysis.simulate.desert_settings import DesertSeriesSettings
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_truth import gain_sets
from venus_analysis.simulate.site_angles import site_angles

NONE = (0.0,) * 12
QUIET = MissionSettings(updates=(), events=(), linear=NONE, decay=NONE)


@pytest.fixture(scope="module")
def series():
    return simulate_desert(DesertSeriesSettings())


@pytest.fixture(scope="module")
def good(series):
    """Screened looks of the reference, and the residuals of ln reflectance, percent."""
    looks = looks_of(series.reference, series.reference_sensor.bands)
    looks = looks.take(screen_looks(looks) == 0)
    angles = (looks.solar_zenith_deg, looks.viewing_zenith_deg, looks.relative_azimuth_deg)
    terms = np.stack([np.ones(len(looks)), *directional_regressors(*angles).values()], 1)
    logs = np.log(looks.reflectance)
    return looks, 100.0 * (logs - terms @ np.linalg.lstsq(terms, logs, rcond=None)[0])


def sun_of_the_almanac(latitude, longitude, time):
    """Zenith and azimuth of the Sun, degrees, within 0.01: Astronomical Almanac, section C.

    As Michalsky (1988), doi:10.1016/0038-092X(88)90045-X, gives it.
    """
    day = (time - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "D")
    anomaly = np.radians(357.528 + 0.9856003 * day)
    mean = 280.460 + 0.9856474 * day
    along = np.radians(mean + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly))
    tilt = np.radians(23.439 - 4e-7 * day)
    ascension = np.arctan2(np.cos(tilt) * np.sin(along), np.cos(along))
    declination = np.arcsin(np.sin(tilt) * np.sin(along))
    sidereal_h = (6.697375 + 0.0657098242 * day + (day + 0.5) % 1.0 * 24.0) % 24.0
    hour = np.radians(15.0 * sidereal_h + longitude) - ascension
    phi = np.radians(latitude)
    up = np.sin(declination) * np.sin(phi) + np.cos(declination) * np.cos(phi) * np.cos(hour)
    east = -np.cos(declination) * np.sin(hour)
    north = np.sin(declination) * np.cos(phi) - np.cos(declination) * np.sin(phi) * np.cos(hour)
    return np.degrees(np.arccos(up)), np.degrees(np.arctan2(east, north)) % 360.0


@pytest.mark.parametrize(("latitude", "longitude"), [(28.55, 23.39), (-23.0, -65.0), (60.0, 170.0)])
def test_the_sun_stands_where_the_almanac_has_it(latitude, longitude):
    seconds = np.random.default_rng(3).integers(0, 6 * 365 * 86400, 200)
    time = np.datetime64("2018-01-01T00:00:00", "us") + seconds * np.timedelta64(1, "s")
    found = site_angles(latitude, longitude, 10.0, 105.0, time)
    zenith, azimuth = sun_of_the_almanac(latitude, longitude, time)
    assert found["solar_zenith_deg"] == pytest.approx(zenith, abs=0.02)
    # 0 with the Sun behind the sensor: both are seen from the ground in one direction
    relative = np.abs((azimuth - 105.0 + 180.0) % 360.0 - 180.0)
    off = (found["relative_azimuth_deg"] - relative) * np.sin(np.radians(zenith))
    assert np.abs(off).max() < 0.02


def test_noise_is_that_of_real_series(series, good):
    """MERIS over Libya 4: 1.2 % at 412, 0.9 % at 865 nm, .28 to .47 correlated in 3 days."""
    looks, residual = good
    bands = list(series.reference_sensor.bands)
    scatter = residual.std(axis=0)
    assert 1.0 < scatter[bands.index("412")] < 1.4
    assert 0.7 < scatter[bands.index("865")] < 1.0
    near = np.diff(looks.time) <= np.timedelta64(3, "D")
    for band in ("412", "865"):
        one = residual[:, bands.index(band)]
        assert 0.2 < np.corrcoef(one[:-1][near], one[1:][near])[0, 1] < 0.55
    # Two modes: neighbours agree far better than blue with near infrared.
    correlation = np.corrcoef(residual.T)
    blue, red = bands.index("443"), bands.index("865")
    assert correlation[0, blue] > correlation[0, red] + 0.2
    assert len(looks) < np.diff(looks.time[[0, -1]])[0] / np.timedelta64(2, "D") / 2


def test_clouds_are_there_and_most_are_found(series):
    looks = looks_of(series.target, series.target_sensor.bands)
    reasons = screen_looks(looks)
    cloudy = series.truth.cloudy.values
    assert 0.03 < cloudy.mean() < 0.07
    assert (reasons[cloudy] > 0).mean() > 0.8
    assert (reasons[~cloudy] > 0).mean() < 0.02
    assert (reasons & LookFlag.TOO_BRIGHT > 0).any()


def test_planted_ratio_follows_sensor_and_parameter_sets():
    """Nothing but gains: the ratio is gain x true Ak / applied Ak, and only in the target."""
    settings = DesertSeriesSettings(gain=tuple(np.linspace(0.95, 1.06, 12)))
    time = np.array(["2018-01-01", "2018-11-30", "2018-12-02", "2023-05-01"], "M8[us]")
    ratio = planted_ratio(settings, time)
    np.testing.assert_allclose(ratio[0], settings.gain)
    gains = gain_sets(settings.mission)
    np.testing.assert_allclose(
        ratio[2] / ratio[1], 1.0 + gains.true_step[0], atol=2e-4, err_msg="first update"
    )
    loud, quiet = (
        simulate_desert(replace(settings, gain=gain, looks=30, reference_looks=30))
        for gain in (1.1, 1.0)
    )
    np.testing.assert_allclose(loud.target.reflectance / quiet.target.reflectance, 1.1)
    np.testing.assert_array_equal(loud.reference.reflectance, quiet.reference.reflectance)
    np.testing.assert_allclose(
        loud.target.absolute_gain[0], gains.official[gains.number_at(loud.target.time[0].values)]
    )


def test_seeds_and_sites_differ_and_repeat():
    one = DesertSeriesSettings(looks=20, reference_looks=20)
    again = simulate_desert(one)
    xr.testing.assert_identical(simulate_desert(one).target, again.target)
    for other in (replace(one, site="Niger 2"), replace(one, mission=MissionSettings(seed=2))):
        assert not np.isin(
            simulate_desert(other).target.reflectance, again.target.reflectance
        ).any()


def test_files_are_what_the_readers_read(tmp_path):
    settings = DesertSeriesSettings(looks=25, reference_looks=25, reference="S2A")
    files, series = write_desert(tmp_path, settings), simulate_desert(settings)
    for path, wanted in ((files.target, series.target), (files.reference, series.reference)):
        found = read_observations(path)
        assert found.attrs["simulated"] == 1
        for name in ("reflectance", "reflectance_sd", "ozone_du", "relative_azimuth_deg"):
            np.testing.assert_allclose(found[name], wanted[name], rtol=1e-6)
        assert (abs(found.time.values - wanted.time.values) < np.timedelta64(1, "s")).all()
        assert list(found.acquisition_id.values) == list(wanted.acquisition_id.values)
    responses = read_sensor_responses(files.responses, "S2A")
    assert [one.band for one in responses] == list(series.reference_sensor.bands)
    truth = xr.load_dataset(files.truth, engine="netcdf4")
    np.testing.assert_allclose(truth.planted_ratio, series.truth.planted_ratio)
    with pytest.raises(InputError, match="name another folder"):
        write_desert(tmp_path, settings)


def test_command_writes_named_files(tmp_path):
    asked = ["simulate", "desert", str(tmp_path / "new"), "--site", "Algeria 3", "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["simulated"] == 1
    paths = document["sites"]["Algeria 3"]
    assert len(paths) == 4
    assert all("SIMULATED" in path for path in paths.values())


@pytest.mark.parametrize(
    ("change", "message"),
    [({"site": "Rome"}, "Libya 4"), ({"reference": "MODIS"}, "S2A"), ({"gain": (1.0,)}, "gain")],
)
def test_impossible_settings(change, message):
    with pytest.raises(InputError, match=message):
        DesertSeriesSettings(QUIET, **change)
