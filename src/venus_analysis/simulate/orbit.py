"""A VENµS-like orbit: where the observer is when it looks at the Moon."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.errors import InputError

EARTH_RADIUS_M: Final = 6_378_137.0
EARTH_GM: Final = 3.986004418e14
DESCENDING_LOCAL_TIME_H: Final = 10.5
# A node that follows the Sun: cos i = -(a / 12352 km)^3.5, Vallado, Fundamentals, ch. 11.
SUN_SYNCHRONOUS_M: Final = 12_352_000.0


def observer_positions(
    time: ArrayLike, look: np.datetime64, altitude_km: float
) -> NDArray[np.float64]:
    """Positions on a circular sun-synchronous orbit around the time of a look.

    The node descends at 10:30 local time; at `look` the satellite stands where
    its orbit comes closest to the Moon's direction, so that the Earth is not in
    the way.

    Parameters
    ----------
    time
        (...,) UTC, datetime64.
    look
        UTC of the look.
    altitude_km
        Height above the equatorial radius.

    Returns
    -------
    ndarray
        (..., 3) m, GCRS.

    Examples
    --------
    >>> look = np.datetime64("2019-02-22T16:00")
    >>> place = observer_positions([look], look, 720.0)
    >>> (np.linalg.norm(place, axis=-1) / 1e3).round(3)
    array([7098.137])
    """
    sun, moon = ephemeris.sun_and_moon_gcrs(look)
    radius = EARTH_RADIUS_M + altitude_km * 1e3
    inclination = np.arccos(-((radius / SUN_SYNCHRONOUS_M) ** 3.5))
    descending = np.arctan2(sun[1], sun[0]) + np.radians((DESCENDING_LOCAL_TIME_H - 12.0) * 15.0)
    node = descending + np.pi
    along_node = np.array([np.cos(node), np.sin(node), 0.0])
    pole = np.array(
        [
            np.sin(inclination) * np.sin(node),
            -np.sin(inclination) * np.cos(node),
            np.cos(inclination),
        ]
    )
    across_node = np.cross(pole, along_node)
    closest = np.arctan2(moon @ across_node, moon @ along_node)
    elapsed = (np.asarray(time, "datetime64[ns]") - look.astype("datetime64[ns]")).astype(np.int64)
    angle = closest + np.sqrt(EARTH_GM / radius**3) * elapsed[..., None] * 1e-9
    return np.asarray(radius * (np.cos(angle) * along_node + np.sin(angle) * across_node))


def time_of_phase(phase_angle_deg: float, after: str | np.datetime64) -> np.datetime64:
    """Find the next time at which the Moon has a phase angle, seen from the Earth's centre.

    Parameters
    ----------
    phase_angle_deg
        Negative while the Moon waxes; from 8 to 170 deg either way.
    after
        UTC to start from.

    Returns
    -------
    numpy.datetime64
        UTC to the minute, within 40 days; at an orbiting observer the phase
        differs by up to 1 deg.

    Examples
    --------
    >>> time = time_of_phase(45.0, "2019-02-01")
    >>> f"{lunar_geometry(time, [0.0, 0.0, 0.0]).phase_angle_deg:.1f}"
    '45.0'
    """
    if not 8.0 <= abs(phase_angle_deg) <= 170.0:
        raise InputError(
            "phase_angle_deg", "8 to 170 or -170 to -8", f"{phase_angle_deg:g}", "choose another"
        )
    start = np.datetime64(after).astype("datetime64[m]")
    times = start + np.arange(0, 40 * 24 * 60, 5)
    phase = lunar_geometry(times, [0.0, 0.0, 0.0]).phase_angle_deg
    below = phase[:-1] < phase_angle_deg
    crossing = np.flatnonzero(below & (phase[1:] >= phase_angle_deg) & (np.diff(phase) < 1.0))[0]
    fraction = (phase_angle_deg - phase[crossing]) / (phase[crossing + 1] - phase[crossing])
    moment: np.datetime64 = times[crossing] + np.timedelta64(round(5 * fraction), "m")
    return moment
