"""Lists that open by a key as they do by a click."""

from __future__ import annotations

from typing import Any, Final

from bokeh.models import CustomJS

OPEN: Final = """
window.addEventListener("keydown", (event) => {
  const list = event.composedPath()[0]
  const asked = ["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key)
  if (asked && list.ariaHasPopup === "listbox" && list.ariaExpanded === "false") list.click()
})
"""
"""Select of `panel_material_ui` opens when it is clicked, and does nothing with MUI's `onOpen`."""


def open_by_key(document: Any) -> None:
    """Let Enter, space and the arrows open the list that has the focus.

    Parameters
    ----------
    document
        Of the session.
    """
    document.js_on_event("document_ready", CustomJS(code=OPEN))
