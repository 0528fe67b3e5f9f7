"""Below a Moon image: residual noise over time, filtered pixels, ghosts, uncertainty budget."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import panel as pn
import panel_material_ui as pmui
import xarray as xr

from venus_analysis.app.layout import WIDE, pane
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.parameters.registry import Registry
from venus_analysis.plot.moon_curves import QuantityFigure
from venus_analysis.plot.residuals import NAMES
from venus_analysis.report.moon_tables import (
    budget_table,
    change_headline,
    ghost_table,
    rejected_table,
)
from venus_analysis.report.pictured import rows_of, update_days
from venus_analysis.report.project import Project

HEIGHT: Final = 320


class MoonDetails:
    """Residual noise over time, and tabs of which the open one is kept up to date.

    Parameters
    ----------
    state
        Of the session.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.rejected, self.ghosts, self.budget, self.change = (
            pn.pane.HTML("", **WIDE) for _ in range(4)
        )
        options = {label: name for name, (label, _) in NAMES.items()}
        self.quantity = pmui.Select(
            label="Quantity", options=options, value=next(iter(NAMES)), width=360, size="small"
        )
        self.quantity.param.watch(self._chosen, "value")
        self.figure: QuantityFigure | None = None
        self._theme = ""
        self._now: Any = None
        self.place = pn.Column(**WIDE)
        self.tabs = pmui.Tabs(
            ("Filtered pixels", pn.Column(self.rejected, **WIDE)),
            ("Ghosts", pn.Column(self.ghosts, **WIDE)),
            ("Uncertainty", pn.Column(self.budget, **WIDE)),
            dynamic=True,
            **WIDE,
        )
        self.panel = pn.Column(self.quantity, self.change, self.place, self.tabs, **WIDE)
        self.tabs.param.watch(lambda _: self._fill(), "active")

    def refresh(
        self,
        project: Project,
        rows: pd.DataFrame,
        product: xr.Dataset,
        look: Any,
        band: str,
        shown: Shown,
    ) -> None:
        """Follow the picture."""
        self._now = project, rows, product, look, band, shown
        self._fill()

    def _fill(self) -> None:
        if self._now is None:
            return
        project, rows, product, look, band, shown = self._now
        self._over_time(project.registry, rows, look, band, shown)
        match self.tabs.active:
            case 0:
                self.rejected.object = rejected_table(product, shown.theme)
            case 1:
                self.ghosts.object = ghost_table(product, shown.theme)
            case _:
                mine = rows_of(rows, look)
                mine = mine[mine["band"] == band]
                self.budget.object = budget_table(mine.iloc[0], shown.theme) if len(mine) else ""

    def _over_time(
        self, registry: Registry | None, rows: pd.DataFrame, look: Any, band: str, shown: Shown
    ) -> None:
        if self.figure is None or self._theme != shown.theme:
            self._theme = shown.theme
            self.figure = QuantityFigure(theme=shown.theme, height=HEIGHT)
            source = self.figure.sources["points"]
            source.selected.on_change("indices", self._tapped(source))
            self.place.objects = [pane(self.figure.figure, sizing_mode="stretch_width")]
        quantity = shown.quantity if shown.quantity in NAMES else next(iter(NAMES))
        self.quantity.value = quantity
        bands = shown.band or (band,)
        self.change.object = change_headline(rows, quantity, bands, shown.theme)
        self.figure.update(
            rows,
            quantity,
            bands,
            look=str(look["acquisition_id"]),
            updates=update_days(registry, rows),
        )

    def _tapped(self, source: Any) -> Any:
        def tapped(_attribute: str, _old: list[int], new: list[int]) -> None:
            if new:
                self.state.look = str(source.data["acquisition_id"][new[0]])

        return tapped

    def _chosen(self, event: Any) -> None:
        self.state.quantity = "" if event.new == next(iter(NAMES)) else event.new
