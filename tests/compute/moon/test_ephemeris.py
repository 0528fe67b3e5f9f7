"""Times, frames and observers against independent numbers and SPICE."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pytest
import spiceypy
from skyfield.data import iers

from venus_analysis.compute.moon import ephemeris, observer
from venus_analysis.errors import InputError

SpiceTime = Callable[[np.datetime64], float]
NIGHT = np.datetime64("2018-06-28T00:00:00")


def test_moon_distance_at_a_published_perigee_and_apogee() -> None:
    # Closest and farthest Moon of 2016-11-14 and 2020-03-24 (Meeus' tables): km.
    times = np.array(["2016-11-14T11:23", "2020-03-24T15:23"], "M8[m]")
    _, moon = ephemeris.sun_and_moon_gcrs(times)
    assert np.linalg.norm(moon, axis=-1) / 1e3 == pytest.approx([356509.0, 406692.0], abs=2.0)


def test_sun_lies_at_the_equinox_at_the_published_instant() -> None:
    sun, _ = ephemeris.sun_and_moon_gcrs(np.datetime64("2000-03-20T07:35"))
    declination = np.degrees(np.arcsin(sun[2] / np.linalg.norm(sun)))
    assert abs(declination) < 0.001 + 20.5 / 3600.0  # minute rounding and aberration


def test_tdb_counts_leap_seconds() -> None:
    times = np.array(["2016-12-31T23:59:59", "2017-01-01T00:00:00"], "M8[s]")
    seconds = np.diff(ephemeris.tdb_days(times)) * 86400.0
    assert seconds == pytest.approx([2.0], abs=1e-4)
    assert ephemeris.tdb_days(np.datetime64("2000-01-01T11:58:55.816")) == pytest.approx(
        0.0, abs=2e-3 / 86400.0
    )


def test_itrs_observer_agrees_with_spice_within_10_mas(spice_time: SpiceTime) -> None:
    position = np.array([42164.8e3, -75.0e3, 66.5e3])
    for time in np.array(["2017-08-02T01:58", "2018-06-28", "2020-02-29T12:34:56"], "M8[s]"):
        turn = spiceypy.pxform("ITRF93", "J2000", spice_time(time))
        ours = observer.observer_gcrs(position, "ITRF93", time)
        assert np.linalg.norm(ours - turn @ position) < np.radians(10e-3 / 3600.0) * 42164.8e3


def test_ground_observer_agrees_with_spice_georec_in_itrs() -> None:
    recovered = spiceypy.georec(
        np.radians(-4.70583), np.radians(41.6636), 0.705, 6378.137, 1.0 / 298.257223563
    )
    expected = observer.observer_gcrs(np.array(recovered) * 1e3, "ITRS", NIGHT)
    ours = observer.ground_observer(41.6636, -4.70583, 705.0, NIGHT)
    np.testing.assert_allclose(ours, expected, atol=1e-3)


def test_j2000_differs_from_gcrs_by_the_frame_bias() -> None:
    # IERS Conventions 2003: offsets of 16.6 and 6.8 mas of the pole, 14.6 mas of the equinox.
    position = np.eye(3) * 42164e3
    turned = observer.observer_gcrs(position, "J2000", NIGHT)
    mas = np.linalg.norm(turned - position, axis=-1) / 42164e3 * np.degrees(1.0) * 3.6e6
    expected = [np.hypot(14.6, 16.617), np.hypot(14.6, 6.819), np.hypot(16.617, 6.819)]
    assert mas == pytest.approx(expected, abs=0.02)


def test_shapes_broadcast_and_equal_scalars() -> None:
    times = NIGHT + np.arange(6).reshape(2, 3) * np.timedelta64(1, "h")
    position = np.array([42164e3, 1e5, 2e5])
    for frame in observer.FRAMES:
        many = observer.observer_gcrs(position, frame, times)
        assert many.shape == (2, 3, 3)
        for index in np.ndindex(2, 3):
            one = observer.observer_gcrs(position, frame, times[index])
            np.testing.assert_array_equal(many[index], one)
        assert observer.observer_gcrs(np.ones((4, 1, 3)) * 1e7, frame, NIGHT).shape == (4, 1, 3)
    assert observer.ground_observer([0.0, 10.0], 5.0, 0.0, NIGHT).shape == (2, 3)
    sun, moon = ephemeris.sun_and_moon_gcrs(times)
    assert sun.shape == moon.shape == (2, 3, 3)


def test_measured_earth_orientation_ends_where_the_prediction_begins() -> None:
    times = np.array(["1950-01-01", "1973-01-02", "2020-01-01", "2050-01-01"], "M8[D]")
    assert ephemeris.earth_orientation_is_measured(times).tolist() == [False, True, True, False]
    assert ephemeris.earth_orientation_is_measured(NIGHT).shape == ()


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (np.datetime64("NaT", "s"), "time: expected a time everywhere, received NaT"),
        (np.datetime64("1899-07-29"), "time: expected times from 1899-07-30 to 2053-10-08"),
        (np.datetime64("2053-10-09"), "received 2053-10-09"),
        (np.array(["2018-01-01", "9999-01-01"], "M8[D]"), "received 9999-01-01"),
        (np.array([1.5e9]), "expected numpy datetime64 in UTC, received float64"),
        ("2018-06-28", "expected numpy datetime64 in UTC"),
    ],
)
def test_bad_times_say_what_to_do(time: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ephemeris.sun_and_moon_gcrs(time)  # type: ignore[arg-type]


def test_bad_observers_say_what_to_do() -> None:
    with pytest.raises(InputError, match=r"frame: expected GCRS .* received 'TEME'; convert"):
        observer.observer_gcrs([7e6, 0.0, 0.0], "TEME", NIGHT)
    with pytest.raises(InputError, match=r"received shape \(2,\)"):
        observer.observer_gcrs([7e6, 0.0], "GCRS", NIGHT)
    with pytest.raises(InputError, match="multiply kilometres by 1000"):
        observer.observer_gcrs([42164.0, 0.0, 0.0], "GCRS", NIGHT)


def test_unknown_positions_stay_unknown() -> None:
    positions = [[np.nan, 0.0, 0.0], [7e6, 0.0, 0.0]]
    known = np.isfinite(observer.observer_gcrs(positions, "ITRS", NIGHT)).all(axis=-1)
    assert known.tolist() == [False, True]


def test_earth_orientation_is_read_as_skyfield_reads_it() -> None:
    content = (files("skyfield_data") / "data" / "finals2000A.all").read_bytes()
    table = ephemeris._finals_table(content)
    theirs = iers.parse_x_y_dut1_from_finals_all(io.BytesIO(content))
    for name in theirs.dtype.names:
        np.testing.assert_array_equal(table[name], theirs[name])
    lines = content.splitlines()
    measured = [one for one in lines if one[16:17] == b"I" and one[57:58] == b"I"]
    assert table["measured"].sum() == len(measured)
