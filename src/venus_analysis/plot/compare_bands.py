"""Methods over all bands: ratio against wavelength, and the matrix of who agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from bokeh.models import ColumnDataSource, DataRange1d, FactorRange, Range1d

from venus_analysis.calibrate.compare.method_fits import MethodFits
from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure, theme_legend
from venus_analysis.plot.compare_columns import (
    AGREES,
    COLOURS,
    agreement_columns,
    spectrum_columns,
)
from venus_analysis.plot.label_rows import ROW_PX
from venus_analysis.plot.style import name_of

METHODS: Final = tuple(style.METHOD_COLOURS)
_TOOLS: Final = "pan,xwheel_zoom,box_zoom,reset,save"


class SpectrumFigure:
    """Ratio at the epoch against wavelength for each method, with bands that stand out named.

    Parameters
    ----------
    fits
        Band to its fits.
    epoch
        Date of the ratios; that of the fits by default.
    theme, height
        As for `MethodsFigure`.
    """

    def __init__(
        self,
        fits: Mapping[str, MethodFits],
        epoch: np.datetime64 | None = None,
        *,
        theme: Theme = "light",
        height: int = 360,
    ) -> None:
        there = dict.fromkeys(name for one in fits.values() for name in one.methods)
        self.sources = {name: ColumnDataSource() for name in dict.fromkeys([*METHODS, *there])}
        self.figure = new_figure(
            height=height, sizing_mode="stretch_width", tools=_TOOLS,
            y_range=DataRange1d(range_padding=0.5),
            extra_y_ranges={"frame": Range1d(start=0.0, end=1.0)},
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.xaxis.axis_label = "wavelength (nm)"
        self.figure.yaxis.axis_label = "measured / modelled"
        self.update(fits, epoch)
        for draw in (self._draw, self._name):
            for method, source in self.sources.items():
                draw(method, source, theme)
        self.figure.legend.location = "bottom_right"
        theme_legend(self.figure, style.THEMES[theme])

    def update(self, fits: Mapping[str, MethodFits], epoch: np.datetime64 | None = None) -> None:
        """Show other fits or another date."""
        date = next(iter(fits.values())).epoch if epoch is None else epoch
        found = spectrum_columns(fits, date)
        rows = 0
        for method, source in self.sources.items():
            columns: dict[str, Any] = dict(found.get(method, _NO_SPECTRUM))
            marked = zip(columns["band"], columns["leaves"], strict=True)
            leaving = ", ".join(band for band, leaves in marked if leaves)
            looks = len(columns["band"])
            columns["mark"] = [f"≠ {leaving}" if leaving and not k else "" for k in range(looks)]
            columns["down"] = [2 + ROW_PX * rows] * looks
            rows += bool(leaving)
            source.data = columns
        self.figure.y_range.range_padding = 0.5 + 0.25 * rows
        simulated = any(one.simulated for one in fits.values())
        title = f"Ratio on {str(date)[:10]}"
        self.figure.title.text = style.title(title, simulated=simulated)

    def _draw(self, method: str, source: ColumnDataSource, theme: Theme) -> None:
        colours = style.THEMES[theme]
        colour = style.on_paper(style.METHOD_COLOURS.get(method, colours["quiet"]), theme)
        self.figure.line("wavelength", "expected", source=source, line_color=colour,
                         line_alpha=0.5, line_dash="dashed", line_width=1.5)  # fmt: skip
        self.figure.segment("wavelength", "lower", "wavelength", "upper", source=source,
                            line_color=colour, line_width=3, line_alpha=0.6)  # fmt: skip
        marks = self.figure.scatter(
            "wavelength", "ratio", source=source, color=colour, size=11,
            marker=style.METHOD_MARKERS.get(method, "diamond"), legend_label=name_of(method),
        )  # fmt: skip
        tips = [("method", "@method"), ("band", "@band"), ("ratio", "@text")]
        self.figure.add_tools(hover(marks, tips))

    def _name(self, method: str, source: ColumnDataSource, theme: Theme) -> None:
        """Name the bands that leave their neighbours, at the top left, a row for each method."""
        colours = style.THEMES[theme]
        colour = style.on_paper(style.METHOD_COLOURS.get(method, colours["quiet"]), theme)
        self.figure.text("wavelength", 1.0, "mark", source=source, y_range_name="frame",
                         x_offset=-5, text_baseline="top", y_offset="down",
                         text_color=colour, text_font_size="14px", text_font_style="bold",
                         background_fill_color=colours["paper"],
                         background_fill_alpha=0.85)  # fmt: skip


class AgreementMatrix:
    """En of the methods two by two, for slope and step, in every band.

    Parameters
    ----------
    fits
        Band to its fits.
    theme, height
        As for `MethodsFigure`.
    """

    def __init__(
        self, fits: Mapping[str, MethodFits], *, theme: Theme = "light", height: int = 420
    ) -> None:
        self.source = ColumnDataSource()
        self.figure = new_figure(
            x_range=FactorRange(group_padding=0.2), y_range=FactorRange(), height=height,
            sizing_mode="stretch_width", x_axis_location="above", tools="save",
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.grid.visible = False
        self.figure.yaxis.axis_label = "band"
        self.figure.xaxis.group_text_color = style.THEMES[theme]["ink"]
        self.figure.xaxis.group_text_font_size = "14px"
        self.update(fits)
        cells = self.figure.rect(
            "cell", "band", 0.96, 0.9, source=self.source, color="colour", alpha=0.92
        )
        self.figure.text(
            "cell", "band", "label", source=self.source, text_align="center",
            text_baseline="middle", text_color="#ffffff", text_font_size="13px",
            text_font_style="bold",
        )  # fmt: skip
        self.figure.add_tools(hover(cells, [("band", "@band"), ("", "@text")]))

    def update(self, fits: Mapping[str, MethodFits]) -> None:
        """Show other fits."""
        columns = agreement_columns(fits)
        columns["colour"] = [COLOURS[one] for one in columns["verdict"]]
        columns["label"] = [
            text if verdict == AGREES else f"{text}≠".replace("?≠", "?")
            for text, verdict in zip(columns["label"], columns["verdict"], strict=True)
        ]
        pairs = sorted(set(columns["cell"]), key=columns["cell"].index)
        self.figure.x_range.factors = sorted(pairs, key=lambda one: pairs.index((one[0], "slope")))
        self.figure.y_range.factors = list(fits)[::-1]
        self.source.data = dict(columns)
        simulated = any(one.simulated for one in fits.values())
        self.figure.title.text = style.title("En of slopes and steps", simulated=simulated)


_NO_SPECTRUM: Final[dict[str, list[Any]]] = {
    name: []
    for name in (
        "wavelength", "ratio", "lower", "upper", "band", "expected", "leaves", "method", "text",
    )
}  # fmt: skip
