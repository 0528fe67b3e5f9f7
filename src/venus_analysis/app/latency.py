"""What a change of the dashboard would otherwise wait for, measured and taken away.

Panel waits 50 ms for further changes of a widget, marks every page of the process as busy
before and after each of them (25 ms of search through the page's models each time), and
leaves small messages to the kernel, which holds them back for 40 ms.
"""

from __future__ import annotations

import socket
from typing import Any

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
