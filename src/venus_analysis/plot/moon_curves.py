"""Curves beside a Moon image: halo, ratio over wavelength, and residual noise over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from bokeh.models import ColumnDataSource, DataRange1d, FixedTicker, PrintfTickFormatter

from venus_analysis.calibrate.drift.selection import wavelength_nm
from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure
from venus_analysis.plot.residuals import NAMES

COVERAGE: Final = 2.0
_DECADES: Final = [float(f"{k}e{n}") for n in range(-5, 3) for k in (1, 3)]
_TOOLS: Final = "pan,box_zoom,reset,save"


class HaloFigure:
    """Light beside the disk of one band, against the distance from its centre.

    Parameters
    ----------
    theme, height
        As for `plot.drift.DriftFigure`.
    """

    def __init__(self, *, theme: Theme = "light", height: int = 215) -> None:
        self.sources = {name: ColumnDataSource() for name in ("rings", "below", "fit")}
        self.figure = new_figure(
            height=height, sizing_mode="stretch_width", tools=_TOOLS, y_axis_type="log",
            x_range=DataRange1d(start=0.95), y_range=DataRange1d(),
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.xaxis.axis_label = "distance from the disk's centre (radii)"
        self.figure.yaxis.axis_label = "halo (% of the disk)"
        self.figure.yaxis.ticker = FixedTicker(ticks=_DECADES)
        self.figure.yaxis.formatter = PrintfTickFormatter(format="%g")
        self._theme: Theme = theme
        self.update(None, "", simulated=False)
        self._draw()

    def update(self, product: xr.Dataset | None, band: str, *, simulated: bool) -> None:
        """Show a band of a product; nothing for none."""
        self.show(halo_columns(product, band, self._theme), band, simulated=simulated)

    def show(self, columns: Mapping[str, dict[str, Any]], band: str, *, simulated: bool) -> None:
        """Show what `halo_columns` gave of a band."""
        for name, source in self.sources.items():
            source.data = columns[name]
        found = ": none found" if not len(columns["rings"]["x"]) else ""
        found = found or (" · ▽ below" if len(columns["below"]["x"]) else "")
        said = f"{band} · halo, k = 2{found}"
        self.figure.title.text = style.title(said, simulated=simulated)

    def _draw(self) -> None:
        chart, sources = self.figure, self.sources
        chart.vspan(x=[1.0], line_color=style.LIMB, line_dash="dashed", line_width=2)
        chart.segment("x", "lower", "x", "upper", source=sources["rings"], line_color="colour",
                      line_width=2)  # fmt: skip
        marks = chart.scatter("x", "y", source=sources["rings"], color="colour", size=8)
        below = chart.scatter("x", "y", source=sources["below"], size=9, line_color="colour",
                              marker="inverted_triangle", fill_color=None)  # fmt: skip
        chart.line("x", "y", source=sources["fit"], line_color=style.MODELLED, line_width=3)
        for drawn in (marks, below):
            chart.add_tools(hover(drawn, [("radius", "@x{0.00}"), ("halo", "@text")]))


def halo_columns(
    product: xr.Dataset | None, band: str, theme: Theme = "light"
) -> dict[str, dict[str, Any]]:
    """Give a band's rings, limits of rings in the noise, and fit, in percent of its disk's mean.

    Rings are ``below`` where they do not stand out of their noise: there it is by two
    standard uncertainties above what they show.
    """
    if product is None:
        none: dict[str, Any] = {n: [] for n in ("x", "y", "lower", "upper", "text", "colour")}
        return {"rings": none, "below": none, "fit": {"x": [], "y": []}}
    plane = product.sel(band=band)
    residual = "residual_halo" in plane
    which = "residual_halo" if residual else "halo_radiance"
    radius = plane["halo_ring" if residual else "halo_radius"].to_numpy()
    scale = 100.0 / float(plane["radiance"].where(plane["mask"]).mean())
    value, doubt = (scale * plane[name].to_numpy() for name in (which, f"u_{which}"))
    reach, known = COVERAGE * doubt, np.isfinite(value) & np.isfinite(doubt)
    shown = known & (value > reach)
    limit, colour = np.maximum(value, 0.0) + reach, style.band_colour(band, theme)
    below = known & ~shown & (limit > 0.0)
    text = np.array([f"{a:.3f} ± {b:.3f} %" for a, b in zip(value, reach, strict=True)], object)
    y, lower, upper = value[shown], (value - reach)[shown], (value + reach)[shown]
    found: dict[str, dict[str, Any]] = {
        "rings": {
            "x": radius[shown],
            "y": y,
            "lower": np.maximum(lower, 0.1 * y),  # a logarithmic axis has no zero
            "upper": upper,
            "text": text[shown],
            "colour": [colour] * len(y),
        },
        "below": {
            "x": radius[below],
            "y": limit[below],
            "text": text[below],
            "colour": [colour] * int(below.sum()),
        },
        "fit": {"x": [], "y": []},
    }
    if residual:
        line = scale * plane["fitted_halo"].to_numpy()
        good = np.isfinite(line) & (line > 0.2 * np.min([*y, *limit[below]], initial=np.inf))
        found["fit"] = {"x": radius[good], "y": line[good]}
    return found


class SpectrumFigure:
    """Ratio of one look over wavelength; a tap chooses the band.

    Parameters
    ----------
    theme, height
        As for `plot.drift.DriftFigure`.
    """

    def __init__(self, *, theme: Theme = "light", height: int = 215) -> None:
        self.sources = {name: ColumnDataSource() for name in ("points", "chosen")}
        self.figure = new_figure(
            height=height, sizing_mode="stretch_width", tools=f"{_TOOLS},tap",
            y_range=DataRange1d(range_padding=0.75),
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.xaxis.axis_label = "wavelength (nm)"
        self.figure.yaxis.axis_label = "measured / modelled"
        self._theme: Theme = theme
        self.update(pd.DataFrame(columns=["band", "ratio", "u"]), "", simulated=False)
        self._draw()

    def update(self, rows: pd.DataFrame, band: str, *, simulated: bool) -> None:
        """Show rows of one look: band, ratio, ``u`` (k = 1, relative); mark a band."""
        rows = rows[np.isfinite(rows["ratio"].astype(float))]
        ratio = rows["ratio"].to_numpy(float)
        reach = COVERAGE * ratio * rows["u"].to_numpy(float)
        points = {
            "x": [wavelength_nm(one) for one in rows["band"]],
            "y": ratio,
            "lower": ratio - reach,
            "upper": ratio + reach,
            "band": list(rows["band"]),
            "label": _labels(list(rows["band"])),
            "colour": [style.band_colour(one, self._theme) for one in rows["band"]],
            "text": [f"{a:.4f} ± {b:.4f}" for a, b in zip(ratio, reach, strict=True)],
        }
        mine = [k for k, one in enumerate(points["band"]) if one == band]
        self.sources["points"].data = points
        self.sources["chosen"].data = {name: [points[name][k] for k in mine] for name in "xy"}
        self.figure.title.text = style.title("Ratio by band (tap one), k = 2", simulated=simulated)

    def _draw(self) -> None:
        chart, sources, colours = self.figure, self.sources, style.THEMES[self._theme]
        chart.hspan(y=1.0, line_color=colours["quiet"], line_width=1.5)
        chart.scatter("x", "y", source=sources["chosen"], size=24, fill_color=None,
                      line_color=colours["ink"], line_width=3)  # fmt: skip
        chart.segment("x", "lower", "x", "upper", source=sources["points"], line_color="colour",
                      line_width=3)  # fmt: skip
        marks = chart.scatter("x", "y", source=sources["points"], color="colour", size=12,
                              nonselection_alpha=1.0)  # fmt: skip
        chart.text("x", "upper", "label", source=sources["points"], text_align="center",
                   y_offset=-14, text_color=colours["ink"], text_font_size="14px")  # fmt: skip
        chart.add_tools(hover(marks, [("band", "@band"), ("ratio", "@text")]))


def _labels(bands: Sequence[str]) -> list[str]:
    """Name of each band; those of one wavelength are named together, once.

    Examples
    --------
    >>> _labels(["B5", "B6", "B7"])
    ['B5, B6', '', 'B7']
    """
    at = [wavelength_nm(band) for band in bands]
    groups = {x: [band for band, own in zip(bands, at, strict=True) if own == x] for x in at}
    return [
        ", ".join(groups[x]) if groups[x][0] == band else ""
        for band, x in zip(bands, at, strict=True)
    ]


LONGEST_LINE: Final = 26
"""Characters of an axis title that a figure 320 pixels high has room for."""


class QuantityFigure:
    """Residual noise (CT1, CT2, temporal noise, column pattern) over time, band by band.

    Parameters
    ----------
    theme, height
        As for `plot.drift.DriftFigure`.
    """

    def __init__(self, *, theme: Theme = "light", height: int = 320) -> None:
        self.sources = {name: ColumnDataSource() for name in ("points", "chosen", "updates")}
        self.figure = new_figure(
            height=height, sizing_mode="stretch_width", tools=f"{_TOOLS},tap",
            x_axis_type="datetime", y_range=DataRange1d(range_padding=0.15),
        )  # fmt: skip
        apply_theme(self.figure, theme)
        self.figure.xaxis.axis_label = "date (UTC)"
        self._theme: Theme = theme
        names = ("time", "y", "lower", "upper", "band", "colour", "text", "acquisition_id")
        empty: dict[str, Any] = {name: [] for name in names}
        self.sources["points"].data = empty
        self.sources["chosen"].data = {"time": []}
        self.sources["updates"].data = {"time": []}
        self._draw()

    def update(
        self,
        rows: pd.DataFrame,
        quantity: str,
        bands: Sequence[str],
        *,
        look: str = "",
        updates: Sequence[Any] = (),
    ) -> None:
        """Show another quantity.

        Parameters
        ----------
        rows
            Ledger rows of the Moon.
        quantity
            One of `plot.residuals.NAMES`.
        bands
            Bands to draw.
        look
            Acquisition marked by a line.
        updates
            First days of new official parameters.
        """
        label, scale = NAMES[quantity]
        rows = rows[rows["band"].isin(list(bands)) & rows[quantity].notna()].sort_values("time")
        y = scale * rows[quantity].to_numpy()
        reach = COVERAGE * scale * rows[f"u_{quantity}"].to_numpy()
        self.sources["points"].data = {
            "time": rows["time"].to_numpy("datetime64[ms]"),
            "y": y,
            "lower": y - reach,
            "upper": y + reach,
            "band": rows["band"].to_numpy(object),
            "colour": [style.band_colour(band, self._theme) for band in rows["band"]],
            "text": [f"{a:.4g} ± {b:.2g}" for a, b in zip(y, reach, strict=True)],
            "acquisition_id": rows["acquisition_id"].to_numpy(object),
        }
        mine = rows.loc[rows["acquisition_id"] == look, "time"].head(1)
        self.sources["chosen"].data = {"time": mine.to_numpy("datetime64[ms]")}
        self.sources["updates"].data = {"time": np.array(updates, "datetime64[ms]")}
        self.figure.yaxis.axis_label = fill(label, LONGEST_LINE)
        said = f"{', '.join(bands)} · {label.partition(' (')[0]} over time, k = 2"
        said += " · dashed: new official parameters" if len(updates) else ""
        said += "" if len(rows) else ": no look was measured with --residuals"
        self.figure.title.text = style.title(
            said, simulated=bool(len(rows)) and bool(rows["simulated"].any())
        )

    def _draw(self) -> None:
        chart, sources, colours = self.figure, self.sources, style.THEMES[self._theme]
        chart.vspan(x="time", source=sources["updates"], line_color=colours["quiet"],
                    line_dash="dashed", line_width=2)  # fmt: skip
        chart.vspan(x="time", source=sources["chosen"], line_color=style.MASK, line_width=3)
        chart.segment("time", "lower", "time", "upper", source=sources["points"],
                      line_color="colour", line_width=2)  # fmt: skip
        marks = chart.scatter("time", "y", source=sources["points"], color="colour", size=9,
                              nonselection_alpha=1.0)  # fmt: skip
        tips = [("look", "@acquisition_id"), ("date", "@time{%Y-%m-%d} UTC"), ("band", "@band")]
        chart.add_tools(hover(marks, [*tips, ("value", "@text (k = 2)")]))
