"""What an L1A scene must hold, part by part; every check says what came instead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands

if TYPE_CHECKING:
    from venus_analysis.collect.plain_scene import Part

TDI_STAGES: Final = (1, 4, 8, 16, 32)
FRAMES: Final = ("GCRS", "ITRS")
RATE_FRAMES: Final = ("MOON", "INERTIAL")
# An observer of the Moon near the Earth, metres from its centre.
RADIUS_RANGE_M: Final = (6.3e6, 4.0e8)


def check_counts(where: str, counts: Part) -> None:
    """Refuse counts that are not uint16 (band, line, column) with at least one pixel.

    Examples
    --------
    >>> import xarray as xr
    >>> check_counts("counts", xr.DataArray(np.zeros((1, 1, 1)), dims=("band", "line", "column")))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: counts: expected raw counts as uint16, received float64; ...
    """
    if counts.dims != ("band", "line", "column"):
        raise InputError(
            where, "dimensions (band, line, column)", str(counts.dims), "transpose or rename them"
        )
    if counts.dtype != np.uint16:
        raise InputError(
            where, "raw counts as uint16", str(counts.dtype), "give counts, not radiance"
        )
    if 0 in counts.shape:
        raise InputError(where, "at least one pixel", str(dict(counts.sizes)), "check the writer")
    packed = [name for name in ("scale_factor", "add_offset") if name in counts.attrs]
    if packed:
        raise InputError(
            where, "raw counts, not packed", f"the attribute {packed[0]}", "write plain counts"
        )


def check_bands(where: str, band: Part) -> tuple[str, ...]:
    """Band names as text; any subset of the camera's bands, in any order, each once.

    Examples
    --------
    >>> import xarray as xr
    >>> check_bands("band", xr.DataArray(["B7", "B7"], dims="band"))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: band: expected each band once, received B7 twice; ...
    """
    if band.dims != ("band",):
        raise InputError(where, "dimension (band)", str(band.dims), "name each band")
    values = [one.decode() if isinstance(one, bytes) else str(one) for one in band.values]
    names = tuple(name.strip() for name in values)
    known = [one.band for one in venus_bands()]
    for name in names:
        if name not in known:
            raise InputError(where, "bands of B1 to B12", repr(name), "use the camera's band names")
        if names.count(name) > 1:
            raise InputError(where, "each band once", f"{name} twice", "drop one")
    return names


def check_time(where: str, time: Part) -> None:
    """Refuse time tags that are not one increasing UTC instant a line.

    Examples
    --------
    >>> import xarray as xr
    >>> check_time("time", xr.DataArray([1, 2], dims="line"))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: time: expected datetime64 (UTC), received int64; ...
    """
    if time.dims != ("line",):
        raise InputError(where, "dimension (line)", str(time.dims), "give one time a line")
    if time.dtype.kind != "M":
        raise InputError(
            where, "datetime64 (UTC)", str(time.dtype), "write times with a CF unit and no calendar"
        )
    values = time.values
    if np.isnat(values).any():
        raise InputError(
            where, "a time for each line", f"{np.isnat(values).sum()} missing", "complete them"
        )
    steps = np.flatnonzero(np.diff(values) <= np.timedelta64(0))
    if steps.size:
        line = int(steps[0]) + 1
        raise InputError(
            where,
            "times that increase from line to line",
            f"{values[line]} after {values[line - 1]} at line {line}",
            "correct the time tags",
        )


def check_position(where: str, position: Part) -> None:
    """Refuse positions that are no finite metres near the Earth in GCRS or ITRS.

    Examples
    --------
    >>> import xarray as xr
    >>> check_position("position", xr.DataArray([7e6, 0.0, 0.0], dims="xyz"))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: position, attribute frame: expected GCRS or ITRS, received \
no frame; ...
    """
    if position.dims not in (("xyz",), ("line", "xyz")) or position.sizes["xyz"] != 3:
        raise InputError(
            where,
            "dimensions (xyz) or (line, xyz), xyz of 3",
            str(dict(position.sizes)),
            "give geocentric x, y, z",
        )
    frame = position.attrs.get("frame")
    if frame not in FRAMES:
        received = "no frame" if frame is None else repr(frame)
        raise InputError(
            f"{where}, attribute frame", " or ".join(FRAMES), received, "convert, state the frame"
        )
    unit = position.attrs.get("units", "m")
    if unit not in ("m", "metre", "metres", "meter", "meters"):
        raise InputError(f"{where}, attribute units", "'m'", repr(unit), "convert to metres")
    if position.dtype.kind not in "fiu":
        raise InputError(where, "numbers", str(position.dtype), "give metres as float64")
    places = np.atleast_2d(np.asarray(position.values, dtype=np.float64))
    radius = np.linalg.norm(places, axis=-1)
    low, high = RADIUS_RANGE_M
    wrong = radius[~((radius >= low) & (radius <= high))]
    if wrong.size:
        raise InputError(
            where,
            f"metres from the Earth's centre, {low:.2g} to {high:.2g}",
            f"a distance of {wrong[0]:g}",
            "give metres, geocentric",
        )


def check_attributes(
    where: str, attributes: Mapping[str, Any], bands: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Return attributes with plain numbers and the defaults filled in, and the TDI of each band.

    Examples
    --------
    >>> given = {"acquisition_id": "A", "line_period_s": -1.0}
    >>> check_attributes("scene", given, ("B7",))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: scene, attribute line_period_s: expected a number above 0, \
received -1.0; ...
    """
    clean = dict(attributes)
    name = str(attributes.get("acquisition_id", "")).strip()
    if not name:
        raise InputError(
            f"{where}, attribute acquisition_id", "a text", "none", "name the acquisition"
        )
    clean["acquisition_id"] = name
    optional = [one for one in ("ifov_rad",) if one in attributes]
    for one in ("line_period_s", "scan_rate_rad_per_s", *optional):
        clean[one] = _positive(f"{where}, attribute {one}", attributes.get(one))
    clean["scan_rate_frame"] = attributes.get("scan_rate_frame", RATE_FRAMES[0])
    for one, allowed in (("scan_rate_frame", RATE_FRAMES), ("level", ("L1A",))):
        if one in clean and clean[one] not in allowed:
            raise InputError(
                f"{where}, attribute {one}",
                " or ".join(allowed),
                repr(clean[one]),
                "correct the attribute",
            )
    return clean, _stages(f"{where}, attribute tdi_stages", attributes.get("tdi_stages"), bands)


def _positive(where: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > 0.0):
        received = "none" if value is None else repr(value)
        raise InputError(where, "a number above 0", received, "correct the attribute")
    return number


def _stages(where: str, value: Any, bands: tuple[str, ...]) -> tuple[int, ...]:
    try:
        given = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        given = np.array([math.nan])
    fits = given.ndim == 1 and given.size in (1, len(bands)) and np.isin(given, TDI_STAGES).all()
    if not fits:
        received = "none" if value is None else repr(value)
        raise InputError(
            where,
            f"1, 4, 8, 16 or 32: one number, or one for each of {len(bands)} bands",
            received,
            "state the TDI",
        )
    return tuple(int(stage) for stage in np.broadcast_to(given, len(bands)))
