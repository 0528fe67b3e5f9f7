"""Figures of two mission phases: the step between them, and the drift in each."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from bokeh.models import ColumnDataSource, FactorRange, Range1d

from venus_analysis.compute.compare.mission_phases import MET, NOT_ENOUGH, NOT_MET
from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure, theme_legend
from venus_analysis.plot.phases_columns import (
    ALL,
    Found,
    bands_of,
    drift_columns,
    estimate_name,
    estimates_of,
    step_columns,
    verdict_columns,
)

VERDICT_COLOURS: Final = {
    MET: style.VERDICT_COLOURS["effective"],
    NOT_MET: style.VERDICT_COLOURS["not effective"],
    NOT_ENOUGH: style.VERDICT_COLOURS["not decidable"],
}
_TOOLS: Final = "pan,ywheel_zoom,box_zoom,reset,save"
_KNOWN: Final = tuple(style.METHOD_COLOURS)


class PhaseSteps:
    """Step of the sensitivity between two phases beside the criterion, in every band.

    Parameters
    ----------
    found
        From `calibrate.compare.comparison.compare_phases`.
    criterion
        Largest relative step that is accepted, as the verdicts were found with.
    theme
        ``light`` or ``dark``.
    height
        Pixels; the width stretches.

    Attributes
    ----------
    figure
        The Bokeh figure: all methods together as the large black diamond, each
        method beside it with its 95 % interval, the verdict above each band.
    """

    def __init__(
        self,
        found: Found,
        criterion: float = 0.01,
        *,
        theme: Theme = "light",
        height: int = 380,
    ) -> None:
        self._theme, self._colours = theme, style.THEMES[theme]
        names = dict.fromkeys([ALL, *_KNOWN, *estimates_of(found)])
        self.sources = {name: ColumnDataSource() for name in names}
        self.verdicts, self.limits = ColumnDataSource(), ColumnDataSource()
        self.figure = new_figure(
            x_range=FactorRange(), y_range=Range1d(), height=height, tools=_TOOLS,
            sizing_mode="stretch_width",
            extra_y_ranges={"frame": Range1d(start=0.0, end=1.0)},
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.xgrid.visible = False
        self.figure.xaxis.axis_label = "band, by wavelength"
        self.update(found, criterion)
        self._draw()
        self.figure.legend.location = "bottom_left"
        theme_legend(self.figure, self._colours)
        _name_only(self.figure, estimates_of(found))

    def update(self, found: Found, criterion: float = 0.01) -> None:
        """Show another comparison."""
        steps, limit = step_columns(found), 100.0 * criterion
        for name, source in self.sources.items():
            empty: dict[str, list[Any]] = {key: [] for key in steps[ALL]}
            source.data = dict(steps.get(name, empty))
        verdicts: dict[str, Any] = dict(verdict_columns(found))
        verdicts["colour"] = [
            style.on_paper(VERDICT_COLOURS[one], self._theme) for one in verdicts["verdict"]
        ]
        self.verdicts.data = verdicts
        self.limits.data = {"low": [-limit], "high": [limit]}
        self.figure.x_range.factors = bands_of(found)
        before, after = found["before"]["name"], found["after"]["name"]
        text = f"Step {before} to {after}, 95 %;  ✓ within ±{limit:g} %   ✗ beyond   ? open"
        if any(verdicts["within"]):
            text += "   + a further step in that phase"
        self.figure.title.text = style.title(text, simulated=found["simulated"])
        self.figure.yaxis.axis_label = "step of sensitivity (%)"
        _frame(self.figure, [*steps.values()], "step", limit)
        _name_only(self.figure, estimates_of(found))

    def _draw(self) -> None:
        chart, ink, quiet = self.figure, self._colours["ink"], self._colours["quiet"]
        chart.hstrip(y0="low", y1="high", source=self.limits, fill_color=VERDICT_COLOURS[MET],
                     fill_alpha=0.12, line_color=quiet, line_dash="dashed")  # fmt: skip
        chart.hspan(y=0.0, line_color=quiet, line_width=1.0)
        for name, source in self.sources.items():
            joint = name == ALL
            colour = ink if joint else _method_colour(name, self._theme)
            chart.segment("x", "lower", "x", "upper", source=source, line_color=colour,
                          line_width=4 if joint else 2.5, line_alpha=0.75)  # fmt: skip
            marks = chart.scatter(
                "x", "step", source=source, color=colour, size=15 if joint else 10,
                marker="diamond" if joint else style.METHOD_MARKERS.get(name, "hex"),
                legend_label=estimate_name(name),
            )  # fmt: skip
            tips = [("band", "@band"), (estimate_name(name), "@text")]
            chart.add_tools(hover(marks, tips))
        paper = {"background_fill_color": self._colours["paper"], "background_fill_alpha": 0.85}
        marks = chart.text("band", 0.93, "mark", source=self.verdicts, y_range_name="frame",
                           text_align="center", text_baseline="middle", text_color="colour",
                           text_font_size="24px", text_font_style="bold", **paper)  # fmt: skip
        chart.text("band", 0.84, "within", source=self.verdicts, y_range_name="frame",
                   text_align="center", text_baseline="middle", text_color=ink,
                   text_font_size="13px", **paper)  # fmt: skip
        chart.add_tools(hover(marks, [("band", "@band"), ("", "@text"), ("", "@within")]))


class PhaseDrifts:
    """Drift of the sensitivity in each of two phases, by band and method.

    Parameters
    ----------
    found, theme, height
        As for `PhaseSteps`.
    """

    def __init__(self, found: Found, *, theme: Theme = "light", height: int = 320) -> None:
        self._theme, self._colours = theme, style.THEMES[theme]
        names = dict.fromkeys([*_KNOWN, *(one for one in estimates_of(found) if one != ALL)])
        self.sources = {
            name: {key: ColumnDataSource() for key in ("before", "after", "both")} for name in names
        }
        self.figure = new_figure(
            x_range=FactorRange(), y_range=Range1d(), height=height, tools=_TOOLS,
            sizing_mode="stretch_width",
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.xgrid.visible = False
        self.figure.xaxis.axis_label = "band, by wavelength"
        self.figure.yaxis.axis_label = "drift (%/yr)"
        self.update(found)
        self._draw()
        self.figure.legend.location = "bottom_right"
        theme_legend(self.figure, self._colours)
        _name_only(self.figure, estimates_of(found))

    def update(self, found: Found) -> None:
        """Show another comparison."""
        drifts = drift_columns(found)
        empty: dict[str, list[Any]] = {
            name: []
            for name in ("x", "band", "drift", "lower", "upper", "text", "xs", "ys")
        }  # fmt: skip
        for name, sources in self.sources.items():
            own = drifts.get(name, {})
            for key, source in sources.items():
                source.data = dict(own.get(key, empty))
        self.figure.x_range.factors = bands_of(found)
        before, after = found["before"]["name"], found["after"]["name"]
        text = f"Drift in {before} (hollow) and {after} (filled), 95 %"
        self.figure.title.text = style.title(text, simulated=found["simulated"])
        _frame(self.figure, [o[k] for o in drifts.values() for k in ("before", "after")], "drift")
        _name_only(self.figure, estimates_of(found))

    def _draw(self) -> None:
        chart, paper = self.figure, self._colours["paper"]
        chart.hspan(y=0.0, line_color=self._colours["quiet"], line_width=1.0)
        for name, sources in self.sources.items():
            colour = _method_colour(name, self._theme)
            marker = style.METHOD_MARKERS.get(name, "hex")
            chart.multi_line(xs="xs", ys="ys", source=sources["both"], line_color=colour,
                             line_width=1.5)  # fmt: skip
            for key in ("before", "after"):
                chart.segment("x", "lower", "x", "upper", source=sources[key], line_color=colour,
                              line_width=2, line_alpha=0.6)  # fmt: skip
                named = {"legend_label": estimate_name(name)} if key == "after" else {}
                marks = chart.scatter(
                    "x", "drift", source=sources[key], line_color=colour, size=9, marker=marker,
                    fill_color=colour if key == "after" else paper, line_width=1.5, **named,
                )  # fmt: skip
                tips = [("band", "@band"), (estimate_name(name), "@text")]
                chart.add_tools(hover(marks, tips))


def _method_colour(method: str, theme: str) -> str:
    known = style.METHOD_COLOURS.get(method, style.THEMES[theme]["quiet"])
    return style.on_paper(known, theme)


def _name_only(chart: Any, estimates: tuple[str, ...]) -> None:
    """Keep estimates that are not there out of the legend."""
    there = set(map(estimate_name, estimates))
    for legend in chart.legend:
        for item in legend.items:
            item.visible = item.label.value in there


def _frame(chart: Any, columns: list[dict[str, list[Any]]], name: str, limit: float = 0.0) -> None:
    """Frame the values and most of the intervals; room for the legend and the verdicts."""
    values = np.concatenate([[0.0], *(np.asarray(one[name], np.float64) for one in columns)])
    ends = np.concatenate(
        [
            [0.0],
            *(np.asarray(one[key], np.float64) for one in columns for key in ("lower", "upper")),
        ]
    )
    low, high = np.nanquantile(ends, [0.05, 0.95])
    bottom = min(values.min(), low, -1.3 * limit)
    top = max(values.max(), high, 1.3 * limit)
    room = max(top - bottom, 0.1)
    chart.y_range.start, chart.y_range.end = bottom - 0.22 * room, top + 0.22 * room
    chart.y_range.reset_start, chart.y_range.reset_end = chart.y_range.start, chart.y_range.end
