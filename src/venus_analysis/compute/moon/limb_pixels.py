"""Pixels near the Moon's lit limb, in sectors along it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_shift import PixelSource
from venus_analysis.compute.moon.sun import degrees_from_sun
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

HALF_ARC_DEG: Final = 85.0
SECTOR_PX: Final = 20.0
LEAST_SECTORS: Final = 6
MOST_SECTORS: Final = 50
LEAST_PIXELS: Final = 40


@dataclass(frozen=True, eq=False)
class LimbPixels:
    """Pixels near the lit limb.

    Parameters
    ----------
    value, distance
        (sector, pixel) radiance, and distance from the outline, pixels, positive
        outside. Rows are filled up with zeros to the same length.
    along
        (sector, pixel) place along the limb within the sector, -1 to 1.
    used
        (sector, pixel) what is a pixel and to be used.
    normal
        (line, column) outward unit normal of each sector.
    radius_px
        Per sector, pixels along the normal to which the unit disk's radius goes.
    off_deg
        Per sector, angle from the Sun's direction on the unit disk.
    figure
        (sector, 5) how far the limb moves outwards for a pixel of the centre's line
        and column, of the half-axis along lines and along columns, and of shear.
    """

    value: Array
    distance: Array
    along: Array
    used: NDArray[np.bool_]
    normal: tuple[Array, Array]
    radius_px: Array
    off_deg: Array
    figure: Array

    @property
    def sectors(self) -> int:
        """Number of sectors."""
        return self.off_deg.size


def limb_pixels(
    image: PixelSource,
    outline: Outline,
    sun_direction_deg: float,
    window_px: tuple[float, float],
    *,
    half_arc_deg: float = HALF_ARC_DEG,
    sector_px: float = SECTOR_PX,
) -> LimbPixels:
    """Pixels within `window_px` (inside, outside) of the lit limb; NaN is left out.

    Parameters
    ----------
    image
        Radiance (line, column); only pixels near the limb are asked for.
    outline
        Of the disk, pixels of `image`.
    sun_direction_deg
        Direction of the Sun on the unit disk, from +u towards +v.
    window_px
        Depth inside and reach outside the outline.
    half_arc_deg
        Limb used on either side of the Sun's direction.
    sector_px
        Length of a sector along the limb.

    Returns
    -------
    LimbPixels

    Raises
    ------
    InputError
        Fewer than 6 sectors with at least 40 pixels.

    Examples
    --------
    >>> image = np.ones((60, 60))
    >>> found = limb_pixels(image, Outline(30.0, 30.0, 20.0), 0.0, (4.0, 4.0), sector_px=8.0)
    >>> found.sectors, [round(float(one[3]), 2) for one in found.normal]
    (7, [0.0, 1.0])
    """
    rows, columns = outline.annulus(*window_px, (image.shape[0], image.shape[1]))
    line, column = rows.astype(np.float64), columns.astype(np.float64)
    u, v = outline.unit(line, column)
    off = degrees_from_sun(u, v, sun_direction_deg)
    near = np.flatnonzero(np.abs(off) <= half_arc_deg)
    value = np.asarray(image[rows[near], columns[near]], dtype=np.float64)
    near, value = near[np.isfinite(value)], value[np.isfinite(value)]
    arc = math.pi * (outline.semi_axis_line_px + outline.half_width_px) * half_arc_deg / 180.0
    number = int(np.clip(arc / sector_px, LEAST_SECTORS, MOST_SECTORS))
    place = (off[near] / half_arc_deg + 1.0) / 2.0 * number
    sector = np.minimum(place.astype(np.intp), number - 1)
    full = np.bincount(sector, minlength=number) >= LEAST_PIXELS
    if full.sum() < LEAST_SECTORS:
        raise InputError(
            "lit limb", f"at least {LEAST_SECTORS} sectors with pixels", f"{int(full.sum())}",
            "take a larger part of the image, or check outline and Sun's direction",
        )  # fmt: skip
    middle = (sun_direction_deg + half_arc_deg * ((np.arange(number) + 0.5) * 2.0 / number - 1.0))[
        full
    ]
    at = outline.boundary(middle)
    _, down, right = outline.distance_and_normal(*at)
    distance = outline.distance(line[near], column[near])
    along = 2.0 * (place - sector) - 1.0
    (values, distances, within), used = _in_rows(sector, full, value, distance, along)
    radius = _radius(outline, *at, down, right)
    off = middle - sun_direction_deg
    figure = _figure(outline, *at, down, right)
    return LimbPixels(values, distances, within, used, (down, right), radius, off, figure)


def _in_rows(
    sector: NDArray[np.intp], full: NDArray[np.bool_], *values: Array
) -> tuple[list[Array], NDArray[np.bool_]]:
    """Values in one row per full sector, and where there is one."""
    order = np.argsort(sector, kind="stable")
    order = order[full[sector[order]]]
    size = np.bincount(sector, minlength=full.size)[full]
    row = np.repeat(np.arange(size.size), size)
    within = np.arange(order.size) - np.repeat(np.cumsum(size) - size, size)
    used = np.zeros((size.size, int(size.max())), np.bool_)
    used[row, within] = True
    out = [np.zeros(used.shape) for _ in values]
    for one, source in zip(out, values, strict=True):
        one[row, within] = source[order]
    return out, used


def _radius(outline: Outline, line: Array, column: Array, down: Array, right: Array) -> Array:
    u, v = outline.unit(line + 0.5 * down, column + 0.5 * right)
    x, y = outline.unit(line - 0.5 * down, column - 0.5 * right)
    return np.asarray(1.0 / (np.hypot(u, v) - np.hypot(x, y)))


def _figure(outline: Outline, line: Array, column: Array, down: Array, right: Array) -> Array:
    away = line - outline.centre_line, column - outline.centre_column
    up, aside = (one / np.abs(one).max() for one in away)
    return np.stack([down, right, down * up, right * aside, right * up], axis=-1)
