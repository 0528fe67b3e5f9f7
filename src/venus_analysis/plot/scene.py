"""Pictures of a calibrated scene, drawn from its product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import holoviews as hv
import numpy as np
import xarray as xr

from venus_analysis.flags import PixelFlag
from venus_analysis.plot import style

SIDE = 560
REASON_COLOURS = {
    "DEFECTIVE_INTERPOLATED": "#d55e00",
    "SUSPECT_COLUMN": "#cc79a7",
    "SPIKE": "#009e73",
    "SATURATED": "#f0e442",
    "ZERO_COUNT": "#0072b2",
}
REASON_NAMES = {
    "DEFECTIVE_INTERPOLATED": "defective column",
    "SUSPECT_COLUMN": "suspect column",
    "SPIKE": "spike",
    "SATURATED": "saturated",
    "ZERO_COUNT": "count of 0",
}


def scene_image(product: xr.Dataset, band: str | None = None) -> Any:
    """Draw a band's cut-out with the fitted limb and the aperture that is summed.

    Parameters
    ----------
    product
        As `venus_analysis.collect.product.read_product` returns it.
    band
        The band to draw; None draws the reference band.

    Returns
    -------
    holoviews.Overlay
        Radiance in W m-2 sr-1 um-1 over column and line of the scene, lines
        downwards and compressed by the oversampling, so that the disk is round.
    """
    plane = plane_of(product, band)
    image = _picture(plane).opts(colorbar=True, clabel="radiance (W m⁻² sr⁻¹ µm⁻¹)")
    overlay = image * _path(plane, 1.0, "fitted limb", style.LIMB, "dashed")
    name = f"aperture, {float(plane['aperture']):g} radii"
    overlay *= _path(plane, float(plane["aperture"]), name, style.MASK, "solid")
    marks = "reference band" if plane["band"].item() == product.attrs["reference_band"] else ""
    text = " · ".join(filter(None, (str(plane["band"].item()), marks, _acquisition(product))))
    return overlay.opts(**_square(plane), title=title_of(product, text))


def rejected_pixels(product: xr.Dataset, band: str | None = None) -> Any:
    """Draw which pixels of a band are not believed, and why.

    Parameters
    ----------
    product, band
        As in `scene_image`.

    Returns
    -------
    holoviews.Overlay
        The cut-out in grey; a coloured block wherever a pixel in it is rejected.
        The legend counts the pixels inside the aperture.
    """
    plane = plane_of(product, band)
    overlay = _picture(plane) * _path(plane, 1.0, "fitted limb", style.LIMB, "dashed")
    reasons = plane["reasons"].values
    number = 0
    for name, colour in REASON_COLOURS.items():
        i, j = np.nonzero(reasons & int(PixelFlag[name]))
        if not i.size:
            continue
        inside = int(plane["rejected"].sel(reason=name))
        number += inside
        places = (plane["column"].values[j], plane["line"].values[i])
        label = f"{REASON_NAMES[name]}: {inside} px"
        overlay *= hv.Points(places, ["column", "line"], label=label).opts(
            color=colour, size=2.5, marker="square"
        )
    text = f"{plane['band'].item()} · {number} pixels rejected, by reason"
    return overlay.opts(**_square(plane), title=title_of(product, text))


def band_places(product: xr.Dataset) -> Any:
    """Draw where in the scene each band sees the Moon: the fitted limbs of all bands.

    Parameters
    ----------
    product
        As in `scene_image`.

    Returns
    -------
    holoviews.Overlay
        Limbs over column and line of the scene; the bands of a tri-detector
        follow each other closely, the tri-detectors farther apart.
    """
    overlay = hv.Overlay([])
    for band in map(str, product["band"].values):
        one = product.sel(band=band)
        if np.isfinite(one["limb_line"]).all():
            place = (one["limb_column"].values, one["limb_line"].values)
            overlay *= hv.Curve(place, "column", "line", label=band).opts(
                color=style.BAND_COLOURS.get(band, "#333333"), line_width=2.5
            )
    return overlay.opts(
        title=title_of(product, "Where each band sees the Moon: fitted limbs"),
        xlabel="column",
        ylabel="line",
        invert_yaxis=True,
        frame_width=SIDE,
        frame_height=SIDE,
        padding=0.05,
        show_grid=True,
        fontsize=style.FONT_SIZES,
        legend_position="right",
    )


def halo_profile(product: xr.Dataset, bands: Sequence[str] | None = None) -> Any:
    """Draw the halo against the distance from the disk's centre.

    Parameters
    ----------
    product
        As in `scene_image`.
    bands
        Bands that are averaged; None takes all with a disk.

    Returns
    -------
    holoviews.Overlay
        Mean of the bands, each weighted by its uncertainty, in percent of the
        disk's mean radiance, on a logarithmic scale, against the distance in
        radii (1: limb). Bars: k = 2; triangles: rings that do not stand out of their
        noise lie below, by two standard uncertainties above what they show.
    """
    chosen = product.sel(band=list(bands)) if bands else product
    inside = np.array([[disk_mean(chosen.sel(band=one))] for one in chosen["band"].values])
    share = chosen["halo_radiance"].values / inside * 100.0
    doubt = chosen["u_halo_radiance"].values / inside * 100.0
    weight = np.where(np.isfinite(share) & (doubt > 0.0), doubt, np.inf) ** -2.0
    total = weight.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(weight * np.nan_to_num(share), axis=0) / total
        bar = 2.0 / np.sqrt(total)
    shown = np.isfinite(mean) & (mean > bar)
    below = np.isfinite(mean) & np.isfinite(bar) & ~shown
    radius = product["halo_radius"].values
    lower = np.minimum(bar, 0.9 * mean)  # a logarithmic axis has no zero
    data = (radius[shown], mean[shown], lower[shown], bar[shown])
    overlay = hv.ErrorBars(data, "radius", ["halo", "lower", "upper"]).opts(
        color=style.MEASURED, line_width=1.5, upper_head=None, lower_head=None
    )
    overlay *= hv.Scatter(data[:2], "radius", "halo").opts(color=style.MEASURED, size=8)
    if below.any():
        limit = (radius[below], (np.maximum(mean, 0.0) + bar)[below])
        overlay *= hv.Scatter(limit, "radius", "halo").opts(
            color=style.THEMES["light"]["quiet"], marker="inverted_triangle", size=9
        )
    overlay *= hv.VLine(1.0).opts(color=style.LIMB, line_dash="dashed", line_width=2)
    told = "; ▽: below" if below.any() else ""
    number = int((total > 0.0).any() and (weight > 0.0).any(axis=1).sum())
    return overlay.opts(
        **frame_of(product, f"Halo beside the disk, mean of {number} bands{told}"),
        xlabel="distance from the disk's centre (radii)",
        ylabel="halo (% of the disk's mean)",
        logy=True,
        yformatter="%g",
    )


def plane_of(product: xr.Dataset, band: str | None) -> xr.Dataset:
    """Part of one band; of the reference band, or the first, for no band."""
    return product.sel(band=band or product.attrs["reference_band"] or product["band"].values[0])


def disk_mean(plane: xr.Dataset) -> float:
    """Mean radiance within the fitted limb of one band, W m-2 sr-1 um-1; NaN without one."""
    limb = np.stack([plane["limb_line"].values, plane["limb_column"].values])[:, :-1]
    if not np.isfinite(limb).all():
        return float("nan")
    middle = limb.mean(axis=1)
    # vertices at even angles scatter half as much as the disk's axes reach
    narrow = np.linalg.inv(2.0 * np.cov(limb, bias=True))
    down = (plane["line"].values - middle[0])[:, None]
    right = (plane["column"].values - middle[1])[None, :]
    square = narrow[0, 0] * down**2 + 2.0 * narrow[0, 1] * down * right + narrow[1, 1] * right**2
    value = plane["radiance"].values[square <= 1.0]
    value = value[np.isfinite(value)]
    return float(value.mean(dtype=np.float64)) if value.size else float("nan")


def _acquisition(product: xr.Dataset) -> str:
    return str(product.attrs["acquisition_id"]).removeprefix("SIMULATED_")


def title_of(product: xr.Dataset, text: str) -> str:
    """Title of a figure of a product; says SIMULATED where it is."""
    return style.title(text, simulated=bool(product.attrs["simulated"]))


def frame_of(product: xr.Dataset, text: str) -> dict[str, Any]:
    """Options of a figure of a product, see `style.frame`."""
    return style.frame(text, simulated=bool(product.attrs["simulated"]))


def _picture(plane: xr.Dataset) -> Any:
    known_lines, known_columns = (
        np.isfinite(plane["radiance"].values).any(axis=axis) for axis in (1, 0)
    )
    values = plane["radiance"].values[np.ix_(known_lines, known_columns)]
    dimension = hv.Dimension("radiance", unit="W m⁻² sr⁻¹ µm⁻¹")
    place = (plane["column"].values[known_columns], plane["line"].values[known_lines])
    return hv.Image((*place, values), ["column", "line"], dimension).opts(
        cmap=style.DISK_COLOURS, tools=["hover"]
    )


def _path(plane: xr.Dataset, radii: float, label: str, colour: str, dash: str) -> Any:
    line, column = plane["limb_line"].values, plane["limb_column"].values
    middle = line[:-1].mean(), column[:-1].mean()
    grown = (middle[1] + radii * (column - middle[1]), middle[0] + radii * (line - middle[0]))
    return hv.Curve(grown, "column", "line", label=label).opts(
        color=colour, line_width=2, line_dash=dash
    )


def _square(plane: xr.Dataset) -> dict[str, Any]:
    return {
        "xlabel": "column",
        "ylabel": "line",
        "invert_yaxis": True,
        "frame_width": SIDE,
        "frame_height": SIDE,
        "bgcolor": "#dddddd",
        "fontsize": style.FONT_SIZES,
        "legend_position": "bottom",
    }
