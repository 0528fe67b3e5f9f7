"""Two-line elements from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from venus_analysis.collect.check import read_text
from venus_analysis.compute.sno.passes import Elements
from venus_analysis.errors import InputError

LENGTH = 69


def read_elements(path: str | Path) -> list[Elements]:
    """Read all elements of a file, with or without name lines.

    Parameters
    ----------
    path
        Text; a name line before each pair is optional.

    Returns
    -------
    list of Elements
        In the order of the file; a satellite may come with several epochs.

    Raises
    ------
    InputError
        No elements, a line of another length, a wrong check sum, or two lines
        of different satellites.

    Examples
    --------
    >>> read_elements("absent.tle")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.tle: expected a file, ...
    """
    lines = [line.rstrip() for line in read_text(Path(path)).splitlines() if line.strip()]
    found = []
    for k, line in enumerate(lines):
        if line.startswith("1 ") and len(line) >= LENGTH - 10:
            name = lines[k - 1].removeprefix("0 ").strip() if k and lines[k - 1][:2] != "2 " else ""
            found.append(
                _elements(path, k + 1, name, line, lines[k + 1] if k + 1 < len(lines) else "")
            )
    if not found:
        raise InputError(path, "two-line elements", "none", "give a TLE file")
    return found


def nearest_elements(found: list[Elements], wanted: str, time: np.datetime64) -> Elements:
    """Elements of one satellite, by name or catalogue number, of the epoch nearest to a time.

    Raises
    ------
    InputError
        No such satellite, with those there are.
    """
    asked = _plain(wanted)
    own = [one for one in found if asked in (_plain(one.name), str(one.number))]
    if not own:
        names = sorted({f"{one.name or '?'} ({one.number})" for one in found})
        raise InputError(
            "satellite", f"one of {', '.join(names)}", repr(wanted), "name it as the file does"
        )
    return min(own, key=lambda one: abs(one.epoch - time))


def _plain(name: str) -> str:
    """Name without case, blanks, hyphens and the µ of VENµS.

    Examples
    --------
    >>> _plain("Sentinel-2A") == _plain("SENTINEL 2A")
    True
    """
    return name.upper().replace("µ", "U").replace("Μ", "U").replace("-", "").replace(" ", "")


def _elements(path: str | Path, line_number: int, name: str, first: str, second: str) -> Elements:
    where = f"{path}: line {line_number}"
    for line, kind in ((first, "1 "), (second, "2 ")):
        if not line.startswith(kind) or len(line) != LENGTH or _sum(line) != line[-1]:
            raise InputError(
                where,
                f"line {kind}of {LENGTH} characters with its check sum",
                line[:LENGTH],
                "fetch it again",
            )
    if first[2:7] != second[2:7]:
        raise InputError(where, "two lines of one satellite", first[2:7], "fetch it again")
    try:
        number, year, day = int(first[2:7]), int(first[18:20]), float(first[20:32])
    except ValueError as error:
        raise InputError(
            where, "a catalogue number and an epoch in digits", first[:32], "fetch it again"
        ) from error
    january = np.datetime64(f"{1900 + year if year >= 57 else 2000 + year}-01-01", "us")
    epoch = january + np.timedelta64(round((day - 1.0) * 86400e6), "us")
    return Elements(name or first[2:7], number, epoch, first, second)


def _sum(line: str) -> str:
    digits = sum(int(c) for c in line[:-1] if c.isdigit()) + line[:-1].count("-")
    return str(digits % 10)
