"""Column fixed pattern on sky and disk, from means over lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_noise import DIFFERENCE, POWER

Array = NDArray[np.float64]
SKY_RADII: Final = 1.08
DISK_LINES_RADII: Final = 0.6
DISK_COLUMNS_RADII: Final = 0.75
DARK_SHARE: Final = 0.3
LEAST_ROWS: Final = 4
LEAST_COLUMNS: Final = 30

# Sum of the squared correlations of neighbouring sixth differences of white noise.
CORRELATED: Final = float(sum((math.comb(12, 6 + k) / math.comb(12, 6)) ** 2 for k in range(-6, 7)))


@dataclass(frozen=True)
class ColumnPattern:
    """Standard deviation over columns, its standard uncertainty, and how many columns it is of.

    Of the sky in equalised counts, of the disk relative. NaN where it cannot be
    told, 0 where noise covers it; the uncertainty then is an upper limit's half.
    """

    rms: float
    u_rms: float
    columns: int


def column_patterns(
    values: NDArray[np.floating[Any]], first_line: int, lines: int, outline: Outline
) -> tuple[ColumnPattern, ColumnPattern]:
    r"""Measure the fixed pattern of the columns on the sky, and relative on the disk.

    Columns are compared by a sixth difference across them, which leaves nothing
    of the Moon's blurred markings, and the lines are cut into two halves, whose
    noise is independent:

    .. math:: s^2 = \langle D p_1 \cdot D p_2 \rangle / 924

    with p the column means of a half on the sky, or the logarithm of those on the
    disk less the sky's. It is the standard deviation of a pattern that is white
    from column to column; steps between wide groups of columns do not count.

    Parameters
    ----------
    values
        (block, column) means of equalised counts over `lines` lines; NaN in bad
        columns.
    first_line, lines
        Of the scene that the first block begins with; in a block.
    outline
        Of the disk, pixels of the scene.

    Returns
    -------
    ColumnPattern, ColumnPattern
        Sky, disk.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> offset = rng.normal(0.0, 0.2, 400)
    >>> values = (offset + rng.normal(0.0, 0.1, (40, 400))).astype(np.float32)
    >>> sky, disk = column_patterns(values, 0, 4, Outline(79.5, 200.0, 40.0))
    >>> bool(abs(sky.rms - 0.2) < 3 * sky.u_rms), math.isnan(disk.rms)
    (True, True)
    """
    line = first_line + (np.arange(len(values)) + 0.5) * lines - 0.5
    v = np.abs(line - outline.centre_line) / outline.semi_axis_line_px
    sky = np.flatnonzero(v > SKY_RADII + 0.5 * lines / outline.semi_axis_line_px)
    disk = np.flatnonzero(v < DISK_LINES_RADII)
    nothing = ColumnPattern(math.nan, math.nan, 0)
    if min(sky.size, disk.size) < LEAST_ROWS:
        return nothing, nothing
    levels = [_mean(values, sky[k::2]) for k in (0, 1)]
    off = np.abs(np.arange(values.shape[1]) - outline.centre_column)
    inside = off < DISK_COLUMNS_RADII * outline.across_px
    light = [_mean(values, disk[k::2]) - levels[k] for k in (0, 1)]
    bright = [np.where(inside, one, np.nan) for one in light]
    if not np.isfinite(bright[0]).any():
        return _pattern(levels[0], levels[1]), nothing
    least = max(DARK_SHARE * float(np.nanquantile(bright[0], 0.95)), 0.0)
    lit = [np.where(one > least, one, np.nan) for one in bright]
    with np.errstate(invalid="ignore", divide="ignore"):
        first, second = np.log(lit[0]), np.log(lit[1])
    return _pattern(levels[0], levels[1]), _pattern(first, second)


def _mean(values: NDArray[np.floating[Any]], rows: NDArray[np.intp]) -> Array:
    """Mean over rows (column); NaN in bad columns."""
    return np.asarray(values[rows].mean(axis=0, dtype=np.float64))


def _pattern(first: Array, second: Array) -> ColumnPattern:
    one, other = (np.convolve(x, DIFFERENCE, "valid") for x in (first, second))
    product = one * other / POWER
    product = product[np.isfinite(product)]
    if product.size < LEAST_COLUMNS:
        return ColumnPattern(math.nan, math.nan, int(product.size))
    # a column that is far off, unlisted, is not of the pattern
    far = np.abs(product) > 40.0 * float(np.median(np.abs(product)))
    product = product[~far]
    mean = float(product.mean())
    doubt = float(product.std()) * math.sqrt(CORRELATED / product.size)
    rms = math.sqrt(max(mean, 0.0))
    u_rms = doubt / (2.0 * rms) if mean > doubt else math.sqrt(doubt)
    return ColumnPattern(rms, u_rms, int(product.size))
