"""Reading the ledger: the current rows, those of a date or snapshot, the history.

Current is the newest row of each key by (committed, run_id) that is not
withdrawn; a row without a ratio never replaces one that has it, unless told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.ledger.decisions import withdrawal_of, withdrawn_now
from venus_analysis.ledger.folder import rows_table
from venus_analysis.ledger.moment import LAST, AsOf, until
from venus_analysis.ledger.order import Indices
from venus_analysis.ledger.parts import Refused, to_frame
from venus_analysis.ledger.select import COLUMNS, Order, find, take

if TYPE_CHECKING:
    import pandas as pd
from venus_analysis.ledger.snapshot import PREFIX, read_snapshot
from venus_analysis.ledger.store import SNAPSHOTS, Store, existing


@dataclass(frozen=True)
class Loaded:
    """What could be read.

    Attributes
    ----------
    frame
        Rows, columns as in `schema`, sorted by key.
    refused
        Parts that were left out, each with its reason; show them.
    """

    frame: pd.DataFrame
    refused: tuple[Refused, ...]


def load(
    where: str | Path | Store,
    *,
    as_of: AsOf = None,
    columns: Sequence[str] | None = None,
    nan_replaces: bool = False,
) -> Loaded:
    """Tidy frame of the current rows, one per key.

    Parameters
    ----------
    where
        Folder or address of the ledger.
    as_of
        None for now; a time (UTC; a bare date means its last moment); or the
        name of a snapshot, whose very rows come back whatever happened since.
    columns
        Only these columns; all by default.
    nan_replaces
        Let a newer row whose ratio is NaN replace a row that has a value.

    Returns
    -------
    Loaded
        Times are ``datetime64[us]`` in UTC, text is ``str``.

    Raises
    ------
    InputError
        When there is no ledger, or no such snapshot or column.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import write
    >>> row = dict.fromkeys(schema.IDENTITY, "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = write(folder, [row | {"run_id": "a", "ratio": 0.98}])
    ...     second = write(folder, [row | {"run_id": "b", "ratio": 0.99}])
    ...     load(folder).frame["ratio"].tolist()
    ...     load(folder, as_of=first.committed).frame["ratio"].tolist()
    [0.99]
    [0.98]
    """
    store = existing(where)
    if isinstance(as_of, str) and as_of.startswith(PREFIX):
        return _load_snapshot(store, as_of, columns)
    last = until(as_of)
    table, refused = rows_table(store, _wanted(columns))
    withdrawn, bad = withdrawn_now(store, last)
    rows = Order.of(table)
    index = rows.distinct(last)
    index = index[withdrawal_of(table, index, withdrawn) < 0]
    index = rows.current(index, nan_replaces=nan_replaces)
    return Loaded(_frame(table, index, columns), (*refused, *bad))


def _load_snapshot(store: Store, name: str, columns: Sequence[str] | None) -> Loaded:
    identities = read_snapshot(store, name)
    table, refused = rows_table(store, _wanted(columns))
    index = Order.of(table).distinct(LAST)
    index = index[find(identities, table.select(list(schema.IDENTITY)).take(pa.array(index))) >= 0]
    lost = identities.num_rows - len(index)
    if lost:
        reason = f"{lost} of its {identities.num_rows} rows lie in no readable part"
        refused.append(Refused(f"{SNAPSHOTS}/{name}", reason))
    return Loaded(_frame(table, index, columns), tuple(refused))


def _frame(table: pa.Table, index: Indices, columns: Sequence[str] | None) -> pd.DataFrame:
    return to_frame(take(table if columns is None else table.select(list(columns)), index))


def history(where: str | Path | Store, *, as_of: AsOf = None) -> Loaded:
    """Every distinct row up to a time, with what became of it.

    Returns
    -------
    Loaded
        The frame has four more columns: ``current`` and ``withdrawn`` (bool),
        ``reason`` and ``who`` of the withdrawal (empty for none).

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import write
    >>> row = dict.fromkeys(schema.IDENTITY, "x") | {"ratio": 0.98}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for run in "ab":
    ...         _ = write(folder, [row | {"run_id": run}])
    ...     history(folder).frame[["run_id", "current", "withdrawn"]].to_numpy().tolist()
    [['a', False, False], ['b', True, False]]
    """
    store, last = existing(where), until(as_of)
    table, refused = rows_table(store)
    withdrawn, bad = withdrawn_now(store, last)
    rows = Order.of(table)
    index = rows.distinct(last)
    place = withdrawal_of(table, index, withdrawn)
    frame = to_frame(take(table, index))
    frame["current"] = np.isin(index, rows.current(index[place < 0]))
    frame["withdrawn"] = place >= 0
    decided = to_frame(withdrawn.select(["reason", "who"])).reindex(place).fillna("")
    for name in decided:
        frame[name] = decided[name].to_numpy()
    return Loaded(frame, (*refused, *bad))


def _wanted(columns: Sequence[str] | None) -> list[str] | None:
    if columns is None:
        return None
    for name in columns:
        if name not in schema.NAMES:
            names = "columns of the ledger"
            raise InputError("columns", names, repr(name), "the names are in venus_analysis.schema")
    return [name for name in schema.NAMES if name in {*COLUMNS, *columns}]
