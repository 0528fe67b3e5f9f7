"""How the parts of a page fill the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import panel as pn
from bokeh.models import Column, GridBox

from venus_analysis.app.latency import lean

WIDE: Final[dict[str, Any]] = {"sizing_mode": "stretch_width"}


def filling(least_height: int) -> dict[str, Any]:
    """Options of a part that takes the height the window leaves, and never less than this.

    Examples
    --------
    >>> filling(430)
    {'sizing_mode': 'stretch_both', 'min_height': 430}
    """
    return {"sizing_mode": "stretch_both", "min_height": least_height}


def stacked(figures: Sequence[Any], shares: Sequence[str], least_height: int) -> Any:
    """Figures one above the other that fill their place, heights in these shares.

    Places that have a share and no figure stay empty until `put_below` fills them.
    """
    tracks: dict[str, Any] = {"rows": list(shares), "cols": ["1fr"]}
    empty = [Column(sizing_mode="stretch_both") for _ in shares[len(figures) :]]
    children: list[Any] = [
        (one, row, 0) for row, one in enumerate([*map(_placed, figures), *empty])
    ]
    box = GridBox(children=children, **filling(least_height), **tracks)
    return pn.pane.Bokeh(box, **filling(least_height))


def put_below(box: Any, chart: Any) -> None:
    """Fill the next empty place of figures that are `stacked`."""
    places = [one for one, *_ in box.object.children if isinstance(one, Column)]
    next(one for one in places if not one.children).children = [_placed(chart)]


def pane(chart: Any, **options: Any) -> Any:
    """Pane of a figure that brings no more than the page needs."""
    return pn.pane.Bokeh(lean(chart), **options)


def _placed(chart: Any) -> Any:
    chart.output_backend = "canvas"
    chart.sizing_mode, chart.min_height, chart.min_width = "stretch_both", 120, 200
    return lean(chart)
