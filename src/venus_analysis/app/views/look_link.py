"""The look that was tapped, and the way to its Moon image."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.report.project import Project

IMAGES = "moon_image"


class LookLink:
    """Line below a figure: the look chosen by a tap; it stands in the address too.

    Parameters
    ----------
    state
        Of the session.
    """

    def __init__(self, state: State) -> None:
        self.state, self._sources = state, list[Any]()
        self.text = pn.pane.HTML("", align="center", margin=(0, 12, 0, 10))
        self.button = pmui.Button(label="Show its Moon image", size="small", variant="outlined")
        self.button.on_click(self._open)
        self.panel = pmui.FlexBox(self.text, self.button, align_items="center", visible=False)

    def _open(self, _event: Any) -> None:
        self.state.page = IMAGES

    def watch(self, source: Any) -> None:
        """Choose the look that is tapped in a data source with ``acquisition_id`` and ``band``."""

        def tapped(_attribute: str, _old: list[int], new: list[int]) -> None:
            if new:
                look, band = (str(source.data[name][new[0]]) for name in ("acquisition_id", "band"))
                others = tuple(one for one in self.state.band if one != band)
                self.state.param.update(look=look, band=(band, *others))

        source.selected.on_change("indices", tapped)
        self._sources.append(source)

    def forget(self) -> None:
        """Mark no point: another look may stand where the one that was tapped stood."""
        for source in self._sources:
            source.selected.indices = []

    def refresh(self, project: Project, shown: Shown) -> None:
        """Say which look is chosen, and offer its picture where one can be shown."""
        frame = project.frame
        rows = frame[frame["acquisition_id"] == shown.look] if shown.look else frame.iloc[:0]
        self.panel.visible = bool(len(rows))
        if rows.empty:
            return
        pictured = bool((rows["product"] != "").any()) and IMAGES in self.state.served
        self.button.visible = pictured
        when = str(rows["time"].iloc[0])[:16]
        self.text.object = f"Chosen: <b>{escape(shown.look)}</b>, {when} UTC" + (
            "" if pictured else " (no picture kept)"
        )
