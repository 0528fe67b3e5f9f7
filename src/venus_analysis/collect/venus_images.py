"""Image files of L1 products: GeoTIFFs, plain or packed, read only as far as needed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.venus_product import Plane
from venus_analysis.errors import InputError, UsageError

if TYPE_CHECKING:
    import xarray as xr

MOST_PIXELS: Final = 200_000_000
"""Of one band; a real image has 62 million."""
MOST_NODES: Final = 4_000_000
LARGEST_MASK_BYTES: Final = 1_000_000_000


def require_rioxarray() -> None:
    """Raise `UsageError` where the extra ``products`` is not installed."""
    try:
        import rioxarray  # noqa: F401
    except ImportError:
        raise UsageError(
            "images of products need rioxarray: pip install venus-analysis[products]"
        ) from None


@contextmanager
def opened(plane: Plane) -> Iterator[xr.DataArray]:
    """Image file of a plane as (band, y, x), read only as far as it is used.

    Only the GeoTIFF driver opens it: formats that can point to other files or to
    the network are refused.

    Raises
    ------
    InputError
        Absent, damaged, or no GeoTIFF.
    UsageError
        Without rioxarray.
    """
    require_rioxarray()
    import rasterio.errors
    import rioxarray

    # Grids of angles need no map, and frame_of asks images for theirs; a filter for
    # one block only would not be safe among threads.
    warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
    try:
        file: Any = rioxarray.open_rasterio(
            _source(plane.path), masked=False, cache=False, driver="GTiff"
        )
        with file as image:
            if image.sizes["y"] * image.sizes["x"] > MOST_PIXELS:
                size = f"{image.sizes['y']} x {image.sizes['x']}"
                raise InputError(plane.path, f"at most {MOST_PIXELS:.0e} pixels", size, "check it")
            if plane.index > image.sizes["band"]:
                raise InputError(
                    plane.path, f"{plane.index} bands", f"{image.sizes['band']}", "check the file"
                )
            yield image
    except InputError:
        raise
    except (rasterio.errors.RasterioError, OSError, zipfile.BadZipFile) as error:
        raise InputError(
            plane.path, "a complete GeoTIFF", str(error)[:200], "fetch the product again"
        ) from error


def _source(path: Path) -> str:
    """Path for GDAL; masks come as .tif, or packed one by one."""
    packed = path if path.suffix.lower() == ".zip" else path.with_suffix(".zip")
    if path.is_file() and path != packed:
        return str(path)
    if not packed.is_file():
        raise InputError(path, "the file that the metadata name", "nothing", "unpack all of it")
    with zipfile.ZipFile(packed) as archive:
        inner = [m for m in archive.infolist() if m.filename.lower().endswith(".tif")]
    if len(inner) != 1 or inner[0].file_size > LARGEST_MASK_BYTES:
        raise InputError(packed, "one image of at most 1 GB", f"{len(inner)}", "fetch it again")
    return f"/vsizip/{{{packed}}}/{inner[0].filename}"


def sample_grid(
    pair: tuple[Plane, Plane], line_share: float, column_share: float
) -> tuple[complex, complex]:
    """North + i east, bilinear at a place, and its mean; edge nodes stand on the image's edge.

    Nodes that are 0 in both axes, or no number, hold nothing.
    """
    east, north = (_grid(plane) for plane in pair)
    if east.shape != north.shape:
        raise InputError(pair[0].path, "two grids of one size", "two sizes", "check the metadata")
    grid = north + 1j * east
    grid[grid == 0.0] = np.nan
    if np.isnan(grid).all():
        return complex(np.nan), complex(np.nan)
    line, column = line_share * (grid.shape[0] - 1), column_share * (grid.shape[1] - 1)
    i, j = (min(int(at), max(n - 2, 0)) for at, n in zip((line, column), grid.shape, strict=True))
    square = grid[i : i + 2, j : j + 2]
    down, across = line - i, column - j
    weights = np.outer([1 - down, down][: square.shape[0]], [1 - across, across][: square.shape[1]])
    return complex((square * weights).sum()), complex(np.nanmean(grid))


@lru_cache(maxsize=10)
def _grid(plane: Plane) -> NDArray[np.float64]:
    with opened(plane) as image:
        if image.sizes["y"] * image.sizes["x"] > MOST_NODES:
            raise InputError(plane.path, "a coarse grid", "a full image", "check the metadata")
        return np.asarray(image.isel(band=plane.index - 1).values, np.float64)
