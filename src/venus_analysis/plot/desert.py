"""Figures of the desert calibration: the ratio of each date, band by band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import holoviews as hv
import numpy as np

from venus_analysis.compute.desert.site_ratio import DateRatios, site_ratio
from venus_analysis.errors import InputError
from venus_analysis.plot import style

PANEL_HEIGHT = 210
REACH_PERCENT = 5.0


def desert_page(rows: Sequence[dict[str, Any]], bands: Sequence[str] | None = None) -> Any:
    """One panel a band, one above the other.

    Parameters
    ----------
    rows
        Ledger rows of one instrument, site and reference, as
        `venus_analysis.calibrate.desert.calibrate_site` gives them.
    bands
        Bands to draw; None draws those that have a ratio.

    Returns
    -------
    holoviews.Layout
        One column of `desert_series`.

    Raises
    ------
    InputError
        When no row has a ratio.
    """
    there = list(dict.fromkeys(row["band"] for row in rows if np.isfinite(row["ratio"])))
    drawn = [band for band in there if bands is None or band in bands]
    if not drawn:
        raise InputError(
            "rows", "rows with a ratio", f"{len(rows)} without", "widen the tolerances"
        )
    panels = [desert_series(rows, band) for band in drawn]
    return hv.Layout(panels).cols(1).opts(shared_axes=False, toolbar="right")


def desert_series(rows: Sequence[dict[str, Any]], band: str) -> Any:
    """Difference from the reference of each date, with mean and scatter.

    Parameters
    ----------
    rows
        As for `desert_page`.
    band
        The band to draw.

    Returns
    -------
    holoviews.Overlay
        Points: 100 (ratio - 1), percent; line: their mean; grey band: one
        standard deviation, both without outliers as `site_ratio` has them;
        dashed: agreement. The frame is 5 % either side of the mean; what lies
        beyond is counted in the title.
    """
    own = [row for row in rows if row["band"] == band and np.isfinite(row["ratio"])]
    time = np.array([row["time"] for row in own], "M8[us]")
    ratio = np.array([[row["ratio"]] for row in own])
    found = site_ratio(DateRatios(np.arange(len(own)), ratio, ratio, ratio, np.ones(len(own), int)))
    percent = 100.0 * (ratio[:, 0] - 1.0)
    mean, scatter = 100.0 * (float(found.ratio[0]) - 1.0), 100.0 * float(found.scatter[0])
    low, high = min(mean - REACH_PERCENT, -0.5), max(mean + REACH_PERCENT, 0.5)
    beyond = int(((percent < low) | (percent > high)).sum())
    colour = style.BAND_COLOURS.get(band, style.MEASURED)
    first = own[0]
    text = (
        f"{first['instrument']} {band} against {first['reference']}, {first['site']}: "
        f"{style.signed(mean)} %, scatter {scatter:.2f} %, "
        f"{int(found.number[0])} of {len(own)} looks"
        + (f" ({beyond} outside the frame)" if beyond else "")
    )
    y = hv.Dimension("difference", label="ratio - 1", unit="%")
    points = hv.Scatter((time, percent), "time", y).opts(
        color=colour, size=6, alpha=0.7, tools=["hover"]
    )
    spread = hv.HSpan(mean - scatter, mean + scatter).opts(color=style.RING, alpha=0.35)
    line = hv.HLine(mean).opts(color=colour, line_width=3)
    zero = hv.HLine(0.0).opts(color="black", line_dash="dashed", line_width=1)
    return (spread * zero * line * points).opts(
        title=style.title(text, simulated=bool(first["simulated"])),
        ylim=(low, high),
        xlabel="date (UTC)",
        ylabel="ratio - 1 (%)",
        width=style.WIDTH,
        height=PANEL_HEIGHT,
        fontsize=style.FONT_SIZES | {"title": "12pt"},
        show_grid=True,
    )
