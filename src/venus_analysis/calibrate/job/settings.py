"""Configuration of the job orders' tasks: TOML files that the order names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from venus_analysis.calibrate.job.file_types import (
    INPUT_ROLES,
    METHODS,
    OUTPUT_ROLES,
    ROLES,
    TASKS,
)
from venus_analysis.calibrate.measure import Extraction
from venus_analysis.collect.check import read_text
from venus_analysis.compute.desert.matchup import Geometry
from venus_analysis.compute.moon.disk_irradiance import Background, Halo
from venus_analysis.compute.moon.rolo import Libration
from venus_analysis.compute.moon.spectrum import Spectral
from venus_analysis.compute.sno.adjust import Adjustment
from venus_analysis.errors import InputError

Table = TypeVar("Table")


@dataclass(frozen=True)
class ProcessorSettings:
    """Section ``[processor]``: name that orders call us by, and how tasks run."""

    name: str = "VENUS_ANALYSIS"
    scheduler: str = "threads"
    workers: int | None = None


@dataclass(frozen=True)
class MoonSettings:
    """Section ``[moon]``; as the options of ``venus-analysis moon``."""

    responses: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    reference_band: str | None = None
    registration: Literal["reference", "separate"] = "reference"
    extraction: Extraction = "laplace"
    background: Background = "none"
    halo: Halo = "none"
    guard_px: int = 3
    spectral: Spectral = "apollo-relative"
    libration: Libration = "lon-lat"
    mtf: bool = False


@dataclass(frozen=True)
class DesertSettings:
    """Section ``[desert]``; as the options of ``venus-analysis desert``."""

    instrument: str = "VENUS"
    reference_instrument: str = "MERIS"
    reference_name: str | None = None
    response: str = "venus"
    reference_response: str | None = None
    site: str = ""
    sites: str | None = None
    solar_zenith_deg: float = 5.0
    viewing_zenith_deg: float = 5.0
    relative_azimuth_deg: float = 10.0
    days: float | None = None
    aot_550: float = 0.2
    aerosol: Literal["desert", "continental"] = "desert"
    geometry: Geometry = "same"


@dataclass(frozen=True)
class SnoSettings:
    """Section ``[sno]``; as the options of ``venus-analysis sno``."""

    instrument: str = "VENUS"
    reference_instrument: str = "S2A"
    reference_name: str | None = None
    response: str | None = None
    reference_response: str | None = None
    site: str = ""
    minutes: float = 30.0
    solar_zenith_deg: float = 3.0
    viewing_zenith_deg: float = 5.0
    relative_azimuth_deg: float = 20.0
    cell_m: float = 500.0
    most_scatter: float = 0.03
    adjustment: Adjustment = "surface"
    aot_550: float = 0.2


@dataclass(frozen=True)
class JobSettings:
    """Everything that configuration files may say; ``[file_types]`` and ``[tasks]`` add to ours."""

    processor: ProcessorSettings = ProcessorSettings()
    moon: MoonSettings = MoonSettings()
    desert: DesertSettings = DesertSettings()
    sno: SnoSettings = SnoSettings()
    file_types: Mapping[str, str] = field(default_factory=lambda: ROLES)
    tasks: Mapping[str, str] = field(default_factory=lambda: TASKS)


SECTIONS = {
    "processor": ProcessorSettings,
    "moon": MoonSettings,
    "desert": DesertSettings,
    "sno": SnoSettings,
}
FILE_OPTIONS = {
    "moon": ("responses",),
    "desert": ("response", "reference_response", "sites"),
    "sno": ("response", "reference_response"),
}
"""Options that name files; relative ones begin at the folder of the configuration."""


def read_settings(paths: Sequence[Path]) -> JobSettings:
    """Read configuration files; a later one overrules an earlier one, option by option.

    Raises
    ------
    InputError
        No TOML, or a section or option that is unknown or of a wrong kind.

    Examples
    --------
    >>> read_settings([]).moon.spectral
    'apollo-relative'
    """
    joined: dict[str, dict[str, Any]] = {}
    for path in paths:
        for section, table in _document(path).items():
            joined.setdefault(section, {}).update(_checked(path, section, table))
    return JobSettings(
        **{name: kind(**joined.get(name, {})) for name, kind in SECTIONS.items()},
        file_types=ROLES | joined.get("file_types", {}),
        tasks=TASKS | joined.get("tasks", {}),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, "TOML", str(error), "correct the file") from None


def _checked(path: Path, section: str, table: Any) -> dict[str, Any]:
    where = f"{path}: [{section}]"
    _known(str(path), section, [*SECTIONS, "file_types", "tasks"])
    if not isinstance(table, dict):
        raise InputError(where, "a section", repr(table), f"write it as [{section}]")
    if section in ("file_types", "tasks"):
        allowed = METHODS if section == "tasks" else (*INPUT_ROLES, *OUTPUT_ROLES)
        for name, value in table.items():
            if value not in allowed:
                expected = f"one of {', '.join(allowed)}"
                raise InputError(f"{where} {name}", expected, repr(value), "correct it")
        return table
    kinds = get_type_hints(SECTIONS[section])
    found = {}
    for name, value in table.items():
        _known(where, name, list(kinds))
        found[name] = _value(f"{where} {name}", value, kinds[name])
        if name in FILE_OPTIONS.get(section, ()):
            found[name] = _from_folder(path.parent, found[name])
    return found


def _known(where: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        remedy = f"did you mean {near[0]}" if near else "remove it"
        raise InputError(where, f"one of {', '.join(names)}", repr(name), remedy)


def _value(where: str, value: Any, kind: Any) -> Any:
    """Value of a TOML option as its dataclass wants it."""
    options = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    for one in options:
        if get_origin(one) is Literal and value in get_args(one):
            return value
        if get_origin(one) is tuple and isinstance(value, list):
            return tuple(_value(where, part, str) for part in value)
        if one is float and type(value) in (int, float):
            return float(value)
        if type(value) is one:
            return value
    raise InputError(where, _in_words(options), repr(value)[:60], "correct it")


def _in_words(options: Sequence[Any]) -> str:
    names = {float: "a number", int: "an integer", bool: "true or false", str: "a text"}
    words: list[str] = []
    for one in options:
        literal = [repr(value) for value in get_args(one)] if get_origin(one) is Literal else []
        words += literal or [names.get(one, "a list of texts")] * (one is not type(None))
    return " or ".join(words)


def _from_folder(folder: Path, names: Any) -> Any:
    """Turn a name into a path where such a file is beside the configuration."""
    if isinstance(names, tuple):
        return tuple(_from_folder(folder, name) for name in names)
    if names is None or not (folder / names).exists():
        return names
    return str(folder / names)
