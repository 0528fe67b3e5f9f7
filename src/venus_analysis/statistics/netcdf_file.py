"""The statistics file as NetCDF with CF attributes: every column a variable over row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.check import open_netcdf
from venus_analysis.errors import InputError
from venus_analysis.flags import PIXEL_SENTENCES, Flag
from venus_analysis.schema import STATISTICS, Column, Kind
from venus_analysis.statistics.columns import statistics_frame
from venus_analysis.statistics.header import CONVENTIONS, check_versions, title, versions

if TYPE_CHECKING:
    import pandas as pd

CF: Final = "CF-1.11"
COORDINATES: Final = ("time", "band", "acquisition_id")
STANDARD_NAMES: Final = {
    "time": "time",
    "flags": "status_flag",
    "solar_zenith_deg": "solar_zenith_angle",
    "view_zenith_deg": "sensor_zenith_angle",
}
# What UDUNITS reads: pixels are counted, and its degree is not called deg.
CF_UNITS: Final = {"pixel": "1", "deg": "degree"}
ANCILLARY: Final = {"ratio": "u_random u_systematic_instrument u_model flags"}
_UNKNOWN_TIME: Final = np.iinfo(np.int64).min
_DTYPES: Final[dict[Kind, Any]] = {
    "text": str,
    "float": "f8",
    "integer": "i8",
    "boolean": "i1",
    "time": "i8",
}


def to_netcdf(frame: pd.DataFrame) -> bytes:
    """Bytes of the file, NetCDF-4.

    Variables over ``row``, with ``units`` (UDUNITS), ``long_name``,
    ``ancillary_variables`` naming their uncertainty, ``flag_masks`` and
    ``flag_meanings``; coordinates ``time``, ``band``, ``acquisition_id``.

    Raises
    ------
    InputError
        A text with a NUL character, which NetCDF cannot hold.

    References
    ----------
    CF conventions 1.11, doi:10.5281/zenodo.14274886.

    Examples
    --------
    >>> to_netcdf(statistics_frame([{"band": "B1"}]))[1:4]
    b'HDF'
    """
    import netCDF4

    dataset = netCDF4.Dataset("statistics.nc", mode="w", memory=1)
    dataset.createDimension("row", len(frame))
    dataset.setncatts(
        {"Conventions": CF, "title": title(frame), "coordinates": " ".join(COORDINATES)}
        | {name: np.int32(value) for name, value in versions().items()}
        | CONVENTIONS
        | {"rejected_pixel_reasons": "; ".join(
            f"{flag.name}: {sentence}" for flag, sentence in PIXEL_SENTENCES.items()
        )}
    )  # fmt: skip
    names = {column.name for column in STATISTICS}
    moon = bool((frame["method"] == "moon").all()) and len(frame) > 0
    for column in STATISTICS:
        fill: Any = {"time": _UNKNOWN_TIME, "float": np.nan}.get(column.kind, False)
        variable = dataset.createVariable(
            column.name,
            _DTYPES[column.kind],
            ("row",),
            fill_value=fill,
            compression=None if column.kind == "text" else "zlib",
        )
        variable.setncatts(_attributes(column, names, moon))
        if len(frame):
            variable[:] = _values(frame[column.name], column)
    return bytes(dataset.close())


def _values(cells: pd.Series[Any], column: Column) -> NDArray[Any]:
    if column.kind == "text":
        texts = cells.to_numpy(dtype=object)
        if any("\0" in text for text in texts):
            raise InputError(f"rows: {column.name}", "a text without NUL", "one", "take it out")
        return texts
    if column.kind == "time":
        return cells.to_numpy("datetime64[us]").astype(np.int64)
    return cells.to_numpy(_DTYPES[column.kind])


def _attributes(column: Column, names: set[str], moon: bool) -> dict[str, Any]:
    attributes: dict[str, Any] = {"long_name": column.sentence}
    unit = column.unit
    if unit.startswith(("as measured", "W m-2 um-1 (moon)")):
        attributes["comment"] = "moon: W m-2 um-1; desert, sno: 1"
        unit = "W m-2 um-1" if moon else ""
    if column.kind == "time":
        attributes |= {"units": "microseconds since 1970-01-01T00:00:00", "calendar": "standard"}
    elif unit:
        attributes["units"] = CF_UNITS.get(unit, unit)
        if unit == "pixel":
            attributes["comment"] = "in pixels"
    if column.name in STANDARD_NAMES:
        attributes["standard_name"] = STANDARD_NAMES[column.name]
    if column.name in ANCILLARY:
        attributes["ancillary_variables"] = ANCILLARY[column.name]
    elif f"u_{column.name}" in names:
        attributes["ancillary_variables"] = f"u_{column.name}"
    if column.name not in COORDINATES:
        attributes["coordinates"] = " ".join(COORDINATES)
    if column.name == "flags":
        attributes["flag_masks"] = np.array([int(flag) for flag in Flag], np.int64)
        attributes["flag_meanings"] = " ".join(flag.name or "" for flag in Flag)
    if column.kind == "boolean":
        attributes["flag_values"] = np.array([0, 1], np.int8)
        attributes["flag_meanings"] = "false true"
    return attributes


def from_netcdf(path: Path) -> pd.DataFrame:
    """Read what `to_netcdf` wrote.

    Raises
    ------
    InputError
        The file is absent, no statistics file, of a newer version, or damaged.
    """
    with open_netcdf(path) as dataset:
        stated = {name: getattr(dataset, name, 0) for name in versions()}
        check_versions(path, {k: int(v) for k, v in stated.items() if np.ndim(v) == 0})
        kinds = {column.name: column.kind for column in STATISTICS}
        unknown = [name for name in dataset.variables if name not in kinds]
        if unknown or "band" not in dataset.variables:
            what = repr(unknown[0]) if unknown else "no variable band"
            raise InputError(path, "variables of the statistics file", what, "write it again")
        held = {
            name: _column(path, name, variable, kinds[name])
            for name, variable in dataset.variables.items()
        }
        attrs = {"title": str(getattr(dataset, "title", ""))} | {
            name: int(value) for name, value in stated.items()
        }
    import pandas as pd

    frame = statistics_frame(pd.DataFrame(held))
    frame.attrs.update(attrs)
    return frame


def _column(path: Path, name: str, variable: Any, kind: Kind) -> NDArray[Any]:
    values = variable[:]
    expected = {"text": "OU", "float": "f", "integer": "i", "boolean": "i", "time": "i"}[kind]
    if variable.dimensions != ("row",) or np.asarray(values).dtype.kind not in expected:
        raise InputError(
            f"{path}: {name}", f"{kind} values over row", f"{np.asarray(values).dtype} over "
            f"{variable.dimensions}", "write the file again",
        )  # fmt: skip
    if kind == "time":
        return np.asarray(values, np.int64).view("datetime64[us]")
    if kind == "boolean":
        return np.asarray(values, np.int64).astype(np.bool_)
    return np.asarray(values)
