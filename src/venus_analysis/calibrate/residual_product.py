"""Pictures and curves of a scene's residuals, for its product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from venus_analysis.calibrate.residual_result import BandResiduals, GhostFound
    from venus_analysis.calibrate.scene_result import BandResult

Array = NDArray[Any]
VERTICES = np.linspace(0.0, 360.0, 121)
RADIANCE = {"units": "W m-2 sr-1 um-1"}
PIXEL = {"units": "pixel", "comment": "0.0 is the centre of the scene's first pixel"}
COUNTS = {"units": "counts"}


def residual_product(bands: Sequence[BandResult]) -> xr.Dataset:
    """Arrange the residuals of a scene over band; empty where none were measured.

    Returns
    -------
    xarray.Dataset
        ``sky`` (band, sky_i, sky_j) radiance of blocks beside the disk, column
        levels, drift and halo taken off, at ``sky_line`` (band, sky_i) and
        ``sky_column`` (sky_j); ``halo_ring`` (ring) in radii, ``residual_halo``,
        ``u_residual_halo`` and ``fitted_halo`` (band, halo_ring);
        ``noise_signal``, ``noise_variance``, ``u_noise_variance`` (band, bin),
        counts; ``noise_a``, ``noise_b``, ``noismo_a``, ``noismo_b``,
        ``ct1_fraction``, ``u_ct1_fraction``, ``disk_radiance`` (band);
        ``ct2_...`` (ct2): each ghost that was looked for, with its outline
        (ct2, ct2_vertex). NaN fills up.
    """
    import xarray as xr

    found = [one.residuals for one in bands]
    known = [one for one in found if one is not None]
    if not known:
        return xr.Dataset()
    return xr.Dataset({**_sky(found), **_halo(found), **_noise(found), **_ghosts(known)})


def _filled(parts: Sequence[Array | None]) -> Array:
    """Arrays of all bands in one of their largest size."""
    shapes = [one.shape for one in parts if one is not None]
    out = np.full((len(parts), *np.max(shapes, axis=0)), np.nan)
    for row, one in enumerate(parts):
        if one is not None:
            out[row][tuple(slice(n) for n in one.shape)] = one
    return out


def _sky(found: Sequence[BandResiduals | None]) -> dict[str, Any]:
    pictures = [one.sky if one else None for one in found]
    first = next(one for one in pictures if one)
    lines = [
        one.first_line + (np.arange(len(one.radiance)) + 0.5) * one.step_lines - 0.5
        if one
        else None
        for one in pictures
    ]
    column = (np.arange(first.radiance.shape[1]) + 0.5) * first.step_columns - 0.5
    values = _filled([one.radiance if one else None for one in pictures]).astype(np.float32)
    return {
        "sky": (("band", "sky_i", "sky_j"), values, RADIANCE),
        "sky_line": (("band", "sky_i"), _filled(lines), PIXEL),
        "sky_column": ("sky_j", column, PIXEL),
    }


def _halo(found: Sequence[BandResiduals | None]) -> dict[str, Any]:
    rings = np.unique(np.concatenate([one.halo.profile[0] for one in found if one]).round(6))
    curves = np.full((3, len(found), rings.size), np.nan)
    for row, one in enumerate(found):
        if one is not None:
            radius, *values = one.halo.profile
            curves[:, row, np.searchsorted(rings, radius.round(6))] = values
    dims = ("band", "halo_ring")
    return {
        "halo_ring": ("halo_ring", rings, {"units": "disk radii"}),
        "residual_halo": (dims, curves[0], RADIANCE),
        "u_residual_halo": (dims, curves[1], RADIANCE),
        "fitted_halo": (dims, curves[2], RADIANCE),
        "ct1_fraction": ("band", [one.halo.fraction if one else np.nan for one in found]),
        "u_ct1_fraction": ("band", [one.halo.u_fraction if one else np.nan for one in found]),
        "disk_radiance": ("band", [one.strength if one else np.nan for one in found], RADIANCE),
    }


def _noise(found: Sequence[BandResiduals | None]) -> dict[str, Any]:
    dims = ("band", "bin")

    def curve(name: str) -> Array:
        return _filled([np.asarray(getattr(one.noise, name)) if one else None for one in found])

    return {
        "noise_signal": (dims, curve("signal"), COUNTS),
        "noise_variance": (dims, curve("variance"), {"units": "counts2"}),
        "u_noise_variance": (dims, curve("u_variance"), {"units": "counts2"}),
        "noise_a": ("band", [one.noise.a if one else np.nan for one in found], COUNTS),
        "noise_b": ("band", [one.noise.b if one else np.nan for one in found], COUNTS),
        "noismo_a": ("band", [one.noise_model[0] if one else np.nan for one in found], COUNTS),
        "noismo_b": ("band", [one.noise_model[1] if one else np.nan for one in found], COUNTS),
    }


def _ghosts(found: Sequence[BandResiduals]) -> dict[str, Any]:
    pairs = [(one.band, ghost) for one in found for ghost in one.ghosts]
    if not pairs:
        return {}
    ghosts = [ghost for _, ghost in pairs]
    outlines = np.array([_outline(ghost) for ghost in ghosts])
    names = np.array([[band, ghost.source_band] for band, ghost in pairs], dtype=object)
    of = [ghost.residual for ghost in ghosts]
    columns = {
        "ct2_band": names[:, 0],
        "ct2_source_band": names[:, 1],
        "ct2_factor": np.array([ghost.factor for ghost in ghosts]),
        "u_ct2_factor": np.array([ghost.u_factor for ghost in ghosts]),
        "ct2_listed_factor": np.array([ghost.listed_factor for ghost in ghosts]),
        "ct2_detection_limit": np.array([ghost.detection_limit for ghost in ghosts]),
        "ct2_shift_columns": np.array([one.shift_columns for one in of]),
        "ct2_probability": np.array([one.probability for one in of]),
        "ct2_overlaps_disk": np.array([one.overlaps_disk for one in of]),
    }
    return {name: ("ct2", values) for name, values in columns.items()} | {
        "ct2_line": (("ct2", "ct2_vertex"), outlines[:, 0], PIXEL),
        "ct2_column": (("ct2", "ct2_vertex"), outlines[:, 1], PIXEL),
    }


def _outline(ghost: GhostFound) -> Array:
    if ghost.outline is None:
        return np.full((2, VERTICES.size), np.nan)
    return np.stack(ghost.outline.boundary(VERTICES))
