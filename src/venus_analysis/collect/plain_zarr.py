"""Plain Zarr arrays (version 2 or 3) read with json and a codec, without the library's start.

The library reads any array and takes half a second to come up, and its event
loop as long again as the decoding. What most writers make needs neither: one
file a chunk, C order, little-endian numbers or texts of any length, one common
codec. Everything else is left to the library: `plain_array` then gives None.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.place import read_bytes

CODECS: Final = ("zstd", "blosc", "gzip", "zlib", "lz4")
NUMBERS: Final = ("u1", "u2", "u4", "i1", "i2", "i4", "i8", "f4", "f8")
TEXT: Final = np.dtype(object)


@dataclass(frozen=True, eq=False)
class PlainArray:
    """An array as its metadata describe it.

    `key` and `separator` make the name of a chunk's file; `codec` is None where
    chunks are not compressed; `attrs` are as in the file, and `fill` stands for
    chunks that are not there.
    """

    folder: Path
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    key: str
    separator: str
    codec: Any = None
    fill: Any = 0
    dims: tuple[str, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    version: int = 3

    def decode(self, place: tuple[int, ...], block: NDArray[Any]) -> tuple[NDArray[Any], bytes]:
        """Decode a chunk of numbers into `block`; the chunk, and the digest of its file.

        Raises
        ------
        ValueError
            The chunk is truncated; codecs raise errors of their own.
        """
        data = self._bytes(place)
        if data is None:
            block[...] = self.fill
            return block, b""
        size = math.prod(self.chunks) * self.dtype.itemsize
        if self.codec is not None:
            decoded = self.codec.decode(data, out=block)
            complete = decoded is block or np.asarray(decoded).nbytes == size
        else:
            complete = len(data) == size
            block[...] = np.frombuffer(data, self.dtype).reshape(self.chunks) if complete else 0
        if not complete:
            raise ValueError(f"{len(data)} bytes are no whole chunk")
        return block, hashlib.blake2b(data, digest_size=16).digest()

    def values(self) -> NDArray[Any]:
        """Read the whole array: meant for small ones."""
        whole = np.empty(self.shape, self.dtype)
        parts = [range(-(-size // chunk)) for size, chunk in zip(self.shape, self.chunks)]  # noqa: B905  a scalar has no parts
        for place in itertools.product(*parts):
            where = tuple(slice(n * size, (n + 1) * size) for n, size in zip(place, self.chunks))  # noqa: B905
            if self.dtype == TEXT:
                block = self._texts(place)
            else:
                block = self.decode(place, np.empty(self.chunks, self.dtype))[0]
            room = whole[where].shape
            whole[where] = block[tuple(map(slice, room))]
        return whole

    def _texts(self, place: tuple[int, ...]) -> NDArray[Any]:
        from numcodecs import VLenUTF8  # type: ignore[import-untyped]

        data = self._bytes(place)
        if data is None:
            return np.full(self.chunks, self.fill, object)
        raw = data if self.codec is None else self.codec.decode(data)
        return np.asarray(VLenUTF8().decode(raw), object).reshape(self.chunks)

    def _bytes(self, place: tuple[int, ...]) -> bytes | None:
        try:
            return read_bytes(self.folder / (self.key + self.separator.join(map(str, place))))
        except FileNotFoundError:
            return None


def plain_array(folder: Path) -> PlainArray | None:
    """Describe the array in a folder; None where only the library can read it.

    Examples
    --------
    >>> plain_array(Path("absent.zarr/counts")) is None
    True
    """
    try:
        if (folder / "zarr.json").is_file():
            return _version_3(folder, json.loads((folder / "zarr.json").read_bytes()))
        if (folder / ".zarray").is_file():
            attrs = folder / ".zattrs"
            more = json.loads(attrs.read_bytes()) if attrs.is_file() else {}
            return _version_2(folder, json.loads((folder / ".zarray").read_bytes()), more)
    except (ValueError, KeyError, TypeError, AttributeError, OSError):  # the library says what
        return None
    return None


def _version_3(folder: Path, at: Mapping[str, Any]) -> PlainArray | None:
    codecs = {one["name"]: one.get("configuration") or {} for one in at["codecs"]}
    first, *rest = codecs
    endian = codecs[first].get("endian", "little")
    serial = {"bytes": endian == "little" and at["data_type"] != "string"}
    serial["vlen-utf8"] = at["data_type"] == "string"
    keys = at["chunk_key_encoding"]
    plain = (
        at["node_type"] == "array"
        and serial.get(first, False)
        and at["chunk_grid"]["name"] == "regular"
        and keys["name"] == "default"
        and not at.get("storage_transformers")
    )
    if not plain or len(rest) > 1 or any(one not in CODECS for one in rest):
        return None
    dtype = TEXT if first == "vlen-utf8" else _numbers(np.dtype(at["data_type"]).str)
    separator = keys.get("configuration", {}).get("separator", "/")
    return None if dtype is None else PlainArray(
        folder, tuple(at["shape"]), tuple(at["chunk_grid"]["configuration"]["chunk_shape"]), dtype,
        f"c{separator}" if at["shape"] else "c", separator, _codec(*rest), at["fill_value"],
        tuple(at.get("dimension_names") or ()), at.get("attributes") or {},
    )  # fmt: skip


def _version_2(folder: Path, at: Mapping[str, Any], attrs: Mapping[str, Any]) -> PlainArray | None:
    compressor = (at["compressor"] or {}).get("id")
    filters = [one["id"] for one in at["filters"] or ()]
    text = at["dtype"] == "|O" and filters == ["vlen-utf8"]
    dtype = TEXT if text else _numbers(at["dtype"])
    plain = at["order"] == "C" and (text or not filters) and compressor in (None, *CODECS)
    if dtype is None or not plain:
        return None
    key = "" if at["shape"] else "0"
    names = {name: value for name, value in attrs.items() if name != "_ARRAY_DIMENSIONS"}
    return PlainArray(
        folder, tuple(at["shape"]), tuple(at["chunks"]), dtype, key,
        at.get("dimension_separator", "."), _codec(*filter(None, [compressor])),
        at["fill_value"], tuple(attrs.get("_ARRAY_DIMENSIONS", ())), names, 2,
    )  # fmt: skip


def _numbers(name: str) -> np.dtype[Any] | None:
    dtype = np.dtype(name)
    return dtype if dtype.str[1:] in NUMBERS and dtype.str[0] in "<|" else None


def _codec(name: str = "") -> Any:
    from numcodecs import get_codec

    return get_codec({"id": name}) if name else None
