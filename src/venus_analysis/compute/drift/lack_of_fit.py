"""Does a model fit at all: the test that can say no."""

from __future__ import annotations

from typing import Final

import numpy as np

from venus_analysis.compute.drift.autocorrelation import ar1_correlation, correlated_products
from venus_analysis.compute.drift.estimators import LinearFit, least_squares
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.series import Floats

MOST_WAVES: Final = 6


def lack_of_fit(fit: Fit) -> Floats:
    """Probability that the slow variation left in the residuals is chance.

    Cosines of 1 to at most 6 half waves over the series are added to the model. A
    Wald test of their amplitudes, with the AR(1) covariance and correlation of the
    enlarged model (which noise alone is left to), gives an F probability.
    It sees what is slower than about a third of the span, no seasons. On AR(1) noise
    with r = 0.45 it falls below 0.01 in 2 to 3 % of series of 40 to 80 looks instead
    of 1 % (6 % for r = 0.7, N = 40).

    Parameters
    ----------
    fit
        From `fit_model`.

    Returns
    -------
    ndarray
        (series,); NaN with fewer than 4 degrees of freedom left, or where the
        fit is NaN.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> years = np.arange(100) / 20.0
    >>> dates = np.datetime64("2018-01-01T00:00:00") + (years * 3e7).astype(int)
    >>> noise = 0.003 * np.random.default_rng(1).standard_normal(100)
    >>> bent = fit_model(prepare_series(dates, 1 + 0.01 * (years - 2) ** 2 + noise), "linear")
    >>> bool(lack_of_fit(bent)[0] < 0.001)
    True
    """
    # as many waves as the series itself bears, whatever others are fitted beside it
    waves = np.clip(fit.series.count // 10, 2, MOST_WAVES)
    found = np.full(waves.shape, np.nan)
    for number in np.unique(waves):
        found = np.where(waves == number, _probability(fit, int(number)), found)
    return found


def _probability(fit: Fit, waves: int) -> Floats:
    """Probability of so many half waves in each series, (series,)."""
    from scipy.special import fdtrc

    series, parameters = fit.series, len(fit.names)
    large = _enlarged(fit, waves)
    correlation = ar1_correlation(large.residual, large.basis, series.count)
    inner = correlated_products(large.basis, correlation)
    left = np.maximum(series.count - np.einsum("spp->s", inner), 1.0)
    variance = (large.residual**2).sum(axis=1) / left
    # The enlarged columns come last, so their part of the basis is orthogonal to the model.
    added = np.einsum("snp,sn->sp", large.basis, _rows(fit)[1])[:, parameters:]
    spread = inner[:, parameters:, parameters:]
    unit = np.eye(waves)
    spread = np.where(large.solved[:, None, None], spread, unit)
    wald = np.einsum("sp,sp->s", added, np.linalg.solve(spread, added[..., None])[..., 0])
    freedom = series.count - float(parameters + waves)
    freedom = freedom * (1.0 - correlation**2) / (3.0 + correlation**2)
    usable = large.solved & (freedom >= 4.0) & fit.good
    ratio = wald / np.where(variance > 0.0, variance * waves, 1.0)
    found = fdtrc(waves, np.where(usable, freedom, 1.0), np.where(usable, ratio, 0.0))
    exact = variance <= (1e-12 * np.abs(series.value).max(axis=1)) ** 2
    return np.asarray(np.where(usable, np.where(exact, 1.0, found), np.nan))


def _rows(fit: Fit) -> tuple[Floats, Floats]:
    """Design and residual divided by relative uncertainty; for Huber the pseudo-residual."""
    design = np.matmul(fit.linear.basis, fit.linear.triangle)
    return design, fit.linear.pseudo_residual


def _enlarged(fit: Fit, waves: int) -> LinearFit:
    series = fit.series
    last = np.maximum(series.count - 1, 0)[:, None]
    first = series.years[:, :1]
    span = np.take_along_axis(series.years, last, axis=1) - first
    phase = (series.years - first) / np.where(span > 0.0, span, 1.0)
    cosines = np.cos(np.pi * phase[..., None] * np.arange(1, waves + 1))
    design, residual = _rows(fit)
    wide = np.concatenate([design, cosines * series.weight[..., None]], axis=-1)
    return least_squares(wide, residual, looks=series.count)
