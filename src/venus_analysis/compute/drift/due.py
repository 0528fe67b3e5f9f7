"""Is a parameter update due, and which Ak it would carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.dates import DAYS_PER_YEAR, utc_dates
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.intervals import predicted
from venus_analysis.compute.drift.models import Fit
from venus_analysis.errors import InputError

DUE: Final = "due"
NOT_DUE: Final = "not due"
NOT_DECIDABLE: Final = "not decidable"
_SAID: Final = {
    DUE: "An update is due",
    NOT_DUE: "An update is not due",
    NOT_DECIDABLE: "Whether an update is due is not decidable",
}


@dataclass(frozen=True)
class DueUpdate:
    """Arrays shaped like the leading axes of the series.

    Attributes
    ----------
    departure
        Predicted ratio / target - 1 at the date asked for.
    absolute_gain
        Ak that would restore the target then, with its interval.
    verdict
        `DUE`, `NOT_DUE` or `NOT_DECIDABLE`.
    due_on
        Date at which the model's departure reaches the criterion: the date asked
        for when it already has, NaT beyond the horizon.
    sentence
        In words.
    """

    departure: Interval
    absolute_gain: Interval
    verdict: NDArray[np.object_]
    due_on: NDArray[np.datetime64]
    sentence: NDArray[np.object_]


def update_due(
    fit: Fit,
    when: Any,
    absolute_gain: ArrayLike,
    *,
    target: ArrayLike = 1.0,
    criterion: float = 0.01,
    further_uncertainty: ArrayLike = 0.0,
    confidence: float = 0.95,
    horizon_years: float = 3.0,
) -> DueUpdate:
    """Tell whether the ratio has left its target by more than a criterion.

    With d the departure and U its half width: due if |d| - U > criterion, not due
    if |d| + U <= criterion, else not decidable. The Ak that restores the target
    is Ak_new = Ak ratio / target.

    Parameters
    ----------
    fit
        Of measured / modelled **re-based to the Ak in force** (no logarithm), any
        model; the regressors' effect is taken at their mean.
    when
        UTC date to judge at, usually now; the model is extrapolated to it.
    absolute_gain
        Ak in force, shaped like the leading axes.
    target
        Ratio to restore. 1 takes the method's absolute level for true, which for
        the Moon is 5 to 10 % uncertain: give the ratio at a reference epoch to
        correct drift alone.
    criterion
        Relative departure that calls for an update.
    further_uncertainty
        Relative standard uncertainty beyond the scatter of the series.
    confidence
        Probability of the intervals.
    horizon_years
        How far ahead the date is searched.

    Returns
    -------
    DueUpdate

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 15 * np.arange(80)
    >>> noise = 0.001 * np.random.default_rng(4).standard_normal(80)
    >>> ratio = 1.0 - 0.02 * np.arange(80) / 80 + noise
    >>> fit = fit_model(prepare_series(dates, ratio), "linear")
    >>> found = update_due(fit, np.datetime64("2021-06-01"), 2.0)
    >>> found.verdict.item(), round(float(found.absolute_gain.value), 2)
    ('due', 1.96)
    """
    gain, aim = np.asarray(absolute_gain, np.float64), np.asarray(target, np.float64)
    if not ((gain > 0.0).all() and (aim > 0.0).all() and criterion > 0.0):
        raise InputError(
            "absolute_gain, target, criterion", "numbers above 0", "others", "correct them"
        )
    date = utc_dates(np.array([when]))
    estimate = predicted(fit, date, confidence)
    relative = np.asarray(further_uncertainty, np.float64)[..., None] * estimate.value
    name = estimate.names[0]
    ratio = estimate.widened(**{name: relative[..., 0]})[name]
    departure = _scaled(ratio, 1.0 / aim, -1.0)
    size = np.abs(departure.value)
    width = 0.5 * (departure.upper - departure.lower)
    verdict = np.full(size.shape, NOT_DECIDABLE, object)
    verdict[size - width > criterion] = DUE
    verdict[size + width <= criterion] = NOT_DUE
    due_on = _date_reached(fit, date[0], aim, criterion, horizon_years)
    new = _scaled(ratio, gain / aim, 0.0)
    sentence = np.full(size.shape, "", object)
    reasons = np.array(fit.reasons, object).reshape(size.shape)
    for index in np.ndindex(size.shape):
        sentence[index] = reasons[index] or (
            f"{_SAID[str(verdict[index])]}: the ratio departs by {departure.value[index]:+.2%} "
            f"[{departure.lower[index]:+.2%}, {departure.upper[index]:+.2%}] from its target, "
            f"criterion {criterion:.2%}; Ak {new.value[index]:.5g} ± "
            f"{new.standard_uncertainty[index]:.2g} (k = 1) would restore it."
        )
    return DueUpdate(departure, new, verdict, due_on, sentence)


def _scaled(given: Interval, factor: NDArray[np.float64] | float, shift: float) -> Interval:
    return Interval(
        given.value * factor + shift,
        given.standard_uncertainty * factor,
        given.lower * factor + shift,
        given.upper * factor + shift,
    )


def _date_reached(
    fit: Fit, start: np.datetime64, target: NDArray[np.float64], criterion: float, horizon: float
) -> NDArray[np.datetime64]:
    """First day on which the model's departure is beyond the criterion."""
    days = np.arange(int(horizon * DAYS_PER_YEAR) + 1)
    ahead = start + days.astype("timedelta64[D]")
    departure = np.abs(fit.predict(ahead) / target[..., None] - 1.0)
    beyond = departure > criterion
    first = ahead[beyond.argmax(axis=-1)].astype("datetime64[D]")
    return np.where(beyond.any(axis=-1), first, np.datetime64("NaT"))
