"""What a page or report is made from: a ledger, official parameters and events, loaded at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.events import Event, read_events
from venus_analysis.calibrate.drift.exclusions import Exclusions, exclusions
from venus_analysis.calibrate.drift.selection import COLUMNS
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.ledger import Refused, load
from venus_analysis.ledger.moment import AsOf
from venus_analysis.ledger.store import ROWS, WITHDRAWALS, existing
from venus_analysis.parameters.registry import Registry

JOURNAL: Final = "journal"
COMPARED: Final = (*COLUMNS, "altitude_km", "committed")
"""Columns of the ledger that series, fits and phases of several methods are made from."""
T = TypeVar("T")


@dataclass(frozen=True)
class Places:
    """Where things lie.

    Parameters
    ----------
    ledger
        Folder or address.
    parameters, events, products, runs
        Folder of parameter files, file of events, folder of the pictures of
        calibrated scenes, and folder of the logs of runs; None for none.
    """

    ledger: str
    parameters: Path | None = None
    events: Path | None = None
    products: Path | None = None
    runs: Path | None = None


@dataclass(frozen=True)
class Project:
    """Everything loaded, at one version.

    Parameters
    ----------
    places
        Where it came from.
    version
        Digest of what was there to load; the same version is the same content.
    frame
        Current rows of the ledger, or those of `as_of`.
    refused
        Parts of the ledger that were left out.
    registry
        Parameter files; None without any.
    events, exclusions
        What happened, and which looks do not count.
    problems
        Sentences on what could not be loaded.
    """

    places: Places
    version: str
    frame: pd.DataFrame
    refused: tuple[Refused, ...] = ()
    registry: Registry | None = None
    events: tuple[Event, ...] = ()
    exclusions: Exclusions | None = None
    problems: tuple[str, ...] = field(default=())

    @property
    def simulated(self) -> bool:
        """Whether any row is synthetic."""
        return bool(self.frame["simulated"].any())

    @cached_property
    def compared(self) -> pd.DataFrame:
        """Columns of `COMPARED`, each text kept once: rows are chosen ten times quicker."""
        kept = self.frame[[name for name in COMPARED if name in self.frame]]
        texts = [name for name in kept if pd.api.types.is_string_dtype(kept[name].dtype)]
        return kept.astype(dict.fromkeys(texts, "category"))

    @property
    def data_as_of(self) -> np.datetime64:
        """When the newest row entered the ledger, UTC; NaT for no row."""
        newest = self.frame["committed"].max()
        return np.datetime64("NaT", "s") if self.frame.empty else np.datetime64(newest, "s")


def find_places(
    where: str | Path,
    parameters: Path | None = None,
    events: Path | None = None,
    products: Path | None = None,
) -> Places:
    """Find ledger, parameters and events in a folder, or take it for a ledger itself.

    Parameters
    ----------
    where
        Folder with ``ledger``, ``parameters``, ``events.toml`` and ``products`` in it; or a
        ledger.
    parameters, events, products
        Named instead of those in the folder.

    Returns
    -------
    Places

    Raises
    ------
    InputError
        When there is no ledger, or something named is not there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "ledger").mkdir()
    ...     found = find_places(folder)
    >>> Path(found.ledger).name, found.parameters
    ('ledger', None)
    """
    if "://" in str(where):
        places = Places(str(where), parameters, events, products)
    else:
        folder = Path(where)
        inside = folder / "ledger"
        places = Places(
            str(inside if inside.is_dir() else folder),
            parameters or _if(folder / "parameters", Path.is_dir),
            events or _if(folder / "events.toml", Path.is_file),
            products or _if(folder / "products", Path.is_dir),
            folder / "runs",
        )
    existing(places.ledger)
    named = (("--parameters", parameters), ("--events", events), ("--products", products))
    for name, path in named:
        if path is not None and not path.exists():
            raise InputError(name, "a path that exists", str(path), "check it")
    return places


def load_project(places: Places, as_of: AsOf = None) -> Project:
    """Load everything; what is damaged is left out and named in `problems`.

    Parameters
    ----------
    places
        As from `find_places`.
    as_of
        As for `venus_analysis.ledger.load`.

    Returns
    -------
    Project
        `refused` names damaged parts of the ledger, `problems` all that is wrong.

    Raises
    ------
    InputError, LedgerError
        When the ledger as a whole cannot be read.
    """
    version = version_of(places)
    problems: list[str] = []
    loaded = load(places.ledger, as_of=as_of)
    problems += [
        f"Part {one.part} of the ledger is left out: {one.reason}. Put back a copy of the file, "
        "or calibrate its acquisitions again."
        for one in loaded.refused
    ]
    registry = _tried(problems, "The parameter files", lambda: _registry(places.parameters))
    events = _tried(problems, "The events", lambda: _events(places.events))
    left_out = _tried(problems, "The exclusions", lambda: exclusions(places.ledger))
    if left_out is not None:
        problems += left_out.damaged
    return Project(
        places,
        version,
        loaded.frame,
        loaded.refused,
        registry,
        events or (),
        left_out,
        tuple(problems),
    )


def version_of(places: Places) -> str:
    """Digest of what there is to load, from names, sizes and times only; takes a millisecond."""
    store = existing(places.ledger)
    parts = [*store.names(ROWS), *store.names(WITHDRAWALS)]
    if "://" not in places.ledger:
        parts += _stamps(sorted((Path(places.ledger) / JOURNAL).glob("*.jsonl")))
    if places.parameters is not None and places.parameters.is_dir():
        parts += _stamps(sorted(places.parameters.iterdir()))
    if places.events is not None:
        parts += _stamps([places.events])
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _stamps(paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            continue
        found.append(f"{path.name} {state.st_size} {state.st_mtime_ns}")
    return found


def _registry(folder: Path | None) -> Registry | None:
    return None if folder is None else Registry(folder)


def _events(path: Path | None) -> tuple[Event, ...]:
    return () if path is None else read_events(path)


def _tried(problems: list[str], what: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (VenusAnalysisError, OSError) as error:
        problems.append(f"{what} are left out: {error}.")
        return None


def _if(path: Path, there: Callable[[Path], bool]) -> Path | None:
    return path if there(path) else None
