"""Snapshots: the very rows a report showed, by key and run_id.

A snapshot is named by the digest of its file, so the name alone says whether
the file is intact, and the same rows give the same name. Rows are never
dropped from a ledger, so a snapshot can be drawn again after any compaction,
later run or withdrawal.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from venus_analysis import schema
from venus_analysis.errors import InputError, LedgerError
from venus_analysis.ledger.parts import digest
from venus_analysis.ledger.store import SNAPSHOTS, Store, existing

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "snapshot-"


def snapshot(where: str | Path | Store, rows: pd.DataFrame) -> str:
    """Keep which rows are shown, for `load(..., as_of=name)` at any later time.

    Parameters
    ----------
    where
        Ledger the rows come from.
    rows
        Any frame with the columns `schema.IDENTITY`, as from `load`.

    Returns
    -------
    str
        The snapshot's name, ``snapshot-`` and 32 hexadecimal digits.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import load, write
    >>> row = dict.fromkeys(schema.IDENTITY, "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write(folder, [row | {"run_id": "a", "ratio": 0.98}])
    ...     name = snapshot(folder, load(folder).frame)
    ...     _ = write(folder, [row | {"run_id": "b", "ratio": 0.99}])
    ...     load(folder, as_of=name).frame["ratio"].tolist()
    [0.98]
    """
    store = existing(where)
    names = list(schema.IDENTITY)
    table = pa.Table.from_pandas(
        rows[names].sort_values(names),
        schema=pa.schema([(name, pa.string()) for name in names]),
        preserve_index=False,
    ).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True, store_schema=False)
    data = sink.getvalue().to_pybytes()
    name = PREFIX + digest(data)
    try:
        store.publish(SNAPSHOTS, f"{name}.parquet", data)
    except OSError as error:
        raise LedgerError(
            f"ledger {store.label}: expected to write a snapshot, received: {error}; "
            "make room or allow writing, then try again"
        ) from error
    return name


def read_snapshot(store: Store, name: str) -> pa.Table:
    """Identities of a snapshot.

    Raises
    ------
    InputError
        When there is no such snapshot.
    LedgerError
        When its file is damaged.
    """
    try:
        data = store.read(SNAPSHOTS, f"{name}.parquet")
    except FileNotFoundError:
        kept = [file.removesuffix(".parquet") for file in store.names(SNAPSHOTS)]
        remedy = f"it has {', '.join(kept)}" if kept else "it has none so far"
        raise InputError(
            f"ledger {store.label}: as_of", "a snapshot of this ledger", repr(name), remedy
        ) from None
    if PREFIX + digest(data) != name:
        raise LedgerError(
            f"ledger {store.label}: {SNAPSHOTS}/{name}: expected the content its name promises, "
            "received other bytes; put back a copy of the file"
        )
    return pq.read_table(pa.BufferReader(data), read_dictionary=list(schema.IDENTITY))
