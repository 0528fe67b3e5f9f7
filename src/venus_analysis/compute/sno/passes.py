"""When satellites see a site, from two-line elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.desert.looks import folded_azimuth
from venus_analysis.compute.moon.ephemeris import itrs_rotation, sun_and_moon_gcrs
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]
STEP_S: Final = 20.0
FINE_S: Final = 0.5
LONGEST_DAYS: Final = 400.0
EQUATOR_M: Final = 6378137.0
FLATTENING: Final = 1.0 / 298.257223563


@dataclass(frozen=True)
class Elements:
    """Two-line elements of one satellite.

    Attributes
    ----------
    name, number
        Its name and catalogue number.
    epoch
        UTC of the elements.
    line_1, line_2
        As they come.
    """

    name: str
    number: int
    epoch: np.datetime64
    line_1: str
    line_2: str


@dataclass(frozen=True, eq=False)
class Passes:
    """Passes over a site, each at the instant at which the view is steepest.

    Attributes
    ----------
    time
        (pass,) UTC.
    viewing_zenith_deg, viewing_azimuth_deg
        (pass,) of the satellite seen from the site; azimuth from north through east.
    solar_zenith_deg, solar_azimuth_deg
        (pass,).
    """

    time: NDArray[np.datetime64]
    viewing_zenith_deg: Floats
    viewing_azimuth_deg: Floats
    solar_zenith_deg: Floats
    solar_azimuth_deg: Floats

    def __len__(self) -> int:
        """Return the number of passes."""
        return len(self.time)

    def take(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Passes:
        """Pick passes by mask or position."""
        return Passes(*(value[kept] for value in vars(self).values()))

    @property
    def relative_azimuth_deg(self) -> Floats:
        """(pass,) folded to 0–180, 0 with the Sun behind the sensor."""
        return folded_azimuth(self.viewing_azimuth_deg - self.solar_azimuth_deg)


def site_passes(
    elements: Elements,
    latitude_deg: float,
    longitude_deg: float,
    start: np.datetime64,
    end: np.datetime64,
    *,
    most_viewing_zenith_deg: float = 38.0,
    most_solar_zenith_deg: float = 75.0,
    height_m: float = 0.0,
) -> Passes:
    """Find passes in daylight that come near enough to the zenith.

    SGP4 with the Earth turned by its mean sidereal time: within some 100 m of a
    full reduction, and better than the elements themselves, which lose about 1 to
    3 km a day.

    Parameters
    ----------
    elements
        Of the satellite, near the dates in question.
    latitude_deg, longitude_deg, height_m
        Of the site, WGS 84.
    start, end
        UTC, up to 400 days.
    most_viewing_zenith_deg
        VENuS looks to 38 degrees off the vertical of the site, Sentinel-2 to 12.
    most_solar_zenith_deg
        Of the Sun.

    Returns
    -------
    Passes
        In order of time.

    Raises
    ------
    InputError
        Dates out of range, or elements that SGP4 cannot propagate to them.

    References
    ----------
    Vallado et al. (2006), doi:10.2514/6.2006-6753.

    Examples
    --------
    >>> one = Elements(
    ...     "VENUS", 42901, np.datetime64("2019-02-04"),
    ...     "1 42901U 17044A   19035.00000000  .00000000  00000-0  00000-0 0  9990",
    ...     "2 42901  98.2800 112.0000 0001000  90.0000  30.0000 14.50000000    13",
    ... )
    >>> day = np.datetime64("2019-02-05")
    >>> found = site_passes(one, 28.55, 23.39, day, day + np.timedelta64(1, "D"))
    >>> found.time.astype("M8[m]")
    array(['2019-02-05T09:15'], dtype='datetime64[m]')
    """
    days = (end - start) / np.timedelta64(1, "D")
    if not 0.0 < days <= LONGEST_DAYS:
        raise InputError("span", f"up to {LONGEST_DAYS:g} days", f"{days:g}", "choose other dates")
    first = start.astype("M8[us]")
    coarse = first + (STEP_S * 1e6 * np.arange(int(days * 86400.0 / STEP_S) + 1)).astype("m8[us]")
    up = _vertical(elements, latitude_deg, longitude_deg, height_m, coarse)[0]
    inner = up[1:-1]
    peak = 1 + np.flatnonzero((inner >= up[:-2]) & (inner > up[2:]) & (inner > 0.2))
    fine = (1e6 * np.arange(-STEP_S, STEP_S + FINE_S, FINE_S)).astype("m8[us]")
    times = (coarse[peak][:, None] + fine).ravel()
    parts = _vertical(elements, latitude_deg, longitude_deg, height_m, times)
    shape = (len(peak), len(fine))
    best = parts[0].reshape(shape).argmax(axis=1) + np.arange(len(peak)) * len(fine)
    time = times[best]
    zenith = np.rad2deg(np.arccos(np.clip(parts[0][best], -1.0, 1.0)))
    azimuth = np.rad2deg(np.arctan2(parts[1][best], parts[2][best])) % 360.0
    found = Passes(time, zenith, azimuth, *sun_at(latitude_deg, longitude_deg, time))
    return found.take(
        (zenith <= most_viewing_zenith_deg) & (found.solar_zenith_deg <= most_solar_zenith_deg)
    )


def sun_at(latitude_deg: float, longitude_deg: float, time: ArrayLike) -> tuple[Floats, Floats]:
    """Zenith and azimuth of the Sun at a place, degrees, without refraction.

    Examples
    --------
    >>> zenith, azimuth = sun_at(0.0, 0.0, np.array(["2019-03-20T12:07"], "M8[us]"))
    >>> bool(zenith[0] < 0.5)
    True
    """
    moments = np.asarray(time)
    if not moments.size:
        return np.zeros(0), np.zeros(0)
    sun, _ = sun_and_moon_gcrs(moments)
    towards = np.einsum("...ij,...j->...i", itrs_rotation(moments), sun)
    towards = towards / np.linalg.norm(towards, axis=-1, keepdims=True)
    up, east, north = _axes(latitude_deg, longitude_deg)
    zenith = np.rad2deg(np.arccos(np.clip(towards @ up, -1.0, 1.0)))
    return zenith, np.rad2deg(np.arctan2(towards @ east, towards @ north)) % 360.0


def _axes(latitude_deg: float, longitude_deg: float) -> tuple[Floats, Floats, Floats]:
    latitude, longitude = np.deg2rad([latitude_deg, longitude_deg])
    flat = np.cos(latitude)
    up = np.array([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    return up, east, np.cross(up, east)


def _vertical(
    elements: Elements,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float,
    time: NDArray[np.datetime64],
) -> tuple[Floats, Floats, Floats]:
    """Up, east and north part of the direction from the site to the satellite."""
    up, east, north = _axes(latitude_deg, longitude_deg)
    eccentricity = FLATTENING * (2.0 - FLATTENING)
    radius = EQUATOR_M / np.sqrt(1.0 - eccentricity * up[2] ** 2)
    site = radius * up + height_m * up - np.array([0.0, 0.0, eccentricity * radius * up[2]])
    to = satellite_position_m(elements, time) - site
    distance = np.linalg.norm(to, axis=-1)
    return to @ up / distance, to @ east / distance, to @ north / distance


def satellite_position_m(elements: Elements, time: NDArray[np.datetime64]) -> Floats:
    """Positions (time, 3) in axes that turn with the Earth, m, by SGP4.

    Raises
    ------
    InputError
        Elements that SGP4 cannot propagate to these times.

    Examples
    --------
    >>> one = Elements(
    ...     "VENUS", 42901, np.datetime64("2019-02-04"),
    ...     "1 42901U 17044A   19035.00000000  .00000000  00000-0  00000-0 0  9990",
    ...     "2 42901  98.2800 112.0000 0001000  90.0000  30.0000 14.50000000    13",
    ... )
    >>> place = satellite_position_m(one, np.array(["2019-02-04"], "M8[us]"))
    >>> bool(7.0e6 < np.linalg.norm(place) < 7.2e6)
    True
    """
    from sgp4.api import SGP4_ERRORS, Satrec

    if not len(time):
        return np.zeros((0, 3))
    satellite = Satrec.twoline2rv(elements.line_1, elements.line_2)
    microseconds = time.astype("M8[us]").astype(np.int64)
    day, rest = np.divmod(microseconds, 86_400_000_000)
    whole, fraction = 2440587.5 + day.astype(np.float64), rest / 86400e6
    error, position_km, _ = satellite.sgp4_array(whole, fraction)
    if error.any():
        reason = SGP4_ERRORS.get(int(error[error > 0][0]), "SGP4 fails")
        raise InputError(
            f"elements of {elements.name}",
            f"elements that hold for {time[0]} to {time[-1]}",
            f"{reason}, epoch {elements.epoch}",
            "give newer ones",
        )
    turn = np.deg2rad(sidereal_time_deg(whole, fraction))
    x, y, z = position_km.T * 1e3
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=-1)


def sidereal_time_deg(julian_day: Floats, fraction: Floats) -> Floats:
    """Greenwich mean sidereal time of 1982, degrees, UT1 taken as UTC.

    References
    ----------
    Aoki et al. (1982), Astronomy and Astrophysics 105, 359.

    Examples
    --------
    >>> float(sidereal_time_deg(np.array(2451544.5), np.array(0.5)).round(4))
    280.4606
    """
    days = julian_day - 2451545.0
    centuries = (days + fraction) / 36525.0
    seconds = 67310.54841 + centuries * (
        8640184.812866 + centuries * (0.093104 - 6.2e-6 * centuries)
    )
    # 876600 h a century are whole turns of the day's fraction: kept apart for precision.
    return np.asarray((seconds / 240.0 + 360.0 * ((days % 1.0) + fraction)) % 360.0)
