"""Mission phases side by side: level, drift and scatter in each, and the step between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from venus_analysis.compute.compare.faults import Fault, fit_with_faults
from venus_analysis.compute.compare.joint import Joint, joint_sensitivity
from venus_analysis.compute.compare.joint_parts import Noise
from venus_analysis.compute.compare.looks_to_come import looks_to_decide
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.trend import Shape, Trend, middle_of_gap, utc_second
from venus_analysis.compute.drift.dates import utc_dates
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.errors import InputError

MET: Final = "met"
NOT_MET: Final = "not met"
NOT_ENOUGH: Final = "not enough data"
Slopes = Literal["common", "own"]
FEWEST_LOOKS: Final = 5
"""Looks a method needs in each phase before a step is looked at."""


@dataclass(frozen=True)
class Phase:
    """A stretch of the mission: its first and last instant, UTC, inclusive."""

    name: str
    start: np.datetime64
    stop: np.datetime64

    def holds(self, time: np.ndarray) -> np.ndarray:
        """Whether dates lie in the phase.

        Examples
        --------
        >>> year = Phase("VM1", np.datetime64("2018-01-01"), np.datetime64("2018-12-31T23:59:59"))
        >>> year.holds(np.array(["2018-12-31T12:00", "2019-01-01"], "datetime64[s]"))
        array([ True, False])
        """
        dates = utc_dates(time)
        return np.asarray((dates >= self.start) & (dates <= self.stop))


def check_order(before: Phase, after: Phase) -> None:
    """Refuse phases of which the second does not begin after the first has ended.

    Raises
    ------
    InputError

    Examples
    --------
    >>> late = Phase("VM5", np.datetime64("2022-03-01"), np.datetime64("2024-07-31"))
    >>> check_order(late, late)
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: phases: expected one after the other, received \
VM5 until 2024-07-31 and then VM5 from 2022-03-01; exchange them, or correct their dates
    """
    for one in (before, after):
        if one.stop < one.start:
            came = f"{one.name} from {one.start} until {one.stop}"
            raise InputError("phase", "a first date before the last", came, "exchange them")
    if not before.stop < after.start:
        came = f"{before.name} until {before.stop} and then {after.name} from {after.start}"
        remedy = "exchange them, or correct their dates"
        raise InputError("phases", "one after the other", came, remedy)


@dataclass(frozen=True)
class PhaseSummary:
    """One method in one phase; relative numbers.

    Attributes
    ----------
    method, phase
        Names.
    looks
        Number of looks.
    mean
        Of ln sensitivity in the middle of the phase.
    drift
        Change per year.
    scatter
        Standard deviation of a look about the fit, as the method's looks are given
        (single looks, or monthly means).
    correlation
        Of consecutive looks.
    """

    method: str
    phase: str
    looks: int
    mean: Interval
    drift: Interval
    scatter: float
    correlation: float


@dataclass(frozen=True)
class PhaseStep:
    """Step of the sensitivity between two phases, and its verdict.

    `looks` are numbers in the two phases; `more_looks` is 0 for what is decided, inf
    where looks alone will not decide;
    `joint` is the fit, its epoch the start of the phase before; `faults` are suspected
    dates at which it steps as well, and `breaks` all its further steps.
    """

    method: str
    time: np.datetime64
    step: Interval
    seen: bool
    verdict: str
    more_looks: float
    sentence: str
    looks: tuple[int, int]
    joint: Joint | None = field(default=None, repr=False)
    faults: tuple[Fault, ...] = ()
    breaks: tuple[np.datetime64, ...] = ()


def within(series: Sequence[MethodSeries], phases: Sequence[Phase]) -> list[MethodSeries]:
    """Keep looks that lie in any of the phases; empty series are dropped.

    Examples
    --------
    >>> dates = np.array(["2018-01-01", "2021-01-01"], "datetime64[D]")
    >>> looks = MethodSeries("moon", "moon", dates, np.zeros(2), np.ones(2))
    >>> [len(one) for one in within([looks], [Phase("VM1", dates[0], dates[0])])]
    [1]
    """
    found = []
    for one in series:
        kept = np.any([phase.holds(one.time) for phase in phases], axis=0)
        part = replace(
            one,
            time=one.time[kept],
            log_value=one.log_value[kept],
            u=one.u[kept],
            regressors={name: values[kept] for name, values in one.regressors.items()},
        )
        if len(part):
            found.append(part)
    return found


def phase_summary(
    series: Sequence[MethodSeries],
    phase: Phase,
    break_times: Sequence[np.datetime64] = (),
    start: Mapping[str, Noise] | None = None,
) -> list[PhaseSummary]:
    """Level, drift and scatter of each method in one phase.

    Parameters
    ----------
    series
        Of one band.
    phase
        Phase to look at.
    break_times
        Dates at which the sensitivity stepped.
    start
        As for `joint_sensitivity`.

    Returns
    -------
    list of PhaseSummary
        By method; the level is the mean over the method's series, weighted alike.
        NaN where `FEWEST_LOOKS` are not reached.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(36)
    >>> looks = MethodSeries("moon", "moon", dates, 0.01 * np.arange(36) * 30 / 365.25, np.ones(36))
    >>> one, = phase_summary([looks], Phase("VM1", dates[0], dates[-1]))
    >>> one.looks, round(float(one.drift.value), 6)
    (36, 0.01)
    """
    found = []
    inside = within(series, [phase])
    for method in dict.fromkeys(one.method for one in series):
        own = [one for one in inside if one.method == method]
        looks = sum(map(len, own))
        nothing = Interval(*(np.array(np.nan) for _ in range(4)))
        if looks < FEWEST_LOOKS:
            found.append(PhaseSummary(method, phase.name, looks, nothing, nothing, np.nan, np.nan))
            continue
        first, last = min(one.time[0] for one in own), max(one.time[-1] for one in own)
        steps = tuple(one for one in break_times if first < one <= last)
        middle = first + (last - first) // 2
        joint = joint_sensitivity(own, Trend(middle, "linear", step_times=steps), start)
        weights = np.array(
            [name.startswith("level of ") / len(own) for name in joint.names], np.float64
        )
        weights[: len(joint.trend.names)] = joint.trend.columns(middle)[0]
        noise = joint.noise[method]
        scatter = noise.scale * float(np.median(np.concatenate([one.u for one in own])))
        found.append(
            PhaseSummary(
                method, phase.name, looks, joint.combination(weights),
                joint.parameter("slope"), scatter, noise.correlation,
            )
        )  # fmt: skip
    return found


def phase_step(
    series: Sequence[MethodSeries],
    before: Phase,
    after: Phase,
    *,
    shape: Shape = "ageing",
    slopes: Slopes = "common",
    break_times: Sequence[np.datetime64] = (),
    suspects: Sequence[np.datetime64] = (),
    criterion: float = 0.01,
    confidence: float = 0.95,
    detection: float = 0.99,
    label: str = "all methods",
    outlook: bool = True,
    beside: PhaseStep | None = None,
) -> PhaseStep:
    """Step of the sensitivity between two phases, in the middle of the gap.

    Met if |step| + U <= criterion, not met if |step| - U > criterion, else not
    enough data, with U the half width of the `confidence` interval. A step is
    *seen* when its `detection` interval excludes 0.

    Parameters
    ----------
    series
        Of one band: all methods for the joint estimate, or those of one method.
    before, after
        Phases; other looks are left out.
    shape
        Of the sensitivity beside its steps, see `Trend`.
    slopes
        ``common``: one smooth curve across the gap and a step. ``own``: the slope may
        change as well, in the middle of the gap.
    break_times
        Further known dates at which the sensitivity may step.
    suspects
        Dates at which it may have stepped, such as parameter updates: taken for steps
        where `fit_with_faults` sees one. A fault inside a phase that is not taken for one
        passes into the step between the phases.
    criterion
        Largest relative step that is accepted.
    confidence, detection
        Probabilities.
    label
        Name of the estimate.
    outlook
        Whether to look for the number of further looks, which takes longest.
    beside
        Step by all methods, where `series` are some of theirs: the step is taken at its
        date, and the noise looked for from its noise on.

    Returns
    -------
    PhaseStep

    Raises
    ------
    InputError
        Slopes or criterion that cannot be; phases that are not one after the other.

    Examples
    --------
    >>> random = np.random.default_rng(3)
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(80)
    >>> vm1 = Phase("VM1", dates[0], np.datetime64("2020-10-31"))
    >>> vm5 = Phase("VM5", np.datetime64("2022-03-01"), dates[-1])
    >>> log = 0.02 * (dates > vm5.start) + 0.001 * random.standard_normal(80)
    >>> moon = MethodSeries("moon", "moon", dates, log, np.full(80, 0.001))
    >>> found = phase_step([moon], vm1, vm5, shape="linear")
    >>> found.verdict, found.seen
    ('not met', True)
    """
    if slopes not in ("common", "own"):
        raise InputError("slopes", "common or own", repr(slopes), "choose one")
    if not criterion > 0.0:
        raise InputError("criterion", "a number above 0", f"{criterion}", "such as 0.01")
    check_order(before, after)
    used = within(series, [before, after])
    numbers = _looks_in(used, before), _looks_in(used, after)
    nothing = Interval(*(np.array(np.nan) for _ in range(4)))
    missing = [
        f"{FEWEST_LOOKS - number} more in {phase.name}"
        for phase, number in zip((before, after), numbers, strict=True)
        if number < FEWEST_LOOKS
    ]
    if missing:
        need = FEWEST_LOOKS - numbers[1] if numbers[0] >= FEWEST_LOOKS else np.inf
        sentence = f"{NOT_ENOUGH.capitalize()}: at least {' and '.join(missing)}."
        no_time = np.datetime64("NaT", "s")
        return PhaseStep(label, no_time, nothing, False, NOT_ENOUGH, float(need), sentence, numbers)
    whole = None if beside is None else beside.joint
    start = None
    if whole is not None:
        gap, start = whole.trend.step_times[0], whole.noise
    else:
        sides = [[one.time[p.holds(one.time)] for one in used] for p in (before, after)]
        gap = middle_of_gap(*sides)
    breaks = _inside(break_times, gap, used, before, after)
    trend = Trend(
        utc_second(before.start),
        shape,
        step_times=(gap, *breaks),
        slope_times=(gap,) if slopes == "own" else (),
    )
    others = [one for one in _inside(suspects, gap, used, before, after) if one not in breaks]
    joint, faults = fit_with_faults(used, trend, others, start=start)
    breaks += [one.time for one in faults]
    step = joint.step(gap, confidence)
    wide = joint.step(gap, detection)
    seen = bool(wide.lower > 0.0 or wide.upper < 0.0)
    verdict = judge(float(step.value), _reach(step), criterion)
    more = np.inf if verdict == NOT_ENOUGH else 0.0
    if verdict == NOT_ENOUGH and outlook:
        more = looks_to_decide(joint, gap, float(step.value), criterion, confidence)
    return PhaseStep(
        label, gap, step, seen, verdict, more,
        _sentence(verdict, step, criterion, more, outlook), numbers, joint, faults,
        tuple(breaks),
    )  # fmt: skip


def judge(value: float, expanded: float, criterion: float) -> str:
    """Compare |value| with a criterion, its expanded uncertainty counted.

    Examples
    --------
    >>> judge(0.004, 0.003, 0.01), judge(-0.015, 0.003, 0.01), judge(0.004, 0.007, 0.01)
    ('met', 'not met', 'not enough data')
    """
    if not (np.isfinite(value) and np.isfinite(expanded)):
        return NOT_ENOUGH
    if abs(value) + expanded <= criterion:
        return MET
    return NOT_MET if abs(value) - expanded > criterion else NOT_ENOUGH


def _inside(
    times: Sequence[np.datetime64],
    gap: np.datetime64,
    used: Sequence[MethodSeries],
    before: Phase,
    after: Phase,
) -> list[np.datetime64]:
    """Keep breaks with looks on both sides in their own phase: one in the gap is the gap's."""
    looks = np.sort(np.concatenate([one.time for one in used]))
    kept = []
    for time in sorted({utc_second(one) for one in times}):
        phase = before if time < gap else after
        own = looks[phase.holds(looks)]
        if (own < time).any() and (own >= time).any():
            kept.append(time)
    return kept


def _looks_in(series: Sequence[MethodSeries], phase: Phase) -> int:
    return sum(int(phase.holds(one.time).sum()) for one in series)


def _reach(step: Interval) -> float:
    return float(max(step.upper - step.value, step.value - step.lower))


def _sentence(verdict: str, step: Interval, criterion: float, more: float, outlook: bool) -> str:
    text = (
        f"{verdict.capitalize()}: a step of {float(step.value):+.2%} "
        f"[{float(step.lower):+.2%}, {float(step.upper):+.2%}] "
        f"beside a criterion of {criterion:.2%}."
    )
    if verdict == NOT_ENOUGH and outlook:
        if np.isfinite(more):
            text += f" Probably decided with {more:.0f} more looks of the method that helps most."
        else:
            text += " More looks of these kinds alone will not decide it."
    return text
