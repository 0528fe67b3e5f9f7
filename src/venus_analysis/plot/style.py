"""Colours and sizes of every figure; colour-blind safe, the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

MEASURED = "#0072b2"
MODELLED = "#d55e00"
MASK = "#e69f00"
LIMB = "#56b4e9"
RING = "#bbbbbb"
DISK_COLOURS = "Greys_r"
FONT_SIZES = {"title": "14pt", "labels": "13pt", "ticks": "11pt", "legend": "12pt"}
BAND_COLOURS = {
    "B1": "#9970c1",
    "B2": "#882e72",
    "B3": "#1965b0",
    "B4": "#4eb265",
    "B5": "#b8a800",
    "B6": "#e0c300",
    "B7": "#ee8026",
    "B8": "#dc050c",
    "B9": "#a5170e",
    "B10": "#72190e",
    "B11": "#777777",
    "B12": "#222222",
}
"""After the discrete rainbow of P. Tol (2021), which colour-blind readers can order;
the near infrared goes from brown to black."""
WIDTH, HEIGHT = 900, 420


def title(text: str, *, simulated: bool) -> str:
    """Title of a figure; synthetic data is marked.

    Examples
    --------
    >>> title("B1", simulated=True)
    'SIMULATED · B1'
    """
    return f"SIMULATED · {text}" if simulated else text


def frame(text: str, *, simulated: bool) -> dict[str, Any]:
    """Give the options that HoloViews figures share: title, size, grid and letters.

    Examples
    --------
    >>> frame("B1", simulated=True)["title"]
    'SIMULATED · B1'
    """
    return {
        "title": title(text, simulated=simulated),
        "width": WIDTH,
        "height": HEIGHT,
        "show_grid": True,
        "fontsize": FONT_SIZES,
    }


METHOD_COLOURS = {"moon": "#0072b2", "desert": "#d55e00", "sno": "#009e73"}
METHOD_MARKERS = {"moon": "circle", "desert": "square", "sno": "triangle"}
VERDICT_COLOURS = {
    "effective": "#0072b2",
    "not effective": "#d55e00",
    "not decidable": "#8a8a8a",
}
BRIGHTER = {
    "B2": "#c268ac",
    "B3": "#5c9be0",
    "B8": "#ff4d52",
    "B9": "#e0604f",
    "B10": "#c07a55",
    "B11": "#b3b3b3",
    "B12": "#f2f2f2",
    "#0072b2": "#56b4e9",
    "#d55e00": "#ff8f45",
    "#009e73": "#3dcf9f",
    "#8a8a8a": "#a8adb5",
}
"""On dark paper: the same hue, brighter, by band or colour; those not named stay."""
THEMES = {
    "light": {"paper": "#ffffff", "ink": "#1a1a1a", "grid": "#e3e3e3", "quiet": "#6b6b6b"},
    "dark": {"paper": "#16181c", "ink": "#f0f0f0", "grid": "#34383f", "quiet": "#a8adb5"},
}
"""Paper, text, grid and secondary text of the two themes."""


def milliseconds(time: Any) -> Any:
    """Dates, or one, as Bokeh counts them: ms since 1970, UTC.

    Examples
    --------
    >>> float(milliseconds(np.datetime64("1970-01-02")))
    86400000.0
    """
    return np.asarray(time, "datetime64[ms]").astype(np.float64)[()]


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign, a minus as wide as a plus.

    Examples
    --------
    >>> signed(-0.984), signed(1.5, 1), signed(-0.001)
    ('−0.98', '+1.5', '0.00')
    """
    text = f"{value:+.{digits}f}"
    return (text.lstrip("+-") if float(text) == 0.0 else text).replace("-", "−")


def band_colour(band: str, theme: str = "light") -> str:
    """Colour of a band; grey for one the style does not know.

    Examples
    --------
    >>> band_colour("B3"), band_colour("B12", "dark"), band_colour("VIS006")
    ('#1965b0', '#f2f2f2', '#777777')
    """
    known = BAND_COLOURS.get(band, "#777777")
    return BRIGHTER.get(band, known) if theme == "dark" else known


def on_paper(colour: str, theme: str = "light") -> str:
    """Colour as it is drawn on the paper of a theme.

    Examples
    --------
    >>> on_paper("#0072b2", "dark")
    '#56b4e9'
    """
    return BRIGHTER.get(colour, colour) if theme == "dark" else colour


METHOD_NAMES = {"moon": "Moon", "desert": "Desert", "sno": "SNO"}


def name_of(method: str) -> str:
    """Name of a method as it is written.

    Examples
    --------
    >>> name_of("moon"), name_of("rayleigh")
    ('Moon', 'Rayleigh')
    """
    return METHOD_NAMES.get(method, method.capitalize())
