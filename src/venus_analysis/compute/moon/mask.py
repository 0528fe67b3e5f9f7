"""The mask of a found Moon: the lit part of the disk and a guard ring."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.detect import block_mean
from venus_analysis.compute.moon.disk import LunarDisk
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
LARGEST_GUARD_PX = 6


def lit_mask(radiance: Array, disk: LunarDisk, guard_px: int = 3) -> Mask:
    """Lit part of the disk, grown by a guard ring.

    Inside the outline a pixel is lit when its surroundings stand above the sky
    by three sigma of their noise or 1 % of the disk's brightness. Decided on
    blocks of up to 4 pixels; the limb's edge is the outline itself.

    Parameters
    ----------
    radiance
        Image (line, column); NaN counts as dark.
    disk
        From `find_disk`.
    guard_px
        Pixels to grow by, 0 to 6.

    Returns
    -------
    array of bool
        As `radiance`.

    Raises
    ------
    InputError
        A guard ring outside 0-6 pixels.

    Examples
    --------
    >>> from venus_analysis.compute.moon.disk import find_disk
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> image = 9.0 / (1.0 + np.exp(2.0 * (np.hypot(line - 60.0, column - 60.0) - 30.0)))
    >>> area = float(lit_mask(image, find_disk(image), 2).sum())
    >>> abs(area / (np.pi * 32.0**2) - 1.0) < 0.01
    True
    """
    from scipy import ndimage

    if not 0 <= guard_px <= LARGEST_GUARD_PX:
        raise InputError("guard_px", f"0 to {LARGEST_GUARD_PX}", f"{guard_px}", "choose one")
    lit, factor, window = _lit_blocks(radiance, disk)
    grow = math.ceil(guard_px / factor)
    if grow:
        lit = ndimage.binary_dilation(lit, _ball(grow))
    mask = np.zeros(radiance.shape, bool)
    region = mask[window]
    fine = np.repeat(np.repeat(lit, factor, axis=0), factor, axis=1)
    region[...] = fine[: region.shape[0], : region.shape[1]]
    lines = np.arange(window[0].start, window[0].start + region.shape[0], dtype=float)[:, None]
    columns = np.arange(window[1].start, window[1].start + region.shape[1], dtype=float)[None, :]
    region &= _inside(disk.outline, lines, columns, float(guard_px))
    return mask


def _lit_blocks(radiance: Array, disk: LunarDisk) -> tuple[Mask, int, tuple[slice, slice]]:
    """Lit blocks of the disk's surroundings, the block's size and the window they cover."""
    from scipy import ndimage

    outline = disk.outline
    factor = int(np.clip(outline.across_px / 40.0, 1, 4))
    margin = LARGEST_GUARD_PX + 4 * factor
    spans = []
    for centre, half, limit in (
        (outline.centre_line, outline.semi_axis_line_px, radiance.shape[0]),
        (outline.centre_column, outline.half_width_px, radiance.shape[1]),
    ):
        start = max(math.floor(centre - half) - margin, 0)
        stop = min(math.ceil(centre + half) + margin, limit)
        # whole blocks only; a remainder at the frame's edge is taken from within
        stop = max(start + (stop - start) // factor * factor, start)
        spans.append(slice(start, stop))
    window = (spans[0], spans[1])
    small = block_mean(radiance[window], factor)
    small = np.where(np.isfinite(small), small, disk.sky)
    smooth = ndimage.uniform_filter(small, 3)
    shrunk = outline.decimated(factor, (spans[0].start, spans[1].start))
    line = np.arange(small.shape[0], dtype=np.float64)[:, None]
    column = np.arange(small.shape[1], dtype=np.float64)[None, :]
    distance = shrunk.distance(line, column)
    outside = distance > 3.0
    noise = 0.0
    if outside.sum() > 20:
        noise = 1.4826 * float(np.median(np.abs(smooth[outside] - np.median(smooth[outside]))))
    lit = smooth > disk.sky + max(3.0 * noise, 0.01 * disk.bright)
    lit &= distance <= 0.7
    labels, number = ndimage.label(lit, np.ones((3, 3)))
    if number > 1:
        size = np.bincount(labels.ravel())
        size[0] = 0
        lit = (size >= 0.002 * size.max())[labels]
    return np.asarray(ndimage.binary_fill_holes(lit)), factor, window


def _ball(radius: int) -> Mask:
    down, right = np.indices((2 * radius + 1, 2 * radius + 1)) - radius
    return np.asarray(down**2 + right**2 <= (radius + 0.5) ** 2)


def _inside(outline: Outline, line: Array, column: Array, margin_px: float) -> Mask:
    """Pixels within the outline grown by a margin: two columns a line, no image of distances."""
    steps = np.linspace(0.0, 360.0, 721)
    edge_line, edge_column = outline.boundary(steps)
    _, down, right = outline.distance_and_normal(edge_line, edge_column)
    edge_line, edge_column = edge_line + margin_px * down, edge_column + margin_px * right
    half = float(np.ptp(edge_line)) / 2.0
    middle = outline.centre_column + outline.shear * (line - outline.centre_line)
    offset = edge_column - outline.centre_column
    width = np.max(np.abs(offset - outline.shear * (edge_line - outline.centre_line)))
    v = np.clip((line - outline.centre_line) / half, -1.0, 1.0)
    reach = np.where(np.abs(line - outline.centre_line) <= half, width * np.sqrt(1.0 - v**2), -1.0)
    return np.asarray(np.abs(column - middle) <= reach)
