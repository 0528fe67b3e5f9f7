"""Compaction: many parts become one; nothing is lost at any moment.

The new part is published first, then those whose rows it holds are deleted.
Cut off in between, rows are there twice, which changes nothing. Refused parts
stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.errors import LedgerError
from venus_analysis.ledger import order
from venus_analysis.ledger.folder import read_folder
from venus_analysis.ledger.parts import WITHDRAWAL_COLUMNS, Refused, encode, to_frame
from venus_analysis.ledger.store import ROWS, WITHDRAWALS, Store, existing

OLD_LEFTOVER_S = 86_400.0


@dataclass(frozen=True)
class Compacted:
    """What a compaction did; parts and rows count withdrawals too."""

    parts_before: int
    parts_after: int
    rows: int
    refused: tuple[Refused, ...]


def compact(where: str | Path | Store) -> Compacted:
    """Merge the parts of a ledger; readers and writers may go on meanwhile.

    Exact repeats are dropped, the history is kept, and so are two results of one
    identity (a run_id that was used twice). Leftovers of writes that
    were cut off more than a day ago are deleted.

    Raises
    ------
    LedgerError
        When the new part cannot be written or an old one not deleted; no row is lost.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import write
    >>> row = dict.fromkeys(schema.IDENTITY, "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for run in "abc":
    ...         _ = write(folder, [row | {"run_id": run}])
    ...     compact(folder)
    Compacted(parts_before=3, parts_after=1, rows=3, refused=())
    """
    store = existing(where)
    try:
        done = [
            _compact(store, ROWS, schema.COLUMNS, list(schema.KEY), "run_id"),
            _compact(
                store,
                WITHDRAWALS,
                WITHDRAWAL_COLUMNS,
                [*schema.IDENTITY, "action", "reason", "who"],
                "committed",
            ),
        ]
    except OSError as error:
        raise LedgerError(
            f"ledger {store.label}: expected to merge its parts, received: {error}; no row is "
            "lost: make room or allow writing, then run again"
        ) from error
    before, after, rows = (sum(getattr(d, n) for d in done) for n in _COUNTS)
    return Compacted(before, after, rows, tuple(r for d in done for r in d.refused))


_COUNTS = ("parts_before", "parts_after", "rows")


def _compact(
    store: Store, folder: str, columns: tuple[schema.Column, ...], key: list[str], second: str
) -> Compacted:
    found = read_folder(store, folder, columns)
    for name in store.leftovers(folder, OLD_LEFTOVER_S):
        store.remove(folder, name)
    refused = tuple(found.refused.values())
    table = found.table(columns)
    if len(found.tables) < 2:
        return Compacted(len(found.tables), len(found.tables), table.num_rows, refused)
    index = _without_repeats(table, order.ranks(table, key), order.ranks(table, [second]))
    store.publish(folder, *encode(table.take(pa.array(index))))
    for name in found.tables:
        store.remove(folder, name)
    return Compacted(len(found.tables), 1, len(index), refused)


def _without_repeats(table: pa.Table, key: order.Ranks, second: order.Ranks) -> order.Indices:
    """Rows in the order of key and `second`; of those that repeat one another the oldest.

    Rows of one identity that differ in numbers all stay, for `check` to tell.
    """
    committed = table["committed"].to_numpy().astype(np.int64)
    ordered = np.lexsort((committed, second, key))
    same = (np.diff(key[ordered]) == 0) & (np.diff(second[ordered]) == 0)
    several = ordered[np.append(same, False) | np.insert(same, 0, False)]
    if not len(several):
        return ordered
    rows = to_frame(table.take(pa.array(several))).drop(columns="committed")
    return np.setdiff1d(ordered, several[rows.duplicated().to_numpy()], assume_unique=True)
