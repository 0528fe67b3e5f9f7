"""What parameter updates did: drift before, step expected and seen, drift after, verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.dates import Dates, utc_dates
from venus_analysis.compute.drift.design import segment_counts
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.intervals import intervals_at
from venus_analysis.compute.drift.models import Estimator, Fit, fit_model
from venus_analysis.compute.drift.outlook import looks_needed, noise_of, uncertainty_to_decide
from venus_analysis.compute.drift.series import Floats, Series, prepare_series
from venus_analysis.compute.drift.verdicts import NOT_DECIDABLE, Judgement, Verdicts
from venus_analysis.errors import InputError

Slopes = Literal["own", "common"]


def expected_step(gain_before: ArrayLike, gain_after: ArrayLike) -> Floats:
    """Relative step of measured / modelled when Ak changes: Ak_before / Ak_after - 1.

    Radiance is equalised counts / Ak. A sensor that lost 1 % reads 0.99; the update
    to 0.99 Ak lifts the ratio by 1.01 %.

    Examples
    --------
    >>> float(expected_step(1.0, 0.99).round(5))
    0.0101
    """
    before, after = np.asarray(gain_before, np.float64), np.asarray(gain_after, np.float64)
    if not ((before > 0.0).all() and (after > 0.0).all()):
        raise InputError("gain", "Ak above 0", f"{before.min():g}, {after.min():g}", "correct them")
    return np.asarray(before / after - 1.0)


def judge_updates(
    time: ArrayLike,
    ratio: ArrayLike,
    relative_uncertainty: ArrayLike | None,
    update_time: ArrayLike,
    expected: ArrayLike,
    *,
    regressors: Mapping[str, ArrayLike] | None = None,
    estimator: Estimator = "huber",
    slopes: Slopes = "own",
    site_wander: float = 0.0,
    confidence: float = 0.95,
    refusal_confidence: float = 0.99,
) -> Judgement:
    """Judge every parameter update on every series.

    ln(ratio) is fitted with a step at each update and a slope in each segment
    (``slopes="common"``: one throughout, which halves the uncertainty of a step
    when the sensor's drift did not change). An update is

    - effective, when the `confidence` interval of the step excludes 0 on the
      expected side and its `refusal_confidence` interval holds the expected step;
    - not effective, when the `refusal_confidence` interval excludes the expected
      step: another step was seen, or none;
    - not decidable otherwise, and where a segment beside it is too thin: looks on
      fewer than 2 dates with own slopes. Looks of a thin segment are left out.

    The wider interval in the second rule keeps the rate of wrong refusals of
    updates that worked at 1 - `refusal_confidence`. An Ak that did not change
    can only be refused, by a step nobody expected.

    Parameters
    ----------
    time
        (look,) or (..., look), UTC.
    ratio
        (..., look) measured / modelled **as produced**, that is with the Ak in
        force at each look; not above 0 counts as no look.
    relative_uncertainty
        Standard, relative, random; as for `prepare_series`.
    update_time
        (update,) UTC; a look at that very time counts as after.
    expected
        (..., update) or (update,), from `expected_step`; NaN where an Ak is not known, which
        cannot be decided.
    regressors, estimator
        As for `prepare_series` and `fit_model`.
    slopes
        ``own`` or ``common``.
    site_wander
        Relative standard uncertainty (k = 1) of a step beyond the scatter; 0.003
        for a desert site.
    confidence, refusal_confidence
        See above.

    Returns
    -------
    Judgement

    Raises
    ------
    InputError
        See `prepare_series`; also equal update times.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-01") + 15 * np.arange(80)
    >>> noise = 0.002 * np.random.default_rng(4).standard_normal(80)
    >>> ratio = np.where(dates < np.datetime64("2019-09-01"), 0.98, 1.0) + noise
    >>> step = expected_step([1.0], [0.98])
    >>> judge_updates(dates, ratio, None, ["2019-09-01"], step).verdict
    array(['effective'], dtype=object)
    """
    if slopes not in ("own", "common"):
        raise InputError("slopes", "own or common", repr(slopes), "choose one")
    given = np.atleast_1d(np.asarray(ratio, np.float64))
    shape, lead = given.shape, given.shape[:-1]
    logs = np.log(np.where(given > 0.0, given, np.nan))
    updates = _update_times(update_time)
    wanted = np.broadcast_to(np.asarray(expected, np.float64), (*lead, len(updates)))
    verdicts = Verdicts(updates, wanted.reshape(-1, len(updates)))
    whole = prepare_series(time, logs, relative_uncertainty, regressors)
    looks = _Looks(
        np.broadcast_to(utc_dates(time), shape).reshape(-1, shape[-1]),
        logs.reshape(-1, shape[-1]),
        None if relative_uncertainty is None else _flat(relative_uncertainty, shape),
        {name: _flat(one, shape) for name, one in (regressors or {}).items()},
    )
    fewest = 2 if slopes == "own" else 1
    counts = segment_counts(whole.years, whole.valid, whole.years_of(updates))
    for pattern in np.unique(counts >= fewest, axis=0):
        members = np.flatnonzero(((counts >= fewest) == pattern).all(axis=1))
        verdicts.explain(members, counts[members], pattern, fewest)
        pairs = list(pairwise(np.flatnonzero(pattern).tolist()))
        if any(after == before + 1 for before, after in pairs):
            group = looks.of(members, updates, np.flatnonzero(pattern))
            model = "step_slopes" if slopes == "own" else "step_linear"
            breaks = updates[[after - 1 for _, after in pairs]]
            fit = fit_model(group, model, break_times=breaks, estimator=estimator)
            _judge(verdicts, fit, members, pairs, site_wander, (confidence, refusal_confidence))
    return verdicts.judgement(lead)


@dataclass(frozen=True)
class _Looks:
    """Looks as (series, look)."""

    when: NDArray[np.datetime64]
    logs: Floats
    uncertainty: Floats | None
    regressors: dict[str, Floats]

    def of(self, members: NDArray[np.intp], updates: Dates, segments: NDArray[np.intp]) -> Series:
        """Prepare some series, with the looks of some segments only."""
        segment = np.searchsorted(updates, self.when[members], side="right")
        return prepare_series(
            self.when[members],
            np.where(np.isin(segment, segments), self.logs[members], np.nan),
            None if self.uncertainty is None else self.uncertainty[members],
            {name: one[members] for name, one in self.regressors.items()},
        )


def _judge(
    verdicts: Verdicts,
    fit: Fit,
    members: NDArray[np.intp],
    pairs: list[tuple[int, int]],
    wander: float,
    confidences: tuple[float, float],
) -> None:
    """Judge the updates that lie between two usable segments next to each other."""
    widening = {f"step_{k + 1}": wander for k in range(len(pairs))}
    estimate, wide = (one.widened(**widening) for one in intervals_at(fit, confidences))
    noise = noise_of(fit)
    for k, (before, after) in enumerate(pairs):
        if after != before + 1:
            continue
        first, second = (
            ("slope",) * 2 if "slope" in fit.names else (f"slope_{k + 1}", f"slope_{k + 2}")
        )
        verdicts.put(members, before, "drift_before", estimate[first])
        verdicts.put(members, before, "drift_after", estimate[second])
        observed = _relative(estimate[f"step_{k + 1}"])
        verdicts.put(members, before, "observed", observed)
        verdicts.decide(members, before, _relative(wide[f"step_{k + 1}"]), fit.reasons)
        open_cases = (verdicts.verdict[members, before] == NOT_DECIDABLE) & fit.good
        for j in np.flatnonzero(open_cases).tolist():
            size = float(verdicts.expected[members[j], before])
            if np.isnan(size):
                continue
            limit = uncertainty_to_decide(float(observed.value.ravel()[j]), size, *confidences)
            needed, date = looks_needed(fit, noise, j, k, limit, wander)
            verdicts.outlook(int(members[j]), before, needed, date)


def _flat(given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(given, np.float64), shape).reshape(-1, shape[-1])


def _update_times(update_time: ArrayLike) -> NDArray[np.datetime64]:
    given = np.atleast_1d(np.asarray(update_time))
    given = given.astype("datetime64[us]") if given.dtype.kind in "US" else given
    dates = utc_dates(given)
    if np.isnat(dates).any() or (np.diff(dates) <= np.timedelta64(0)).any():
        raise InputError(
            "update_time", "different dates, ascending", str(update_time), "give each update once"
        )
    return dates


def _relative(logarithm: Interval) -> Interval:
    """Step of ln ratio as relative step."""
    return Interval(
        np.expm1(logarithm.value),
        logarithm.standard_uncertainty * np.exp(logarithm.value),
        np.expm1(logarithm.lower),
        np.expm1(logarithm.upper),
    )
