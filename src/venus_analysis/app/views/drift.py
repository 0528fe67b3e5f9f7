"""Temporal drift: the series with its updates, what they did, what another Ak would do."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.events import RangesUpdate

from venus_analysis.app.drift_page import shown_page
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.views.exclusion import ExclusionCard
from venus_analysis.app.views.what_if import WhatIf
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.plot.drift import DriftFigure
from venus_analysis.plot.drift_columns import MOST_MARKS, point_columns
from venus_analysis.report.drift_tables import drift_table, due_table, points_csv, verdict_table
from venus_analysis.report.headline import headline
from venus_analysis.report.project import Project

HEIGHT = 430


class DriftView:
    """Body of the page Temporal drift.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self._theme = ""
        self.page: DriftPage | None = None
        self.bands: tuple[str, ...] = ()
        self.figure: DriftFigure | None = None
        wide = {"sizing_mode": "stretch_width"}
        self.headline = pn.pane.HTML("", **wide)
        self.place = pmui.Column(**wide)
        self.verdicts, self.drifts, self.due = (pn.pane.HTML("", **wide) for _ in range(3))
        self.what_if, self.exclusion = WhatIf(state, store), ExclusionCard(state, store)
        self.csv = pmui.FileDownload(
            label="Looks as CSV", callback=self._csv, filename="drift.csv", auto=True, size="small",
            variant="outlined", embed=False,
        )  # fmt: skip
        self.tabs = pmui.Tabs(
            ("Updates", pmui.Column(self.verdicts, **wide)),
            ("What if", self.what_if.panel),
            ("Next update", pmui.Column(self.due, **wide)),
            ("Drift by segment", pmui.Column(self.drifts, self.csv, **wide)),
            ("Left out", self.exclusion.panel),
            dynamic=True,
            **wide,
        )
        self.panel = pmui.Column(self.headline, self.place, self.tabs, **wide)

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices: sources are updated, the figure stays."""
        page = shown_page(self.store, shown)
        recorded = shown_page(self.store, shown, tried=False) if shown.gain else page
        self.page, self.bands = page, shown.band
        self.headline.object = headline(page, shown.band, shown.theme)
        if self.figure is None or self._theme != shown.theme:
            self._theme = shown.theme
            self.figure = DriftFigure(page, shown.band, theme=shown.theme, height=HEIGHT)
            self.place.objects = [pn.pane.Bokeh(self.figure.figure, sizing_mode="stretch_width")]
            self.figure.figure.output_backend = "canvas"
            self.figure.figure.on_event(RangesUpdate, self._zoomed)
            self._select_on_tap()
        else:
            self.figure.update(page, shown.band)
        self.verdicts.object = verdict_table(page, shown.band, shown.theme)
        self.drifts.object = drift_table(page, shown.band, shown.theme)
        self.due.object = due_table(recorded, shown.band, shown.theme)
        self.what_if.refresh(page, recorded, shown)
        self.exclusion.refresh(project, shown)
        self.csv.filename = f"{page.method}_{'_'.join(shown.band)}_{page.view.view}.csv".replace(
            " ", "_"
        )

    def _zoomed(self, event: Any) -> None:
        """Draw single looks in place of medians once the window holds few enough."""
        if self.figure is None or self.page is None or len(self.page.points) <= MOST_MARKS:
            return
        since, until = (np.datetime64(int(end), "ms") for end in (event.x0, event.x1))
        for name, columns in point_columns(self.page, self.bands, since, until).items():
            self.figure.sources[name].data = columns

    def _select_on_tap(self) -> None:
        for name in ("used", "excluded"):
            source = self.figure.sources[name]  # type: ignore[union-attr]
            source.selected.on_change("indices", self._tapped(source))

    def _tapped(self, source: Any) -> Any:
        def tapped(_attribute: str, _old: list[int], new: list[int]) -> None:
            if new:
                data = source.data
                self.exclusion.choose(data["acquisition_id"][new[0]], data["band"][new[0]])

        return tapped

    def _csv(self) -> io.BytesIO:
        rows = points_csv(self.page, self.state.band)  # type: ignore[arg-type]
        return io.BytesIO(rows.to_csv(index=False).encode())
