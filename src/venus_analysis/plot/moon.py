"""Figures of the Moon calibration: the image with its mask, and the spectra."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import holoviews as hv
import numpy as np
import xarray as xr

from venus_analysis.calibrate.measure import Measured, measure
from venus_analysis.calibrate.moon import MoonOptions
from venus_analysis.compute.moon import irradiance
from venus_analysis.compute.moon.disk import LunarDisk
from venus_analysis.compute.moon.disk_irradiance import NEAR_RING
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.compute.moon.mask import lit_mask
from venus_analysis.compute.moon.spectrum import RoloModel, irradiance_spectrum
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse
from venus_analysis.plot import style

LARGEST_SIDE = 500
MARGIN = 0.08
PROFILE_REACH = 0.6
PROFILE_ARC_DEG = 60.0
SMOOTHING_NM = 11
SAME_WAVELENGTH_NM = 5.0


def moon_page(
    image: xr.Dataset,
    rows: Sequence[dict[str, Any]],
    responses: Sequence[SpectralResponse],
    options: MoonOptions,
) -> Any:
    """Image, limb profile, spectra and ratios of one acquisition, one above the other.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.
    rows
        Its ledger rows.
    responses
        Spectral responses; they give the bands their wavelengths.
    options
        The options the rows were computed with.

    Returns
    -------
    holoviews.Layout
        One column of figures; those of image and limb show the first band.
    """
    distance_km = float(rows[0]["observer_distance_km"])
    measured = measure(image.isel(band=0), options.measure, observer_distance_km=distance_km)
    figures = [moon_image(image, measured=measured)]
    if measured.disk is not None:
        figures.append(limb_profile(image, measured))
    if any(np.isfinite(row["modelled"]) for row in rows):
        spectrum = moon_spectrum(image, rows, responses, options.model)
        figures += [spectrum, moon_ratio(rows, responses)]
    return hv.Layout(figures).cols(1).opts(shared_axes=False, toolbar="right")


def moon_image(image: xr.Dataset, band: str | None = None, measured: Measured | None = None) -> Any:
    """Radiance of one band with limb, mask and the ring that is no background.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.
    band
        The band to draw; None draws the first.
    measured
        What was found in that band; None measures it with the default options.

    Returns
    -------
    holoviews.Overlay
        Image in W m-2 sr-1 um-1, line downwards; orange: outline of the mask;
        blue, dashed: fitted limb; grey, dotted: ring near the limb whose mean
        `sensitivity_background` takes off, moonlight included.
    """
    plane = image.sel(band=band) if band else image.isel(band=0)
    measured = measured or measure(plane)
    mask = _mask(plane, measured)
    window = _window(mask)
    shown = plane[{"line": window[0], "column": window[1]}]
    step = -(-max(shown.sizes["line"], shown.sizes["column"]) // LARGEST_SIDE)
    coarse = shown["radiance"].coarsen(line=step, column=step, boundary="trim").mean()
    radiance = hv.Dimension("radiance", label="radiance", unit="W m⁻² sr⁻¹ µm⁻¹")
    overlay = hv.Image(
        (coarse["column"].values, coarse["line"].values, coarse.values.astype(np.float32)),
        ["column", "line"],
        radiance,
    ).opts(
        cmap=style.DISK_COLOURS, colorbar=True, clabel="radiance (W m⁻² sr⁻¹ µm⁻¹)", tools=["hover"]
    )
    overlay *= _drawn(_outline(plane, mask), "mask", style.MASK, "solid")
    if measured.disk is not None:
        outline = measured.disk.outline
        inner, outer = (share * outline.across_px for share in NEAR_RING)
        limb = [_grown(plane, outline, 0.0)]
        ring = [_grown(plane, outline, inner), _grown(plane, outline, outer)]
        overlay *= _drawn(limb, "fitted limb", style.LIMB, "dashed")
        overlay *= _drawn(ring, "near ring", style.RING, "dotted")
    text = f"{image.attrs['instrument']} {plane['band'].item()} · {_moment(image)} UTC"
    return overlay.opts(
        title=style.title(text, simulated=bool(image.attrs.get("simulated", 0))),
        xlabel="column",
        ylabel="line",
        invert_yaxis=True,
        xlim=_square(shown["column"].values, shown.sizes),
        ylim=_square(shown["line"].values, shown.sizes),
        frame_width=560,
        frame_height=560,
        bgcolor="#dddddd",
        fontsize=style.FONT_SIZES,
        legend_position="right",
    )


def limb_profile(image: xr.Dataset, measured: Measured, band: str | None = None) -> Any:
    """Radiance across the limb that faces the Sun, from the disk into the sky.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.
    measured
        What was found in that band, with its disk.
    band
        The band to draw; None draws the first.

    Returns
    -------
    holoviews.Overlay
        Mean radiance, relative to the disk's brightness, against distance from
        the fitted limb in pixels, on a logarithmic scale: a halo falls, a
        pedestal stays level. Shaded: the guard ring.
    """
    if measured.disk is None or measured.result is None:
        raise InputError("limb_profile", "a found disk", "none", "use the laplace extraction")
    plane = image.sel(band=band) if band else image.isel(band=0)
    disk, guard = measured.disk, measured.result.guard_px
    distance, level = _profile(plane["radiance"].values, disk)
    shown = level > 0.0
    dims = [hv.Dimension("distance", label="distance from the limb", unit="pixels")]
    dims.append(hv.Dimension("radiance", label="radiance / disk's brightness"))
    overlay = hv.VSpan(0.0, float(guard)).opts(color=style.MASK, alpha=0.25)
    overlay *= hv.Curve((distance[shown], level[shown]), *dims).opts(
        color=style.MEASURED, line_width=2
    )
    overlay *= hv.VLine(0.0).opts(color=style.LIMB, line_dash="dashed", line_width=1.5)
    simulated = bool(image.attrs.get("simulated", 0))
    text = f"Across the sunlit limb, {plane['band'].item()}; shaded: guard ring"
    return overlay.opts(
        **style.frame(text, simulated=simulated),
        logy=True,
        xlabel="distance from the limb (pixels, positive into the sky)",
        ylabel="radiance / disk's brightness",
    )


def moon_spectrum(
    image: xr.Dataset,
    rows: Sequence[dict[str, Any]],
    responses: Sequence[SpectralResponse],
    model: RoloModel,
) -> Any:
    """Measured irradiance of each band over the model's spectrum.

    Parameters
    ----------
    image, rows, responses, model
        As in `moon_page`.

    Returns
    -------
    holoviews.Overlay
        Irradiance in mW m-2 um-1 against wavelength in nm.
    """
    centres = _centres(responses)
    shown = [row for row in rows if row["band"] in centres and row["reference"] == model.reference]
    at = [centres[row["band"]] for row in shown]
    wavelength = np.arange(min(at) - 60.0, max(at) + 61.0, 1.0)
    position = image["observer_position"]
    geometry = lunar_geometry(image["time"].values, position.values, position.attrs["frame"])
    spectrum = _smooth(np.ravel(irradiance_spectrum(geometry, wavelength, model)))
    dims = [hv.Dimension("wavelength", unit="nm"), hv.Dimension("irradiance", unit="mW m⁻² µm⁻¹")]
    label = f"{model.reference}, {SMOOTHING_NM} nm mean"
    curve = hv.Curve((wavelength, spectrum * 1e3), *dims, label=label)
    points = {"measured": style.MEASURED, "modelled": style.MODELLED}
    overlay = curve.opts(color="#999999", line_width=1)
    for name, colour in points.items():
        values = [row[name] * 1e3 for row in shown]
        label = f"{name}, in band"
        data = {"wavelength": at, "irradiance": values, "band": [row["band"] for row in shown]}
        marks = hv.Scatter(data, dims[0], [dims[1], "band"], label=label)
        marker = "circle" if name == "measured" else "diamond"
        overlay *= marks.opts(color=colour, size=10, marker=marker, tools=["hover"])
    text = f"Lunar irradiance, phase {rows[0]['phase_angle_deg']:+.1f}°"
    return overlay.opts(**_frame_options(text, rows), legend_position="bottom_left")


def moon_ratio(rows: Sequence[dict[str, Any]], responses: Sequence[SpectralResponse]) -> Any:
    """Ratio of measured and modelled irradiance per band, over wavelength.

    Parameters
    ----------
    rows, responses
        As in `moon_page`; one set of points per reference.

    Returns
    -------
    holoviews.Overlay
        Ratio against wavelength in nm, each point labelled with its band.
    """
    centres = _centres(responses)
    dims = [
        hv.Dimension("wavelength", unit="nm"),
        hv.Dimension("ratio", label="measured / modelled"),
    ]
    overlay = hv.HLine(1.0).opts(color="#666666", line_width=1)
    for reference in dict.fromkeys(row["reference"] for row in rows):
        shown = [r for r in rows if r["reference"] == reference and r["band"] in centres]
        data = {
            "wavelength": [centres[row["band"]] for row in shown],
            "ratio": [row["ratio"] for row in shown],
            "band": [row["band"] for row in shown],
        }
        marks = hv.Scatter(data, dims[0], [dims[1], "band"], label=reference)
        names = hv.Labels(_merged_names(data), ["wavelength", "ratio"], "band")
        overlay *= marks.opts(size=10, tools=["hover"])
        overlay *= names.opts(
            text_font_size="10pt", text_color="#333333", text_baseline="bottom", yoffset=0.001
        )
    return overlay.opts(
        **_frame_options("Ratio measured / modelled", rows),
        xlabel="wavelength (nm)",
        ylabel="measured / modelled",
        padding=0.1,
        legend_position="bottom",
    )


def _frame_options(text: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return style.frame(text, simulated=bool(rows[0]["simulated"]))


def _merged_names(data: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """One label for bands of the same wavelength, over the highest of their ratios."""
    groups: dict[int, tuple[float, float, str]] = {}
    for wavelength, ratio, band in zip(*data.values(), strict=True):
        key = round(wavelength / SAME_WAVELENGTH_NM)
        _, highest, names = groups.get(key, (0.0, -np.inf, ""))
        groups[key] = (wavelength, max(ratio, highest), f"{names}, {band}".removeprefix(", "))
    return dict(zip(data, map(list, zip(*groups.values(), strict=True)), strict=True))


def _smooth(spectrum: np.ndarray) -> np.ndarray:
    """Mean over a few nanometres: lines of the Sun narrower than a band are not shown."""
    weights = np.ones(SMOOTHING_NM)
    known = np.isfinite(spectrum)
    total = np.convolve(np.where(known, spectrum, 0.0), weights, "same")
    number = np.convolve(known, weights, "same")
    return np.where(known, total / np.maximum(number, 1.0), np.nan)


def _centres(responses: Sequence[SpectralResponse]) -> dict[str, float]:
    return {
        item.band: float(np.average(item.wavelength_nm, weights=np.maximum(item.response, 0.0)))
        for item in responses
    }


def _window(mask: np.ndarray) -> tuple[slice, slice]:
    """Part of the frame around the mask, with a margin; the whole frame without a mask."""
    if not mask.any():
        return slice(None), slice(None)
    margin = int(MARGIN * max(mask.shape)) + 2
    line, column = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return _widened(line, margin), _widened(column, margin)


def _widened(indices: np.ndarray, margin: int) -> slice:
    return slice(max(int(indices[0]) - margin, 0), int(indices[-1]) + margin + 1)


def _mask(plane: xr.Dataset, measured: Measured) -> np.ndarray:
    if measured.disk is None or measured.result is None:
        counts, threshold = plane["counts"].values, float(plane["counts_threshold"])
        return irradiance.threshold_mask(counts, threshold)
    return lit_mask(plane["radiance"].values, measured.disk, measured.result.guard_px)


def _square(positions: np.ndarray, sizes: Mapping[Hashable, int]) -> tuple[float, float]:
    """Limits of an axis that make a square of the window, so that pixels stay square."""
    middle, half = float(positions[0] + positions[-1]) / 2.0, max(sizes.values()) / 2.0
    return middle - half, middle + half


def _drawn(paths: list[np.ndarray], label: str, colour: str, dash: str) -> Any:
    """Paths with an entry in the legend, which HoloViews gives to curves only."""
    lines = hv.Path(paths, ["column", "line"]).opts(color=colour, line_width=1.5, line_dash=dash)
    key = hv.Curve([(np.nan, np.nan)], "column", "line", label=label)
    return lines * key.opts(color=colour, line_width=2, line_dash=dash)


def _grown(plane: xr.Dataset, outline: Outline, distance_px: float) -> np.ndarray:
    """Outline moved outwards, as a closed (column, line) path in the image's own indices."""
    line, column = outline.boundary(np.linspace(0.0, 360.0, 361))
    _, down, right = outline.distance_and_normal(line, column)
    first = float(plane["column"][0]), float(plane["line"][0])
    return np.column_stack(
        (first[0] + column + distance_px * right, first[1] + line + distance_px * down)
    )


def _profile(radiance: np.ndarray, disk: LunarDisk) -> tuple[np.ndarray, np.ndarray]:
    """Mean in one-pixel bins of distance, within PROFILE_ARC_DEG of the Sun's direction.

    The mean, not the median: counts are whole numbers.
    """
    outline = disk.outline
    reach = outline.across_px * PROFILE_REACH
    inside = min(outline.across_px / 2.0, reach)
    rows, columns = outline.annulus(inside, reach, (radiance.shape[0], radiance.shape[1]))
    u, v = outline.unit(rows.astype(float), columns.astype(float))
    away = np.degrees(np.arctan2(v, u)) - disk.sun_direction_deg
    value = radiance[rows, columns] / disk.bright
    lit = (np.cos(np.radians(away)) > np.cos(np.radians(PROFILE_ARC_DEG))) & np.isfinite(value)
    bins = np.rint(outline.distance(rows[lit].astype(float), columns[lit].astype(float)))
    order = np.argsort(bins, kind="stable")
    distance, first = np.unique(bins[order], return_index=True)
    groups = np.split(value[lit][order], first[1:])
    return distance, np.array([float(np.mean(group)) for group in groups])


def _outline(plane: xr.Dataset, mask: np.ndarray) -> list[np.ndarray]:
    """Outline of the mask as (column, line) paths; specks of a few pixels are left out."""
    from skimage.measure import find_contours

    lines, columns = plane["line"].values, plane["column"].values
    paths = find_contours(np.pad(mask, 1).astype(float), 0.5)
    return [
        np.column_stack((columns[0] + path[:, 1] - 1, lines[0] + path[:, 0] - 1))
        for path in paths
        if len(path) > 16
    ]


def _moment(image: xr.Dataset) -> str:
    return str(image["time"].values.astype("datetime64[s]")).replace("T", " ")
