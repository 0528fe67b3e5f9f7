"""Rows whose values have their columns' types already, taken without pandas.

pandas takes longer to come up than a dozen rows to be written. Whatever is not
plain, such as a time as text or a name that is no column, is left to
`ledger.rows`, which converts or refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from venus_analysis.schema import EMPTY, Column, Kind

Cells = dict[str, list[Any]]
LARGEST_INTEGER: Final = 2**63 - 1


def plain_cells(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> Cells | None:
    """Cells of each column, in order; None where a value or a name needs `ledger.rows`.

    Parameters
    ----------
    rows
        One mapping per row; what is left out or None is empty.
    columns
        The columns there are.

    Examples
    --------
    >>> ratio = Column("ratio", "float", "1", "")
    >>> plain_cells([{"ratio": 0.99}, {}], [ratio])
    {'ratio': [0.99, nan]}
    >>> plain_cells([{"ratio": "0.99"}], [ratio]) is None
    True
    """
    names = {column.name for column in columns}
    if any(row.keys() - names for row in rows):
        return None
    try:
        return {
            column.name: [_cell(row.get(column.name), column.kind) for row in rows]
            for column in columns
        }
    except (TypeError, ValueError, OverflowError):
        return None


def arrow_cells(values: Sequence[Any], kind: Kind) -> pa.Array:
    """Arrow column of plain cells, built from its buffers: pyarrow's own way imports pandas.

    NaN and missing times are null, as in columns that come from frames.

    Examples
    --------
    >>> arrow_cells([0.5, float("nan")], "float").null_count
    1
    >>> arrow_cells(["B1", "B1", "B2"], "text").dictionary.to_pylist()
    ['B1', 'B2']
    """
    number = len(values)
    if kind == "text":
        places: dict[str, int] = {}
        index = np.array([places.setdefault(value, len(places)) for value in values], np.int32)
        words = [value.encode() for value in places]
        ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(words))]
        there = np.ones(number, np.bool_)
        return pa.DictionaryArray.from_arrays(
            _arrow(pa.int32(), index, there),
            pa.Array.from_buffers(pa.string(), len(words), buffers),
        )
    if kind == "time":
        times = np.array(values, "datetime64[us]")
        return _arrow(pa.timestamp("us"), times.view(np.int64), ~np.isnat(times))
    if kind == "boolean":
        bits = np.packbits(np.array(values, np.bool_), bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), number, [None, pa.py_buffer(bits)])
    if kind == "integer":
        return _arrow(pa.int64(), np.array(values, np.int64), np.ones(number, np.bool_))
    numbers = np.array(values, np.float64)
    return _arrow(pa.float64(), numbers, ~np.isnan(numbers))


def _arrow(dtype: pa.DataType, values: NDArray[Any], known: NDArray[np.bool_]) -> pa.Array:
    bits = np.packbits(known, bitorder="little")
    return pa.Array.from_buffers(dtype, len(values), [pa.py_buffer(bits), pa.py_buffer(values)])


def _cell(value: Any, kind: Kind) -> Any:
    if value is None:
        return EMPTY[kind]
    types, convert = _PLAIN[kind]
    if not isinstance(value, types) or (kind != "boolean" and isinstance(value, bool)):
        raise TypeError
    return convert(value)


def _integer(value: Any) -> int:
    if abs(int(value)) > LARGEST_INTEGER:
        raise ValueError
    return int(value)


def _text(value: str) -> str:
    value.encode()  # lone surrogates are refused
    return value


def _time(value: np.datetime64) -> Any:
    return value.astype("datetime64[us]")


_PLAIN: Final[dict[Kind, tuple[tuple[type, ...], Callable[[Any], Any]]]] = {
    "text": ((str,), _text),
    "float": ((float, int, np.floating), float),
    "integer": ((int, np.integer), _integer),
    "boolean": ((bool, np.bool_), bool),
    "time": ((np.datetime64,), _time),
}
