"""From what is shown to the page of a series; a pure function of project and choices."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from venus_analysis.app.query import Gain, Shown
from venus_analysis.app.store import Store
from venus_analysis.calibrate.drift.newest import settle
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.page import DriftPage, drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.calibrate.drift.what_if import TypedGain
from venus_analysis.parameters.instants import last_second
from venus_analysis.report.project import Project


def selection_of(shown: Shown, bands: tuple[str, ...] = ()) -> Selection:
    """Rows that the choices ask for, of all bands or of some.

    Examples
    --------
    >>> selection_of(Shown(method="moon", until="2021-05-31")).until
    np.datetime64('2021-05-31T23:59:59')
    """
    return Selection(
        method=shown.method,
        bands=bands,
        instrument=shown.instrument,
        site=shown.site,
        reference=shown.reference,
        configuration=shown.configuration,
        mission_phase=shown.phase,
        since=np.datetime64(shown.since, "s") if shown.since else None,
        until=last_second(shown.until) if shown.until else None,
    )


def options_of(shown: Shown) -> Options:
    """How the choices ask for a page to be computed."""
    serial = shown.serial if shown.view == "re-based" else ""
    return Options(view=shown.view, serial=serial, model=shown.model, estimator=shown.estimator)  # type: ignore[arg-type]


def typed(gains: tuple[Gain, ...]) -> tuple[TypedGain, ...]:
    """Gains of an address as `TypedGain`."""
    return tuple(
        TypedGain(gain.band, np.datetime64(gain.start, "s"), gain.absolute_gain) for gain in gains
    )


def shown_page(store: Store, shown: Shown, *, tried: bool = True) -> DriftPage:
    """Page of the bands that are shown, computed once for all sessions.

    Parameters
    ----------
    store
        What is loaded.
    shown
        Choices, resolved.
    tried
        Whether the gains tried out count.

    Returns
    -------
    DriftPage
        Of the bands shown, or of all where that is at hand.

    Raises
    ------
    InputError
        When the rows make no series; it names the choices.
    """
    gains = typed(tuple(one for one in shown.gain if one.band in shown.band)) if tried else ()
    if not gains and store.has(_key(shown, (), ()), shown.as_of):
        return _page(store, shown, (), ())
    return _page(store, shown, shown.band, gains)


def full_page(store: Store, shown: Shown) -> DriftPage:
    """Page of all bands as produced: the sensor's drift and the next update need no view."""
    return _page(store, replace(shown, view="as produced", model="auto"), (), ())


def _page(
    store: Store, shown: Shown, bands: tuple[str, ...], gains: tuple[TypedGain, ...]
) -> DriftPage:
    def computed(project: Project) -> DriftPage:
        return _computed(project, shown, bands, gains, _settled(store, shown))

    return store.derived(_key(shown, bands, gains), computed, shown.as_of)


def foresee_page(store: Store, shown: Shown) -> None:
    """Compute `full_page` beside the server's thread before anybody asks for it."""
    whole = replace(shown, view="as produced", model="auto")
    settled = _settled(store, whole)
    store.foresee(
        _key(whole, (), ()), lambda project: _computed(project, whole, (), (), settled), shown.as_of
    )


Settled = tuple[Selection, tuple[str, ...]]


def _settled(store: Store, shown: Shown) -> Settled:
    """Which kind of rows to show, whatever bands and period: looked for once, in all of them."""
    asked = replace(selection_of(shown), since=None, until=None)
    return store.derived(
        ("settled", asked), lambda project: settle(project.frame, asked), shown.as_of
    )


def _computed(
    project: Project,
    shown: Shown,
    bands: tuple[str, ...],
    gains: tuple[TypedGain, ...],
    settled: Settled,
) -> DriftPage:
    kind, notes = settled
    asked = selection_of(shown)
    return drift_page(
        project.frame,
        replace(kind, bands=bands, since=asked.since, until=asked.until),
        options_of(shown),
        registry=project.registry,
        events=project.events,
        exclusions=project.exclusions,
        typed=gains,
        notes=notes,
    )


def _key(shown: Shown, bands: tuple[str, ...], gains: tuple[TypedGain, ...]) -> Hashable:
    return ("drift", selection_of(shown, bands), options_of(shown), gains)
