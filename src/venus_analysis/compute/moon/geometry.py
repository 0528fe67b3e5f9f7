"""Sun, Moon and observer: the angles and distances a lunar model needs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.observer import observer_gcrs

AU_KM: Final = 149597870.7

# IAU 2009: arguments E1..E13 = constant (deg) + rate (deg/day), then the
# amplitudes (deg) of sin E in right ascension, cos E in declination and sin E
# in the prime meridian.
_SERIES = np.array(
    [
        (125.045, -0.0529921, -3.8787, 1.5419, 3.5610),
        (250.089, -0.1059842, -0.1204, 0.0239, 0.1208),
        (260.008, 13.0120009, 0.0700, -0.0278, -0.0642),
        (176.625, 13.3407154, -0.0172, 0.0068, 0.0158),
        (357.529, 0.9856003, 0.0, 0.0, 0.0252),
        (311.589, 26.4057084, 0.0072, -0.0029, -0.0066),
        (134.963, 13.0649930, 0.0, 0.0009, -0.0047),
        (276.617, 0.3287146, 0.0, 0.0, -0.0046),
        (34.226, 1.7484877, 0.0, 0.0, 0.0028),
        (15.134, -0.1589763, -0.0052, 0.0008, 0.0052),
        (119.743, 0.0036096, 0.0, 0.0, 0.0040),
        (239.961, 0.1643573, 0.0, 0.0, 0.0019),
        (25.053, 12.9590088, 0.0043, -0.0009, -0.0044),
    ]
)


@dataclass(frozen=True, eq=False)
class LunarGeometry:
    """Sun, Moon and observer at one or many instants; all arrays of one shape.

    Parameters are broadcast against each other and kept as read-only float64; NaN stays.

    Parameters
    ----------
    phase_angle_deg
        Angle at the Moon's centre between Sun and observer, 0 to 180 deg,
        negative while the Moon waxes (before full Moon).
    sub_solar_longitude_deg, sub_solar_latitude_deg
        Selenographic, mean-Earth frame, east (towards Mare Crisium) positive.
    observer_longitude_deg, observer_latitude_deg
        The point under the observer (the libration), same frame.
    sun_distance_au, observer_distance_km
        To the Moon's centre.

    Examples
    --------
    >>> LunarGeometry([-7.0, 7.0], 7.0, 0.0, 0.0, 0.0, 1.0, 384400.0).shape
    (2,)
    """

    phase_angle_deg: NDArray[np.float64]
    sub_solar_longitude_deg: NDArray[np.float64]
    sub_solar_latitude_deg: NDArray[np.float64]
    observer_longitude_deg: NDArray[np.float64]
    observer_latitude_deg: NDArray[np.float64]
    sun_distance_au: NDArray[np.float64]
    observer_distance_km: NDArray[np.float64]

    def __post_init__(self) -> None:
        names = [field.name for field in fields(self)]
        given = {name: np.asarray(getattr(self, name), dtype=np.float64) for name in names}
        shape = np.broadcast_shapes(*(value.shape for value in given.values()))
        for name, value in given.items():
            object.__setattr__(self, name, np.broadcast_to(value, shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of every array."""
        return self.phase_angle_deg.shape


def lunar_geometry(
    time: ArrayLike, observer_position_m: ArrayLike, frame: str = "GCRS"
) -> LunarGeometry:
    """Geometry of the Moon for an observer.

    Geometric vectors at the given instant: no light time, no aberration, as
    lunar irradiance models were built. The sign of the phase comes from the
    selenographic longitudes: the Moon waxes, and the phase is negative, while
    the Sun stands east of the observer's meridian, sin(longitude of the Sun -
    longitude of the observer) > 0. The sign changes when the two meridians
    agree, which near full Moon need not be the instant of smallest phase, by
    which other codes go.

    Parameters
    ----------
    time
        UTC, datetime64, any shape; errors as in `ephemeris.utc_epochs`.
    observer_position_m
        (..., 3) m from the Earth's centre; (0, 0, 0) is the geocentre. Its
        leading axes broadcast with `time`. NaN gives NaN.
    frame
        Axes of the position: GCRS, J2000, ITRS or ITRF93, see
        `observer.observer_gcrs`.

    Raises
    ------
    InputError
        As `observer.observer_gcrs`.

    Examples
    --------
    >>> at = lunar_geometry(np.datetime64("2018-06-28T00:00"), [0.0, 0.0, 0.0])
    >>> f"{at.phase_angle_deg:.4f} deg, {at.observer_distance_km:.1f} km"
    '-3.5499 deg, 404516.8 km'
    """
    position = observer_gcrs(observer_position_m, frame, time)
    sun, moon = ephemeris.sun_and_moon_gcrs(time)
    days = ephemeris.tdb_days(time)
    to_sun, to_observer = np.broadcast_arrays(sun - moon, position - moon)
    longitudes, latitudes = selenographic(np.stack([to_sun, to_observer]), days)
    (sun_longitude, observer_longitude), (sun_latitude, observer_latitude) = longitudes, latitudes
    waxing = np.sin(np.radians(sun_longitude - observer_longitude)) > 0.0
    phase = _angle_deg(to_sun, to_observer)
    return LunarGeometry(
        phase_angle_deg=np.where(waxing, -phase, phase),
        sub_solar_longitude_deg=sun_longitude,
        sub_solar_latitude_deg=sun_latitude,
        observer_longitude_deg=observer_longitude,
        observer_latitude_deg=observer_latitude,
        sun_distance_au=np.linalg.norm(to_sun, axis=-1) / (AU_KM * 1e3),
        observer_distance_km=np.linalg.norm(to_observer, axis=-1) / 1e3,
    )


def moon_orientation(
    tdb_days: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Pole and prime meridian of the Moon, IAU 2009 series (mean-Earth frame).

    Within 0.004 deg (0.15 km on the Moon) of the frame integrated with DE421.
    Source: Archinal et al. 2011, doi:10.1007/s10569-010-9320-4, Table 2.

    Parameters
    ----------
    tdb_days
        Days of TDB since J2000.0, any shape.

    Returns
    -------
    right_ascension_deg, declination_deg, meridian_deg
        Of the pole in ICRS, and the angle W; same shape; W is not wrapped.

    Examples
    --------
    >>> [round(float(angle), 3) for angle in moon_orientation(np.array(0.0))]
    [266.858, 65.641, 41.195]
    """
    days = np.asarray(tdb_days, dtype=np.float64)
    centuries = days / 36525.0
    constant, rate, in_ascension, in_declination, in_meridian = _SERIES.T
    argument = np.radians(constant + rate * days[..., None])
    sine, cosine = np.sin(argument), np.cos(argument)
    ascension = 269.9949 + 0.0031 * centuries + sine @ in_ascension
    declination = 66.5392 + 0.0130 * centuries + cosine @ in_declination
    meridian = 38.3213 + 13.17635815 * days - 1.4e-12 * days**2 + sine @ in_meridian
    return ascension, declination, meridian


def selenographic(
    from_moon: NDArray[np.float64], tdb_days: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Selenographic longitude and latitude of a direction seen from the Moon's centre.

    With the pole p, the node n of the Moon's equator on the ICRS equator and
    m = p x n: latitude = asin(v·p / |v|), longitude = atan2(v·m, v·n) - W.

    Parameters
    ----------
    from_moon
        (..., 3) vectors from the Moon's centre, ICRS axes, any unit; NaN gives NaN.
    tdb_days
        Days of TDB since J2000.0; broadcasts with from_moon[..., 0].

    Returns
    -------
    longitude_deg, latitude_deg
        East positive, -180 to 180 deg, mean-Earth frame.

    Examples
    --------
    >>> days = np.array(6752.5)
    >>> ascension, declination, _ = np.radians(moon_orientation(days))
    >>> pole = [np.cos(declination) * np.cos(ascension),
    ...         np.cos(declination) * np.sin(ascension), np.sin(declination)]
    >>> float(selenographic(np.array(pole), days)[1])
    90.0
    """
    x, y, z = np.moveaxis(from_moon, -1, 0)
    ascension, declination, meridian = moon_orientation(tdb_days)
    cos_a, sin_a = np.cos(np.radians(ascension)), np.sin(np.radians(ascension))
    cos_d, sin_d = np.cos(np.radians(declination)), np.sin(np.radians(declination))
    towards_equator = cos_a * x + sin_a * y
    along_node = cos_a * y - sin_a * x
    across_node = cos_d * z - sin_d * towards_equator
    along_pole = sin_d * z + cos_d * towards_equator
    longitude = np.degrees(np.arctan2(across_node, along_node)) - meridian
    latitude = np.degrees(np.arctan2(along_pole, np.hypot(along_node, across_node)))
    return (longitude + 180.0) % 360.0 - 180.0, latitude


def _angle_deg(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle between vectors; the arctangent keeps its digits at small angles."""
    sine = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(sine, np.sum(a * b, axis=-1))))
