"""Fit one model of drift to many series at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.design import (
    STEPPED,
    model_columns,
    model_names,
    segment_counts,
)
from venus_analysis.compute.drift.estimators import HUBER_TUNING, LinearFit, huber, least_squares
from venus_analysis.compute.drift.exponential import exponential_columns, time_constant
from venus_analysis.compute.drift.series import FEWEST_LOOKS, Floats, Series
from venus_analysis.errors import InputError

Estimator = Literal["weighted", "huber"]

ESTIMATORS: Final = ("weighted", "huber")


@dataclass(frozen=True)
class Fit:
    """A model fitted to every series of a `Series`.

    Attributes
    ----------
    model, estimator
        As asked for.
    names
        Of the parameters, regressors last.
    series
        What was fitted.
    break_years
        Known steps, years since the series' epoch.
    linear
        The estimate on rows divided by their uncertainty; for the exponential
        model its columns are the derivatives by the parameters.
    coefficients
        (series, parameter); NaN where `reasons` says why.
    fitted
        (series, look), padded with 0.
    reasons
        A sentence for each series that could not be fitted, else empty.
    """

    model: str
    estimator: str
    names: tuple[str, ...]
    series: Series
    break_years: Floats
    linear: LinearFit
    coefficients: Floats
    fitted: Floats
    reasons: tuple[str, ...]

    @property
    def good(self) -> NDArray[np.bool_]:
        """(series,) True where the model could be fitted."""
        return np.array([not reason for reason in self.reasons], np.bool_)

    def __getitem__(self, name: str) -> Floats:
        """Values of one parameter, shaped like the leading axes of the input."""
        if name not in self.names:
            raise InputError("parameter", f"one of {', '.join(self.names)}", repr(name), "choose")
        return np.asarray(self.coefficients[:, self.names.index(name)].reshape(self.series.lead))

    def columns(self, time: ArrayLike) -> Floats:
        """Columns of the model at UTC dates, regressors at their mean: (series, date, parameter).

        For the exponential model these are the derivatives by its parameters.
        """
        years = np.broadcast_to(
            np.atleast_1d(self.series.years_of(time)),
            (len(self.series.count), np.size(time)),
        )
        count = len(self.series.regressors)
        if self.model == "exponential":
            own = exponential_columns(
                years, self.series.years[:, :1], self.coefficients[:, 2], self.coefficients[:, 1]
            )
        else:
            own = model_columns(self.model, years, self.break_years)
        return np.concatenate([own, np.zeros((*own.shape[:2], count))], axis=-1)

    def predict(self, time: ArrayLike) -> Floats:
        """Model at UTC dates with all regressors at their mean, (..., date)."""
        columns = self.columns(time)
        if self.model == "exponential":
            columns[..., 2] = 0.0
        found = np.einsum("snp,sp->sn", columns, self.coefficients)
        return np.asarray(found.reshape(*self.series.lead, -1))


def fit_model(
    series: Series,
    model: str,
    *,
    break_times: ArrayLike = (),
    estimator: Estimator = "weighted",
    tuning: float = HUBER_TUNING,
) -> Fit:
    """Fit a model of drift.

    ======================  ====================================================
    ``constant``            level
    ``linear``              level + slope t
    ``exponential``         start + change (1 - exp(-(t - t_first) / time constant))
    ``ageing``              level + slope t, and a loss that slows down
    ``step``                level, and a discontinuity at each known date
    ``step_linear``         the same with one slope throughout
    ``step_slopes``         the same with a slope of its own in each segment
    ``step_ageing``         the discontinuities, and ageing throughout
    ======================  ====================================================

    t is in years since the series' epoch, where `level` holds; slopes are per
    year; every regressor of the series adds a term. See `model_columns`.

    Parameters
    ----------
    series
        From `prepare_series`; weights are 1 / uncertainty².
    model
        One of the names above.
    break_times
        UTC dates of the known steps; ignored by models without steps.
    estimator
        ``weighted`` least squares or ``huber``.
    tuning
        Huber's constant, in units of the scatter.

    Returns
    -------
    Fit
        A series that cannot carry the model gets NaN and a sentence: fewer
        than 3 looks, too few different dates, no look before or after a step.

    Raises
    ------
    InputError
        An unknown model or estimator, break times that are equal or missing.

    Examples
    --------
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> ratio = np.where(dates < np.datetime64("2020-06-01"), 0.99, 1.0)
    >>> fit = fit_model(prepare_series(dates, ratio), "step", break_times=["2020-06-01"])
    >>> round(float(fit["step_1"]), 6)
    0.01
    """
    breaks = _break_years(series, model, break_times)
    names = (*model_names(model, len(breaks)), *series.regressors)
    if len(set(names)) < len(names):
        raise InputError("regressors", "names unlike the model's", ", ".join(names), "rename")
    if estimator not in ESTIMATORS:
        raise InputError("estimator", "weighted or huber", repr(estimator), "choose one")
    if model == "exponential":
        tau = time_constant(series)
        own = exponential_columns(series.years, series.years[:, :1], tau, np.zeros_like(tau))
        own = own[..., :2]
    else:
        own = model_columns(model, series.years, breaks)
    design = np.concatenate([own, *(one[..., None] for one in series.regressors.values())], -1)
    linear = _solve(series, design, estimator, tuning)
    fitted = np.where(
        series.valid, np.einsum("snp,sp->sn", design, np.nan_to_num(linear.coefficients)), 0.0
    )
    if model == "exponential":
        linear = _with_time_constant(series, design, linear, tau)
    reasons = _reasons(series, model, names, breaks, linear)
    bad = np.array([bool(reason) for reason in reasons])
    coefficients = np.where(bad[:, None], np.nan, linear.coefficients)
    return Fit(
        model, estimator, names, series, breaks, linear, coefficients, fitted, tuple(reasons)
    )


def _break_years(series: Series, model: str, break_times: ArrayLike) -> Floats:
    if model not in STEPPED:
        return np.empty(0)
    given = np.asarray(break_times)
    if given.dtype.kind in "US":
        given = given.astype("datetime64[us]")
    years = np.sort(np.atleast_1d(series.years_of(given))) if given.size else np.empty(0)
    if np.isnan(years).any() or (np.diff(years) == 0.0).any():
        raise InputError(
            "break_times", "different dates", str(break_times), "give each update once"
        )
    return np.asarray(years)


def _solve(series: Series, design: Floats, estimator: str, tuning: float) -> LinearFit:
    weight = series.weight
    rows, target = design * weight[..., None], series.value * weight
    if estimator == "huber":
        return huber(rows, target, looks=series.count, tuning=tuning)
    return least_squares(rows, target, looks=series.count)


def _with_time_constant(
    series: Series, design: Floats, linear: LinearFit, tau: Floats
) -> LinearFit:
    """Add the time constant as a parameter, its column being the derivative by it."""
    change = np.where(linear.solved, linear.coefficients[:, 1], 0.0)
    third = exponential_columns(series.years, series.years[:, :1], tau, change)[..., 2:]
    wide = np.concatenate([design[..., :2], third, design[..., 2:]], axis=-1)
    tangent = least_squares(wide * series.weight[..., None], linear.residual, looks=series.count)
    found = np.insert(linear.coefficients, 2, tau, axis=1)
    return LinearFit(
        np.where(tangent.solved[:, None], found, np.nan),
        tangent.basis,
        tangent.triangle,
        linear.residual,
        linear.pseudo_residual,
        tangent.solved,
    )


def _reasons(
    series: Series, model: str, names: tuple[str, ...], breaks: Floats, linear: LinearFit
) -> list[str]:
    segments = segment_counts(series.years, series.valid, breaks)
    dates = series.date_of(breaks).astype("datetime64[D]")
    reasons = []
    for count, dated, solved in zip(series.count, segments, linear.solved, strict=True):
        empty = [k for k, number in enumerate(dated) if number == 0]
        if count < FEWEST_LOOKS:
            reason = f"{count} looks; at least {FEWEST_LOOKS} are needed."
        elif empty:
            k = empty[0]
            where = f"after {dates[k - 1]}" if k else f"before {dates[0]}"
            reason = f"No look {where}" + (
                f" and before {dates[k]}." if 0 < k < len(dates) else ": the step cannot be seen."
            )
        elif count <= len(names):
            reason = f"{count} looks for {len(names)} parameters; more looks are needed."
        elif not solved:
            reason = (
                f"The looks, on {dated.sum()} different dates, do not tell the parameters "
                f"{', '.join(names)} apart."
            )
        else:
            reason = ""
        reasons.append(reason)
    return reasons
