"""Choices of the Moon image explorer: look, band, picture, and the band to blink with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import panel_material_ui as pmui

from venus_analysis.app.latency import at_once
from venus_analysis.app.query import PICTURES
from venus_analysis.app.state import State
from venus_analysis.report.wording import number, records

ONE_LINE: Final = {"& .MuiToggleButton-root": {"whiteSpace": "nowrap", "padding": "3px 9px"}}


class MoonControls:
    """Widgets above a Moon image, bound to the state both ways.

    Parameters
    ----------
    state
        What they change.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self._filling = False
        self._band = ""
        self._looks: pd.DataFrame | None = None
        self._offered: dict[str, str] = {}
        small = {"size": "small"}
        self.look = pmui.Select(label="Look", width=330, **small)
        self.earlier = pmui.Button(label="‹ earlier", variant="outlined", **small)
        self.later = pmui.Button(label="later ›", variant="outlined", **small)
        self.picture = pmui.RadioButtonGroup(
            options=list(PICTURES), value=PICTURES[0], sx=ONE_LINE, **small
        )
        self.band = pmui.RadioButtonGroup(options=["B1"], value="B1", sx=ONE_LINE, **small)
        self.partner = pmui.Select(label="Blink with", width=110, **small)
        self.blink = pmui.Switch(label="Blink", value=False)
        self.panel = pmui.Column(
            pmui.FlexBox(
                self.look, self.earlier, self.later, self.partner, self.blink, align_items="center"
            ),
            pmui.FlexBox(self.band, self.picture, align_items="center"),
        )  # fmt: skip
        at_once(self.look).param.watch(self._changed("look"), "value")
        at_once(self.picture).param.watch(self._changed("picture"), "value")
        at_once(self.band).param.watch(self._band_chosen, "value")
        at_once(self.partner).param.watch(self._band_chosen, "value")
        self.earlier.on_click(lambda _: self._step(1))
        self.later.on_click(lambda _: self._step(-1))

    def fill(self, looks: pd.DataFrame, look: str, bands: Sequence[str], band: str) -> None:
        """Offer looks (newest first) and bands, and show what is chosen."""
        self._filling, self._band = True, band
        others = [one for one in bands if one != band]
        chosen = [one for one in self.state.band if one in others]
        following = [*bands[list(bands).index(band) + 1 :], *others]
        if looks is not self._looks:
            self._looks, self._offered = looks, _named(looks)
        try:
            self.look.param.update(options=self._offered, value=look)
            self.band.param.update(options=list(bands), value=band)
            self.partner.param.update(options=others, value=(chosen or following or [None])[0])
            self.picture.value = self.state.picture
            order = list(looks["acquisition_id"])
            self.later.disabled, self.earlier.disabled = look == order[0], look == order[-1]
        finally:
            self._filling = False

    def _changed(self, name: str) -> Any:
        def change(event: Any) -> None:
            if not self._filling and event.new:
                self.state.param.update(**{name: event.new})

        return change

    def _band_chosen(self, _event: Any) -> None:
        if self._filling or not self.band.value:
            return
        partner = self.partner.value
        if partner == self.band.value:
            partner = self._band
        self.state.band = (self.band.value, *([partner] if partner else []))

    def _step(self, away: int) -> None:
        names = list(self.look.options.values())
        self.look.value = names[max(0, min(len(names) - 1, names.index(self.look.value) + away))]


def _named(looks: pd.DataFrame) -> dict[str, str]:
    """Look by what is offered; the acquisition's name is added where two would read alike."""
    found: dict[str, str] = {}
    for one in records(looks):
        text = (
            f"{str(one.time)[:16]} · phase {number(one.phase_angle_deg, 1, sign=True)}° · "
            f"{one.mission_phase}"
        )
        look = str(one.acquisition_id)
        found[f"{text} · {look}" if text in found else text] = look
    return found
