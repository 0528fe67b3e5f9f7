"""The page around every view: header, sidebar, address, messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import panel as pn
import panel_material_ui as pmui
from panel_material_ui import TabMenu

from venus_analysis.app import messages, theme
from venus_analysis.app.choices import choices_of
from venus_analysis.app.drift_page import full_page
from venus_analysis.app.latency import without_busy_marks
from venus_analysis.app.query import Shown
from venus_analysis.app.resolve import Choices, resolve
from venus_analysis.app.sidebar import Sidebar
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.views.drift import DriftView
from venus_analysis.app.views.overview import OverviewView
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.report.pages import telling_bands
from venus_analysis.report.project import Project

TITLE: Final = "VENµS calibration"
PAGE_NAMES: Final = {"Overview": "overview", "Temporal drift": "drift"}
PAGE_ORDER: Final = tuple(PAGE_NAMES.values())
SECONDS_BETWEEN_LOOKS: Final = 30


class View(Protocol):
    """A page's body; it is made once for a session and refreshed."""

    panel: Any

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices."""

    def complete(self) -> None:
        """Add what can wait until the figure is on the screen."""


class Shell:
    """One session: its state, its widgets, the views made so far.

    Parameters
    ----------
    store
        What is loaded, shared by all sessions.
    query
        Query of the address the session was opened with.
    """

    def __init__(self, store: Store, query: str = "") -> None:
        self.store, self.state = store, State.of_query(query)
        self.sidebar: Sidebar | None = None
        self.views: dict[str, View] = {}
        self.address: Any = None
        self.document: Any = None
        self._due = False
        self._version = ""
        self.tabs = TabMenu(items=list(PAGE_NAMES), active=0, sx=theme.TABS)
        self.tabs.param.watch(self._page_chosen, "active")
        self.stamp = pn.pane.HTML("", styles=theme.STAMP, align="center")
        self.warnings = pn.pane.HTML("", sizing_mode="stretch_width")
        self.body = pn.Column(sizing_mode="stretch_both")
        self.message = pn.pane.HTML("", sizing_mode="stretch_width")
        self.page = pmui.Page(  # type: ignore[attr-defined]
            title=TITLE,
            main=[pn.Column(self.warnings, self.body, sizing_mode="stretch_both")],
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
        with pn.io.unlocked():
            self.refresh()

    def refresh(self) -> None:
        """Show the state; what goes wrong becomes a page that says what to do."""
        try:
            project = self.store.project()
        except VenusAnalysisError as error:
            self._say(messages.failed(str(error), self.store.places, self.state.theme))
            return
        self._version = project.version
        choices = choices_of(project, self.state.method)
        shown, remarks = resolve(self.state.shown(), choices, self._telling(choices))
        if self.sidebar is not None:
            self.sidebar.fill(choices, shown)
        self.tabs.active = PAGE_ORDER.index(shown.page)
        self._announce(project, (*self.state.remarks, *remarks))
        if self.address is not None:
            self.address.search = self.state.query()
        if project.frame.empty:
            self._say(messages.empty_ledger(project.places, shown.theme))
            return
        try:
            view = self._view(shown.page)
            view.refresh(project, shown)
            if self.sidebar is not None:
                view.complete()
        except InputError as error:
            self._say(messages.no_series(str(error), shown.theme))
            return
        self._show(view.panel)

    def complete(self) -> None:
        """Add what can wait until the first figure is on the screen."""
        self.sidebar = Sidebar(self.state)
        self.refresh()
        self.page.sidebar = [self.sidebar.panel]

    def look_again(self) -> None:
        """Refresh when something in the project's folders changed."""
        try:
            version = self.store.project().version
        except VenusAnalysisError:
            version = ""
        if version != self._version:
            self.changed()

    def _telling(self, choices: Choices) -> list[str]:
        """Bands worth showing where none is chosen."""
        if self.state.band or not choices.band:
            return []
        shown, _ = resolve(self.state.shown(), choices)
        try:
            return telling_bands(full_page(self.store, shown))
        except InputError:
            return []

    def _view(self, page: str) -> View:
        if page not in self.views:
            kinds: dict[str, Callable[[State, Store], View]] = {
                "overview": OverviewView,
                "drift": DriftView,
            }
            self.views[page] = kinds[page](self.state, self.store)
        return self.views[page]

    def _announce(self, project: Project, remarks: tuple[str, ...]) -> None:
        texts = [*project.problems, *remarks]
        self.warnings.object = messages.warnings_html(texts, self.state.theme)
        self.warnings.visible = bool(texts)
        mark = "<b>SIMULATED</b> · " if project.simulated else ""
        self.stamp.object = f"{mark}{messages.provenance(project)}"

    def _say(self, html: str) -> None:
        self.message.object = html
        self._show(self.message)

    def _show(self, panel: Any) -> None:
        if self.body.objects != [panel]:
            self.body.objects = [panel]

    def _page_chosen(self, event: Any) -> None:
        self.state.page = PAGE_ORDER[event.new]

    def _theme_toggled(self, event: Any) -> None:
        self.state.theme = "dark" if event.new else "light"


def page(store: Store) -> Any:
    """Make the page of a new session, as its address asks for."""
    location = pn.state.location
    shell = Shell(store, location.search if location is not None else "")
    if location is not None:
        shell.address, shell.document = location, pn.state.curdoc
        location.param.watch(lambda event: shell.state.show(event.new), "search")
        pn.state.onload(shell.complete)
        pn.state.add_periodic_callback(shell.look_again, period=SECONDS_BETWEEN_LOOKS * 1000)
    return shell.page
