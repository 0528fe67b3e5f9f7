"""The newest Moon image, residual noise and ratio residuals of a project, as report sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.calibrate.drift.residuals import AXES, axes_there, ratio_residuals
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.collect.product import read_product
from venus_analysis.compute.dependence import Dependence
from venus_analysis.errors import InputError
from venus_analysis.plot.style import name_of
from venus_analysis.report.compared import Section
from venus_analysis.report.headline import Line
from venus_analysis.report.moon_tables import (
    band_legend,
    ghost_table,
    look_facts,
    look_line,
    picture_legend,
    rejected_table,
)
from venus_analysis.report.numbers import plain
from venus_analysis.report.pages import telling_bands
from venus_analysis.report.pictured import look_path, pictured_looks, rows_of, update_days
from venus_analysis.report.project import Project
from venus_analysis.report.residual_tables import dependence_line, dependence_table

if TYPE_CHECKING:
    import xarray as xr

MOST_BANDS: Final = 3
QUANTITIES: Final = (
    "ct1_fraction", "ct2_1_factor", "noise_a", "column_pattern_sky", "column_pattern_disk"
)  # fmt: skip
"""Residual noise drawn over time: halo, ghost, temporal noise, fixed pattern."""
CONDITIONS: Final = {
    "moon": ("phase_angle_deg", "observer_longitude_deg", "observer_latitude_deg", "centre_column"),
    "desert": ("view_zenith_deg", "solar_zenith_deg", "relative_azimuth_deg", "water_vapour_g_cm2",
               "site"),
    "sno": ("view_zenith_deg", "site"),
}  # fmt: skip
"""What the ratio residuals of each method are drawn against, where the looks differ in it."""
_PICTURE: Final = {"width": 640, "height": 520, "sizing_mode": "fixed"}
_CURVE: Final = {"width": 700, "height": 520, "sizing_mode": "fixed"}


@dataclass(frozen=True, eq=False)
class LookedAt:
    """What the pages of Moon images and of residuals show.

    Attributes
    ----------
    rows
        Ledger rows of the newest look with pictures, all bands; empty without any.
    product
        Its pictures; None without any.
    noise
        Ledger rows of the Moon's looks with residual noise.
    residuals
        Method to the ratio residuals of all bands.
    dependences
        Method to condition to what each band's residuals depend on it.
    problems
        Sentences on what is left out.
    """

    rows: pd.DataFrame
    product: xr.Dataset | None
    noise: pd.DataFrame
    residuals: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    dependences: Mapping[str, Mapping[str, dict[str, Dependence]]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def looked_at(project: Project, pages: Mapping[str, DriftPage]) -> LookedAt:
    """Gather it; what is not there is said.

    Parameters
    ----------
    project
        As loaded.
    pages
        Method to its page.
    """
    moon = project.frame[project.frame["method"] == "moon"]
    problems = []
    rows, product = moon.iloc[:0], None
    try:
        rows, product = _newest(project, moon)
    except InputError as error:
        problems.append(f"No Moon image is shown: {error}.")
    noise = moon[moon[list(QUANTITIES)].notna().any(axis=1)]
    residuals = {
        method: ratio_residuals(page, project.frame)
        for method, page in pages.items()
        if method in CONDITIONS
    }
    found = {method: dict(_dependences(one, method)) for method, one in residuals.items()}
    return LookedAt(rows, product, noise, residuals, found, tuple(problems))


def looked_at_sections(
    found: LookedAt,
    project: Project,
    pages: Mapping[str, DriftPage],
    bands: Sequence[str] = (),
) -> list[Section]:
    """Give the sections; `bands` are drawn, by default those that tell most."""
    sections = []
    if found.product is not None:
        sections.append(_images(found, found.product, bands))
    if len(found.noise):
        sections.append(_noise(found.noise, project, bands))
    if any(found.dependences.values()):
        sections.append(_residuals(found, pages, bands))
    return sections


def looked_at_numbers(found: LookedAt) -> dict[str, Any]:
    """Give the same as plain values: ``moon_image``, ``residual_noise``, ``ratio_residuals``."""
    return {
        "moon_image": [
            {name: plain(row[name]) for name in ("acquisition_id", "band", "time", "ratio")}
            for _, row in found.rows.iterrows()
        ],
        "residual_noise": [
            {name: plain(row[name]) for name in ("acquisition_id", "band", "time", *QUANTITIES)}
            for _, row in found.noise.iterrows()
        ],
        "ratio_residuals": {
            method: {
                axis: {band: _plain(one) for band, one in own.items()} for axis, own in axes.items()
            }
            for method, axes in found.dependences.items()
        },
    }


def looked_at_tables(found: LookedAt) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and table of what the figures are drawn from."""
    if len(found.noise):
        names = [*QUANTITIES, *(f"u_{name}" for name in QUANTITIES)]
        yield (
            "moon_residual_noise",
            found.noise[["time", "acquisition_id", "band", *names, "simulated"]],
        )
    for method, table in found.residuals.items():
        yield f"ratio_residuals_{method}", table


def _newest(project: Project, moon: pd.DataFrame) -> tuple[pd.DataFrame, xr.Dataset]:
    looks = pictured_looks(moon)
    if looks.empty or project.places.products is None:
        raise InputError(
            "the Moon's rows", "looks with pictures", "none",
            "calibrate scenes with venus-analysis moon ... --products FOLDER/products --residuals",
        )  # fmt: skip
    look = looks.iloc[0]
    return rows_of(moon, look), read_product(look_path(project.places.products, look))


def _images(found: LookedAt, product: xr.Dataset, wanted: Sequence[str]) -> Section:
    from venus_analysis.plot.moon_curves import HaloFigure
    from venus_analysis.plot.moon_explorer import MoonFigure
    from venus_analysis.plot.moon_picture import moon_picture

    figures: dict[str, tuple[Line, Any]] = {}
    rows = found.rows.drop_duplicates("band").set_index("band", drop=False)
    legends = []
    for band in _pictured_bands(product, rows, wanted):
        picture = moon_picture(product, band, "disk")
        if picture is None:
            continue
        row = rows.loc[band]
        simulated, text = bool(row["simulated"]), str(row["time"])[:10]
        disk = MoonFigure()
        disk.update(picture, text=text, simulated=simulated)
        disk.figure.update(**_PICTURE)
        halo = HaloFigure()
        halo.update(product, band, simulated=simulated)
        halo.figure.update(**_CURVE)
        figures[f"moon_image_{band}"] = (look_line(row, product), disk.figure)
        figures[f"moon_halo_{band}"] = ((), halo.figure)
        legends.append(picture_legend(picture))
    tables = (
        ("Pixels filtered, by reason", rejected_table(product)),
        ("Ghosts looked for", ghost_table(product)),
    )
    facts = f"Newest look with pictures: {look_facts(found.rows.iloc[0])}"
    return Section("Moon image", "moon-image", figures, tables, facts, "".join(legends[:1]))


def _noise(rows: pd.DataFrame, project: Project, wanted: Sequence[str]) -> Section:
    from venus_analysis.plot.moon_curves import QuantityFigure

    there = by_wavelength(rows["band"].unique())
    bands = [band for band in wanted if band in there] or _spread(there)
    figures: dict[str, tuple[Line, Any]] = {}
    for name in QUANTITIES:
        own = rows[rows["band"].isin(bands) & rows[name].notna()]
        if own.empty:
            continue
        drawn = QuantityFigure(height=380)
        drawn.update(own, name, bands, updates=update_days(project.registry, own))
        figures[f"moon_{name}_over_time"] = ((), drawn.figure)
    facts = "Dashed: new official parameters. Bars: k = 2."
    return Section(
        "Residual noise over time", "residual-noise", figures, (), facts, band_legend(bands)
    )


def _residuals(found: LookedAt, pages: Mapping[str, DriftPage], wanted: Sequence[str]) -> Section:
    from venus_analysis.plot.ratio_residuals import ResidualFigure, halves

    figures: dict[str, tuple[Line, Any]] = {}
    tables = []
    for method, table in found.residuals.items():
        page = pages[method]
        bands = [band for band in wanted if band in page.bands] or telling_bands(page)[:MOST_BANDS]
        sides = {}
        if "centre_column" in table:
            sides = {str(band): halves(own) for band, own in table.groupby("band")}
        for axis, own in found.dependences[method].items():
            drawn = ResidualFigure(height=400)
            shown = table[table["band"].isin(bands)]
            drawn.update(shown, axis, bands, simulated=page.simulated)
            line = tuple(
                piece for band in bands[:1] for piece in dependence_line(own[band], band, axis)
            )
            figures[f"residuals_{method}_against_{axis}"] = (line, drawn.figure)
            name = AXES[axis].partition(" (")[0]
            title = f"{name_of(method)}: every band against {name}"
            tables.append((title, dependence_table(own, axis, sides)))
    facts = (
        "Residual: ratio as produced over the fitted line of its band, less 1. Large marks: "
        "medians of classes of looks, site by site, bars 95 %."
    )
    return Section("Ratio residuals", "ratio-residuals", figures, tuple(tables), facts)


def _dependences(table: pd.DataFrame, method: str) -> Iterator[tuple[str, dict[str, Dependence]]]:
    """Conditions in which a method's looks differ, with the dependence of every band."""
    from venus_analysis.plot.ratio_residuals import dependences

    there = axes_there(table)
    bands = by_wavelength(table["band"].unique())
    for axis in CONDITIONS[method]:
        if axis in there:
            yield axis, dependences(table, axis, bands)


def _pictured_bands(product: xr.Dataset, rows: pd.DataFrame, wanted: Sequence[str]) -> list[str]:
    there = by_wavelength([band for band in product["band"].to_numpy() if band in rows.index])
    return [band for band in wanted if band in there] or _spread(there)


def _spread(bands: Sequence[str]) -> list[str]:
    """Take the first, the middle and the last band by wavelength."""
    if len(bands) <= MOST_BANDS:
        return list(bands)
    return [bands[0], bands[len(bands) // 2], bands[-1]]


def _plain(one: Dependence) -> dict[str, Any]:
    return {
        "looks": int(one.number.sum()),
        "span": plain(float(one.span)),
        "contrasts": one.contrasts,
        "probability": plain(float(one.probability)),
        "slope": plain(float(one.slope)),
        "u_slope": plain(float(one.u_slope)),
    }
