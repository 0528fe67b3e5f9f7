"""Everything a page on drift shows, computed in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift import alerts as alert_rules
from venus_analysis.calibrate.drift import tables
from venus_analysis.calibrate.drift.due import doubted, due_table
from venus_analysis.calibrate.drift.events import Event, break_dates
from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.fits import BandFit, fit_bands
from venus_analysis.calibrate.drift.looks import Looks
from venus_analysis.calibrate.drift.noise_change import noise_changes
from venus_analysis.calibrate.drift.options import AUTO, YEARLY_WANDER, Options
from venus_analysis.calibrate.drift.points import points_table
from venus_analysis.calibrate.drift.prepare import DriftSeries, prepare
from venus_analysis.calibrate.drift.selection import Selection, selected
from venus_analysis.calibrate.drift.steps import faults, step_table
from venus_analysis.calibrate.drift.updates import Updates
from venus_analysis.calibrate.drift.views import View
from venus_analysis.calibrate.drift.what_if import TypedGain, gain_tried
from venus_analysis.parameters.registry import Registry

WHAT_IF: Final = (
    "What if: values, lines and the next update follow the Ak tried; the verdicts on past updates "
    "and the sensor's drift are those of the looks as produced."
)


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
        Drift of the sensor's sensitivity, free of Ak (of the ratio, where no look of a
        band records an Ak): band, wavelength_nm, drift,
        lower, upper, u, alarm (99 % interval excludes 0), looks. Of a desert u holds the
        wander of the sites, see `random_walk.slope_uncertainty`.
    steps, due
        See `steps.step_table` and `due.due_table`.
    fits
        band, model, estimator, looks, fits, misfit_probability, correlation, scatter,
        sentence.
    latest
        Latest look of each band: band, time, value, u, acquisition_id.
    noise
        How the residual noise of Moon images changes, see `noise_change.noise_changes`.
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
    noise: pd.DataFrame
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
    notes: Sequence[str] = (),
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
        Gains to try: the view becomes ``what if``, and the next update is judged under
        them, with the level of the first look as recorded for its target.
    notes
        Sentences on how the selection came about, shown first.

    Returns
    -------
    DriftPage

    Raises
    ------
    InputError
        See `selection.select` and `views.view_of`.
    """
    options = options or Options()
    rows, left = selected(frame, selection)
    series = prepare(rows, options, registry, exclusions, typed)
    bands, wander = series.bands, options.wander(series.method)
    asked = np.array(options.break_times, "datetime64[s]")
    event_breaks = [np.union1d(break_dates(events, [band]), asked) for band in bands]
    steps = step_table(series.judged, series.updates, event_breaks, options, wander)
    found_faults = [
        np.union1d(own, faults(steps, band)) for band, own in zip(bands, event_breaks, strict=True)
    ]
    breaks = found_faults
    if series.stepping is not None:
        breaks = [np.union1d(series.stepping, own) for own in event_breaks]
    fits = fit_bands(series.looks, breaks, _models(options), options.fitted_with)
    sensitivity, without_gain = _sensitivity(series)
    when = series.last if options.when is None else options.when
    walk = YEARLY_WANDER.get(series.method, 0.0) / np.sqrt(series.view.frame["site"].nunique())
    sensor = tables.sensor_table(sensitivity, found_faults, options.fitted_with, walk)
    gain = gain_tried(bands, series.last_gain, typed, when)
    due = due_table(sensitivity, gain, series.first_gain, found_faults, when, options, wander).pipe(
        doubted, steps
    )
    points = points_table(series.view, series.value, series.reasons, fits, series.looks)
    lines, drifts = tables.line_tables(fits, options)
    fit_rows = tables.fit_table(fits, options)
    noise = noise_changes(series.view.frame[series.reasons == ""])
    damaged = () if exclusions is None else exclusions.damaged
    said = [*_notes(series, fits, asked), *without_gain, *([WHAT_IF] if typed else [])]
    notes = (*notes, *left, *series.notes, *said, *damaged)
    return DriftPage(
        selection,
        options,
        series.view,
        series.label,
        points,
        lines,
        drifts,
        sensor,
        steps,
        due,
        fit_rows,
        tables.latest_table(points, bands),
        noise,
        alert_rules.alerts(sensor, steps, due, fit_rows, notes, noise),
        series.updates,
        tuple(events),
        notes,
        bool(series.view.frame["simulated"].any()),
        series.looks.monthly,
    )


def _sensitivity(series: DriftSeries) -> tuple[Looks, list[str]]:
    """Ratio * Ak, or the ratio in bands where no look records an Ak, which a sentence says."""
    gain, bands = series.produced.gain, series.bands
    unknown = np.array([not np.isfinite(one).any() for one in gain])
    looks = series.produced.scaled(np.where(unknown[:, None], 1.0, gain))
    names = [band for band, one in zip(bands, unknown, strict=True) if one]
    if not names:
        return looks, []
    return looks, [
        f"No look of {' '.join(names)} records an Ak: the drift given for the sensor is that of "
        "the ratio, whatever its calibration did."
    ]


def _models(options: Options) -> tuple[str, ...] | None:
    if options.estimator == "theil_sen":
        return ("linear",)
    return None if options.model == AUTO else (options.model,)


def _notes(
    series: DriftSeries, fits: Sequence[BandFit], asked: NDArray[np.datetime64]
) -> list[str]:
    notes, looks = [], series.looks
    if looks.monthly:
        notes.append(
            f"Dense series: {len(series.value)} looks are fitted as {int(looks.count.sum())} "
            "monthly medians."
        )
    fitted = {id(one.fit.series): one.fit.series for one in fits}.values()
    found = [text for one in fitted for text in one.notes if text]
    if found:
        notes.append(f"{len(found)} series: {found[0]}")
    notes += [
        f"{band} has no look that could be fitted."
        for band, count in zip(looks.bands, looks.count, strict=True)
        if not count
    ]
    notes += [
        f"The date {one.astype('datetime64[D]')} lies outside the series: no step can be fitted."
        for one in asked
        if not series.first < one <= series.last
    ]
    return notes
