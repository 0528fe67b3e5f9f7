"""Apertures about the disk: which lines of a column they hold, and sums of counts over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import FULL_SCALE_COUNTS, BandCoefficients
from venus_analysis.compute.columns import Gaps, find_gaps
from venus_analysis.compute.moon.aperture_fill import fill_variance
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.line_blocks import EqualisedPixels, LineBlocks
from venus_analysis.compute.moon.pixels import Spikes, find_spikes
from venus_analysis.compute.moon.sky_templates import BlockMap

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Counts = NDArray[np.uint16]
APERTURES: Final = (1.0, 1.02, 1.05, 1.1, 1.2, 1.3)
MAIN_APERTURE: Final = 3


def column_spans(outline: Outline, radius: float, columns: Array) -> tuple[Array, Array]:
    """First line and one past the last within `radius` (in radii) in each column.

    Whole numbers as floats, not cut at the frame; equal where there is none.

    Examples
    --------
    >>> first, stop = column_spans(Outline(5.0, 5.0, 3.0), 1.0, np.array([5.0, 9.0]))
    >>> first.tolist(), stop.tolist()
    ([2.0, 5.0], [9.0, 5.0])
    """
    x = (columns - outline.centre_column) / outline.semi_axis_column_px
    slant = outline.shear * outline.semi_axis_line_px / outline.semi_axis_column_px
    # on the unit disk u = x - slant * v, and u**2 + v**2 <= radius**2
    bend = 1.0 + slant**2
    root = bend * radius**2 - x**2
    inside = root >= 0.0
    half = np.sqrt(np.maximum(root, 0.0)) / bend
    middle = slant * x / bend
    low = outline.centre_line + outline.semi_axis_line_px * (middle - half)
    high = outline.centre_line + outline.semi_axis_line_px * (middle + half)
    first = np.where(inside, np.ceil(low), np.floor(low))
    stop = np.where(inside, np.floor(high) + 1.0, first)
    return first, np.maximum(stop, first)


def pixels_per_block(
    outline: Outline, radius: float, blocks: BlockMap, columns: int, lines: slice
) -> Array:
    """Pixels of the aperture in each block (i, j), of the lines that were read.

    Examples
    --------
    >>> blocks = BlockMap(np.zeros((2, 2)), np.ones((2, 2)), 0, (4, 4))
    >>> pixels_per_block(Outline(3.5, 3.5, 3.0), 1.0, blocks, 8, slice(0, 8)).tolist()
    [[8.0, 8.0], [8.0, 8.0]]
    """
    (rows, number), (height, width) = blocks.value.shape, blocks.size
    reach = radius * outline.half_width_px
    low = int(np.clip((outline.centre_column - reach) // width, 0, number))
    high = int(np.clip((outline.centre_column + reach) // width + 1, low, number))
    column = np.arange(low * width, high * width, dtype=np.float64)
    first, stop = column_spans(outline, radius, column)
    stop[column >= columns] = first[column >= columns]
    # whole numbers far below 2**24, so that single precision adds them up exactly
    begin, end = (np.clip(one, lines.start, lines.stop).astype(np.float32) for one in (first, stop))
    edge = blocks.first_line + np.arange(rows, dtype=np.float32)[:, None] * np.float32(height)
    within = np.minimum(end, edge + np.float32(height))
    within -= np.maximum(begin, edge)
    np.maximum(within, np.float32(0.0), out=within)
    pixels = np.zeros((rows, number))
    pixels[:, low:high] = within.reshape(rows, high - low, width) @ np.ones(width, np.float32)
    return pixels


class ColumnSums:
    """Sums of counts, and of counts above the break, over the first lines of a column.

    Whole blocks are added up once, in integers; the lines from the last whole
    block on are added for just the lines and columns asked for.
    """

    def __init__(self, pixels: EqualisedPixels, blocks: LineBlocks, columns: slice) -> None:
        self._counts, self._height = pixels.counts, blocks.lines
        self._flat = pixels.counts.ravel()
        self._first = columns.start
        self._below = pixels.rows.first_above[columns] - np.uint16(1)
        shape = (len(blocks.total) + 1, columns.stop - columns.start)
        self._total = np.zeros(shape, np.int64)
        np.cumsum(blocks.total[:, columns], axis=0, out=self._total[1:])
        highest = blocks.highest[:, columns]
        broken = np.flatnonzero((highest > self._below).any(axis=1))
        self._broken = bool(broken.size)
        rest = self._counts[len(blocks.total) * blocks.lines :, columns]
        most = max(highest.max(initial=0), rest.max(initial=0))
        self._kind = np.uint16 if most <= FULL_SCALE_COUNTS else np.uint32
        if not self._broken:
            return
        excess, above = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        over = np.empty((blocks.lines, shape[1]), np.uint16)
        for row in broken:
            part = self._counts[row * blocks.lines : (row + 1) * blocks.lines, columns]
            above[row + 1] = np.add.reduce((part > self._below).view(np.uint8), axis=0)
            np.maximum(part, self._below, out=over)
            np.subtract(over, self._below, out=over)
            excess[row + 1] = self._sum(over)
        self._excess, self._above = np.cumsum(excess, axis=0), np.cumsum(above, axis=0)

    def before(self, line: Index, column: Index) -> tuple[Array, Array, Array]:
        """Return sum, sum above the break and number of pixels above it, of lines below `line`."""
        at, width = column - self._first, self._counts.shape[1]
        # from the nearer end of a block, where there is one
        block = np.minimum((line + self._height // 2) // self._height, len(self._total) - 1)
        rest = line - block * self._height
        row = np.arange(int(np.abs(rest).max(initial=0)))[:, None]
        sign = np.where(rest < 0, -1, 1)
        first = (block * self._height - (rest < 0)) * width + column
        inside = row < np.abs(rest)
        value = self._flat.take(first + row * (sign * width), mode="clip")
        value *= inside
        total = self._total[block, at] + sign * self._sum(value)
        if not self._broken:
            none = np.zeros(line.shape)
            return total.astype(np.float64), none, none
        below = self._below[at]
        number = np.count_nonzero(value > below, axis=0)
        np.maximum(value, below, out=value)
        value -= below
        excess = self._excess[block, at] + sign * self._sum(value)
        number = self._above[block, at] + sign * number
        return total.astype(np.float64), excess.astype(np.float64), number.astype(np.float64)

    def _sum(self, counts: Counts) -> NDArray[np.int64]:
        """Sum over lines of a block; in 16 bits where that fits, as in `line_blocks`."""
        return np.asarray(np.add.reduce(counts, axis=0, dtype=self._kind), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class DiskSums:
    """Equalised counts summed over each aperture, and what the pixel filter met.

    `total` and `pixels` (aperture) for `APERTURES`; of the main aperture:
    `noise_variance` of the sum (counts²), `u_filter` the standard uncertainty
    of what was replaced (counts), `interpolated` pixels of each column that was
    (column to number), `spikes`, and the pixels that are `saturated` or `zero`.
    """

    total: Array
    pixels: NDArray[np.int64]
    noise_variance: float
    u_filter: float
    interpolated: dict[int, int]
    spikes: Spikes
    saturated: int
    zero: int


def disk_sums(
    pixels: EqualisedPixels,
    first_line: int,
    coefficients: BandCoefficients,
    outline: Outline,
    noise: tuple[float, float],
    blocks: LineBlocks,
    apart: Array | None = None,
) -> DiskSums:
    r"""Sum equalised counts over growing apertures.

    The response is linear on either side of the break, so that for each column
    the sums of counts, of counts above the break and their number, all whole
    numbers, give the sum of equalised counts without touching a pixel twice:

    .. math:: \sum Z = \sum_j s_j \bigl(X_j - C_j n_j
              + e_j (X'_j - (K_j - \lfloor K_j \rfloor) n'_j)\bigr)

    A bad column takes the weighted sums of its neighbours over its own lines, without
    what their dark levels differ from those about them.

    Parameters
    ----------
    pixels
        (line, column) counts, from `first_line` of the scene on.
    first_line
        See `pixels`.
    coefficients
        Of all columns; defective ones are interpolated.
    outline
        Of the disk, pixels of the scene.
    noise
        A and B of the noise model, counts.
    blocks
        From `venus_analysis.compute.moon.line_blocks.line_blocks`, of the same counts.
    apart
        From `levels_apart`; None takes all columns' dark levels for right.

    Examples
    --------
    >>> from venus_analysis.compute.moon.line_blocks import line_blocks
    >>> band = BandCoefficients(1.0, *np.full((4, 20), [[5.0], [1.0], [1.0], [90.0]]))
    >>> counts = np.full((20, 20), 8, np.uint16)
    >>> found = disk_sums(EqualisedPixels(counts, band), 0, band, Outline(9.5, 9.5, 4.0),
    ...                   (0.6, 0.0), line_blocks(counts, 8))
    >>> float(found.total[0]), int(found.pixels[0])
    (156.0, 52)
    """
    lines, columns = pixels.shape
    reach = APERTURES[-1] * outline.half_width_px
    left = int(np.clip(np.floor(outline.centre_column - reach), 0, columns - 1))
    right = int(np.clip(np.ceil(outline.centre_column + reach) + 1, left + 1, columns))
    bad = coefficients.defective | coefficients.unknown
    gaps = find_gaps(bad, "interpolate", bad.size)
    target, source, weight = _sources(bad, gaps, left, right)
    around = slice(int(source.min(initial=left)), int(source.max(initial=right - 1)) + 1)
    sums = ColumnSums(pixels, blocks, around)
    filled = bad[target]
    apart = np.zeros(columns) if apart is None else apart
    wrong = np.where(filled, weight * apart[source], 0.0)
    total, number = np.zeros(len(APERTURES)), np.zeros(len(APERTURES), np.int64)
    interpolated: dict[int, int] = {}
    fill_square = 0.0
    for k, radius in enumerate(APERTURES):
        spans = column_spans(outline, radius, np.arange(left, right, dtype=np.float64))
        first, stop = (np.clip(one - first_line, 0, lines).astype(np.intp) for one in spans)
        number[k] = int((stop - first).sum())
        f, s = first[target - left], stop[target - left]
        value = weight * _equalised(sums, pixels, f, s, source) - wrong * (s - f)
        total[k] = float(value.sum())
        if k == MAIN_APERTURE:
            main = first, stop
            value = np.where(filled, value, value - apart[source] * (s - f))
            per_column = np.bincount(target - left, value, right - left).astype(np.float64)
            named = np.flatnonzero(bad[left:right] & (stop > first))
            per_column[stop == first] = np.nan
            fill_square = _fill_square(per_column, gaps, named + left, left, bad)
            interpolated = dict(
                zip((named + left).tolist(), (stop - first)[named].tolist(), strict=True)
            )
    spikes = _spikes(pixels, first_line, main, (left, right), noise, ~bad, blocks)
    first, stop = (one[np.clip(spikes.column - left, 0, right - left - 1)] for one in main)
    inside = (spikes.line - first_line >= first) & (spikes.line - first_line < stop)
    for k, radius in enumerate(APERTURES):
        u, v = outline.unit(spikes.line.astype(float), spikes.column.astype(float))
        total[k] -= float(spikes.change[np.hypot(u, v) <= radius].sum())
    saturated, zero = _extremes(pixels.counts, blocks, main, (left, right), ~bad)
    variance = float(number[MAIN_APERTURE]) * (max(noise[0], 0.0) ** 2 + 1.0 / 12.0)
    variance += max(noise[1], 0.0) * max(float(total[MAIN_APERTURE]), 0.0)
    u_filter = float(np.sqrt(fill_square + (spikes.u_change[inside] ** 2).sum()))
    kept = Spikes(*(getattr(spikes, name)[inside] for name in vars(spikes)))
    return DiskSums(total, number, variance, u_filter, interpolated, kept, saturated, zero)


def levels_apart(values: NDArray[np.float32], sky: NDArray[np.bool_], width: int) -> Array:
    """How far each column's dark level lies from the mean of its block of columns.

    A bad column shares its block's level, so what its neighbours' levels have of
    their own must not be filled in with their light.

    Parameters
    ----------
    values
        (i, column) means of equalised counts over lines.
    sky
        (i, column) what is sky in good columns.
    width
        Columns of a block.

    Returns
    -------
    array
        (column) counts, 0 without sky.

    Examples
    --------
    >>> values = np.array([[1.0, 3.0, 5.0, 9.0], [1.0, 3.0, np.nan, 9.0]], np.float32)
    >>> levels_apart(values, np.array([[1, 1, 0, 1], [1, 1, 0, 1]], bool), 2).tolist()
    [-1.0, 1.0, 0.0, 0.0]
    """
    number = np.count_nonzero(sky, axis=0)
    total = np.where(sky, values, np.float32(0.0)).sum(axis=0, dtype=np.float64)
    level = total / np.maximum(number, 1)
    known = number > 0
    block = np.arange(level.size) // width
    mean = np.bincount(block, level * known) / np.maximum(np.bincount(block, known), 1)
    return np.where(known, level - mean[block], 0.0)


def _fill_square(sums: Array, gaps: Gaps, named: Index, left: int, bad: NDArray[np.bool_]) -> float:
    """Variance of interpolated columns' sums; `sums` begin with the column `left`."""
    near = _nearest_good(bad, gaps.masked)
    column = np.concatenate([gaps.column, gaps.masked])
    order = np.flatnonzero(np.isin(column, named))
    order = order[np.argsort(column[order])]
    target, before, after = (
        one[order] - left
        for one in (column, np.append(gaps.left, near), np.append(gaps.right, near))
    )
    weight = np.append(gaps.weight, np.zeros(near.size)).astype(np.float64)[order]
    filled = sums[target]
    known = sums.copy()
    known[target] = np.nan
    return fill_variance(known, target, before, after, weight, filled)


def _nearest_good(bad: NDArray[np.bool_], edge: Index) -> Index:
    """Good column beside each of a run at the frame's edge."""
    good = np.flatnonzero(~bad)
    return np.asarray(good[np.clip(np.searchsorted(good, edge), 0, good.size - 1)])


def _sources(
    bad: NDArray[np.bool_], gaps: Gaps, left: int, right: int
) -> tuple[Index, Index, Array]:
    """Columns to be summed: target, source and weight; bad ones have two sources."""
    edge = gaps.masked  # runs at the frame's edge have one neighbour
    good, near = np.flatnonzero(~bad), _nearest_good(bad, edge)
    target = np.concatenate([good, gaps.column, gaps.column, edge])
    source = np.concatenate([good, gaps.left, gaps.right, near])
    share = gaps.weight.astype(np.float64)
    weight = np.concatenate([np.ones(good.size), 1.0 - share, share, np.ones(edge.size)])
    keep = (target >= left) & (target < right)
    return target[keep], source[keep], weight[keep]


def _equalised(
    sums: ColumnSums, pixels: EqualisedPixels, first: Index, stop: Index, column: Index
) -> Array:
    """Sum of equalised counts of lines `first` to `stop` in each column."""
    size = first.size
    both = sums.before(np.concatenate([stop, first]), np.concatenate([column, column]))
    counts, excess, above = (one[:size] - one[size:] for one in both)
    rows = pixels.rows
    slope = rows.slope[column].astype(np.float64)
    dark = rows.dark[column].astype(np.float64)
    value = slope * (counts - dark * (stop - first))
    if above.any():
        knee = dark + rows.knee_radiance[column] / slope
        part = knee - (rows.first_above[column].astype(np.float64) - 1.0)
        value += rows.extra[column] * slope * (excess - np.where(above > 0.0, part, 0.0) * above)
    return value


def _spikes(
    pixels: EqualisedPixels,
    first_line: int,
    main: tuple[Index, Index],
    columns: tuple[int, int],
    noise: tuple[float, float],
    good: NDArray[np.bool_],
    blocks: LineBlocks,
) -> Spikes:
    """Spikes about the main aperture, in the scene's lines and columns."""
    first, stop = main
    some = stop > first
    if not some.any():
        return find_spikes(pixels, slice(0, 0), slice(0, 0), noise, 0.0, good)
    lines = slice(int(first[some].min()), int(stop[some].max()))
    rows = slice(lines.start // blocks.lines, -(-lines.stop // blocks.lines))
    level = blocks.total[rows, columns[0] : columns[1] : 4] / blocks.lines
    dark = pixels.rows.dark[columns[0] : columns[1] : 4]
    bright = (level - dark)[:, good[columns[0] : columns[1] : 4]]
    top = max(float(np.quantile(bright, 0.95)), 0.0) if bright.size else 0.0
    found = find_spikes(pixels, lines, slice(*columns), noise, top, good)
    return Spikes(found.line + first_line, found.column, found.change, found.u_change)


def _extremes(
    counts: Counts,
    blocks: LineBlocks,
    main: tuple[Index, Index],
    columns: tuple[int, int],
    good: NDArray[np.bool_],
) -> tuple[int, int]:
    """Saturated and zero pixels of the main aperture, looked for only where a block has some."""
    span = slice(*columns)
    first, stop = main
    numbers = [0, 0]
    for k, hit in enumerate((blocks.highest[:, span] >= 1023, blocks.lowest[:, span] == 0)):
        for row in np.flatnonzero((hit & good[span]).any(axis=1)):
            line = np.arange(row * blocks.lines, (row + 1) * blocks.lines)[:, None]
            part = counts[line[0, 0] : line[-1, 0] + 1, span]
            inside = (line >= first) & (line < stop) & good[span]
            numbers[k] += int((inside & (part >= 1023 if k == 0 else part == 0)).sum())
    return numbers[0], numbers[1]
