"""Directions on the coarse grids of an image tile, and between their nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TileAngles:
    """Unit vectors (east, north, up) towards the Sun and the camera, on nodes of a map.

    Attributes
    ----------
    left, top
        Map coordinates of the first node, m.
    step_m
        Between nodes, down and across.
    sun
        (3, line, column).
    views
        Band to (3, line, column).
    """

    left: float
    top: float
    step_m: tuple[float, float]
    sun: Floats
    views: dict[str, Floats]

    def at(self, vectors: Floats, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Zenith and azimuth, degrees, at map coordinates, bilinear between the nodes.

        Nodes without a value take the nearest that has one; beyond the grid the
        edge goes on.
        """
        from scipy.ndimage import map_coordinates

        lines = (self.top - np.asarray(y, np.float64)) / self.step_m[0]
        columns = (np.asarray(x, np.float64) - self.left) / self.step_m[1]
        parts = [
            map_coordinates(part, [lines, columns], order=1, mode="nearest")
            for part in filled(vectors)
        ]
        return angles(np.stack(parts))

    def sun_and_view(self, view: Floats, x: ArrayLike, y: ArrayLike) -> dict[str, Floats]:
        """Zenith and azimuth of the Sun and of a view, degrees, as for `at`, by name."""
        solar_zenith, solar_azimuth = self.at(self.sun, x, y)
        viewing_zenith, viewing_azimuth = self.at(view, x, y)
        return {
            "solar_zenith_deg": solar_zenith,
            "solar_azimuth_deg": solar_azimuth,
            "viewing_zenith_deg": viewing_zenith,
            "viewing_azimuth_deg": viewing_azimuth,
        }


def direction(zenith_deg: Floats, azimuth_deg: Floats) -> Floats:
    """Give unit vectors (3, ...) east, north, up.

    Examples
    --------
    >>> direction(np.array(90.0), np.array(90.0)).round(9) + 0.0
    array([1., 0., 0.])
    """
    zenith, azimuth = np.deg2rad(zenith_deg), np.deg2rad(azimuth_deg)
    flat = np.sin(zenith)
    return np.stack([flat * np.sin(azimuth), flat * np.cos(azimuth), np.cos(zenith)])


def angles(vectors: Floats) -> tuple[Floats, Floats]:
    """Zenith and azimuth (0 to 360), degrees, of vectors (3, ...) of any length.

    Examples
    --------
    >>> zenith, azimuth = angles(direction(np.array([30.0, 5.0]), np.array([350.0, 10.0])))
    >>> zenith.round(6), azimuth.round(6)
    (array([30.,  5.]), array([350.,  10.]))
    """
    east, north, up = vectors
    zenith = np.rad2deg(np.arctan2(np.hypot(east, north), up))
    return np.asarray(zenith), np.asarray(np.rad2deg(np.arctan2(east, north)) % 360.0)


def mean_direction(grids: Sequence[Floats]) -> Floats:
    """Mean over the detectors that see a node; NaN where none does.

    Examples
    --------
    >>> one = np.array([[[0.0, np.nan]], [[0.0, np.nan]], [[1.0, np.nan]]])
    >>> mean_direction([one, np.full((3, 1, 2), np.nan)])[2]
    array([[ 1., nan]])
    """
    stack = np.stack(grids)
    number = np.isfinite(stack).sum(axis=0)
    return np.where(number > 0, np.nansum(stack, axis=0) / np.maximum(number, 1), np.nan)


def filled(vectors: Floats) -> Floats:
    """Nodes without a value take the nearest that has one.

    Examples
    --------
    >>> filled(np.array([[[1.0, np.nan, 3.0, np.nan]]]))
    array([[[1., 1., 3., 3.]]])
    """
    from scipy.ndimage import distance_transform_edt

    missing = np.asarray(~np.isfinite(vectors).all(axis=0))
    if not missing.any() or missing.all():
        return vectors
    nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return np.asarray(vectors[:, nearest[0], nearest[1]])
