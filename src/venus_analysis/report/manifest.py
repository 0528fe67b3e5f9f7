"""Which files a report folder got from the last run, so that the next one can take them away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from venus_analysis.ledger.store import write_whole

NAME: Final = "report_files.json"


def take_away(folder: str | Path, written: Iterable[Path]) -> tuple[Path, ...]:
    """Remove what the last run wrote into a folder and this one did not, and note what it did.

    A file is removed only if the last run's list names it and it is still as it was
    written. Without a list, or with one that cannot be read, nothing is removed.

    Parameters
    ----------
    folder
        Of the report; its list of files is ``report_files.json``.
    written
        Files of this run, in the folder.

    Returns
    -------
    tuple of pathlib.Path
        What was removed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     first, second = Path(name, "first.csv"), Path(name, "second.csv")
    ...     _ = first.write_text("1"), take_away(name, [first])
    ...     _ = second.write_text("2")
    ...     [path.name for path in take_away(name, [second])]
    ['first.csv']
    """
    folder = Path(folder)
    now = {path.relative_to(folder).as_posix(): _digest(path) for path in written}
    gone = []
    for name, digest in _noted(folder / NAME).items():
        path = folder / name
        if name not in now and _inside(folder, path) and _digest(path) == digest:
            path.unlink()
            gone.append(path)
    text = json.dumps({"files": dict(sorted(now.items()))}, indent=1)
    write_whole(folder / NAME, f"{text}\n".encode())
    return tuple(gone)


def _noted(path: Path) -> dict[str, str]:
    """Name to digest of the last run's files; empty without a list."""
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _inside(folder: Path, path: Path) -> bool:
    """Whether a path is a file that really lies below the folder."""
    return path.is_file() and folder.resolve() in path.resolve().parents


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
