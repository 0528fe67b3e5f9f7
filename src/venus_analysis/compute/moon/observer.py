"""Where an observer is: from the frame a position came in to GCRS axes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.moon import ephemeris
from venus_analysis.errors import InputError

FRAMES: Final = ("GCRS", "J2000", "ITRS", "ITRF93")
SMALLEST_RADIUS_M: Final = 6.3e6


def observer_gcrs(position_m: ArrayLike, frame: str, time: ArrayLike) -> NDArray[np.float64]:
    """Turn an observer's geocentric position into GCRS axes.

    Parameters
    ----------
    position_m
        (..., 3) m from the Earth's centre; NaN gives NaN.
    frame
        ``GCRS``; ``J2000``, the mean equator and equinox of J2000.0, whose bias
        of 23 mas against GCRS is removed (a file whose writer called GCRS axes
        J2000, as SPICE does, is thereby turned by 5 m at the geostationary
        distance, 1e-6 deg seen from the Moon); ``ITRS`` with polar motion;
        ``ITRF93``, taken as ITRS: against SPICE's own ITRF93 positions at the
        geostationary distance agree within 1.2 m.
    time
        UTC, datetime64, broadcasts with position_m[..., 0]; errors as in
        `ephemeris.utc_epochs`.

    Returns
    -------
    ndarray
        (..., 3) m, GCRS.

    Raises
    ------
    InputError
        Unknown frame, last axis not 3, or a position inside the Earth (its
        centre is allowed), which is what kilometres look like.

    Examples
    --------
    >>> midnight = np.datetime64("2018-06-28T00:00")
    >>> observer_gcrs([42164e3, 0.0, 0.0], "J2000", midnight).round(1)
    array([ 4.2164e+07, -3.0000e+00,  3.4000e+00])
    """
    position = _checked_position(position_m)
    epochs = ephemeris.utc_epochs(time)
    if frame not in FRAMES:
        raise InputError(
            "frame", " | ".join(FRAMES), repr(frame), "convert the position to one of these frames"
        )
    if frame == "GCRS":
        shape = np.broadcast_shapes(position.shape, (*epochs.shape, 1))
        return np.broadcast_to(position, shape).copy()
    rotation = ephemeris.j2000_rotation() if frame == "J2000" else ephemeris.itrs_rotation(epochs)
    # The matrices turn GCRS into the frame; their transpose is the way back.
    shape = np.broadcast_shapes(position.shape[:-1], epochs.shape)
    turned = np.einsum("...ji,...j->...i", rotation, position)
    return np.array(np.broadcast_to(turned, (*shape, 3)))


def ground_observer(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, height_m: ArrayLike, time: ArrayLike
) -> NDArray[np.float64]:
    """GCRS position of a place on the Earth.

    Parameters
    ----------
    latitude_deg, longitude_deg
        WGS84 geodetic latitude and longitude (east positive), deg.
    height_m
        Height above the WGS84 ellipsoid, m.
    time
        UTC, datetime64; all four broadcast; errors as in `ephemeris.utc_epochs`.

    Returns
    -------
    ndarray
        (..., 3) m, GCRS.

    Examples
    --------
    >>> place = ground_observer(41.6636, -4.70583, 705.0, np.datetime64("2022-01-17T00:00"))
    >>> f"{np.linalg.norm(place) / 1e3:.1f} km"
    '6369.4 km'
    """
    equatorial_m, flattening = 6378137.0, 1.0 / 298.257223563
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    eccentricity2 = flattening * (2.0 - flattening)
    normal = equatorial_m / np.sqrt(1.0 - eccentricity2 * np.sin(latitude) ** 2)
    height = np.asarray(height_m, dtype=np.float64)
    across = (normal + height) * np.cos(latitude)
    itrs = np.broadcast_arrays(
        across * np.cos(longitude),
        across * np.sin(longitude),
        (normal * (1.0 - eccentricity2) + height) * np.sin(latitude),
    )
    return observer_gcrs(np.stack(itrs, axis=-1), "ITRS", time)


def _checked_position(position_m: ArrayLike) -> NDArray[np.float64]:
    position = np.asarray(position_m, dtype=np.float64)
    if position.shape[-1:] != (3,):
        raise InputError("position_m", "a last axis of 3", f"shape {position.shape}", "stack x y z")
    radius = np.linalg.norm(position, axis=-1)
    inside = radius[(radius > 0.0) & (radius < SMALLEST_RADIUS_M)]
    if inside.size:
        raise InputError(
            "position_m",
            "metres from the Earth's centre, outside the Earth",
            f"a distance of {inside[0]:g} m",
            "multiply kilometres by 1000",
        )
    return position
