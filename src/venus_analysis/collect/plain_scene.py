"""A scene in plain Zarr, opened without xarray: those parts of a Dataset that reading it needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.plain_zarr import PlainArray, plain_array

if TYPE_CHECKING:
    import xarray as xr

    Scene: TypeAlias = "xr.Dataset | PlainScene"
    Part: TypeAlias = "xr.DataArray | PlainVariable"

UNIT_NS: Final = {
    "nanoseconds": 1,
    "microseconds": 1_000,
    "milliseconds": 1_000_000,
    "seconds": 1_000_000_000,
}
SINCE: Final = re.compile(r"(\w+) since (\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?)?)")
CALENDARS: Final = ("standard", "gregorian", "proleptic_gregorian")
LATEST_NS: Final = 9.0e18
# Attributes by which the library changes values, and durations, which it turns into another type.
CHANGING: Final = ("scale_factor", "add_offset", "missing_value", "dtype", "_Unsigned")
DURATION: Final = re.compile(r"(day|hour|minute|second|(milli|micro|nano)second)s?")
NOT_A_NUMBER: Final = ("NaN", "AAAAAAAA+H8=")


@dataclass(eq=False)
class PlainVariable:
    """A variable: dimensions, attributes, and values that are read when first asked for."""

    dims: tuple[str, ...]
    attrs: dict[str, Any]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]
    encoding: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, dim: str, values: NDArray[Any], attrs: Mapping[str, Any]) -> PlainVariable:
        """Make a variable of one dimension that is in memory."""
        return cls((dim,), dict(attrs), values.shape, values.dtype, lambda: values)

    @cached_property
    def values(self) -> NDArray[Any]:
        """All values; codecs raise nearly anything over damaged ones."""
        return self.read()

    @property
    def sizes(self) -> dict[str, int]:
        """Size by dimension."""
        return dict(zip(self.dims, self.shape, strict=True))

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return self.size * self.dtype.itemsize

    def load(self) -> Self:
        """Read the values now."""
        _ = self.values
        return self


@dataclass(eq=False)
class PlainScene:
    """Variables and attributes of a scene; as a Dataset, as far as this package reads one."""

    variables: dict[str, PlainVariable]
    attrs: dict[str, Any]
    encoding: dict[str, Any] = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, int]:
        """Size of every dimension."""
        return {name: size for one in self.variables.values() for name, size in one.sizes.items()}

    def __getitem__(self, name: str) -> PlainVariable:
        return self.variables[name]

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_plain(path: Path) -> PlainScene | None:
    """Open a Zarr group whose every array can be read plainly and as xarray would; else None.

    Examples
    --------
    >>> open_plain(Path("absent.zarr")) is None
    True
    """
    try:
        attrs = _group_attributes(path)
        if attrs is None or "coordinates" in attrs:
            return None
        folders = sorted(one for one in path.iterdir() if one.is_dir())
        arrays = {one.name: plain_array(one) for one in folders}
    except (ValueError, OSError):  # the library says what is wrong
        return None
    variables = {
        name: variable
        for name, array in arrays.items()
        if array is not None and (variable := _variable(array, set(arrays))) is not None
    }
    if len(variables) < len(arrays) or not _agree(variables):
        return None
    return PlainScene(variables, attrs)


def _agree(variables: Mapping[str, PlainVariable]) -> bool:
    """Whether each dimension has one size."""
    sizes = {item for one in variables.values() for item in one.sizes.items()}
    return len({name for name, _ in sizes}) == len(sizes)


def _group_attributes(path: Path) -> dict[str, Any] | None:
    if (path / "zarr.json").is_file():
        at = json.loads((path / "zarr.json").read_bytes())
        return at.get("attributes", {}) if at.get("node_type") == "group" else None
    if not (path / ".zgroup").is_file():
        return None
    file = path / ".zattrs"
    return json.loads(file.read_bytes()) if file.is_file() else {}


def _variable(array: PlainArray, names: set[str]) -> PlainVariable | None:
    """Variable of an array, its attributes as xarray gives them; None where that is not plain."""
    attrs = dict(array.attrs)
    beside = str(attrs.pop("coordinates", "")).split()
    masks = [array.attrs[one] for one in ("_FillValue",) if one in array.attrs]
    if array.version == 2 and array.fill is not None:
        masks.append(array.fill)
    attrs.pop("_FillValue", None)
    kind, units = array.dtype.kind, str(attrs.get("units", ""))
    odd = (
        len(array.dims) != len(array.shape)
        or len(set(array.dims)) < len(array.dims)
        or any(one not in names for one in beside)
        or any(one in attrs for one in CHANGING)
        or any(kind != "f" or one not in NOT_A_NUMBER for one in masks)
        or DURATION.fullmatch(units) is not None
    )
    if odd:
        return None
    if "since" in units:
        return _time(array, attrs) if kind in "iu" else None
    encoding = {"chunks": array.chunks}
    return PlainVariable(array.dims, attrs, array.shape, array.dtype, array.values, encoding)


def _time(array: PlainArray, attrs: dict[str, Any]) -> PlainVariable | None:
    """Read times of whole nanoseconds to seconds; None for other units and calendars."""
    match = SINCE.fullmatch(attrs.pop("units"))
    unit_ns = UNIT_NS.get(match[1]) if match else None
    if match is None or unit_ns is None or attrs.pop("calendar", "standard") not in CALENDARS:
        return None
    origin = np.datetime64(match[2].replace(" ", "T"), "ns")
    try:
        stored = array.values()
    except Exception:  # codecs raise nearly anything; the library says what is wrong
        return None
    farthest = np.abs(stored.astype(np.float64)).max(initial=0.0) * unit_ns
    if abs(float(origin.astype(np.int64))) + farthest > LATEST_NS:
        return None
    stamps = origin + (stored.astype(np.int64) * unit_ns).astype("timedelta64[ns]")
    return PlainVariable.of(array.dims[0], stamps, attrs) if stamps.ndim == 1 else None
