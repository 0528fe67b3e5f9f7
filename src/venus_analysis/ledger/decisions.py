"""Reading withdrawals: the newest decision about each row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.ledger import order
from venus_analysis.ledger.folder import read_folder
from venus_analysis.ledger.order import Indices
from venus_analysis.ledger.parts import WITHDRAWAL_COLUMNS, Refused
from venus_analysis.ledger.select import find
from venus_analysis.ledger.store import WITHDRAWALS, Store


def withdrawn_now(store: Store, until: np.datetime64) -> tuple[pa.Table, list[Refused]]:
    """Rows that are withdrawn at a time, with reason and person, and the refused parts.

    Examples
    --------
    >>> from venus_analysis.ledger.store import open_store
    >>> withdrawn_now(open_store("nowhere"), np.datetime64("2024-01-01"))[0].num_rows
    0
    """
    found = read_folder(store, WITHDRAWALS, WITHDRAWAL_COLUMNS)
    table = found.table(WITHDRAWAL_COLUMNS)
    committed = table["committed"].to_numpy()
    table = table.filter(pa.array(committed <= until))
    same = order.ranks(table, schema.IDENTITY)
    last = order.newest(
        same,
        np.zeros_like(same),
        table["committed"].to_numpy().astype(np.int64),
        order.ranks(table, ["action", "reason", "who"]),
    )
    table = table.take(pa.array(last))
    gone = table["action"].cast(pa.string()).to_numpy() == "withdraw"
    return table.filter(pa.array(gone)), list(found.refused.values())


def withdrawal_of(rows: pa.Table, index: Indices, withdrawn: pa.Table) -> Indices:
    """For each row of `index` its place in `withdrawn`, or -1."""
    if not withdrawn.num_rows:
        return np.full(len(index), -1, dtype=np.intp)
    return find(withdrawn, rows.select(list(schema.IDENTITY)).take(pa.array(index)))
