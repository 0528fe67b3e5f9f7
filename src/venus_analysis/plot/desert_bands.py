"""Figure of the desert calibration: mean ratio of each band, site by site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import holoviews as hv
import numpy as np

from venus_analysis.calibrate.desert import SiteResult
from venus_analysis.errors import InputError
from venus_analysis.plot import style

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b8a800")
MARKERS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "hex")
ROOM = 0.7


def desert_bands(
    found: Mapping[str, SiteResult],
    *,
    planted: Mapping[str, float] | None = None,
    text: str = "desert calibration",
    simulated: bool = False,
) -> Any:
    """Mean ratio less 1 of each band, with its uncertainty.

    Parameters
    ----------
    found
        Label in the legend (a site, a model) to result of the same bands; six at most.
    planted
        Band to the true mean ratio, for SIMULATED looks: a black dash.
    text
        Title.
    simulated
        Whether the looks are.

    Returns
    -------
    holoviews.Overlay
        Points: 100 (ratio - 1), percent; bars: k = 1, the budget and the scatter
        over the square root of the number of looks. Bands in the sensor's order;
        those that cannot be calibrated are left out.

    Raises
    ------
    InputError
        Nothing, or too much, to draw.
    """
    if not 0 < len(found) <= len(COLOURS):
        raise InputError("results", f"1 to {len(COLOURS)}", str(len(found)), "draw fewer at once")
    first = next(iter(found.values()))
    with_ratio = {row["band"] for row in first.rows if np.isfinite(row["ratio"])}
    bands = [band for band in first.bands if band in with_ratio]
    y = hv.Dimension("difference", label="ratio - 1", unit="%")
    drawn = [hv.HLine(0.0).opts(color="black", line_dash="dashed", line_width=1)]
    if planted:
        dashes = [(k, 100.0 * (planted[band] - 1.0)) for k, band in enumerate(bands)]
        drawn.append(
            hv.Scatter(dashes, "band", y, label="planted").opts(
                color="black", marker="dash", size=44, line_width=3
            )
        )
    for k, (label, one) in enumerate(found.items()):
        points = _points(one, bands, ROOM * ((k + 0.5) / len(found) - 0.5))
        bars = hv.ErrorBars(points, "band", [y, "u"]).opts(
            color=COLOURS[k], line_width=2, upper_head=None, lower_head=None
        )
        marks = hv.Scatter([row[:2] for row in points], "band", y, label=label).opts(
            color=COLOURS[k], marker=MARKERS[k], size=9
        )
        drawn += [bars, marks]
    return hv.Overlay(drawn).opts(
        **style.frame(text, simulated=simulated),
        xlabel="band",
        xticks=list(enumerate(bands)),
        ylabel="ratio - 1 (%)",
        legend_position="right",
    )


def _points(
    found: SiteResult, bands: Sequence[str], shift: float
) -> list[tuple[float, float, float]]:
    """Place, percent and its uncertainty of each band."""
    random = found.site.scatter / np.sqrt(np.maximum(found.site.number, 1))
    percent = 100.0 * np.stack([found.site.ratio - 1.0, np.hypot(found.budget.model, random)])
    order = [found.bands.index(band) for band in bands]
    return [(k + shift, float(percent[0, b]), float(percent[1, b])) for k, b in enumerate(order)]
