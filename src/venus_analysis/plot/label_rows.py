"""Labels of vertical lines in rows below one another, so that none is written over another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ROW_PX: Final = 17
NARROW_PX: Final = 860
"""Width of the frame on a screen of 1280 pixels; on a wider one the labels have more room."""
_CHARACTER_PX: Final = 6.6
_GAP_PX: Final = 12.0


def label_rows(
    x: Sequence[float], labels: Sequence[str], start: float, end: float
) -> tuple[list[int], list[str]]:
    """Row of each label, and which side of its line it is written on.

    A label starts at its line; where it would leave the frame it ends there. It
    goes to the first row whose labels it does not touch, at letters of 12 px.

    Parameters
    ----------
    x
        (label,) where the lines are, in units of the axis.
    labels
        (label,) what is written.
    start, end
        Of the axis.

    Returns
    -------
    rows : list of int
        From 0.
    sides : list of str
        ``left`` or ``right``: the end of the text that is at its line.

    Examples
    --------
    >>> label_rows([10.0, 11.0, 95.0], ["safe mode", "descent", "collision"], 0.0, 100.0)
    ([0, 1, 0], ['left', 'left', 'right'])
    """
    per_px = NARROW_PX / (end - start) if end > start else 1.0
    taken: list[list[tuple[float, float]]] = []
    rows, sides = [], []
    for place, label in zip(x, labels, strict=True):
        at, width = (place - start) * per_px, len(label) * _CHARACTER_PX + _GAP_PX
        sides.append("left" if at + width <= NARROW_PX else "right")
        low = at if sides[-1] == "left" else at - width
        free = (
            row
            for row, spans in enumerate(taken)
            if all(low >= one[1] or low + width <= one[0] for one in spans)
        )
        row = next(free, len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append((low, low + width))
        rows.append(row)
    return rows, sides
