"""Products: the pictures of a calibrated scene, for people and the image explorer.

`DIR/<run_id>/<acquisition>.zarr`, Zarr version 3. A ledger row names its
product in the column `product`; numbers never depend on it.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

VARIABLES = ("radiance", "mask", "reasons", "line", "column", "limb_line", "limb_column")
LARGEST_SIDE = 512
LEVELS = 32_000


def product_name(acquisition_id: str) -> str:
    """Name of the folder of an acquisition's product.

    Examples
    --------
    >>> product_name("VENUS/2019-02-22 MOON")
    'VENUS_2019-02-22_MOON.zarr'
    >>> product_name("../..")
    '__...zarr'
    """
    return re.sub(r"^\.*$|^\.+|[^\w.+-]", "_", acquisition_id) + ".zarr"


def product_path(products: str | Path, row: Mapping[str, Any]) -> Path | None:
    """Where the product of a ledger row lies; None when it has none.

    Parameters
    ----------
    products
        Folder of all products.
    row
        With `run_id` and `product`.

    Examples
    --------
    >>> product_path("products", {"run_id": "R", "product": "A.zarr"}).as_posix()
    'products/R/A.zarr'
    """
    return Path(products) / row["run_id"] / row["product"] if row["product"] else None


def read_product(path: str | Path) -> xr.Dataset:
    """Open a product; arrays are read when they are used.

    Parameters
    ----------
    path
        Folder, see `product_path`.

    Returns
    -------
    xarray.Dataset
        ``radiance`` (band, i, j) area mean over blocks of pixels, at most 512 x
        512, W m-2 sr-1 um-1, column levels taken off, bad columns and spikes
        replaced, halo and ghosts still in; NaN beyond the scene. ``mask`` (band,
        i, j) bool, inside the aperture;
        ``reasons`` (band, i, j) uint8, bits of `venus_analysis.flags.PixelFlag`
        of any pixel in the block (columns and spikes). ``line`` (band, i) and
        ``column`` (band, j)
        centres of the blocks, ``limb_line`` and ``limb_column`` (band, vertex)
        the fitted limb, pixels of the scene; NaN for a band without a disk.
        ``halo_radius`` (ring) in radii of the disk (1: limb), ``halo_radiance``
        and ``u_halo_radiance`` (band, ring); ``rejected`` (band, reason) pixels
        inside the aperture; ``aperture`` (band), radii; ``ghost_band``,
        ``ghost_source_band``, ``ghost_shift_columns``, ``ghost_factor``,
        ``u_ghost_factor``, ``ghost_overlaps_disk`` (ghost). With residuals, what
        `venus_analysis.calibrate.residual_product.residual_product` adds. Attributes:
        ``acquisition_id``, ``reference_band``, ``sun_direction_deg``,
        ``simulated``.

    Raises
    ------
    InputError
        No product there.

    Examples
    --------
    >>> read_product("absent.zarr")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.zarr: expected a product ...
    """
    import xarray as xr

    path = Path(path)
    try:
        product = xr.open_dataset(path, engine="zarr", consolidated=False, chunks=None)
    except Exception as error:  # damaged folders make their libraries raise nearly anything
        reason = f"{type(error).__name__}: {error}"[:200] if path.exists() else "nothing there"
        raise _no_product(path, reason) from error
    missing = [name for name in VARIABLES if name not in product.variables]
    if missing:
        product.close()
        raise _no_product(path, f"no {', '.join(missing)}")
    return product


def write_product(folder: str | Path, product: xr.Dataset) -> Path:
    """Write a product; it appears whole or not at all.

    Parameters
    ----------
    folder
        Folder of the run; made when absent.
    product
        As `read_product` returns it. Radiances are kept in 16 bits, to 1/32000
        of the brightest.

    Returns
    -------
    pathlib.Path
        A product of the same name that was there is replaced.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    folder = Path(folder)
    path = folder / product_name(str(product.attrs["acquisition_id"]))
    temporary = folder / f".{path.name}.{secrets.token_hex(4)}.part"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        product.to_zarr(
            temporary, mode="w-", consolidated=False, zarr_format=3, encoding=_encoding(product)
        )
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path


def _encoding(product: xr.Dataset) -> dict[str, dict[str, Any]]:
    largest = float(abs(product["radiance"]).max())
    size = product.sizes
    plane = {"chunks": (1, size["i"], size["j"])}
    steps = {
        "dtype": "int16",
        "scale_factor": largest / LEVELS if largest > 0.0 else 1.0,
        "_FillValue": -LEVELS - 1,
    }
    return {"radiance": plane | steps, "mask": plane, "reasons": plane}


def _no_product(path: Path, received: str) -> InputError:
    return InputError(
        path, "a product (cut-out, limb, mask of a scene)", received, "run moon with --products"
    )
