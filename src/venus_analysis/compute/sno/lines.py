"""Straight lines between two quantities that both carry errors: the kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Line = Callable[["Moments", float], tuple[Floats, Floats]]

MOST_POINTS: Final = 500
"""Points of whose pairs slopes are formed; of more, every n-th is taken."""


class Moments:
    """Means, variances and covariance of weighted sums, one a draw.

    Parameters
    ----------
    sums
        (draw, 6): number, and sums of x, y, x², xy, y², see `scene_moments`.
    """

    def __init__(self, sums: Floats) -> None:
        self.number = np.maximum(sums[:, 0], 1e-300)
        self.sum_x, self.sum_y = sums[:, 1], sums[:, 2]
        self.x, self.y = self.sum_x / self.number, self.sum_y / self.number
        self.xx = sums[:, 3] / self.number - self.x**2
        self.xy = sums[:, 4] / self.number - self.x * self.y
        self.yy = sums[:, 5] / self.number - self.y**2
        self.has_line = (sums[:, 0] > 2) & (self.xx > 1e-12 * self.x**2)


def scene_moments(x: Floats, y: Floats, of: NDArray[np.intp], scenes: int) -> Floats:
    """Give the sums of each scene, (scene, 6): number, x, y, x², xy, y².

    Examples
    --------
    >>> scene_moments(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([0, 0]), 1)
    array([[ 2.,  3.,  7.,  5., 11., 25.]])
    """
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y)
    return np.stack([np.bincount(of, term, scenes) for term in terms], axis=1)


def _ratio(m: Moments, variance_ratio: float) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = m.sum_y / m.sum_x
    return gain, np.where(np.isfinite(gain), 0.0, np.nan)


def _rma(m: Moments, variance_ratio: float) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.sign(m.xy) * np.sqrt(m.yy / m.xx)
    return _through_the_mean(m, gain)


def _deming(m: Moments, variance_ratio: float) -> tuple[Floats, Floats]:
    q = m.yy - variance_ratio * m.xx
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (q + np.sqrt(q**2 + 4.0 * variance_ratio * m.xy**2)) / (2.0 * m.xy)
    return _through_the_mean(m, gain)


def _through_the_mean(m: Moments, gain: Floats) -> tuple[Floats, Floats]:
    gain = np.where(m.has_line, gain, np.nan)
    return gain, m.y - gain * m.x


LINES: Final[dict[str, Line]] = {"ratio": _ratio, "rma": _rma, "deming": _deming}


class PairedSlopes:
    """Slopes of all pairs of points, kept sorted, to be weighted by scenes.

    A scene of weight w stands for w copies of each of its points; copies of one
    point form no slope. So a draw of scenes costs one cumulative sum.

    Parameters
    ----------
    x, y
        (point,); of more than `MOST_POINTS` every n-th, scene after scene.
    of
        (point,) number of the scene.
    """

    def __init__(self, x: Floats, y: Floats, of: NDArray[np.intp]) -> None:
        thin = np.argsort(of, kind="stable")[:: max(1, -(-len(x) // MOST_POINTS))]
        self.x, self.y, self.of = x[thin], y[thin], of[thin]
        i, j = np.tril_indices(len(thin), -1)
        apart = self.x[i] != self.x[j]
        i, j = i[apart], j[apart]
        slopes = (self.y[i] - self.y[j]) / (self.x[i] - self.x[j])
        order = np.argsort(slopes)
        self.slopes, self.i, self.j = slopes[order], i[order], j[order]

    def line(self, weights: Floats) -> tuple[Floats, Floats]:
        """Gain and offset for each row of weights (draw, scene).

        Examples
        --------
        >>> x = np.array([0.0, 1.0, 2.0, 3.0])
        >>> PairedSlopes(x, 2.0 * x + 1.0, np.arange(4)).line(np.ones((1, 4)))
        (array([2.]), array([1.]))
        """
        gain, offset = np.full(len(weights), np.nan), np.full(len(weights), np.nan)
        for k, weight in enumerate(weights):
            point = weight[self.of]
            pair = point[self.i] * point[self.j]
            if np.count_nonzero(pair) < 3:
                continue
            gain[k] = weighted_median(self.slopes, pair)
            rest = self.y - gain[k] * self.x
            order = np.argsort(rest)
            offset[k] = weighted_median(rest[order], point[order])
        return gain, offset


def weighted_median(ascending: Floats, weight: Floats) -> float:
    """Median of values that each stand `weight` (whole numbers) times.

    Examples
    --------
    >>> weighted_median(np.array([1.0, 2.0, 7.0]), np.array([1.0, 1.0, 2.0]))
    4.5
    """
    reached = np.cumsum(weight)
    half = 0.5 * reached[-1]
    low = np.searchsorted(reached, half, side="left")
    high = np.searchsorted(reached, half, side="right")
    return float(0.5 * (ascending[low] + ascending[min(high, len(ascending) - 1)]))
