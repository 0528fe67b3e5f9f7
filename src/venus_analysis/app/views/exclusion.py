"""Leave a look out of the fits with a reason, and put it back."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.calibrate.drift.exclusions import exclude, restore
from venus_analysis.errors import VenusAnalysisError
from venus_analysis.report.project import Project
from venus_analysis.report.tables import table

ALL_BANDS = "all bands"


class ExclusionCard:
    """Form and list of exclusions; they are kept in the ledger's journal, rows stay untouched.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        small = {"size": "small"}
        self.acquisition = pmui.TextInput(
            label="Acquisition", placeholder="click a point, or type its name", width=330, **small
        )
        self.band = pmui.Select(label="Bands", options=[ALL_BANDS], width=120, **small)
        self.who = pmui.TextInput(label="Who", width=140, **small)
        self.why = pmui.TextInput(label="Reason", width=300, **small)
        self.leave_out = pmui.Button(label="Leave out", color="primary", **small)
        self.put_back = pmui.Button(label="Put back", variant="outlined", **small)
        self.answer = pn.pane.HTML("", sizing_mode="stretch_width", visible=False)
        self.table = pn.pane.HTML("", sizing_mode="stretch_width")
        self.panel = pmui.Column(
            pmui.FlexBox(
                self.acquisition, self.band, self.who, self.why, self.leave_out, self.put_back,
                align_items="center",
            ),
            self.answer,
            self.table,
            margin=(12, 0, 0, 0),
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.leave_out.on_click(lambda _: self._decide(exclude, "left out"))
        self.put_back.on_click(lambda _: self._decide(restore, "put back"))

    def choose(self, acquisition: str, band: str = "") -> None:
        """Fill in what was clicked."""
        self.acquisition.value = acquisition
        self.band.value = band if band in self.band.options else ALL_BANDS

    def refresh(self, project: Project, shown: Shown) -> None:
        """List what is left out now."""
        bands = [ALL_BANDS, *shown.band]
        self.band.param.update(
            options=bands, value=self.band.value if self.band.value in bands else ALL_BANDS
        )
        current = project.exclusions.current if project.exclusions is not None else ()
        rows = [
            [one.acquisition_id, one.band or ALL_BANDS, one.why, one.who, one.when[:10]]
            for one in current
        ]
        self.table.object = table(
            ["acquisition", "bands", "reason", "who", "when"],
            rows,
            caption="Left out of the fits; still drawn, as crosses",
            theme=shown.theme,
            empty="Nothing is left out by hand.",
        )

    def _decide(self, decide: Any, done: str) -> None:
        bands = () if self.band.value == ALL_BANDS else (self.band.value,)
        acquisition = self.acquisition.value.strip()
        if acquisition not in set(self.store.project(self.state.as_of).frame["acquisition_id"]):
            self._say(
                f"The ledger has no acquisition {acquisition!r}: click a point of the figure."
            )
            return
        try:
            decide(
                self.store.places.ledger,
                acquisition,
                who=self.who.value.strip(),
                why=self.why.value.strip(),
                bands=bands,
            )
        except VenusAnalysisError as error:
            self._say(f"{error}.")
            return
        self.why.value = ""
        self._say(f"{acquisition} is {done}.")
        self.store.changed()
        self.state.param.trigger("band")

    def _say(self, text: str) -> None:
        self.answer.object = table([], [], caption="", theme=self.state.theme, empty=text)
        self.answer.visible = True
