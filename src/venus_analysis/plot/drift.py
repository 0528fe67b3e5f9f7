"""Figures of drift: built once in Bokeh, refreshed through their data sources."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any, Final

import numpy as np
from bokeh.models import ColumnDataSource, DataRange1d, FactorRange, Range1d

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure, theme_legend
from venus_analysis.plot.drift_columns import (
    end_columns,
    line_columns,
    marker_columns,
    overview_columns,
    overview_names,
    point_columns,
    update_label,
    verdict_columns,
)
from venus_analysis.plot.label_rows import ROW_PX, label_rows

MOST_NAMED: Final = 6
_TOOLS: Final = "pan,xwheel_zoom,box_zoom,reset,save"
_LOOK: Final = [
    ("look", "@acquisition_id"),
    ("date", "@time{%Y-%m-%d %H:%M} UTC"),
    ("band", "@band"),
    ("value", "@text (k = 1)"),
    ("site", "@site"),
    ("Ak set", "@serial"),
    ("flags", "@flags"),
]


class DriftFigure:
    """Ratio (or sensitivity) against date, with fits, updates, events and looks left out.

    Parameters
    ----------
    page
        From `calibrate.drift.page.drift_page`.
    bands
        Bands to draw; all by default.
    theme
        ``light`` or ``dark``.
    height
        Pixels; the width stretches.

    Attributes
    ----------
    figure
        The Bokeh figure.
    sources
        Data sources by name: used, excluded, lines, ends, updates, events, tried.
    """

    def __init__(
        self,
        page: DriftPage,
        bands: Sequence[str] | None = None,
        *,
        theme: Theme = "light",
        height: int = 560,
    ) -> None:
        names = ("used", "excluded", "lines", "ends", "updates", "events", "tried")
        self.sources = {name: ColumnDataSource() for name in names}
        self.figure = new_figure(
            x_axis_type="datetime",
            height=height,
            sizing_mode="stretch_width",
            tools=_TOOLS,
            active_drag="box_zoom",
            x_range=Range1d(),
            y_range=Range1d(),
            extra_y_ranges={"frame": Range1d(start=0.0, end=1.0)},
        )
        self.figure.xaxis.axis_label = "date (UTC)"
        self._theme, self._name = style.THEMES[theme], theme
        apply_theme(self.figure, theme)
        self.update(page, bands)
        self._draw()

    def update(
        self,
        page: DriftPage,
        bands: Sequence[str] | None = None,
        since: np.datetime64 | None = None,
        until: np.datetime64 | None = None,
    ) -> None:
        """Show another page, other bands or, after a zoom, the looks of a window."""
        points = point_columns(page, bands, since, until, theme=self._name)
        markers = marker_columns(page, bands)
        lines = line_columns(page, bands, self._name)
        updates = markers["updates"]
        quiet = self._theme["quiet"]
        updates["colour"] = [
            style.on_paper(style.VERDICT_COLOURS.get(one, quiet), self._name)
            for one in updates["verdict"]
        ]
        ends = end_columns(page, bands, self._name)
        _set_ranges(self.figure, points["used"], lines, since, until)
        self._place(markers["events"], len(points["used"]["time"]))
        for name, columns in (
            *points.items(), ("lines", lines), ("ends", ends), *markers.items()
        ):  # fmt: skip
            self.sources[name].data = dict(columns)
        shown = list(page.bands if bands is None else bands)
        named = ", ".join(shown) if len(shown) <= MOST_NAMED else f"{len(shown)} bands"
        text = f"{_METHOD.get(page.method, page.method)} · {named}"
        if len(shown) == 1:
            drifts = [one.partition(" ")[0] for one in lines["text"]]
            drifts = drifts[:1] if len(set(drifts)) == 1 else drifts
            flat = not any("[" in one for one in lines["text"]) and set(drifts) == {"0.00"}
            slopes = f"drift {' → '.join(drifts)} %/yr"
            text = f"{text} · {'model without drift' if flat else slopes}"
        self.figure.title.text = style.title(text, simulated=page.simulated)
        label = page.label.replace(" (", "\n(")
        self.figure.yaxis.axis_label = label
        size = "17px" if max(map(len, label.split("\n"))) <= LONGEST_LABEL else "13px"
        self.figure.yaxis.axis_label_text_font_size = size

    def mark(self, gains: Sequence[tuple[str, str, float]]) -> None:
        """Mark gains that are tried out: band, first day (ISO), Ak."""
        starts = [np.datetime64(start, "s") for _, start, _ in gains]
        self.sources["tried"].data = {
            "x": [style.milliseconds(start) for start in starts],
            "label": [f"tried out: {band} Ak {gain:.5g}" for band, _, gain in gains],
        }

    def _place(self, events: dict[str, list[Any]], looks: int) -> None:
        """Write the events below the looks, in as many rows as they need.

        Those beside all looks are left out: the frame would cut their words.
        """
        axis, values = self.figure.x_range, self.figure.y_range
        inside = [axis.start <= x <= axis.end for x in events["x"]] if looks else []
        for name in events if looks else ():
            events[name] = list(compress(events[name], inside))
        rows, sides = label_rows(events["x"], events["label"], axis.start or 0.0, axis.end or 0.0)
        events["up"] = [-4 - ROW_PX * row for row in rows]
        events["beside"] = [4 if side == "left" else -4 for side in sides]
        events["side"] = sides
        if looks:
            values.start -= (values.end - values.start) * _ROW_SHARE * len(set(rows))
            values.reset_start = values.start

    def _draw(self) -> None:
        chart, sources, quiet = self.figure, self.sources, self._theme["quiet"]
        sources["tried"].data = {"x": [], "label": []}
        chart.vspan(x="x", source=sources["tried"], line_color=style.MASK, line_width=4)
        chart.text("x", 0.02, "label", source=sources["tried"], y_range_name="frame",
                   angle=np.pi / 2, x_offset=18, text_baseline="bottom", text_font_size="14px",
                   text_color=self._theme["ink"], background_fill_color=self._theme["paper"],
                   background_fill_alpha=0.8)  # fmt: skip
        chart.vspan(x="x", source=sources["events"], line_color=quiet, line_dash="dotted",
                    line_width=1.5)  # fmt: skip
        chart.vspan(x="x", source=sources["updates"], line_color="colour", line_width=2.5,
                    line_dash="dashed")  # fmt: skip
        chart.text("x", 0.0, "label", source=sources["events"], y_range_name="frame",
                   x_offset="beside", y_offset="up", text_align="side",
                   text_baseline="bottom", text_color=quiet, text_font_size="12px",
                   background_fill_color=self._theme["paper"],
                   background_fill_alpha=0.8)  # fmt: skip
        chart.patches(xs="around_x", ys="around_y", source=sources["lines"], fill_color="colour",
                      fill_alpha=0.22, line_alpha=0.0)  # fmt: skip
        chart.segment("time", "lower", "time", "upper", source=sources["used"],
                      line_color="colour", line_alpha=0.35)  # fmt: skip
        marks = chart.scatter("time", "value", source=sources["used"], color="colour", size=7,
                              alpha=0.75, nonselection_alpha=0.5, selection_alpha=1.0,
                              selection_line_color=self._theme["ink"],
                              selection_line_width=4)  # fmt: skip
        hollow = chart.scatter("time", "value", source=sources["excluded"], line_color="colour",
                               fill_color=None, size=9, line_width=1.5)  # fmt: skip
        drawn = chart.multi_line(xs="xs", ys="ys", source=sources["lines"], line_color="colour",
                                 line_width=3.5)  # fmt: skip
        chart.text("x", 0.985, "label", source=sources["updates"], y_range_name="frame",
                   x_offset=6, text_baseline="top", text_color="colour",
                   text_font_size="15px", text_font_style="bold",
                   background_fill_color=self._theme["paper"],
                   background_fill_alpha=0.8)  # fmt: skip
        chart.text("x", 0.985, "result", source=sources["updates"], y_range_name="frame",
                   x_offset=6, y_offset=20, text_baseline="top", text_color="colour",
                   text_font_size="14px", background_fill_color=self._theme["paper"],
                   background_fill_alpha=0.8)  # fmt: skip
        chart.text("x", "y", "band", source=sources["ends"], x_offset=8,
                   text_baseline="middle", text_color="colour", text_font_size="15px",
                   text_font_style="bold")  # fmt: skip
        chart.add_tools(
            hover(marks, _LOOK),
            hover(hollow, [*_LOOK, ("left out", "@reason")]),
            hover(drawn, [("band", "@band"), ("drift", "@text")]),
        )


class VerdictMatrix:
    """Bands by updates: what each update did to each band.

    Parameters
    ----------
    page
        From `calibrate.drift.page.drift_page`.
    theme, height
        As for `DriftFigure`.
    """

    def __init__(self, page: DriftPage, *, theme: Theme = "light", height: int = 560) -> None:
        self.source = ColumnDataSource()
        self.figure = new_figure(
            x_range=FactorRange(),
            y_range=FactorRange(),
            height=height,
            sizing_mode="stretch_width",
            x_axis_location="above",
            tools="save",
        )
        apply_theme(self.figure, theme)
        self.figure.grid.visible = False
        self.figure.yaxis.axis_label = "band"
        self.figure.xaxis.axis_label = "PHGAIN serial · first day"
        self._theme = style.THEMES[theme]
        self.update(page)
        cells = self.figure.rect(
            "update", "band", 0.97, 0.92, source=self.source, color="colour", alpha=0.92
        )
        self.figure.text(
            "update", "band", "label", source=self.source, text_align="center",
            text_baseline="middle", text_color="#ffffff", text_font_size="17px",
            text_font_style="bold",
        )  # fmt: skip
        self.figure.add_tools(hover(cells, [("band", "@band"), ("", "@sentence")]))

    def update(self, page: DriftPage) -> None:
        """Show another page."""
        columns = verdict_columns(page)
        columns["colour"] = [style.VERDICT_COLOURS[one] for one in columns["verdict"]]
        columns["label"] = [
            f"{symbol}  {text}"
            for symbol, text in zip(columns["symbol"], columns["text"], strict=True)
        ]
        updates = zip(page.updates.serial, page.updates.time, strict=True)
        self.figure.x_range.factors = [
            update_label(serial, _stamp(time)) for serial, time in updates
        ]
        self.figure.y_range.factors = list(reversed(page.bands))
        self.source.data = dict(columns)
        text = (
            f"{_METHOD.get(page.method, page.method)} · step seen at each update:  "
            + "   ".join(("✓ effective", "✗ not effective", "? not decidable yet"))
        )
        self.figure.title.text = style.title(text, simulated=page.simulated)


class DriftOverview:
    """Drift of the sensor's sensitivity against wavelength, with 95 % intervals.

    Parameters
    ----------
    pages
        One per method.
    theme, height
        As for `DriftFigure`.
    """

    def __init__(
        self, pages: Sequence[DriftPage], *, theme: Theme = "light", height: int = 480
    ) -> None:
        methods = list(dict.fromkeys([*style.METHOD_COLOURS, *(one.method for one in pages)]))
        self.sources = {method: ColumnDataSource() for method in methods}
        self.names = ColumnDataSource()
        self.figure = new_figure(
            height=height,
            sizing_mode="stretch_width",
            tools=_TOOLS,
            y_range=DataRange1d(range_padding=0.2),
        )
        apply_theme(self.figure, theme)
        self.figure.xaxis.axis_label = "wavelength (nm)"
        self.figure.yaxis.axis_label = "drift of the sensitivity (%/yr)"
        self.figure.hspan(y=0.0, line_color=style.THEMES[theme]["quiet"], line_width=1.5)
        for method, source in self.sources.items():
            self._draw(method, source, theme)
        self.update(pages)
        self.figure.text(
            "wavelength", "upper", "band", source=self.names, text_align="center", y_offset=-8,
            text_color=style.THEMES[theme]["ink"], text_font_size="14px",
        )  # fmt: skip
        self.figure.legend.location = "bottom_right"
        theme_legend(self.figure, style.THEMES[theme])

    def update(self, pages: Sequence[DriftPage]) -> None:
        """Show other pages."""
        empty: dict[str, list[Any]] = {
            name: [] for name in ("wavelength", "drift", "lower", "upper", "band", "method", "text")
        }
        columns = overview_columns(pages)
        by_method = dict(zip((one.method for one in pages), columns, strict=True))
        self.names.data = dict(overview_names(columns))
        for method, source in self.sources.items():
            source.data = dict(by_method.get(method, empty))
        for item, method in zip(self.figure.legend[0].items, self.sources, strict=True):
            item.visible = method in by_method
        self.figure.title.text = style.title(
            "Drift of the sensor, 95 % intervals",
            simulated=any(one.simulated for one in pages),
        )

    def _draw(self, method: str, source: ColumnDataSource, theme: Theme) -> None:
        quiet = style.THEMES[theme]["quiet"]
        colour = style.on_paper(style.METHOD_COLOURS.get(method, quiet), theme)
        self.figure.segment(
            "wavelength", "lower", "wavelength", "upper", source=source, line_color=colour,
            line_width=4, line_alpha=0.6,
        )  # fmt: skip
        marks = self.figure.scatter(
            "wavelength", "drift", source=source, color=colour, size=14,
            marker=style.METHOD_MARKERS.get(method, "diamond"),
            legend_label=_METHOD.get(method, method),
        )  # fmt: skip
        tips = [("band", "@band"), ("method", "@method"), ("drift", "@text")]
        self.figure.add_tools(hover(marks, tips))


_ROW_SHARE: Final = 0.05
"""Of the height, for a row of labels: 17 pixels of a figure that is 340 high."""
LONGEST_LABEL: Final = 40
"""Characters of an axis label that a figure of 400 pixels has room for in the usual size."""
_METHOD: Final = {"moon": "Moon", "desert": "Deserts", "sno": "SNO"}


def _set_ranges(
    chart: Any,
    points: dict[str, list[Any]],
    lines: dict[str, list[Any]],
    since: np.datetime64 | None,
    until: np.datetime64 | None,
) -> None:
    """Frame the looks and the lines; room at the top for what is written at the updates."""
    time = np.array(points["time"])
    if not len(time):
        return
    ends = [style.milliseconds(one) for one in (since, until) if one is not None]
    low, high = min([time.min(), *ends[:1]]), max([time.max(), *ends[-1:]])
    margin = 0.02 * max(high - low, 86400e3)
    chart.x_range.start, chart.x_range.end = low - margin, high + 4.0 * margin
    parts = [np.array(points["lower"]), np.array(points["upper"])]
    parts += [np.asarray(one) for one in lines["ys"]]
    values = np.concatenate(parts)
    bottom, top = np.nanquantile(values, [0.002, 0.998])
    room = max(top - bottom, 1e-4)
    chart.y_range.start, chart.y_range.end = bottom - 0.08 * room, top + 0.44 * room
    chart.x_range.reset_start, chart.x_range.reset_end = chart.x_range.start, chart.x_range.end
    chart.y_range.reset_start, chart.y_range.reset_end = chart.y_range.start, chart.y_range.end


def _stamp(time: np.datetime64) -> Any:
    import pandas as pd

    return pd.Timestamp(time)
