"""All numbers and texts of an IDL save file, by name."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.idl_save import save_content, variable_records
from venus_analysis.errors import InputError

_ARRAY, _STRUCTURE, _DATA_START, _ARRAY_START = 4, 32, 7, 8
_TEXT, _BYTE = 7, 1
# Type code: type in the file, type of the values. Shorter integers fill four bytes.
_NUMBERS: Final[dict[int, tuple[str, str]]] = {
    2: (">i4", "i2"),
    3: (">i4", "i4"),
    4: (">f4", "f4"),
    5: (">f8", "f8"),
    12: (">i4", "u2"),
    13: (">u4", "u4"),
    14: (">i8", "i8"),
    15: (">u8", "u8"),
}
MOST_DIMENSIONS: Final = 8


def read_idl_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read every variable of numbers or texts, scalar or array.

    Parameters
    ----------
    path
        An uncompressed IDL save file.

    Returns
    -------
    dict
        Name in capitals to array, the last IDL dimension first; texts as
        objects. Structures, pointers and complex numbers are left out.

    Raises
    ------
    InputError
        When the file is absent, too large, compressed or damaged.

    References
    ----------
    C. Markwardt, Unofficial format specification for the IDL SAVE file.

    Examples
    --------
    >>> read_idl_arrays(Path("absent.sav"))
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.sav: expected a file, ...
    """
    content = save_content(path)
    found: dict[str, NDArray[Any]] = {}
    try:
        for start, end in variable_records(path, content):
            name, values = _variable(_Cursor(content[start:end]))
            if values is not None:
                found[name] = values
    except (struct.error, ValueError) as error:
        raise InputError(
            path, "a complete IDL save file", f"a variable with {error}", "fetch it again"
        ) from error
    return found


@dataclass
class _Cursor:
    """Place in a record; every step checks that there is enough left."""

    body: bytes
    position: int = 0

    def integers(self, number: int) -> tuple[int, ...]:
        values = struct.unpack_from(f">{number}i", self.body, self.position)
        self.position += 4 * number
        return values

    def raw(self, length: int) -> bytes:
        """Bytes, filled up to four in the file."""
        if not 0 <= length <= len(self.body) - self.position:
            raise ValueError("a length beyond its record")
        part = self.body[self.position : self.position + length]
        self.position += length + (-length % 4)
        return part

    def numbers(self, dtype: str, number: int) -> NDArray[Any]:
        size = np.dtype(dtype).itemsize * number
        return np.frombuffer(self.raw(size), dtype, number)


def _variable(cursor: _Cursor) -> tuple[str, NDArray[Any] | None]:
    (length,) = cursor.integers(1)
    if not 0 < length <= 128:
        raise ValueError("a name of impossible length")
    name = cursor.raw(length).decode("latin-1").upper()
    kind, flags = cursor.integers(2)
    if flags & _STRUCTURE or kind not in {*_NUMBERS, _TEXT, _BYTE}:
        return name, None
    shape = _shape(cursor) if flags & _ARRAY else ()
    if cursor.integers(1) != (_DATA_START,):
        raise ValueError("no start of its data")
    number = int(np.prod(shape, dtype=np.int64))
    return name, _data(cursor, kind, number).reshape(shape)


def _shape(cursor: _Cursor) -> tuple[int, ...]:
    start, _, _, elements, dimensions, _, _, most = cursor.integers(8)
    if start != _ARRAY_START or not 1 <= dimensions <= most <= MOST_DIMENSIONS:
        raise ValueError("an impossible shape")
    sizes = cursor.integers(most)[:dimensions]
    bound = len(cursor.body)
    if min(sizes) < 1 or max(sizes) > bound or np.prod(sizes, dtype=object) != elements:
        raise ValueError("an impossible shape")
    if elements > bound:
        raise ValueError("more elements than bytes")
    return sizes[::-1]


def _data(cursor: _Cursor, kind: int, number: int) -> NDArray[Any]:
    if kind == _TEXT:
        return np.array([_text(cursor) for _ in range(number)], dtype=object)
    if kind == _BYTE:
        (length,) = cursor.integers(1)
        if length != number:
            raise ValueError("bytes of another number")
        return np.frombuffer(cursor.raw(number), np.uint8)
    stored, dtype = _NUMBERS[kind]
    return cursor.numbers(stored, number).astype(dtype)


def _text(cursor: _Cursor) -> str:
    (length,) = cursor.integers(1)
    if length == 0:
        return ""
    (again,) = cursor.integers(1)
    if again != length:
        raise ValueError("a text of two lengths")
    return cursor.raw(length).decode("latin-1")
