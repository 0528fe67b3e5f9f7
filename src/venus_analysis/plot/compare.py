"""Methods side by side in one band: built once in Bokeh, refreshed through the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    DatetimeTickFormatter,
    Range1d,
)

from venus_analysis.calibrate.compare.method_fits import MethodFits
from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure, theme_legend
from venus_analysis.plot.compare_columns import (
    curve_columns,
    difference_columns,
    monthly_columns,
    reference_method,
    step_columns,
)
from venus_analysis.plot.drift_columns import Columns
from venus_analysis.plot.style import name_of

METHODS: Final = tuple(style.METHOD_COLOURS)
_TOOLS: Final = "pan,xwheel_zoom,box_zoom,reset,save"
LEFT_PX: Final = 76
"""Room for ticks and title at the left of both figures, so that their dates stand in line."""
_TOGETHER: Final = "all together, 95 %"
_TIPS: Final = [("method", "@method"), ("month", "@time{%Y-%m}"), ("band", "@band"), ("", "@text")]


class MethodsFigure:
    """Sensitivity seen by each method from a common epoch on, and what they differ by.

    Parameters
    ----------
    fits
        Of one band, from `calibrate.compare.method_fits.fit_methods`.
    theme
        ``light`` or ``dark``.
    heights
        Pixels of the two figures; their width stretches.
    below
        Whether to draw the second figure at once; else `draw_difference` does.

    Attributes
    ----------
    series, difference
        Bokeh figures with one axis of time; the second is None until it is drawn.
    sources
        Data sources by name: curve, steps, epoch, and for each method NAME and
        ``difference NAME``.
    """

    def __init__(
        self,
        fits: MethodFits,
        *,
        theme: Theme = "light",
        heights: tuple[int, int] = (380, 260),
        below: bool = True,
    ) -> None:
        names = [*METHODS, *(one for one in fits.methods if one not in METHODS)]
        keys = ("curve", "steps", "epoch", *names, *(f"difference {one}" for one in names))
        self.sources = {key: ColumnDataSource() for key in keys}
        self._names, self._colours = names, style.THEMES[theme]
        self._theme, self._height = theme, heights[1]
        self.series, self.difference = self._new(heights[0], Range1d()), cast("Any", None)
        self.update(fits)
        self._draw_series()
        self.series.legend.location = "bottom_left"
        theme_legend(self.series, self._colours)
        self._name_methods(fits)
        if below:
            self.draw_difference(fits)

    @property
    def figures(self) -> list[Any]:
        """Figures drawn, top first."""
        return [one for one in (self.series, self.difference) if one is not None]

    def draw_difference(self, fits: MethodFits) -> None:
        """Draw the second figure, if it is not there."""
        if self.difference is None:
            self.difference = self._new(self._height, self.series.x_range)
            self.difference.xaxis.axis_label = "date (UTC)"
            self._show_difference(fits)
            self._draw_difference()

    def _new(self, height: int, time: Range1d) -> Any:
        chart = new_figure(
            x_axis_type="datetime", height=height, sizing_mode="stretch_width", tools=_TOOLS,
            active_drag="box_zoom", x_range=time, y_range=Range1d(),
            extra_y_ranges={"frame": Range1d(start=0.0, end=1.0)},
        )  # fmt: skip
        apply_theme(chart, self._theme)
        chart.min_border_left = LEFT_PX
        chart.xaxis.formatter = DatetimeTickFormatter(months="%Y-%m", years="%Y")
        return chart

    def update(self, fits: MethodFits) -> None:
        """Show another band or epoch."""
        months, curve = monthly_columns(fits), curve_columns(fits)
        day, band = str(fits.epoch)[:10], _band_name(fits)
        self.sources["curve"].data = dict(curve)
        _frame_time(self.series.x_range, fits)
        steps, epoch = step_columns(fits), style.milliseconds(fits.epoch)
        said: Columns = {"x": [epoch], "y": [0.70], "label": [f"equal on {day}"]}
        for key, found in (("steps", steps), ("epoch", said)):
            self.sources[key].data = dict(found | self._sides(found["x"]))
        for name in self._names:
            month: dict[str, Any] = dict(months.get(name, _NO_MONTH))
            self.sources[name].data = month
        title = f"{band} · monthly means, k = 2"
        self.series.title.text = style.title(title, simulated=fits.simulated)
        self.series.yaxis.axis_label = "sensitivity from the epoch (%)"
        self._name_methods(fits)
        _frame(self.series, [*months.values()], curve["ys"])
        if self.difference is not None:
            self._show_difference(fits)

    def _sides(self, places: list[Any]) -> Columns:
        """Side of each line its label is written on, so that it stays in the frame."""
        start, end = float(self.series.x_range.start), float(self.series.x_range.end)
        late = [(place - start) / (end - start) > LATE for place in places]
        return {
            "side": ["right" if one else "left" for one in late],
            "beside": [-6 if one else 6 for one in late],
        }

    def _show_difference(self, fits: MethodFits) -> None:
        differences, chart = difference_columns(fits), self.difference
        for name in self._names:
            found: dict[str, Any] = dict(differences.get(name, _NO_DIFFERENCE))
            colour = self._method_colour(name)
            found["fill"] = [colour if out else self._colours["paper"] for out in found["outside"]]
            self.sources[f"difference {name}"].data = found
        text = "{} alone" if not differences else _difference_title(differences)
        text = text.format(name_of(reference_method(fits.methods)))
        chart.title.text = style.title(text, simulated=fits.simulated)
        chart.yaxis.axis_label = "difference (%)"
        _frame(chart, [*differences.values()], [np.zeros(1)])

    def _name_methods(self, fits: MethodFits) -> None:
        """Keep methods without looks out of the legend."""
        there = {*map(name_of, fits.methods), _TOGETHER}
        for legend in self.series.legend:
            for item in legend.items:
                item.visible = item.label.value in there

    def _method_colour(self, method: str) -> str:
        return style.on_paper(style.METHOD_COLOURS.get(method, self._colours["quiet"]), self._theme)

    def _draw_series(self) -> None:
        chart, ink, quiet = self.series, self._colours["ink"], self._colours["quiet"]
        chart.patches(xs="around_x", ys="around_y", source=self.sources["curve"], fill_color=ink,
                      fill_alpha=0.15, line_alpha=0.0)  # fmt: skip
        for name in self._names:
            self._draw_method(chart, name, name_of(name))
        chart.multi_line(xs="xs", ys="ys", source=self.sources["curve"], line_color=ink,
                         line_width=2.5, legend_label=_TOGETHER)  # fmt: skip
        self._mark(chart, "steps", quiet, "dashed", labelled=True)
        self._mark(chart, "epoch", quiet, "dotted", labelled=True)

    def _draw_difference(self) -> None:
        chart, quiet = self.difference, self._colours["quiet"]
        chart.hspan(y=0.0, line_color=quiet, line_width=1.5)
        for name in self._names:
            self._draw_method(chart, f"difference {name}", "", fill="fill")
        self._mark(chart, "steps", quiet, "dashed")
        self._mark(chart, "epoch", quiet, "dotted")

    def _draw_method(self, chart: Any, key: str, label: str, fill: str = "") -> None:
        method = key.removeprefix("difference ")
        source, colour = self.sources[key], self._method_colour(method)
        chart.segment("time", "lower", "time", "upper", source=source, line_color=colour,
                      line_alpha=0.45, line_width=1.5)  # fmt: skip
        named = {"legend_label": label} if label else {}
        marks = chart.scatter(
            "time", "value", source=source, line_color=colour, line_width=1.5, size=8,
            fill_color=fill or colour, fill_alpha=1.0 if fill else 0.75,
            marker=style.METHOD_MARKERS.get(method, "diamond"), **named,
        )  # fmt: skip
        chart.add_tools(hover(marks, _TIPS))

    def _mark(
        self, chart: Any, key: str, colour: str, dash: str, *, labelled: bool = False
    ) -> None:
        chart.vspan(x="x", source=self.sources[key], line_color=colour, line_dash=dash,
                    line_width=1.5)  # fmt: skip
        if labelled:
            chart.text("x", "y", "label", source=self.sources[key], y_range_name="frame",
                       x_offset="beside", text_align="side", text_baseline="top",
                       text_color=self._colours["ink"],
                       text_font_size="14px", background_fill_color=self._colours["paper"],
                       background_fill_alpha=0.7)  # fmt: skip


_NO_MONTH: Final[dict[str, list[Any]]] = {
    name: [] for name in ("time", "value", "lower", "upper", "method", "band", "text")
}
_NO_DIFFERENCE: Final[dict[str, list[Any]]] = {**_NO_MONTH, "en": [], "outside": []}


LATE: Final = 0.72
"""Share of the time beyond which a label is written before its line."""
CHANCE: Final = 0.0455
"""Share of months beyond U (k = 2) when nothing differs and uncertainties are right."""


def _difference_title(differences: Mapping[str, Mapping[str, Any]]) -> str:
    outside = [one for own in differences.values() for one in own["outside"]]
    return (
        f"Less {{}}; |En| > 1: {sum(outside)} of {len(outside)}, "
        f"by chance {CHANCE * len(outside):.0f}"
    )


def _band_name(fits: MethodFits) -> str:
    wave = fits.wavelength_nm
    return f"{fits.band} ({wave:.0f} nm)" if np.isfinite(wave) else fits.band


SIDES: Final = np.array([-1.2, 1.2])


def _frame(chart: Any, columns: list[dict[str, list[Any]]], more: list[Any]) -> None:
    """Frame the marks; room at the bottom for the legend and at the top for labels."""
    parts = [np.zeros(1), *map(np.asarray, more)]
    for one in columns:
        if not one["value"]:
            continue  # methods that never looked in the same month
        reach = np.median(one["upper"]) - np.median(one["value"])
        parts += [np.asarray(one["value"]), *(np.median(one["value"]) + reach * SIDES)]
    values = np.concatenate([np.atleast_1d(part) for part in parts])
    bottom, top = np.nanquantile(values, [0.002, 0.998])
    room = max(top - bottom, 0.1)
    chart.y_range.start, chart.y_range.end = bottom - 0.22 * room, top + 0.32 * room
    chart.y_range.reset_start, chart.y_range.reset_end = chart.y_range.start, chart.y_range.end


def _frame_time(time: Any, fits: MethodFits) -> None:
    looks = np.concatenate([one.time for one in fits.joint.series])
    low, high = style.milliseconds(looks.min()), style.milliseconds(looks.max())
    margin = 0.02 * max(high - low, 86400e3)
    time.start, time.end = low - margin, high + margin
    time.reset_start, time.reset_end = time.start, time.end
