"""What updates did, and what events left: steps judged, as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.looks import Floats, Looks
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.updates import Updates
from venus_analysis.compute.drift.updates import judge_updates
from venus_analysis.compute.drift.verdicts import NOT_DECIDABLE, NOT_EFFECTIVE, Judgement

STEP_SEEN: Final = "step seen"
NO_STEP_SEEN: Final = "no step seen"
BESIDE_EVENT: Final = "an event lies between the same looks"
"""In the sentence of an update that was expected to make another step than is seen."""
STEP_COLUMNS: Final = (
    "band", "kind", "time", "serial", "expected", "observed", "lower", "upper", "u",
    "drift_before", "drift_after", "verdict", "sentence", "more_looks", "decidable_on",
)  # fmt: skip


def step_table(
    looks: Looks,
    updates: Updates,
    event_times: Sequence[NDArray[np.datetime64]],
    options: Options,
    wander: float,
) -> pd.DataFrame:
    """Judge every update, and every event that may be a step, on every band.

    Parameters
    ----------
    looks
        Ratios with the Ak the updates changed.
    updates
        With the bands of `looks`.
    event_times
        For each band, dates at which a step may be that no Ak makes. Of dates without
        a look between them one is judged, an update before an event.
    options
        Slopes, confidence and estimator.
    wander
        See `judge_updates`.

    Returns
    -------
    pandas.DataFrame
        Columns `STEP_COLUMNS`, one row per band and date. Of an event the verdict is
        "step seen" (99 %), "no step seen", or "not decidable" where the interval
        reaches further to either side than the criterion, so that a step of that size
        could hide in it. An update that made another step than expected is "not
        decidable" where an event lies between the same looks: what is seen is the sum of
        what the update and the sensor did. Steps and drifts are relative.
    """
    rows: dict[str, list[tuple[object, ...]]] = {}
    for members, own in _alike(looks, updates, event_times):
        times = np.concatenate([updates.time, own]).astype("datetime64[s]")
        if not len(times):
            continue
        order = np.argsort(times, kind="stable")
        serials = np.array([*updates.serial, *("" for _ in own)], object)[order]
        none = np.zeros((len(members), len(own)))
        expected = np.hstack([updates.expected[members], none])[:, order]
        part = looks.of(members)
        found = judge_updates(
            part.time,
            part.value,
            part.u,
            times[order],
            expected,
            regressors=part.regressors,
            estimator=options.fitted_with,
            slopes=options.slopes,
            site_wander=wander,
            confidence=options.confidence,
        )
        for place, band in enumerate(part.bands):
            member = members[place]
            beside = _beside(looks.time[member], looks.value[member], event_times[member])
            rows[band] = [
                _step(
                    found, place, k, band, serials[k], expected[place, k], options.criterion,
                    beside=beside(times[order][k]),
                )
                for k in range(len(times))
            ]  # fmt: skip
    table = [row for band in looks.bands for row in rows.get(band, ())]
    return pd.DataFrame(table, columns=list(STEP_COLUMNS))


def faults(steps: pd.DataFrame, band: str) -> NDArray[np.datetime64]:
    """Dates at which a band's sensitivity seems to step: refused updates and seen event steps.

    Examples
    --------
    >>> day = np.datetime64("2020-01-01", "s")
    >>> table = pd.DataFrame({"band": ["B1"], "verdict": ["not effective"], "time": [day]})
    >>> faults(table, "B1")
    array(['2020-01-01T00:00:00'], dtype='datetime64[s]')
    """
    seen = steps["verdict"].isin([NOT_EFFECTIVE, STEP_SEEN]) & (steps["band"] == band)
    return steps.loc[seen, "time"].to_numpy("datetime64[s]")


def _alike(
    looks: Looks, updates: Updates, event_times: Sequence[NDArray[np.datetime64]]
) -> list[tuple[list[int], NDArray[np.datetime64]]]:
    """Bands that share the regressors that vary, and the events to be judged."""
    groups: dict[tuple[object, ...], list[int]] = {}
    own = [
        _told_apart(looks.time[k], looks.value[k], updates.time, dates)
        for k, dates in enumerate(event_times)
    ]
    for k in np.flatnonzero(looks.count).tolist():
        key = (*looks.of([k]).regressors, *own[k].tolist())
        groups.setdefault(key, []).append(k)
    return [(members, own[members[0]]) for members in groups.values()]


def _told_apart(
    time: NDArray[np.datetime64],
    value: Floats,
    updates: NDArray[np.datetime64],
    events: NDArray[np.datetime64],
) -> NDArray[np.datetime64]:
    """Events with looks between them and every update and earlier event, inside the series."""
    seen = np.unique(time[np.isfinite(value)])
    taken = set(np.searchsorted(seen, updates).tolist()) | {0, len(seen)}
    kept = []
    for one in np.unique(events):
        place = int(np.searchsorted(seen, one))
        if place not in taken:
            kept.append(one)
            taken.add(place)
    return np.array(kept, "datetime64[s]")


def _beside(
    time: NDArray[np.datetime64], value: Floats, events: NDArray[np.datetime64]
) -> Callable[[np.datetime64], bool]:
    """Whether an event lies between the same looks as a date."""
    seen = np.unique(time[np.isfinite(value)])
    gaps = set(np.searchsorted(seen, events).tolist())
    return lambda date: int(np.searchsorted(seen, date)) in gaps


def _step(
    found: Judgement,
    place: int,
    k: int,
    band: str,
    serial: str,
    expected: float,
    criterion: float,
    *,
    beside: bool,
) -> tuple[object, ...]:
    verdict, sentence = str(found.verdict[place, k]), str(found.sentence[place, k])
    seen, more_looks = found.observed, float(found.more_looks[place, k])
    if not serial:
        value, *ends = (float(one[place, k]) for one in (seen.value, seen.lower, seen.upper))
        date = str(found.update_time[k].astype("datetime64[D]"))
        verdict, sentence = _event(verdict, sentence, value, (ends[0], ends[1]), criterion, date)
    elif beside and verdict == NOT_EFFECTIVE:
        own = (1.0 + float(seen.value[place, k])) / (1.0 + expected) - 1.0
        verdict, more_looks = NOT_DECIDABLE, math.inf
        sentence = (
            f"{sentence.replace(NOT_EFFECTIVE.capitalize(), NOT_DECIDABLE.capitalize())} But "
            f"{BESIDE_EVENT}: if the update was applied, the sensor stepped by {own:+.2%}."
        )
    return (
        band,
        "update" if serial else "event",
        found.update_time[k].astype("datetime64[s]"),
        serial,
        expected if serial else 0.0,
        seen.value[place, k],
        seen.lower[place, k],
        seen.upper[place, k],
        seen.standard_uncertainty[place, k],
        found.drift_before.value[place, k],
        found.drift_after.value[place, k],
        verdict,
        sentence,
        more_looks,
        found.decidable_on[place, k],
    )


def _event(
    verdict: str,
    sentence: str,
    value: float,
    ends: tuple[float, float],
    criterion: float,
    date: str,
) -> tuple[str, str]:
    """Verdict and sentence on a step that no Ak makes, from those on one expected to be 0."""
    lower, upper = ends
    if not np.isfinite(value):
        return NOT_DECIDABLE, sentence
    wide = ""
    if verdict == NOT_EFFECTIVE:
        word = STEP_SEEN
    elif 0.5 * (upper - lower) > criterion:
        word, wide = NOT_DECIDABLE, f", too wide beside the criterion of {criterion:.2%}"
    else:
        word = NO_STEP_SEEN
    numbers = f"a step of {value:+.2%} [{lower:+.2%}, {upper:+.2%}]"
    return word, f"{word.capitalize()}: {numbers} at the event of {date}{wide}."
