"""The scan's rate relative to the Moon, where it is given in inertial space."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
EARTH_GM: Final = 3.986004418e14


def apparent_motion(to_moon_m: ArrayLike, step_s: float) -> tuple[Array, Array]:
    """Direction of the Moon and its rate, from three places at equal steps of time.

    Parameters
    ----------
    to_moon_m
        (3, 3) vectors from the observer to the Moon, one row per instant, m.
    step_s
        Between two instants, s.

    Returns
    -------
    direction, rate
        Unit vector in the middle; its change, rad/s.

    Examples
    --------
    >>> _, rate = apparent_motion([[1e8, -100.0, 0.0], [1e8, 0.0, 0.0], [1e8, 100.0, 0.0]], 2.0)
    >>> [float(x) for x in rate.round(9)]
    [0.0, 5e-07, 0.0]
    """
    vectors = np.asarray(to_moon_m, dtype=np.float64)
    before, at, after = vectors / np.linalg.norm(vectors, axis=-1)[:, None]
    return at, (after - before) / (2.0 * step_s)


def rate_along_lines(
    direction: Array, rate: Array, to_sun: ArrayLike, sun_direction_deg: float
) -> tuple[float, float]:
    """Rate of the Moon's direction along +line, for an image as seen by eye and for a mirrored one.

    How the camera's image lies on the sky is not public. The Sun's direction in
    the image fixes it but for a reflection, so both are returned.

    Parameters
    ----------
    direction, rate
        From `apparent_motion`.
    to_sun
        (3,) vector from the Moon to the Sun, any unit.
    sun_direction_deg
        Direction of the Sun in the undistorted image, from +column towards +line.

    Returns
    -------
    tuple of float
        rad/s, image as seen by eye first (+line 90 deg clockwise of +column).

    Examples
    --------
    >>> north = np.array([0.0, 0.0, 1.0])  # the Sun is up, the Moon rises at 1 urad/s
    >>> rates = rate_along_lines(np.array([1.0, 0.0, 0.0]), 1e-6 * north, north, -90.0)
    >>> [round(rate * 1e6, 6) for rate in rates]
    [-1.0, -1.0]
    """
    sun = np.asarray(to_sun, dtype=np.float64)
    sun = sun - (sun @ direction) * direction
    sun /= max(float(np.linalg.norm(sun)), 1e-300)
    # clockwise of the Sun, for one who looks along `direction`
    beside = np.cross(direction, sun)
    angle = math.radians(sun_direction_deg)
    toward, across = float(rate @ sun), float(rate @ beside)
    turned = math.cos(angle) * across
    return math.sin(angle) * toward + turned, math.sin(angle) * toward - turned


def orbital_rate(position_m: ArrayLike, distance_m: float) -> float:
    """Rate at which a circular orbit moves the Moon at most, rad/s.

    For observers whose motion is not given.

    Examples
    --------
    >>> round(orbital_rate([7.1e6, 0.0, 0.0], 3.844e8) * 1e6, 1)
    19.5
    """
    radius = float(np.linalg.norm(np.asarray(position_m, dtype=np.float64)))
    return math.sqrt(EARTH_GM / radius) / distance_m
