"""Back and forward in the browser: the page follows the address."""

from __future__ import annotations

from typing import Any, Final

from bokeh.models import CustomJS

FOLLOW: Final = """
const push = history.pushState.bind(history)
history.pushState = (state, title, url) => {
  if (new URL(url, window.location.href).href !== window.location.href) push(state, title, url)
}
window.addEventListener("popstate", () => {
  for (const root of Bokeh.documents.flatMap((document) => document.roots()))
    if (root.type === "panel.models.location.Location") root.search = window.location.search
})
"""
"""Panel adds an entry for every change of the address and never looks when one is left; without
the first lines, what follows an entry would be added as a new one and end the way forward."""


def follow_history(document: Any) -> None:
    """Tell the session's `Location` when the browser goes back or forward.

    Parameters
    ----------
    document
        Of the session.
    """
    document.js_on_event("document_ready", CustomJS(code=FOLLOW))
