"""Journals beside the rows of a ledger: decisions by people, one JSON line each, only ever added.

A line is written at once, at the end of the file, and is on disk when the call returns.
A line cut off by a crash is named when the journal is read; the others stay good.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from venus_analysis.errors import InputError, LedgerError
from venus_analysis.ledger.moment import Clock, utc_now
from venus_analysis.ledger.store import JOURNAL, make_folder


@dataclass(frozen=True)
class Journal:
    """What a journal holds.

    Attributes
    ----------
    entries
        Good lines in the order of writing.
    damaged
        A sentence for each line that cannot be read.
    """

    entries: tuple[dict[str, Any], ...]
    damaged: tuple[str, ...]


def path_of(ledger: str | Path, name: str) -> Path:
    """File of a journal of a ledger.

    Raises
    ------
    InputError
        When the ledger is an address: journals need a folder.

    Examples
    --------
    >>> path_of("results/ledger", "exclusions").as_posix()
    'results/ledger/journal/exclusions.jsonl'
    """
    if "://" in str(ledger):
        raise InputError(
            "journal", "a ledger in a folder", str(ledger), "name a local folder for the journal"
        )
    return Path(ledger) / JOURNAL / f"{name}.jsonl"


def append(path: Path, entry: Mapping[str, Any], now: Clock = utc_now) -> dict[str, Any]:
    r"""Add an entry at the end; ``when`` (UTC) is set here.

    Parameters
    ----------
    path
        Journal; its folder is made.
    entry
        Plain values. `who` and `why` are needed and may not be empty.
    now
        Gives the present time; one without a zone is UTC.

    Returns
    -------
    dict
        What was written.

    Raises
    ------
    InputError
        Without `who` or `why`.
    LedgerError
        When it cannot be written; the journal is then as it was, or ends in a cut line
        that is passed over.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "log.jsonl"
    ...     _ = append(path, {"who": "Ada", "why": "clouds"}, lambda: datetime(2024, 1, 1))
    ...     path.read_text()
    '{"when": "2024-01-01T00:00:00Z", "who": "Ada", "why": "clouds"}\n'
    """
    check_person(entry)
    written = {"when": _utc(now()), **entry}
    line = json.dumps(written, allow_nan=False, ensure_ascii=False).encode() + b"\n"
    try:
        make_folder(path.parent)
        _write_line(path, line)
    except OSError as error:
        raise LedgerError(
            f"{path}: expected to write a line, received: {error}; make room or allow writing"
        ) from error
    return written


def check_person(entry: Mapping[str, Any]) -> None:
    """Refuse a decision without `who` and `why`.

    Examples
    --------
    >>> check_person({"who": "Ada", "why": " "})
    Traceback (most recent call last):
    venus_analysis.errors.InputError: why: expected a text, received none; ...
    """
    for name in ("who", "why"):
        if not str(entry.get(name, "")).strip():
            raise InputError(name, "a text", "none", "it is kept with the decision")


def read(path: Path) -> Journal:
    """Read a journal; one that is not there is empty.

    Examples
    --------
    >>> read(Path("absent.jsonl"))
    Journal(entries=(), damaged=())
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return Journal((), ())
    except OSError as error:
        raise LedgerError(f"{path}: expected a readable journal, received: {error}") from error
    entries, damaged = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict):
                raise ValueError
            entries.append(entry)
        except ValueError:
            damaged.append(
                f"{path.name} line {number} cannot be read and was passed over: "
                f"{line[:60].decode(errors='replace')!r}"
            )
    return Journal(tuple(entries), tuple(damaged))


def _write_line(path: Path, line: bytes) -> None:
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _utc(moment: datetime) -> str:
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='seconds')}Z"
