"""Which rows count: the distinct ones, those not withdrawn, the current ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.ledger import order
from venus_analysis.ledger.order import Indices, Ranks

COLUMNS = (*schema.IDENTITY, "committed", "ratio", "measured")
"""Columns that decide."""


@dataclass(frozen=True)
class Order:
    """Integers that order the rows of a table, one per row."""

    key: Ranks
    run: Ranks
    committed: Ranks
    worth: Ranks

    @classmethod
    def of(cls, table: pa.Table) -> Order:
        """Order of a table with `COLUMNS`.

        A ratio is worth more than a measured value alone, and that more than nothing.
        """
        ratio, measured = (np.isfinite(table[name].to_numpy()) for name in ("ratio", "measured"))
        return cls(
            order.ranks(table, schema.KEY),
            order.ranks(table, ["run_id"]),
            table["committed"].to_numpy().astype(np.int64),
            np.where(ratio, 2, measured.astype(np.int64)),
        )

    def distinct(self, until: np.datetime64) -> Indices:
        """Rows committed up to a time, without repeats, in the order of key and run_id."""
        index = order.firsts(self.key, self.run, self.committed)
        return index[self.committed[index] <= until.astype(np.int64)]

    def current(self, index: Indices, *, nan_replaces: bool = False) -> Indices:
        """Newest row of each key among the rows of `index`, in key order."""
        worth = np.zeros_like(self.worth) if nan_replaces else self.worth
        chosen = order.newest(self.key[index], worth[index], self.committed[index], self.run[index])
        return index[chosen]


def find(known: pa.Table, rows: pa.Table) -> Indices:
    """For each row the index of the same identity in `known`, or -1.

    Examples
    --------
    >>> table = pa.table({name: ["x", "y"] for name in schema.IDENTITY})
    >>> find(table.slice(1), table).tolist()
    [-1, 0]
    """
    if not known.num_rows:
        return np.full(rows.num_rows, -1, dtype=np.intp)
    names = list(schema.IDENTITY)
    codes = order.ranks(pa.concat_tables([known.select(names), rows.select(names)]), names)
    own, others = codes[: known.num_rows], codes[known.num_rows :]
    by_code = np.argsort(own, kind="stable")
    place = np.minimum(np.searchsorted(own[by_code], others), len(own) - 1)
    found: Indices = np.where(own[by_code][place] == others, by_code[place], -1)
    return found


def take(table: pa.Table, index: Indices) -> pa.Table:
    """Rows of a table, without a copy when all stay in place."""
    if np.array_equal(index, np.arange(table.num_rows)):
        return table
    return table.take(pa.array(index))
