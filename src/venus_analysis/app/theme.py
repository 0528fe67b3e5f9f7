"""Looks of the dashboard: one palette for light and one for dark."""

from __future__ import annotations

from typing import Any, Final

PRIMARY: Final = {"light": "#0b4f8a", "dark": "#7cc0ff"}
FONT: Final = "Roboto, system-ui, -apple-system, 'Segoe UI', sans-serif"
TABS: Final = {
    "minHeight": 40,
    "& .MuiTab-root": {
        "color": "#ffffff",
        "opacity": 0.75,
        "fontSize": "0.95rem",
        "minHeight": 40,
        "minWidth": 0,
        "padding": "6px 10px",
    },
    "& .MuiTab-root.Mui-selected": {"color": "#ffffff", "opacity": 1, "fontWeight": 700},
    "@media (max-width: 1250px)": {
        "& .MuiTab-root": {"fontSize": "0.75rem", "padding": "6px 3px"},
    },
    "& .MuiTabs-indicator": {"backgroundColor": "#ffffff", "height": 3},
}
BAR: Final = {"backgroundColor": "#0b3d66", "backgroundImage": "none", "color": "#ffffff"}
STAMP: Final = {
    "font-size": "clamp(9px, 1vw, 12px)",
    "line-height": "1.35",
    "width": "min(195px, calc(100vw - 796px))",
    "overflow": "hidden",
    "white-space": "nowrap",
    "color": "#ffffff",
}


def page_theme() -> dict[str, Any]:
    """Theme of `panel_material_ui`, light and dark; fonts of the system or of the server."""
    typography = {"fontFamily": FONT, "button": {"textTransform": "none"}}
    bar = {"MuiAppBar": {"styleOverrides": {"root": BAR}}}
    return {
        name: {
            "components": bar,
            "palette": {"primary": {"main": colour}},
            "typography": typography,
            "shape": {"borderRadius": 6},
        }
        for name, colour in PRIMARY.items()
    }
