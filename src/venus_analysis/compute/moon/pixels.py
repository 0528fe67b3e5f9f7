"""The pixel filter of a scene: which pixels are not to be believed, why, and what replaces them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import FULL_SCALE_COUNTS
from venus_analysis.compute.median import median
from venus_analysis.compute.moon.connected import largest_near

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]
COLUMN_SIGMA: Final = 8.0
SPIKE_SIGMA: Final = 7.0
TEXTURE_SHARE: Final = 0.4
LEVEL_SHARE: Final = 0.05
LINES_AT_ONCE: Final = 32


@dataclass(frozen=True, eq=False)
class Spikes:
    """Pixels (line, column) that stand out of all that surrounds them.

    `change` is what the replacement took off each (counts), `u_change` its
    standard uncertainty.
    """

    line: NDArray[np.intp]
    column: NDArray[np.intp]
    change: Array
    u_change: Array


def suspect_columns(blocks: Single, sky: Mask, defective: Mask) -> Mask:
    """Columns that no list names but that are offset or noisy against their neighbours.

    Each block mean is compared with the mean of the columns two to either
    side. A column is suspect where the median of these differences over the
    sky, or their scatter, is beyond 8 robust standard deviations of what all
    columns show.

    Parameters
    ----------
    blocks
        (block, column) means of equalised counts over lines.
    sky
        (block, column) what is sky, free of cosmic hits.
    defective
        (column,) columns that are known to be bad.

    Returns
    -------
    ndarray of bool
        (column,) suspect, and not in `defective`.

    Examples
    --------
    >>> blocks = np.random.default_rng(1).normal(0.0, 0.1, (40, 60)).astype(np.float32)
    >>> blocks[:, 20] += 9.0
    >>> none = np.zeros(60, bool)
    >>> np.flatnonzero(suspect_columns(blocks, np.ones(blocks.shape, bool), none))
    array([20])
    """
    filled = _bridge(blocks, defective)
    apart = np.empty_like(filled)
    np.add(filled[:, :-4], filled[:, 4:], out=apart[:, 2:-2])
    apart[:, 2:-2] *= 0.5
    np.subtract(filled[:, 2:-2], apart[:, 2:-2], out=apart[:, 2:-2])
    apart[:, :2] = filled[:, :2] - filled[:, 2:3]
    apart[:, -2:] = filled[:, -2:] - filled[:, -3:-2]
    unusable = ~sky
    unusable[:, 2:-2] |= ~(sky[:, :-4] & sky[:, 4:])
    number = len(sky) - unusable.sum(axis=0)
    apart[unusable] = 0.0
    mean = apart.sum(axis=0) / np.maximum(number, 1)
    apart -= mean
    apart[unusable] = 0.0
    apart *= apart
    scatter = np.sqrt(apart.sum(axis=0) / np.maximum(number, 1))
    known = (number >= 4) & ~defective
    if known.sum() < 16:
        return np.zeros(defective.shape, np.bool_)
    suspect = _far(mean, known) | (_far(scatter, known) & (scatter > 3.0 * median(scatter[known])))
    suspect &= known
    # a bad column's partners two columns off look bad as well, by half of it
    size = np.where(suspect, np.abs(mean) + scatter, 0.0)
    largest = largest_near(size, 2)
    return np.asarray(suspect & (size > 0.75 * largest))


def _bridge(blocks: Single, defective: Mask) -> Single:
    good = np.flatnonzero(~defective)
    if good.size == defective.size or not good.size:
        return blocks
    bad = np.flatnonzero(defective)
    after = np.clip(np.searchsorted(good, bad), 1, max(good.size - 1, 1))
    left, right = good[after - 1], good[np.minimum(after, good.size - 1)]
    filled = blocks.copy()
    filled[:, bad] = 0.5 * (blocks[:, left] + blocks[:, right])
    return filled


def _far(values: Array, known: Mask) -> Mask:
    middle = median(values[known])
    spread = 1.4826 * median(np.abs(values[known] - middle))
    return np.asarray(np.abs(values - middle) > COLUMN_SIGMA * max(float(spread), 1e-6))


def spike_candidates(
    counts: NDArray[np.uint16], step: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels more than `step` raw counts above, or below, both neighbours two pixels off.

    Along lines or along columns; in 16 bits and some lines at a time, which
    runs at the speed of memory, and sieves out all but some hundreds of
    pixels. The outermost two pixels are not looked at.

    Examples
    --------
    >>> counts = np.full((9, 9), 5, np.uint16)
    >>> counts[4, 4] = 80
    >>> spike_candidates(counts, 10)
    (array([4]), array([4]))
    """
    rows, width = counts.shape[0] - 4, counts.shape[1] - 4
    if min(rows, width) < 1:
        empty = np.empty(0, np.intp)
        return empty, empty
    add = np.uint16(min(max(step, 0), FULL_SCALE_COUNTS))
    first, second = np.empty((2, min(LINES_AT_ONCE, rows), width), np.uint16)
    mark, other = np.empty((2, *first.shape), np.bool_)
    places = []
    for start in range(0, rows, LINES_AT_ONCE):
        stop = min(start + LINES_AT_ONCE, rows)
        block, part = counts[start : stop + 4], slice(0, stop - start)
        a, b, m, o = first[part], second[part], mark[part], other[part]
        up, down, inner = block[:-4, 2:-2], block[4:, 2:-2], block[2:-2]
        np.maximum(up, down, out=a)
        np.maximum(inner[:, :-4], inner[:, 4:], out=b)
        np.minimum(a, b, out=a)
        a += add
        np.greater(inner[:, 2:-2], a, out=m)
        np.minimum(up, down, out=a)
        np.minimum(inner[:, :-4], inner[:, 4:], out=b)
        np.maximum(a, b, out=a)
        np.add(inner[:, 2:-2], add, out=b)
        np.less(b, a, out=o)
        m |= o
        found = np.flatnonzero(m)
        if found.size:
            places.append((found // width + start + 2, found % width + 2))
    if not places:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    return np.concatenate([one[0] for one in places]), np.concatenate([one[1] for one in places])


class CountedPixels(Protocol):
    """Raw counts, and equalised ones of the pixels that are asked for."""

    counts: NDArray[np.uint16]

    def __getitem__(self, key: Any) -> Array:
        """Equalised counts of (lines, columns); NaN in bad columns."""


def find_spikes(
    pixels: CountedPixels,
    lines: slice,
    columns: slice,
    noise: tuple[float, float],
    top: float,
    good: Mask,
) -> Spikes:
    """Single pixels and short tracks that the optics cannot have made, and what replaces them.

    A pixel is a spike where it lies above both pixels two lines off, or both
    two columns off, by 7 sigma, 40 % of its own level and 5 % of `top` (markings
    seen through the optics hardly do that within two pixels), or as far below.
    The median of the ring around it takes its place.

    Parameters
    ----------
    pixels
        See `venus_analysis.compute.moon.line_blocks.EqualisedPixels`.
    lines, columns
        Where to look.
    noise
        A and B of the noise model, counts.
    top
        Level of the bright part of the disk, counts.
    good
        (column,) columns that are looked at.

    Returns
    -------
    Spikes

    Examples
    --------
    >>> from venus_analysis.compute.coefficients import BandCoefficients
    >>> from venus_analysis.compute.moon.line_blocks import EqualisedPixels
    >>> band = BandCoefficients(1.0, *np.full((4, 9), [[0.0], [1.0], [1.0], [900.0]]))
    >>> counts = np.full((9, 9), 5, np.uint16)
    >>> counts[4, 4] = 80
    >>> pixels = EqualisedPixels(counts, band)
    >>> found = find_spikes(pixels, slice(0, 9), slice(0, 9), (0.7, 0.0), 5.0, np.ones(9, bool))
    >>> found.line, found.column, found.change
    (array([4]), array([4]), array([75.]))
    """
    shape = pixels.counts.shape
    sigma = math.sqrt(max(noise[0], 0.0) ** 2 + 1.0 / 12.0)
    up, left = max(lines.start - 2, 0), max(columns.start - 2, 0)
    part = pixels.counts[up : lines.stop + 2, left : columns.stop + 2]
    line, column = spike_candidates(part, int(SPIKE_SIGMA * sigma + LEVEL_SHARE * top))
    line, column = line + up, column + left
    inside = (line > 1) & (line < shape[0] - 2) & (column > 1) & (column < shape[1] - 2)
    inside &= good[np.minimum(column, shape[1] - 1)]
    line, column = line[inside], column[inside]
    if not line.size:
        return _no_spikes()
    value = pixels[line, column]
    level = np.zeros(line.size, np.bool_)
    for down, right in ((2, 0), (0, 2)):
        first, second = pixels[line - down, column - right], pixels[line + down, column + right]
        # beside a bad column there is no such pair, NaN, and only the other direction counts
        high, low = np.maximum(first, second), np.minimum(first, second)
        base = np.maximum(np.abs(value), np.abs(low))
        variance = noise[0] ** 2 + 1.0 / 12.0 + noise[1] * base
        margin = SPIKE_SIGMA * np.sqrt(variance) + LEVEL_SHARE * top
        level |= (value - high > margin + TEXTURE_SHARE * np.abs(value)) | (
            low - value > margin + TEXTURE_SHARE * base
        )
    if not level.any():
        return _no_spikes()
    return _replace(pixels, line[level], column[level])


def _no_spikes() -> Spikes:
    empty = np.empty(0, np.intp)
    return Spikes(empty, empty, np.empty(0), np.empty(0))


RING: Final = [(i, j) for i in range(-3, 4) for j in range(-3, 4) if max(abs(i), abs(j)) >= 2]


def _replace(pixels: CountedPixels, line: NDArray[np.intp], column: NDArray[np.intp]) -> Spikes:
    """Median and scatter of the ring around each spike, other spikes left out."""
    height, width = pixels.counts.shape
    ring = np.array(RING)
    i, j = line + ring[:, :1], column + ring[:, 1:]
    inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
    i, j = np.where(inside, i, 0), np.where(inside, j, 0)
    usable = inside & ~np.isin(i * width + j, line * width + column)
    values = np.where(usable, pixels[i, j], np.nan)
    number = np.isfinite(values).sum(axis=0)
    old = pixels[line, column]
    values[0, number == 0] = old[number == 0]
    number = np.maximum(number, 1)
    ordered = np.sort(values, axis=0)  # NaN last

    def quantile(share: float) -> Array:
        rank = np.rint(share * (number - 1)).astype(np.intp)
        return np.asarray(ordered[rank, np.arange(line.size)])

    spread = 0.5 * (quantile(0.84) - quantile(0.16))
    return Spikes(line, column, old - quantile(0.5), spread)
