"""Figures of a scene's numbers: ratio, error against a planted truth, uncertainty by term."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import holoviews as hv
import numpy as np

from venus_analysis.instrument import venus_bands
from venus_analysis.plot import style

Row = Mapping[str, Any]
PLANTED = "#222222"
TERM_COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#777777",
)  # fmt: skip
TERM_MARKERS = ("circle", "square", "diamond", "triangle", "inverted_triangle", "plus", "x", "star")
LEAST_PERCENT = 1e-3


def scene_ratio(rows: Sequence[Row], planted: Mapping[str, float] | None = None) -> Any:
    """Draw the ratio of measured and modelled irradiance over the wavelength.

    Parameters
    ----------
    rows
        Ledger rows of a scene.
    planted
        Ratio that was planted in each band of a synthetic scene.

    Returns
    -------
    holoviews.Overlay
        Points with the k = 2 uncertainty of the measured part; the model's own,
        common to all bands, is not in it. Open diamonds: planted.
    """
    shown = _known(rows)
    at = [_wavelength(row["band"]) for row in shown]
    dims = [hv.Dimension("wavelength", unit="nm"), hv.Dimension("ratio")]
    overlay = hv.HLine(1.0).opts(color="#666666", line_width=1)
    if planted:
        truth = sorted((_wavelength(band), value) for band, value in planted.items())
        overlay *= hv.Scatter(truth, *dims, label="planted").opts(
            color=PLANTED, fill_alpha=0.0, size=15, marker="diamond", line_width=2
        )
    ratio = [row["ratio"] for row in shown]
    doubt = [2.0 * row["ratio"] * measured_uncertainty(row) for row in shown]
    overlay *= hv.ErrorBars((at, ratio, doubt), dims[0], [dims[1], "doubt"]).opts(
        color=style.MEASURED, line_width=2
    )
    data = {"wavelength": at, "ratio": ratio, "band": [row["band"] for row in shown]}
    overlay *= hv.Scatter(data, dims[0], [dims[1], "band"], label="measured, k = 2").opts(
        color=style.MEASURED, size=9, tools=["hover"]
    )
    overlay *= _band_names(data)
    text = f"Ratio measured / ROLO over wavelength, phase {rows[0]['phase_angle_deg']:+.1f}°"
    return overlay.opts(
        **_frame(rows, text),
        xlabel="wavelength (nm)",
        ylabel="measured / modelled",
        padding=0.1,
        legend_position="bottom_right",
    )


def ratio_error(looks: Sequence[tuple[Sequence[Row], Mapping[str, float]]]) -> Any:
    """Draw how far the ratios of synthetic scenes lie from what was planted.

    Parameters
    ----------
    looks
        For each scene its rows and the planted ratio of each band.

    Returns
    -------
    holoviews.Overlay
        Error in percent, band by band, with the k = 2 uncertainty that the rows
        state for the measured part.
    """
    overlay = hv.HLine(0.0).opts(color="#666666", line_width=1)
    for number, (rows, planted) in enumerate(looks):
        shown = _known(rows)
        place = [_place(row["band"]) + 0.16 * (number - (len(looks) - 1) / 2.0) for row in shown]
        error = [(row["ratio"] / planted[row["band"]] - 1.0) * 100.0 for row in shown]
        doubt = [200.0 * measured_uncertainty(row) for row in shown]
        colour = TERM_COLOURS[number % len(TERM_COLOURS)]
        overlay *= hv.ErrorBars((place, error, doubt), "band", ["error", "doubt"]).opts(
            color=colour, line_width=1.5, upper_head=None, lower_head=None
        )
        label = f"phase {rows[0]['phase_angle_deg']:+.0f}°"
        overlay *= hv.Scatter((place, error), "band", "error", label=label).opts(
            color=colour, size=8, marker=TERM_MARKERS[number % len(TERM_MARKERS)]
        )
    rows = [row for look, _ in looks for row in look]
    return overlay.opts(
        **_frame(rows, "Ratio found against ratio planted; bars: stated uncertainty, k = 2"),
        xlabel="band",
        ylabel="found / planted − 1 (%)",
        xticks=_ticks(rows),
        legend_position="right",
    )


def uncertainty_budget(rows: Sequence[Row]) -> Any:
    """Draw the uncertainty of the measured irradiance by term, band by band.

    Parameters
    ----------
    rows
        Ledger rows of a scene; `budget_text` holds the terms.

    Returns
    -------
    holoviews.Overlay
        Relative standard uncertainties (k = 1) in percent, on a logarithmic
        scale; thick: all terms together. Terms below 0.001 % are not drawn.
    """
    shown = _known(rows)
    budgets = [json.loads(row["budget_text"]).get("budget", {}) for row in shown]
    names = sorted({name for budget in budgets for name in budget})
    place = [_place(row["band"]) for row in shown]
    total = [100.0 * measured_uncertainty(row) for row in shown]
    overlay = hv.Curve((place, total), "band", "u", label="all terms").opts(
        color=PLANTED, line_width=4
    )
    for number, name in enumerate(names):
        value = [100.0 * (budget.get(name) or math.nan) for budget in budgets]
        if not any(one >= LEAST_PERCENT for one in value):
            continue
        data = [(x, y) for x, y in zip(place, value, strict=True) if y >= LEAST_PERCENT]
        options = {"color": TERM_COLOURS[number % len(TERM_COLOURS)]}
        overlay *= hv.Curve(data, "band", "u", label=name).opts(line_width=1.5, **options)
        overlay *= hv.Scatter(data, "band", "u", label=name).opts(
            size=8, marker=TERM_MARKERS[number % len(TERM_MARKERS)], **options
        )
    return overlay.opts(
        **_frame(rows, "Uncertainty of the measured irradiance by term (k = 1)"),
        xlabel="band",
        ylabel="relative uncertainty (%)",
        logy=True,
        yformatter="%g",
        xlim=(-0.5, len(venus_bands()) - 0.5),
        xticks=_ticks(rows),
        legend_position="right",
    )


def measured_uncertainty(row: Row) -> float:
    """Relative standard uncertainty (k = 1) of the measured part of a ratio.

    Examples
    --------
    >>> measured_uncertainty({"u_random": 0.003, "u_systematic_instrument": 0.004})
    0.005
    """
    return math.hypot(row["u_random"], row["u_systematic_instrument"])


def _known(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if np.isfinite(row["ratio"])]


def _wavelength(band: str) -> float:
    return {one.band: one.central_wavelength_nm for one in venus_bands()}[band]


def _place(band: str) -> int:
    return [one.band for one in venus_bands()].index(band)


def _ticks(rows: Sequence[Row]) -> list[tuple[int, str]]:
    return sorted({(_place(row["band"]), str(row["band"])) for row in rows})


def _band_names(data: Mapping[str, Sequence[Any]]) -> Any:
    """Band names to the right of the points."""
    places = [x + 6.0 for x in data["wavelength"]]
    named = {**data, "wavelength": places}
    return hv.Labels(named, ["wavelength", "ratio"], "band").opts(
        text_font_size="11pt", text_color="#333333", text_align="left", text_baseline="middle"
    )


def _frame(rows: Sequence[Row], text: str) -> dict[str, Any]:
    return style.frame(text, simulated=any(row["simulated"] for row in rows))
