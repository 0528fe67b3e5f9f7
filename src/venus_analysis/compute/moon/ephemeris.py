"""Where the Sun and the Moon are and how the Earth is turned, at UTC times.

Positions of the Sun and the Moon are JPL DE421 (Folkner et al. 2009, IPN
Progress Report 42-178), the Earth's rotation is IERS finals2000A with IAU
2006 precession and IAU 2000B nutation (McCarthy & Luzum 2003,
doi:10.1023/A:1021762727016; 1 mas, 0.2 m at the geostationary distance), both
from the package skyfield-data: nothing is fetched at run time.
"""

from __future__ import annotations

import atexit
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError

FIRST_EPOCH: Final = np.datetime64("1899-07-30", "us")
LAST_EPOCH: Final = np.datetime64("2053-10-08", "us")

# of polar motion and UT1 in a line of finals2000A
FINALS: Final = {
    "utc_mjd": (6, 15),
    "x_arcseconds": (18, 27),
    "y_arcseconds": (37, 46),
    "dut1": (58, 68),
}

_SUN, _EARTH_MOON_BARYCENTRE, _EARTH, _MOON = 10, 3, 399, 301
_J2000_JD = 2451545.0


def utc_epochs(time: ArrayLike) -> NDArray[np.datetime64]:
    """Check times and return them as datetime64[us].

    Parameters
    ----------
    time
        UTC, numpy datetime64 of any unit and shape. A leap second itself
        cannot be written. Before 1972, TAI - UTC is taken as 10 s: up to 45 s
        off in 1900.

    Raises
    ------
    InputError
        Not datetime64, NaT, or outside DE421 (1899-07-30 to 2053-10-08).

    Examples
    --------
    >>> utc_epochs(np.datetime64("2018-06-28"))
    array('2018-06-28T00:00:00.000000', dtype='datetime64[us]')
    """
    given = np.asarray(time)
    if given.dtype.kind != "M":
        raise InputError(
            "time", "numpy datetime64 in UTC", f"{given.dtype}", "use numpy.datetime64(text)"
        )
    epochs = given.astype("datetime64[us]")
    if np.isnat(epochs).any():
        raise InputError("time", "a time everywhere", "NaT", "leave out looks without a time")
    outside = epochs[(epochs < FIRST_EPOCH) | (epochs > LAST_EPOCH)]
    if outside.size:
        raise InputError(
            "time",
            f"times from {FIRST_EPOCH.astype('M8[D]')} to {LAST_EPOCH.astype('M8[D]')} (DE421)",
            f"{outside[0]}",
            "check the epoch and unit of the time",
        )
    return epochs


def tdb_days(time: ArrayLike) -> NDArray[np.float64]:
    """Days of Barycentric Dynamical Time since J2000.0.

    Parameters
    ----------
    time
        UTC, datetime64, any shape; errors as in `utc_epochs`.

    Examples
    --------
    >>> round(float(tdb_days(np.datetime64("2000-01-01T12:00"))) * 86400.0, 2)
    64.18
    """
    epochs = utc_epochs(time)
    t = _skyfield_time(epochs)
    return np.asarray((t.whole - _J2000_JD) + t.tdb_fraction).reshape(epochs.shape)


def sun_and_moon_gcrs(
    time: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Geometric vectors from the Earth's centre to the Sun and to the Moon.

    No light time and no aberration: all bodies at the same instant.

    Parameters
    ----------
    time
        UTC, datetime64, any shape (...); errors as in `utc_epochs`.

    Returns
    -------
    sun_m, moon_m
        (..., 3) m, GCRS axes.

    Examples
    --------
    >>> sun, moon = sun_and_moon_gcrs(np.datetime64("2018-06-28T00:00"))
    >>> f"{np.linalg.norm(moon) / 1e3:.1f} km"
    '404516.8 km'
    """
    epochs = utc_epochs(time)
    t = _skyfield_time(epochs)
    spk = _ephemeris()

    def vector(centre: int, target: int) -> NDArray[np.float64]:
        return np.asarray(spk[centre, target].compute(t.whole, t.tdb_fraction))

    earth = vector(_EARTH_MOON_BARYCENTRE, _EARTH)
    moon = vector(_EARTH_MOON_BARYCENTRE, _MOON) - earth
    sun = vector(0, _SUN) - vector(0, _EARTH_MOON_BARYCENTRE) - earth
    shape = (*epochs.shape, 3)
    return sun.T.reshape(shape) * 1e3, moon.T.reshape(shape) * 1e3


def earth_orientation_is_measured(time: ArrayLike) -> NDArray[np.bool_]:
    """Whether polar motion and UT1 of these times are measured, not predicted.

    Parameters
    ----------
    time
        UTC, datetime64, any shape; errors as in `utc_epochs`.

    Returns
    -------
    ndarray of bool
        False before 1973 and after the last measured day of the installed
        skyfield-data. IERS Bulletin A expects predicted UT1 to be off by
        0.00025 s · days**0.75: 0.02 s after a year, 10 m on the ground.

    Examples
    --------
    >>> earth_orientation_is_measured(np.array(["1972-01-01", "2018-06-28"], "M8[s]"))
    array([False,  True])
    """
    epochs = utc_epochs(time)
    _, first, last = _earth_orientation()
    return (epochs >= first) & (epochs <= last)


def j2000_rotation() -> NDArray[np.float64]:
    """(3, 3) matrix from GCRS to the mean equator and equinox of J2000.0 (IERS 2003).

    Examples
    --------
    >>> float(np.degrees(j2000_rotation()[0, 2]) * 3600e3 // 1)
    16.0
    """
    from skyfield.framelib import ICRS_to_J2000

    return np.array(ICRS_to_J2000)


def itrs_rotation(time: ArrayLike) -> NDArray[np.float64]:
    """(..., 3, 3) matrices from GCRS to ITRS, with polar motion; times as `utc_epochs`.

    Examples
    --------
    >>> rotation = itrs_rotation(np.datetime64("2018-06-28T00:00"))
    >>> np.allclose(rotation @ rotation.T, np.eye(3))
    True
    """
    from skyfield.framelib import itrs
    from skyfield.nutationlib import iau2000b_radians

    epochs = utc_epochs(time)
    t = _skyfield_time(epochs)
    t._nutation_angles_radians = iau2000b_radians(t)  # skyfield's documented way to choose 2000B
    rotation = np.moveaxis(np.asarray(itrs.rotation_at(t)), -1, 0)
    return rotation.reshape((*epochs.shape, 3, 3))


def _skyfield_time(epochs: NDArray[np.datetime64]) -> Any:
    timescale, _, _ = _earth_orientation()
    microseconds = epochs.ravel().astype(np.int64)
    days, rest = np.divmod(microseconds, 86_400_000_000)
    return timescale.utc(1970, 1, 1 + days, 0, 0, rest / 1e6)


@cache
def _ephemeris() -> Any:
    from skyfield.jpllib import SpiceKernel

    with as_file(files("skyfield_data") / "data" / "de421.bsp") as path:
        kernel = SpiceKernel(str(path))
    atexit.register(kernel.close)
    return kernel.spk


@cache
def _earth_orientation() -> tuple[Any, np.datetime64, np.datetime64]:
    """Skyfield's time scale, and the first and last day of measured Earth orientation."""
    from skyfield.data import iers
    from skyfield.timelib import Timescale

    # skyfield_data's own path function warns once this file has expired; we flag instead.
    content = (files("skyfield_data") / "data" / "finals2000A.all").read_bytes()
    table = _finals_table(content)
    daily_tt, delta_t, leap_dates, leap_offsets = iers.build_timescale_arrays(
        table["utc_mjd"], table["dut1"]
    )
    timescale = Timescale((daily_tt, delta_t), leap_dates, leap_offsets)
    iers.install_polar_motion_table(timescale, table)
    mjd_origin = np.datetime64("1858-11-17", "us")
    measured = table["utc_mjd"][table["measured"]]
    first, last = (mjd_origin + np.timedelta64(int(day), "D") for day in measured[[0, -1]])
    return timescale, first, last


def _finals_table(content: bytes) -> NDArray[Any]:
    """Days of finals2000A that have polar motion and UT1, and whether both were measured.

    What skyfield's own reader gives, by the format's fixed columns instead of
    an expression for each line, which takes four times as long.
    """
    lines = np.array(content.splitlines())
    rows = lines.view("S1").reshape(lines.size, -1)
    first_digit = rows[:, [19, 38, 59]]
    rows = rows[((first_digit >= b"0") & (first_digit <= b"9")).all(axis=1)]
    table = np.empty(len(rows), [(name, float) for name in FINALS] + [("measured", bool)])
    for name, (start, stop) in FINALS.items():
        column = np.ascontiguousarray(rows[:, start:stop]).view(f"S{stop - start}")[:, 0]
        table[name] = column.astype(np.float64)
    # I is measured, P predicted; polar motion, then UT1
    table["measured"] = (rows[:, [16, 57]] == b"I").all(axis=1)
    return table
