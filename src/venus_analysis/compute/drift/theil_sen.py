"""Theil–Sen slopes with Sen's own interval."""

from __future__ import annotations

import math

import numpy as np

from venus_analysis.compute.drift.estimate import Estimate
from venus_analysis.compute.drift.series import Floats, Series
from venus_analysis.errors import InputError


def theil_sen(
    series: Series, confidence: float = 0.95, correlation: float | Floats = 0.0
) -> Estimate:
    """Median of the slopes of all pairs of looks.

    The interval is the one of Sen: the slopes whose ranks lie
    ``z sqrt(var S)`` about the middle, with S Kendall's statistic and its
    variance corrected for equal dates. It takes looks as independent; with
    `correlation` r its variance is multiplied by (1 + r)/(1 - r). Up to 29 % of
    the looks may be anything. Uncertainties are not used. All slopes of n looks hold the
    true one with probability 1 - 2/n! at most: 2/3 for three, 0.92 for four, so that
    these have no interval of 95 %.

    Parameters
    ----------
    series
        Series; regressors are refused, remove their effect first.
    confidence
        Probability of the interval.
    correlation
        Correlation r of consecutive looks, one or one per series.

    Returns
    -------
    Estimate
        ``level`` (median of value - slope t; no interval) and ``slope`` per
        year; NaN for a series with fewer than 3 looks or 2 dates, its interval also
        where looks on so few dates have none.

    Raises
    ------
    InputError
        When the series carry regressors.

    References
    ----------
    Sen (1968), doi:10.1080/01621459.1968.10480934.

    Examples
    --------
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 73 * np.arange(20)
    >>> value = 1.0 - 0.002 * np.arange(20)
    >>> value[4] = 7.0
    >>> float(theil_sen(prepare_series(dates, value))["slope"].value.round(4))
    -0.01
    """
    if series.regressors:
        raise InputError(
            "series", "none of the regressors", ", ".join(series.regressors), "use huber instead"
        )
    widening = np.broadcast_to(correlation, series.count.shape)
    rows = [
        _one(years[:n], value[:n], confidence, float(r))
        for years, value, n, r in zip(
            series.years, series.value, series.count, widening, strict=True
        )
    ]
    level, slope, lower, upper, sigma = np.array(rows).T
    missing = np.full_like(slope, np.nan)
    shape = (*series.lead, 2)
    return Estimate(
        names=("level", "slope"),
        value=np.stack([level, slope], axis=-1).reshape(shape),
        standard_uncertainty=np.stack([missing, sigma], axis=-1).reshape(shape),
        lower=np.stack([missing, lower], axis=-1).reshape(shape),
        upper=np.stack([missing, upper], axis=-1).reshape(shape),
        coverage_factor=np.full((*series.lead, 1), _quantile(confidence)),
        degrees_of_freedom=np.full(series.lead, np.inf),
        correlation=np.array(widening, np.float64).reshape(series.lead),
        confidence=confidence,
        noise="Sen, independent looks" if not np.any(widening) else "Sen, widened for AR(1)",
    )


def _quantile(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + 0.5 * confidence))


def _one(
    years: Floats, value: Floats, confidence: float, correlation: float
) -> tuple[float, float, float, float, float]:
    n = len(years)
    later, earlier = np.tril_indices(n, -1)
    span = years[later] - years[earlier]
    slopes = (value[later] - value[earlier])[span > 0.0] / span[span > 0.0]
    if n < 3 or not len(slopes):
        return (np.nan,) * 5
    slopes.sort()
    slope = float(np.median(slopes))
    level = float(np.median(value - slope * years))
    _, ties = np.unique(years, return_counts=True)
    if confidence > 1.0 - 2.0 / math.factorial(len(ties)):
        return level, slope, np.nan, np.nan, np.nan
    tied = float((ties * (ties - 1.0) * (2.0 * ties + 5.0)).sum())
    variance = (n * (n - 1.0) * (2.0 * n + 5.0) - tied) / 18.0
    variance *= (1.0 + correlation) / (1.0 - correlation)
    z = _quantile(confidence)
    spread = z * np.sqrt(variance)
    position = np.arange(1, len(slopes) + 1)
    low, high = np.interp(
        [(len(slopes) - spread) / 2.0, (len(slopes) + spread) / 2.0 + 1.0], position, slopes
    )
    return level, slope, float(low), float(high), float(high - low) / (2.0 * z)
