"""The Sun's direction, from the image alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline

Array = NDArray[np.float64]
EVENLY_LIT = 0.05
LARGEST_TURN_DEG = 35.0
CLEARLY_SHARPER = 5.0
FINE_TURN_DEG = 25.0
DEEPER_PX = (3, 8)


def sun_direction(
    image: Array, outline: Outline, sky: float, edges_deg: float | None, *, edge: bool = False
) -> tuple[float, bool]:
    """Direction of the Sun on the disk, from the light just inside the outline.

    The lit limb spans 180 degrees whatever the phase. Its light, clipped so
    that markings do not count, is averaged as a vector; it is not used where it
    contradicts the direction of the image's edges by more than 35 degrees.
    With `edge` the steepest fall of the light near the outline is then compared
    with the light 3 to 7 pixels deeper: the limb ends in a sharp edge and the
    terminator does not, and the ratio is free of markings. Where this ratio
    clearly has a direction, it is the Sun's, refined by the light within 1.6
    pixels of the outline over that deeper inside.

    Parameters
    ----------
    image
        Radiance (line, column); NaN is left out.
    outline
        Where the limb is.
    sky
        Radiance beside the Moon.
    edges_deg
        Direction that the steepness of the image's edges points to; None when
        they are as steep all around.
    edge
        Use the sharpness of the edge too.

    Returns
    -------
    float, bool
        Degrees from +u towards +v, and whether the outline is lit evenly, as
        at full Moon.

    Examples
    --------
    >>> line, column = np.indices((60, 60)).astype(float)
    >>> image = (np.hypot(line - 30, column - 30) < 20) * (line > 30) * 1.0
    >>> direction, even = sun_direction(image, Outline(30.0, 30.0, 20.0), 0.0, 70.0)
    >>> round(direction), even
    (90, False)
    """
    inside = _ring_light(image, outline, sky, 4.5, -1.5)
    found, length = _mean_direction(np.clip(inside / (0.4 * _upper(inside)), 0.0, 1.0))
    if edges_deg is not None and _apart(found, edges_deg) > LARGEST_TURN_DEG:
        found = edges_deg
    if edge:
        sharpness = _sharpness(image, outline, sky)
        second, one_sided = _mean_direction(sharpness)
        length = max(length, one_sided)
        other = found if edges_deg is None else edges_deg
        clear = _significance(sharpness) > CLEARLY_SHARPER
        if clear or _apart(second, other) <= LARGEST_TURN_DEG:
            found = second
        rim = _ring_light(image, outline, sky, 1.6, 0.0)
        deep = _ring_light(image, outline, sky, 7.0, -3.0)
        ratio = np.clip(rim / np.maximum(deep, 0.4 * _upper(deep)), 0.0, 0.5)
        third, _ = _mean_direction(ratio)
        if _apart(third, found) <= FINE_TURN_DEG:
            found = third
    return found, edges_deg is None and length < EVENLY_LIT


def degrees_from_sun(u: Array, v: Array, sun_direction_deg: float) -> Array:
    """Angle of points on the disk off the Sun's direction, -180 to 180 degrees.

    Parameters
    ----------
    u, v
        Coordinates on the disk, see `Outline.unit`.
    sun_direction_deg
        From +u towards +v, as from `sun_direction`.

    Examples
    --------
    >>> degrees_from_sun(np.array([1.0, -1.0]), np.array([0.0, 0.0]), 90.0)
    array([-90.,  90.])
    """
    return np.asarray((np.rad2deg(np.arctan2(v, u)) - sun_direction_deg + 180.0) % 360.0 - 180.0)


def _apart(first_deg: float, second_deg: float) -> float:
    return abs((first_deg - second_deg + 180.0) % 360.0 - 180.0)


def _ring_light(
    image: Array, outline: Outline, sky: float, inside_px: float, outside_px: float
) -> Array:
    """Mean radiance over the sky in 72 sectors of a ring along the outline."""
    rows, columns = outline.annulus(inside_px, outside_px, (image.shape[0], image.shape[1]))
    value = image[rows, columns] - sky
    keep = np.isfinite(value)
    u, v = outline.unit(rows[keep].astype(float), columns[keep].astype(float))
    sector = ((np.rad2deg(np.arctan2(v, u)) + 180.0) / 5.0).astype(int) % 72
    population = np.maximum(np.bincount(sector, minlength=72), 1)
    return np.asarray(np.bincount(sector, value[keep], 72) / population)


def _sharpness(image: Array, outline: Outline, sky: float) -> Array:
    """Steepest fall of the light across the outline, relative to the light deeper inside.

    In 72 sectors; the edge may lie some pixels beside the outline.
    """
    reach = int(np.clip(4.0 + 0.02 * outline.across_px, 5.0, 16.0))
    inside = reach + DEEPER_PX[1]
    rows, columns = outline.annulus(inside, reach, (image.shape[0], image.shape[1]))
    value = image[rows, columns] - sky
    keep = np.isfinite(value)
    line, column = rows[keep].astype(float), columns[keep].astype(float)
    u, v = outline.unit(line, column)
    sector = ((np.rad2deg(np.arctan2(v, u)) + 180.0) / 5.0).astype(int) % 72
    depth = np.clip(reach - np.floor(outline.distance(line, column)), 0, reach + inside)
    cell = sector * (reach + inside + 1) + depth.astype(int)
    number = 72 * (reach + inside + 1)
    light = np.bincount(cell, value[keep], number) / np.maximum(
        np.bincount(cell, minlength=number), 1
    )
    light = light.reshape(72, -1)
    fall = 0.5 * (light[:, 2 : 2 * reach + 2] - light[:, : 2 * reach])
    edge = np.argmax(fall, axis=1) + 1
    summed = np.cumsum(light, axis=1)
    every = np.arange(72)
    deep = (summed[every, edge + DEEPER_PX[1] - 1] - summed[every, edge + DEEPER_PX[0] - 1]) / (
        DEEPER_PX[1] - DEEPER_PX[0]
    )
    ratio = fall.max(axis=1) / np.maximum(deep, 0.4 * _upper(deep))
    return np.asarray(np.clip(ratio, 0.0, 0.5))


def _upper(light: Array) -> float:
    return max(float(np.quantile(light, 0.8)), 1e-300)


def _significance(weight: Array) -> float:
    """Length of the mean vector in standard errors, by what an ellipse's harmonics leave over."""
    spectrum = np.abs(np.fft.rfft(weight)) ** 2
    rest = 2.0 * float(spectrum[3:-1].sum()) + float(spectrum[-1])
    return math.sqrt(float(spectrum[1]) / max(rest / (weight.size - 5), 1e-300))


def _mean_direction(weight: Array) -> tuple[float, float]:
    """Direction and relative length of the mean vector of 72 sectors."""
    angle = np.deg2rad((np.arange(72) + 0.5) * 5.0 - 180.0)
    east, south = float(np.sum(weight * np.cos(angle))), float(np.sum(weight * np.sin(angle)))
    length = math.hypot(east, south) / max(float(weight.sum()), 1e-300)
    return math.degrees(math.atan2(south, east)), length
