"""Moon images in the GSICS Lunar Observation Dataset (GLOD) layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.check import open_netcdf, require_unit, require_variables
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr

FILL = -999.0
FRAMES = {"ITRF93": "ITRS", "ITRF": "ITRS", "ITRS": "ITRS", "ECEF": "ITRS"} | {
    "J2000": "J2000",
    "GCRS": "GCRS",
}
RADIANCE_UNIT = "W m-2 sr-1 um-1"
IRRADIANCE_UNIT = "W m-2 um-1"
REQUIRED = ("channel_name", "date", "sat_pos", "sat_pos_ref", "pix_solid_ang", "ovrsamp_fa")
IMAGES = ("rad_obs_imgt", "dc_obs_imgt")


def read_glod(path: str | Path, bands: Sequence[str] | None = None) -> xr.Dataset:
    """Read one lunar observation file.

    The common border of fill is trimmed; `line` and `column` keep the indices
    they have in the file. Bands whose image is all fill are left out and named
    in the attribute `bands_without_image`.

    Parameters
    ----------
    path
        A netCDF file in the GLOD layout.
    bands
        Channels wanted, in that order; None reads all that hold an image.

    Returns
    -------
    xarray.Dataset
        ``radiance`` (band, line, column), float64, W m-2 sr-1 um-1, NaN for fill;
        ``counts`` (band, line, column), int32, -999 for fill;
        ``pixel_solid_angle_sr``, ``oversampling``, ``counts_threshold``,
        ``counts_offset``, ``irradiance_stated`` (W m-2 um-1) and
        ``pixel_number_stated`` (band), NaN where the file states none;
        ``observer_position`` (xyz), m, with the attribute ``frame`` (GCRS, J2000
        or ITRS); ``time`` (scalar, UTC). Attributes: ``acquisition_id``,
        ``instrument``, ``target``, ``simulated``, ``bands_without_image`` and
        ``scan_axis``, the image axis that the scan oversamples. The layout does
        not state it: a file without the attribute is taken as scanned along
        columns, as the imagers do that scan from east to west (inferred; the
        limb of MTSAT-2 images confirms it).

    Raises
    ------
    InputError
        When the file is damaged, lacks a variable, states another unit or an
        unknown frame, or holds no image.

    References
    ----------
    GSICS Lunar Observation Dataset, WMO/GSICS; conventions CF-1.6.

    Examples
    --------
    >>> read_glod("absent.nc")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.nc: expected a file, ...
    """
    import xarray as xr

    path = Path(path)
    with open_netcdf(path) as file:
        require_variables(path, file, (*REQUIRED, *IMAGES))
        channels = _channel_names(file)
        wanted = _wanted_channels(path, channels, bands)
        radiance, counts, trim = _images(path, file, wanted)
        filled = np.asarray(~np.isfinite(radiance).any(axis=(1, 2)))
        if filled.all() or (bands is not None and filled.any()):
            empty = ", ".join(channels[i] for i, none in zip(wanted, filled, strict=True) if none)
            raise InputError(
                f"{path}: rad_obs_imgt", "an image", f"fill only in {empty}", "choose another band"
            )
        kept = [i for i, none in zip(wanted, filled, strict=True) if not none]
        per_band = _band_numbers(path, file, kept)
        position, frame = _observer(path, file)
        time = _time(path, file)
        attributes = _attributes(path, file)
    attributes["bands_without_image"] = ", ".join(
        channels[i] for i, none in zip(wanted, filled, strict=True) if none
    )
    dims = ("band", "line", "column")
    units = {"units": RADIANCE_UNIT}
    return xr.Dataset(
        {
            "radiance": (dims, radiance[~filled], units),
            "counts": (dims, counts[~filled], {"units": "1", "fill": int(FILL)}),
            **per_band,
            "observer_position": ("xyz", position, {"units": "m", "frame": frame}),
        },
        coords={
            "band": [channels[i] for i in kept],
            "line": np.arange(trim[0].start, trim[0].stop),
            "column": np.arange(trim[1].start, trim[1].stop),
            "time": time,
        },
        attrs=attributes,
    )


def _channel_names(file: netCDF4.Dataset) -> list[str]:
    import netCDF4

    names = file["channel_name"][:]
    if names.dtype.kind == "S" and names.dtype.itemsize == 1:
        names = netCDF4.chartostring(names)
    return [str(name).strip() for name in np.atleast_1d(names)]


def _wanted_channels(path: Path, channels: list[str], bands: Sequence[str] | None) -> list[int]:
    if bands is None:
        return list(range(len(channels)))
    unknown = [band for band in bands if band not in channels]
    if unknown:
        raise InputError(
            f"{path}: channel_name",
            f"the band {', '.join(unknown)}",
            f"{', '.join(channels)}",
            "choose among these",
        )
    return [channels.index(band) for band in bands]


def _images(
    path: Path, file: netCDF4.Dataset, wanted: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.int32], tuple[slice, slice]]:
    """Radiance, counts and the part of the frame that holds an image in any band."""
    for name in IMAGES:
        if file[name].dimensions != ("row", "col", "chan"):
            raise InputError(
                f"{path}: {name}",
                "dimensions (row, col, chan)",
                str(file[name].dimensions),
                "transpose it",
            )
    where = f"{path}: rad_obs_imgt"
    factor = require_unit(where, _unit(file, "rad_obs_imgt"), {RADIANCE_UNIT: 1.0})
    planes = [np.asarray(file["rad_obs_imgt"][:, :, i], dtype=np.float64) for i in wanted]
    radiance = np.stack(planes) * factor
    radiance[(radiance == _fill(file, "rad_obs_imgt")) | ~np.isfinite(radiance)] = np.nan
    valid = np.asarray(np.isfinite(radiance).any(axis=0))
    trim = _extent(valid, axis=0), _extent(valid, axis=1)
    counts = np.stack([file["dc_obs_imgt"][:, :, i][trim] for i in wanted]).astype(np.int32)
    counts[counts == int(_fill(file, "dc_obs_imgt"))] = int(FILL)
    return np.ascontiguousarray(radiance[(slice(None), *trim)]), counts, trim


def _extent(valid: NDArray[np.bool_], axis: int) -> slice:
    indices = np.flatnonzero(valid.any(axis=1 - axis))
    return slice(int(indices[0]), int(indices[-1]) + 1) if indices.size else slice(0, 0)


def _band_numbers(path: Path, file: netCDF4.Dataset, kept: list[int]) -> dict[str, Any]:
    """Per-band numbers; those a file may leave out become NaN."""

    def column(name: str, unit: str, *, required: bool = False) -> tuple[str, Any, dict[str, str]]:
        where = f"{path}: {name}"
        if name not in file.variables:
            return "band", np.full(len(kept), np.nan), {"units": unit}
        factor = require_unit(where, _unit(file, name), {unit: 1.0})
        stated = np.atleast_1d(np.asarray(file[name][:], dtype=np.float64))
        channels = file.dimensions["chan"].size
        if stated.shape != (channels,):
            expected = f"one number for each of {channels} channels"
            raise InputError(where, expected, f"shape {stated.shape}", "correct the file")
        values = np.where(stated == _fill(file, name), np.nan, stated)[kept] * factor
        if required and not np.all(values > 0):
            raise InputError(where, "positive numbers", str(values), "correct the file")
        return "band", values, {"units": unit}

    return {
        "pixel_solid_angle_sr": column("pix_solid_ang", "sr", required=True),
        "oversampling": column("ovrsamp_fa", "1", required=True),
        "counts_threshold": column("moon_pix_thld", "1"),
        "counts_offset": column("dc_obs_offset", "1"),
        "irradiance_stated": column("irr_obs", IRRADIANCE_UNIT),
        "pixel_number_stated": column("moon_pix_num", "1"),
    }


def _observer(path: Path, file: netCDF4.Dataset) -> tuple[NDArray[np.float64], str]:
    where = f"{path}: sat_pos"
    reference = b"".join(np.atleast_1d(file["sat_pos_ref"][:]).astype("S")).decode(
        "ascii", "replace"
    )
    frame = FRAMES.get(reference.strip(" \0").upper())
    if frame is None:
        raise InputError(
            f"{where}_ref", " or ".join(FRAMES), repr(reference), "convert the position first"
        )
    factor = require_unit(where, _unit(file, "sat_pos"), {"km": 1000.0, "m": 1.0})
    position = np.asarray(file["sat_pos"][:], dtype=np.float64).ravel()
    usable = position.shape == (3,) and np.all(np.isfinite(position))
    if not usable or np.any(position == _fill(file, "sat_pos")):
        raise InputError(where, "three numbers", str(position), "add the satellite's position")
    return position * factor, frame


def _time(path: Path, file: netCDF4.Dataset) -> np.datetime64:
    import netCDF4

    where = f"{path}: date"
    values = np.atleast_1d(file["date"][:])
    if values.size != 1 or not np.isfinite(values[0]) or values[0] == _fill(file, "date"):
        raise InputError(where, "one time", str(values), "write one observation a file")
    try:
        moment: Any = netCDF4.num2date(
            values[0],
            _unit(file, "date") or "",
            only_use_cftime_datetimes=False,
            only_use_python_datetimes=True,
        )
    except ValueError as error:
        raise InputError(
            f"{where}, attribute units",
            "'seconds since 1970-01-01T00:00:00Z' or alike",
            repr(_unit(file, "date")),
            "state a CF time unit",
        ) from error
    return np.datetime64(moment.replace(tzinfo=None), "ns")


def _attributes(path: Path, file: netCDF4.Dataset) -> dict[str, Any]:
    stated = str(getattr(file, "id", "")).strip()
    return {
        "acquisition_id": (stated or path.name).removesuffix(".nc"),
        "instrument": str(getattr(file, "instrument", "unknown")).strip().replace(" ", "/"),
        "target": "THE_MOON",
        "source_format": "GLOD",
        "scan_axis": str(getattr(file, "scan_axis", "column")),
        "simulated": int(getattr(file, "simulated", 0)),
    }


def _unit(file: netCDF4.Dataset, name: str) -> str | None:
    unit = getattr(file[name], "units", None)
    return None if unit is None else str(unit)


def _fill(file: netCDF4.Dataset, name: str) -> float:
    return float(getattr(file[name], "_FillValue", FILL))
