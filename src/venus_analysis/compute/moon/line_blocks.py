"""Blocks of lines of raw counts: sums in integers first, equalised counts of their means after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import (
    FULL_SCALE_COUNTS,
    BandCoefficients,
    RadiometryOptions,
)
from venus_analysis.compute.moon.sky_templates import BlockMap
from venus_analysis.compute.two_slope import Rows

Array = NDArray[np.float64]
Counts = NDArray[np.uint16]
Mask = NDArray[np.bool_]
MASKED = RadiometryOptions(defective="mask")


@dataclass(frozen=True, eq=False)
class LineBlocks:
    """Sums, highest and lowest counts of blocks of lines (block, column)."""

    total: NDArray[np.uint32]
    highest: Counts
    lowest: Counts
    lines: int


def line_blocks(counts: Counts, lines: int) -> LineBlocks:
    """Add up blocks of lines, column by column; lines that fill no block are left out.

    Parameters
    ----------
    counts
        (line, column) raw counts.
    lines
        Lines of a block, at most 64.

    Examples
    --------
    >>> blocks = line_blocks(np.array([[1, 2], [3, 4], [5, 6]], np.uint16), 2)
    >>> blocks.total, blocks.highest
    (array([[4, 6]], dtype=uint32), array([[3, 4]], dtype=uint16))
    """
    number = len(counts) // lines
    shape = (number, counts.shape[1])
    total, high = np.empty(shape, np.uint32), np.empty(shape, np.uint16)
    low = np.empty(shape, np.uint16)
    for row in range(number):
        block = counts[row * lines : (row + 1) * lines]
        np.maximum.reduce(block, axis=0, out=high[row])
        np.minimum.reduce(block, axis=0, out=low[row])
        # in 16 bits the sum runs at the speed of memory; 64 counts of 1023 still fit
        fits = high[row].max() <= FULL_SCALE_COUNTS
        total[row] = np.add.reduce(block, axis=0, dtype=np.uint16 if fits else np.uint32)
    return LineBlocks(total, high, low, lines)


def unit_gain(coefficients: BandCoefficients, columns: slice = slice(None)) -> BandCoefficients:
    """Coefficients of some columns that lead to equalised counts instead of radiance.

    Examples
    --------
    >>> band = BandCoefficients(4.0, [9.0, 8.0], [1.0, 1.0], [1.0, 1.0], [200.0, 200.0])
    >>> unit = unit_gain(band, slice(1, 2))
    >>> unit.absolute_gain, unit.dark
    (1.0, array([8.]))
    """
    at = coefficients
    return BandCoefficients(
        1.0,
        at.dark[columns],
        at.first_slope[columns],
        at.second_slope[columns],
        at.break_level[columns],
        at.defective[columns] | at.unknown[columns],
    )


def block_values(blocks: LineBlocks, coefficients: BandCoefficients) -> NDArray[np.float32]:
    """Mean equalised counts of blocks of lines (block, column); NaN in bad columns.

    The response is applied to the mean count, which is exact for the sky and
    good to some per mille where the break lies within a block of the disk.

    Examples
    --------
    >>> band = BandCoefficients(1.0, [2.0, 2.0], [1.0, 1.0], [1.0, 1.0], [9.0, 9.0], [0, 1])
    >>> block_values(line_blocks(np.array([[5, 5], [6, 5]], np.uint16), 2), band)
    array([[3.5, nan]], dtype=float32)
    """
    mean = blocks.total * np.float32(1.0 / blocks.lines)
    return equalised(mean, unit_gain(coefficients).rows(MASKED))


def equalised(counts: NDArray[Any], rows: Rows) -> NDArray[np.float32]:
    """Equalised counts (line, column) of whole lines, in single precision; NaN in bad columns.

    Examples
    --------
    >>> band = BandCoefficients(1.0, [2.0, 2.0], [1.0, 1.0], [0.5, 1.0], [4.0, 9.0])
    >>> equalised(np.array([[5, 5], [8, 8]], np.uint16), band.rows(MASKED))
    array([[3., 3.],
           [8., 6.]], dtype=float32)
    """
    value: NDArray[np.float32] = np.subtract(counts, rows.dark, dtype=np.float32)
    value *= rows.slope
    for row in np.flatnonzero((counts >= rows.first_above).any(axis=1)):
        above = np.maximum(value[row] - rows.knee_radiance, np.float32(0.0))
        value[row] += above * rows.extra
    return value


def block_map(
    values: NDArray[np.float32], good: Mask, first_line: int, size: tuple[int, int]
) -> BlockMap:
    """Mean over blocks of columns, good ones only.

    Parameters
    ----------
    values
        (block, column) means over lines.
    good
        (block, column) what may be used.
    first_line
        Line of the scene that the first block begins with.
    size
        Lines and columns of a block.

    Examples
    --------
    >>> values = np.array([[1.0, 3.0, 9.0]], np.float32)
    >>> found = block_map(values, np.array([[True, True, False]]), 0, (4, 2))
    >>> found.value, found.weight
    (array([[ 2., nan]]), array([[1., 0.]]))
    """
    starts = np.arange(-(-values.shape[1] // size[1])) * size[1]
    share = np.add.reduceat(good.view(np.uint8), starts, axis=1, dtype=np.int64).astype(np.float64)
    light = np.where(good, values, np.float32(0.0)).astype(np.float64)
    total = np.add.reduceat(light, starts, axis=1)
    mean = np.where(share > 0.0, total / np.maximum(share, 1.0), np.nan)
    return BlockMap(mean, share / size[1], first_line, size)


class EqualisedPixels:
    """Counts that become equalised counts when pixels are asked for.

    Parameters
    ----------
    counts
        (line, column) raw counts.
    coefficients
        Of all columns.

    Examples
    --------
    >>> band = BandCoefficients(1.0, [2.0, 2.0], [0.5, 1.0], [0.5, 1.0], [9.0, 9.0], [0, 1])
    >>> EqualisedPixels(np.array([[5, 5]], np.uint16), band)[0, np.array([0, 1])]
    array([ 6., nan])
    """

    def __init__(self, counts: Counts, coefficients: BandCoefficients) -> None:
        self.counts = counts
        self.rows: Rows = unit_gain(coefficients).rows(MASKED)
        self.shape = counts.shape

    def __getitem__(self, key: Any) -> Array:
        """Equalised counts of (lines, columns); NaN in bad columns."""
        rows, column = self.rows, key[1]
        value = (self.counts[key] - rows.dark[column].astype(np.float64)) * rows.slope[column]
        above = np.maximum(value - rows.knee_radiance[column], 0.0)
        return np.asarray(value + rows.extra[column] * above)
