"""Freezing a reference set, and running it again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from venus_analysis.calibrate.qualification.judge import Qualification, judge_rerun
from venus_analysis.calibrate.qualification.reference_set import (
    EXPECTED,
    Frozen,
    digests,
    frozen_bytes,
    read_frozen,
    read_set,
)
from venus_analysis.calibrate.qualification.rerun import run_set, versions
from venus_analysis.errors import InputError, UsageError
from venus_analysis.ledger.store import write_whole


def freeze_set(folder: str | Path, who: str, reason: str) -> tuple[Path, int]:
    """Run a set and keep its rows as what is expected of later software.

    A set that is frozen already keeps who froze it before, when and why.

    Returns
    -------
    tuple
        The file written, and the number of rows in it.

    Raises
    ------
    UsageError
        No name or no reason.
    InputError
        The set cannot be read or run, or gives no row.
    """
    if not who.strip() or not reason.strip():
        raise UsageError("--freeze: what is expected is a decision; give --who and --reason")
    reference = read_set(folder)
    earlier: list[dict[str, str]] = []
    if (reference.folder / EXPECTED).exists():
        old = read_frozen(folder)
        earlier = [dict(one) for one in old.earlier]
        earlier.append({"when": old.when, "who": old.who, "reason": old.reason})
    rows = run_set(reference)
    number = sum(map(len, rows))
    if not number:
        raise InputError(reference.folder, "rows", "none", "see that its runs find their inputs")
    frozen = Frozen(
        f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", who, reason, versions(),
        digests(reference), rows, tuple(earlier),
    )  # fmt: skip
    path = reference.folder / EXPECTED
    write_whole(path, frozen_bytes(frozen))
    return path, number


def qualify_set(folder: str | Path) -> Qualification:
    """Run a frozen set with the software of today and judge what moved.

    Raises
    ------
    InputError
        The set cannot be read or run, was never frozen, or its frozen results were changed.
    """
    reference, frozen = read_set(folder), read_frozen(folder)
    found = digests(reference)
    rows = run_set(reference)
    return judge_rerun(frozen, rows, versions(), found, reference.tolerances)
