"""Directions to the Sun and to each tri-detector at a place in an L1 image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.collect.venus_product import AngleSource, Plane

Floats = NDArray[np.float64]
Sample = Callable[[tuple[Plane, Plane], float, float], tuple[complex, complex]]
"""north + i east of a grid at (line share, column share) of the image, and its mean."""

MOST_TURNED_DEG = 15.0
"""How far a grid may be turned against the header's mean before it is not believed."""


def angles_at(
    source: AngleSource, line_share: float, column_share: float, sample: Sample | None = None
) -> tuple[dict[int, tuple[float, float]], str]:
    """Zenith and azimuth of the Sun (key 0) and the tri-detectors (1 to 4).

    Corners are interpolated bilinearly as directions: within 0.006° of zenith and
    0.03° of azimuth in a real header. Of grids only the change is used: with g the complex
    horizontal offset (north + i east), tan(zenith) exp(i azimuth) is the mean's
    times g / mean(g), so that neither the height nor the unit of the grid counts.
    A grid that is turned by more than 15° against the mean (or its opposite) is
    not understood, and the mean is used.

    Parameters
    ----------
    source
        What the product gives.
    line_share, column_share
        Place: 0 at the centre of the first pixel, 1 at that of the last.
    sample
        Reads grids; without it they are left aside.

    Returns
    -------
    dict, str
        Key to (zenith, azimuth), degrees, azimuth 0 to 360; and what was used:
        ``corners``, ``grids`` or ``mean``.

    Examples
    --------
    >>> source = AngleSource({0: (30.0, 150.0)}, {0: np.array(
    ...     [[(30.0, 359.0), (30.0, 1.0)], [(32.0, 359.0), (32.0, 1.0)]]) + (0.0, 90.0)})
    >>> angles, used = angles_at(source, 0.5, 0.5)
    >>> [round(float(angle), 2) for angle in angles[0]], used
    ([31.0, 90.0], 'corners')
    """
    found: dict[int, tuple[float, float]] = {}
    used = set()
    for key, mean in source.mean.items():
        angles, how = mean, "mean"
        if key in source.corners:
            angles, how = between_corners(source.corners[key], line_share, column_share), "corners"
        elif key in source.grids and sample is not None:
            scaled = _from_grid(mean, source.grids[key], line_share, column_share, sample)
            angles, how = (mean, "mean") if scaled is None else (scaled, "grids")
        found[key] = angles
        used.add(how)
    return found, " and ".join(sorted(used))


def between_corners(corners: Floats, line_share: float, column_share: float) -> tuple[float, float]:
    """Bilinear between four directions; (zenith, azimuth) in degrees.

    Examples
    --------
    >>> square = np.full((2, 2, 2), 10.0)
    >>> [round(float(angle), 6) for angle in between_corners(square, 0.3, 0.9)]
    [10.0, 10.0]
    """
    zenith, azimuth = np.deg2rad(corners[..., 0]), np.deg2rad(corners[..., 1])
    vector = np.stack(
        [np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)]
    )
    down, across = (
        np.array([1 - line_share, line_share]),
        np.array([1 - column_share, column_share]),
    )
    east, north, up = np.einsum("kij,i,j->k", vector, down, across)
    return (
        float(np.rad2deg(np.arctan2(np.hypot(east, north), up))),
        float(np.rad2deg(np.arctan2(east, north)) % 360.0),
    )


def _from_grid(
    mean: tuple[float, float],
    grid: tuple[Plane, Plane],
    line_share: float,
    column_share: float,
    sample: Sample,
) -> tuple[float, float] | None:
    here, everywhere = sample(grid, line_share, column_share)
    zenith, azimuth = np.deg2rad(mean)
    level = np.tan(zenith) * np.exp(1j * azimuth)
    if not np.isfinite(here + everywhere) or abs(everywhere) == 0.0 or abs(level) == 0.0:
        return None
    turned = np.rad2deg(np.angle(everywhere / level)) % 180.0
    if min(turned, 180.0 - turned) > MOST_TURNED_DEG:
        return None
    offset = level * here / everywhere
    return (
        float(np.rad2deg(np.arctan(abs(offset)))),
        float(np.rad2deg(np.angle(offset)) % 360.0),
    )


def relative_azimuth_deg(solar_azimuth_deg: ArrayLike, viewing_azimuth_deg: ArrayLike) -> Floats:
    """Difference of azimuths folded to 0–180; 0 with the Sun behind the sensor.

    Examples
    --------
    >>> relative_azimuth_deg(np.array([350.0, 10.0]), np.array([20.0, 200.0]))
    array([ 30., 170.])
    """
    turn = np.abs(np.subtract(solar_azimuth_deg, viewing_azimuth_deg)) % 360.0
    return np.where(turn > 180.0, 360.0 - turn, turn)


def mean_direction(zenith_deg: Floats, azimuth_deg: Floats) -> tuple[Floats, Floats]:
    """Mean over the last axis of the horizontal offsets of a height; NaN is left out.

    Examples
    --------
    >>> zenith, azimuth = mean_direction(np.array([10.0, 10.0]), np.array([359.0, 3.0]))
    >>> round(float(zenith), 2), round(float(azimuth), 6)
    (9.99, 1.0)
    """
    offsets = np.tan(np.deg2rad(zenith_deg)) * np.exp(1j * np.deg2rad(azimuth_deg))
    known = np.isfinite(offsets)
    number = known.sum(axis=-1)
    total = np.where(known, offsets, 0.0).sum(axis=-1)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return np.rad2deg(np.arctan(np.abs(mean))), np.rad2deg(np.angle(mean)) % 360.0
