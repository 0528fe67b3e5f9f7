"""Noise and covariance of fitted parameters when consecutive residuals are correlated."""

from __future__ import annotations

import numpy as np

from venus_analysis.compute.drift.autocorrelation import (
    Correction,
    ar1_correlation,
    correlated_products,
)
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.series import Floats


def residual_correlation(fit: Fit, correction: Correction | None) -> Floats:
    """Correlation r of consecutive residuals, (series,); 0 when `correction` is None.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(100)
    >>> slow_wave = np.sin(np.arange(100) / 16.0)
    >>> fit = fit_model(prepare_series(dates, slow_wave), "constant")
    >>> residual_correlation(fit, "design") > 0.9, residual_correlation(fit, None)
    (array([ True]), array([0.]))
    """
    looks = fit.series.count
    if correction is None:
        return np.zeros(len(looks))
    return ar1_correlation(fit.linear.pseudo_residual, fit.linear.basis, looks, correction)


def covariance_of(fit: Fit, correlation: Floats, correlated: bool = True) -> tuple[Floats, Floats]:
    """Covariance (series, parameter, parameter) and degrees of freedom (series,).

    NaN for a series that could not be fitted. `correlated` says that r was
    estimated, even if as 0. See `intervals.intervals` for the formulas.

    Examples
    --------
    Of the mean of 4 looks, white: s²/4 with s² = 9/3, and 3 degrees of freedom.

    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(4)
    >>> fit = fit_model(prepare_series(dates, [0.0, 3.0, 0.0, 3.0]), "constant")
    >>> covariance, freedom = covariance_of(fit, np.zeros(1), correlated=False)
    >>> covariance.round(9), freedom
    (array([[[0.75]]]), array([3.]))
    """
    linear, looks = fit.linear, fit.series.count
    parameters = len(fit.names)
    good = fit.good
    inner = correlated_products(linear.basis, correlation)
    variance = noise_variance(fit, inner)
    safe = np.where(good[:, None, None], linear.triangle, np.eye(parameters))
    half = np.linalg.solve(safe, inner)
    outer = np.linalg.solve(safe, half.transpose(0, 2, 1)) * variance[:, None, None]
    effective: Floats = looks - np.float64(parameters)
    if correlated:
        effective = effective * (1.0 - correlation**2) / (3.0 + correlation**2)
    freedom = np.where(good, np.maximum(effective, 1.0), np.nan)
    return np.where(good[:, None, None], outer, np.nan), freedom


def noise_variance(fit: Fit, inner: Floats) -> Floats:
    """s² = e'e / (N - trace Q' C Q), (series,), of residuals divided by relative weights.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(4)
    >>> fit = fit_model(prepare_series(dates, [0.0, 3.0, 0.0, 3.0]), "constant")
    >>> noise_variance(fit, np.ones((1, 1, 1))).round(9)  # 9 / (4 - 1)
    array([3.])
    """
    lost = np.einsum("spp->s", inner)
    left = np.maximum(fit.series.count - lost, 1.0)
    return np.asarray((fit.linear.pseudo_residual**2).sum(axis=1) / left)
