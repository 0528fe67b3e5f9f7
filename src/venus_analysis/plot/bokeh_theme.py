"""Bokeh figures in the colours and sizes of the house, on light and on dark paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bokeh.models import HoverTool
from bokeh.plotting import figure

from venus_analysis.plot import style

Theme = Literal["light", "dark"]


def apply_theme(chart: Any, theme: Theme) -> None:
    """Give a Bokeh figure the colours and sizes of the house."""
    colours = style.THEMES[theme]
    chart.background_fill_color = chart.border_fill_color = colours["paper"]
    chart.outline_line_color = colours["grid"]
    chart.title.text_color, chart.title.text_font_size = colours["ink"], "18px"
    chart.title.text_font_style = "normal"
    chart.grid.grid_line_color = colours["grid"]
    chart.toolbar.logo = None
    for axis in chart.axis:
        axis.axis_label_text_color = axis.major_label_text_color = colours["ink"]
        axis.axis_label_text_font_size, axis.major_label_text_font_size = "17px", "15px"
        axis.axis_label_text_font_style = "normal"
        axis.axis_line_color = axis.major_tick_line_color = colours["quiet"]
        axis.minor_tick_line_color = None


def new_figure(**options: Any) -> Any:
    """Bokeh's figure, whose type hints know but a part of its options."""
    return figure(**options)


def hover(drawn: Any, tips: Sequence[tuple[str, str]]) -> Any:
    """Hover tool of one glyph; `tips` are its lines, dates in the column ``time``."""
    return HoverTool(renderers=[drawn], tooltips=list(tips), formatters={"@time": "datetime"})


def theme_legend(chart: Any, colours: dict[str, str]) -> None:
    """Legend in one row, in the colours of a theme."""
    chart.legend.background_fill_color = colours["paper"]
    chart.legend.label_text_color = colours["ink"]
    chart.legend.label_text_font_size = "16px"
    chart.legend.orientation = "horizontal"
    chart.legend.border_line_alpha, chart.legend.background_fill_alpha = 0.0, 0.6
