"""Overview: the matrix of bands and methods, what to look at first, drift by wavelength."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import panel as pn

from venus_analysis.app.choices import choices_in
from venus_analysis.app.drift_page import foresee_page, full_page
from venus_analysis.app.layout import WIDE, pane
from venus_analysis.app.query import Shown, to_query
from venus_analysis.app.resolve import resolve
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.errors import InputError
from venus_analysis.plot.drift import DriftOverview
from venus_analysis.report.overview import overview
from venus_analysis.report.pages import method_pages
from venus_analysis.report.project import Project


class OverviewView:
    """Body of the page Overview.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self._theme = ""
        self.matrix, self.alerts = pn.pane.HTML("", **WIDE), pn.pane.HTML("", **WIDE)
        self.figure: DriftOverview | None = None
        self.place = pn.Column(sizing_mode="stretch_width")
        self.panel = pn.Column(
            self.matrix,
            pn.Row(self.place, pn.Column(self.alerts, **WIDE), **WIDE),
            sizing_mode="stretch_width",
        )

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show the methods there are, each with the choices it can follow."""
        pages = shown_pages(self.store, shown)
        period = (shown.phase, shown.since, shown.until, shown.estimator)
        found = self.store.derived(("overview", *period), lambda _: overview(pages), shown.as_of)
        self.matrix.object = found.html(shown.theme, link=_link(shown), chosen=_chosen(shown))
        self.alerts.object = found.alerts_html(shown.theme)
        if self.figure is None or self._theme != shown.theme:
            self._theme = shown.theme
            self.figure = DriftOverview(list(pages.values()), theme=shown.theme)
            self.place.objects = [pane(self.figure.figure, sizing_mode="stretch_width")]
        else:
            self.figure.update(list(pages.values()))

    def complete(self) -> None:
        """Nothing is left to add."""


def shown_pages(store: Store, shown: Shown) -> dict[str, DriftPage]:
    """Page of every method under the period, phase and estimator chosen.

    Raises
    ------
    InputError
        When no method has a series.
    """

    def page_of(_: Project, method: str) -> DriftPage:
        return full_page(store, _of_method(store, shown, method))

    pages, problems = method_pages(store.project(shown.as_of), page_of)
    if not pages:
        raise InputError("the ledger", "a series", " ".join(problems) or "no rows", "see above")
    return pages


def foresee_phases(store: Store) -> None:
    """Compute the pages of each mission phase beside the server's thread."""
    there = choices_in(store, "", every=True)
    for phase in there.phase:
        for method in there.method:
            foresee_page(store, _of_method(store, Shown(phase=phase), method))


def _link(shown: Shown) -> str:
    """Query of the series behind a square, under the same choices."""
    kept = ("phase", "since", "until", "estimator", "as_of", "theme")
    chosen: dict[str, Any] = {name: getattr(shown, name) for name in kept}
    return to_query(Shown(page="drift", **chosen))


def _chosen(shown: Shown) -> str:
    """Say which looks are shown by phase and period, for the caption; empty for all."""
    words = [
        shown.phase and f"of {shown.phase}",
        shown.since and f"from {shown.since}",
        shown.until and f"to {shown.until}",
    ]
    return " ".join(filter(None, words))


def _of_method(store: Store, shown: Shown, method: str) -> Shown:
    own = replace(shown, method=method, instrument="", site="", reference="", configuration="")
    return resolve(own, choices_in(store, method, shown.as_of))[0]
