"""Checking a ledger: every part, snapshot and repeat, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.errors import InputError, LedgerError
from venus_analysis.ledger import order
from venus_analysis.ledger.decisions import withdrawal_of, withdrawn_now
from venus_analysis.ledger.folder import Folder, read_folder
from venus_analysis.ledger.moment import LAST, Clock, after, utc_now
from venus_analysis.ledger.parts import WITHDRAWAL_COLUMNS, Refused, to_frame
from venus_analysis.ledger.select import Order, find
from venus_analysis.ledger.snapshot import read_snapshot
from venus_analysis.ledger.store import ROWS, SNAPSHOTS, WITHDRAWALS, Store, existing


@dataclass(frozen=True)
class Checked:
    """State of a ledger.

    Attributes
    ----------
    parts
        Readable parts and their number of rows.
    refused
        Damaged or foreign files, snapshots that cannot be drawn again.
    rows, current, withdrawn
        Distinct rows; how many are current and how many withdrawn.
    repeats
        Rows stored more than once (harmless; `compact` drops them).
    conflicts
        Identities stored with different numbers: a run_id was used twice.
    ahead_of_clock
        Rows committed later than the clock's present time.
    leftovers
        Temporary files of writes that were cut off, or still run.
    """

    parts: dict[str, int]
    refused: tuple[Refused, ...]
    rows: int
    current: int
    withdrawn: int
    repeats: int
    conflicts: int
    ahead_of_clock: int
    leftovers: tuple[str, ...]


def check(where: str | Path | Store, *, clock: Clock = utc_now) -> Checked:
    """Read everything and tell what is there and what is wrong.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import write
    >>> row = dict.fromkeys(schema.IDENTITY, "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write(folder, [row])
    ...     state = check(folder)
    >>> state.rows, state.current, state.refused
    (1, 1, ())
    """
    store = existing(where)
    rows = read_folder(store, ROWS)
    decisions = read_folder(store, WITHDRAWALS, WITHDRAWAL_COLUMNS)
    table = rows.table(schema.COLUMNS)
    ranked = Order.of(table)
    index = ranked.distinct(LAST)
    withdrawn, _ = withdrawn_now(store, LAST)
    gone = withdrawal_of(table, index, withdrawn) >= 0
    now = after(np.datetime64(0, "us"), clock).astype(np.int64)
    return Checked(
        parts=_counts(ROWS, rows) | _counts(WITHDRAWALS, decisions),
        refused=(
            *rows.refused.values(),
            *decisions.refused.values(),
            *_bad_snapshots(store, table.select(list(schema.IDENTITY)).take(pa.array(index))),
        ),
        rows=len(index),
        current=len(ranked.current(index[~gone])),
        withdrawn=int(gone.sum()),
        repeats=table.num_rows - len(index),
        conflicts=_conflicts(table),
        ahead_of_clock=int((ranked.committed[index] > now).sum()),
        leftovers=tuple(
            f"{folder}/{name}"
            for folder in (ROWS, WITHDRAWALS, SNAPSHOTS)
            for name in store.leftovers(folder, 0.0)
        ),
    )


def _counts(folder: str, found: Folder) -> dict[str, int]:
    return {f"{folder}/{name}": found.tables[name].num_rows for name in sorted(found.tables)}


def _conflicts(table: pa.Table) -> int:
    identity = order.ranks(table, schema.IDENTITY)
    _, inverse, count = np.unique(identity, return_inverse=True, return_counts=True)
    repeated = table.take(pa.array(np.flatnonzero(count[inverse] > 1)))
    different = to_frame(repeated).drop(columns="committed").drop_duplicates()
    again = different.duplicated(list(schema.IDENTITY), keep=False)
    return len(different[again].drop_duplicates(list(schema.IDENTITY)))


def _bad_snapshots(store: Store, rows: pa.Table) -> list[Refused]:
    bad = []
    for file in store.names(SNAPSHOTS):
        try:
            promised = read_snapshot(store, file.removesuffix(".parquet"))
        except (LedgerError, InputError) as error:
            bad.append(Refused(f"{SNAPSHOTS}/{file}", str(error)))
            continue
        lost = promised.num_rows - int((find(promised, rows) >= 0).sum())
        if lost:
            reason = f"{lost} of its {promised.num_rows} rows lie in no readable part"
            bad.append(Refused(f"{SNAPSHOTS}/{file}", reason))
    return bad
