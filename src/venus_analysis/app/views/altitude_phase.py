"""Altitude phases: did the change of orbit change the camera, and is it accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.comparisons import comparison_of
from venus_analysis.app.later import after, later, soon
from venus_analysis.app.layout import WIDE, filling, put_below, stacked
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.plot.phases import PhaseDrifts, PhaseSteps
from venus_analysis.report.acceptance import headline as acceptance_line
from venus_analysis.report.acceptance import headline_kind, verdict_matrix
from venus_analysis.report.comparison import phase_step_table, phases_headline
from venus_analysis.report.project import Project
from venus_analysis.report.side_by_side import Comparison
from venus_analysis.report.tables import render

LEAST_HEIGHT: Final = 520
FILLING: Final = filling(LEAST_HEIGHT)
FIRST_BANDS: Final = 1
MORE_BANDS: Final = 4
"""Bands that are compared, and then shown, at a time."""
PAUSE_MS: Final = 150
SAID_AFTER_MS: Final = 250
"""Wait after which the page says that it compares; what comes sooner needs no word."""


class AltitudePhaseView:
    """Body of the page Altitude phases.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self._document = pn.state.curdoc
        self._theme, self._complete, self.shown = "", False, Shown()
        self.comparison: Comparison | None = None
        self._found: Mapping[str, Any] | None = None
        self.steps: PhaseSteps | None = None
        self.drifts: PhaseDrifts | None = None
        self.headline = pn.pane.HTML("", **WIDE)
        self.place = pn.Column(**FILLING)
        self.acceptance, self.table = pn.pane.HTML("", **WIDE), pn.pane.HTML("", **WIDE)
        self.tabs = pmui.Tabs(
            ("Steps", self.table), ("Acceptance", self.acceptance), dynamic=True, **WIDE
        )
        self.tabs.param.watch(lambda _: self._judge(), "active")
        self.panel = pn.Column(self.headline, self.place, **FILLING)

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show the phases of these rows; a first comparison is shown as its bands come."""
        comparison = comparison_of(self.store, replace(shown, phase=""))
        comparison.two_phases()
        self.shown, self.comparison = shown, comparison
        ready, found = comparison.phases_are_ready, comparison.phases_so_far
        if found:
            self._show(comparison, found)
        elif self.steps is None:
            self._say_wait(comparison)
        else:
            after(self._document, SAID_AFTER_MS, lambda: self._say_wait(comparison))
        if not ready:
            self._ask(comparison, FIRST_BANDS)

    def _say_wait(self, comparison: Comparison) -> None:
        """Tell what takes long, unless it has come meanwhile."""
        if comparison is self.comparison and not comparison.phases_so_far:
            bands = len(comparison.bands)
            self.headline.object = render(
                "headline.html.j2", lines=[], theme=self.shown.theme,
                facts=f"Comparing two phases in {bands} bands: a second or two.",
            )  # fmt: skip

    def complete(self) -> None:
        """Add the drifts, and the tables below."""
        if not self._complete:
            self._complete = True
            self.panel.append(self.tabs)
            self._add_drifts()

    def _ask(self, comparison: Comparison, bands: int) -> None:
        """Compare some bands and show them, then the others, unless something else is asked."""

        def wanted() -> bool:
            return comparison is self.comparison

        def show(found: Mapping[str, Any]) -> None:
            if not wanted():
                return
            self._show(comparison, found)
            if "to_come" in found:
                # once what has been found is on its way to the screen
                after(self._document, PAUSE_MS, lambda: self._ask(comparison, MORE_BANDS))

        if wanted():
            later(self._document, lambda: comparison.more_phases(bands, wanted), show)

    def _show(self, comparison: Comparison, found: Mapping[str, Any]) -> None:
        self._found, theme = found, self.shown.theme
        if self.steps is None or self._theme != theme:
            self._theme = theme
            self.steps, self.drifts = PhaseSteps(found, theme=theme), None
            self.place.objects = [stacked([self.steps.figure], ("5fr", "4fr"), LEAST_HEIGHT)]
        else:
            self.steps.update(found)
        self.headline.object = phases_headline(found, comparison.notes, theme)
        if "to_come" in found:
            soon(self._document, lambda: self._show_below(found))
        else:
            self._show_below(found)
            self._judge()

    def _show_below(self, found: Mapping[str, Any]) -> None:
        if found is not self._found:
            return
        if self.drifts is not None:
            self.drifts.update(found)
        elif self._complete:
            self._add_drifts()
        self.table.object = phase_step_table(found, self.shown.theme)

    def _add_drifts(self) -> None:
        """Draw the drifts below the steps, once these are on the screen."""
        if self.steps is not None and self.drifts is None and self._found is not None:
            self.drifts = PhaseDrifts(self._found, theme=self.shown.theme)
            put_below(self.place[0], self.drifts.figure)

    def _judge(self) -> None:
        """Fill the acceptance table once somebody opens it."""
        comparison = self.comparison
        if comparison is None or self.tabs.active != 1:
            return
        if comparison.acceptance_is_ready:
            self._show_acceptance(comparison)
            return
        self.acceptance.object = render(
            "headline.html.j2", lines=[], theme=self.shown.theme,
            facts="Judging every criterion in every band: a few seconds.",
        )  # fmt: skip
        later(
            self._document,
            lambda: comparison.acceptance,
            lambda _: self._show_acceptance(comparison),
        )

    def _show_acceptance(self, comparison: Comparison) -> None:
        if comparison is self.comparison:
            found, theme = comparison.acceptance, self.shown.theme
            line = ((headline_kind(found), acceptance_line(found)),)
            said = render("headline.html.j2", lines=[line], facts="", theme=theme)
            self.acceptance.object = said + verdict_matrix(found, theme)
