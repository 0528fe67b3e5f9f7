"""Looks of the dashboard: one palette for light and one for dark."""

from __future__ import annotations

from typing import Any, Final

PRIMARY: Final = {"light": "#0b4f8a", "dark": "#7cc0ff"}
FONT: Final = "Roboto, system-ui, -apple-system, 'Segoe UI', sans-serif"


def page_theme() -> dict[str, Any]:
    """Theme of `panel_material_ui`, light and dark; fonts of the system or of the server."""
    typography = {"fontFamily": FONT, "button": {"textTransform": "none"}}
    return {
        name: {
            "palette": {"primary": {"main": colour}},
            "typography": typography,
            "shape": {"borderRadius": 6},
        }
        for name, colour in PRIMARY.items()
    }
