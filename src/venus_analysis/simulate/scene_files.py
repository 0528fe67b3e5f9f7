"""Write a synthetic scene: counts, official parameter files and truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import Content
from venus_analysis.parameters.darkcu import DarkCurrent
from venus_analysis.parameters.header import Header, new_header
from venus_analysis.parameters.noismo import NoiseModel
from venus_analysis.parameters.outord import Defect, DefectiveColumns
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.read import read_parameters
from venus_analysis.parameters.relsen import RelativeSensitivity
from venus_analysis.parameters.strlgt import CrossTalkFilter, Kernel, StrayLight, Strip
from venus_analysis.simulate.ghosts import ghost_kernel
from venus_analysis.simulate.scene import SimulatedScene
from venus_analysis.simulate.scene_settings import BANDS, COLUMNS, TDI_STAGES

SceneFormat = Literal["zarr", "zarr2", "netcdf"]

SERIAL: Final = 9
VALID_FROM: Final = "2017-08-01"
CREATED: Final = "2018-01-01"
# OUTORD's word for each planted defect; an unlisted one has none.
DEFECT_KINDS: Final = {"dead": "BLIND", "noisy": "NOISY", "saturated": "BLIND"}


@dataclass(frozen=True)
class SceneFiles:
    """Where a scene was written.

    Parameters
    ----------
    scene, parameters, truth
        Zarr folder or netCDF file; folder of parameter files; JSON file.
    """

    scene: Path
    parameters: Path
    truth: Path


def write_scene(
    scene: SimulatedScene,
    folder: str | Path,
    *,
    file_format: SceneFormat = "zarr",
    parameters: str | Path | None = None,
    chunks: tuple[int, int, int] | None = None,
) -> SceneFiles:
    """Write scene, parameter files and truth; the names begin with SIMULATED.

    Parameters
    ----------
    scene
        What to write; its counts are made and written block by block.
    folder
        Folder to write to; made when absent.
    file_format
        ``zarr`` (version 3), ``zarr2`` or ``netcdf``.
    parameters
        Folder of the parameter files; None takes ``SIMULATED_gipp`` in `folder`.
        Scenes of one camera share it: a file that is there and says the same
        stays, one that says something else is refused.
    chunks
        (band, line, column) of the file; None takes the scene's own.

    Returns
    -------
    SceneFiles

    Raises
    ------
    InputError
        The scene or its truth is there already, or a parameter file disagrees.

    Examples
    --------
    >>> from venus_analysis.simulate.scene import simulate_scene
    >>> from venus_analysis.simulate.scene_settings import SceneSettings
    >>> scene = simulate_scene(SceneSettings(scale=0.02, bands=("B7",)))
    >>> write_scene(scene, "synthetic", file_format="fits")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: file_format: expected zarr, zarr2 or netcdf, received \
'fits'; choose one of these
    """
    if file_format not in ("zarr", "zarr2", "netcdf"):
        raise InputError(
            "file_format", "zarr, zarr2 or netcdf", repr(file_format), "choose one of these"
        )
    folder = Path(folder)
    gipp = Path(parameters) if parameters is not None else folder / "SIMULATED_gipp"
    path, truth = _free_paths(scene, folder, "nc" if file_format == "netcdf" else "zarr")
    write_parameters(scene, gipp)
    _write_both(scene, path, truth, file_format, chunks)
    return SceneFiles(path, gipp, truth)


def write_scene_only(scene: SimulatedScene, folder: str | Path) -> tuple[Path, Path]:
    """Write a scene (Zarr 3) and its truth, but no parameter files.

    For a scene that is calibrated with official parameters of another making.

    Returns
    -------
    tuple of pathlib.Path
        Scene and truth.

    Raises
    ------
    InputError
        One of them is there already.
    """
    path, truth = _free_paths(scene, Path(folder), "zarr")
    _write_both(scene, path, truth, "zarr", None)
    return path, truth


def _free_paths(scene: SimulatedScene, folder: Path, suffix: str) -> tuple[Path, Path]:
    path = folder / f"{scene.acquisition_id}.{suffix}"
    truth = folder / f"{scene.acquisition_id}_truth.json"
    for one in (path, truth):
        if one.exists():
            raise InputError(one, "no such file", "one that is there", "remove it or rename it")
    return path, truth


def _write_both(
    scene: SimulatedScene,
    path: Path,
    truth: Path,
    file_format: str,
    chunks: tuple[int, int, int] | None,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_dataset(scene, path, file_format, chunks or scene.chunks)
    truth.write_text(json.dumps(scene.truth, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _write_dataset(
    scene: SimulatedScene, path: Path, file_format: str, chunks: tuple[int, int, int]
) -> None:
    dataset = scene.dataset
    if chunks != scene.chunks:
        sizes = dict(zip(("band", "line", "column"), chunks, strict=True))
        dataset = dataset.assign(counts=dataset["counts"].chunk(sizes))
    since = str(scene.settings.moment.astype("datetime64[D]"))
    encoding: dict[str, dict[str, Any]] = {
        "time": {"units": f"nanoseconds since {since}", "dtype": "int64"},
    }
    if file_format == "netcdf":
        limits = tuple(min(c, n) for c, n in zip(chunks, dataset["counts"].shape, strict=True))
        encoding["counts"] = {"chunksizes": limits, "zlib": True, "complevel": 1, "shuffle": True}
        encoding["observer_position"] = {"_FillValue": None}
        dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)
        return
    encoding["counts"] = {"chunks": chunks}
    version: Literal[2, 3] = 2 if file_format == "zarr2" else 3
    dataset.to_zarr(path, mode="w-", consolidated=False, zarr_format=version, encoding=encoding)


def write_parameters(scene: SimulatedScene, folder: Path) -> tuple[Path, ...]:
    """Write the camera's parameter files; files that are there must say the same.

    Parameters
    ----------
    scene
        Whose camera it is.
    folder
        Made when absent.

    Returns
    -------
    tuple of pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write_or_compare(content, folder) for content in scene_parameters(scene))


def _write_or_compare(content: Content, folder: Path) -> Path:
    name = content.header.name
    path = folder / f"{name}{name.extension}"
    if not path.exists():
        return content.write(folder)
    if not content.identical(read_parameters(path)):
        raise InputError(
            path,
            "the parameters of this simulated camera",
            "others",
            "write to another folder, or use one camera seed",
        )
    return path


def scene_parameters(scene: SimulatedScene) -> Iterator[Content]:
    """Parameter files of a scene's camera, all twelve bands, one after the other.

    All have 5200 columns, of which a scaled scene uses the first. PHGAIN's gains
    are exact at the scene's TDI and in proportion elsewhere; STRLGT holds the
    ghosts (type 2) and no halo (type 1), which belongs to the measurand.

    Examples
    --------
    >>> from venus_analysis.simulate.scene import simulate_scene
    >>> from venus_analysis.simulate.scene_settings import SceneSettings
    >>> scene = simulate_scene(SceneSettings(scale=0.02, bands=("B7",)))
    >>> len(list(scene_parameters(scene)))
    50
    """
    yield _gains(scene)
    shape = (len(BANDS), len(TDI_STAGES))
    detector = scene.settings.detector
    a, b = np.full(shape, detector.noise_a), np.full(shape, detector.noise_b)
    yield NoiseModel(header=_header("NOISMO"), a=a, b=b)
    for band in BANDS:
        columns = scene.columns[band]
        yield DarkCurrent(header=_header("DARKCU", band), dark=columns.dark_in_file)
        yield RelativeSensitivity(
            header=_header("RELSEN", band),
            first_slope=columns.first_slope,
            second_slope=columns.second_slope,
            break_level=columns.break_level,
        )
        yield _defects(scene, band)
        yield _stray_light(scene, band)


def _header(kind: str, band: str | None = None) -> Header:
    return new_header(
        kind,
        SERIAL,
        VALID_FROM,
        created=CREATED,
        band=band,
        tdi=TDI_STAGES if kind in ("DARKCU", "RELSEN") else None,
        creator="SIMULATED",
        notes="SIMULATED: no parameters of the real camera",
    )


def _gains(scene: SimulatedScene) -> PhysicalGain:
    stages = dict.fromkeys(BANDS, scene.settings.tdi_of_bands[0])
    stages |= dict(zip(scene.settings.bands, scene.settings.tdi_of_bands, strict=True))
    gain = [
        [scene.columns[band].absolute_gain * tdi / stages[band] for tdi in TDI_STAGES]
        for band in BANDS
    ]
    return PhysicalGain(header=_header("PHGAIN"), gain=np.round(gain, 5))


def _defects(scene: SimulatedScene, band: str) -> DefectiveColumns:
    listed = sorted(
        (int(column) + 1, kind)
        for planted, kind in DEFECT_KINDS.items()
        for column in scene.columns[band].defects[planted]
    )
    defects = tuple(Defect(column, column, kind) for column, kind in listed)
    return DefectiveColumns(
        header=_header("OUTORD", band), defects=dict.fromkeys(TDI_STAGES, defects)
    )


def _stray_light(scene: SimulatedScene, band: str) -> StrayLight:
    kernel = ghost_kernel(scene.settings.optics.ghost_sigma_px)
    margin = len(kernel) // 2
    filters = []
    for ghost in scene.ghosts:
        if ghost.band == band:
            source = scene.columns[ghost.source_band].absolute_gain
            factor = ghost.factor * scene.columns[band].absolute_gain / source
            strip = Strip(0, COLUMNS - 1, factor / float(kernel.sum()), ghost.shift_columns)
            filters.append(CrossTalkFilter(ghost.source_band, Kernel(kernel), margin, (strip,)))
    return StrayLight(header=_header("STRLGT", band), cross_talk=tuple(filters))
