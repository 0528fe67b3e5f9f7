"""The exponential model: its columns and the search for its time constant."""

from __future__ import annotations

from typing import Final

import numpy as np

from venus_analysis.compute.drift.estimators import least_squares
from venus_analysis.compute.drift.series import Floats, Series

# Beyond three times the span an exponential cannot be told from a parabola.
_SHORTEST, _LONGEST, _GRID = 1.0 / 50.0, 3.0, 25
_REFINEMENTS: Final = 4


def exponential_columns(years: Floats, first: Floats, tau: Floats, change: Floats) -> Floats:
    """Give the derivatives of ``start + change (1 - exp(-(t - t_first)/tau))`` by its parameters.

    Parameters
    ----------
    years
        (series, look) t.
    first
        (series, 1) t_first.
    tau, change
        (series,).

    Returns
    -------
    ndarray
        (series, look, 3): by start, by change, by tau.

    Examples
    --------
    >>> one = np.ones(1)
    >>> exponential_columns(np.array([[0.0]]), np.zeros((1, 1)), one, one)
    array([[[ 1.,  0., -0.]]])
    """
    age = (years - first) / tau[:, None]
    decay = np.exp(-np.maximum(age, -50.0))
    return np.stack(
        [np.ones_like(decay), 1.0 - decay, -change[:, None] * age / tau[:, None] * decay], axis=-1
    )


def time_constant(series: Series) -> Floats:
    """Time constant, in years, with the smallest sum of squares.

    Searched between 1/50 and 3 times the span on a grid of logarithms, refined
    four times; a value at an end means that the series does not bound it. Weighted
    least squares whatever the estimator of the other parameters.

    Parameters
    ----------
    series
        Its regressors take part.

    Returns
    -------
    ndarray
        (series,), years.

    Examples
    --------
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> days = np.arange(0, 2000, 20)
    >>> value = 1.0 - 0.02 * (1.0 - np.exp(-days / 365.25))
    >>> series = prepare_series(np.datetime64("2018-01-01") + days, value)
    >>> time_constant(series).round(3)
    array([1.])
    """
    last = np.maximum(series.count - 1, 0)[:, None]
    span = (np.take_along_axis(series.years, last, axis=1) - series.years[:, :1])[:, 0]
    span = np.where(span > 0.0, span, 1.0)
    low, high = np.log(span * _SHORTEST), np.log(span * _LONGEST)
    bottom, top = low, high
    for _ in range(_REFINEMENTS + 1):
        grid = np.linspace(bottom, top, _GRID, axis=1)
        squares = _squares(series, np.exp(grid))
        best = np.take_along_axis(grid, squares.argmin(axis=1)[:, None], axis=1)[:, 0]
        width = (top - bottom) / (_GRID - 1)
        bottom, top = np.maximum(best - width, low), np.minimum(best + width, high)
    return np.asarray(np.exp(best))


def _squares(series: Series, tau: Floats) -> Floats:
    """Sum of squares of each series at each of its time constants, both (series, constant)."""

    def again(given: Floats) -> Floats:
        return np.repeat(given, tau.shape[1], axis=0)

    years, weight = again(series.years), again(series.weight)
    columns = exponential_columns(years, years[:, :1], tau.ravel(), np.zeros(tau.size))
    extra = [again(given)[..., None] for given in series.regressors.values()]
    rows = np.concatenate([columns[..., :2], *extra], axis=-1) * weight[..., None]
    found = least_squares(
        rows, again(series.value) * weight, looks=np.repeat(series.count, tau.shape[1])
    )
    return np.asarray((found.residual**2).sum(axis=1)).reshape(tau.shape)
