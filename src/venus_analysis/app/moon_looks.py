"""Looks at the Moon that have pictures, and the pictures of one; no Panel in here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from venus_analysis.app.query import Shown
from venus_analysis.app.rows import chosen_rows
from venus_analysis.app.store import Store
from venus_analysis.collect.product import read_product
from venus_analysis.errors import InputError
from venus_analysis.plot.bokeh_theme import Theme
from venus_analysis.plot.moon_curves import halo_columns
from venus_analysis.plot.moon_picture import Kind, Picture, moon_picture
from venus_analysis.report.pictured import look_path, pictured_looks
from venus_analysis.report.project import Project

if TYPE_CHECKING:
    import xarray as xr


LARGEST_KEPT: Final = 100_000
"""Bytes of an array of a product that stays in memory while pictures are read band by band."""


def moon_rows(store: Store, shown: Shown) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the Moon under the period, phase and configuration chosen, and looks with pictures.

    All bands; chosen once for all sessions.
    """

    def choose(project: Project) -> tuple[pd.DataFrame, pd.DataFrame]:
        rows = chosen_rows(project.frame, replace(shown, method="moon", band=(), site=""))
        return rows, pictured_looks(rows)

    names = ("instrument", "reference", "configuration", "phase", "since", "until")
    key = ("moon rows", *(getattr(shown, name) for name in names))
    return store.derived(key, choose, shown.as_of)


def chosen_look(looks: pd.DataFrame, wanted: str) -> tuple[Any, str]:
    """Row of the look wanted, else of the newest; and a sentence when it is another one.

    Raises
    ------
    InputError
        When no look has a picture.
    """
    if looks.empty:
        raise InputError(
            "the Moon's rows", "looks with pictures", "none",
            "calibrate scenes with venus-analysis moon ... --products FOLDER/products --residuals",
        )  # fmt: skip
    mine = looks[looks["acquisition_id"] == wanted]
    if wanted and mine.empty:
        return looks.iloc[0], f"No picture was kept of {wanted}; shown: the newest look with one."
    return (mine if wanted else looks).iloc[0], ""


def look_product(store: Store, look: Any, as_of: str = "") -> xr.Dataset:
    """Product of a look, opened once for all sessions; pictures are read when they are used.

    Raises
    ------
    InputError
        When there is no folder of products, or the product is not in it.
    """
    products = store.places.products
    if products is None:
        raise InputError(
            "the dashboard", "a folder of products", "none",
            "serve a folder that holds products/, or name it with --products",
        )  # fmt: skip
    path = look_path(products, look)
    return store.derived(("product", str(path)), lambda _: _opened(path), as_of)


def _opened(path: Path) -> xr.Dataset:
    product = read_product(path)
    small = [name for name, one in product.variables.items() if one.nbytes <= LARGEST_KEPT]
    return product.assign({name: product[name].load() for name in small})


def look_picture(store: Store, look: Any, band: str, kind: Kind, as_of: str = "") -> Picture | None:
    """Picture of a band, computed once for all sessions; None where there is nothing to draw."""
    product = look_product(store, look, as_of)
    if band not in product["band"].to_numpy():
        return None
    key = ("picture", look["run_id"], look["product"], band, kind)
    return store.derived(key, lambda _: moon_picture(product, band, kind), as_of)


def look_halo(store: Store, look: Any, band: str, theme: Theme, as_of: str = "") -> Any:
    """Columns of a band's halo, computed once for all sessions."""
    product = look_product(store, look, as_of)
    key = ("halo", look["run_id"], look["product"], band, theme)
    return store.derived(key, lambda _: halo_columns(product, band, theme), as_of)


def look_ratios(mine: pd.DataFrame) -> pd.DataFrame:
    """Band, ratio and ``u`` (k = 1, relative, without the model's own) of a look's rows."""
    u = np.hypot(mine["u_random"].fillna(0.0), mine["u_systematic_instrument"].fillna(0.0))
    found: pd.DataFrame = mine[["band", "ratio"]].assign(u=u)
    return found


def band_shown(product: xr.Dataset, shown: Shown) -> str:
    """First band chosen that the product has, else its reference band."""
    there = [str(band) for band in product["band"].to_numpy()]
    chosen = [band for band in shown.band if band in there]
    return (chosen or [str(product.attrs["reference_band"]) or there[0]])[0]
