"""Intervals of fitted parameters that honour correlated noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from venus_analysis.compute.drift.autocorrelation import Correction
from venus_analysis.compute.drift.covariance import covariance_of, residual_correlation
from venus_analysis.compute.drift.estimate import Estimate
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

Noise = Literal["ar1", "white"]


def intervals(
    fit: Fit,
    *,
    confidence: float = 0.95,
    noise: Noise = "ar1",
    correction: Correction = "design",
) -> Estimate:
    """Give standard uncertainties and t intervals of a fit's parameters.

    With A = QR the design divided by the uncertainties, e the residuals (Huber:
    pseudo-residuals) and C the AR(1) correlation matrix of their correlation r:

        var = s² R⁻¹ (Q' C Q) R⁻ᵀ,   s² = e'e / (N - trace Q' C Q),

    which for a parameter that varies slowly is the known inflation by
    (1 + r)/(1 - r), and for one that changes from look to look is not. Quantiles
    are Student's with (N - p)(1 - r²)/(3 + r²) degrees of freedom, at least 1:
    Satterthwaite's number for ln var with the variances of s² and of r,
    2/nu = 4/(N (1 - r²)) + 2 (1 + r²)/(N (1 - r²)). White noise: N - p.

    Parameters
    ----------
    fit
        From `fit_model`.
    confidence
        Probability of the intervals.
    noise
        ``ar1``, or ``white`` for comparison only: on AR(1) noise with r = 0.45
        white 95 % intervals cover 77 %.
    correction
        How r is freed of its bias, see `ar1_correlation`.

    Returns
    -------
    Estimate
        NaN where the fit is NaN. The scatter alone: widen it by what the series
        cannot show (`Estimate.widened`).

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> noise = 0.01 * np.random.default_rng(1).standard_normal(60)
    >>> fit = fit_model(prepare_series(dates, 1.0 + noise), "linear")
    >>> bool(intervals(fit)["slope"].contains(0.0))
    True
    """
    return intervals_at(fit, (confidence,), noise=noise, correction=correction)[0]


def intervals_at(
    fit: Fit,
    confidences: Sequence[float],
    *,
    noise: Noise = "ar1",
    correction: Correction = "design",
) -> tuple[Estimate, ...]:
    """Give the intervals of several probabilities, the covariance being computed once.

    Parameters
    ----------
    fit, noise, correction
        As for `intervals`.
    confidences
        Probabilities.

    Returns
    -------
    tuple of Estimate

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> noise = 0.01 * np.random.default_rng(1).standard_normal(60)
    >>> narrow, wide = intervals_at(
    ...     fit_model(prepare_series(dates, 1.0 + noise), "linear"), (0.95, 0.99)
    ... )
    >>> bool(narrow["slope"].upper < wide["slope"].upper)
    True
    """
    for confidence in confidences:
        check_confidence(confidence)
    if noise not in ("ar1", "white"):
        raise InputError("noise", "ar1 or white", repr(noise), "choose one")
    correlation = residual_correlation(fit, correction if noise == "ar1" else None)
    covariance, freedom = covariance_of(fit, correlation, noise == "ar1")
    sigma = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    factors = [t_quantile(confidence, freedom) for confidence in confidences]
    return tuple(
        estimate_of(
            fit,
            sigma,
            fit.coefficients - factor[:, None] * sigma,
            fit.coefficients + factor[:, None] * sigma,
            factor=factor,
            freedom=freedom,
            correlation=correlation,
            confidence=confidence,
            noise="AR(1), t quantiles" if noise == "ar1" else "white noise, t quantiles",
        )
        for confidence, factor in zip(confidences, factors, strict=True)
    )


def predicted(fit: Fit, time: np.ndarray, confidence: float = 0.95) -> Estimate:
    """Model at UTC dates with AR(1) intervals of the model (not of a single look).

    Parameters
    ----------
    fit
        From `fit_model`.
    time
        (date,) UTC; regressors are taken at their mean.
    confidence
        Probability of the intervals.

    Returns
    -------
    Estimate
        Its names are the dates in ISO form, to the second.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> fit = fit_model(prepare_series(dates, 1.0 + 0.001 * np.arange(60)), "linear")
    >>> predicted(fit, dates[-1:] + 30).value.round(9)
    array([1.06])
    """
    check_confidence(confidence)
    correlation = residual_correlation(fit, "design")
    covariance, freedom = covariance_of(fit, correlation)
    columns = fit.columns(time)
    sigma = np.sqrt(np.einsum("snp,spq,snq->sn", columns, covariance, columns))
    factor = t_quantile(confidence, freedom)
    value = fit.predict(time).reshape(sigma.shape)
    names = tuple(str(date) for date in np.atleast_1d(time).astype("datetime64[s]"))
    lead = fit.series.lead
    return Estimate(
        names=names,
        value=value.reshape(*lead, -1),
        standard_uncertainty=sigma.reshape(*lead, -1),
        lower=(value - factor[:, None] * sigma).reshape(*lead, -1),
        upper=(value + factor[:, None] * sigma).reshape(*lead, -1),
        coverage_factor=factor.reshape(*lead, 1),
        degrees_of_freedom=freedom.reshape(lead),
        correlation=correlation.reshape(lead),
        confidence=confidence,
        noise="AR(1), t quantiles",
    )


def t_quantile(confidence: float, freedom: Floats) -> Floats:
    """Two-sided Student quantile, (series,).

    Examples
    --------
    >>> t_quantile(0.95, np.array([1.0, np.inf])).round(2)  # Cauchy and normal
    array([12.71,  1.96])
    """
    from scipy.special import stdtrit

    return np.asarray(stdtrit(freedom, 0.5 + 0.5 * confidence))


def check_confidence(confidence: float) -> None:
    """Refuse a probability outside 0 to 1.

    Examples
    --------
    >>> check_confidence(95.0)
    Traceback (most recent call last):
    venus_analysis.errors.InputError: confidence: ...
    """
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "a number between 0 and 1", str(confidence), "such as 0.95")


def estimate_of(
    fit: Fit,
    sigma: Floats,
    lower: Floats,
    upper: Floats,
    *,
    factor: Floats,
    freedom: Floats,
    correlation: Floats,
    confidence: float,
    noise: str,
) -> Estimate:
    """Estimate in the shape of the input from (series, parameter) arrays.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(4)
    >>> fit = fit_model(prepare_series(dates, np.ones((2, 3, 4))), "constant")
    >>> one, six = np.ones((6, 1)), np.ones(6)
    >>> estimate_of(fit, one, 0.0 * one, 2.0 * one, factor=six, freedom=six, correlation=six,
    ...             confidence=0.5, noise="").value.shape
    (2, 3, 1)
    """
    lead = fit.series.lead
    return Estimate(
        names=fit.names,
        value=fit.coefficients.reshape(*lead, -1),
        standard_uncertainty=sigma.reshape(*lead, -1),
        lower=lower.reshape(*lead, -1),
        upper=upper.reshape(*lead, -1),
        coverage_factor=factor.reshape(*lead, 1),
        degrees_of_freedom=freedom.reshape(lead),
        correlation=correlation.reshape(lead),
        confidence=confidence,
        noise=noise,
    )
