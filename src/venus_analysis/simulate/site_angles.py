"""Directions of Sun and sensor at a place on the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.moon import ephemeris

Floats = NDArray[np.float64]


def site_angles(
    latitude_deg: float,
    longitude_deg: float,
    view_zenith_deg: ArrayLike,
    view_azimuth_deg: ArrayLike,
    time: NDArray[np.datetime64],
) -> dict[str, Floats]:
    """Zenith angles of Sun and sensor and the azimuth between them; the Earth's motion is true.

    Parameters
    ----------
    latitude_deg, longitude_deg
        Geodetic, degrees north and east.
    view_zenith_deg, view_azimuth_deg
        Direction of the sensor seen from the ground, azimuth from north over
        east; one for all looks or (look,).
    time
        (look,) UTC.

    Returns
    -------
    dict
        ``solar_zenith_deg``, ``view_zenith_deg``, ``relative_azimuth_deg`` (0 with
        the Sun behind the sensor, folded to 0–180), (look,) each.

    Examples
    --------
    >>> noon = np.array(["2019-06-21T12:02"], "M8[us]")
    >>> angles = site_angles(23.4, 0.0, 20.0, 180.0, noon)
    >>> bool(angles["solar_zenith_deg"][0] < 0.5), angles["view_zenith_deg"]
    (True, array([20.]))
    """
    sun, _ = ephemeris.sun_and_moon_gcrs(time)
    latitude, longitude = np.radians([latitude_deg, longitude_deg])
    rotation = ephemeris.itrs_rotation(time)
    up = np.array(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    towards = np.einsum("...ij,...j->...i", rotation, sun / np.linalg.norm(sun, axis=-1)[:, None])
    azimuth = np.degrees(np.arctan2(towards @ east, towards @ np.cross(up, east)))
    view = np.asarray(view_azimuth_deg, np.float64)
    return {
        "solar_zenith_deg": np.degrees(np.arccos(towards @ up)),
        "view_zenith_deg": np.array(
            np.broadcast_to(np.asarray(view_zenith_deg, np.float64), time.shape)
        ),
        "relative_azimuth_deg": np.abs((azimuth - view + 180.0) % 360.0 - 180.0),
    }
