"""Temporal drift: the series with its updates, what they did, what another Ak would do."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.events import RangesUpdate
from bokeh.models import SaveTool, TapTool

from venus_analysis.app.drift_page import shown_page
from venus_analysis.app.layout import WIDE, filling, pane
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.views.details import Drawn, DriftDetails
from venus_analysis.app.views.look_link import LookLink
from venus_analysis.plot.drift import DriftFigure
from venus_analysis.plot.drift_columns import MOST_MARKS, point_columns
from venus_analysis.report.headline import headline
from venus_analysis.report.project import Project

LEAST_HEIGHT: Final = 430
FILLING: Final = filling(LEAST_HEIGHT)


class DriftView:
    """Body of the page Temporal drift; the figure first, the rest once it is on the screen.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self.drawn: Drawn | None = None
        self.figure: DriftFigure | None = None
        self.details: DriftDetails | None = None
        self._theme = ""
        self.link = LookLink(state)
        self.headline, self.place = pn.pane.HTML("", **WIDE), pn.Column(**FILLING)
        self.panel = pn.Column(self.headline, self.place, **FILLING)

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices: sources are updated, the figure stays."""
        page = shown_page(self.store, shown)
        recorded = shown_page(self.store, shown, tried=False) if shown.gain else page
        before, self.drawn = self.drawn, Drawn(project, shown, page, recorded)
        if self.figure is None or self._theme != shown.theme:
            self._draw(self.drawn)
        elif before is None or before.page is not page or before.shown.band != shown.band:
            self.figure.update(page, shown.band)
            self.link.forget()
        self.figure.mark([one for one in shown.gain if one.band in shown.band])  # type: ignore[union-attr]
        self.link.refresh(project, shown)
        for tool in self.figure.figure.tools:  # type: ignore[union-attr]
            if isinstance(tool, SaveTool):
                tool.filename = self.drawn.stem
        self.headline.object = headline(page, shown.band, shown.theme)
        if self.details is not None:
            self.details.refresh(self.drawn)

    def complete(self) -> None:
        """Add what stands below the figure."""
        if self.details is None and self.drawn is not None:
            self.details = DriftDetails(self.state, self.store)
            self.details.refresh(self.drawn)
            self.panel.extend([self.link.panel, self.details.panel])

    def _draw(self, drawn: Drawn) -> None:
        shown = drawn.shown
        self._theme = shown.theme
        self.figure = DriftFigure(drawn.page, shown.band, theme=shown.theme, height=LEAST_HEIGHT)
        chart = self.figure.figure
        chart.output_backend = "canvas"
        chart.sizing_mode, chart.min_height = "stretch_both", LEAST_HEIGHT
        chart.add_tools(TapTool())
        chart.on_event(RangesUpdate, self._zoomed)
        for name in ("used", "excluded"):
            source = self.figure.sources[name]
            self.link.watch(source)
            source.selected.on_change("indices", self._tapped(source))
        self.place.objects = [pane(chart, **FILLING)]

    def _zoomed(self, event: Any) -> None:
        """Draw single looks in place of medians once the window holds few enough."""
        if self.figure is None or self.drawn is None or len(self.drawn.page.points) <= MOST_MARKS:
            return
        since, until = (np.datetime64(int(end), "ms") for end in (event.x0, event.x1))
        found: Any = point_columns(self.drawn.page, self.drawn.shown.band, since, until)
        for name, columns in found.items():
            source: Any = self.figure.sources[name]
            source.data = columns
        self.link.forget()

    def _tapped(self, source: Any) -> Any:
        def tapped(_attribute: str, _old: list[int], new: list[int]) -> None:
            if new and self.details is not None:
                look, band = (source.data[name][new[0]] for name in ("acquisition_id", "band"))
                self.details.exclusion.choose(look, band)

        return tapped
