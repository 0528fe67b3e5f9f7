"""Sums of sky counts by block of lines, and the fits of the dark level to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import FULL_SCALE_COUNTS
from venus_analysis.compute.noise import QUANTISATION_VARIANCE
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

MOST_CLIPPING_PASSES: Final = 6


@dataclass(frozen=True, eq=False)
class SkySums:
    """Number, sum and sum of squares of count less dark, each (block, column).

    `line` (block,) is the middle line of each block, `lines` their number.
    """

    number: Array
    total: Array
    square: Array
    line: Array
    lines: Array

    def column_moments(self) -> tuple[Array, Array, Array]:
        """Give number, mean and standard deviation of each column; NaN mean without pixels.

        Examples
        --------
        >>> sums = sky_sums(np.array([[10], [12]], np.uint16), np.array([10.0]), None, 64, 5.0)
        >>> sums.column_moments()
        (array([2.]), array([1.]), array([1.]))
        """
        number = self.number.sum(axis=0)
        safe = np.where(number > 0, number, np.nan)
        mean = self.total.sum(axis=0) / safe
        variance = self.square.sum(axis=0) / safe - mean**2
        return number, mean, np.sqrt(np.maximum(variance, 0.0))

    def noise_variance(self) -> Array:
        """Give the variance (column,) within the blocks, which a drift does not enter; counts²."""
        number = np.where(self.number > 0, self.number, 1.0)
        within = (self.square - self.total**2 / number).sum(axis=0)
        freedom = np.maximum(self.number - 1.0, 0.0).sum(axis=0)
        variance = np.where(freedom > 0, within / np.maximum(freedom, 1.0), np.nan)
        return np.asarray(np.maximum(variance, 0.0))


def sky_sums(
    counts: NDArray[np.unsignedinteger[Any]],
    dark: Array,
    exclude: NDArray[np.bool_] | None,
    lines_per_block: int,
    clip_sigma: float,
) -> SkySums:
    """Sum the sky by block of lines, without outliers of each column.

    Pixels further than `clip_sigma` standard deviations from their column's
    mean are left out, and again until none leaves. Saturated ones never enter.

    Parameters
    ----------
    counts
        (line, column), read in slices of lines.
    dark
        (column,) dark level, counts.
    exclude
        (line, column) pixels that are no sky, or None.
    lines_per_block, clip_sigma
        See `DarkOptions`.

    Examples
    --------
    >>> counts = np.full((100, 1), 10, np.uint16)
    >>> counts[::2], counts[50] = 12, 900
    >>> sky_sums(counts, np.array([10.0]), None, 50, 5.0).number.ravel()
    array([50., 49.])
    """
    low = np.full(len(dark), -np.inf)
    high = np.full(len(dark), float(FULL_SCALE_COUNTS - 1))
    sums = _pass(counts, dark, exclude, lines_per_block, low, high)
    for _ in range(MOST_CLIPPING_PASSES):
        number, mean, sigma = sums.column_moments()
        reach = clip_sigma * np.maximum(sigma, np.sqrt(QUANTISATION_VARIANCE))
        low = np.fmax(low, dark + mean - reach)
        high = np.fmin(high, dark + mean + reach)
        sums = _pass(counts, dark, exclude, lines_per_block, low, high)
        if np.array_equal(sums.number.sum(axis=0), number):
            break
    return sums


def _pass(
    counts: NDArray[np.unsignedinteger[Any]],
    dark: Array,
    exclude: NDArray[np.bool_] | None,
    lines_per_block: int,
    low: Array,
    high: Array,
) -> SkySums:
    """Sum once, counts from `low` to `high` only."""
    starts = np.arange(0, len(counts), lines_per_block)
    ends = np.minimum(starts + lines_per_block, len(counts))
    # whole counts compare as quickly as they come
    least = np.ceil(np.maximum(low, 0.0)).astype(np.uint16)
    most = np.floor(np.maximum(high, 0.0)).astype(np.uint16)
    level = np.where(np.isnan(dark), 0.0, dark).astype(np.float32)
    number, total, square = (np.zeros((len(starts), len(dark))) for _ in range(3))
    for block, (start, end) in enumerate(zip(starts, ends, strict=True)):
        x = np.asarray(counts[start:end])
        keep = (x >= least) & (x <= most)
        if exclude is not None:
            keep &= ~np.asarray(exclude[start:end])
        above = (x - level) * keep
        number[block] = keep.sum(axis=0)
        total[block] = above.sum(axis=0)
        square[block] = np.einsum("ij,ij->j", above, above)
    return SkySums(number, total, square, (starts + ends - 1) / 2.0, (ends - starts).astype(float))


@dataclass(frozen=True, eq=False)
class DarkFit:
    """Residual dark (column,), its variance, and what it does along the scan.

    `profile` (block,) is common to all columns, `slope` (column,) counts from
    the first line to the last; what a model does not have is 0. `chi_square`
    is the reduced chi-square of the block means.
    """

    residual: Array
    variance: Array
    profile: Array
    profile_variance: Array
    slope: Array
    slope_variance: Array
    chi_square: float


def fit_common(sums: SkySums) -> DarkFit:
    """Least squares of column level plus a level of each block common to all columns.

    Solved exactly for any mask: the column levels are eliminated first. The
    profile's mean over all lines is 0.

    Raises
    ------
    InputError
        When the mask leaves groups of lines that share no column.

    Examples
    --------
    >>> line = np.arange(64)[:, None] >= 32
    >>> counts = (np.array([10, 20]) + 2 * line).astype(np.uint16)
    >>> sums = sky_sums(counts, np.array([10.0, 19.0]), None, 32, 5.0)
    >>> fit = fit_common(sums)
    >>> fit.residual, fit.profile
    (array([1., 2.]), array([-1.,  1.]))
    """
    weight, mean = _weights(sums)
    used = weight.sum(axis=1) > 0
    w, m, lines = weight[used], mean[used], sums.lines[used]
    column = w.sum(axis=0)
    share = w / np.where(column > 0, column, np.nan)
    share[np.isnan(share)] = 0.0
    average = (share * m).sum(axis=0)
    normal = np.diag(w.sum(axis=1)) - w @ share.T
    covariance = _singular_inverse(normal)
    centre = np.eye(len(lines)) - lines / lines.sum()
    covariance = centre @ covariance @ centre.T
    solved = covariance @ (w * (m - average)).sum(axis=1)
    with np.errstate(divide="ignore"):
        variance = 1.0 / column + np.einsum("bj,bc,cj->j", share, covariance, share, optimize=True)
    residual = average - solved @ share
    misfit = (w * (m - residual - solved[:, None]) ** 2).sum()
    profile, profile_variance = (np.full(len(used), np.nan) for _ in range(2))
    profile[used], profile_variance[used] = solved, np.diag(covariance)
    nothing = np.zeros_like(residual)
    freedom = (w > 0).sum() - (column > 0).sum() - len(lines) + 1
    return DarkFit(
        residual, variance, profile, profile_variance, nothing, nothing, _ratio(misfit, freedom)
    )


def fit_columns(sums: SkySums, with_slope: bool) -> DarkFit:
    """Least squares of a level, or a straight line along the scan, in each column by itself.

    The level is that of the middle of the scan. NaN where a slope is wanted
    and all sky of a column lies in one block.

    Examples
    --------
    >>> counts = np.repeat(np.array([[10], [11], [12]], np.uint16), 32, axis=0)
    >>> sums = sky_sums(counts, np.array([10.0]), None, 32, 5.0)
    >>> fit = fit_columns(sums, with_slope=True)
    >>> fit.residual.round(9), (fit.slope * 64 / 95).round(9)
    (array([1.]), array([2.]))
    """
    weight, mean = _weights(sums)
    total_lines = sums.lines.sum()
    t = ((sums.line - (total_lines - 1.0) / 2.0) / max(total_lines - 1.0, 1.0))[:, None]
    column = np.where(weight.any(axis=0), weight.sum(axis=0), np.nan)
    average, middle = (weight * mean).sum(axis=0) / column, (weight * t).sum(axis=0) / column
    slope = slope_variance = np.zeros_like(average)
    if with_slope:
        lever = (weight * (t - middle) ** 2).sum(axis=0)
        lever = np.where(lever > 1e-9 * column, lever, np.nan)
        slope = (weight * (t - middle) * (mean - average)).sum(axis=0) / lever
        slope_variance = 1.0 / lever
    residual = average - slope * middle
    variance = 1.0 / column + slope_variance * middle**2
    misfit = np.nansum(weight * (mean - residual - slope * t) ** 2)
    known = np.isfinite(residual)
    freedom = (weight[:, known] > 0).sum() - known.sum() * (2 if with_slope else 1)
    nothing = np.zeros(len(sums.line))
    return DarkFit(
        residual, variance, nothing, nothing, slope, slope_variance, _ratio(misfit, freedom)
    )


def _weights(sums: SkySums) -> tuple[Array, Array]:
    """Weight 1 / variance and mean of each block and column; both 0 without pixels."""
    variance = np.maximum(sums.noise_variance(), QUANTISATION_VARIANCE)
    weight = np.where(np.isnan(variance), 0.0, sums.number / variance)
    return weight, sums.total / np.where(sums.number > 0, sums.number, 1.0)


def _ratio(misfit: float, freedom: int) -> float:
    return float(misfit / freedom) if freedom > 0 else float("nan")


def _singular_inverse(normal: Array) -> Array:
    """Pseudo-inverse of a matrix whose only null vector is the constant one."""
    values, vectors = np.linalg.eigh(normal)
    good = values > 1e-10 * max(values[-1], 0.0)
    if good.sum() < len(values) - 1:
        raise InputError(
            "exclude",
            "sky that links all lines through common columns",
            "groups of lines that share no column",
            "exclude less, or fit each column by itself",
        )
    return np.asarray((vectors[:, good] / values[good]) @ vectors[:, good].T)
