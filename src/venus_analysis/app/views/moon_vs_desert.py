"""Moon versus desert (and SNO): one band from a common epoch on, all bands beside it."""

from __future__ import annotations

from typing import Final

import numpy as np
import panel as pn
import panel_material_ui as pmui

from venus_analysis.app.comparisons import comparison_of
from venus_analysis.app.later import later
from venus_analysis.app.layout import WIDE, filling, put_below, stacked
from venus_analysis.app.query import Shown
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.calibrate.compare.method_fits import MethodFits
from venus_analysis.plot.compare import MethodsFigure
from venus_analysis.plot.compare_bands import AgreementMatrix, SpectrumFigure
from venus_analysis.report.comparison import agreement_table, method_table, methods_headline
from venus_analysis.report.project import Project
from venus_analysis.report.side_by_side import Comparison

LEAST_HEIGHT: Final = 540
FILLING: Final = filling(LEAST_HEIGHT)


class MoonVsDesertView:
    """Body of the page Moon versus desert; the band first, what takes all bands after it.

    Parameters
    ----------
    state, store
        Of the session, and of all sessions.
    """

    def __init__(self, state: State, store: Store) -> None:
        self.state, self.store = state, store
        self._document = pn.state.curdoc
        self._theme, self._complete = "", False
        self.comparison: Comparison | None = None
        self.shown = Shown()
        self.methods: MethodsFigure | None = None
        self.spectrum: SpectrumFigure | None = None
        self.matrix: AgreementMatrix | None = None
        self._fits: MethodFits | None = None
        self._drawn: tuple[Comparison | None, np.datetime64 | None] = (None, None)
        self.headline = pn.pane.HTML("", **WIDE)
        self.tables = {name: pn.pane.HTML("", **WIDE) for name in ("methods", "pairs")}
        self.left = pn.Column(styles={"flex": "3 1 0", "min-width": "0"}, **FILLING)
        self.right = pn.Column(styles={"flex": "2 1 0", "min-width": "0"}, **FILLING)
        self.panel = pn.Column(self.headline, pn.Row(self.left, self.right, **FILLING), **FILLING)

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices: the first of the bands chosen."""
        comparison = comparison_of(self.store, shown)
        self.shown, self.comparison = shown, comparison
        fits = comparison.fits((*shown.band, *comparison.bands)[0], self._epoch())
        self._fits = fits
        if self.methods is None or self._theme != shown.theme:
            self._theme = shown.theme
            self.methods = MethodsFigure(fits, theme=shown.theme, below=False)
            self.left.objects = [stacked(self.methods.figures, ("3fr", "2fr"), LEAST_HEIGHT)]
            self.spectrum = self.matrix = None
        else:
            self.methods.update(fits)
        self.headline.object = methods_headline(fits, comparison.notes, shown.theme)
        self.tables["methods"].object = method_table(fits, shown.theme)
        self.tables["pairs"].object = agreement_table(fits, shown.theme)
        if self._complete:
            self._add_difference(fits)
            self._ask_for_every()

    def complete(self) -> None:
        """Add the differences, all bands beside, and the tables below."""
        if not self._complete:
            self._complete = True
            tabs = [("Levels, slopes, steps", "methods"), ("Agreement", "pairs")]
            self.panel.append(
                pmui.Tabs(*((title, self.tables[name]) for title, name in tabs), **WIDE)
            )
            self._add_difference(self._fits)
            self._ask_for_every()

    def _add_difference(self, fits: MethodFits | None) -> None:
        """Draw the differences below the series, once this is on the screen."""
        if fits is not None and self.methods is not None and self.methods.difference is None:
            self.methods.draw_difference(fits)
            put_below(self.left[0], self.methods.difference)

    def _epoch(self) -> np.datetime64 | None:
        return np.datetime64(self.shown.epoch, "s") if self.shown.epoch else None

    def _ask_for_every(self) -> None:
        asked = self.comparison
        if asked is None or asked.every_is_ready:
            self._show_every()
        else:
            later(self._document, asked.every, lambda _: self._show_every(asked))

    def _show_every(self, asked: Comparison | None = None) -> None:
        if self.comparison is None or asked not in (None, self.comparison):
            return
        fits, epoch = self.comparison.every(), self._epoch() or self.comparison.epoch
        if self.spectrum is None or self.matrix is None:
            self.spectrum = SpectrumFigure(fits, epoch, theme=self.shown.theme)
            self.matrix = AgreementMatrix(fits, theme=self.shown.theme)
            both = [self.spectrum.figure, self.matrix.figure]
            self.right.objects = [stacked(both, ("5fr", "6fr"), LEAST_HEIGHT)]
        else:
            if self._drawn != (self.comparison, epoch):
                self.spectrum.update(fits, epoch)
            if self._drawn[0] is not self.comparison:
                self.matrix.update(fits)
        self._drawn = (self.comparison, epoch)
