"""What a change of the dashboard would otherwise wait for, measured and taken away.

Panel waits 50 ms for further changes of a widget, marks every page of the process as busy
before and after each of them (25 ms of search through the page's models each time), and
leaves small messages to the kernel, which holds them back for 40 ms. Bokeh searches all models
of a page again after each that comes or goes, and makes three glyphs for every one drawn.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import panel as pn
from bokeh.models import TapTool
from panel.util.parameters import edit_readonly


def at_once(widget: Any) -> Any:
    """Let a widget's value be handled when it comes, and give back the widget."""
    widget._priority_changes = ["value"]
    return widget


def without_busy_marks(page: Any) -> None:
    """Untie a page from the process-wide mark that any session is being answered.

    The mark would be drawn from a second on only; nothing here takes so long twice.
    """
    with edit_readonly(page):
        page.busy = False


@contextmanager
def in_one(document: Any) -> Iterator[None]:
    """Send what changes a page as one message, its models searched once.

    Parameters
    ----------
    document
        The session's; None outside of a server.
    """
    if document is None:
        yield
        return
    with pn.io.unlocked(), searched_once(document.models):
        yield


@contextmanager
def searched_once(models: Any) -> Iterator[None]:
    """Search a page's models once after all changes, and only if one came or went.

    Bokeh's own `freeze` searches at its end in any case: 25 ms for columns that moved.

    Parameters
    ----------
    models
        Bokeh's manager of a document's models.

    Examples
    --------
    >>> from bokeh.document import Document
    >>> from bokeh.models import Column, Div
    >>> document, text = Document(), Div()
    >>> document.add_root(Column(children=[text]))
    >>> with searched_once(document.models):
    ...     document.roots[0].children = [text, Div()]
    ...     before = len(document.models)
    >>> len(document.models) - before
    1
    """
    if "recompute" in vars(models):  # within another
        yield
        return
    asked: list[bool] = []
    models.recompute = lambda: asked.append(True)
    try:
        yield
    finally:
        del models.recompute
        if asked:
            models.recompute()


def lean(chart: Any) -> Any:
    """Leave out how marks look that are muted or not selected where neither happens.

    Parameters
    ----------
    chart
        Bokeh figure. With a tap tool, the looks of what is not selected stay.

    Examples
    --------
    >>> from bokeh.plotting import figure
    >>> chart = figure(tools="pan")
    >>> drawn = chart.scatter([1.0], [2.0])
    >>> _ = lean(chart)
    >>> drawn.muted_glyph, drawn.nonselection_glyph
    ('auto', 'auto')
    """
    tapped = any(isinstance(tool, TapTool) for tool in chart.tools)
    for drawn in chart.renderers:
        drawn.muted_glyph = "auto"
        if not tapped:
            drawn.nonselection_glyph = "auto"
    return chart


def without_delay(server: Any) -> None:
    """Send what is written at once; connections inherit it from the socket listened on.

    Parameters
    ----------
    server
        Of Bokeh or Panel, bound.
    """
    for listening in server._http._sockets.values():
        if listening.family in (socket.AF_INET, socket.AF_INET6):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
