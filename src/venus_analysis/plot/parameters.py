"""Figures of the official parameters: gain history, differences, values by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd
import xarray as xr

from venus_analysis.calibrate.dark import DarkMonitor
from venus_analysis.errors import InputError
from venus_analysis.parameters.difference import SetDifference
from venus_analysis.parameters.names import BANDS
from venus_analysis.parameters.registry import Registry
from venus_analysis.plot import style

FIRST_DAY, LAST_DAY = np.datetime64("2017-08-01", "s"), np.datetime64("2024-08-01", "s")
MOST_COLUMNS = 1300


def gain_history(
    registry: Registry,
    tdi: int = 1,
    *,
    bands: Sequence[str] = BANDS,
    site: str | None = None,
    simulated: bool = False,
) -> Any:
    """Draw the absolute gain in force over the mission, per band, as steps.

    Parameters
    ----------
    registry
        Folder of parameter files.
    tdi, site
        As in `Registry.in_force`.
    bands
        Bands to draw.
    simulated
        Marks the figure.

    Returns
    -------
    holoviews.Overlay
        Change of Ak in percent against the first set in force, against date;
        a labelled vertical line where another serial comes into force.

    Raises
    ------
    InputError
        When no PHGAIN is in force at any time.
    """
    segments = registry.timeline("PHGAIN", tdi=tdi, site=site)
    if not segments:
        raise InputError(
            registry.folder, "a PHGAIN file in force", "none", "name another folder or site"
        )
    starts = [max(segment.start, FIRST_DAY) for segment in segments]
    edges = [*starts, LAST_DAY]
    contents: list[Any] = [segment.file.content for segment in segments]
    dims = [hv.Dimension("date", label="date (UTC)"), hv.Dimension("change", label="change of Ak")]
    overlay, lowest = hv.Overlay([]), 0.0
    for band in bands:
        gain = np.array([content.at(band, tdi) for content in contents])
        change = (gain / gain[0] - 1.0) * 100.0
        data = (edges, [*change, change[-1]])
        curve = hv.Curve(data, *dims, label=band).opts(
            interpolation="steps-post", color=style.BAND_COLOURS[band], line_width=2.5
        )
        overlay *= curve
        lowest = min(lowest, float(np.nanmin(change)))
    for start, segment in zip(starts, segments, strict=True):
        serial = f"{segment.file.name.serial:05d}"
        overlay *= hv.VLine(start).opts(color="#888888", line_dash="dashed", line_width=1)
        overlay *= hv.Text(start, lowest - 0.3, f" {serial}", halign="left", valign="bottom").opts(
            color="#333333", text_font_size="11pt"
        )
    text = f"Absolute gain Ak in force (TDI {tdi}), against serial {_first_serial(segments)}"
    return overlay.opts(
        **style.frame(text, simulated=simulated),
        ylabel="change of Ak (%)",
        legend_position="right",
        legend_opts={"title": "band"},
    )


def gain_difference(difference: SetDifference, label: str, *, simulated: bool = False) -> Any:
    """Draw the relative change of Ak from one set to another, per band.

    Parameters
    ----------
    difference
        Of two parameter sets.
    label
        What is compared with what, for the title.
    simulated
        Marks the figure.

    Returns
    -------
    holoviews.Bars
        Percent per band; a band without a change has none.
    """
    changed = {
        change.band: change.relative * 100.0
        for change in difference.changes
        if change.file_type == "PHGAIN"
    }
    rows = [(band, changed.get(band, 0.0)) for band in BANDS]
    bars = hv.Bars(rows, "band", hv.Dimension("change", label="change of Ak", unit="%"))
    options = style.frame(f"Change of Ak, {label}", simulated=simulated)
    return bars.opts(**options, color=style.MEASURED, tools=["hover"], ylabel="change of Ak (%)")


def by_column(
    parameters: xr.Dataset, name: str, bands: Sequence[str], *, simulated: bool = False
) -> Any:
    """Draw a parameter of each column: dark level, equalisation slope or break.

    Parameters
    ----------
    parameters
        As `parameter_set.ParameterSet.to_dataset` returns it, or a content's own.
    name
        `dark`, `first_slope`, `second_slope` or `break_level`.
    bands
        Bands to draw; long lines are drawn as the mean and the extremes of
        neighbouring columns, so that a single odd column stays visible.
    simulated
        Marks the figure.

    Returns
    -------
    holoviews.Overlay
        Value against column, 0 to 5199; dashed: the border of the two halves.
    """
    unit = {"dark": "counts", "break_level": "counts"}.get(name, "1")
    value = hv.Dimension(name, label=name.replace("_", " "), unit=unit)
    overlay = hv.Overlay([])
    for band in bands:
        line = parameters[name].sel(band=band).to_numpy().astype(float)
        step = -(-line.size // MOST_COLUMNS)
        blocks = pd.Series(line).groupby(np.arange(line.size) // step)
        middle = (np.arange(blocks.ngroups) + 0.5) * step - 0.5
        low, mean, high = blocks.min(), blocks.mean(), blocks.max()
        colour = style.BAND_COLOURS[band]
        area = hv.Area((middle, low, high), "column", [value, f"{name}_high"])
        overlay *= area.opts(color=colour, alpha=0.25, line_alpha=0.0)
        overlay *= hv.Curve((middle, mean), "column", value, label=band).opts(color=colour)
    half = hv.VLine(parameters.sizes["column"] / 2 - 0.5)
    overlay *= half.opts(color="#888888", line_dash="dashed", line_width=1)
    title = f"{name.replace('_', ' ').capitalize()} by column"
    return overlay.opts(**style.frame(title, simulated=simulated), legend_position="right")


def _first_serial(segments: Sequence[Any]) -> str:
    return f"{segments[0].file.name.serial:05d}"


def dark_monitor(monitor: DarkMonitor) -> Any:
    """Draw what deep sky says of the dark level: by column, and along the scan.

    Parameters
    ----------
    monitor
        Of one band in one scene.

    Returns
    -------
    holoviews.Layout
        Residual dark level in counts against column, and its drift against the
        line, both with their 95 % range (k = 2).
    """
    found, colour = monitor.residual, style.BAND_COLOURS[monitor.band]
    columns = np.arange(monitor.columns.start, monitor.columns.stop)
    text = f"Deep sky less dark level of serial {monitor.serial}, {monitor.band}"
    by_columns = _with_range(columns, found.residual, found.u_residual, "column", colour)
    along = _with_range(found.line, found.profile, found.u_profile, "line", colour)
    labels = {"ylabel": "residual (counts)"}
    return (
        hv.Layout(
            [
                by_columns.opts(**style.frame(text, simulated=monitor.simulated), **labels),
                along.opts(
                    **style.frame(
                        f"Its drift along the scan · {monitor.time.astype('datetime64[s]')}Z",
                        simulated=monitor.simulated,
                    ),
                    **labels,
                ),
            ]
        )
        .cols(1)
        .opts(shared_axes=False)
    )


def _with_range(
    x: np.ndarray, value: np.ndarray, uncertainty: np.ndarray, axis: str, colour: str
) -> Any:
    known = np.isfinite(value)
    x, value, half = x[known], value[known], 2.0 * uncertainty[known]
    area = hv.Area((x, value - half, value + half), axis, ["residual", "residual_high"])
    line = hv.Curve((x, value), axis, "residual")
    zero = hv.HLine(0.0).opts(color="#666666", line_width=1)
    return area.opts(color=colour, alpha=0.3, line_alpha=0.0) * zero * line.opts(color=colour)
