"""Looks of one sensor at one site: the arrays that the desert method works on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError

Floats = NDArray[np.float64]

BRIGHTEST_REFLECTANCE = 2.0
FULL_CIRCLE_RADIANS = 2.0 * np.pi
ENOUGH_AZIMUTHS = 5


@dataclass(frozen=True, eq=False)
class Looks:
    """Mean reflectances over one site, one look a row.

    Parameters
    ----------
    time
        (look,) UTC.
    solar_zenith_deg, viewing_zenith_deg
        (look,) 0 to below 90.
    relative_azimuth_deg
        (look,) 0 with the Sun behind the sensor; folded to 0–180.
    reflectance
        (look, band) at the top of the atmosphere, 1; NaN for none.
    reflectance_sd
        (look, band) its scatter over the site, 1; NaN where unknown.
    ozone_du, water_vapour_g_cm2, pressure_hpa
        (look,) NaN where unknown.

    Raises
    ------
    InputError
        Shapes that differ, angles out of range or in radians, reflectances that
        look like counts or percent, a look given twice.

    Examples
    --------
    >>> look = make_looks(np.array(["2004-05-01T08:50"], "M8[us]"), 25.0, 10.0, 300.0, [[0.4]])
    >>> look.relative_azimuth_deg, look.ozone_du
    (array([60.]), array([nan]))
    """

    time: NDArray[np.datetime64]
    solar_zenith_deg: Floats
    viewing_zenith_deg: Floats
    relative_azimuth_deg: Floats
    reflectance: Floats
    reflectance_sd: Floats
    ozone_du: Floats
    water_vapour_g_cm2: Floats
    pressure_hpa: Floats

    def __len__(self) -> int:
        """Return the number of looks."""
        return len(self.time)

    def take(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Looks:
        """Pick looks by position or mask."""
        return Looks(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})


def folded_azimuth(difference_deg: Floats) -> Floats:
    """Angle between two azimuths, 0 to 180 degrees, from their difference.

    Examples
    --------
    >>> folded_azimuth(np.array([-20.0, 340.0, 200.0]))
    array([ 20.,  20., 160.])
    """
    turn = np.abs(difference_deg) % 360.0
    return np.asarray(np.where(turn > 180.0, 360.0 - turn, turn))


def make_looks(
    time: ArrayLike,
    solar_zenith_deg: ArrayLike,
    viewing_zenith_deg: ArrayLike,
    relative_azimuth_deg: ArrayLike,
    reflectance: ArrayLike,
    *,
    reflectance_sd: ArrayLike = np.nan,
    ozone_du: ArrayLike = np.nan,
    water_vapour_g_cm2: ArrayLike = np.nan,
    pressure_hpa: ArrayLike = np.nan,
    repeated: Literal["refuse", "drop", "keep"] = "refuse",
) -> Looks:
    """Check and broadcast to `Looks`; see there for arguments and errors.

    Looks of one time and geometry are one look given twice: they are refused,
    or all but the first are dropped when `repeated` is "drop". "keep" is for
    places of one image, which share both.

    Examples
    --------
    >>> twice = np.array(["2004-05-01", "2004-05-01"], "M8[us]")
    >>> len(make_looks(twice, 25.0, 10.0, 60.0, [[0.4], [0.4]], repeated="drop"))
    1
    """
    moments = np.asarray(time).astype("datetime64[us]")
    rho = np.array(reflectance, np.float64)
    if moments.ndim != 1 or rho.ndim != 2 or len(rho) != len(moments):
        raise InputError(
            "looks",
            "time (look,) and reflectance (look, band)",
            f"shapes {moments.shape} and {rho.shape}",
            "transpose or select one site",
        )
    _check_reflectance(rho)
    number = len(moments)

    def column(name: str, given: ArrayLike, low: float, high: float) -> Floats:
        return _column(name, given, number, low, high)

    azimuth = column("relative_azimuth_deg", relative_azimuth_deg, -360.0, 360.0)
    _check_degrees(azimuth)
    found = Looks(
        moments,
        column("solar_zenith_deg", solar_zenith_deg, 0.0, np.nextafter(90.0, 0.0)),
        column("viewing_zenith_deg", viewing_zenith_deg, 0.0, np.nextafter(90.0, 0.0)),
        folded_azimuth(azimuth),
        rho,
        np.array(np.broadcast_to(np.asarray(reflectance_sd, np.float64), rho.shape)),
        column("ozone_du", ozone_du, 0.0, 1000.0),
        column("water_vapour_g_cm2", water_vapour_g_cm2, 0.0, 20.0),
        column("pressure_hpa", pressure_hpa, 300.0, 1200.0),
    )
    if repeated == "keep":
        return found
    first = _first_of_each(found)
    if repeated == "refuse" and len(first) < number:
        raise InputError(
            "looks",
            "each look once",
            f"{number - len(first)} of {number} a second time (same time and angles)",
            'drop the duplicates, or ask for repeated="drop"',
        )
    return found.take(first) if len(first) < number else found


def _column(name: str, given: ArrayLike, number: int, low: float, high: float) -> Floats:
    values = np.asarray(given, np.float64)
    if values.shape not in ((), (number,)):
        raise InputError(name, f"one value or ({number},)", f"shape {values.shape}", "one a look")
    if np.any((values < low) | (values > high)):
        raise InputError(
            name,
            f"{low:g} to {high:g}",
            f"{np.nanmin(values):g} to {np.nanmax(values):g}",
            "check the unit, and give NaN for fill values",
        )
    return np.array(np.broadcast_to(values, (number,)))


def _check_reflectance(rho: Floats) -> None:
    if np.any(rho > BRIGHTEST_REFLECTANCE):
        raise InputError(
            "reflectance",
            f"reflectance as a fraction, below {BRIGHTEST_REFLECTANCE:g}",
            f"up to {np.nanmax(rho):g}",
            "counts, percent or scaled integers must be converted first",
        )
    if np.any(rho <= 0.0):
        raise InputError(
            "reflectance", "above 0", f"{np.nanmin(rho):g}", "give NaN for fill values"
        )


def _check_degrees(azimuth: Floats) -> None:
    known = np.abs(azimuth[np.isfinite(azimuth)])
    if known.size >= ENOUGH_AZIMUTHS and 0.0 < known.max() <= FULL_CIRCLE_RADIANS:
        raise InputError(
            "relative_azimuth_deg",
            "degrees",
            f"no value of {known.size} above {known.max():.3g}, as in radians",
            "convert to degrees",
        )


def _first_of_each(looks: Looks) -> NDArray[np.intp]:
    """Positions, ascending, without those that repeat the time and angles of an earlier one."""
    rows = np.column_stack(
        [
            looks.time.view(np.int64).astype(np.float64),
            looks.solar_zenith_deg,
            looks.viewing_zenith_deg,
            looks.relative_azimuth_deg,
        ]
    )
    _, first = np.unique(rows, axis=0, return_index=True)
    return np.sort(first)
