"""Figures of residual noise: halo, ghosts, temporal noise, column patterns, and all over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import holoviews as hv
import numpy as np
import xarray as xr
from scipy import ndimage

from venus_analysis.instrument import venus_bands
from venus_analysis.plot import style
from venus_analysis.plot.scene import frame_of, plane_of, title_of

Row = Mapping[str, Any]
FOUND, LISTED, FAINT = "#d55e00", "#0072b2", "#777777"
SIGNIFICANT = 0.05
SMOOTH_BLOCKS = 2.5
NAMES = {
    "ct1_fraction": ("halo CT1 (share of the light, %)", 100.0),
    "ct1_far": ("light between 1.05 and 3 radii (%)", 100.0),
    "ct2_1_factor": ("ghost CT2 of the first other band (%)", 100.0),
    "ct2_2_factor": ("ghost CT2 of the second other band (%)", 100.0),
    "noise_a": ("noise A (counts)", 1.0),
    "noise_b": ("noise B (counts)", 1.0),
    "column_pattern_sky": ("column pattern on the sky (counts)", 1.0),
    "column_pattern_disk": ("column pattern on the disk (%)", 100.0),
}


def residual_halo(product: xr.Dataset, band: str | None = None) -> Any:
    """Draw a band's halo beside the disk, with the fit that CT1 is of.

    Parameters
    ----------
    product
        As `venus_analysis.collect.product.read_product` returns it, with residuals.
    band
        The band to draw; None draws the reference band.

    Returns
    -------
    holoviews.Overlay
        Mean radiance of rings against the distance in radii (1: limb), k = 2,
        on a logarithmic scale; triangles: rings that do not stand out of their
        noise lie below, by two standard uncertainties above what they show.
    """
    plane = plane_of(product, band)
    radius = plane["halo_ring"].values
    value, doubt, fit = (
        plane[name].values for name in ("residual_halo", "u_residual_halo", "fitted_halo")
    )
    known = np.isfinite(value)
    shown = known & (value > 2.0 * doubt)
    below = (np.maximum(value, 0.0) + 2.0 * doubt)[known & ~shown]
    lower = np.minimum(2.0 * doubt, 0.9 * value)
    data = (radius[shown], value[shown], lower[shown], 2.0 * doubt[shown])
    overlay = hv.ErrorBars(data, "radius", ["radiance", "lower", "upper"]).opts(
        color=style.MEASURED, line_width=1.5, upper_head=None, lower_head=None
    )
    overlay *= hv.Scatter(data[:2], "radius", "radiance", label="sky, k = 2").opts(
        color=style.MEASURED, size=9
    )
    if below.size:
        overlay *= hv.Scatter(
            (radius[known & ~shown], below), "radius", "radiance", label="sky is below, k = 2"
        ).opts(color=FAINT, marker="inverted_triangle", size=9)
    drawn = np.isfinite(fit) & (fit > 0.0)
    overlay *= hv.Curve((radius[drawn], fit[drawn]), "radius", "radiance", label="fit").opts(
        color=FOUND, line_width=3
    )
    least = float(np.min([*data[1], *below], initial=np.inf))
    h, u = 100.0 * float(plane["ct1_fraction"]), 200.0 * float(plane["u_ct1_fraction"])
    text = f"{plane['band'].item()} · CT1: {h:.2f} ± {u:.2f} % of the light is scattered (k = 2)"
    return overlay.opts(
        **frame_of(product, text),
        xlabel="distance from the disk's centre (radii)",
        ylabel="radiance (W m⁻² sr⁻¹ µm⁻¹)",
        logy=True,
        yformatter="%g",
        xlim=(1.0, 3.05),
        ylim=(0.3 * least, None) if np.isfinite(least) else (None, None),
        legend_position="right",
    )


def ghost_map(product: xr.Dataset, band: str | None = None, top: float = 0.0) -> Any:
    """Draw the sky beside a band's disk, smoothed and stretched until ghosts of 1e-4 show.

    Parameters
    ----------
    product, band
        As in `residual_halo`.
    top
        End of the colour scale, share of the disk's mean radiance; 0 takes what
        the sky itself holds.

    Returns
    -------
    holoviews.Overlay
        Sky without column levels, drift and halo; solid outlines: ghosts that
        stand out of all chance, dashed: places looked at without finding one.
    """
    plane = plane_of(product, band)
    name = plane["band"].item()
    line = plane["sky_line"].values
    known = np.isfinite(line)
    share = smoothed(plane["sky"].values[known]) / float(plane["disk_radiance"]) * 1e4
    dimension = hv.Dimension("share", label="sky (1e-4 of the disk's mean)")
    place = (plane["sky_column"].values, line[known])
    image = hv.Image((*place, share), ["column", "line"], dimension)
    limit = 1e4 * top or max(float(np.nanquantile(np.abs(share), 0.99)), 1.0)
    overlay = image.opts(
        cmap="RdBu_r", clim=(-limit, limit), colorbar=True, tools=["hover"], clabel=dimension.label
    )
    limb = hv.Curve((plane["limb_column"].values, plane["limb_line"].values), "column", "line")
    overlay *= limb.opts(color="#000000", line_width=2)
    for ghost in ghosts_of(product, name):
        sure = float(ghost["ct2_probability"]) < SIGNIFICANT
        path = (ghost["ct2_column"].values, ghost["ct2_line"].values)
        factor, doubt = 100.0 * float(ghost["ct2_factor"]), 200.0 * float(ghost["u_ct2_factor"])
        source = ghost["ct2_source_band"].item()
        measured = f": {factor:.3f} ± {doubt:.3f} %" if np.isfinite(factor) else ""
        label = f"{source}{measured}" + ("" if sure else ", not found")
        overlay *= hv.Curve(path, "column", "line", label=label).opts(
            color=style.BAND_COLOURS.get(source, FOUND),
            line_width=3,
            line_dash="solid" if sure else "dashed",
        )
        if np.isfinite(path[0]).any():
            at = float(np.nanmean(path[0])), float(np.nanmax(path[1]))
            overlay *= hv.Text(*at, source, valign="bottom").opts(
                text_font_size="15pt", text_font_style="bold", text_color="#000000"
            )
    return overlay.opts(
        title=title_of(product, f"{name} · CT2: ghosts in the sky beside the disk (k = 2)"),
        xlabel="column",
        ylabel="line",
        invert_yaxis=True,
        xlim=(0.0, float(plane["sky_column"].values[-1])),
        ylim=(float(line[known][0]), float(line[known][-1])),
        frame_width=style.WIDTH - 220,
        frame_height=style.HEIGHT - 120,
        bgcolor="#dddddd",
        fontsize=style.FONT_SIZES,
        legend_position="bottom",
        legend_opts={"spacing": 24},
    )


def noise_curve(product: xr.Dataset, band: str | None = None) -> Any:
    """Draw a band's temporal noise against its signal, beside what NOISMO says.

    Parameters
    ----------
    product, band
        As in `residual_halo`.

    Returns
    -------
    holoviews.Overlay
        Variance of raw counts (rounding included) in bins of signal, k = 2.
    """
    plane = plane_of(product, band)
    signal, variance, doubt = (
        plane[name].values for name in ("noise_signal", "noise_variance", "u_noise_variance")
    )
    data = (signal, variance, 2.0 * doubt)
    overlay = hv.ErrorBars(data, "signal", ["variance", "doubt"]).opts(
        color=style.MEASURED, line_width=1.5, upper_head=None, lower_head=None
    )
    overlay *= hv.Scatter(data[:2], "signal", "variance", label="image, k = 2").opts(
        color=style.MEASURED, size=9
    )
    at = np.array([0.0, float(np.nanmax(signal))])
    for a, b, label, colour, dash in (
        ("noise_a", "noise_b", "fit", FOUND, "solid"),
        ("noismo_a", "noismo_b", "NOISMO", LISTED, "dashed"),
    ):
        line = float(plane[a]) ** 2 + float(plane[b]) * at + 1.0 / 12.0
        name = f"{label}: A {float(plane[a]):.3f}, B {float(plane[b]):.4f}"
        overlay *= hv.Curve((at, line), "signal", "variance", label=name).opts(
            color=colour, line_width=3, line_dash=dash
        )
    return overlay.opts(
        **frame_of(product, f"{plane['band'].item()} · temporal noise against signal"),
        xlabel="signal above dark (counts)",
        ylabel="variance (counts²)",
        legend_position="right",
    )


def residual_by_band(rows: Sequence[Row], name: str, limit: str = "") -> Any:
    """Draw one residual of a scene band by band.

    Parameters
    ----------
    rows
        Ledger rows of one scene.
    name
        Column, for instance ``ct1_fraction`` or ``column_pattern_sky``.
    limit
        Column of its detection limit, drawn as a bar.

    Returns
    -------
    holoviews.Overlay
        Values with k = 2.
    """
    label, scale = NAMES[name]
    order = [one.band for one in venus_bands()]
    shown = [row for row in rows if row["band"] in order and np.isfinite(row[name])]
    place = [order.index(row["band"]) for row in shown]
    value = [scale * row[name] for row in shown]
    doubt = [2.0 * scale * row[f"u_{name}"] for row in shown]
    overlay = hv.HLine(0.0).opts(color="#666666", line_width=1)
    if limit:
        bars = [(x, scale * row[limit]) for x, row in zip(place, shown, strict=True)]
        overlay *= hv.Scatter(bars, "band", "value", label="detection limit").opts(
            marker="dash", size=26, color=FAINT, line_width=3
        )
    overlay *= hv.ErrorBars((place, value, doubt), "band", ["value", "doubt"]).opts(
        color=style.MEASURED, line_width=2
    )
    overlay *= hv.Scatter((place, value), "band", "value", label="measured, k = 2").opts(
        color=style.MEASURED, size=10
    )
    simulated = any(bool(row["simulated"]) for row in rows)
    return overlay.opts(
        **style.frame(f"{_words(label)} by band", simulated=simulated),
        xlabel="band",
        ylabel=label,
        xticks=list(enumerate(order)),
        xlim=(-0.5, len(order) - 0.5),
        legend_position="right",
    )


def residual_over_time(
    rows: Sequence[Row], name: str, bands: Sequence[str], updates: Sequence[Any] = ()
) -> Any:
    """Draw one residual over time, with the dates of parameter updates.

    Parameters
    ----------
    rows
        Ledger rows of many looks.
    name
        Column, as in `residual_by_band`.
    bands
        Bands to draw.
    updates
        First days of new official parameters.

    Returns
    -------
    holoviews.Overlay
        Values with k = 2 by band; dashed lines: updates.
    """
    label, scale = NAMES[name]
    overlay = hv.Overlay([])
    for band in bands:
        mine = sorted(
            (row for row in rows if row["band"] == band and np.isfinite(row[name])),
            key=lambda row: row["time"],
        )
        if not mine:
            continue
        time = np.array([np.datetime64(row["time"]) for row in mine], "datetime64[ns]")
        value = np.array([scale * row[name] for row in mine])
        doubt = np.array([2.0 * scale * row[f"u_{name}"] for row in mine])
        colour = style.BAND_COLOURS.get(band, style.MEASURED)
        overlay *= hv.ErrorBars((time, value, doubt), "time", ["value", "doubt"]).opts(
            color=colour, line_width=1.5, upper_head=None, lower_head=None
        )
        overlay *= hv.Curve((time, value), "time", "value", label=band).opts(
            color=colour, line_width=1.5
        )
        overlay *= hv.Scatter((time, value), "time", "value", label=band).opts(color=colour, size=9)
    for day in updates:
        overlay *= hv.VLine(np.datetime64(day, "ns")).opts(
            color=LISTED, line_dash="dashed", line_width=2
        )
    dates = "; dashed: parameter updates" if len(updates) else ""
    simulated = any(bool(row["simulated"]) for row in rows)
    return overlay.opts(
        **style.frame(f"{_words(label)} over time{dates}", simulated=simulated),
        xlabel="time (UTC)",
        ylabel=label,
        legend_position="right",
    )


def _words(label: str) -> str:
    return label[0].upper() + label.split(" (")[0][1:]


def smoothed(sky: Any) -> Any:
    """Sky through a Gaussian of some blocks; what is not known stays so."""
    known = np.isfinite(sky)
    value = ndimage.gaussian_filter(np.where(known, sky, 0.0).astype(float), SMOOTH_BLOCKS)
    share = ndimage.gaussian_filter(known.astype(float), SMOOTH_BLOCKS)
    return np.where(known, value / np.maximum(share, 1e-9), np.nan)


def ghosts_of(product: xr.Dataset, band: str) -> list[xr.Dataset]:
    """Ghosts that were looked for in a band, one dataset each; none without residuals."""
    if "ct2_band" not in product:
        return []
    rows = np.flatnonzero(product["ct2_band"].values == band)
    return [product.isel(ct2=int(row)) for row in rows]


def limb_halos(halos: Mapping[str, Any]) -> Any:
    """Draw the sky of Moon images by the distance from the lit limb.

    Parameters
    ----------
    halos
        Name to `venus_analysis.compute.moon.residual_image.LimbHalo`.

    Returns
    -------
    holoviews.Overlay
        Mean radiance on logarithmic scales; values at or below 0 are left out.
    """
    overlay = hv.Overlay([])
    colours = list(style.BAND_COLOURS.values())
    for number, (name, halo) in enumerate(halos.items()):
        shown = halo.radiance > 0.0
        data = (halo.distance_px[shown], halo.radiance[shown])
        colour = colours[(2 * number) % len(colours)]
        overlay *= hv.Curve(data, "distance", "radiance", label=name).opts(
            color=colour, line_width=2
        )
        overlay *= hv.Scatter(data, "distance", "radiance", label=name).opts(color=colour, size=8)
    return overlay.opts(
        **style.frame("Sky beside the lit limb", simulated=False),
        xlabel="distance from the lit limb (pixels)",
        ylabel="radiance (W m⁻² sr⁻¹ µm⁻¹)",
        logx=True,
        logy=True,
        legend_position="right",
    )
