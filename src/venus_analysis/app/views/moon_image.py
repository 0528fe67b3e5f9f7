"""Moon image explorer: the picture of a band, what was filtered, halo, ghosts, all over time."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
import panel as pn
import xarray as xr
from bokeh.models import SaveTool

from venus_analysis.app.later import soon
from venus_analysis.app.layout import WIDE, filling, pane
from venus_analysis.app.moon_looks import (
    band_shown,
    chosen_look,
    look_halo,
    look_picture,
    look_product,
    look_ratios,
    moon_rows,
)
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.views.moon_controls import MoonControls
from venus_analysis.app.views.moon_details import MoonDetails
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.plot.moon_curves import HaloFigure, SpectrumFigure
from venus_analysis.plot.moon_explorer import MoonFigure
from venus_analysis.report.moon_tables import look_headline, picture_legend
from venus_analysis.report.names import file_stem
from venus_analysis.report.pictured import rows_of
from venus_analysis.report.project import Project
from venus_analysis.report.tables import table

HEIGHT: Final = 430
HEIGHT_OF_CHOICES: Final = 104
"""What the two rows of widgets take, kept free until they are there."""
NO_SKY: Final = "ghosts not looked for; moon --residuals does"


class MoonImageView:
    """Body of the page Moon images.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self.controls = MoonControls(state)
        self.details: MoonDetails | None = None
        self.figure: MoonFigure | None = None
        self.halo: HaloFigure | None = None
        self.spectrum: SpectrumFigure | None = None
        self.look: Any = None
        self.band = ""
        self._theme = ""
        self._drawn: Hashable = None
        self._now: Any = None
        self._due = False
        self._document = pn.state.curdoc
        self.remark, self.headline, self.legend = (pn.pane.HTML("", **WIDE) for _ in range(3))
        self.choices = pn.Column(min_height=HEIGHT_OF_CHOICES, **WIDE)
        self.curves = pn.Column(**WIDE)
        self.place = pn.Row(**filling(HEIGHT))
        self.panel = pn.Column(
            self.remark, self.headline, self.choices, self.place, self.legend, **filling(HEIGHT)
        )
        for one in (self.controls.blink, self.controls.partner):
            one.param.watch(lambda _: soon(self._document, self._blink), "value")

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices: sources are updated, the figures stay."""
        rows, looks = moon_rows(self.store, shown)
        self.look, remark = chosen_look(looks, shown.look)
        product = look_product(self.store, self.look, shown.as_of)
        self.band = band_shown(product, shown)
        self.remark.object = _said(remark, shown.theme)
        self.remark.visible = bool(remark)
        bands = by_wavelength(product["band"].to_numpy())
        self.controls.fill(looks, str(self.look["acquisition_id"]), bands, self.band)
        if self.figure is None or self._theme != shown.theme:
            self._make(shown)
        key = (self.look["run_id"], self.look["product"], self.band, shown.picture, shown.theme)
        if key != self._drawn:
            self._draw(rows, product, shown)
            self._drawn = key
        self._now = project, rows, product, self.look, self.band, shown
        if self.details is not None and not self._due:
            self._due = True
            soon(self._document, self._detail)

    def _detail(self) -> None:
        """Let what stands below follow, once the picture is on its way."""
        self._due = False
        if self.details is not None:
            self.details.refresh(*self._now)

    def complete(self) -> None:
        """Add what stands above, beside and below the picture."""
        if self.details is None and self._now is not None:
            _, rows, *_, shown = self._now
            self.choices.objects = [self.controls.panel]
            self._make_curves(shown)
            self._draw_curves(rows_of(rows, self.look), shown)
            self.details = MoonDetails(self.state)
            self.details.refresh(*self._now)
            self.panel.append(self.details.panel)

    def _make(self, shown: Shown) -> None:
        self._theme, self._drawn = shown.theme, None
        self.controls.blink.value = False  # a new figure begins with a picture that stands
        self.figure = MoonFigure(theme=shown.theme, height=HEIGHT)
        self.figure.figure.min_height = HEIGHT
        picture = pane(
            self.figure.figure, sizing_mode="stretch_both", min_height=HEIGHT, min_width=480
        )
        self.place.objects = [picture, self.curves]
        if self.halo is not None:
            self._make_curves(shown)

    def _make_curves(self, shown: Shown) -> None:
        self.halo, self.spectrum = HaloFigure(theme=shown.theme), SpectrumFigure(theme=shown.theme)
        points = self.spectrum.sources["points"]

        def tapped(_attribute: str, _old: list[int], new: list[int]) -> None:
            if new:
                self.controls.band.value = points.data["band"][new[0]]

        points.selected.on_change("indices", tapped)
        self.curves.objects = [pane(one.figure, **WIDE) for one in (self.halo, self.spectrum)]

    def _draw_curves(self, mine: pd.DataFrame, shown: Shown) -> None:
        if self.halo is not None and self.spectrum is not None:
            simulated = bool(self.look["simulated"])
            halo = look_halo(self.store, self.look, self.band, shown.theme, shown.as_of)
            self.halo.show(halo, self.band, simulated=simulated)
            self.spectrum.update(look_ratios(mine), self.band, simulated=simulated)

    def _draw(self, rows: pd.DataFrame, product: xr.Dataset, shown: Shown) -> None:
        figure = self.figure
        if figure is None:
            return
        simulated = bool(self.look["simulated"])
        picture = look_picture(self.store, self.look, self.band, shown.picture, shown.as_of)  # type: ignore[arg-type]
        if picture is None:
            ghosts = shown.picture == "ghosts"
            what = NO_SKY if ghosts else "no disk in this product"
            figure.clear(f"{self.band} · {what}")
            self.legend.object = ""
        else:
            figure.update(picture, text=str(self.look["time"])[:10], simulated=simulated)
            self.legend.object = picture_legend(picture, shown.theme)
        mine = rows_of(rows, self.look)
        self._draw_curves(mine, shown)
        mine = mine[mine["band"] == self.band]
        self.headline.object = (
            look_headline(mine.iloc[0], product, shown.theme) if len(mine) else ""
        )
        words = ("moon", str(self.look["acquisition_id"]), self.band, shown.picture)
        for tool in figure.figure.tools:
            if isinstance(tool, SaveTool):
                tool.filename = file_stem(*words, simulated=simulated)
        self._blink()

    def _blink(self) -> None:
        """Hand the other band to the browser, which blinks by itself; or end it."""
        if self.figure is None or self.look is None:
            return
        partner = self.controls.partner.value if self.controls.blink.value else None
        other = None
        if partner:
            kind, as_of = self.state.picture, self.state.as_of
            other = look_picture(self.store, self.look, str(partner), kind, as_of)
        self.figure.blink(other)


def _said(text: str, theme: str) -> str:
    return table([], [], caption="", theme=theme, empty=text) if text else ""
