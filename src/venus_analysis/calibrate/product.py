"""The product of a calibrated scene: cut-out, limb, mask, rejected pixels, halo, ghosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.residual_product import residual_product
from venus_analysis.calibrate.row import software_version
from venus_analysis.collect.product import LARGEST_SIDE
from venus_analysis.flags import PixelFlag

if TYPE_CHECKING:
    import xarray as xr

    from venus_analysis.calibrate.scene_picture import CutOut
    from venus_analysis.calibrate.scene_result import BandResult, SceneResult

Array = NDArray[Any]
VERTICES = np.linspace(0.0, 360.0, 361)
RADIANCE = {"units": "W m-2 sr-1 um-1"}
AS_SUMMED = RADIANCE | {
    "comment": "as it was summed: column levels, drift and ghosts taken off, the halo in"
}
PIXEL = {"units": "pixel", "comment": "0.0 is the centre of the scene's first pixel"}
REASONS = tuple(flag for flag in PixelFlag if flag.name)


def scene_product(result: SceneResult) -> xr.Dataset:
    """Arrange the pictures of a scene as `venus_analysis.collect.product.read_product` says.

    Parameters
    ----------
    result
        Of `venus_analysis.calibrate.scene.calibrate_scene`; the parts of the
        scene around the disks are read again.

    Returns
    -------
    xarray.Dataset
        Bands without a disk are NaN, 0 or False throughout.
    """
    import xarray as xr

    bands = list(result.bands)
    cuts = [band.cut_out(LARGEST_SIDE) if band.outline is not None else None for band in bands]
    names = np.array([band.band for band in bands], dtype=object)
    reasons = np.array([flag.name for flag in REASONS], dtype=object)
    product = xr.Dataset(
        {**_planes(cuts), **_places(cuts), **_limbs(bands), **_halo(bands), **_ghosts(bands)},
        coords={"band": ("band", names), "reason": ("reason", reasons)},
    )
    counted = [[band.rejected.get(str(flag.name), 0) for flag in REASONS] for band in bands]
    product["rejected"] = (("band", "reason"), np.array(counted, np.int64), {"units": "1"})
    product["aperture"] = ("band", [band.aperture for band in bands], {"units": "disk radii"})
    product = product.merge(residual_product(bands))
    product.attrs = {
        "title": f"{'SIMULATED ' if result.simulated else ''}Moon {result.acquisition_id}",
        "acquisition_id": result.acquisition_id,
        "reference_band": result.reference_band,
        "sun_direction_deg": float(result.sun_direction_deg),
        "simulated": int(result.simulated),
        "software_version": software_version(),
    }
    return product


def _planes(cuts: Sequence[CutOut | None]) -> dict[str, Any]:
    """Pictures of all bands in arrays of one size; what a band lacks is empty."""
    shapes = [cut.radiance.shape for cut in cuts if cut is not None] or [(1, 1)]
    shape = (len(cuts), max(one[0] for one in shapes), max(one[1] for one in shapes))
    radiance = np.full(shape, np.nan, np.float32)
    mask, reasons = np.zeros(shape, np.bool_), np.zeros(shape, np.uint8)
    for row, cut in enumerate(cuts):
        if cut is not None:
            here = (row, slice(cut.radiance.shape[0]), slice(cut.radiance.shape[1]))
            radiance[here], mask[here], reasons[here] = cut.radiance, cut.mask, cut.reasons
    dims = ("band", "i", "j")
    bits = {
        "flag_masks": np.array([int(flag) for flag in REASONS], np.uint8),
        "flag_meanings": " ".join(str(flag.name) for flag in REASONS),
    }
    return {
        "radiance": (dims, radiance, AS_SUMMED),
        "mask": (dims, mask),
        "reasons": (dims, reasons, bits),
    }


def _places(cuts: Sequence[CutOut | None]) -> dict[str, Any]:
    """Centres of the blocks, pixels of the scene."""
    shapes = [cut.radiance.shape for cut in cuts if cut is not None] or [(1, 1)]
    line = np.full((len(cuts), max(one[0] for one in shapes)), np.nan)
    column = np.full((len(cuts), max(one[1] for one in shapes)), np.nan)
    for row, cut in enumerate(cuts):
        if cut is not None:
            line[row] = _centres(cut.first_line, cut.step_lines, line.shape[1])
            column[row] = _centres(cut.first_column, cut.step_columns, column.shape[1])
    return {"line": (("band", "i"), line, PIXEL), "column": (("band", "j"), column, PIXEL)}


def _centres(first: int, step: int, number: int) -> Array:
    return np.asarray(first + (np.arange(number) + 0.5) * step - 0.5)


def _limbs(bands: Sequence[BandResult]) -> dict[str, Any]:
    line = np.full((len(bands), VERTICES.size), np.nan)
    column = np.full_like(line, np.nan)
    for row, band in enumerate(bands):
        if band.outline is not None:
            line[row], column[row] = band.outline.boundary(VERTICES)
    dims = ("band", "vertex")
    return {"limb_line": (dims, line, PIXEL), "limb_column": (dims, column, PIXEL)}


def _halo(bands: Sequence[BandResult]) -> dict[str, Any]:
    """Halo against the distance from the disk's centre; NaN in rings a band has no sky in."""
    rings: Array = np.unique(
        np.concatenate([np.empty(0), *(b.halo.radius for b in bands if b.halo)])
    )
    level = np.full((len(bands), rings.size), np.nan)
    doubt = np.full_like(level, np.nan)
    for row, band in enumerate(bands):
        if band.halo is not None:
            own = np.searchsorted(rings, band.halo.radius)
            level[row, own], doubt[row, own] = band.halo.radiance, band.halo.u_radiance
    dims = ("band", "ring")
    return {
        "halo_radius": ("ring", rings, {"units": "disk radii"}),
        "halo_radiance": (dims, level, RADIANCE),
        "u_halo_radiance": (dims, doubt, RADIANCE),
    }


def _ghosts(bands: Sequence[BandResult]) -> dict[str, Any]:
    found = [(band.band, ghost) for band in bands for ghost in band.ghosts]
    columns = {
        "ghost_band": np.array([band for band, _ in found], dtype=object),
        "ghost_source_band": np.array([ghost.source_band for _, ghost in found], dtype=object),
        "ghost_shift_columns": np.array([float(ghost.shift_columns) for _, ghost in found]),
        "ghost_factor": np.array([float(ghost.factor) for _, ghost in found]),
        "u_ghost_factor": np.array([float(ghost.u_factor) for _, ghost in found]),
        "ghost_overlaps_disk": np.array([bool(ghost.overlaps_disk) for _, ghost in found]),
    }
    return {name: ("ghost", values) for name, values in columns.items()} if found else {}
