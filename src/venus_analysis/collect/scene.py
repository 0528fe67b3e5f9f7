"""L1A scenes: one look in sensor geometry, opened without reading the counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.check import require_file, require_unit
from venus_analysis.collect.place import as_place, is_remote, require_local
from venus_analysis.collect.plain_scene import PlainScene, PlainVariable, open_plain
from venus_analysis.collect.scene_check import (
    check_attributes,
    check_bands,
    check_counts,
    check_position,
    check_time,
)
from venus_analysis.collect.scene_chunks import damaged_counts
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from venus_analysis.collect.plain_scene import Scene

DIMS: Final = ("band", "line", "column")
IFOV_RAD: Final = 13e-6 / 1.75
ZARR_ROOTS: Final = ("zarr.json", ".zgroup", ".zmetadata")
COUNT_UNITS: Final = {"1": 1.0, "count": 1.0, "counts": 1.0, "DN": 1.0}


def open_scene(path: str | Path, chunks: Mapping[str, int] | None = None) -> xr.Dataset:
    """Open a scene and check everything but the counts, which stay in the file.

    Parameters
    ----------
    path
        Zarr folder (version 2 or 3, consolidated or not) or netCDF file, laid
        out as the L1A scene format says.
    chunks
        None leaves `counts` to be read when indexed; a mapping of sizes makes
        it a dask array, ``{}`` with the file's own chunks.

    Returns
    -------
    xarray.Dataset
        ``counts`` (band, line, column) uint16, 0 to 1023;
        ``observer_position`` (xyz) or (line, xyz), m, attribute ``frame`` GCRS
        or ITRS; ``time`` (line) UTC; ``tdi_stages`` (band). Coordinates ``band``
        (str, in the file's order), ``line`` and ``column`` (0-based; the
        parameter files' columns counted from 0). Attributes as in the file, in
        any case ``acquisition_id``, ``line_period_s``, ``scan_rate_rad_per_s``,
        ``scan_rate_frame`` (MOON unless stated), ``ifov_rad`` (that of the
        camera, 13 µm / 1.75 m, unless stated, as scaled synthetic scenes do) and
        ``simulated`` (0 unless stated). No NaN.

    Raises
    ------
    InputError
        Nothing there, no scene, or a dimension, type, unit, frame, band, time or
        attribute that cannot be used; the message names it.

    Examples
    --------
    >>> open_scene("absent.zarr")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.zarr: expected a file, ...
    """
    path = as_place(path)
    scene = _open(path, chunks)
    try:
        return _as_dataset(path, scene)
    except BaseException:
        scene.close()
        raise


def open_look(path: str | Path) -> Scene:
    """Open a scene as `open_scene` does, without xarray where its Zarr is plain.

    The same checks, names and values; xarray, which takes longer to come up than
    a scene to be read, is left out where every array has one file a chunk and a
    common codec.

    Parameters
    ----------
    path
        As for `open_scene`.

    Returns
    -------
    PlainScene or xarray.Dataset
        With ``variables``, ``attrs``, ``sizes`` and ``encoding`` as `open_scene`
        gives them; counts are read by `collect.scene_chunks.SceneCounts`.

    Raises
    ------
    InputError
        As `open_scene`.

    Examples
    --------
    >>> open_look("absent.zarr")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.zarr: expected a file, ...
    """
    scene = plain_look(as_place(path))
    return open_scene(path) if scene is None else scene


def plain_look(path: Path) -> PlainScene | None:
    """Open a scene as `open_look` does if its Zarr is plain; None where xarray has to.

    Raises
    ------
    InputError
        As `open_scene`.
    """
    scene = open_plain(path)
    if scene is None:
        return None
    attributes, bands, stages = _checked(path, scene)
    shape = scene["counts"].shape
    for name, size in zip(DIMS[1:], shape[1:], strict=True):
        scene.variables.setdefault(name, PlainVariable.of(name, np.arange(size), {}))
    names = np.array(bands, dtype=object)
    scene.variables["band"] = PlainVariable.of("band", names, scene["band"].attrs)
    scene.variables["tdi_stages"] = PlainVariable.of("band", np.array(stages), {"units": "1"})
    scene.attrs, scene.encoding = attributes, {"source": str(path)}
    return scene


def _open(path: Path, chunks: Mapping[str, int] | None) -> xr.Dataset:
    options: dict[str, Any] = {"engine": "netcdf4"}
    if path.is_dir():
        if not any((path / name).is_file() for name in ZARR_ROOTS):
            raise InputError(
                path,
                "a Zarr group with the variable counts",
                "a folder without Zarr metadata",
                "give the scene's own folder",
            )
        options = {"engine": "zarr", "consolidated": False}
        if is_remote(path):
            options["storage_options"] = dict(path.storage_options)  # type: ignore[attr-defined]
    else:
        require_local(path)
        require_file(path)
    import xarray as xr

    try:
        # A fill value among the attributes must not turn counts into floats.
        return xr.open_dataset(
            str(path) if is_remote(path) else path,
            chunks=chunks,
            mask_and_scale={"counts": False},
            cache=False,
            **options,
        )
    except Exception as error:  # damaged files make their libraries raise nearly anything
        raise InputError(
            path,
            "a Zarr group or a netCDF file",
            f"{type(error).__name__}: {error}"[:200],
            "fetch it again, check its digest",
        ) from error


def _checked(path: Path, scene: Scene) -> tuple[dict[str, Any], tuple[str, ...], tuple[int, ...]]:
    """Check everything but the counts; attributes with the defaults, bands, TDI of each band."""
    for name in ("counts", "band", "time", "observer_position"):
        if name not in scene.variables:
            present = ", ".join(str(one) for one in scene.variables) or "no variable at all"
            raise InputError(path, f"the variable {name}", present, "use the L1A scene format")
    _load(path, scene)
    counts = f"{path}: counts"
    check_counts(counts, scene["counts"])
    if "units" in scene["counts"].attrs:
        require_unit(counts, str(scene["counts"].attrs["units"]), COUNT_UNITS)
    bands = check_bands(f"{path}: band", scene["band"])
    check_time(f"{path}: time", scene["time"])
    check_position(f"{path}: observer_position", scene["observer_position"])
    attributes, stages = check_attributes(str(path), scene.attrs, bands)
    simulated = int(bool(attributes.get("simulated", 0)))
    return {"ifov_rad": IFOV_RAD, **attributes, "simulated": simulated}, bands, stages


def _as_dataset(path: Path, scene: xr.Dataset) -> xr.Dataset:
    attributes, bands, stages = _checked(path, scene)
    coordinates: dict[str, Any] = {
        "band": ("band", np.array(bands, dtype=object), scene["band"].attrs)
    }
    coordinates |= {
        name: np.arange(scene.sizes[name]) for name in DIMS[1:] if name not in scene.coords
    }
    scene = scene.set_coords("time").assign_coords(coordinates)
    scene["tdi_stages"] = ("band", np.array(stages, dtype=np.int64), {"units": "1"})
    scene.attrs = attributes
    scene.encoding["source"] = str(path)
    return scene


def _load(path: Path, scene: Scene) -> None:
    """Read the small variables once and for all."""
    for name in ("band", "time", "observer_position"):
        try:
            scene[name].load()
        except Exception as error:  # codecs raise nearly anything
            raise InputError(
                f"{path}: {name}",
                "readable values",
                f"{type(error).__name__}: {error}"[:200],
                "fetch it again, check its digest",
            ) from error


def read_counts(
    scene: xr.Dataset,
    band: str,
    lines: slice = slice(None),
    columns: slice = slice(None),
) -> NDArray[np.uint16]:
    """Read part of one band's counts; only the chunks it needs are decoded.

    Parameters
    ----------
    scene
        From `open_scene`.
    band
        Name of the band.
    lines, columns
        Positions from 0, as for any array.

    Returns
    -------
    ndarray of uint16
        (line, column) raw counts.

    Raises
    ------
    InputError
        The band is not in the scene, or a chunk is truncated, damaged or missing (lines
        of only 0, where all columns are read); the message names the band and the
        lines that were asked for.

    Examples
    --------
    >>> import xarray as xr
    >>> scene = xr.Dataset({"counts": (DIMS, np.ones((1, 4, 2), np.uint16))}, {"band": ["B7"]})
    >>> read_counts(scene, "B7", slice(1, 3)).shape
    (2, 2)
    """
    source = scene.encoding.get("source", "scene")
    bands = [str(name) for name in scene["band"].values]
    if band not in bands:
        raise InputError(
            f"{source}: band", " ".join(bands), repr(band), "ask for a band of the scene"
        )
    part = scene["counts"][bands.index(band)].isel(line=lines, column=columns)
    asked = slice(*lines.indices(scene.sizes["line"])[:2])
    try:
        counts = np.asarray(part.values)
    except InputError:
        raise
    except Exception as error:  # codecs raise nearly anything
        received = f"{type(error).__name__}: {error}"
        raise damaged_counts(source, [band], asked, received) from error
    if columns == slice(None) and not counts.any(axis=1).all():
        received = "lines of only 0, as where a chunk is missing"
        raise damaged_counts(source, [band], asked, received)
    return counts


def oversampling(scene: Scene) -> float:
    """Oversampling along the scan by the scene's own attitude: IFOV / (rate * period).

    With the scan rate relative to the Moon; a rate in inertial space differs by
    the Moon's apparent motion (0.1 to 0.4 %), which is not removed here but in
    `venus_analysis.calibrate.scene_scan`.

    Examples
    --------
    >>> import xarray as xr
    >>> at = {"ifov_rad": 7.4e-6, "scan_rate_rad_per_s": 7.4e-3, "line_period_s": 8e-4}
    >>> round(oversampling(xr.Dataset(attrs=at)), 6)
    1.25
    """
    at = scene.attrs
    return float(at["ifov_rad"] / (at["scan_rate_rad_per_s"] * at["line_period_s"]))
