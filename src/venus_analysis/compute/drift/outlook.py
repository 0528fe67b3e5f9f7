"""How many more looks a step needs before it can be judged."""

from __future__ import annotations

from typing import Final

import numpy as np

from venus_analysis.compute.drift.autocorrelation import correlated_products
from venus_analysis.compute.drift.covariance import noise_variance, residual_correlation
from venus_analysis.compute.drift.design import model_columns
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.series import Floats

MOST_LOOKS: Final = 4096
PROBABILITY: Final = 0.9


def uncertainty_to_decide(
    seen: float,
    expected: float,
    confidence: float = 0.95,
    refusal_confidence: float = 0.99,
    probability: float = PROBABILITY,
) -> float:
    """Give the standard uncertainty at which a step is probably decided by `judge_updates`.

    The smaller of two: |expected| / (z_confidence + z_probability), which decides
    with `probability` if the update worked; and the one that decides if the
    estimate stays where it is, by excluding 0 or the expected step.

    Examples
    --------
    >>> round(uncertainty_to_decide(0.01, 0.01), 4)
    0.0031
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + 0.5 * confidence))
    z_refusal = float(ndtri(0.5 + 0.5 * refusal_confidence))
    powerful = abs(expected) / (z + float(ndtri(probability)))
    same_side = abs(seen) if seen * expected > 0.0 else 0.0
    return min(powerful, max(same_side / z, abs(seen - expected) / z_refusal))


def noise_of(fit: Fit) -> tuple[Floats, Floats]:
    """Correlation and variance of the residuals, (series,) each, for `looks_needed`.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(4)
    >>> fit = fit_model(prepare_series(dates, [0.0, 3.0, 0.0, 3.0]), "constant")
    >>> correlation, variance = noise_of(fit)
    >>> correlation, variance.round(9)  # a negative one counts as 0; 9 / (4 - 1)
    (array([0.]), array([3.]))
    """
    correlation = residual_correlation(fit, "design")
    inner = correlated_products(fit.linear.basis, correlation)
    return correlation, noise_variance(fit, inner)


def looks_needed(
    fit: Fit,
    noise: tuple[Floats, Floats],
    member: int,
    step: int,
    uncertainty: float,
    wander: float = 0.0,
) -> tuple[float, np.datetime64]:
    """Find how many looks at the present cadence bring a step's uncertainty down.

    The uncertainty is that of the same model with looks added after the last, at the
    median distance of the latest looks, with the noise and correlation of the fit.

    Parameters
    ----------
    fit
        Of a model with steps; regressors of future looks are taken at their mean,
        and their cost in precision is not counted.
    noise
        From `noise_of`.
    member
        Row of the series in the fit.
    step
        Number of the step, from 0.
    uncertainty
        Standard uncertainty (k = 1) wanted, from `uncertainty_to_decide`.
    wander
        Standard uncertainty that no number of looks removes.

    Returns
    -------
    tuple
        Number of looks, at least 1, and the date of the last of them; inf and NaT
        when 4096 looks do not do.

    Examples
    --------
    Four looks before a step and four after, white noise of variance 1: its variance
    is 1/4 + 1/(4 + more), at most 0.58² from 8 more on.

    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(8)
    >>> fit = fit_model(
    ...     prepare_series(dates, np.ones(8)), "step", break_times=["2018-04-15"]
    ... )
    >>> looks, date = looks_needed(fit, (np.zeros(1), np.ones(1)), 0, 0, 0.58)
    >>> looks, bool(date == dates[-1] + 8 * 30)
    (8.0, True)
    """
    never = np.inf, np.datetime64("NaT")
    if not uncertainty > wander:
        return never
    limit = float(np.sqrt(uncertainty**2 - wander**2))
    years = fit.series.years[member, : fit.series.count[member]]
    cadence = _cadence(years)
    own_noise = float(noise[0][member]), float(noise[1][member])

    def too_few(looks: int) -> bool:
        return _uncertainty(fit, member, step, looks, cadence, own_noise) > limit

    if not cadence > 0.0 or too_few(MOST_LOOKS):
        return never
    low, high = 0, 1
    while too_few(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if too_few(middle):
            low = middle
        else:
            high = middle
    return float(high), fit.series.date_of([years[-1] + high * cadence])[0]


def _cadence(years: Floats) -> float:
    """Median distance of the latest looks on different dates."""
    distance = np.diff(years)
    distance = distance[distance > 0.0][-20:]
    return float(np.median(distance)) if len(distance) else 0.0


def _uncertainty(
    fit: Fit, member: int, step: int, more: int, cadence: float, noise: tuple[float, float]
) -> float:
    series = fit.series
    count = int(series.count[member])
    years = series.years[member, :count]
    future = years[-1] + cadence * np.arange(1, more + 1)
    weight = series.weight[member, :count]
    rows = np.concatenate([weight, np.full(more, np.median(weight))])
    columns = model_columns(fit.model, np.concatenate([years, future]), fit.break_years)
    design = columns * rows[:, None]
    # Normal equations of scaled columns: thousands of rows make a QR fifty times slower.
    scale = np.sqrt((design**2).sum(axis=0))
    design = design / scale
    unit = np.zeros(columns.shape[1])
    position = columns.shape[1] - len(fit.break_years) + step
    unit[position] = 1.0 / scale[position]
    influence = design @ np.linalg.solve(design.T @ design, unit)
    correlation, variance = noise
    own = correlated_products(influence[None, :, None], np.array([correlation]))[0, 0, 0]
    return float(np.sqrt(variance * own))
