"""Colours and sizes of every figure; colour-blind safe, the same everywhere."""

from __future__ import annotations

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


METHOD_COLOURS = {"moon": "#0072b2", "desert": "#d55e00", "sno": "#009e73"}
METHOD_MARKERS = {"moon": "circle", "desert": "square", "sno": "triangle"}
VERDICT_COLOURS = {
    "effective": "#0072b2",
    "not effective": "#d55e00",
    "not decidable": "#8a8a8a",
}
THEMES = {
    "light": {"paper": "#ffffff", "ink": "#1a1a1a", "grid": "#e3e3e3", "quiet": "#6b6b6b"},
    "dark": {"paper": "#16181c", "ink": "#f0f0f0", "grid": "#34383f", "quiet": "#a8adb5"},
}
"""Paper, text, grid and secondary text of the two themes."""
