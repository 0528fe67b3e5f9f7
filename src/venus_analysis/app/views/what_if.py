"""What if: type or drag a new Ak per band and date, see the series, take a PHGAIN file home."""

from __future__ import annotations

import io
from datetime import date
from typing import Any, Final

import numpy as np
import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.choices import choices_in
from venus_analysis.app.drift_page import full_page
from venus_analysis.app.phgain import phgain_download
from venus_analysis.app.query import Gain, Shown, short
from venus_analysis.app.resolve import resolve
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.try_gain import first_start, gain_at, proposed, with_gain
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.errors import InputError
from venus_analysis.report.tables import Cell, table
from venus_analysis.report.wording import number, percent

REACH_PERCENT: Final = 5.0


class WhatIf:
    """Card of gains tried out; they live in the address.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self.page: DriftPage | None = None
        self._filling = False
        small = {"size": "small"}
        self.band = pmui.Select(label="Band", width=110, **small)
        self.start = pmui.DatePicker(label="Valid from (UTC)", width=170, **small)
        # a text: FloatInput takes what is typed after an Enter only once it was left in between
        self.gain = pmui.TextInput(label="Ak, counts / (W m⁻² sr⁻¹ µm⁻¹)", width=220, **small)
        self.change = pmui.FloatSlider(
            label="Change against Ak in use (%)", start=-REACH_PERCENT, end=REACH_PERCENT,
            step=0.05, width=260, **small,
        )  # fmt: skip
        self.all = pmui.Button(
            label="Try the Ak proposed for all bands", variant="outlined", **small
        )
        self.clear = pmui.Button(label="Clear", variant="text", **small)
        self.file = pmui.FileDownload(
            label="Export PHGAIN", callback=self._export, filename="PHGAIN.EEF", auto=True,
            embed=False, **small,
        )  # fmt: skip
        self.error = pn.pane.HTML("", sizing_mode="stretch_width", visible=False)
        self.table = pn.pane.HTML("", sizing_mode="stretch_width")
        self.panel = pmui.Column(
            pmui.FlexBox(self.band, self.start, self.gain, self.change, align_items="center"),
            pmui.FlexBox(self.all, self.file, self.clear),
            self.error,
            self.table,
            margin=(12, 0, 0, 0),
            sizing_mode="stretch_width",
        )
        self.gain.param.watch(self._typed, "value")
        self.change.param.watch(self._dragged, "value_throttled")
        self.band.param.watch(lambda _: self._fill(), "value")
        self.start.param.watch(lambda _: self._fill(), "value")
        self.all.on_click(lambda _: self._try_all())
        self.clear.on_click(self._clear)

    def refresh(self, recorded: DriftPage, shown: Shown) -> None:
        """Offer the bands shown; `recorded` is the page without gains tried out."""
        self.page = recorded
        self._filling = True
        try:
            bands = choices_in(self.store, shown.method, shown.as_of).band
            first = shown.band[0] if shown.band else None
            chosen = self.band.value if self.band.value in shown.band else first
            self.band.param.update(options=list(bands), value=chosen)
            if self.start.value is None:
                self.start.value = first_start(recorded)
        finally:
            self._filling = False
        self._fill()
        self.clear.disabled = self.file.disabled = not shown.gain
        self.table.object = self._table(shown)

    def _fill(self) -> None:
        """Show the gain of the band and date chosen: tried out, or in use."""
        if self.page is None or self._filling or not self.band.value or not self.start.value:
            return
        in_use = gain_at(self.page, self.band.value, self.start.value)
        tried = {(one.band, one.start): one.absolute_gain for one in self.state.gain}
        value = tried.get((self.band.value, self.start.value.isoformat()), in_use)
        self._filling = True
        try:
            self.gain.value = number(value, 5)
            self.change.value = max(-REACH_PERCENT, min(REACH_PERCENT, (value / in_use - 1) * 100))
        finally:
            self._filling = False

    def _typed(self, event: Any) -> None:
        if not self._filling and event.new:
            self._try(_read(event.new), event.new)

    def _dragged(self, event: Any) -> None:
        if not self._filling and self.page is not None and self.band.value:
            in_use = gain_at(self.page, self.band.value, self.start.value)
            self._try(round(in_use * (1.0 + event.new / 100.0), 5))

    def _try(self, value: float, written: str = "") -> None:
        if not (np.isfinite(value) and value > 0.0):
            self._say(f"An Ak is a number above 0 such as 0.652, not {short(written)}; correct it.")
            return
        self._say("")
        start: date = self.start.value
        gain = Gain(self.band.value, start.isoformat(), value)
        bands = self.state.band
        if bands and gain.band not in bands:
            bands = (*bands, gain.band)
        self.state.param.update(gain=with_gain(self.state.gain, gain), band=bands)

    def _try_all(self) -> None:
        if self.page is not None and self.start.value:
            shown, _ = resolve(
                self.state.shown(),
                choices_in(self.store, self.state.method, self.state.as_of),
            )
            self.state.gain = proposed(full_page(self.store, shown), self.start.value)

    def _clear(self, _event: Any) -> None:
        self.state.gain = ()

    def _export(self) -> io.BytesIO:
        simulated = self.page.simulated if self.page is not None else False
        try:
            name, data = phgain_download(
                self.store.places.parameters, self.state.gain, simulated=simulated
            )
        except InputError as error:
            self._say(f"{error}.")
            raise
        self.file.filename = name
        return io.BytesIO(data)

    def _say(self, text: str) -> None:
        self.error.object = table([], [], caption="", theme=self.state.theme, empty=text)
        self.error.visible = bool(text)

    def _table(self, shown: Shown) -> str:
        rows: list[list[Cell | str]] = []
        for one in shown.gain:
            in_use = gain_at(self.page, one.band, date.fromisoformat(one.start))  # type: ignore[arg-type]
            rows.append(
                [
                    one.band,
                    one.start,
                    Cell(number(in_use, 5), "number"),
                    Cell(number(one.absolute_gain, 5), "number"),
                    Cell(percent(one.absolute_gain / in_use - 1.0), "number"),
                ]
            )
        return table(
            ["band", "from", "Ak in use", "Ak tried out", "change"],
            rows,
            caption="Gains tried out: Ak in counts / (W m⁻² sr⁻¹ µm⁻¹); nothing is changed by it",
            theme=shown.theme,
            empty="Type or drag an Ak: the series above shows what it would have given. "
            "Ak_new = Ak · ratio brings a ratio to 1.",
        )


def _read(text: str) -> float:
    """Read a number that somebody typed, with a comma as well; NaN for none."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")
