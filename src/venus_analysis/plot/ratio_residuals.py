"""Figure of ratio residuals against a condition: looks, medians of classes, detector halves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from bokeh.models import (
    BasicTicker,
    BasicTickFormatter,
    ColumnDataSource,
    DatetimeTicker,
    DatetimeTickFormatter,
    FixedTicker,
    Range1d,
)

from venus_analysis.calibrate.drift.residuals import AXES
from venus_analysis.compute.dependence import Dependence, dependence
from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure

MOST_MARKS: Final = 1500
MIDDLE_COLUMN: Final = 2600.0
"""Column of the VENµS detector between its two halves, each with its own gain and offset."""
COVERAGE: Final = 1.96
_TOOLS: Final = "pan,xwheel_zoom,box_zoom,reset,save,tap"
_LOOK: Final = [
    ("look", "@acquisition_id"),
    ("date", "@time{%Y-%m-%d %H:%M} UTC"),
    ("band", "@band"),
    ("residual", "@y{+0.00} %"),
    ("at", "@label"),
    ("site", "@site"),
]


class ResidualFigure:
    """Residual of each look, and medians of classes site by site, against one condition.

    Parameters
    ----------
    theme
        ``light`` or ``dark``.
    height
        Pixels; the width stretches.

    Attributes
    ----------
    figure
        The Bokeh figure.
    sources
        Data sources by name: looks, medians, lines, halves.
    found
        Dependence of each band drawn last.
    """

    def __init__(self, *, theme: Theme = "light", height: int = 520) -> None:
        self.sources = {
            name: ColumnDataSource() for name in ("looks", "medians", "lines", "halves")
        }
        self.found: dict[str, Dependence] = {}
        self._theme: Theme = theme
        self.figure = new_figure(
            height=height,
            sizing_mode="stretch_width",
            tools=_TOOLS,
            active_drag="box_zoom",
            x_range=Range1d(),
            y_range=Range1d(),
            extra_y_ranges={"frame": Range1d(start=0.0, end=1.0)},
        )
        apply_theme(self.figure, theme)
        self.figure.yaxis.axis_label = "ratio / fitted line − 1 (%)"
        self.update(_NOTHING, "time", ())
        self._draw()

    def update(
        self, table: pd.DataFrame, axis: str, bands: Sequence[str], *, simulated: bool = False
    ) -> None:
        """Show other residuals, or another axis.

        Parameters
        ----------
        table
            From `calibrate.drift.residuals.ratio_residuals`.
        axis
            One of `calibrate.drift.residuals.AXES`.
        bands
            Bands to draw.
        simulated
            Whether any look is synthetic.
        """
        order = _order(table, axis)
        table = table.assign(x=_place(table, axis, order))
        drawn = table[table["x"].notna() & table["residual"].notna()]
        self.found = _dependences(drawn, axis, order, bands)
        self.sources["looks"].data = _looks(drawn, axis, self._theme)
        medians, lines = _medians(self.found, self._theme)
        self.sources["medians"].data, self.sources["lines"].data = medians, lines
        halves = [MIDDLE_COLUMN] if axis == "centre_column" else []
        self.sources["halves"].data = {
            "x": halves,
            "left": ["left half"] * len(halves),
            "right": ["right half"] * len(halves),
        }
        name = AXES[axis].partition(" (")[0]
        said = f"{', '.join(bands)} · residual against {name}"
        self.figure.title.text = style.title(said, simulated=simulated)
        self.figure.xaxis.axis_label = AXES[axis]
        self._set_axis(axis, order)
        self._set_ranges(drawn, axis, order)

    def _draw(self) -> None:
        chart, sources, colours = self.figure, self.sources, style.THEMES[self._theme]
        chart.hspan(y=0.0, line_color=colours["quiet"], line_width=1.5)
        chart.vspan(x="x", source=sources["halves"], line_color=colours["quiet"],
                    line_width=2, line_dash="dashed")  # fmt: skip
        for side, align, away in (("left", "right", -10), ("right", "left", 10)):
            chart.text("x", 0.02, side, source=sources["halves"], y_range_name="frame",
                       text_align=align, x_offset=away, text_color=colours["ink"],
                       text_font_size="15px")  # fmt: skip
        marks = chart.scatter("x", "y", source=sources["looks"], color="colour", size=6, alpha=0.35,
                              nonselection_alpha=0.35)  # fmt: skip
        chart.multi_line("xs", "ys", source=sources["lines"], line_color="colour", line_width=3,
                         line_alpha=0.9)  # fmt: skip
        chart.segment("x", "lower", "x", "upper", source=sources["medians"], line_color="colour",
                      line_width=4, nonselection_line_alpha=1.0)  # fmt: skip
        middle = chart.scatter("x", "y", source=sources["medians"], color="colour", size=13,
                               line_color=colours["paper"], nonselection_alpha=1.0)  # fmt: skip
        chart.add_tools(
            hover(marks, _LOOK),
            hover(
                middle,
                [("band", "@band"), ("site", "@site"), ("median", "@text"), ("looks", "@number")],
            ),
        )

    def _set_axis(self, axis: str, order: Sequence[str]) -> None:
        shown = self.figure.xaxis[0]
        if order:
            shown.ticker = FixedTicker(ticks=list(range(len(order))))
            shown.major_label_overrides = dict(enumerate(order))
            return
        shown.major_label_overrides = {}
        dates = axis == "time"
        shown.ticker = DatetimeTicker() if dates else BasicTicker()
        shown.formatter = DatetimeTickFormatter() if dates else BasicTickFormatter()

    def _set_ranges(self, drawn: pd.DataFrame, axis: str, order: Sequence[str]) -> None:
        if drawn.empty:
            return
        x, y = drawn["x"].to_numpy(), 100.0 * drawn["residual"].to_numpy()
        low, high = (-0.5, len(order) - 0.5) if order else (float(x.min()), float(x.max()))
        if axis == "centre_column":
            reach = max(MIDDLE_COLUMN - low, high - MIDDLE_COLUMN, 50.0)
            low, high = MIDDLE_COLUMN - reach, MIDDLE_COLUMN + reach
        margin = 0.0 if order else 0.03 * ((high - low) or 1.0)
        bottom, top = np.quantile(y, [0.005, 0.995])
        room = 0.08 * (max(top - bottom, 0.02))
        for given, start, end in (
            (self.figure.x_range, low - margin, high + margin),
            (self.figure.y_range, bottom - room, top + room),
        ):
            given.start, given.end = float(start), float(end)
            given.reset_start, given.reset_end = given.start, given.end


_NOTHING: Final = pd.DataFrame(
    {name: [] for name in ("band", "acquisition_id", "site", "residual", "u")}
    | {"time": np.array([], "datetime64[us]")}
)


def dependences(table: pd.DataFrame, axis: str, bands: Sequence[str]) -> dict[str, Dependence]:
    """Dependence of the residuals of each band on one condition.

    Parameters
    ----------
    table, axis, bands
        As for `ResidualFigure.update`.
    """
    order = _order(table, axis)
    table = table.assign(x=_place(table, axis, order))
    return _dependences(table[table["x"].notna() & table["residual"].notna()], axis, order, bands)


def halves(table: pd.DataFrame) -> Dependence:
    """Residuals of looks whose disk lies in the left and in the right half of the detector.

    Examples
    --------
    >>> table = pd.DataFrame({"centre_column": [100.0] * 5 + [5000.0] * 5,
    ...                       "residual": [0.01] * 5 + [0.02] * 5})
    >>> halves(table).names, halves(table).median.tolist()
    (('left half', 'right half'), [0.01, 0.02])
    """
    known = table[table["centre_column"].notna()]
    side = np.where(known["centre_column"] < MIDDLE_COLUMN, "left half", "right half")
    return dependence(side, known["residual"])


def _order(table: pd.DataFrame, axis: str) -> list[str]:
    """Names along an axis of names; none along one of numbers."""
    return sorted(map(str, table[axis].unique())) if axis == "site" else []


def _place(table: pd.DataFrame, axis: str, order: Sequence[str]) -> Any:
    if order:
        return pd.Index(order).get_indexer(pd.Index(table[axis])).astype(float)
    if axis == "time":
        return style.milliseconds(table["time"])
    return table[axis].to_numpy(float)


def _dependences(
    drawn: pd.DataFrame, axis: str, order: Sequence[str], bands: Sequence[str]
) -> dict[str, Dependence]:
    return {band: _dependence(drawn[drawn["band"] == band], axis, order) for band in bands}


def _dependence(own: pd.DataFrame, axis: str, order: Sequence[str]) -> Dependence:
    if not order:
        return dependence(own["x"], own["residual"], own["site"])
    found = dependence(own[axis], own["residual"])
    place = np.array([float(list(order).index(name)) for name in found.names])
    return replace(found, middle=place)


def _looks(drawn: pd.DataFrame, axis: str, theme: Theme) -> dict[str, Any]:
    """Columns of single looks, every n-th of a band along the axis when there are too many."""
    step = -(-len(drawn) // MOST_MARKS) if len(drawn) else 1
    ordered = drawn.sort_values("x", kind="stable")
    kept = ordered[ordered.groupby("band", sort=False).cumcount() % step == 0]
    x = kept["x"].to_numpy()
    if axis == "site":
        x = x + np.random.default_rng(0).uniform(-0.3, 0.3, len(x))
    values = kept[axis]
    label = values.astype(str) if axis in ("site", "time") else values.map("{:.2f}".format)
    return {
        "x": x,
        "y": 100.0 * kept["residual"].to_numpy(),
        "band": kept["band"].to_numpy(object),
        "colour": [style.band_colour(band, theme) for band in kept["band"]],
        "acquisition_id": kept["acquisition_id"].to_numpy(object),
        "time": kept["time"].to_numpy("datetime64[ms]"),
        "site": kept["site"].to_numpy(object),
        "label": label.to_numpy(object),
    }


def _medians(found: Mapping[str, Dependence], theme: Theme) -> tuple[dict[str, Any], ...]:
    medians: dict[str, list[Any]] = {
        name: []
        for name in ("x", "y", "lower", "upper", "band", "site", "colour", "number", "text")
    }
    lines: dict[str, list[Any]] = {"xs": [], "ys": [], "colour": []}
    for k, (band, one) in enumerate(found.items()):
        shift = 0.06 * (k - 0.5 * (len(found) - 1)) if one.names else 0.0
        y, reach = 100.0 * one.median, 100.0 * COVERAGE * one.u_median
        colour = style.band_colour(band, theme)
        medians["x"] += (one.middle + shift).tolist()
        medians["y"] += y.tolist()
        medians["lower"] += (y - reach).tolist()
        medians["upper"] += (y + reach).tolist()
        medians["band"] += [band] * len(y)
        medians["site"] += one.groups or one.names
        medians["colour"] += [colour] * len(y)
        medians["number"] += one.number.tolist()
        medians["text"] += [f"{a:+.2f} ± {b:.2f} %" for a, b in zip(y, reach, strict=True)]
        for site in dict.fromkeys(one.groups):
            own = np.equal(one.groups, site)
            lines["xs"].append(one.middle[own])
            lines["ys"].append(y[own])
            lines["colour"].append(colour)
    return medians, lines
