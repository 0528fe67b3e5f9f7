"""What a reprocessing did: the same looks under two parameter sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import Estimator, fit_model
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.compute.drift.verdicts import EFFECTIVE, NOT_DECIDABLE, NOT_EFFECTIVE
from venus_analysis.errors import InputError


@dataclass(frozen=True)
class Reprocessing:
    """Drifts are relative per year; arrays shaped like the leading axes.

    Attributes
    ----------
    drift_before, drift_after
        Under the old and the new parameters.
    drift_change, level_change
        Of new / old on the same looks: the scene cancels, so that these are known
        far better than either drift. The level is that of the middle of the dates.
    verdict, sentence
        As in `venus_analysis.compute.drift.updates`.
    """

    drift_before: Interval
    drift_after: Interval
    drift_change: Interval
    level_change: Interval
    verdict: NDArray[np.object_]
    sentence: NDArray[np.object_]


def judge_reprocessing(
    time: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    *,
    relative_uncertainty: ArrayLike | None = None,
    regressors: Mapping[str, ArrayLike] | None = None,
    estimator: Estimator = "huber",
    confidence: float = 0.95,
) -> Reprocessing:
    """Judge whether new parameters removed a drift, on looks processed with both.

    Each of ln(before), ln(after) is fitted with a line and the regressors,
    ln(after / before) with a line alone. What is asked of the new parameters is
    to take the old drift away. They are

    - effective, when the old drift is seen (its interval excludes 0), the change
      is seen and opposes it, and the new drift's interval holds 0;
    - not effective, when a drift is seen under the new parameters, and either one
      was seen before or the change made it;
    - not decidable otherwise: no drift was seen that could be removed.

    Compare on common looks only: two sets of dates differ in drift by several
    0.01 % per year through the site alone.

    Parameters
    ----------
    time
        (look,) UTC.
    before, after
        (..., look) ratio or reflectance of the same looks; NaN in either leaves
        the look out of both.
    relative_uncertainty, regressors, estimator, confidence
        As for `judge_updates`.

    Returns
    -------
    Reprocessing

    Examples
    --------
    >>> dates = np.datetime64("2018-01-01") + 10 * np.arange(150)
    >>> site = 0.002 * np.random.default_rng(4).standard_normal(150)
    >>> old = 1.0 - 0.01 * np.arange(150) / 150 + site
    >>> judge_reprocessing(dates, old, 1.0 + site).verdict.item()
    'effective'
    """
    old, new = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if old.shape != new.shape:
        raise InputError(
            "after", f"the shape of before, {old.shape}", str(new.shape), "match the looks first"
        )
    both = (old > 0.0) & (new > 0.0)
    logs = [np.log(np.where(both, one, np.nan)) for one in (old, new)]
    found = []
    for value, terms in (
        (logs[0], regressors),
        (logs[1], regressors),
        (logs[1] - logs[0], None),
    ):
        series = prepare_series(time, value, relative_uncertainty, terms)
        found.append(
            intervals(fit_model(series, "linear", estimator=estimator), confidence=confidence)
        )
    drifts = [estimate["slope"] for estimate in found]
    level = found[2]["level"]
    level = Interval(
        np.expm1(level.value),
        level.standard_uncertainty,
        np.expm1(level.lower),
        np.expm1(level.upper),
    )
    shape = drifts[0].value.shape
    verdict, sentence = np.empty(shape, object), np.empty(shape, object)
    for index in np.ndindex(shape):
        said = _verdict(*(_sign(drift, index) for drift in drifts))
        verdict[index] = said
        sentence[index] = (
            f"{said.capitalize()}: drift {_text(drifts[0], index)} before, "
            f"{_text(drifts[1], index)} after, changed by {_text(drifts[2], index)} per year."
        )
    return Reprocessing(drifts[0], drifts[1], drifts[2], level, verdict, sentence)


def _verdict(before: int | None, after: int | None, change: int | None) -> str:
    if before is None or after is None or change is None:
        return NOT_DECIDABLE
    if before and change == -before and not after:
        return EFFECTIVE
    if after and (before or change == after):
        return NOT_EFFECTIVE
    return NOT_DECIDABLE


def _sign(interval: Interval, index: tuple[int, ...]) -> int | None:
    """Sign of what is seen, 0 when the interval holds 0, None when there is none."""
    low, high = interval.lower[index], interval.upper[index]
    if not np.isfinite(low + high):
        return None
    return int(low > 0.0) - int(high < 0.0)


def _text(interval: Interval, index: tuple[int, ...]) -> str:
    value, low, high = (one[index] for one in (interval.value, interval.lower, interval.upper))
    return f"{value:+.3%} [{low:+.3%}, {high:+.3%}]"
