"""Which model of drift fits best, and whether any fits at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.autocorrelation import ar1_correlation
from venus_analysis.compute.drift.estimators import HUBER_TUNING, least_squares
from venus_analysis.compute.drift.lack_of_fit import lack_of_fit
from venus_analysis.compute.drift.models import Estimator, Fit, fit_model
from venus_analysis.compute.drift.series import Floats, Series

NONE_FITS: Final = "none of these models fits"


@dataclass(frozen=True)
class Choice:
    """Models compared on each series.

    Attributes
    ----------
    fits
        One per model asked for, in that order.
    aicc
        (model, series) corrected Akaike criterion; inf where a model was not fitted.
    misfit_probability
        (model, series) of `lack_of_fit`; NaN where it cannot be told.
    best
        (series,) model name, `NONE_FITS`, or empty where nothing could be fitted.
    sentences
        (series,).
    """

    fits: tuple[Fit, ...]
    aicc: Floats
    misfit_probability: Floats
    best: tuple[str, ...]
    sentences: tuple[str, ...]


def choose_model(
    series: Series,
    models: Sequence[str] = ("constant", "linear", "exponential"),
    *,
    break_times: ArrayLike = (),
    estimator: Estimator = "weighted",
    tuning: float = HUBER_TUNING,
    misfit_level: float = 0.01,
) -> Choice:
    """Fit several models and choose by AICc among those that fit.

    AICc = n ln(SS/n) + 2 K + 2 K (K + 1)/(n - K - 1), with K the parameters and
    the scatter. SS is the generalised sum of squares under one AR(1) correlation
    for all models, the one left by the model with the smallest: else a curve that
    a poor model misses would pass for correlated noise. Huber: rows are weighted
    as that model weights them. A model whose `lack_of_fit` is below
    `misfit_level` does not fit; when all are, `NONE_FITS` is the answer.

    Parameters
    ----------
    series
        From `prepare_series`.
    models
        Names for `fit_model`.
    break_times, estimator, tuning
        As for `fit_model`.
    misfit_level
        Probability below which a model is said not to fit.

    Returns
    -------
    Choice

    References
    ----------
    Hurvich & Tsai (1989), doi:10.1093/biomet/76.2.297.

    Examples
    --------
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> years = np.arange(150) / 30.0
    >>> noise = 0.003 * np.random.default_rng(1).standard_normal(150)
    >>> dates = np.datetime64("2018-01-01T00:00:00") + (years * 3e7).astype(int)
    >>> choose_model(prepare_series(dates, 1 - 0.01 * years + noise)).best
    ('linear',)
    >>> choose_model(prepare_series(dates, 1 + 0.05 * np.sin(2 * years) + noise)).best
    ('none of these models fits',)
    """
    fits = tuple(
        fit_model(series, name, break_times=break_times, estimator=estimator, tuning=tuning)
        for name in models
    )
    tests = np.stack([lack_of_fit(fit) for fit in fits])
    criterion = _aicc(series, fits)
    possible = np.isfinite(criterion)
    passing = possible & ~(tests < misfit_level)
    best, sentences = [], []
    for k in range(len(series.count)):
        if not possible[:, k].any():
            best.append("")
            sentences.append(next((fit.reasons[k] for fit in fits if fit.reasons[k]), ""))
        elif not passing[:, k].any():
            best.append(NONE_FITS)
            largest = np.nanmax(tests[possible[:, k], k])
            sentences.append(
                f"None of these models fits ({', '.join(models)}): the residuals of each still "
                f"vary slowly with time (probability of chance at most {largest:.2g})."
            )
        else:
            first = int(np.where(passing[:, k], criterion[:, k], np.inf).argmin())
            best.append(models[first])
            sentences.append(_sentence(models, criterion[:, k], passing[:, k], tests[first, k]))
    return Choice(fits, criterion, tests, tuple(best), tuple(sentences))


def _sentence(
    models: Sequence[str], criterion: Floats, passing: NDArray[np.bool_], probability: float
) -> str:
    order = np.argsort(np.where(passing, criterion, np.inf), kind="stable")
    tested = (
        f"its residuals pass the test of fit (probability {probability:.2g})"
        if np.isfinite(probability)
        else "too few looks to test its fit"
    )
    if passing.sum() < 2:
        lost = [name for name, one in zip(models, criterion, strict=True) if not np.isfinite(one)]
        rest = f"these looks cannot tell of {', '.join(lost)}; " if lost else ""
        return f"Only {models[order[0]]} fits; {rest}{tested}."
    ahead = criterion[order[1]] - criterion[order[0]]
    return (
        f"{models[order[0]]} is chosen, AICc lower by {ahead:.1f} than {models[order[1]]}; "
        f"{tested}."
    )


def _aicc(series: Series, fits: tuple[Fit, ...]) -> Floats:
    squares = np.stack([(fit.linear.pseudo_residual**2).sum(axis=1) for fit in fits])
    fitted = np.stack([fit.good for fit in fits])
    left = series.count - np.array([[len(fit.names)] for fit in fits])
    scatter = np.where(fitted, squares / np.maximum(left, 1), np.inf)
    reference = scatter.argmin(axis=0)
    every = np.arange(len(series.count))
    correlations = np.stack(
        [
            ar1_correlation(fit.linear.pseudo_residual, fit.linear.basis, series.count)
            for fit in fits
        ]
    )
    correlation = correlations[reference, every]
    weight = np.stack([_row_weight(fit) for fit in fits])[reference, every]
    sums = np.stack([_generalised_squares(fit, correlation, weight) for fit in fits])
    n = series.count.astype(np.float64)
    k = np.array([[len(fit.names) + 1.0] for fit in fits])
    room = n - k - 1.0
    size = 1e-30 + (1e-12 * np.abs(series.value).max(axis=1)) ** 2
    value = n * np.log(sums / np.maximum(n, 1.0) + size) + 2.0 * k
    value = value + 2.0 * k * (k + 1.0) / np.where(room > 0.0, room, 1.0)
    return np.where(fitted & (room > 0.0), value, np.inf)


def _row_weight(fit: Fit) -> Floats:
    """Square root of the robust weights; 1 for least squares."""
    if fit.estimator != "huber":
        return np.ones_like(fit.series.value)
    residual, pseudo = fit.linear.residual, fit.linear.pseudo_residual
    share = np.abs(pseudo) / np.where(residual == 0.0, 1.0, np.abs(residual))
    largest = np.where(fit.series.valid, share, 0.0).max(axis=1, keepdims=True)
    relative = np.where(residual == 0.0, 1.0, share / np.where(largest > 0.0, largest, 1.0))
    return np.asarray(np.sqrt(relative))


def _generalised_squares(fit: Fit, correlation: Floats, weight: Floats) -> Floats:
    """Smallest sum of squares of the whitened rows (Prais–Winsten)."""
    design = np.matmul(fit.linear.basis, fit.linear.triangle) * weight[..., None]
    residual = fit.linear.residual * weight
    rows = np.concatenate([design, residual[..., None]], axis=-1)
    white = rows.copy()
    white[:, 1:] -= correlation[:, None, None] * rows[:, :-1]
    white[:, 0] *= np.sqrt(1.0 - correlation**2)[:, None]
    white *= fit.series.valid[..., None]
    again = least_squares(white[..., :-1], white[..., -1], looks=fit.series.count)
    return np.asarray((again.residual**2).sum(axis=1))
