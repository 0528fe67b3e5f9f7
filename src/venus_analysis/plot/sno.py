"""Figures of simultaneous looks: ratio by band, and each band against reflectance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import holoviews as hv
import numpy as np
from bokeh.layouts import column, gridplot

from venus_analysis.calibrate.sno import SnoResult, joint_lines
from venus_analysis.compute.sno.consistent import consistent_points
from venus_analysis.compute.sno.regression import Estimator, Regression
from venus_analysis.errors import InputError
from venus_analysis.plot import style

PANEL_WIDTH, PANEL_HEIGHT, COLUMNS = 500, 300, 2
MARKERS: Final = ("circle", "square", "triangle", "diamond")
MOST_POINTS: Final = 3000


def sno_page(results: Sequence[SnoResult], estimator: Estimator = "deming") -> Any:
    """Overview of all results, then a panel for each band of the first with points.

    Parameters
    ----------
    results
        As `calibrate_sno` gives them.
    estimator
        Of the line drawn in the panels.

    Returns
    -------
    bokeh.models.Column
        The overview above rows of two panels, as wide as a notebook's cell.

    Raises
    ------
    InputError
        When no result has a ratio.
    """
    fitted = [(one, joint_lines([one], (estimator,))) for one in results if one.rows]
    panels = [
        sno_band(one, band, lines[estimator])
        for one, found in fitted
        for band, lines in found.items()
    ]
    if not panels:
        raise InputError("results", "results with pairs", "none", "widen the tolerances")
    drawn = [one for one, found in fitted if found]
    grid = gridplot([hv.render(one, backend="bokeh") for one in panels], ncols=COLUMNS)
    return column(hv.render(sno_overview(drawn), backend="bokeh"), grid)


def sno_overview(results: Sequence[SnoResult]) -> Any:
    """Ratio - 1 of each band, percent, one marker a result.

    Returns
    -------
    holoviews.Overlay
        Points: mean over the pairs of scenes; bars: its random uncertainty and
        the model's together, k = 2. Bands without partner stand empty,
        marked on the axis.
    """
    bands = list(dict.fromkeys(band for one in results for band in one.bands))
    place = {band: float(k) for k, band in enumerate(bands)}
    parts: list[Any] = [hv.HLine(0.0).opts(color="black", line_dash="dashed", line_width=1)]
    for number, one in enumerate(results):
        shift = 0.16 * (number - 0.5 * (len(results) - 1))
        points = []
        for b, band in enumerate(one.bands):
            if np.isfinite(one.mean.ratio[b]):
                own = [row for row in one.rows if row["band"] == band]
                random = np.nanmean([row["u_random"] for row in own]) / np.sqrt(len(own))
                doubt = 200.0 * np.hypot(random, own[0]["u_model"])
                points.append((place[band] + shift, 100.0 * (one.mean.ratio[b] - 1.0), doubt))
        label = f"{one.reference}, {one.rows[0]['site']}"
        colour = style.METHOD_COLOURS["sno"] if number == 0 else style.MODELLED
        parts.append(hv.ErrorBars(points, label=label).opts(line_color=colour))
        parts.append(
            hv.Scatter([point[:2] for point in points], label=label).opts(
                color=colour, marker=MARKERS[number % len(MARKERS)], size=11
            )
        )
    without = {band for one in results for band in one.reasons}
    ticks = [(place[b], f"{b}\nno\npartner" if b in without else b) for b in bands]
    first = results[0].rows[0]
    text = f"{first['instrument']} against simultaneous looks, bars k = 2"
    return hv.Overlay(parts).opts(
        title=style.title(text, simulated=any(one.rows[0]["simulated"] for one in results)),
        xlabel="band",
        ylabel="ratio - 1 (%)",
        xticks=ticks,
        xlim=(-0.6, len(bands) - 0.4),
        width=COLUMNS * PANEL_WIDTH,
        height=PANEL_HEIGHT + 60,
        fontsize=style.FONT_SIZES,
        show_grid=True,
        legend_position="right",
    )


def sno_band(result: SnoResult, band: str, line: Regression) -> Any:
    """Ratio - 1 of each point against reflectance, with a line from `joint_lines`.

    A pure gain is a level line; an offset bends it at the dark end.

    Returns
    -------
    holoviews.Overlay
        Points of scenes that agree in the band's colour, those left out as grey
        crosses; curve: gain + offset / reflectance - 1, percent.
    """
    b = result.bands.index(band)
    x, y = result.compared.modelled[:, b], result.compared.measured[:, b]
    good = consistent_points(x, y, result.compared.scene)
    bad = np.isfinite(x) & ~good
    low, high = line.reference_range
    along = np.linspace(low, high, 60)
    first = result.rows[0]
    partner = result.partners[band]
    text = (
        f"{band} against {result.reference} {partner}, {first['site']}\ngain {line.gain:.4f}"
        + (f" ± {line.u_gain:.4f}" if np.isfinite(line.u_gain) else "")
        + f", offset {line.offset:+.4f}"
    )
    colour = style.BAND_COLOURS.get(band, style.METHOD_COLOURS["sno"])
    curve = hv.Curve((along, 100.0 * (line.gain + line.offset / along - 1.0))).opts(
        color="black", line_width=3
    )
    level = hv.HLine(0.0).opts(color="black", line_dash="dashed", line_width=1)
    kept = _points(x, y, good).opts(color=colour, size=6, alpha=0.5)
    lost = _points(x, y, bad).opts(color=style.RING, marker="x", size=7)
    ratio = 100.0 * (y[good] / x[good] - 1.0)
    middle, reach = float(np.median(ratio)), max(1.0, 0.6 * float(np.ptp(ratio)))
    return (level * lost * kept * curve).opts(
        title=style.title(text, simulated=bool(first["simulated"])),
        xlabel="reflectance of the reference, adjusted (1)",
        ylabel="ratio - 1 (%)",
        ylim=(min(middle - reach, -0.5), max(middle + reach, 0.5)),
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        fontsize=style.FONT_SIZES | {"title": "12pt"},
        show_grid=True,
    )


def _points(x: Any, y: Any, which: Any) -> Any:
    at = np.flatnonzero(which)
    at = at[:: max(1, -(-len(at) // MOST_POINTS))]
    return hv.Scatter((x[at], 100.0 * (y[at] / x[at] - 1.0)), "reflectance", "difference")
