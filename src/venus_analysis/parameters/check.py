"""Everything wrong in a folder of parameter files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from venus_analysis.errors import InputError
from venus_analysis.parameters.gain_base import GainBase, far_changes, gain_changes
from venus_analysis.parameters.instants import format_day
from venus_analysis.parameters.names import BAND_TYPES, BANDS, CONTENT_TYPES, FileName
from venus_analysis.parameters.parameter_file import ParameterFile
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.registry import Registry

Severity = Literal["error", "warning", "note"]


class Problem(NamedTuple):
    """One finding.

    `error`: a file cannot be used. `warning`: it can, but breaks a rule.
    `note`: allowed, and worth knowing; notes make no negative verdict.
    """

    severity: Severity
    file: str
    sentence: str


def check_folder(folder: Path | str) -> list[Problem]:
    """List everything wrong in a folder; every file is read in full.

    Parameters
    ----------
    folder
        Folder of ``.EEF`` and ``.HDR`` files with their ``.DBL.DIR`` folders.

    Returns
    -------
    list of Problem
        Errors first, then warnings, then notes; by file within.

    Raises
    ------
    InputError
        Only when the folder itself cannot be listed, or has nothing of parameter files.
    """
    registry = Registry(folder)
    found = [Problem("error", path.name, str(error)) for path, error in registry.misnamed]
    for file in registry.files:
        found += _check_file(file)
    found += _check_folders(registry)
    if not registry.files and not found:
        raise InputError(folder, "parameter files (.EEF, .HDR)", "none", "check the path")
    for files in registry.series().values():
        found += _check_series(files)
    found += _check_bands(registry)
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(dict.fromkeys(found), key=lambda one: (order[one.severity], one.file))


def _check_file(file: ParameterFile) -> Iterator[Problem]:
    name = file.path.name
    if file.path.suffix != file.name.extension and file.name.file_type in CONTENT_TYPES:
        yield Problem("warning", name, f"its extension should be {file.name.extension}")
    try:
        known = file.name.file_type in CONTENT_TYPES
        header = file.content.header if known else file.header
    except InputError as error:
        yield Problem("error", name, str(error))
        return
    for sentence in header.warnings:
        yield Problem("warning", name, sentence)


def _check_folders(registry: Registry) -> Iterator[Problem]:
    headers = {file.path.stem for file in registry.files if file.path.suffix == ".HDR"}
    for path in sorted(registry.folder.glob("*.DBL.DIR")):
        stem = path.name.removesuffix(".DBL.DIR")
        if stem not in headers:
            yield Problem("warning", path.name, "a data folder without its header .HDR")
    for path in sorted(registry.folder.glob(".*.tmp")):
        yield Problem("note", path.name, "left over from an interrupted writing; can be removed")


def _check_series(files: tuple[ParameterFile, ...]) -> Iterator[Problem]:
    for position, file in enumerate(files):
        name = file.path.name
        for older in files[:position]:
            if older.name.serial == file.name.serial and _share_tdi(older.name, file.name):
                yield Problem("warning", name, f"has the serial of {older.path.name}")
            elif older.name.start > file.name.start and _share_tdi(older.name, file.name):
                yield Problem(
                    "note",
                    name,
                    f"starts {format_day(file.name.start)}, before the lower serial "
                    f"{older.name.serial:05d} ({format_day(older.name.start)}), and replaces it",
                )
    yield from _check_gains(files)
    classes = sorted({file.name.file_class for file in files})
    if len(classes) > 1:
        yield Problem(
            "warning", files[-1].path.name, f"its series mixes the classes {', '.join(classes)}"
        )


def _check_gains(files: tuple[ParameterFile, ...]) -> Iterator[Problem]:
    """Find serials of PHGAIN whose Ak lie far from those of the serial before."""
    sets = [file for file in files if file.name.file_type == "PHGAIN" and file.error is None]
    for older, newer in pairwise(sets):
        try:
            base, new = (PhysicalGain.read(file.path) for file in (older, newer))
        except InputError:
            continue  # told as an error of the file
        for sentence in far_changes(gain_changes(GainBase(base), new)):
            yield Problem("note", newer.path.name, sentence)


def _share_tdi(first: FileName, second: FileName) -> bool:
    return first.tdi is None or second.tdi is None or bool(set(first.tdi) & set(second.tdi))


def _check_bands(registry: Registry) -> Iterator[Problem]:
    bands: dict[str, set[str]] = defaultdict(set)
    for file in registry.files:
        name = file.name
        if name.file_type in BAND_TYPES and name.band is not None:
            issue = f"{name.file_type}_{name.applicability}_{name.nick}_{name.serial:05d}"
            bands[issue].add(name.band)
    for issue, present in bands.items():
        if len(present) < len(BANDS):
            missing = " ".join(band for band in BANDS if band not in present)
            yield Problem("note", issue, f"issues come for all bands; missing here: {missing}")
