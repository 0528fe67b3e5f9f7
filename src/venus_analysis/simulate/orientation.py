"""How the Moon is turned: selenographic vectors, the image's axes and the sky's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.geometry import moon_orientation

Array = NDArray[np.float64]


def unit_vector(longitude_deg: float, latitude_deg: float) -> Array:
    """Give the unit vector of a selenographic place.

    Examples
    --------
    >>> unit_vector(90.0, 0.0).round(12)
    array([0., 1., 0.])
    """
    longitude, latitude = np.radians((longitude_deg, latitude_deg))
    across = np.cos(latitude)
    return np.array([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)])


def image_axes(
    observer_longitude_deg: float,
    observer_latitude_deg: float,
    north_direction_deg: float,
    mirrored: bool = False,
) -> Array:
    """Rows +column, +line, to the observer: the image's axes as selenographic vectors.

    Examples
    --------
    >>> image_axes(0.0, 0.0, -90.0).round(12) + 0.0  # north up, east to the right
    array([[ 0.,  1.,  0.],
           [ 0.,  0., -1.],
           [ 1.,  0.,  0.]])
    """
    towards = unit_vector(observer_longitude_deg, observer_latitude_deg)
    east = np.cross((0.0, 0.0, 1.0), towards)
    east /= np.linalg.norm(east)
    north = np.cross(towards, east)
    east = -east if mirrored else east
    angle = np.radians(north_direction_deg)
    column = np.cos(angle) * north - np.sin(angle) * east
    line = np.sin(angle) * north + np.cos(angle) * east
    return np.stack([column, line, towards])


def selenographic_axes(time: np.datetime64) -> Array:
    """Rows: the selenographic axes x, y, z in GCRS at a time (UTC).

    Examples
    --------
    >>> axes = selenographic_axes(np.datetime64("2019-02-22T16:00"))
    >>> bool(np.allclose(axes @ axes.T, np.eye(3)))
    True
    """
    ascension, declination, meridian = np.radians(moon_orientation(ephemeris.tdb_days(time)))
    node = np.array([-np.sin(ascension), np.cos(ascension), 0.0])
    across = np.cos(declination)
    pole = np.array([across * np.cos(ascension), across * np.sin(ascension), np.sin(declination)])
    beside = np.cross(pole, node)
    x = np.cos(meridian) * node + np.sin(meridian) * beside
    return np.stack([x, np.cross(pole, x), pole])
