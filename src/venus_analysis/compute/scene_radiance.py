"""A whole scene from counts to radiance: the bands of a Dataset, in memory or lazy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.compute.blocks import aligned, check_count_type
from venus_analysis.compute.coefficients import (
    DEFAULT_OPTIONS,
    BandCoefficients,
    RadiometryOptions,
)
from venus_analysis.compute.noise import NoiseModel, NoiseSignal
from venus_analysis.compute.pixel_flags import pixel_flags
from venus_analysis.compute.pixel_noise import pixel_noise_variance
from venus_analysis.compute.radiometry import counts_to_radiance
from venus_analysis.compute.scene_straylight import checked_filters, corrected_plane
from venus_analysis.compute.straylight import BandFilters, Scenario
from venus_analysis.errors import InputError
from venus_analysis.flags import PixelFlag

DIMS = ("band", "line", "column")
_COLUMN_VARIABLES = ("dark", "first_slope", "second_slope", "break_level", "defect")
RADIANCE_UNIT = "W m-2 sr-1 um-1"


def scene_radiance(
    counts: xr.DataArray,
    parameters: xr.Dataset,
    options: RadiometryOptions = DEFAULT_OPTIONS,
    *,
    quality: bool = True,
    noise_signal: NoiseSignal | None = None,
    stray_light: Scenario = "none",
    filters: Mapping[str, BandFilters] | None = None,
    threads: int = 2,
) -> xr.Dataset:
    """Radiance of a scene, with the quality and the noise of each pixel.

    The equations are those of `counts_to_radiance`, `pixel_flags` and
    `pixel_noise_variance`. Counts that are a dask array stay lazy; their
    chunks are joined along the columns, as a gap is filled from both sides, so
    that the result does not depend on chunks. Of counts that a file still
    holds, each thread reads one band at a time.

    Parameters
    ----------
    counts
        (band, line, column) unsigned integers with the coordinate ``band``.
        With a coordinate ``column``, the parameters of just these columns are
        taken, as for a cut-out; without it all columns have to be there.
    parameters
        ``dark``, ``first_slope``, ``second_slope``, ``break_level`` (counts, 1,
        1, counts) and ``defect`` (non-zero: defective), each (band, column);
        ``absolute_gain`` (band), counts / (W m-2 sr-1 um-1); for the noise
        also ``noise_a`` and ``noise_b`` (band). All for one TDI in each band.
        More bands, in any order, do no harm. NaN: not known.
    options
        See `RadiometryOptions`.
    quality
        Whether to give ``quality``.
    noise_signal
        Gives ``noise_variance`` by this form of `NoiseModel`; None leaves it out.
    stray_light
        Correction of the radiance by STRLGT filters, after equalisation: ``TYPE1``
        (halo), ``TYPE2`` (ghosts), or both in either order; see
        `venus_analysis.compute.straylight`, whose formulas are our inference.
        Quality and noise are those of the pixel without it.
    filters
        Filters of each band, for `stray_light`: those of a scene's STRLGT files are
        given by `venus_analysis.calibrate.scene_correction.band_filters`.
    threads
        Threads over bands, for counts that are not lazy; dask has its own.

    Returns
    -------
    xarray.Dataset
        ``radiance`` float32, ``quality`` uint8 (bits of `PixelFlag`) and
        ``noise_variance`` float32, (band, line, column), with the coordinates
        of `counts`. NaN as in `counts_to_radiance`.

    Raises
    ------
    InputError
        Other dimensions or types, bands or columns without parameters, a
        parameter missing or out of its range (see `BandCoefficients`); stray light
        of part of the columns, without filters, or of a source that is not there.

    Examples
    --------
    >>> rows = {name: (("band", "column"), [[value] * 3]) for name, value in
    ...         dict(dark=10.0, first_slope=1.0, second_slope=1.0, break_level=99.0,
    ...              defect=0).items()}
    >>> parameters = xr.Dataset(rows | {"absolute_gain": ("band", [2.0])}, {"band": ["B1"]})
    >>> counts = xr.DataArray(np.full((1, 2, 3), 30, np.uint16), {"band": ["B1"]}, DIMS)
    >>> float(scene_radiance(counts, parameters).radiance[0, 0, 0])
    10.0
    """
    counts = _checked(counts)
    chosen = _matching(counts, parameters)
    names = [str(band) for band in counts["band"].values]
    filters = checked_filters(stray_light, filters, names)
    bands = [(one,) for one in _all_coefficients(chosen)]
    plane = _plane(counts_to_radiance, counts, bands, options, np.float32, threads)
    attributes = {"units": RADIANCE_UNIT}
    if stray_light != "none":
        _require_all_columns(chosen, parameters)
        gains = [one.absolute_gain for (one,) in bands]
        plane = corrected_plane(plane, names, gains, stray_light, filters, threads)
        attributes["stray_light"] = stray_light
    planes: dict[str, tuple[Any, ...]] = {"radiance": (plane, attributes)}
    if quality:
        plane = _plane(pixel_flags, counts, bands, options, np.uint8, threads)
        planes["quality"] = (plane, _flag_attributes())
    if noise_signal is not None:
        models = _noise_models(chosen, noise_signal)
        both = [(*one, model) for one, model in zip(bands, models, strict=True)]
        plane = _plane(pixel_noise_variance, counts, both, options, np.float32, threads)
        planes["noise_variance"] = (plane, {"units": f"({RADIANCE_UNIT})2"})
    variables = {name: (DIMS, *plane) for name, plane in planes.items()}
    return xr.Dataset(variables, counts.coords)


def _plane(
    kernel: Callable[..., NDArray[Any]],
    counts: xr.DataArray,
    arguments: Sequence[tuple[Any, ...]],
    options: RadiometryOptions,
    dtype: type,
    threads: int,
) -> Any:
    """Apply a kernel of one band to all bands; lazy where the counts are."""
    if counts.chunks:
        import dask.array as da

        lazy = (counts.data[i].rechunk({1: -1}) for i in range(len(arguments)))
        like = {"dtype": dtype, "meta": np.empty((0, 0), dtype)}
        return da.stack(  # type: ignore[no-untyped-call]
            [
                da.map_blocks(  # type: ignore[no-untyped-call]
                    kernel, block, *values, options=options, **like
                )
                for block, values in zip(lazy, arguments, strict=True)
            ]
        )
    result: NDArray[Any] = aligned(counts.shape, dtype)
    workers = max(1, min(threads, len(arguments)))
    inner = max(1, threads // workers)

    def one(i: int) -> None:
        kernel(
            counts.variable[i].values, *arguments[i], options=options, out=result[i], threads=inner
        )

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(len(arguments))))
    return result


def _all_coefficients(parameters: xr.Dataset) -> list[BandCoefficients]:
    _require_variables(parameters, ("absolute_gain", *_COLUMN_VARIABLES))
    gains = parameters["absolute_gain"].values.tolist()
    planes = [parameters[name].transpose("band", "column").values for name in _COLUMN_VARIABLES]
    found = []
    for band, gain, *rows in zip(parameters["band"].values, gains, *planes, strict=True):
        try:
            found.append(BandCoefficients(gain, *rows))
        except InputError as error:
            where = f"parameters of {band}, {error.where}"
            raise InputError(where, error.expected, error.received, error.remedy) from error
    return found


def _noise_models(parameters: xr.Dataset, signal: NoiseSignal) -> list[NoiseModel]:
    _require_variables(parameters, ("noise_a", "noise_b"))
    pairs = zip(parameters["noise_a"].values, parameters["noise_b"].values, strict=True)
    return [NoiseModel(float(a), float(b), signal) for a, b in pairs]


def _require_variables(parameters: xr.Dataset, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in parameters]
    if missing:
        raise InputError(
            "parameters",
            f"the variables {', '.join(names)}",
            f"no {', '.join(missing)}",
            "add them",
        )


def _checked(counts: xr.DataArray) -> xr.DataArray:
    """Check dimensions and type; order as (band, line, column)."""
    if set(counts.dims) != set(DIMS) or "band" not in counts.coords:
        raise InputError(
            "counts",
            f"dimensions {DIMS} and the coordinate band",
            f"dimensions {counts.dims} and the coordinates {tuple(counts.coords)}",
            "rename the dimensions and name the bands",
        )
    if 0 in counts.shape:
        raise InputError(
            "counts", "at least 1 pixel", str(dict(counts.sizes)), "read a larger part"
        )
    check_count_type(counts.dtype)
    return counts.transpose(*DIMS)


def _matching(counts: xr.DataArray, parameters: xr.Dataset) -> xr.Dataset:
    """Parameters of just the bands and columns of the counts, in their order."""
    missing = [name for name in DIMS[::2] if name not in parameters.dims]
    if missing or "band" not in parameters.coords:
        raise InputError(
            "parameters",
            "dimensions band and column, bands named",
            str(dict(parameters.sizes)),
            "give them by band and column",
        )
    chosen = _selected(parameters, "band", counts)
    if "column" in counts.coords and "column" in parameters.coords:
        return _selected(chosen, "column", counts)
    if chosen.sizes["column"] != counts.sizes["column"]:
        raise InputError(
            "counts",
            f"{chosen.sizes['column']} columns, as the parameters have",
            str(counts.sizes["column"]),
            "give a cut-out its coordinate column",
        )
    return chosen


def _require_all_columns(chosen: xr.Dataset, parameters: xr.Dataset) -> None:
    if not np.array_equal(chosen["column"].values, parameters["column"].values):
        raise InputError(
            "counts",
            "all columns, as stray light reaches across them",
            f"{chosen.sizes['column']} of {parameters.sizes['column']}",
            "correct the whole scene, then cut it",
        )


def _selected(parameters: xr.Dataset, name: str, counts: xr.DataArray) -> xr.Dataset:
    wanted, known = counts[name].values, parameters[name].values
    if np.array_equal(wanted, known):
        return parameters
    absent = [str(value) for value in wanted[~np.isin(wanted, known)]]
    if absent:
        raise InputError(
            f"parameters, {name}",
            "each of the counts'",
            f"none for {', '.join(absent[:5])}",
            "add them, or leave these out of the counts",
        )
    return parameters.sel({name: wanted})


def _flag_attributes() -> dict[str, Any]:
    return {
        "flag_masks": np.array([int(flag) for flag in PixelFlag], np.uint8),
        "flag_meanings": " ".join(flag.name or "" for flag in PixelFlag),
    }
