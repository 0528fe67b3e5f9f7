"""Means of images over the cells of a grid that two sensors share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]


class Raster(Protocol):
    """A product that gives its pixels band by band."""

    instrument: str
    name: str
    time: np.datetime64
    simulated: bool
    crs: str
    edges: Box
    bands: tuple[str, ...]

    def band(self, band: str, box: Box) -> xr.Dataset:
        """``reflectance`` and ``saturated`` (y, x) of what touches a box of the map."""

    def cloud(self, box: Box) -> xr.DataArray | None:
        """Cloud (y, x) in a box; None when the product has no such mask."""

    def angles(self, x: ArrayLike, y: ArrayLike, bands: tuple[str, ...]) -> dict[str, Floats]:
        """Zenith and azimuth of Sun and view at places, degrees."""


@dataclass(frozen=True)
class CellGrid:
    """Square cells whose edges lie on whole multiples of their size.

    Two products of one map system so have the same cells, wherever they begin.

    Parameters
    ----------
    crs
        Map system in metres, as EPSG:32636.
    cell_m
        Side of a cell.
    first_line, first_column
        Number of the northern and of the western cell: -top / size, left / size.
    lines, columns
        Numbers of cells.

    Examples
    --------
    >>> grid = cell_grid("EPSG:32636", (600020.0, 3490000.0, 601600.0, 3491100.0), 500.0)
    >>> grid.shape, grid.edges
    ((2, 2), (600500.0, 3490000.0, 601500.0, 3491000.0))
    """

    crs: str
    cell_m: float
    first_line: int
    first_column: int
    lines: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Lines, columns."""
        return self.lines, self.columns

    @property
    def edges(self) -> Box:
        """(left, bottom, right, top), m."""
        left, top = self.first_column * self.cell_m, -self.first_line * self.cell_m
        return left, top - self.lines * self.cell_m, left + self.columns * self.cell_m, top

    @property
    def centres(self) -> tuple[Floats, Floats]:
        """X and y (line, column) of the cells' centres, m."""
        left, _, _, top = self.edges
        x = left + self.cell_m * (np.arange(self.columns) + 0.5)
        y = top - self.cell_m * (np.arange(self.lines) + 0.5)
        along_x, along_y = np.meshgrid(x, y)
        return along_x, along_y

    @property
    def names(self) -> NDArray[np.object_]:
        """(line, column) name of each cell, the same for every product."""
        lines = self.first_line + np.arange(self.lines)
        columns = self.first_column + np.arange(self.columns)
        named = [[f"{self.crs}/{self.cell_m:g}/{i}/{j}" for j in columns] for i in lines]
        return np.array(named, object).reshape(self.shape)


def cell_grid(crs: str, edges: Box, cell_m: float) -> CellGrid:
    """Cells that lie wholly within (left, bottom, right, top), m.

    Raises
    ------
    InputError
        When there is none.
    """
    left, bottom, right, top = (edge / cell_m for edge in edges)
    column, line = int(np.ceil(left - 1e-9)), int(np.ceil(-top - 1e-9))
    columns, lines = int(np.floor(right + 1e-9)) - column, int(np.floor(-bottom + 1e-9)) - line
    if columns < 1 or lines < 1:
        raise InputError(
            "cells", f"an area of at least {cell_m:g} m", f"{edges}", "choose overlapping products"
        )
    return CellGrid(crs, cell_m, line, column, lines, columns)


def common_grid(a: Raster, b: Raster, cell_m: float) -> CellGrid:
    """Cells within both products, on the map of the second (the reference).

    Raises
    ------
    InputError
        When they do not overlap by a cell.
    """
    first = _transformed(a.edges, a.crs, b.crs)
    low = np.maximum(first[:2], b.edges[:2])
    high = np.minimum(first[2:], b.edges[2:])
    return cell_grid(b.crs, (low[0], low[1], high[0], high[1]), cell_m)


def macro_cells(raster: Raster, grid: CellGrid, bands: Sequence[str]) -> xr.Dataset:
    """Means over cells, as observations that `calibrate_sno` takes.

    Pixels count by the area that lies in a cell. A band is read, averaged and
    let go before the next.

    Parameters
    ----------
    raster
        The product.
    grid
        Cells, in any map system.
    bands
        Wanted bands.

    Returns
    -------
    xarray.Dataset
        Dimensions time (one entry a cell) and band: ``reflectance`` and its
        standard deviation ``reflectance_sd`` within the cell, 1;
        ``valid_share``, ``saturated_share`` of the cell's area; ``cloud_share``
        (time), 0 where the product has no mask (attribute ``cloud_mask``);
        angles, degrees, of the cell's centre; ``cell`` and ``acquisition_id``.
        Cells without any value are left out.

    Raises
    ------
    InputError
        As the raster.
    """
    import xarray as xr

    box = _transformed(grid.edges, grid.crs, raster.crs)
    columns = [_band_cells(raster.band(band, box), grid) for band in bands]
    mean, sd, valid, saturated = (np.stack(part, axis=-1) for part in zip(*columns, strict=True))
    mask = raster.cloud(box)
    cloud = np.zeros(grid.shape) if mask is None else _averages(mask.values[None], mask, grid)[0]
    there = np.isfinite(mean).any(axis=-1)
    angles = _angles(raster, grid, tuple(bands))
    dims, unknown = ("time", "band"), np.full(int(there.sum()), np.nan)
    table = {
        "reflectance": mean,
        "reflectance_sd": sd,
        "valid_share": valid,
        "saturated_share": saturated,
    }
    return xr.Dataset(
        {
            **{name: (dims, values[there], {"units": "1"}) for name, values in table.items()},
            "cloud_share": ("time", cloud[there], {"units": "1"}),
            **{name: ("time", a[there], {"units": "degree"}) for name, a in angles.items()},
            **dict.fromkeys(("ozone_du", "water_vapour_g_cm2", "pressure_hpa"), ("time", unknown)),
            "cell": ("time", grid.names[there]),
            "acquisition_id": ("time", np.full(unknown.size, raster.name, object)),
        },
        {"time": np.full(unknown.size, raster.time), "band": np.array(list(bands), object)},
        {
            "instrument": raster.instrument,
            "simulated": int(raster.simulated),
            "cloud_mask": int(mask is not None),
        },
    )


def _band_cells(pixels: xr.Dataset, grid: CellGrid) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, standard deviation, valid and saturated share of each cell."""
    rho = pixels["reflectance"].values.astype(np.float32)
    known = np.isfinite(rho)
    level = np.float32(rho[known].mean()) if known.any() else np.float32(0.0)
    away = np.where(known, rho - level, np.float32(0.0))
    planes = [away, away * away, known, pixels["saturated"].values]
    stacked = np.stack([plane.astype(np.float32) for plane in planes])
    first, second, valid, saturated = _averages(stacked, pixels, grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / valid
        variance = second / valid - mean**2
    sd = np.sqrt(np.maximum(variance, 0.0))
    none = valid <= 0.0
    return (
        np.where(none, np.nan, mean + level),
        np.where(none, np.nan, sd),
        valid,
        saturated,
    )


def _averages(planes: NDArray[Any], like: Any, grid: CellGrid) -> Floats:
    """Area-weighted means (plane, line, column) over cells; what is beyond the image counts 0."""
    from rasterio.transform import Affine
    from rasterio.warp import Resampling, reproject

    left, _, _, top = grid.edges
    x, y = like["x"].values, like["y"].values
    step_x, step_y = x[1] - x[0], y[1] - y[0]
    # An average is over the pixels there are: a rim of zeros makes it one over the cell.
    rim = int(np.ceil(grid.cell_m / min(abs(step_x), abs(step_y))))
    first_x, first_y = x[0] - (rim + 0.5) * step_x, y[0] - (rim + 0.5) * step_y
    found = np.zeros((len(planes), *grid.shape), np.float64)
    reproject(
        np.pad(planes.astype(np.float32), ((0, 0), (rim, rim), (rim, rim))),
        found,
        src_transform=Affine(step_x, 0.0, first_x, 0.0, step_y, first_y),
        src_crs=like.rio.crs,
        dst_transform=Affine(grid.cell_m, 0.0, left, 0.0, -grid.cell_m, top),
        dst_crs=grid.crs,
        resampling=Resampling.average,
        init_dest_nodata=False,
    )
    return found


def _transformed(edges: Box, crs: str, wanted: str) -> Box:
    if crs == wanted:
        return edges
    from rasterio.warp import transform_bounds

    left, bottom, right, top = transform_bounds(crs, wanted, *edges)
    return left, bottom, right, top


def _angles(raster: Raster, grid: CellGrid, bands: tuple[str, ...]) -> dict[str, Floats]:
    """Angles (line, column) at the centres, with the relative azimuth folded to 0–180."""
    x, y = grid.centres
    if raster.crs != grid.crs:
        from rasterio.warp import transform

        across, up = transform(grid.crs, raster.crs, x.ravel(), y.ravel())
        x, y = np.reshape(across, grid.shape), np.reshape(up, grid.shape)
    found = raster.angles(x.ravel(), y.ravel(), bands)
    turn = np.abs(found["viewing_azimuth_deg"] - found["solar_azimuth_deg"]) % 360.0
    found["relative_azimuth_deg"] = np.where(turn > 180.0, 360.0 - turn, turn)
    return {name: values.reshape(grid.shape) for name, values in found.items()}
