"""Lunar geometry against SPICE and a stated case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
import spiceypy

from venus_analysis.compute.moon.geometry import (
    LunarGeometry,
    lunar_geometry,
    moon_orientation,
    selenographic,
)
from venus_analysis.compute.moon.observer import FRAMES
from venus_analysis.errors import InputError

SpiceTime = Callable[[np.datetime64], float]
NIGHT = np.datetime64("2018-06-28T00:00:00")
GEOCENTRE = np.zeros(3)
NAMES = [field.name for field in fields(LunarGeometry)]


def random_times(count: int, first: str = "2017-08-01", last: str = "2025-01-01") -> np.ndarray:
    low, high = np.array([first, last], "M8[s]").astype(int)
    return np.random.default_rng(5).integers(low, high, count).astype("M8[s]")


def difference_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def spice_geometry(et: float, observer_km: np.ndarray) -> list[float]:
    """Sub-solar lon, lat, observer lon, lat (MOON_ME), Sun in km, observer in km, |phase|."""
    sun, _ = spiceypy.spkpos("SUN", et, "J2000", "NONE", "MOON")
    earth, _ = spiceypy.spkpos("EARTH", et, "J2000", "NONE", "MOON")
    observer = earth + observer_km
    turn = spiceypy.pxform("J2000", "MOON_ME", et)
    angles = [spiceypy.reclat(turn @ vector)[1:] for vector in (sun, observer)]
    phase = spiceypy.vsep(sun, observer)
    degrees = np.degrees([*angles[0], *angles[1], phase])
    return [*degrees, spiceypy.vnorm(sun), spiceypy.vnorm(observer)]


def test_geocentric_case_of_2018_06_28() -> None:
    at = lunar_geometry(NIGHT, GEOCENTRE)
    angles = [getattr(at, name).item() for name in NAMES[:5]]
    assert angles == pytest.approx([-3.549908, 4.3388, -0.8115, 2.1731, -3.6257], abs=1e-3)
    assert at.sun_distance_au == pytest.approx(1.019235607, abs=1e-8)
    assert at.observer_distance_km == pytest.approx(404516.81, abs=0.1)
    assert at.shape == ()


def test_random_epochs_agree_with_spice(spice_time: SpiceTime) -> None:
    times = random_times(200)
    direction = np.random.default_rng(6).normal(size=(200, 3))
    observer = direction / np.linalg.norm(direction, axis=-1, keepdims=True) * 42164.0
    ours = lunar_geometry(times, observer * 1e3)
    theirs = np.array(
        [spice_geometry(spice_time(t), o) for t, o in zip(times, observer, strict=True)]
    ).T
    for name, expected in zip(NAMES[1:5], theirs[:4], strict=True):
        difference = difference_deg(getattr(ours, name), expected)
        if "longitude" in name:
            latitude = getattr(ours, name.replace("longitude", "latitude"))
            difference *= np.cos(np.radians(latitude))
        assert difference.max() < 0.004, name
    assert np.abs(np.abs(ours.phase_angle_deg) - theirs[4]).max() < 1e-5
    np.testing.assert_allclose(ours.sun_distance_au * 149597870.7, theirs[5], rtol=1e-9)
    np.testing.assert_allclose(ours.observer_distance_km, theirs[6], rtol=0, atol=0.01)


def test_orientation_series_is_that_of_the_planetary_constants_kernel(
    spice_time: SpiceTime,
) -> None:
    # pck00010 carries the same IAU 2009 report; SPICE evaluates it on its own.
    for time in random_times(20):
        days = np.array(spice_time(time) / 86400.0)
        turn = spiceypy.pxform("J2000", "IAU_MOON", spice_time(time))
        for axis in np.eye(3):
            _, *expected = spiceypy.reclat(turn @ axis)
            ours = np.array(selenographic(axis, days))
            assert difference_deg(ours, np.degrees(expected)).max() < 1e-8
    assert moon_orientation(np.zeros((4, 2)))[2].shape == (4, 2)


def test_one_observer_in_itrf_and_j2000_gives_one_geometry(spice_time: SpiceTime) -> None:
    for time in random_times(5, last="2020-01-01"):
        itrf = np.array([42069.68e3, -2551.87e3, 998.48e3])
        j2000 = spiceypy.pxform("ITRF93", "J2000", spice_time(time)) @ itrf
        a, b = lunar_geometry(time, itrf, "ITRF93"), lunar_geometry(time, j2000, "J2000")
        for name in NAMES[:5]:
            assert abs(getattr(a, name) - getattr(b, name)) < 1e-5
        assert abs(a.observer_distance_km - b.observer_distance_km) < 0.01


def test_phase_is_negative_before_full_moon() -> None:
    # Full Moon 2018-06-28 04:53 UTC, new Moon 2018-06-13 19:43 and 2018-07-13 02:48 (almanac).
    waxing = np.array(["2018-06-15", "2018-06-20", "2018-06-27"], "M8[D]")
    waning = np.array(["2018-06-29", "2018-07-06", "2018-07-11"], "M8[D]")
    assert (lunar_geometry(waxing, GEOCENTRE).phase_angle_deg < 0.0).all()
    assert (lunar_geometry(waning, GEOCENTRE).phase_angle_deg > 0.0).all()


def test_first_quarter_is_lit_from_the_east() -> None:
    # First quarter 2018-06-20 10:51 UTC: Mare Crisium (59 E) in sunlight, phase near 90 deg.
    at = lunar_geometry(np.datetime64("2018-06-20T10:51"), GEOCENTRE)
    assert at.phase_angle_deg == pytest.approx(-90.0, abs=0.5)
    assert 80.0 < at.sub_solar_longitude_deg < 100.0


@pytest.mark.parametrize("frame", FRAMES)
def test_many_equal_one_by_one(frame: str) -> None:
    times = random_times(6).reshape(2, 3)
    position = np.array([-34525.5e3, 24189.9e3, 25.4e3])
    many = lunar_geometry(times, position, frame)
    assert many.shape == (2, 3)
    for index in np.ndindex(2, 3):
        one = lunar_geometry(times[index], position, frame)
        for name in NAMES:
            assert getattr(many, name)[index] == pytest.approx(getattr(one, name), rel=1e-13)


def test_shapes_broadcast() -> None:
    many = lunar_geometry(random_times(3)[:, None], np.full((4, 3), 2e7))
    assert many.shape == (3, 4)
    assert all(getattr(many, name).dtype == np.float64 for name in NAMES)
    assert LunarGeometry([[1.0], [2.0]], [3.0, 4.0], 0, 0, 0, 1, 4e5).shape == (2, 2)
    assert lunar_geometry(np.array([], "M8[s]"), GEOCENTRE).shape == (0,)


def test_nan_position_gives_nan_and_keeps_the_others() -> None:
    at = lunar_geometry(NIGHT, [[np.nan] * 3, [0.0] * 3])
    assert np.isnan(at.phase_angle_deg).tolist() == [True, False]
    assert np.isfinite(at.sub_solar_longitude_deg).all()


def test_bad_inputs() -> None:
    with pytest.raises(InputError, match="frame"):
        lunar_geometry(NIGHT, GEOCENTRE, "IAU_MOON")
    with pytest.raises(InputError, match="NaT"):
        lunar_geometry(np.datetime64("NaT"), GEOCENTRE)
    with pytest.raises(ValueError, match="shape mismatch"):
        LunarGeometry([1.0, 2.0], [1.0, 2.0, 3.0], 0, 0, 0, 1, 4e5)
