"""The reference set: a folder of inputs, what to run on them, and what once came of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.qualification.tolerances import (
    Tolerance,
    default_tolerances,
    tolerances_of,
)
from venus_analysis.calibrate.row import digest, file_digest
from venus_analysis.errors import InputError

DESCRIPTION: Final = "qualify.toml"
EXPECTED: Final = "expected.json"
COMMANDS: Final = ("moon", "desert", "sno")
REFUSED: Final = (
    "--ledger", "--extracts", "--products", "--figure", "--statistics", "--pairs", "--log",
    "--scheduler",
)  # fmt: skip
"""Options a set may not use: those that take results from elsewhere, write, or need others."""
_EXAMPLE: Final = (
    'write [[run]] with command = "moon" and arguments = ["inputs/scene.zarr", "--parameters", '
    '"parameters"]'
)


@dataclass(frozen=True)
class Run:
    """One command of the set and its arguments; paths are relative to the set's folder."""

    command: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class ReferenceSet:
    """A set as its folder describes it."""

    folder: Path
    runs: tuple[Run, ...]
    tolerances: tuple[Tolerance, ...]


@dataclass(frozen=True)
class Frozen:
    """What the set gave when it was frozen.

    `runs` are lists of ledger rows as the commands print them, one list for each run;
    `versions` of software and libraries, `digests` of inputs and parameters, `earlier`
    the reasons of former freezes.
    """

    when: str
    who: str
    reason: str
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    runs: tuple[tuple[Mapping[str, Any], ...], ...]
    earlier: tuple[Mapping[str, str], ...] = ()


def read_set(folder: str | Path) -> ReferenceSet:
    """Read ``qualify.toml``: tables ``[[run]]`` and, if wanted, ``[tolerance.COLUMN]``.

    Raises
    ------
    InputError
        It cannot be read, has no run, or a run that is none of `COMMANDS`, or that
        takes an option of `REFUSED` or a path outside the set.
    """
    folder = Path(folder)
    path = folder / DESCRIPTION
    try:
        text = path.read_text("utf-8")
        given = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "a readable text file", str(error), _EXAMPLE) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, "a TOML file", str(error), "correct it there") from None
    stray = sorted(given.keys() - {"run", "tolerance"})
    if stray:
        raise InputError(path, "tables run and tolerance", stray[0], "drop it")
    runs = given.get("run", [])
    if not isinstance(runs, list) or not runs:
        raise InputError(path, "at least one [[run]]", "none", _EXAMPLE)
    own = given.get("tolerance")
    tolerances = default_tolerances() if own is None else tolerances_of(str(path), text, own)
    return ReferenceSet(folder, tuple(_run(path, one) for one in runs), tolerances)


def digests(reference: ReferenceSet) -> dict[str, str]:
    """Digests of every byte of ``inputs``, with the description, and of ``parameters``.

    Parameters are what ``--parameters`` of any run names; what was expected is neither.
    """
    named = [
        Path(value)
        for run in reference.runs
        for one, following in zip(run.arguments, (*run.arguments[1:], ""), strict=True)
        for name, sign, own in [one.partition("=")]
        if name == "--parameters" and (value := own if sign else following)
    ]
    parts: dict[str, list[bytes]] = {"inputs": [], "parameters": []}
    for file in sorted(reference.folder.rglob("*")):
        here = file.relative_to(reference.folder)
        if file.is_file() and here != Path(EXPECTED):
            side = "parameters" if any(here.is_relative_to(one) for one in named) else "inputs"
            parts[side] += [here.as_posix().encode(), file_digest(file).encode()]
    return {side: digest(found) for side, found in parts.items()}


def read_frozen(folder: str | Path) -> Frozen:
    """Read what was expected.

    Raises
    ------
    InputError
        It is absent, damaged, or was changed since it was frozen.
    """
    path = Path(folder) / EXPECTED
    if not path.exists():
        raise InputError(path, "the frozen results", "no file", "freeze the set first: --freeze")
    try:
        held = json.loads(path.read_text("utf-8"))
        stated, content = held["digest"], held["content"]
        frozen = Frozen(
            content["when"], content["who"], content["reason"], content["versions"],
            content["digests"], tuple(tuple(rows) for rows in content["runs"]),
            tuple(content["earlier"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(path, "frozen results", str(error)[:200], "restore the file") from None
    if _digest(content) != stated:
        raise InputError(
            path, "the results as they were frozen", "others", "restore it, or freeze anew"
        )
    return frozen


def frozen_bytes(frozen: Frozen) -> bytes:
    """Text of the file that `read_frozen` reads."""
    content = json.loads(json.dumps(vars(frozen), allow_nan=False))
    held = {"digest": _digest(content), "content": content}
    return (json.dumps(held, indent=1, allow_nan=False) + "\n").encode()


def _digest(content: Mapping[str, Any]) -> str:
    return digest([json.dumps(content, sort_keys=True, allow_nan=False).encode()])


def _run(path: Path, given: Any) -> Run:
    command = given.get("command") if isinstance(given, dict) else None
    arguments = given.get("arguments") if isinstance(given, dict) else None
    if command not in COMMANDS:
        raise InputError(path, f"a command: {', '.join(COMMANDS)}", repr(command), _EXAMPLE)
    if not (isinstance(arguments, list) and all(isinstance(one, str) for one in arguments)):
        raise InputError(path, "arguments, a list of texts", repr(arguments), _EXAMPLE)
    for one in arguments:
        name, _, value = one.partition("=")
        if name in REFUSED:
            raise InputError(path, "a run that writes nothing and takes nothing", one, "drop it")
        place = Path(value if name.startswith("--") else one)
        if place.is_absolute() or ".." in place.parts:
            raise InputError(path, "paths inside the set", one, "copy the file into the set")
    return Run(str(command), tuple(arguments))
