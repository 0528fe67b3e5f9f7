"""Everything a page on drift shows, computed in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift import alerts as alert_rules
from venus_analysis.calibrate.drift import tables
from venus_analysis.calibrate.drift.events import Event, break_dates
from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.fits import BandFit, fit_bands
from venus_analysis.calibrate.drift.judge import due_table, faults, step_table
from venus_analysis.calibrate.drift.looks import Floats, Looks, looks_of
from venus_analysis.calibrate.drift.options import AUTO, Options
from venus_analysis.calibrate.drift.points import left_out, points_table
from venus_analysis.calibrate.drift.selection import Selection, by_wavelength, select
from venus_analysis.calibrate.drift.updates import (
    Updates,
    serial_of,
    updates_in_force,
    updates_seen,
)
from venus_analysis.calibrate.drift.views import View, view_of
from venus_analysis.calibrate.drift.what_if import TypedGain, what_if
from venus_analysis.compute.drift.models import Estimator
from venus_analysis.parameters.registry import Registry

STEPPING_VIEWS = ("as produced", "in force", "what if")
SMOOTH_MODELS = ("constant", "linear", "exponential")
STEPPED_MODELS = ("step", "step_linear", "step_slopes")


@dataclass(frozen=True, eq=False)
class DriftPage:
    """What a page shows; tables are pandas frames, drifts and steps relative.

    Attributes
    ----------
    selection, options
        As asked for.
    view
        The rows in the view, with its notes.
    label
        What the values of `points` are, for an axis.
    points
        One row per look: time, band, value, lower, upper (k = 1), raw (before sites,
        phase, libration or season were taken off), acquisition_id, site, reference,
        serial, flags, excluded, reason, used.
    lines
        The fitted model, dates along each segment: band, segment, time, value, lower,
        upper.
    drifts
        band, wavelength_nm, segment, start, stop, drift, lower, upper, u, looks.
    sensor
        Drift of the sensor's sensitivity, free of Ak: band, wavelength_nm, drift,
        lower, upper, u, alarm (99 % interval excludes 0), looks.
    steps, due
        See `judge.step_table` and `judge.due_table`.
    fits
        band, model, estimator, looks, fits, misfit_probability, correlation, scatter,
        sentence.
    latest
        Latest look of each band: band, time, value, u, acquisition_id.
    alerts
        severity (alarm, warning, note), band, kind, sentence.
    updates, events
        Vertical lines.
    notes
        Sentences on rows and views.
    simulated
        Whether any row is synthetic.
    monthly
        Whether monthly medians were fitted.
    """

    selection: Selection
    options: Options
    view: View
    label: str
    points: pd.DataFrame
    lines: pd.DataFrame
    drifts: pd.DataFrame
    sensor: pd.DataFrame
    steps: pd.DataFrame
    due: pd.DataFrame
    fits: pd.DataFrame
    latest: pd.DataFrame
    alerts: pd.DataFrame
    updates: Updates
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    simulated: bool
    monthly: bool = False

    @property
    def bands(self) -> tuple[str, ...]:
        """Bands by wavelength."""
        return self.updates.bands

    @property
    def method(self) -> str:
        """moon, desert, sno, ..."""
        return str(self.view.frame["method"].iloc[0])


def drift_page(
    frame: pd.DataFrame,
    selection: Selection,
    options: Options | None = None,
    *,
    registry: Registry | None = None,
    events: Sequence[Event] = (),
    exclusions: Exclusions | None = None,
    typed: Sequence[TypedGain] = (),
) -> DriftPage:
    """Fit and judge a selection of rows.

    Steps are judged on the view asked for where Ak steps in it, else as produced. The
    sensor's drift and the Ak an update would carry come from ratio * Ak, with steps
    where an update was not effective or an event left one, so that a fault of the
    processing does not pass for drift.

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`.
    selection, options
        What to show, and how.
    registry
        Folder of parameter files; needed by some views.
    events
        From `events.read_events`.
    exclusions
        From `exclusions.exclusions`; those looks are shown but not fitted.
    typed
        Gains to try: the view becomes ``what if``.

    Returns
    -------
    DriftPage

    Raises
    ------
    InputError
        See `selection.select` and `views.view_of`.
    """
    options = options or Options()
    rows = select(frame, selection)
    bands = tuple(by_wavelength(rows["band"].unique()))
    method = str(rows["method"].iloc[0])
    view = _view(rows, options, registry, typed)
    reasons = left_out(rows, exclusions)
    used = reasons == ""
    recorded = updates_seen(rows, registry)
    shown = _updates(rows, view.view, recorded, registry, options)
    asked = _dates(options.break_times)
    event_breaks = [np.union1d(break_dates(events, [band]), asked) for band in bands]
    reference = _first_gain(rows, bands)
    value = _shown_value(view, reference, bands)

    looks = _looks(rows, value, used, bands, options)
    stepping = view.view in STEPPING_VIEWS
    changes = shown if stepping else recorded
    late = _late(rows, recorded) & (changes is recorded)
    judged = looks
    if late.any() or not stepping:
        ratio = value if stepping else _column(rows, "ratio")
        judged = _looks(rows, ratio, used & ~late, bands, options)
    wander = options.wander(method)
    steps = step_table(judged, changes, event_breaks, options, wander)

    found_faults = [
        np.union1d(own, faults(steps, band)) for band, own in zip(bands, event_breaks, strict=True)
    ]
    breaks = found_faults
    if stepping:
        breaks = [np.union1d(shown.time, own) for own in event_breaks]
    fits = fit_bands(looks, breaks, _models(options, breaks), _estimator(options))
    sensitivity = _looks(
        rows, _column(rows, "ratio") * _column(rows, "absolute_gain"), used, bands, options
    )
    sensor = tables.sensor_table(sensitivity, found_faults, _estimator(options))
    due = due_table(
        sensitivity,
        _last_gain(rows, bands),
        reference,
        found_faults,
        _judged_at(rows, options),
        options,
        wander,
    )
    points = points_table(view, value, reasons, fits, looks)
    lines, drifts = tables.line_tables(fits, options)
    fit_rows = tables.fit_table(fits, options)
    notes = (*view.notes, *recorded.notes, *_notes(rows, looks, fits, asked, exclusions))
    return DriftPage(
        selection,
        options,
        view,
        _label(view, looks),
        points,
        lines,
        drifts,
        sensor,
        steps,
        due,
        fit_rows,
        tables.latest_table(points, bands),
        alert_rules.alerts(sensor, steps, due, fit_rows, notes),
        shown if stepping else recorded,
        tuple(events),
        notes,
        bool(rows["simulated"].any()),
        looks.monthly,
    )


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


def _updates(
    rows: pd.DataFrame,
    view: str,
    recorded: Updates,
    registry: Registry | None,
    options: Options,
) -> Updates:
    if view == "in force" and registry is not None:
        return updates_in_force(rows, registry, options.tdi)
    return recorded


def _looks(
    rows: pd.DataFrame,
    value: Floats,
    used: NDArray[np.bool_],
    bands: Sequence[str],
    options: Options,
) -> Looks:
    return looks_of(
        rows,
        value,
        used,
        bands,
        monthly=options.monthly,
        season=options.season,
        lunar=options.lunar,
    )


def _late(rows: pd.DataFrame, updates: Updates) -> NDArray[np.bool_]:
    """Rows that carry an older set than the update before them made."""
    order = {serial: k + 1 for k, serial in enumerate(updates.serial)}
    rank = np.array([order.get(serial, 0) for serial in serial_of(rows)])
    due = np.searchsorted(updates.time, rows["time"].to_numpy("datetime64[s]"), side="right")
    return rank < due


def _models(options: Options, breaks: Sequence[NDArray[np.datetime64]]) -> tuple[str, ...]:
    if options.estimator == "theil_sen":
        return ("linear",)
    if options.model != AUTO:
        return (options.model,)
    return STEPPED_MODELS if any(len(one) for one in breaks) else SMOOTH_MODELS


def _estimator(options: Options) -> Estimator:
    return "weighted" if options.estimator == "weighted" else "huber"


def _column(rows: pd.DataFrame, name: str) -> Floats:
    return np.asarray(rows[name], np.float64)


def _first_gain(rows: pd.DataFrame, bands: Sequence[str]) -> Floats:
    return _gains(rows, bands, "first")


def _last_gain(rows: pd.DataFrame, bands: Sequence[str]) -> Floats:
    return _gains(rows, bands, "last")


def _gains(rows: pd.DataFrame, bands: Sequence[str], which: str) -> Floats:
    found = rows.groupby("band")["absolute_gain"].agg(which)
    return np.asarray(found.reindex(list(bands)), np.float64)


def _shown_value(view: View, reference: Floats, bands: Sequence[str]) -> Floats:
    """Value of the view; the sensitivity over the Ak of the band's first look."""
    value = np.asarray(view.frame["view_value"], np.float64)
    if view.view != "sensitivity":
        return value
    place = pd.Index(list(bands)).get_indexer(pd.Index(view.frame["band"]))
    return np.asarray(value / reference[place])


def _label(view: View, looks: Looks) -> str:
    label = (
        "sensor sensitivity / Ak of the first look" if view.view == "sensitivity" else view.label
    )
    names = " ".join(looks.regressors)
    removed = [
        text
        for sign, text in (("phase", "phase, libration"), ("season", "season"), ("offset", "sites"))
        if sign in names or (sign == "offset" and looks.monthly)
    ]
    return f"{label} ({', '.join(removed)} taken off)" if removed else label


def _judged_at(rows: pd.DataFrame, options: Options) -> np.datetime64:
    if options.when is not None:
        return options.when
    return rows["time"].to_numpy("datetime64[s]")[-1]  # type: ignore[no-any-return]


def _dates(given: Sequence[np.datetime64]) -> NDArray[np.datetime64]:
    return np.array(given, "datetime64[s]")


def _notes(
    rows: pd.DataFrame,
    looks: Looks,
    fits: Sequence[BandFit],
    asked: NDArray[np.datetime64],
    exclusions: Exclusions | None,
) -> list[str]:
    notes = []
    if looks.monthly:
        notes.append(
            f"Dense series: {len(rows)} looks are fitted as {int(looks.count.sum())} monthly "
            "medians."
        )
    series = {id(one.fit.series): one.fit.series for one in fits}.values()
    found = [text for one in series for text in one.notes if text]
    if found:
        notes.append(f"{len(found)} series: {found[0]}")
    for band, count in zip(looks.bands, looks.count, strict=True):
        if not count:
            notes.append(f"{band} has no look that could be fitted.")
    time = rows["time"].to_numpy("datetime64[s]")
    notes += [
        f"The date {one.astype('datetime64[D]')} lies outside the series: no step can be fitted."
        for one in asked
        if not time[0] < one <= time[-1]
    ]
    notes += [] if exclusions is None else list(exclusions.damaged)
    return notes
