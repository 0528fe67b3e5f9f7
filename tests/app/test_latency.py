"""What a change must not wait for."""

from __future__ import annotations

import inspect
import socket
from pathlib import Path

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.document.models import DocumentModelManager
from bokeh.models import Column, Div
from panel.reactive import Syncable
from panel.util.parameters import edit_readonly

from venus_analysis.app.access import access, free_port
from venus_analysis.app.latency import searched_once
from venus_analysis.app.serve import make_server
from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.report.project import find_places


@pytest.fixture
def store(small_project: Path) -> Store:
    return Store(find_places(small_project))


def test_values_of_the_choices_are_handled_when_they_come(store: Store) -> None:
    assert "_priority_changes" in inspect.getsource(Syncable._server_change)
    session = Shell(store, "?page=drift")
    session.complete()
    widgets = session.sidebar.widgets.values()  # type: ignore[union-attr]
    assert all("value" in widget._priority_changes for widget in widgets)
    assert "value" not in Syncable._priority_changes


def test_a_page_is_not_marked_when_another_session_is_answered(store: Store) -> None:
    session = Shell(store, "?page=drift")
    with edit_readonly(pn.state):
        pn.state.busy = True
    try:
        assert session.page.busy is False
    finally:
        with edit_readonly(pn.state):
            pn.state.busy = False


def test_models_are_searched_once_and_only_when_one_came_or_went(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, first, second = Document(), Div(), Div()
    column = Column(children=[first])
    document.add_root(column)
    searched = []
    whole = DocumentModelManager.recompute
    monkeypatch.setattr(
        DocumentModelManager, "recompute", lambda self: (searched.append(self), whole(self))
    )
    with searched_once(document.models):
        first.text = "changed"
        with searched_once(document.models):
            first.text = "again"
    assert not searched
    with searched_once(document.models):
        column.children = [second]
        with document.models.freeze():
            column.children = [first, second]
    assert len(searched) == 1
    assert second.document is document
    column.children = [first]
    assert len(searched) == 2
    assert second.document is None


def test_connections_send_what_is_written_at_once(store: Store) -> None:
    server = make_server(store, access("127.0.0.1", free_port("127.0.0.1"), environment={}))
    try:
        (listening,) = server._http._sockets.values()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        server.stop()
