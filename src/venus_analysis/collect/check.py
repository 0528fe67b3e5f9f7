"""Checks at the door of every reader: what is there, in which unit, of which shape."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from venus_analysis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import netCDF4
    import numpy as np

LARGEST_TEXT_BYTES = 20_000_000
_UNIT_PART = re.compile(r"(/?)\s*([A-Za-z]+)(-?\d+)?")
_ISO_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d(?::\d\d(?::\d\d(?:\.\d{1,9})?)?)?)?Z?", re.ASCII
)


def unit_parts(unit: str) -> frozenset[str]:
    """Parts of a unit of products of powers, in no order and one spelling.

    Parameters
    ----------
    unit
        For example ``W m-2 sr-1 µm-1``, ``W sr-1 m-2 um-1`` or ``W/m2/sr/um``.

    Returns
    -------
    frozenset of str
        Parts such as ``m-2``; a unit without dimension gives the empty set. What is
        no part, such as ``%`` or a scale other than 1, is one of its own.

    Examples
    --------
    >>> unit_parts("W/m^2/sr/µm") == unit_parts("W m-2 sr-1 um-1")
    True
    """
    text = unit.replace("µ", "u").replace("μ", "u").replace("^", "").replace("**", "")
    parts = set()
    for sign, name, power in _UNIT_PART.findall(text):
        exponent = int(power or 1) * (-1 if sign else 1)
        parts.add(name if exponent == 1 else f"{name}{exponent}")
    others = re.split(r"[\s*·/]+", _UNIT_PART.sub(" ", text))
    return frozenset(parts | {one for one in others if one.strip(".-") not in ("", "1", "1.0")})


def require_unit(where: str, received: str | None, factors: dict[str, float]) -> float:
    """Factor that brings a stated unit to the one the package computes with.

    Parameters
    ----------
    where
        File and variable, for the message.
    received
        The unit as the file states it; None when it states none.
    factors
        Accepted units and the factor each needs.

    Returns
    -------
    float
        The factor to multiply with.

    Raises
    ------
    InputError
        When the unit is absent or not among `factors`.

    Examples
    --------
    >>> require_unit("moon.nc: sat_pos", "km", {"m": 1.0, "km": 1000.0})
    1000.0
    """
    for unit, factor in factors.items():
        if received is not None and unit_parts(received) == unit_parts(unit):
            return factor
    stated = "no unit" if received is None else repr(received)
    accepted = " or ".join(repr(unit) for unit in factors)
    raise InputError(
        f"{where}, attribute units", accepted, stated, "convert the values and state the unit"
    )


def require_file(path: Path) -> Path:
    """Return `path` when it is a readable, non-empty file.

    Raises
    ------
    InputError
        When it is absent, a folder, or empty.

    Examples
    --------
    >>> require_file(Path("no-such-file.nc"))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: no-such-file.nc: expected a file, ...
    """
    if not path.is_file():
        what = "a folder" if path.is_dir() else "nothing of that name"
        raise InputError(path, "a file", what, "check the path")
    if path.stat().st_size == 0:
        raise InputError(path, "a file with content", "0 bytes", "fetch or write it again")
    return path


def read_text(path: Path, largest_bytes: int = LARGEST_TEXT_BYTES) -> str:
    """Text of a file of bounded size, UTF-8.

    Raises
    ------
    InputError
        When the file is absent, empty, too large or not UTF-8.
    """
    size = require_file(path).stat().st_size
    if size > largest_bytes:
        raise InputError(
            path, f"at most {largest_bytes:,} bytes", f"{size:,} bytes", "split or check the file"
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "UTF-8 text", str(error), "save it as UTF-8") from error


@contextmanager
def open_netcdf(path: Path) -> Iterator[netCDF4.Dataset]:
    """Open a netCDF file for reading with automatic masking switched off.

    Automatic masking blanks valid numbers where a file states a wrong
    ``valid_min``, as lunar observation files do for negative satellite positions.
    The netCDF library serves one thread at a time: xarray's own locks are held
    until the block ends.

    Raises
    ------
    InputError
        When the file cannot be opened, or a read inside the block fails because
        the file is truncated or damaged.
    """
    import netCDF4
    from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK, combine_locks

    require_file(path)
    try:
        with combine_locks([HDF5_LOCK, NETCDFC_LOCK]), netCDF4.Dataset(path) as dataset:
            dataset.set_auto_mask(False)
            yield dataset
    except (OSError, RuntimeError) as error:
        raise InputError(
            path, "a complete netCDF file", str(error), "fetch the file again, check its digest"
        ) from error


def require_variables(path: Path, dataset: netCDF4.Dataset, names: Iterable[str]) -> None:
    """Raise unless every variable is in the file.

    Raises
    ------
    InputError
        Naming the missing variables and those present.
    """
    missing = [name for name in names if name not in dataset.variables]
    if missing:
        raise InputError(
            path,
            f"the variable{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            f"only {', '.join(dataset.variables) or 'none'}",
            "use a file in the GSICS Lunar Observation Dataset layout",
        )


def utc_time(where: str | Path, text: str) -> np.datetime64:
    """Time of an ISO text in UTC, microseconds; a final Z may stand or not.

    Raises
    ------
    InputError
        Another form, or another time zone.

    Examples
    --------
    >>> utc_time("a.csv: time", "2019-02-04T08:34:37.5Z")
    np.datetime64('2019-02-04T08:34:37.500000')
    >>> utc_time("a.csv: time", "2019-02-04T08:34+01:00")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: a.csv: time: expected ISO times, UTC, received \
'2019-02-04T08:34+01:00'; correct them
    """
    import numpy as np

    try:
        if _ISO_TIME.fullmatch(text.strip()) is None:
            raise ValueError
        return np.datetime64(text.strip().removesuffix("Z"), "us")
    except ValueError:
        raise InputError(where, "ISO times, UTC", repr(text[:40]), "correct them") from None
