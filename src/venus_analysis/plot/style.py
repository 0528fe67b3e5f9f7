"""Colours and sizes of every figure; colour-blind safe, the same everywhere."""

from __future__ import annotations

MEASURED = "#0072b2"
MODELLED = "#d55e00"
MASK = "#e69f00"
DISK_COLOURS = "Greys_r"
FONT_SIZES = {"title": "14pt", "labels": "13pt", "ticks": "11pt", "legend": "12pt"}
WIDTH, HEIGHT = 900, 420


def title(text: str, *, simulated: bool) -> str:
    """Title of a figure; synthetic data is marked.

    Examples
    --------
    >>> title("B1", simulated=True)
    'SIMULATED · B1'
    """
    return f"SIMULATED · {text}" if simulated else text
