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
