"""Writing: only the driver does, in batches; a batch lands whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.errors import LedgerError
from venus_analysis.ledger.cells import Cells, arrow_cells, plain_cells
from venus_analysis.ledger.moment import Clock, after, utc_now
from venus_analysis.ledger.parts import arrow_schema, encode, newest_commit, to_frame
from venus_analysis.ledger.rows import Rows, distinct, is_frame, tidy
from venus_analysis.ledger.store import ROWS, WITHDRAWALS, Store, open_store
from venus_analysis.schema import IDENTITY, MAY_BE_EMPTY


@dataclass(frozen=True)
class Written:
    """One batch that is safe in the ledger: its part, commit time (UTC) and number of rows."""

    part: str
    committed: np.datetime64
    rows: int


def write(where: str | Path | Store, rows: Rows, *, clock: Clock = utc_now) -> Written:
    """Add a batch of rows; a ledger that is not there yet is made.

    Writing the same rows of the same run again is harmless. Two processes may
    write at once.

    Parameters
    ----------
    where
        Folder or address of the ledger.
    rows
        As in `rows.tidy`; `committed` is set here, to now, or to 1 µs after the
        newest row of the ledger if the clock lags behind it.
    clock
        Gives the present time; one without a zone is UTC.

    Returns
    -------
    Written
        When it comes back, the rows are safe on disk.

    Raises
    ------
    InputError
        For rows that are not the ledger's.
    LedgerError
        When nothing could be written (disk full, no permission). The ledger is
        as it was.
    """
    return publish(where, ROWS, _table(rows), clock)


def publish(where: str | Path | Store, folder: str, table: pa.Table, clock: Clock) -> Written:
    """Commit a table as one part and fill its ``committed`` in; an empty one writes nothing."""
    store = open_store(where)
    try:
        names = [*store.names(ROWS), *store.names(WITHDRAWALS)]
        committed = after(newest_commit(names), clock)
        if not table.num_rows:
            return Written("", committed, 0)
        stamps = arrow_cells([committed] * table.num_rows, "time")
        column = table.schema.get_field_index("committed")
        name, data = encode(table.set_column(column, "committed", stamps), committed)
        store.publish(folder, name, data)
    except OSError as error:
        raise LedgerError(
            f"ledger {store.label}: expected to write {table.num_rows} rows, received: {error}; "
            "the ledger is as it was: make room or allow writing, then run again"
        ) from error
    return Written(f"{folder}/{name}", committed, table.num_rows)


def _table(rows: Rows) -> pa.Table:
    """Rows with every column, checked and without repeats; plain ones without pandas."""
    if not is_frame(rows):
        rows = list(rows)
        cells = plain_cells(rows, schema.COLUMNS)
        if cells is not None and all(name in row for row in rows for name in IDENTITY):
            whole = all(name in MAY_BE_EMPTY or all(cells[name]) for name in IDENTITY)
            if whole and len(_identities(cells)) == len(rows):
                arrays = [arrow_cells(cells[one.name], one.kind) for one in schema.COLUMNS]
                return pa.Table.from_arrays(arrays, schema=arrow_schema())
    frame = distinct(tidy(rows).drop(columns="committed"))
    missing = np.datetime64("NaT", "us")
    return pa.Table.from_pandas(
        frame.assign(committed=missing), schema=arrow_schema(), preserve_index=False
    )


def _identities(cells: Cells) -> set[tuple[str, ...]]:
    return set(zip(*(cells[name] for name in IDENTITY), strict=True))


class Writer:
    """Collects rows of a run and writes them in batches.

    Parameters
    ----------
    where
        Folder or address of the ledger.
    batch_rows, batch_seconds
        A batch is written once it has that many rows, or when rows are added
        that long after the last write. Leaving the ``with`` block writes the
        rest, after an error too: what was computed is kept.
    clock, stopwatch
        Time of day, and seconds since anything.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import load
    >>> row = dict.fromkeys(schema.IDENTITY, "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Writer(folder) as writer:
    ...         for band in ("B1", "B2"):
    ...             writer.add([row | {"band": band}])
    ...     len(load(folder).frame), len(writer.written)
    (2, 1)
    """

    def __init__(
        self,
        where: str | Path | Store,
        *,
        batch_rows: int = 5000,
        batch_seconds: float = 30.0,
        clock: Clock = utc_now,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self.where, self.clock, self.stopwatch = where, clock, stopwatch
        self.batch_rows, self.batch_seconds = batch_rows, batch_seconds
        self.written: list[Written] = []
        self._waiting: list[pa.Table] = []
        self._identities: set[tuple[str, ...]] = set()
        self._since = stopwatch()

    def add(self, rows: Rows) -> None:
        """Take rows; bad ones raise `InputError` and none of them is taken."""
        table = _table(rows)
        identities = _identities({name: table[name].to_pylist() for name in IDENTITY})
        if not self._identities.isdisjoint(identities):
            distinct(to_frame(pa.concat_tables([*self._waiting, table])))
        if table.num_rows:
            self._waiting.append(table)
            self._identities |= identities
        many = sum(table.num_rows for table in self._waiting) >= self.batch_rows
        if many or self.stopwatch() - self._since >= self.batch_seconds:
            self.flush()

    def flush(self) -> None:
        """Write what waits; after a `LedgerError` it still waits."""
        if self._waiting:
            batch = pa.concat_tables(self._waiting).unify_dictionaries()
            if batch.num_rows > len(self._identities):  # a row that came twice
                batch = _table(to_frame(batch))
            self.written.append(publish(self.where, ROWS, batch, self.clock))
        self._waiting, self._since = [], self.stopwatch()
        self._identities.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.flush()
