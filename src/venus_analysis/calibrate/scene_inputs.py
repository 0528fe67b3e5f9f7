"""What the pieces of a scene share: sizes, scan, geometry, and the parameters in force."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.scene import oversampling
from venus_analysis.collect.scene_ahead import counts_of
from venus_analysis.collect.scene_chunks import SceneCounts
from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_responses
from venus_analysis.parameters.names import BANDS, MOON
from venus_analysis.parameters.parameter_set import ParameterSet, parameter_set
from venus_analysis.parameters.registry import Registry

if TYPE_CHECKING:
    from venus_analysis.collect.plain_scene import Scene

Array = NDArray[np.float64]
MOON_RADIUS_KM: Final = 1737.4
WINDOW_RADII: Final = 1.35


@dataclass(frozen=True, eq=False)
class SceneInputs:
    """An open scene, its counts on demand, and what its attributes say of the scan.

    `across_px` is the disk's semi-axis across the scan, by distance and field of
    view; `block` the (lines, columns) that the sky is averaged over.
    """

    scene: Scene
    counts: SceneCounts
    ifov_rad: float
    oversampling: float
    across_px: float
    block: tuple[int, int]

    @classmethod
    def of(cls, scene: Scene) -> SceneInputs:
        """Work out what an open scene's attributes and times say."""
        ifov, sampling = float(scene.attrs["ifov_rad"]), oversampling(scene)
        middle = np.array([scene.sizes["line"] / 2.0])
        distance = float(geometry_at(scene, middle).observer_distance_km[0])
        across = math.asin(MOON_RADIUS_KM / distance) / ifov
        lines = int(np.clip(round(across * sampling / 26.0), 2, 32))
        columns = max(1, round(across / 24.0))
        return cls(scene, counts_of(scene), ifov, sampling, across, (lines, columns))

    @property
    def lines(self) -> int:
        """Lines of the scene."""
        return int(self.scene.sizes["line"])

    @property
    def columns(self) -> int:
        """Columns of the scene."""
        return int(self.scene.sizes["column"])

    @property
    def file_columns(self) -> NDArray[np.intp]:
        """Columns of the parameter files, counted from 0, that the scene's are."""
        return np.asarray(self.scene["column"].values, np.intp)

    def window(self, outline: Outline, slack_lines: float = 0.0) -> slice:
        """Lines that hold the disk and the sky beside it, in whole blocks from the first line."""
        half, block = WINDOW_RADII * outline.semi_axis_line_px + slack_lines, self.block[0]
        first = math.floor((outline.centre_line - half) / block) * block
        stop = math.ceil((outline.centre_line + half + 1.0) / block) * block
        stop = min(max(stop, 0), self.lines)
        return slice(min(max(first, 0), stop), stop)


def times_at(scene: Scene, line: Array) -> NDArray[np.datetime64]:
    """UTC of (fractional) lines, between the lines' own time tags."""
    stamps = scene["time"].values.astype("datetime64[ns]")
    since = (stamps - stamps[0]).astype(np.int64)
    elapsed = np.interp(line, np.arange(len(stamps)), since.astype(np.float64))
    return np.asarray(stamps[0] + np.rint(elapsed).astype("timedelta64[ns]"))


def geometry_at(scene: Scene, line: Array) -> LunarGeometry:
    """Sun, Moon and observer at (fractional) lines."""
    position = scene["observer_position"]
    at = position.values
    if at.ndim == 2:
        number = np.arange(len(at))
        at = np.stack([np.interp(line, number, at[:, k]) for k in range(3)], axis=-1)
    return lunar_geometry(times_at(scene, line), at, position.attrs["frame"])


@dataclass(frozen=True, eq=False)
class SceneParameters:
    """Coefficients and noise (A, B) of each band that has them, and the files they are from."""

    files: ParameterSet
    coefficients: Mapping[str, BandCoefficients]
    noise: Mapping[str, tuple[float, float]]
    stamp: Mapping[str, Any] = field(default_factory=dict)


def parameters_of(
    scene: Scene,
    parameters: str | Path | Registry | ParameterSet,
    bands: Sequence[str] = BANDS,
) -> ParameterSet:
    """Files in force for the Moon at the middle of the scene, at each band's TDI.

    A file of that very site precedes those of all sites; `bands` are some or all.
    """
    if isinstance(parameters, ParameterSet):
        return parameters
    registry = parameters if isinstance(parameters, Registry) else Registry(parameters)
    stages = {
        str(band): int(one)
        for band, one in zip(scene["band"].values, scene["tdi_stages"].values, strict=True)
    }
    every = dict.fromkeys((one.band for one in venus_responses()), next(iter(stages.values())))
    moment = scene["time"].values[scene.sizes["line"] // 2]
    return parameter_set(registry, moment, every | stages, MOON, bands=bands, contents=True)


def read_parameters(
    files: ParameterSet, bands: Sequence[str], columns: NDArray[np.intp] | None = None
) -> SceneParameters:
    """Coefficients of the files' `columns`; a band without any is left out.

    Raises
    ------
    InputError
        Columns that the files do not have.
    """
    coefficients, noise = {}, {}
    columns = np.empty(0, np.intp) if columns is None else columns
    for band in bands:
        rows = files.band_rows(band)
        _require_columns(columns, rows["defect"].size)
        rows = {name: row[columns] for name, row in rows.items()}
        defect = rows.pop("defect")
        unknown = np.isnan(list(rows.values())).any(axis=0)
        gain = files.gain(band)
        if math.isnan(gain) or (unknown | (defect != 0)).all():
            continue
        coefficients[band] = BandCoefficients(gain, **rows, defect=defect)
        a, b = np.nan_to_num(files.noise(band))
        noise[band] = float(a), float(b)
    stamp = {f"serial_{kind.lower()}": value for kind, value in files.serials.items()}
    stamp |= {
        "parameter_set": files.serials.get("PHGAIN", ""),
        "parameter_digest": files.digest,
    }
    return SceneParameters(files, coefficients, noise, stamp)


def _require_columns(columns: NDArray[np.intp], known: int) -> None:
    wrong = columns[(columns < 0) | (columns >= known)]
    if wrong.size:
        raise InputError(
            "scene: column",
            f"columns of the parameter files, 0 to {known - 1}",
            str(wrong[0]),
            "count the camera's columns from 0",
        )
