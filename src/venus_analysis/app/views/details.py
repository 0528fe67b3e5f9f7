"""Below the series: verdicts, what if, the next update, segments, looks left out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.layout import WIDE
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.views.exclusion import ExclusionCard
from venus_analysis.app.views.what_if import WhatIf
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.ledger.convert import csv_bytes
from venus_analysis.report.drift_tables import drift_table, due_table, points_csv, verdict_table
from venus_analysis.report.names import file_stem
from venus_analysis.report.project import Project


@dataclass(frozen=True)
class Drawn:
    """What the figure above shows.

    Attributes
    ----------
    project, shown
        Loaded, and chosen.
    page
        As drawn.
    recorded
        The same without gains tried out.
    """

    project: Project
    shown: Shown
    page: DriftPage
    recorded: DriftPage

    @property
    def stem(self) -> str:
        """Name of a download without its ending.

        Returns
        -------
        str
            The page, method, bands and view.
        """
        words = ("drift", self.page.method, *self.shown.band, self.page.view.view)
        return file_stem(*words, simulated=self.page.simulated)


class DriftDetails:
    """Tabs below a series; only the one that is open is kept up to date.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.drawn: Drawn | None = None
        self.verdicts, self.drifts, self.due = (pn.pane.HTML("", **WIDE) for _ in range(3))
        self.what_if, self.exclusion = WhatIf(state, store), ExclusionCard(state, store)
        self.csv = pmui.FileDownload(
            label="Looks as CSV", callback=self._csv, filename="drift.csv", auto=True, size="small",
            embed=False,
        )  # fmt: skip
        self.panel = pmui.Tabs(
            ("Updates", pn.Column(self.verdicts, **WIDE)),
            ("What if", self.what_if.panel),
            ("Next update", pn.Column(self.due, **WIDE)),
            ("Drift by segment", pn.Column(self.drifts, self.csv, **WIDE)),
            ("Left out", self.exclusion.panel),
            dynamic=True,
            **WIDE,
        )
        self.panel.param.watch(lambda _: self._fill(), "active")

    def refresh(self, drawn: Drawn) -> None:
        """Follow the figure."""
        self.drawn = drawn
        self._fill()

    def _fill(self) -> None:
        if self.drawn is None:
            return
        drawn, shown = self.drawn, self.drawn.shown
        match self.panel.active:
            case 0:
                self.verdicts.object = verdict_table(drawn.page, shown.band, shown.theme)
            case 1:
                self.what_if.refresh(drawn.recorded, shown)
            case 2:
                self.due.object = due_table(drawn.recorded, shown.band, shown.theme)
            case 3:
                self.drifts.object = drift_table(drawn.page, shown.band, shown.theme)
                self.csv.filename = f"{drawn.stem}.csv"
            case _:
                self.exclusion.refresh(drawn.project, shown)

    def _csv(self) -> io.BytesIO:
        drawn: Any = self.drawn
        rows = points_csv(drawn.page, drawn.shown.band)
        return io.BytesIO(csv_bytes(rows))
