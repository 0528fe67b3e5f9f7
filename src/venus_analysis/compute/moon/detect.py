"""The first look: where in the frame is the Moon, and roughly what outline has it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.connected import connected_parts, largest_near
from venus_analysis.compute.moon.edges import laplace_edges
from venus_analysis.compute.moon.ellipse import Outline, ScanAxis, fit_outline
from venus_analysis.errors import InputError

Array = NDArray[np.float64]
FIRST_LOOK_PX = 256
WORKING_PX = 160
WHERE = "Moon image"


@dataclass(frozen=True)
class Region:
    """The brightest object of a frame.

    `lines`, `columns` span it (full pixels, a margin included); `sky` is the
    level beside it and `bright` the object's own, both as radiance; `others`
    counts further objects that are not small beside it.
    """

    lines: slice
    columns: slice
    sky: float
    bright: float
    others: int


def block_mean(image: Array, factor: int) -> Array:
    """Mean over blocks of factor x factor pixels; the rest at the far edges is left out.

    Examples
    --------
    >>> block_mean(np.arange(16.0).reshape(4, 4), 2)
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    if factor == 1:
        return np.asarray(image, dtype=np.float64)
    lines, columns = image.shape[0] // factor, image.shape[1] // factor
    cut = image[: lines * factor, : columns * factor]
    # numpy is fastest when it adds whole lines first
    summed = cut.reshape(lines, factor, columns * factor).sum(axis=1, dtype=np.float64)
    return np.asarray(summed.reshape(lines, columns, factor).sum(axis=2) / factor**2)


def find_region(image: Array) -> Region:
    """Find the brightest extended object of a frame on a decimated copy.

    Parameters
    ----------
    image
        Radiance (line, column); NaN for fill.

    Returns
    -------
    Region
        The object with the most light; a margin of 12 % on each side.

    Raises
    ------
    InputError
        No finite pixel, or nothing that stands out of the noise.

    Examples
    --------
    >>> image = np.zeros((100, 100))
    >>> image[40:60, 30:70] = 1.0
    >>> region = find_region(image)
    >>> region.lines.start < 40 < 59 < region.lines.stop, region.others
    (True, 0)
    """
    factor = max(1, math.ceil(max(image.shape) / FIRST_LOOK_PX))
    small = block_mean(image, factor)
    finite = np.isfinite(small)
    if small.size == 0 or not finite.any():
        received = "no finite pixel" if image.size else "an empty array"
        raise InputError(WHERE, "radiance", received, "check fill values and the band read")
    rim = np.concatenate([small[:3].ravel(), small[-3:].ravel(), small[:, :3].ravel()])
    rim = np.concatenate([rim, small[:, -3:].ravel()])
    rim = rim[np.isfinite(rim)]
    sky = float(median(rim)) if rim.size else float(np.nanmin(small))
    noise = 1.4826 * float(median(np.abs(rim - sky))) if rim.size else 0.0
    small = np.where(finite, small, sky)
    around = sliding_window_view(np.pad(small, 1, mode="edge"), (3, 3)).reshape(-1, 9)
    bright = float(np.partition(around, 4, axis=1)[:, 4].max()) - sky  # no single bright pixel
    if not bright > max(8.0 * noise, 1e-9 * abs(sky), 0.0):
        raise InputError(
            WHERE,
            "a Moon brighter than the sky beside it",
            f"a contrast of {bright:.3g} over a noise of {noise:.3g}",
            "check that the frame holds the Moon",
        )
    labels = connected_parts(small > sky + max(0.08 * bright, 6.0 * noise))
    light = np.bincount(labels.ravel(), (small - sky).ravel())[1:]
    size = np.bincount(labels.ravel())[1:]
    main = int(np.argmax(light))
    place = np.nonzero(labels == main + 1)
    others = int(np.sum((light > 0.02 * light[main]) & (size >= 4))) - 1
    spans = []
    for at, limit in zip(place, image.shape, strict=True):
        start, stop = int(at.min()), int(at.max()) + 1
        margin = math.ceil(0.12 * (stop - start)) + 2
        spans.append(slice(max(start - margin, 0) * factor, min((stop + margin) * factor, limit)))
    return Region(spans[0], spans[1], sky, bright, max(others, 0))


def first_outline(
    image: Array,
    region: Region,
    scan_axis: ScanAxis,
    given: dict[str, float] | None = None,
) -> tuple[Outline, float, float]:
    """Outline from Laplacian edges on a decimated copy of the region.

    The limb is the outermost strong edge; it is told from the terminator by
    its steepness: the mean of the edges' gradients, weighted by their size,
    points away from the Sun.

    Parameters
    ----------
    image
        Radiance (line, column).
    region
        Where the Moon is.
    scan_axis
        Image axis that the scan oversamples.
    given
        Known ``across_px``, ``oversampling`` or ``shear``, held in the fit.

    Returns
    -------
    Outline, float, float
        In full pixels; the direction of the Sun in the image, degrees from
        +column towards +line; and how one-sided the edges are, 0 (full Moon)
        to 1.

    Raises
    ------
    InputError
        Fewer than 12 limb points.

    Examples
    --------
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> image = (np.hypot(line - 60.0, column - 58.0) < 30.0) * (column > 40.0) * 9.0
    >>> outline, _, _ = first_outline(image, find_region(image), "line")
    >>> bool(np.hypot(outline.centre_line - 60.0, outline.centre_column - 58.0) < 2.0)
    True
    """
    cut = image[region.lines, region.columns]
    factor = max(1, round(max(cut.shape) / WORKING_PX))
    small = block_mean(cut, factor)
    small = np.where(np.isfinite(small), small, region.sky)
    line, column, down, right = laplace_edges(small)
    steep = np.hypot(down, right)
    strong = steep > 0.25 * np.quantile(steep, 0.98) if steep.size else np.zeros(0, bool)
    line, column, down, right, steep = (a[strong] for a in (line, column, down, right, steep))
    if line.size < 12:
        raise InputError(WHERE, "a lit limb", f"{line.size} edge points", "check the image")
    south, east = -float(np.sum(steep * down)), -float(np.sum(steep * right))
    sun, one_sided = math.atan2(south, east), math.hypot(south, east) / float(np.sum(steep**2))
    weight = np.maximum(small - region.sky - 0.08 * region.bright, 0.0)
    total = weight.sum()
    middle = (
        float((weight.sum(axis=1) * np.arange(small.shape[0])).sum() / total),
        float((weight.sum(axis=0) * np.arange(small.shape[1])).sum() / total),
    )
    hull = _outermost(line - middle[0], column - middle[1])
    facing = -(down * math.sin(sun) + right * math.cos(sun)) > 0.2 * steep
    pick = hull & facing
    if pick.sum() < 12:
        raise InputError(WHERE, "a lit limb", f"{int(pick.sum())} limb points", "check the image")
    outline = _fit(line[pick], column[pick], scan_axis, small.shape)
    if given:
        start = replace(
            outline,
            across_px=given.get("across_px", outline.across_px * factor) / factor,
            oversampling=given.get("oversampling", outline.oversampling),
            shear=given.get("shear", outline.shear),
        )
        sigma = np.ones(int(pick.sum()))
        outline = fit_outline(line[pick], column[pick], sigma, start, fixed=tuple(given)).outline
    first = (region.lines.start, region.columns.start)
    return outline.restored(factor, first), math.degrees(sun), one_sided


def _outermost(down: Array, right: Array) -> NDArray[np.bool_]:
    """Mark, per 2 degrees around the middle, the points near the farthest one."""
    radius = np.hypot(down, right)
    sector = ((np.rad2deg(np.arctan2(down, right)) + 180.0) // 2.0).astype(int) % 180
    far = np.zeros(180)
    np.maximum.at(far, sector, radius)
    # a gap in the limb must not promote a crater inside
    far = np.maximum(far, 0.9 * largest_near(far, 3, "wrap"))
    return np.asarray(radius >= far[sector] - 1.0)


def _fit(line: Array, column: Array, axis: ScanAxis, shape: tuple[int, ...]) -> Outline:
    start = _conic(line, column, axis)
    if start is None:
        radius = 0.4 * max(shape)
        start = Outline(float(line.mean()), float(column.mean()), radius, scan_axis=axis)
    sigma = np.ones(line.size)
    upright = Outline(
        start.centre_line, start.centre_column, start.across_px, start.oversampling, 0.0, axis
    )
    straight = fit_outline(line, column, sigma, upright, fixed=("shear",))
    sheared = fit_outline(line, column, sigma, start)
    return (sheared if sheared.residual_px < 0.6 * straight.residual_px else straight).outline


def _conic(line: Array, column: Array, axis: ScanAxis) -> Outline | None:
    """Direct least-squares ellipse (Halir & Flusser 1998), as an outline."""
    ml, mc, scale = line.mean(), column.mean(), max(float(np.hypot(line.std(), column.std())), 1e-9)
    y, x = (line - ml) / scale, (column - mc) / scale
    quadratic = np.stack([x * x, x * y, y * y], axis=1)
    linear = np.stack([x, y, np.ones_like(x)], axis=1)
    try:
        tie = -np.linalg.solve(linear.T @ linear, linear.T @ quadratic)
        reduced = quadratic.T @ quadratic + quadratic.T @ linear @ tie
        reduced = np.stack([reduced[2] / 2, -reduced[1], reduced[0] / 2])
        vectors = np.real(np.linalg.eig(reduced)[1])
    except np.linalg.LinAlgError:
        return None
    good = np.nonzero(4 * vectors[0] * vectors[2] - vectors[1] ** 2 > 0)[0]
    if good.size == 0:
        return None
    a, b, c = vectors[:, good[0]]
    d, e, f = tie @ np.array([a, b, c])
    x0, y0 = np.linalg.solve([[2 * a, b], [b, 2 * c]], [-d, -e])
    level = -(f + 0.5 * (d * x0 + e * y0))
    m11, m12, m22 = a / level, b / (2 * level), c / level
    if not (m11 > 0 and m22 - m12**2 / m11 > 0):
        return None
    width, height = scale / math.sqrt(m11), scale / math.sqrt(m22 - m12**2 / m11)
    across, along = (width, height) if axis == "line" else (height, width)
    return Outline(
        float(ml + scale * y0),
        float(mc + scale * x0),
        float(across),
        float(along / across),
        float(-m12 / m11),
        axis,
    )
