"""Tables of floats from IDL save files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.check import require_file
from venus_analysis.errors import InputError

LARGEST_BYTES: Final = 50_000_000
MOST_RECORDS: Final = 1000

_VARIABLE, _LAST_RECORD = 2, 6
_IS_ARRAY, _ARRAY_START, _DATA_START = 4, 8, 7
_FLOATS: Final = {4: ">f4", 5: ">f8"}


def read_idl_table(path: Path, wanted: str) -> NDArray[np.float64]:
    """Read one two-dimensional array of floats.

    Records are walked here instead of by ``scipy.io.readsav``, which follows any
    chain of records, for ever if it closes on itself, and leaves the file open
    when it fails.

    Parameters
    ----------
    path
        An uncompressed IDL save file.
    wanted
        Name of the variable, in capitals as IDL keeps it.

    Returns
    -------
    ndarray
        In the order of the file, the last IDL dimension first.

    Raises
    ------
    InputError
        When the file is absent, too large, compressed, damaged, or has no such
        table.

    References
    ----------
    C. Markwardt, Unofficial format specification for the IDL SAVE file.

    Examples
    --------
    >>> read_idl_table(Path("absent.sav"), "DATA")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.sav: expected a file, ...
    """
    content = save_content(path)
    held = []
    table = None
    try:
        for start, end in variable_records(path, content):
            name, found = _array(content[start:end])
            held.append(name)
            table = found if name == wanted else table
    except (struct.error, ValueError) as error:
        raise InputError(
            path, "a complete IDL save file", f"a variable with {error}", "fetch it again"
        ) from error
    if table is None:
        names = ", ".join(held) or "nothing"
        raise InputError(
            path, f"a table of numbers named {wanted}", names, "check which file it is"
        )
    return table


def save_content(path: Path) -> bytes:
    """Bytes of a file that may be a save file; `InputError` when absent or too large."""
    size = require_file(path).stat().st_size
    if size > LARGEST_BYTES:
        raise InputError(
            path, f"at most {LARGEST_BYTES:,} bytes", f"{size:,} bytes", "split or check the file"
        )
    return path.read_bytes()


def variable_records(path: Path, content: bytes) -> list[tuple[int, int]]:
    """First and last byte of each variable; each record must lie behind the one before."""
    if content[:4] == b"SR\x00\x06":
        raise InputError(path, "an uncompressed save file", "a compressed one", "save it again")
    if content[:4] != b"SR\x00\x04":
        raise InputError(
            path, "an IDL save file", f"a file beginning with {content[:8]!r}", "check the path"
        )
    position = 4
    found: list[tuple[int, int]] = []
    for _ in range(MOST_RECORDS):
        if position + 16 > len(content):
            break
        kind, following, high = struct.unpack_from(">iII", content, position)
        if kind == _LAST_RECORD:
            return found
        if high or not position + 16 <= following < len(content):
            break
        if kind == _VARIABLE:
            found.append((position + 16, following))
        position = following
    raise InputError(
        path, "a complete IDL save file", "a broken chain of records", "fetch it again"
    )


def _array(body: bytes) -> tuple[str, NDArray[np.float64] | None]:
    """Name of a variable, and its numbers when it is a table of floats."""
    (length,) = struct.unpack_from(">i", body)
    if not 0 < length <= 128:
        raise ValueError("a name of impossible length")
    name = body[4 : 4 + length].decode("latin-1").upper()
    position = 4 + length + (-length % 4)
    kind, flags = struct.unpack_from(">ii", body, position)
    if not flags & _IS_ARRAY or kind not in _FLOATS:
        return name, None
    start, _, _, elements, dimensions, _, _, most = struct.unpack_from(">8i", body, position + 8)
    if start != _ARRAY_START or dimensions != 2 or not 2 <= most <= 8:
        return name, None
    sizes = struct.unpack_from(">2i", body, position + 40)
    (mark,) = struct.unpack_from(">i", body, position + 40 + 4 * most)
    if min(sizes) < 1 or sizes[0] * sizes[1] != elements or mark != _DATA_START:
        raise ValueError("an impossible shape")
    numbers = np.frombuffer(body, _FLOATS[kind], elements, position + 44 + 4 * most)
    return name, numbers.reshape(sizes[1], sizes[0]).astype(np.float64)
