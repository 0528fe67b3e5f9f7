"""In-flight acceptance after a change of orbit: a verdict per criterion and band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.compare.breaks import Breaks, breaks_by_band
from venus_analysis.calibrate.compare.column_criteria import (
    RULES,
    ColumnRule,
    Found,
    judge_columns,
)
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
    phase_step,
)
from venus_analysis.parameters.registry import Registry

LIMIT: Final = 0.01
"""Step beside which single methods are shown where no criterion on it is asked."""


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
    """All verdicts; accepted when there are some and every one is met."""

    before: Phase
    after: Phase
    criteria: tuple[Criterion, ...]
    verdicts: tuple[Verdict, ...]
    steps: tuple[tuple[str, PhaseStep], ...]
    simulated: bool

    @property
    def accepted(self) -> bool:
        """Whether every criterion is met in every band; none that is asked is no acceptance."""
        return bool(self.verdicts) and all(one.verdict == MET for one in self.verdicts)


@dataclass(frozen=True, eq=False)
class _Band:
    band: str
    rows: pd.DataFrame
    series: Sequence[MethodSeries]
    before: Phase
    after: Phase
    breaks: Breaks
    limit: float

    def looks(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Values of a column at the Moon's looks, before and after."""
        if column not in self.rows:
            return np.zeros(0), np.zeros(0)
        values = pd.to_numeric(self.rows[column]).to_numpy(np.float64)
        time = self.rows["time"].to_numpy("datetime64[us]")
        parts = [values[phase.holds(time)] for phase in (self.before, self.after)]
        return parts[0][np.isfinite(parts[0])], parts[1][np.isfinite(parts[1])]

    @cached_property
    def steps(self) -> dict[str, PhaseStep]:
        """Steps by all methods together, under the empty name, and by each alone."""
        joint = self._step("", list(self.breaks.known), list(self.breaks.suspects))
        known = [*self.breaks.known, *(one.time for one in joint.faults)]
        methods = dict.fromkeys(part.method for part in self.series)
        return {"": joint} | {m: self._step(m, known, beside=joint) for m in methods}

    def _step(
        self,
        method: str,
        known: list[np.datetime64],
        suspects: Sequence[np.datetime64] = (),
        beside: PhaseStep | None = None,
    ) -> PhaseStep:
        return phase_step(
            [part for part in self.series if method in ("", part.method)],
            self.before,
            self.after,
            break_times=known,
            suspects=suspects,
            criterion=self.limit,
            label=method or "all methods",
            outlook=not method,
            beside=beside,
        )


def acceptance(
    frame: pd.DataFrame,
    before: Phase,
    after: Phase,
    criteria: Sequence[Criterion],
    *,
    events: Sequence[Event] = (),
    exclusions: Exclusions | None = None,
    registry: Registry | None = None,
) -> Acceptance:
    """Judge every criterion in every band it is asked of.

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
    registry
        Gives the dates of parameter updates exactly. An update that was not applied
        as its file says counts as a known step.

    Returns
    -------
    Acceptance
    """
    series = series_by_band(frame, exclusions=exclusions)
    breaks = breaks_by_band(frame, list(series), events, registry)
    moon = frame[(frame["method"] == "moon") & (left_out(frame, exclusions) == "")]
    limit = next((c.plain for c in criteria if c.name == "calibration_step"), LIMIT)
    verdicts: list[Verdict] = []
    steps: list[tuple[str, PhaseStep]] = []
    for band, own in series.items():
        one = _Band(band, moon[moon["band"] == band], own, before, after, breaks[band], limit)
        for criterion in criteria:
            if band not in criterion.bands_left_out:
                rule = _RULES.get(criterion.name, _of_columns)
                verdicts.append(rule(one, criterion))
        steps += [(band, step) for step in one.steps.values()]
    return Acceptance(
        before,
        after,
        tuple(criteria),
        tuple(verdicts),
        tuple(steps),
        bool(frame["simulated"].any()),
    )


def _of_step(one: _Band, criterion: Criterion) -> Verdict:
    found = one.steps[""]
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
    found = {name: step.step for name, step in one.steps.items() if name}
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
    rule = RULES[criterion.name]
    looks = {name: one.looks(name) for name in rule.columns}
    found = judge_columns(rule, looks, criterion.plain)
    if any(found.missing):
        return _lacking(one, criterion, rule, found)
    number, plus = _format(criterion), "" if rule.kind == "level" else "+"
    what = "after the change" if rule.kind == "level" else f"as {rule.kind}"
    sentence = (
        f"{found.verdict.capitalize()}: {number(found.value, plus)} {what} in {found.column}, "
        f"U = {number(found.expanded)}, beside {number(criterion.plain)}."
    )
    if found.verdict == NOT_ENOUGH:
        sentence += f" About {found.more_looks:.0f} more looks would decide."
    return Verdict(
        criterion.name, one.band, found.verdict, found.value, found.expanded, criterion.plain,
        found.more_looks, sentence,
    )  # fmt: skip


def _format(criterion: Criterion) -> Callable[..., str]:
    def number(value: float, plus: str = "") -> str:
        if criterion.unit == "pixel":
            return f"{value:{plus}.3f} pixel"
        return f"{value:{plus}.3%}"

    return number


def _lacking(one: _Band, criterion: Criterion, rule: ColumnRule, found: Found) -> Verdict:
    phases = zip(found.missing, (one.before, one.after), strict=True)
    text = " and ".join(f"{number} more in {phase.name}" for number, phase in phases if number)
    why = f"lunar looks with this quantity (columns {', '.join(rule.columns)}): {text}"
    return _nothing(one, criterion, why, found.more_looks)


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
