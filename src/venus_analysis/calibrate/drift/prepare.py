"""Rows of a selection made ready: their view, the looks to fit, and the updates they saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.gather import looks_of
from venus_analysis.calibrate.drift.looks import Floats, Looks
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.points import left_out
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.calibrate.drift.updates import (
    Updates,
    serial_of,
    updates_in_force,
    updates_seen,
)
from venus_analysis.calibrate.drift.views import View, view_of
from venus_analysis.calibrate.drift.what_if import TypedGain, what_if
from venus_analysis.parameters.names import MOON
from venus_analysis.parameters.registry import Registry


@dataclass(frozen=True, eq=False)
class DriftSeries:
    """What a page is computed from.

    Attributes
    ----------
    bands
        By wavelength.
    view, value, label
        The rows in the view, the values shown (the sensitivity over the Ak of the
        band's first look), and what they are.
    reasons
        Why each row is not fitted; empty for rows that are.
    looks
        Values shown, to be fitted.
    produced
        Ratios as produced.
    judged
        Ratios in which the updates make their steps, in the order of the sets.
    updates
        What is judged on `judged`.
    stepping
        Dates at which Ak steps in `looks`; None for views without such steps.
    first_gain, last_gain
        (band,) Ak of the first and of the last look.
    first, last
        Dates of the first and the last look.
    notes
        Sentences on rows.
    """

    bands: tuple[str, ...]
    view: View
    value: Floats
    label: str
    reasons: NDArray[np.object_]
    looks: Looks
    produced: Looks
    judged: Looks
    updates: Updates
    stepping: NDArray[np.datetime64] | None
    first_gain: Floats
    last_gain: Floats
    first: np.datetime64
    last: np.datetime64
    notes: tuple[str, ...]

    @property
    def method(self) -> str:
        """moon, desert, sno, ..."""
        return str(self.view.frame["method"].iloc[0])


def prepare(
    rows: pd.DataFrame,
    options: Options,
    registry: Registry | None,
    exclusions: Exclusions | None,
    typed: Sequence[TypedGain] = (),
) -> DriftSeries:
    """Bring the rows of a selection into the view asked for, and into arrays.

    Parameters
    ----------
    rows
        From `selection.select`.
    options, registry, exclusions, typed
        As for `page.drift_page`.
    """
    bands = tuple(by_wavelength(rows["band"].unique()))
    view = _view(rows, options, registry, typed)
    reasons = left_out(rows, exclusions)
    used = reasons == ""
    first_gain, last_gain = (_gains(rows, bands, which) for which in ("first", "last"))
    value = np.asarray(view.frame["view_value"], np.float64)
    if view.view == "sensitivity":
        place = pd.Index(list(bands)).get_indexer(pd.Index(rows["band"]))
        value = value / first_gain[place]

    def looks(values: Floats, good: NDArray[np.bool_]) -> Looks:
        terms = {"season": options.season, "lunar": options.lunar}
        return looks_of(rows, values, good, bands, monthly=options.monthly, **terms)  # type: ignore[arg-type]

    ratio = np.asarray(rows["ratio"], np.float64)
    produced = looks(ratio, used)
    recorded = updates_seen(rows, registry)
    late = late_rows(rows, recorded)
    judged = looks(ratio, used & ~late) if late.any() else produced
    updates, stepping, shown = recorded, None, None
    if view.view == "as produced":
        shown, stepping = produced, recorded.time
    elif view.view == "sensitivity":
        shown = produced.scaled(produced.gain / first_gain[:, None])
    elif view.view == "what if":
        typed_starts = np.array([one.start for one in typed], "datetime64[s]")
        stepping = np.union1d(recorded.time, typed_starts)
    shown = looks(value, used) if shown is None else shown
    if view.view == "in force" and registry is not None:
        site = MOON if (rows["site"] == MOON).all() else None
        updates, judged = updates_in_force(rows, registry, options.tdi, site), shown
        stepping = updates.time
        last_gain = _gains(view.frame, bands, "last", "view_gain")
    time = rows["time"].to_numpy("datetime64[s]")
    return DriftSeries(
        bands,
        view,
        value,
        _label(view, shown),
        reasons,
        shown,
        produced,
        judged,
        updates,
        stepping,
        first_gain,
        last_gain,
        time[0],
        time[-1],
        (*view.notes, *recorded.notes),
    )


def late_rows(rows: pd.DataFrame, updates: Updates) -> NDArray[np.bool_]:
    """Rows that carry an older set than the update before them made."""
    order = {serial: k + 1 for k, serial in enumerate(updates.serial)}
    rank = np.array([order.get(serial, 0) for serial in serial_of(rows)])
    due = np.searchsorted(updates.time, rows["time"].to_numpy("datetime64[s]"), side="right")
    return np.asarray(rank < due)


def _view(
    rows: pd.DataFrame, options: Options, registry: Registry | None, typed: Sequence[TypedGain]
) -> View:
    if typed:
        return what_if(rows, typed, registry)
    return view_of(
        rows,
        options.view,
        registry,
        serial=options.serial,
        tdi=options.tdi,
        sites=options.sites,
    )


def _gains(
    rows: pd.DataFrame, bands: Sequence[str], which: str, name: str = "absolute_gain"
) -> Floats:
    found = rows.groupby("band")[name].agg(which)
    return np.asarray(found.reindex(list(bands)), np.float64)


def _label(view: View, looks: Looks) -> str:
    label = view.label
    if view.view == "sensitivity":
        label = "sensor sensitivity / Ak of the first look"
    names = " ".join(looks.regressors)
    removed = [
        text
        for sign, text in (("phase", "phase, libration"), ("season", "season"), ("offset", "sites"))
        if sign in names or (sign == "offset" and looks.monthly)
    ]
    return f"{label} ({', '.join(removed)} taken off)" if removed else label
