"""Data and provenance: the rows behind everything, their files, and where they come from."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, Final

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.exports import KINDS, in_worker, rows_file
from venus_analysis.app.layout import WIDE
from venus_analysis.app.query import Shown
from venus_analysis.app.rows import NEWEST, rows_shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.errors import InputError
from venus_analysis.report.names import file_stem
from venus_analysis.report.project import Project
from venus_analysis.report.provenance import provenance_rows
from venus_analysis.report.row_tables import SORTED_BY, row_in_full, rows_table
from venus_analysis.report.tables import table
from venus_analysis.report.wording import plural

ROWS_OF_A_PAGE: Final = 12


class DataView:
    """Body of the page Data.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self.frame, self._order, self._first = pd.DataFrame(), pd.Index([]), 0
        self._theme, self._asked, self._filling = "light", None, False
        small = {"size": "small"}
        self.find = pmui.TextInput(label="Find an acquisition", width=300, **small)
        self.sort = pmui.Select(label="Sorted by", options=SORTED_BY, value=NEWEST, width=250,
                                **small)  # fmt: skip
        self.back = pmui.Button(label="‹ previous", variant="outlined", **small)
        self.on = pmui.Button(label="next ›", variant="outlined", **small)
        self.place = pn.pane.HTML("", align="center")
        self.files = {kind: self._file(kind) for kind in KINDS}
        self.answer = pn.pane.HTML("", visible=False, **WIDE)
        self.table, self.full, self.origin = (pn.pane.HTML("", **WIDE) for _ in range(3))
        self.panel = pn.Column(
            pmui.FlexBox(
                self.find,
                self.sort,
                *self.files.values(),
                align_items="center",
                margin=(8, 0, 0, 0),
            ),
            self.answer,
            pmui.FlexBox(self.back, self.on, self.place, align_items="center"),
            self.table,
            **WIDE,
        )
        self.find.param.watch(self._found, "value")
        self.sort.param.watch(self._sorted, "value")
        self.back.on_click(lambda _: self._turn(-1))
        self.on.on_click(lambda _: self._turn(1))

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show the rows these choices leave."""
        self._theme = shown.theme
        self._filling = True
        try:
            self.find.value = shown.look
            known = shown.sort in SORTED_BY.values()
            self.sort.value = shown.sort if known else NEWEST
        finally:
            self._filling = False
        self.frame = project.frame
        key = ("rows", replace(shown, page="data", theme="light", as_of="", gain=()))
        self._order = self.store.derived(
            key, lambda project: rows_shown(project.frame, shown), shown.as_of
        )
        self._first = 0
        self._name_files(shown)
        self._fill()
        self.full.object = (
            row_in_full(self.frame.loc[self._order[:1]].iloc[0], shown.theme)
            if shown.look and len(self._order)
            else ""
        )
        snapshot = shown.as_of if shown.as_of.startswith("snapshot-") else ""
        origin = self.store.derived(
            ("provenance",), lambda project: provenance_rows(project, snapshot), shown.as_of
        )
        self.origin.object = table(
            ["what", "value"],
            origin,
            caption="What these rows depend on",
            theme=shown.theme,
        )

    def complete(self) -> None:
        """Add where the rows come from."""
        if len(self.panel) == 4:
            self.panel.extend([self.full, self.origin])

    def _fill(self) -> None:
        last = min(self._first + ROWS_OF_A_PAGE, len(self._order))
        self.table.object = rows_table(self.frame.loc[self._order[self._first : last]], self._theme)
        self.place.object = f"{self._first + 1}–{last} of {plural(len(self._order), 'row')}"
        self.place.visible = last > 0
        self.back.disabled, self.on.disabled = self._first == 0, last >= len(self._order)

    def _turn(self, pages: int) -> None:
        first = self._first + pages * ROWS_OF_A_PAGE
        if 0 <= first < len(self._order):
            self._first = first
            self._fill()

    def _found(self, event: Any) -> None:
        if not self._filling:
            self.state.look = event.new.strip()

    def _sorted(self, event: Any) -> None:
        if not self._filling:
            self.state.sort = "" if event.new == NEWEST else event.new

    def _name_files(self, shown: Shown) -> None:
        words = ("ledger", shown.method or "all", *shown.band, shown.since, shown.until)
        stem = file_stem(*words, simulated=bool(self.frame.loc[self._order, "simulated"].any()))
        for kind, button in self.files.items():
            button.filename = f"{stem}{KINDS[kind]}"

    def _file(self, kind: str) -> Any:
        async def content() -> io.BytesIO:
            rows, order = self.frame, self._order
            try:
                data = await in_worker(lambda: rows_file(rows.loc[order], KINDS[kind]))
            except InputError as error:
                self._say(f"{error}.")
                raise
            self._say("")
            return io.BytesIO(data)

        return pmui.FileDownload(
            label=kind, callback=content, filename=f"rows{KINDS[kind]}", auto=True, embed=False,
            size="small",
        )  # fmt: skip

    def _say(self, text: str) -> None:
        self.answer.object = table([], [], caption="", theme=self._theme, empty=text)
        self.answer.visible = bool(text)
