"""Write a Moon image in the GSICS Lunar Observation Dataset (GLOD) layout."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from venus_analysis.collect.glod import FILL, IRRADIANCE_UNIT, RADIANCE_UNIT
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import netCDF4

FRAME_NAMES = {"ITRS": "ITRF93", "J2000": "J2000", "GCRS": "GCRS"}
LAST_COUNT = 2**31 - 1


def write_glod(path: str | Path, image: xr.Dataset) -> Path:
    """Write a Moon image as a GLOD file; it appears whole or not at all.

    Parameters
    ----------
    path
        The file to write; an existing one is replaced only once the new one is
        complete.
    image
        A Dataset as `venus_analysis.collect.glod.read_glod` returns it. NaN in
        radiance and in numbers per band is written as fill (-999).

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        When a variable is missing or the folder cannot be written to.
    """
    path = Path(path)
    needed = ("radiance", "counts", "pixel_solid_angle_sr", "oversampling", "observer_position")
    missing = [name for name in needed if name not in image]
    if missing:
        raise InputError(
            f"image for {path.name}",
            f"the variables {', '.join(needed)}",
            f"no {', '.join(missing)}",
            "read it with read_glod or add them",
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _write(temporary, image, path.name)
        temporary.replace(path)
    except OSError as error:
        raise InputError(path, "a folder to write to", str(error), "choose another") from error
    finally:
        with suppress(OSError):  # nothing to remove where nothing can be
            temporary.unlink(missing_ok=True)
    return path


def _write(path: Path, image: xr.Dataset, name: str) -> None:
    import netCDF4

    bands = [str(band) for band in image["band"].values]
    width = max(len(band) for band in bands)
    frame = FRAME_NAMES[image["observer_position"].attrs["frame"]]
    lines, columns = image.sizes["line"], image.sizes["column"]
    sizes = {"chan": len(bands), "chan_strlen": width, "date": 1, "sat_xyz": 3}
    sizes |= {"sat_ref_strlen": len(frame), "row": lines, "col": columns}
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        for dimension, size in sizes.items():
            file.createDimension(dimension, size)
        file.setncatts(_attributes(image, name))
        _text(file, "channel_name", ("chan", "chan_strlen"), np.array(bands, f"S{width}"))
        _text(file, "sat_pos_ref", ("sat_ref_strlen",), np.array(frame, f"S{len(frame)}"))
        seconds = (image["time"].values - np.datetime64(0, "s")) / np.timedelta64(1, "s")
        _number(file, "date", ("date",), [seconds], "seconds since 1970-01-01T00:00:00Z")
        position_km = image["observer_position"].values / 1000.0
        _number(file, "sat_pos", ("sat_xyz",), position_km, "km")
        for target, source, unit in (
            ("irr_obs", "irradiance_stated", IRRADIANCE_UNIT),
            ("pix_solid_ang", "pixel_solid_angle_sr", "sr"),
            ("ovrsamp_fa", "oversampling", "1"),
            ("dc_obs_offset", "counts_offset", "1"),
        ):
            _number(file, target, ("chan",), _per_band(image, source), unit)
        for target, source in (
            ("moon_pix_num", "pixel_number_stated"),
            ("moon_pix_thld", "counts_threshold"),
        ):
            _integer(file, target, ("chan",), _per_band(image, source))
        shape = ("row", "col", "chan")
        radiance = image["radiance"].transpose("line", "column", "band").values
        _number(file, "rad_obs_imgt", shape, radiance, RADIANCE_UNIT)
        counts = image["counts"].transpose("line", "column", "band").values
        _integer(file, "dc_obs_imgt", shape, counts)


def _attributes(image: xr.Dataset, name: str) -> dict[str, Any]:
    simulated = int(image.attrs.get("simulated", 0))
    title = f"{image.attrs['instrument']} lunar observation"
    return {
        "Conventions": "CF-1.6",
        "title": f"SIMULATED {title}" if simulated else title,
        "summary": "Lunar observation file",
        "instrument": str(image.attrs["instrument"]).replace("/", " "),
        "id": str(image.attrs.get("acquisition_id", name)),
        "simulated": np.int32(simulated),
        "scan_axis": str(image.attrs.get("scan_axis", "column")),
        "history": "written by venus_analysis",
    }


def _per_band(image: xr.Dataset, name: str) -> Any:
    return image[name].values if name in image else np.full(image.sizes["band"], np.nan)


def _text(file: netCDF4.Dataset, name: str, dimensions: tuple[str, ...], values: Any) -> None:
    import netCDF4

    file.createVariable(name, "S1", dimensions)[:] = netCDF4.stringtochar(values)


def _number(
    file: netCDF4.Dataset, name: str, dimensions: tuple[str, ...], values: Any, unit: str
) -> None:
    variable = file.createVariable(
        name, "f8", dimensions, fill_value=FILL, compression="zlib", complevel=1
    )
    variable.units = unit
    numbers = np.asarray(values, dtype=np.float64)
    variable[:] = np.where(np.isfinite(numbers), numbers, FILL)


def _integer(file: netCDF4.Dataset, name: str, dimensions: tuple[str, ...], values: Any) -> None:
    variable = file.createVariable(
        name, "i4", dimensions, fill_value=int(FILL), compression="zlib", complevel=1
    )
    variable.units = "1"
    numbers = np.asarray(values, dtype=np.float64)
    usable = np.isfinite(numbers) & (np.abs(numbers) <= LAST_COUNT)
    variable[:] = np.where(usable, numbers, FILL).astype(np.int32)
