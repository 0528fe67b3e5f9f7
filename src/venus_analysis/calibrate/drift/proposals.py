"""Proposals of new absolute gains: the file, the reasons, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from venus_analysis.calibrate.drift.journal import append, check_person, path_of, read
from venus_analysis.errors import InputError
from venus_analysis.ledger import load
from venus_analysis.ledger.moment import Clock, utc_now
from venus_analysis.ledger.store import make_folder, open_store
from venus_analysis.parameters.gain_base import gain_base, gain_series
from venus_analysis.parameters.header import marked
from venus_analysis.parameters.instants import Instant, instant
from venus_analysis.parameters.propose import propose_phgain
from venus_analysis.parameters.registry import Registry

NAME: Final = "proposals"
PROPOSED: Final = "proposed"
DECISIONS: Final = ("accepted", "refused")


@dataclass(frozen=True)
class Proposal:
    """A proposed PHGAIN file.

    Attributes
    ----------
    id
        Name of the file without its ending.
    status
        proposed, accepted or refused.
    who, when, why
        Who proposed it, at which UTC time, and why.
    gains
        Band to the Ak proposed; other bands keep that in force at `start`.
    start
        First second of validity, UTC.
    file
        Name of the file.
    numbers
        What the proposal rests on, as given.
    base
        Serial whose Ak the other bands keep; empty where there is none, or in logs that
        do not say it.
    warnings
        Sentences on what a reader of the proposal should know.
    decided_by, decided_when, decided_why
        The decision; empty while there is none.
    """

    id: str
    status: str
    who: str
    when: str
    why: str
    gains: dict[str, float]
    start: str
    file: str
    numbers: dict[str, Any]
    base: str = ""
    warnings: tuple[str, ...] = ()
    decided_by: str = ""
    decided_when: str = ""
    decided_why: str = ""


@dataclass(frozen=True)
class Proposals:
    """Proposals kept beside a ledger.

    Attributes
    ----------
    current
        Each with its latest status, in the order of proposing.
    history
        All entries as written.
    damaged
        Sentences on lines that cannot be read.
    """

    current: tuple[Proposal, ...]
    history: tuple[dict[str, Any], ...]
    damaged: tuple[str, ...]


def propose(
    ledger: str | Path,
    parameters: str | Path,
    gains: Mapping[str, float],
    start: Instant,
    *,
    who: str,
    why: str,
    numbers: Mapping[str, Any] | None = None,
    output: str | Path | None = None,
    now: Clock = utc_now,
) -> Proposal:
    """Write gains as the next PHGAIN serial and log the proposal.

    Where rows of the ledger or an older file are SIMULATED, the file's notes say so.

    Parameters
    ----------
    ledger
        Folder of the ledger; the log lies beside its rows.
    parameters
        Folder of the official files; not changed.
    gains
        Band to Ak, counts / (W m-2 sr-1 um-1).
    start
        First second of validity, UTC.
    who, why
        Kept in the log.
    numbers
        What it rests on: plain values, such as departures with their uncertainty.
    output
        Folder for the file; by default ``journal/proposed`` of the ledger, so that a
        proposal is in force nowhere before somebody installs it.
    now
        Gives the present time.

    Returns
    -------
    Proposal

    Raises
    ------
    InputError
        Gains or dates that `propose_phgain` refuses, or an empty text.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.parameters.header import new_header
    >>> from venus_analysis.parameters.phgain import PhysicalGain
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     header = new_header("PHGAIN", 7, "2017-08-01", created="2018-01-01")
    ...     _ = PhysicalGain(header=header, gain=np.full((12, 5), 2.0)).write(folder)
    ...     one = propose(folder, folder, {"B1": 1.96}, "2024-01-01", who="Ada", why="drift")
    ...     decide(folder, one.id, "accepted", who="Bo", why="agreed").status, one.file[-27:]
    ('accepted', '00008_20240101_99991231.EEF')
    """
    check_person({"who": who, "why": why})
    folder = Path(output) if output is not None else path_of(ledger, NAME).parent / PROPOSED
    make_folder(folder)
    moment = np.datetime64(now().replace(tzinfo=None), "s")
    notes = marked(f"Proposed: {why.strip()}", simulated=_simulated(ledger))
    base = gain_base(Registry(parameters), gain_series(), start)
    path = propose_phgain(parameters, gains, start, output=folder, created=moment, notes=notes)
    entry = {
        "id": path.stem,
        "status": PROPOSED,
        "who": who.strip(),
        "why": why.strip(),
        "gains": {band: float(value) for band, value in gains.items()},
        "start": str(instant(start)),
        "file": path.name,
        "numbers": dict(numbers or {}),
        "base": base.serial,
        "warnings": list(base.warnings),
    }
    return _proposal(append(path_of(ledger, NAME), entry, now))


def decide(
    ledger: str | Path,
    proposal: str,
    status: str,
    *,
    who: str,
    why: str,
    now: Clock = utc_now,
) -> Proposal:
    """Log that a proposal was accepted or refused; its file stays where it is.

    Parameters
    ----------
    ledger
        Folder of the ledger.
    proposal
        Its id.
    status
        ``accepted`` or ``refused``; a later decision replaces an earlier one.
    who, why, now
        As for `propose`.

    Raises
    ------
    InputError
        An unknown proposal or status, or an empty text.
    """
    if status not in DECISIONS:
        raise InputError("status", " or ".join(DECISIONS), repr(status), "choose one")
    known = {one.id: one for one in proposals(ledger).current}
    if proposal not in known:
        there = ", ".join(known) or "none was made yet"
        raise InputError("proposal", f"one of: {there}", repr(proposal), "choose one")
    entry = {"id": proposal, "status": status, "who": who.strip(), "why": why.strip()}
    return _decided(known[proposal], append(path_of(ledger, NAME), entry, now))


def proposals(ledger: str | Path) -> Proposals:
    """Read the log of a ledger.

    Examples
    --------
    >>> proposals("absent").current
    ()
    """
    kept = read(path_of(ledger, NAME))
    found: dict[str, Proposal] = {}
    damaged = list(kept.damaged)
    for entry in kept.entries:
        try:
            if entry["status"] == PROPOSED:
                found[entry["id"]] = _proposal(entry)
            else:
                found[entry["id"]] = _decided(found[entry["id"]], entry)
        except (KeyError, TypeError, ValueError):
            damaged.append(f"{NAME}: an entry of {entry.get('when')} says too little: {entry}")
    return Proposals(tuple(found.values()), kept.entries, tuple(damaged))


def _simulated(ledger: str | Path) -> bool:
    if not open_store(ledger).is_ledger():
        return False
    return bool(load(ledger, columns=["simulated"]).frame["simulated"].any())


def _proposal(entry: Mapping[str, Any]) -> Proposal:
    names = ("id", "status", "who", "when", "why", "gains", "start", "file", "numbers")
    said = {"base": entry.get("base", ""), "warnings": tuple(entry.get("warnings", ()))}
    return Proposal(**{name: entry[name] for name in names}, **said)


def _decided(proposal: Proposal, entry: Mapping[str, Any]) -> Proposal:
    return replace(
        proposal,
        status=str(entry["status"]),
        decided_by=str(entry["who"]),
        decided_when=str(entry["when"]),
        decided_why=str(entry["why"]),
    )
