"""The page around every view: header, sidebar, address, messages."""

from __future__ import annotations

import logging
from typing import Any, Final

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.themes import Theme
from panel_material_ui import TabMenu

from venus_analysis.app import messages, theme
from venus_analysis.app.asked import Asked, asked
from venus_analysis.app.history import follow_history
from venus_analysis.app.keyboard import open_by_key
from venus_analysis.app.latency import in_one, without_busy_marks
from venus_analysis.app.pages import Page, View, chosen
from venus_analysis.app.query import from_query
from venus_analysis.app.sidebar import Sidebar
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.report.run_progress import progress_html

TITLE: Final = "VENµS calibration"
SECONDS_BETWEEN_LOOKS: Final = 10
OWN_LOOKS: Final = ("Title", "Axis", "Legend", "ColorBar")
"""Parts of figures that `plot` has styled; unless a theme of the document names them, the
script of `panel_material_ui` shrinks their text to 13 px."""


class Shell:
    """One session: its state, its widgets, the views made so far.

    Parameters
    ----------
    store
        What is loaded, shared by all sessions.
    query
        Query of the address the session was opened with.
    pages
        Names of the pages there are; all of them by default.
    """

    def __init__(self, store: Store, query: str = "", pages: tuple[str, ...] = ()) -> None:
        self.pages = {page.name: page for page in chosen(pages)}
        self.store, self.state = store, State.of_query(query)
        self.state.served = tuple(self.pages)
        self.sidebar: Sidebar | None = None
        self.views: dict[str, View] = {}
        self.address: Any = None
        self.document: Any = None
        self._due = False
        self._version = ""
        self.tabs = TabMenu(
            items=[page.title for page in self.pages.values()],
            active=0,
            sx=theme.TABS,
            visible=len(self.pages) > 1,
        )
        self.tabs.param.watch(self._page_chosen, "active")
        self.stamp = pn.pane.HTML("", styles=theme.STAMP, align="center")
        self.progress = pn.pane.HTML("", sizing_mode="stretch_width", visible=False)
        self.warnings = pn.pane.HTML("", sizing_mode="stretch_width")
        self.body = pn.Column(sizing_mode="stretch_both")
        self.message = pn.pane.HTML("", sizing_mode="stretch_width")
        self.page = pmui.Page(  # type: ignore[attr-defined]
            title=TITLE,
            main=[pn.Column(self.progress, self.warnings, self.body, sizing_mode="stretch_both")],
            header=[self.tabs, self.stamp],
            sidebar_width=290,
            theme_config=theme.page_theme(),
            dark_theme=self.state.theme == "dark",
            meta_description="Temporal drift of the VENµS camera and its parameter updates",
        )
        without_busy_marks(self.page)
        self.page.param.watch(self._theme_toggled, "dark_theme")
        self.refresh()
        self.state.watch(self.changed)

    def changed(self) -> None:
        """Refresh once for all changes of this moment, while the document is locked.

        Clicks arrive without the lock that Bokeh's figures need.
        """
        if self.document is None:
            self.refresh()
        elif not self._due:
            self._due = True
            self.document.add_next_tick_callback(self._refresh_due)

    def _refresh_due(self) -> None:
        self._due = False
        with in_one(self.document):
            self.refresh()

    def refresh(self) -> None:
        """Show the state; what goes wrong becomes a page that says what to do."""
        try:
            found = asked(self.store, self.state.shown(), self.pages)
        except VenusAnalysisError as error:
            self._say(messages.failed(str(error), self.store.places, self.state.theme))
            return
        self._version = self.store.project().version
        if self.sidebar is not None:
            self.sidebar.fill(found)
        self.tabs.active = list(self.pages).index(found.page.name)
        self.page.dark_theme = self.state.theme == "dark"
        self._announce(found)
        self._write_address()
        if found.project.frame.empty:
            self._say(
                messages.empty_ledger(found.project.places, found.shown.theme, found.shown.as_of)
            )
            return
        try:
            view = self._view(found.page)
            view.refresh(found.project, found.shown)
            if self.sidebar is not None:
                view.complete()
        except InputError as error:
            self._say(messages.no_series(str(error), found.shown.theme))
            return
        except Exception as error:
            if self.document is None:
                raise
            logging.getLogger(__name__).exception("page %s", found.page.name)
            self._say(messages.broken(error, found.page.title, found.shown.theme))
            return
        self._show(view.panel)

    def complete(self) -> None:
        """Add what can wait until the first figure is on the screen."""
        with in_one(self.document):
            self.sidebar = Sidebar(self.state)
            self.refresh()
            self.page.sidebar = [self.sidebar.panel]
            self._tell_progress()

    def look_again(self) -> None:
        """Show how far a campaign is, and refresh when the project's folders changed."""
        self._tell_progress()
        try:
            version = self.store.project().version
        except VenusAnalysisError:
            version = ""
        if version != self._version:
            self.changed()

    def _tell_progress(self) -> None:
        run = self.store.run()
        self.progress.object = progress_html(run, np.datetime64("now", "s"), self.state.theme)
        self.progress.visible = run is not None

    def _view(self, page: Page) -> View:
        if page.name not in self.views:
            self.views[page.name] = page.factory()(self.state, self.store)
        return self.views[page.name]

    def _write_address(self) -> None:
        """Write what is chosen, unless the address says it already, in whatever words."""
        if self.address is not None and from_query(self.address.search)[0] != self.state.shown():
            self.address.search = self.state.query()

    def _announce(self, found: Asked) -> None:
        texts = [*found.project.problems, *self.state.told(), *found.remarks]
        self.warnings.object = messages.warnings_html(texts, self.state.theme)
        self.warnings.visible = bool(texts)
        self.stamp.object = messages.stamp_html(found.project, found.shown.as_of)

    def _say(self, html: str) -> None:
        self.message.object = html
        self._show(self.message)

    def _show(self, panel: Any) -> None:
        if self.body.objects != [panel]:
            self.body.objects = [panel]

    def _page_chosen(self, event: Any) -> None:
        self.state.page = list(self.pages)[event.new]

    def _theme_toggled(self, event: Any) -> None:
        self.state.theme = "dark" if event.new else "light"


def page(store: Store, pages: tuple[str, ...] = ()) -> Any:
    """Make the page of a new session, as its address asks for; all pages, or those named."""
    location = pn.state.location
    shell = Shell(store, location.search if location is not None else "", pages)
    if location is not None:
        shell.address, shell.document = location, pn.state.curdoc
        shell.document.theme = Theme(json={"attrs": {name: {} for name in OWN_LOOKS}})
        follow_history(shell.document)
        open_by_key(shell.document)
        location.param.watch(lambda event: shell.state.show(event.new), "search")
        # in the next tick, when what changes can be sent as one message
        pn.state.onload(lambda: shell.document.add_next_tick_callback(shell.complete))
        pn.state.add_periodic_callback(shell.look_again, period=SECONDS_BETWEEN_LOOKS * 1000)
    return shell.page
