"""One part of the ledger: an immutable Parquet file named by its content.

Name: ``<newest commit time>-<random>-<blake2b of the file>.parquet``. The
digest finds a flipped bit or a missing end anywhere in the file; pages carry
checksums as well, for other readers. The time tells a writer what is newest
without opening anything.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from venus_analysis import schema
from venus_analysis.errors import LedgerError
from venus_analysis.schema import Column

if TYPE_CHECKING:
    import pandas as pd

VERSION_KEY = "venus_analysis.schema_version"
NAME = re.compile(r"(\d{8}T\d{6})(\d{6})-[0-9a-f]{16}-([0-9a-f]{32})\.parquet")

_ARROW = {
    "text": pa.dictionary(pa.int32(), pa.string()),
    "float": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us"),
}
_IDENTITY = tuple(column for column in schema.COLUMNS if column.name in schema.IDENTITY)
WITHDRAWAL_COLUMNS: tuple[Column, ...] = (
    *_IDENTITY,
    Column("action", "text", "", "withdraw or restore."),
    Column("reason", "text", "", "Why."),
    Column("who", "text", "", "Who decided."),
    Column("committed", "time", "UTC", "When the decision entered the ledger."),
)


@dataclass(frozen=True)
class Refused:
    """Part that was left out, and why."""

    part: str
    reason: str

    def __str__(self) -> str:
        return f"{self.part}: {self.reason}"


def arrow_schema(columns: tuple[Column, ...] = schema.COLUMNS) -> pa.Schema:
    """Arrow types of columns: text as dictionary, UTC times as zone-free microseconds.

    Examples
    --------
    >>> arrow_schema().field("time").type
    TimestampType(timestamp[us])
    """
    return pa.schema([(column.name, _ARROW[column.kind]) for column in columns])


def encode(table: pa.Table, newest: np.datetime64 | None = None) -> tuple[str, bytes]:
    """Name and bytes of a new part; `newest` of its column ``committed``, if it is known."""
    sink = pa.BufferOutputStream()
    text = [name for name in table.column_names if pa.types.is_dictionary(table[name].type)]
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="zstd",
        use_dictionary=text,
        dictionary_pagesize_limit=1 << 25,
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({VERSION_KEY: str(schema.SCHEMA_VERSION)})
    data = sink.getvalue().to_pybytes()
    newest = np.max(table["committed"].to_numpy()) if newest is None else newest
    stamp = re.sub(r"[-:.]", "", np.datetime_as_string(newest, unit="us"))
    return f"{stamp}-{secrets.token_hex(8)}-{digest(data)}.parquet", data


def digest(data: bytes) -> str:
    """Digest in a part's name: blake2b, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def newest_commit(names: list[str]) -> np.datetime64:
    """Newest commit time among part names; 1 January 1970 for none.

    Examples
    --------
    >>> newest_commit([f"20240102T030405000006-{'0' * 16}-{'0' * 32}.parquet", "stranger.txt"])
    np.datetime64('2024-01-02T03:04:05.000006')
    """
    newest = np.datetime64(0, "us")
    for name in names:
        if match := NAME.fullmatch(name):
            day, micro = match[1], match[2]
            iso = f"{day[:4]}-{day[4:6]}-{day[6:11]}:{day[11:13]}:{day[13:]}.{micro}"
            try:
                newest = max(newest, np.datetime64(iso, "us"))
            except ValueError:
                continue
    return newest


def decode(name: str, data: bytes, columns: tuple[Column, ...], wanted: list[str]) -> pa.Table:
    """Check a part and read columns of it, upgraded to this version's schema.

    Raises
    ------
    LedgerError
        With the reason alone; the caller knows the part.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise LedgerError("expected a part's name, received another file's; move it elsewhere")
    if digest(data) != match[3]:
        raise LedgerError(
            "expected the content its name promises, received other bytes (a flipped bit or a cut "
            "end); put back a copy of the file, or remove it and run what is then missing"
        )
    try:
        metadata = pq.read_metadata(pa.BufferReader(data))
        version = int((metadata.metadata or {}).get(VERSION_KEY.encode(), 0))
        if version < 1:
            raise ValueError("a Parquet file without the ledger's schema version")
        if version > schema.SCHEMA_VERSION:
            raise LedgerError(
                f"expected a schema up to version {schema.SCHEMA_VERSION}, received {version}; "
                "update venus_analysis"
            )
        return _read(data, metadata, version, columns, wanted)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LedgerError(f"expected a part of the ledger, received {what}; remove it") from error


def _read(
    data: bytes,
    metadata: pq.FileMetaData,
    version: int,
    columns: tuple[Column, ...],
    wanted: list[str],
) -> pa.Table:
    kinds = {column.name: column.kind for column in columns}
    stored = _stored_names(metadata.schema.names, version)
    for name in (*schema.IDENTITY, "committed"):
        if name not in stored:
            raise ValueError(f"none of its column {name!r}")
    strange = sorted(stored.keys() - kinds.keys())
    if strange and version == schema.SCHEMA_VERSION:
        raise ValueError(f"the unknown column {strange[0]!r}")
    file = pq.ParquetFile(
        pa.BufferReader(data),
        metadata=metadata,
        read_dictionary=[
            stored[name] for name in wanted if name in stored and kinds[name] == "text"
        ],
        page_checksum_verification=True,
    )
    table = file.read([stored[name] for name in wanted if name in stored])
    cells = [
        _cells(table[stored[name]], kinds[name])
        if name in stored
        else _empty(kinds[name], table.num_rows)
        for name in wanted
    ]
    return pa.table(cells, names=wanted)


def _stored_names(names: list[str], version: int) -> dict[str, str]:
    """Name in the file of each column, by its present name."""
    now = {name: name for name in names}
    for step in range(version, schema.SCHEMA_VERSION):
        renamed = schema.RENAMED.get(step, {})
        now = {name: renamed.get(present, present) for name, present in now.items()}
    return {present: name for name, present in now.items()}


def _cells(column: pa.ChunkedArray, kind: schema.Kind) -> pa.ChunkedArray:
    if column.null_count and kind not in ("float", "time"):
        raise ValueError(f"an empty cell among {kind} values")
    if kind == "text" and not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    if kind == "float" and column.null_count:
        column = column.fill_null(float("nan"))
    return column if column.type == _ARROW[kind] else column.cast(_ARROW[kind])


def _empty(kind: schema.Kind, length: int) -> pa.ChunkedArray:
    value = pa.scalar(
        schema.EMPTY[kind], _ARROW[kind].value_type if kind == "text" else _ARROW[kind]
    )
    cells = pa.repeat(value, length)
    return pa.chunked_array([cells.dictionary_encode() if kind == "text" else cells])


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Table as a pandas frame; dictionaries become plain text."""
    plain = {
        name: table[name].cast(pa.large_string())
        if pa.types.is_dictionary(table[name].type)
        else table[name]
        for name in table.column_names
    }
    frame: pd.DataFrame = pa.table(plain).to_pandas()
    return frame
