"""Ledger rows: made whole, with every column of the schema, and written as JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from venus_analysis.schema import COLUMNS, EMPTY

Row = dict[str, Any]


def new_row(**values: Any) -> Row:
    """Row with every column of the schema; those not given are empty.

    Raises
    ------
    KeyError
        When a value's name is no column.

    Examples
    --------
    >>> row = new_row(band="B1", ratio=0.99)
    >>> row["band"], row["ratio"], row["site"], row["modelled"]
    ('B1', 0.99, '', nan)
    """
    row: Row = {column.name: EMPTY[column.kind] for column in COLUMNS}
    unknown = values.keys() - row.keys()
    if unknown:
        raise KeyError(f"no column of the ledger: {', '.join(sorted(unknown))}")
    return row | values


def digest(parts: Iterable[bytes]) -> str:
    """Short name for content: blake2b, 16 hexadecimal digits.

    Examples
    --------
    >>> digest([b"a", b"b"]) == digest([b"ab"])
    False
    """
    state = hashlib.blake2b(digest_size=8)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.hexdigest()


def file_digest(path: Path) -> str:
    """Digest of a file's bytes, in blocks; the name of the file plays no part."""
    state = hashlib.blake2b(digest_size=8)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def folder_digest(folder: Path, is_metadata: Callable[[Path], bool]) -> str:
    """Digest of a folder: names and sizes of its files, and the bytes of its metadata.

    Pixels are not read a second time for it.

    Examples
    --------
    >>> here = Path(__file__).parent
    >>> folder_digest(here, lambda file: False) == folder_digest(here.parent, lambda file: False)
    False
    """
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    names = [f"{one.relative_to(folder)} {one.stat().st_size}".encode() for one in files]
    return digest([*names, *(file_digest(one).encode() for one in files if is_metadata(one))])


def configuration_of(options: Mapping[str, object]) -> tuple[str, str]:
    """Digest and readable text of the options that change numbers.

    Examples
    --------
    >>> configuration_of({"libration": "lon-lat"})[1]
    '{"libration": "lon-lat"}'
    """
    text = json.dumps(options, sort_keys=True)
    return digest([text.encode()]), text


@cache
def software_version() -> str:
    """Version of the installed package."""
    from importlib.metadata import version

    return version("venus-analysis")


def new_run_id(now: datetime | None = None) -> str:
    """Identity of one run: when it began and a random part.

    Examples
    --------
    >>> new_run_id(datetime(2026, 1, 2, tzinfo=UTC))[:16]
    '20260102T000000Z'
    """
    import secrets

    moment = now or datetime.now(UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def rounded(value: float) -> float | None:
    """Give a number of a row's detail to seven decimals; None for NaN."""
    return round(float(value), 7) if math.isfinite(value) else None


def as_json(row: Row) -> dict[str, Any]:
    """Row as plain JSON values: NaN and missing times as null, times as ISO UTC.

    Examples
    --------
    >>> as_json({"ratio": math.nan, "time": np.datetime64("2019-02-04T08:34:37", "us")})
    {'ratio': None, 'time': '2019-02-04T08:34:37.000000Z'}
    """
    return {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """Give what JSON can hold of a value and all that is in it, as `as_json` does.

    Examples
    --------
    >>> plain({"u": (np.float32(0.5), math.inf)})
    {'u': [0.5, None]}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else f"{value.astype('datetime64[us]')}Z"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
