"""Files that a job order names: found for inputs, named for outputs.

What the four kinds of names mean is inferred: the interface of the ground segment is
not public. ``Physical`` is one file or product folder; ``Logical`` the same without its
endings (``NAME`` finds ``NAME.HDR``, ``NAME.SAFE``, ``NAME.nc``); ``Stem`` the beginning
of one or more names; ``Regexp`` a regular expression for whole names, behind the folder
they are in. Relative names begin at the folder of the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from venus_analysis.collect.job_order import NamedFile
from venus_analysis.errors import InputError

LONGEST_PATTERN: Final = 200
_DATA_OF_HEADER: Final = (".DBL.DIR", ".DBL")


def find_files(named: NamedFile, folder: Path) -> list[Path]:
    """Files and product folders behind a name, in order of name.

    Parameters
    ----------
    named
        Name and its kind.
    folder
        Of the order.

    Returns
    -------
    list of Path
        At least one. Hidden files are left out, and the data beside a header.

    Raises
    ------
    InputError
        Nothing there, several behind a logical name, or no regular expression.

    Examples
    --------
    >>> here = Path(__file__)
    >>> logical = NamedFile("VA_MOONIMG", "Logical", here.stem, "order.xml")
    >>> [path.name for path in find_files(logical, here.parent)]
    ['job_files.py']
    """
    path = folder / named.name
    if named.name_type == "Physical":
        if not _there(path):
            raise _absent(named, f"an existing file {path}")
        return [path]
    matches = _matcher(named, path.name)
    try:
        names = sorted(one.name for one in path.parent.iterdir())
    except OSError as error:
        raise _absent(named, f"a readable folder {path.parent}", str(error)) from None
    found = [name for name in names if not name.startswith(".") and matches(name)]
    found = [name for name in found if not _has_header(name, found)]
    if not found:
        raise _absent(named, f"a {named.name_type} name of files in {path.parent}")
    if named.name_type == "Logical" and len(found) > 1:
        raise InputError(
            named.where,
            f"one product {named.name}",
            ", ".join(found[:5]),
            "name the one that is meant as Physical, or take Stem for all of them",
        )
    return [path.parent / name for name in found]


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long
        return False


def _absent(named: NamedFile, expected: str, received: str = "") -> InputError:
    received = received or f"none behind {named.name!r}"
    return InputError(named.where, expected, received, "check name and File_Name_Type")


def _matcher(named: NamedFile, last: str) -> Callable[[str], bool]:
    if named.name_type == "Regexp":
        pattern = _pattern(named, last)
        return lambda name: pattern.fullmatch(name) is not None
    if named.name_type == "Logical":
        return lambda name: name == last or name.startswith(f"{last}.")
    return lambda name: name.startswith(last)


def can_find(named: NamedFile, last: str) -> bool:
    """Whether a file's name, without its folder, is one that an order's name can stand for.

    Examples
    --------
    >>> can_find(NamedFile("VA_MOONIMG", "Stem", "in/MOON_", "order.xml"), "MOON_14.nc")
    True
    """
    own = Path(named.name).name
    return last == own or (named.name_type != "Physical" and _matcher(named, own)(last))


def check_pattern(named: NamedFile) -> None:
    """Refuse a regular expression that is none (`InputError`); other names pass."""
    if named.name_type == "Regexp":
        _pattern(named, Path(named.name).name)


def _pattern(named: NamedFile, text: str) -> re.Pattern[str]:
    expected = f"a regular expression of at most {LONGEST_PATTERN} characters"
    if len(text) > LONGEST_PATTERN:
        raise InputError(named.where, expected, f"{len(text)} characters", "shorten it")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(named.where, expected, f"{text!r}: {error}", "correct it") from None


def _has_header(name: str, names: list[str]) -> bool:
    return any(
        name.endswith(ending) and name.removesuffix(ending) + ".HDR" in names
        for ending in _DATA_OF_HEADER
    )


def output_path(named: NamedFile, folder: Path, own_name: str, suffixes: tuple[str, ...]) -> Path:
    """Path that an output shall have; nothing is made.

    Parameters
    ----------
    named
        Name and its kind. ``Directory`` leaves the file's name to us, ``Stem`` its
        end, ``Logical`` its suffix; a ``Regexp`` must fit the name that we choose.
    folder
        Of the order.
    own_name
        Our name, without suffix; the same for the same order.
    suffixes
        What the name may end in, the first is chosen; none means a folder.

    Raises
    ------
    InputError
        No name, another suffix, or a regular expression that does not fit.

    Examples
    --------
    >>> named = NamedFile("VA_STATIST", "Directory", "/data/out", "order.xml")
    >>> print(output_path(named, Path("/orders"), "VA_STATIST_R1_MOON", (".csv", ".nc")))
    /data/out/VA_STATIST_R1_MOON.csv
    """
    path, ending = folder / named.name, suffixes[0] if suffixes else ""
    if named.name_type == "Directory":
        return path / f"{own_name}{ending}" if suffixes else path
    if not path.name:
        raise InputError(named.where, "a file's name", repr(named.name), "complete the name")
    if named.name_type == "Regexp":
        return path.parent / _fitting(named, path.name, own_name, suffixes)
    if named.name_type == "Stem":
        return path.with_name(f"{path.name}_{own_name}{ending}")
    if named.name_type == "Logical":
        return path.with_name(f"{path.name}{ending}")
    if suffixes and path.suffix not in suffixes:
        expected = f"a name in {' or '.join(suffixes)}"
        raise InputError(named.where, expected, repr(named.name), "correct the name")
    return path


def _fitting(named: NamedFile, pattern: str, own_name: str, suffixes: tuple[str, ...]) -> str:
    names = [f"{own_name}{ending}" for ending in suffixes or ("",)]
    for name in names:
        if _pattern(named, pattern).fullmatch(name):
            return name
    raise InputError(
        named.where, f"an expression that {names[0]} fits", repr(pattern), "widen it, or take Stem"
    )
