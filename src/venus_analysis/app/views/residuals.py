"""Residuals: what the ratio depends on beside time, one condition at a time."""

from __future__ import annotations

import io
from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.models import SaveTool

from venus_analysis.app.drift_page import options_of, selection_of, shown_page
from venus_analysis.app.layout import WIDE, filling, pane
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.views.look_link import LookLink
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.calibrate.drift.residuals import ratio_residuals
from venus_analysis.errors import InputError
from venus_analysis.ledger.convert import csv_bytes
from venus_analysis.plot.ratio_residuals import ResidualFigure, halves
from venus_analysis.report.names import file_stem
from venus_analysis.report.project import Project
from venus_analysis.report.residual_tables import dependence_headline, dependence_table

LEAST_HEIGHT: Final = 430
FILLING: Final = filling(LEAST_HEIGHT)


class ResidualsView:
    """Body of the page Residuals.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self.figure: ResidualFigure | None = None
        self.residuals = pd.DataFrame()
        self._theme = ""
        self._page: DriftPage | None = None
        self._drawn: Hashable = None
        self.headline, self.table = pn.pane.HTML("", **WIDE), pn.pane.HTML("", **WIDE)
        self.place, self.link = pn.Column(**FILLING), LookLink(state)
        self.csv = pmui.FileDownload(
            label="Residuals as CSV", callback=self._csv, auto=True, size="small", embed=False,
            filename="residuals.csv",
        )  # fmt: skip
        self.panel = pn.Column(self.headline, self.place, **FILLING)

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices: sources are updated, the figure stays."""
        if not shown.axis:
            raise InputError(
                "the rows", "a condition that differs between looks", "none", "choose other rows"
            )
        page = shown_page(self.store, shown, tried=False)
        drawn = (shown.axis, shown.band, shown.theme)
        if page is not self._page or drawn != self._drawn:
            self.residuals = self.store.derived(
                ("residuals", selection_of(shown, shown.band), options_of(shown)),
                lambda project: ratio_residuals(page, project.frame, shown.band),
                shown.as_of,
            )
            if self.figure is None or self._theme != shown.theme:
                self._make(shown)
            self.figure.update(  # type: ignore[union-attr]
                self.residuals, shown.axis, shown.band, simulated=page.simulated
            )
            self.link.forget()
            self._tell(shown, page.simulated)
            self._page, self._drawn = page, drawn
        self.link.refresh(project, shown)

    def complete(self) -> None:
        """Add what stands below the figure."""
        if len(self.panel) == 2:
            self.panel.extend([self.link.panel, self.table, self.csv])

    def _make(self, shown: Shown) -> None:
        self.figure = ResidualFigure(theme=shown.theme, height=LEAST_HEIGHT)
        self._theme = shown.theme
        chart = self.figure.figure
        chart.sizing_mode, chart.min_height = "stretch_both", LEAST_HEIGHT
        self.link.watch(self.figure.sources["looks"])
        self.place.objects = [pane(chart, **FILLING)]

    def _tell(self, shown: Shown, simulated: bool) -> None:
        found: Any = self.figure.found if self.figure is not None else {}
        looks = int(self.residuals["residual"].notna().sum())
        self.headline.object = dependence_headline(found, shown.axis, looks, shown.theme)
        sides = {}
        if "centre_column" in self.residuals:
            groups = self.residuals.groupby("band")
            sides = {str(band): halves(own) for band, own in groups}
        self.table.object = dependence_table(found, shown.axis, sides, shown.theme)
        words = ("residuals", shown.method, *shown.band, "against", shown.axis)
        stem = file_stem(*words, simulated=simulated)
        self.csv.filename = f"{stem}.csv"
        for tool in self.figure.figure.tools if self.figure is not None else ():
            if isinstance(tool, SaveTool):
                tool.filename = stem

    def _csv(self) -> io.BytesIO:
        return io.BytesIO(csv_bytes(self.residuals))
