"""Files behind an input's names, and which of its time intervals are for which file."""

from __future__ import annotations

import os
from pathlib import Path

from venus_analysis.collect.job_files import can_find, check_pattern, find_files
from venus_analysis.collect.job_order import Interval, JobInput, NamedFile
from venus_analysis.errors import InputError


def files_of(one: JobInput, folder: Path) -> tuple[list[tuple[NamedFile, Path]], list[str]]:
    """Files of an input, each with the name that found it, and sentences on what is not there.

    Parameters
    ----------
    one
        The input.
    folder
        Of the order.

    Raises
    ------
    InputError
        An interval for a file that none of the names can stand for, or a name that is
        no regular expression.
    """
    there: list[tuple[NamedFile, Path]] = []
    absent = []
    for named in one.files:
        check_pattern(named)
        try:
            there += [(named, path) for path in find_files(named, folder)]
        except InputError as error:
            absent.append(str(error))
    for name in dict.fromkeys(name for _, name in one.intervals if name):
        nothing = InputError(
            one.files[0].where,
            "a file of this input as File_Name of its Time_Interval",
            repr(name),
            "correct it, or leave it out for all files",
        )
        if not any(_could_be(name, named, folder) for named in one.files):
            raise nothing
        if not any(_is_for(name, named, path, folder) for named, path in there):
            absent.append(str(nothing))
    return there, absent


def intervals_of(one: JobInput, named: NamedFile, path: Path, folder: Path) -> tuple[Interval, ...]:
    """Intervals of an input for one of its files, behind one of its names; none: any time."""
    return tuple(
        interval
        for interval, name in one.intervals
        if not name or _is_for(name, named, path, folder)
    )


def real(path: Path) -> str:
    """Where a path leads, however it is spelled."""
    return os.path.realpath(path)


def _could_be(name: str, named: NamedFile, folder: Path) -> bool:
    return _in_folder(name, folder / named.name, folder) and can_find(named, Path(name).name)


def _is_for(name: str, named: NamedFile, path: Path, folder: Path) -> bool:
    """Whether the name in an interval is that of a file, or the one it was found by."""
    last = Path(name).name in (path.name, Path(named.name).name)
    return last and _in_folder(name, path, folder)


def _in_folder(name: str, path: Path, folder: Path) -> bool:
    """Whether a name has no folder, or the one that a file is in."""
    bare = Path(name) == Path(Path(name).name)
    return bare or real((folder / name).parent) == real(path.parent)
