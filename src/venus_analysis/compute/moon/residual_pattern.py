"""Column fixed pattern on sky and disk, from means over lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.noise import QUANTISATION_VARIANCE

Array = NDArray[np.float64]
SKY_RADII: Final = 1.08
DISK_COLUMNS_RADII: Final = 0.97
LIMB_RADII: Final = 0.03
GROUPS: Final = 10
LEAST_ROWS: Final = 4
LEAST_COLUMNS: Final = 30
PASSES: Final = 3

# What a parabola through 11 columns leaves (Savitzky and Golay 1964, doi:10.1021/ac60214a047).
_SMOOTH: Final = np.array((-36, 9, 44, 69, 84, 89, 84, 69, 44, 9, -36)) / 429.0
REACH: Final = 5
_REST: Final = (np.arange(-REACH, REACH + 1) == 0) - _SMOOTH
POWER: Final = float(_REST @ _REST)
# Sum of the squared correlations of what it leaves of white noise.
CORRELATED: Final = float(np.sum((np.convolve(_REST, _REST) / POWER) ** 2))


@dataclass(frozen=True)
class ColumnPattern:
    """Standard deviation over columns, its standard uncertainty, and how many columns it is of.

    Of the sky in equalised counts, of the disk relative. NaN where it cannot be
    told, 0 where noise covers it; the uncertainty then is an upper limit's half.
    """

    rms: float
    u_rms: float
    columns: int


NOTHING: Final = ColumnPattern(math.nan, math.nan, 0)


def column_patterns(
    values: NDArray[np.floating[Any]],
    first_line: int,
    lines: int,
    outline: Outline,
    noise: tuple[float, float] = (1.0, 0.0),
) -> tuple[ColumnPattern, ColumnPattern]:
    r"""Measure the fixed pattern of the columns on the sky, and relative on the disk.

    Of each row r is what a parabola through 11 columns leaves, m the rest. On
    the disk the relative pattern of a column is the slope of r against m over
    all rows, in which an offset of the column has no part. Every tenth row makes a
    group k; noise and, but for neighbouring rows, the Moon's markings are
    independent from group to group:

    .. math:: a_k = \sum w (m - \bar m_k) r, \quad I_k = \sum w (m - \bar m_k) m, \qquad
              s^2 = \frac{1}{0.79} \Big\langle
              \frac{\sum_{kl} a_k a_l}{\sum_{kl} I_k I_l} \Big\rangle

    over pairs that are no neighbours, with w the inverse variance of the expected
    noise; so neither noise nor markings need to be subtracted. Columns count by
    what noise and pattern make of their scatter. On the sky it is the product of
    the means of two groups. It is the standard deviation of a pattern that is
    white from column to column; steps between wide groups do not count.

    Parameters
    ----------
    values
        (block, column) means of equalised counts over `lines` lines; NaN in bad
        columns.
    first_line, lines
        Of the scene that the first block begins with; in a block.
    outline
        Of the disk, pixels of the scene.
    noise
        A and B of ``variance = A² + B signal + 1/12``, counts; only weights
        depend on it.

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
    >>> bool(abs(sky.rms - 0.2) < 3 * sky.u_rms), math.isnan(disk.u_rms)
    (True, False)
    """
    line = np.asarray(first_line + (np.arange(len(values)) + 0.5) * lines - 0.5)
    v = np.abs(line - outline.centre_line) / outline.semi_axis_line_px
    sky = np.flatnonzero(v > SKY_RADII + 0.5 * lines / outline.semi_axis_line_px)
    if min(sky.size, int((v < 1.0).sum())) < LEAST_ROWS:
        return NOTHING, NOTHING
    first, second = (
        np.convolve(values[sky[k::2]].mean(axis=0, dtype=np.float64), _REST, "valid")
        for k in (0, 1)
    )
    return _pattern(first * second, np.zeros(first.size)), _disk(
        values, line, lines, outline, noise
    )


def _disk(
    values: NDArray[np.floating[Any]],
    line: Array,
    lines: int,
    outline: Outline,
    noise: tuple[float, float],
) -> ColumnPattern:
    reach = DISK_COLUMNS_RADII * outline.semi_axis_column_px + REACH
    first = max(math.ceil(outline.centre_column - reach), 0)
    stop = min(math.floor(outline.centre_column + reach) + 1, values.shape[1])
    if stop - first <= 2 * REACH + LEAST_COLUMNS:
        return NOTHING
    part = values[:, first:stop].astype(np.float64)
    good = np.asarray(np.isfinite(part).all(axis=0))
    if not good.any():
        return NOTHING
    part[:, ~good] = _bridged(part, good)
    inner = slice(REACH, -REACH)
    smooth = ndimage.correlate1d(part, _SMOOTH, axis=1)[:, inner]
    rest, column = part[:, inner] - smooth, np.arange(first, stop, dtype=np.float64)[inner]
    a, b = noise if all(map(math.isfinite, noise)) else (1.0, 0.0)
    variance = a**2 + QUANTISATION_VARIANCE + max(b, 0.0) * np.maximum(smooth, 0.0)
    weight = _off_limb(line, column, lines, outline) * lines / variance
    slope, power = np.array(
        [_slope(weight[k::GROUPS], smooth[k::GROUPS], rest[k::GROUPS]) for k in range(GROUPS)]
    ).transpose(1, 0, 2)
    pairs = _pairs(power)
    known = np.asarray(good[inner] & (pairs > 0.0))
    product = _pairs(slope)[known] / pairs[known]
    return _pattern(product, 1.0 / power.sum(axis=0)[known])


def _bridged(part: Array, good: NDArray[np.bool_]) -> Array:
    """Columns that are not good, on a line between the nearest that are."""
    known = np.flatnonzero(good)
    at = np.interp(np.flatnonzero(~good), known, np.arange(known.size, dtype=np.float64))
    low = np.floor(at).astype(np.intp)
    before, after = part[:, known[low]], part[:, known[np.ceil(at).astype(np.intp)]]
    return np.asarray(before + (at - low) * (after - before))


def _slope(weight: Array, smooth: Array, rest: Array) -> tuple[Array, Array]:
    """Weighted products (column) of `smooth` less its mean with `rest` and with itself."""
    mean = (weight * smooth).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-12)
    off = weight * (smooth - mean)
    return (off * rest).sum(axis=0), (off * smooth).sum(axis=0)


def _pairs(groups: Array) -> Array:
    """Sum (column) of products of different groups (group, column) that are no neighbours."""
    near = groups + np.roll(groups, 1, axis=0) + np.roll(groups, -1, axis=0)
    return np.asarray((groups * (groups.sum(axis=0) - near)).sum(axis=0))


def _off_limb(line: Array, column: Array, lines: int, outline: Outline) -> NDArray[np.bool_]:
    """(block, column) whether no line of a block comes near the limb."""
    u, v = outline.unit(line[:, None], column[None, :])
    half, square = 0.5 * lines / outline.semi_axis_line_px, u**2
    inside = (1.0 - LIMB_RADII) ** 2 - (np.abs(v) + half) ** 2
    outside = (1.0 + LIMB_RADII) ** 2 - np.maximum(np.abs(v) - half, 0.0) ** 2
    return np.asarray((square < inside) | (square > outside))


def _pattern(product: Array, variance: Array) -> ColumnPattern:
    """Weighted mean of products (column), whose noise has this variance before the parabola."""
    known = np.isfinite(product)
    product, variance = product[known] / POWER, variance[known]
    if product.size < LEAST_COLUMNS:
        return ColumnPattern(math.nan, math.nan, int(product.size))
    # a column that is far off, unlisted, is not of the pattern
    size = np.abs(product) / (variance + float(np.median(np.abs(product))))
    near = size <= 40.0 * float(np.median(size))
    product, variance = product[near], variance[near]
    mean, weight = 0.0, np.ones(product.size)
    for _ in range(PASSES):
        if variance.any():
            weight = (max(mean, 0.0) + variance) ** -2.0
        mean = float(np.average(product, weights=weight))
    spread = CORRELATED * float((weight**2 * (product - mean) ** 2).sum())
    doubt = math.sqrt(spread) / float(weight.sum())
    rms = math.sqrt(max(mean, 0.0))
    u_rms = doubt / (2.0 * rms) if mean > doubt else math.sqrt(doubt)
    return ColumnPattern(rms, u_rms, int(product.size))
