"""Methods and mission phases of a ledger, as plain values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from venus_analysis.calibrate.compare.breaks import Breaks, breaks_by_band
from venus_analysis.calibrate.compare.gather import WANDER, series_by_band
from venus_analysis.calibrate.compare.phase_table import MissionPhase, changes_between
from venus_analysis.calibrate.compare.rebased import rebased_rows
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.selection import by_wavelength, wavelength_nm
from venus_analysis.calibrate.row import plain
from venus_analysis.compute.compare.first_looks import first_looks
from venus_analysis.compute.compare.joint import Joint, joint_sensitivity
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.methods import agreement, spectral_check
from venus_analysis.compute.compare.mission_phases import (
    Phase,
    PhaseStep,
    phase_step,
    phase_summary,
)
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.parameters.registry import Registry


def compare_phases(
    frame: pd.DataFrame,
    before: Phase,
    after: Phase,
    *,
    events: Sequence[Event] = (),
    exclusions: Exclusions | None = None,
    criterion: float = 0.01,
    registry: Registry | None = None,
    wander: Mapping[str, float] = WANDER,
    outlook: bool = True,
    known_phases: Sequence[MissionPhase] | None = None,
    serial: str = "",
    early: bool = False,
) -> dict[str, Any]:
    """Compare methods in two mission phases, band by band.

    Parameters
    ----------
    frame
        Rows of one instrument.
    before, after
        Phases.
    events
        Those that break are known steps of their bands.
    exclusions
        Looks left out beside the ledger.
    criterion
        Largest relative step that is accepted.
    registry
        Gives the dates of parameter updates exactly.
    wander
        See `gather.series_by_band`.
    outlook
        Whether to look for the number of further looks, which takes half of the time.
    known_phases
        Heights of phases whose rows state none, by default those of the package.
    serial
        PHGAIN set to re-base all rows to, for the mean ratio of each phase; rows
        for which that is not exact are left out. Needs `registry`.
    early
        Whether each band gets ``first_looks`` as well: the first looks at the Moon in
        the later phase against the earlier one, extrapolated (`first_looks`).

    Returns
    -------
    dict
        ``simulated``, ``before``, ``after``; ``bands``: each with ``steps`` (all
        methods, each alone, and each left out), ``phases``, ``agreement`` (En),
        ``levels`` of the methods against the first, and ``breaks``: events, and
        updates that were not applied as their files say, which would otherwise pass
        into the step; ``changes``: see `phase_table.changes_between`; ``spectrum``: bands
        that leave the smooth course of the joint step over wavelength. NaN is None.
    """
    *_, found = phases_by_band(
        frame, before, after, events=events, exclusions=exclusions, criterion=criterion,
        registry=registry, wander=wander, outlook=outlook, known_phases=known_phases,
        serial=serial, early=early,
    )  # fmt: skip
    return found


def phases_by_band(
    frame: pd.DataFrame,
    before: Phase,
    after: Phase,
    *,
    events: Sequence[Event] = (),
    exclusions: Exclusions | None = None,
    criterion: float = 0.01,
    registry: Registry | None = None,
    wander: Mapping[str, float] = WANDER,
    outlook: bool = True,
    known_phases: Sequence[MissionPhase] | None = None,
    serial: str = "",
    early: bool = False,
) -> Iterator[dict[str, Any]]:
    """Compare as `compare_phases` does, band by band for those who wait.

    Yields
    ------
    dict
        The last is that of `compare_phases`. Those before have ``simulated``, ``before``,
        ``after``, the ``bands`` so far, and ``to_come``: the names of the others.
    """
    bands: list[dict[str, Any]] = []
    told = {
        "simulated": bool(frame["simulated"].any()),
        "before": phase_span(before),
        "after": phase_span(after),
        "bands": bands,
    }
    rows, notes = rebased_rows(frame, registry, serial) if serial else (frame, ())
    names = by_wavelength(rows["band"].unique())
    breaks = breaks_by_band(frame, names, events, registry)
    for band, series in _in_turn(rows, names, exclusions, wander):
        gain = _gain(rows, band) if serial else math.nan
        one = _band(
            band, series, before, after, breaks[band], criterion, outlook=outlook, gain=gain
        )
        if early:
            one["first_looks"] = _first_looks(series, before, after, breaks[band], criterion)
        bands.append(one)
        if len(bands) < len(names):
            yield told | {"bands": list(bands), "to_come": names[len(bands) :]}
    joint = [one["steps"][0] for one in bands]
    spectrum = spectral_check(
        [one["band"] for one in bands],
        [wavelength_nm(one["band"]) for one in bands],
        [math.nan if one["step"] is None else one["step"] for one in joint],
        [math.nan if one["u"] is None else one["u"] for one in joint],
        u_curve=0.002,
    )
    yield told | {
        "set": serial,
        "notes": list(notes),
        "changes": changes_between(frame, before, after, events, known_phases),
        "spectrum": [dataclasses.asdict(one) for one in spectrum],
    }


def _in_turn(
    rows: pd.DataFrame,
    names: list[str],
    exclusions: Exclusions | None,
    wander: Mapping[str, float],
) -> Iterator[tuple[str, list[MethodSeries]]]:
    """Series band by band; the first is not kept waiting for those of all others."""
    first = rows[rows["band"].isin(names[:1])]
    yield from series_by_band(first, exclusions=exclusions, wander=wander).items()
    if len(names) > 1:
        given = series_by_band(rows, exclusions=exclusions, wander=wander)
        yield from ((band, given[band]) for band in names[1:])


def _band(
    band: str,
    series: list[MethodSeries],
    before: Phase,
    after: Phase,
    breaks: Breaks,
    criterion: float,
    *,
    outlook: bool,
    gain: float,
) -> dict[str, Any]:
    methods = list(dict.fromkeys(one.method for one in series))
    groups = {m: [one for one in series if one.method == m] for m in methods}
    if len(methods) > 2:
        groups |= {f"without {m}": [s for s in series if s.method != m] for m in methods}
    joint = phase_step(
        series, before, after, criterion=criterion, label="all methods",
        break_times=list(breaks.known), suspects=list(breaks.suspects), outlook=outlook,
    )  # fmt: skip
    known = [*breaks.known, *(one.time for one in joint.faults)]
    steps = {"all methods": joint} | {
        name: phase_step(
            own, before, after, criterion=criterion, break_times=known, label=name,
            outlook=outlook and not name.startswith("without"), beside=joint,
        )
        for name, own in groups.items()
    }  # fmt: skip
    whole = joint.joint
    noise = whole.noise if whole is not None else None
    return {
        "band": band,
        "steps": [_step(one) for one in steps.values()],
        "phases": [
            {
                "method": one.method, "phase": one.phase, "looks": one.looks,
                "drift_per_year": _interval(one.drift), "scatter": plain(one.scatter),
                "log_sensitivity": _interval(one.mean), "correlation": plain(one.correlation),
                "mean_ratio": plain(float(np.exp(one.mean.value) / gain)),
                "clean": not phase.holds(np.array(joint.breaks, "datetime64[s]")).any(),
            }
            for phase in (before, after)
            for one in phase_summary(series, phase, joint.breaks, noise)
        ],
        "breaks": _breaks(joint, breaks),
        "agreement": [
            {name: plain(value) for name, value in dataclasses.asdict(one).items()}
            for one in (agreement(_alone(steps, whole)) if whole is not None else [])
        ],
        "levels": [
            {"series": one.name, "against": whole.series[0].name,
             "difference": _interval(whole.difference(one.name, whole.series[0].name))}
            for one in (whole.series[1:] if whole is not None else ())
            if whole is not None
        ],
    }  # fmt: skip


def _alone(steps: Mapping[str, PhaseStep], whole: Joint) -> dict[str, Joint]:
    """Fits of each method under the trend of all: those of its step, where it is the same."""
    found = {}
    for method in whole.noise:
        own = steps[method].joint
        if own is None or {*own.trend.step_times} != {*whole.trend.step_times}:
            series = [one for one in whole.series if one.method == method]
            own = joint_sensitivity(series, whole.trend, whole.noise)
        found[method] = own
    return found


def _first_looks(
    series: list[MethodSeries], before: Phase, after: Phase, breaks: Breaks, criterion: float
) -> list[dict[str, Any]]:
    found = first_looks(
        series, before, after, break_times=list(breaks.known), suspects=list(breaks.suspects),
        criterion=criterion, shape="ageing",
    )  # fmt: skip
    return [
        {"number": one.number, "until": f"{one.until}Z", "verdict": one.verdict,
         "departure": _interval(one.departure)}
        for one in found
    ]  # fmt: skip


def _gain(rows: pd.DataFrame, band: str) -> float:
    """Ak of the one set that all rows of a band are re-based to."""
    known = rows.loc[rows["band"] == band, "absolute_gain"].dropna()
    return float(known.iloc[0]) if len(known) else math.nan


def _breaks(joint: PhaseStep, breaks: Breaks) -> list[dict[str, Any]]:
    """Give the steps fitted beside that of the gap, why, and how large."""
    if joint.joint is None:
        return []
    why = breaks.known | {one.time: f"{breaks.suspects[one.time]} not applied as its file says"
                          for one in joint.faults}  # fmt: skip
    return [
        {"time": f"{time}Z", "why": why[time], "step": _interval(joint.joint.step(time))}
        for time in sorted(joint.breaks)
    ]


def _step(one: PhaseStep) -> dict[str, Any]:
    return {
        "estimate": one.method,
        "time": None if np.isnat(one.time) else f"{one.time}Z",
        "step": plain(float(one.step.value)),
        "u": plain(float(one.step.standard_uncertainty)),
        "lower": plain(float(one.step.lower)),
        "upper": plain(float(one.step.upper)),
        "seen": one.seen,
        "verdict": one.verdict,
        "more_looks": plain(one.more_looks),
        "looks": list(one.looks),
        "sentence": one.sentence,
    }


def _interval(one: Interval) -> dict[str, float | None]:
    return {
        "value": plain(float(one.value)),
        "u": plain(float(one.standard_uncertainty)),
        "lower": plain(float(one.lower)),
        "upper": plain(float(one.upper)),
    }


def phase_span(phase: Phase) -> dict[str, str]:
    """Name and span of a phase as texts, UTC."""
    return {"name": phase.name, "start": f"{phase.start}Z", "stop": f"{phase.stop}Z"}
