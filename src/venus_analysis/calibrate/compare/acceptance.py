"""In-flight acceptance after a change of orbit: a verdict per criterion and band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.compare.criteria import Criterion
from venus_analysis.calibrate.compare.gather import series_by_band
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.points import left_out
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.methods import normalised_error
from venus_analysis.compute.compare.mission_phases import (
    MET,
    NOT_ENOUGH,
    NOT_MET,
    Phase,
    PhaseStep,
    judge,
    phase_step,
)
from venus_analysis.compute.drift.intervals import t_quantile

FEWEST: Final = 3
"""Looks from which a mean has an interval."""
_CHANGES: Final = {
    "signal_to_noise": "signal_to_noise_median",
    "mtf_across": "mtf_nyquist_across",
    "mtf_along": "mtf_nyquist_along",
}
_LEVELS: Final = {
    "ct1": ("ct1_fraction",),
    "ct2": ("ct2_1_factor", "ct2_2_factor"),
    "fixed_pattern": ("column_pattern_disk",),
}


@dataclass(frozen=True)
class Verdict:
    """One criterion in one band.

    `value` and `expanded` (half width of the 95 % interval) are plain numbers, in
    the unit of `Criterion.plain`; NaN where there is none.
    """

    criterion: str
    band: str
    verdict: str
    value: float
    expanded: float
    limit: float
    more_looks: float
    sentence: str


@dataclass(frozen=True)
class Acceptance:
    """All verdicts; accepted when every one is met."""

    before: Phase
    after: Phase
    criteria: tuple[Criterion, ...]
    verdicts: tuple[Verdict, ...]
    steps: tuple[tuple[str, PhaseStep], ...]
    simulated: bool

    @property
    def accepted(self) -> bool:
        """Whether every criterion is met in every band."""
        return all(one.verdict == MET for one in self.verdicts)


@dataclass(frozen=True, eq=False)
class _Band:
    band: str
    rows: pd.DataFrame
    series: Sequence[MethodSeries]
    before: Phase
    after: Phase
    breaks: tuple[np.datetime64, ...]

    def looks(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Values of a column at the Moon's looks, before and after."""
        if column not in self.rows:
            return np.zeros(0), np.zeros(0)
        values = pd.to_numeric(self.rows[column]).to_numpy(np.float64)
        time = self.rows["time"].to_numpy("datetime64[us]")
        parts = [values[phase.holds(time)] for phase in (self.before, self.after)]
        return parts[0][np.isfinite(parts[0])], parts[1][np.isfinite(parts[1])]

    def step(self, criterion: float, method: str = "", *, outlook: bool = False) -> PhaseStep:
        """Step by one method, or by all."""
        own = [one for one in self.series if method in ("", one.method)]
        return phase_step(
            own,
            self.before,
            self.after,
            break_times=self.breaks,
            criterion=criterion,
            label=method or "all methods",
            outlook=outlook,
        )


def acceptance(
    frame: pd.DataFrame,
    before: Phase,
    after: Phase,
    criteria: Sequence[Criterion],
    *,
    events: Sequence[Event] = (),
    exclusions: Exclusions | None = None,
) -> Acceptance:
    """Judge every criterion in every band.

    Parameters
    ----------
    frame
        Rows of one instrument, with whatever further columns criteria look at
        (`schema.STATISTICS`); a column that is absent or empty is not enough data.
    before, after
        Mission phases.
    criteria
        From `criteria.read_criteria`.
    events
        Those that break, other than in the gap, are known steps of their bands.
    exclusions
        Looks left out beside the ledger.

    Returns
    -------
    Acceptance
    """
    series = series_by_band(frame, exclusions=exclusions)
    moon = frame[(frame["method"] == "moon") & (left_out(frame, exclusions) == "")]
    verdicts: list[Verdict] = []
    steps: list[tuple[str, PhaseStep]] = []
    for band, own in series.items():
        breaks = tuple(e.date for e in events if e.breaks and (not e.bands or band in e.bands))
        one = _Band(band, moon[moon["band"] == band], own, before, after, breaks)
        for criterion in criteria:
            rule = _RULES.get(criterion.name, _of_columns)
            verdicts.append(rule(one, criterion))
        limit = next((c.plain for c in criteria if c.name == "calibration_step"), 0.01)
        methods = ["", *dict.fromkeys(part.method for part in own)]
        steps += [(band, one.step(limit, method)) for method in methods]
    return Acceptance(
        before,
        after,
        tuple(criteria),
        tuple(verdicts),
        tuple(steps),
        bool(frame["simulated"].any()),
    )


def _of_step(one: _Band, criterion: Criterion) -> Verdict:
    found = one.step(criterion.plain, outlook=True)
    value = float(found.step.value)
    expanded = float(np.maximum(found.step.upper - value, value - found.step.lower))
    return Verdict(
        criterion.name,
        one.band,
        found.verdict,
        value,
        expanded,
        criterion.plain,
        found.more_looks,
        found.sentence,
    )


def _of_looks(one: _Band, criterion: Criterion) -> Verdict:
    number = len(one.looks("ratio")[1])
    missing = max(int(np.ceil(criterion.limit - number)), 0)
    verdict = NOT_ENOUGH if missing else MET
    sentence = f"{number} lunar looks in {one.after.name}, at least {criterion.limit:g} are asked"
    sentence += f": {missing} more are missing." if missing else "."
    return Verdict(
        criterion.name, one.band, verdict, number, 0.0, criterion.plain, missing, sentence
    )


def _of_agreement(one: _Band, criterion: Criterion) -> Verdict:
    methods = list(dict.fromkeys(part.method for part in one.series))
    found = {name: one.step(0.01, name).step for name in methods}
    known = {name: s for name, s in found.items() if np.isfinite(s.standard_uncertainty)}
    pairs = [(a, b) for i, a in enumerate(known) for b in list(known)[i + 1 :]]
    errors = {
        pair: abs(
            float(
                normalised_error(
                    known[pair[0]].value,
                    known[pair[1]].value,
                    known[pair[0]].standard_uncertainty,
                    known[pair[1]].standard_uncertainty,
                )
            )
        )
        for pair in pairs
    }
    if not errors:
        who = ", ".join(known) or "no method"
        return _nothing(one, criterion, f"only {who} sees a step in this band", np.inf)
    worst = max(errors, key=lambda pair: errors[pair])
    value = errors[worst]
    verdict = MET if value <= criterion.plain else NOT_MET
    sentence = f"Largest |En| {value:.2f}, between {worst[0]} and {worst[1]}."
    return Verdict(criterion.name, one.band, verdict, value, 0.0, criterion.plain, 0.0, sentence)


def _of_columns(one: _Band, criterion: Criterion) -> Verdict:
    """Means over the looks: a change between the phases, or a level after."""
    if criterion.name in _CHANGES:
        first, second = one.looks(_CHANGES[criterion.name])
        short = max(FEWEST - len(first), 0), max(FEWEST - len(second), 0)
        if any(short):
            return _lacking(one, criterion, *short)
        u = np.hypot(_u_of_mean(first) / first.mean(), _u_of_mean(second) / second.mean())
        value = float(second.mean() / first.mean() - 1.0)
        freedom = min(len(first), len(second)) - 1
        needed = _needed(first, second, abs(value), float(u), criterion.plain)
        if criterion.name == "signal_to_noise":
            value = min(value, 0.0)
        what = f"Change of {value:+.2%}"
    else:
        candidates = [one.looks(name)[1] for name in _LEVELS.get(criterion.name, ())]
        candidates = [looks for looks in candidates if len(looks) >= FEWEST]
        if not candidates:
            return _lacking(one, criterion, 0, FEWEST)
        second = max(candidates, key=lambda looks: abs(float(looks.mean())))
        value, u, freedom = float(second.mean()), _u_of_mean(second), len(second) - 1
        needed = _needed(second, second, abs(value), u, criterion.plain)
        what = f"{value:.3%} after the change"
    expanded = float(t_quantile(0.95, np.array([float(freedom)]))[0] * u)
    verdict = judge(value, expanded, criterion.plain)
    sentence = (
        f"{verdict.capitalize()}: {what} with U = {expanded:.3%} beside {criterion.plain:.2%}."
    )
    more = 0.0
    if verdict == NOT_ENOUGH:
        more = needed
        sentence += f" About {more:.0f} more looks would decide."
    return Verdict(
        criterion.name, one.band, verdict, value, expanded, criterion.plain, more, sentence
    )


def _u_of_mean(looks: np.ndarray) -> float:
    return float(looks.std(ddof=1) / np.sqrt(len(looks)))


def _needed(first: np.ndarray, second: np.ndarray, size: float, u: float, limit: float) -> float:
    """Count looks that shrink the mean's uncertainty to half the room there is."""
    room = abs(limit - size)
    if room == 0.0:
        return float("inf")
    return float(np.ceil(max(len(second) * ((2.0 * u / room) ** 2 - 1.0), 1.0)))


def _lacking(one: _Band, criterion: Criterion, before: int, after: int) -> Verdict:
    text = " and ".join(
        f"{number} more in {phase.name}"
        for number, phase in ((before, one.before), (after, one.after))
        if number
    )
    columns = [_CHANGES[criterion.name]] if criterion.name in _CHANGES else []
    columns += _LEVELS.get(criterion.name, ())
    what = f" (columns {', '.join(columns)})" if columns else ": the ledger has no such column yet"
    missing = float(before + after) if columns else np.inf
    return _nothing(one, criterion, f"lunar looks with this quantity{what}: {text}", missing)


def _nothing(one: _Band, criterion: Criterion, why: str, more: float) -> Verdict:
    sentence = f"{NOT_ENOUGH.capitalize()}: {why}."
    return Verdict(
        criterion.name, one.band, NOT_ENOUGH, np.nan, np.nan, criterion.plain, more, sentence
    )


_RULES: Final[Mapping[str, Callable[[_Band, Criterion], Verdict]]] = {
    "calibration_step": _of_step,
    "looks": _of_looks,
    "agreement": _of_agreement,
}
