"""Counts of a scene chunk by chunk: each is decoded at most once, straight to where it is used."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock, local
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.place import as_place
from venus_analysis.collect.plain_zarr import PlainArray, plain_array
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from venus_analysis.collect.plain_scene import PlainVariable, Scene

Counts = NDArray[np.uint16]
Place = tuple[int, int, int]
Decode = Callable[[Place, Counts], tuple[Counts, bytes]]
LINES_WITHOUT_CHUNKS: Final = 512
LIT_SHARE: Final = 1.005
KEPT_BYTES: Final = 400_000_000
SAMPLED: Final = 61


class SceneCounts:
    """Counts of an open scene, read on demand and kept until they are released.

    Each band has its place in memory from the first line to the last; what has
    not been read costs nothing, as the system hands out memory when it is first
    written to. Zarr chunks with a common codec are decoded without the detour
    over the library's event loop, which takes as long again as the decoding;
    anything else goes through xarray, chunk by chunk. Several threads may read:
    who asks for a chunk that another is decoding waits for it, so that no pixel is
    written to once somebody has seen it. A chunk of several bands that is read for
    one of them is kept, up to 400 MB in all, until it is said which parts of the
    others will be read (`read_many`).

    Parameters
    ----------
    scene
        From `venus_analysis.collect.scene.open_look` or `open_scene`, not lazy.

    Examples
    --------
    >>> import xarray as xr
    >>> from venus_analysis.collect.scene import DIMS
    >>> scene = xr.Dataset({"counts": (DIMS, np.ones((1, 4, 2), np.uint16))}, {"band": ["B7"]})
    >>> SceneCounts(scene).read("B7", slice(1, 3)).shape
    (2, 2)
    """

    def __init__(self, scene: Scene) -> None:
        self._source = str(scene.encoding.get("source", "scene"))
        self._variable = scene.variables["counts"]
        self._shape = self._variable.shape
        self.bands = [str(name) for name in scene["band"].values]
        array = _direct(as_place(self._source), self._shape)
        self.chunk = _chunk_shape(self._variable) if array is None else cast(Place, array.chunks)
        self._decode = None if array is None else cast(Decode, array.decode)
        self._array = array
        self._planes: dict[str, Counts] = {}
        self._read: set[tuple[str, int]] = set()
        self._asked: set[tuple[int, int]] = set()
        self._decoding: dict[tuple[int, int], Lock] = {}
        self._digests: dict[Place, bytes] = {}
        self._lock, self._scratch = Lock(), local()
        self._kept: dict[Place, Counts] = {}
        self._keeps = True

    def read(self, band: str, lines: slice) -> Counts:
        """Return the counts (line, column) of one band, a view that lives until `release`.

        Raises
        ------
        InputError
            The band is not in the scene, or a chunk is truncated, damaged or missing
            (0 throughout, which no working band is); the message names bands and lines.
        """
        if band not in self.bands:
            raise InputError(
                f"{self._source}: band",
                " ".join(self.bands),
                repr(band),
                "ask for a band of the scene",
            )
        self.read_many({band: lines})
        with self._lock:
            return self._planes[band][lines]

    def read_many(
        self,
        windows: Mapping[str, slice],
        do: Callable[[Callable[[Any], None], list[Any]], Any] = map,
        *,
        last: bool = False,
    ) -> None:
        """Read lines of several bands, each chunk once.

        Parameters
        ----------
        windows
            Lines of each band.
        do
            Applies a function to a list, as the ``map`` of a pool of threads; if it
            does so later, `read` reads what is not there yet.
        last
            Little else will be read: chunks that were kept for it are given up.
        """
        wanted: dict[tuple[int, int], list[str]] = {}
        for band, lines in windows.items():
            block = self.bands.index(band) // self.chunk[0]
            for row in range(lines.start // self.chunk[1], -(-lines.stop // self.chunk[1])):
                wanted.setdefault((block, row), []).append(band)
        with self._lock:
            self._asked |= set(wanted)
        unread = self._unread(wanted)
        if last:
            needed = {place for place, _ in unread}
            with self._lock:
                self._keeps = False
                self._kept = {at: one for at, one in self._kept.items() if at[:2] in needed}
        list(do(self._read_row, unread))

    def read_ahead(self, bands: Sequence[str], stopped: Callable[[], bool]) -> None:
        """Read what looks like the Moon, band by band, before anybody asks for it.

        Light and its noise compress less than the sky, so that the sizes of the
        files tell. No number depends on it: what nobody asks for later counts for
        nothing, neither in a result nor in `digest`.

        Parameters
        ----------
        bands
            Bands in the order of reading; others are left.
        stopped
            Asked before each chunk.
        """
        wanted: dict[tuple[int, int], list[str]] = {}
        for band in bands:
            if self._array is not None and band in self.bands:
                block = self.bands.index(band) // self.chunk[0]
                for row in self._lit_rows(self._array, block):
                    wanted.setdefault((block, row), []).append(band)
        for item in self._unread(wanted):
            if stopped():
                return
            self._read_row(item)

    def _lit_rows(self, array: PlainArray, block: int) -> list[int]:
        """Rows of chunks that take more room than most."""
        rows, columns = (-(-self._shape[k] // self.chunk[k]) for k in (1, 2))
        sizes = [
            sum(array.stored_bytes((block, row, column)) for column in range(columns))
            for row in range(rows)
        ]
        lit = np.array(sizes) > LIT_SHARE * np.median(sizes)
        return [int(row) for row in np.flatnonzero(lit)]

    def _unread(
        self, wanted: Mapping[tuple[int, int], list[str]]
    ) -> list[tuple[tuple[int, int], list[str]]]:
        """Make room for the bands of rows of chunks; those that still have to be read."""
        with self._lock:
            for band in dict.fromkeys(band for bands in wanted.values() for band in bands):
                if band not in self._planes:
                    lines = -(-self._shape[1] // self.chunk[1]) * self.chunk[1]
                    self._planes[band] = np.empty((lines, self._shape[2]), np.uint16)
            return [
                (place, unread)
                for place, bands in wanted.items()
                if (unread := [band for band in bands if (band, place[1]) not in self._read])
            ]

    def _read_row(self, item: tuple[tuple[int, int], list[str]]) -> None:
        """Decode all chunks of one row of chunks into those bands that still want it."""
        (block, row), bands = item
        with self._lock:
            turn = self._decoding.setdefault((block, row), Lock())
        with turn:
            with self._lock:
                planes = {
                    band: self._planes[band]
                    for band in bands
                    if band in self._planes and (band, row) not in self._read
                }
            if not planes:
                return
            for column in range(-(-self._shape[2] // self.chunk[2])):
                self._read_chunk((block, row, column), planes)
            with self._lock:  # a band released meanwhile is not there, even if asked for again
                self._read |= {
                    (band, row) for band in planes if self._planes.get(band) is planes[band]
                }

    def release(self, band: str) -> None:
        """Give a band's memory back."""
        with self._lock:
            self._planes.pop(band, None)
            self._read = {one for one in self._read if one[0] != band}

    def digest(self) -> str:
        """Digest of all bytes that were asked for, whatever the order (hexadecimal)."""
        state = hashlib.blake2b(digest_size=8)
        for place in sorted(self._digests):
            if place[:2] in self._asked:
                state.update(repr(place).encode() + self._digests[place])
        return state.hexdigest()

    def _read_chunk(self, place: Place, planes: Mapping[str, Counts]) -> None:
        lines = slice(place[1] * self.chunk[1], (place[1] + 1) * self.chunk[1])
        columns = slice(place[2] * self.chunk[2], (place[2] + 1) * self.chunk[2])
        try:
            with self._lock:
                kept = self._kept.pop(place, None)
            if kept is not None:
                block = kept
            elif self._decode is None:
                block = self._through_xarray(place, lines, columns)
                self._digests[place] = hashlib.blake2b(block.tobytes()).digest()
            else:
                whole = self.chunk[0] == 1 and self.chunk[2] == self._shape[2]
                out = next(iter(planes.values()))[None, lines] if whole else self._room(len(planes))
                block, self._digests[place] = self._decode(place, out)
                if whole:
                    self._require_counts(block, planes, lines)
                    return
        except InputError:
            raise
        except Exception as error:  # codecs raise nearly anything
            raise self._damaged(planes, lines, f"{type(error).__name__}: {error}") from error
        self._require_counts(block, planes, lines)
        for band, plane in planes.items():
            values = block[self.bands.index(band) - place[0] * self.chunk[0]]
            part = plane[lines, columns]
            part[: values.shape[0]] = values[:, : part.shape[1]]
        with self._lock:
            if self._may_keep(len(planes)) and block is not self._own_scratch():
                self._kept[place] = block

    def _require_counts(self, block: Counts, bands: Iterable[str], lines: slice) -> None:
        """Refuse a chunk that is 0 throughout: no working band has one, but one that is missing."""
        if not block[:, ::SAMPLED, ::SAMPLED].any() and not block.any():
            raise self._damaged(bands, lines, "only 0, as where a chunk is missing")

    def _damaged(self, bands: Iterable[str], lines: slice, received: str) -> InputError:
        stop = min(lines.stop, self._shape[1])
        return damaged_counts(self._source, bands, slice(lines.start, stop), received)

    def _room(self, bands: int) -> Counts:
        """Room for one chunk that so many bands are read from: its own if it may be kept."""
        if self._may_keep(bands):
            return np.empty(self.chunk, np.uint16)
        return self._own_scratch()

    def _may_keep(self, bands: int) -> bool:
        """Whether a chunk that so many bands are read from may be kept for others."""
        most = KEPT_BYTES // (2 * math.prod(self.chunk))
        return self._keeps and bands < self.chunk[0] and len(self._kept) < most

    def _own_scratch(self) -> Counts:
        """Room for one chunk, kept by each thread."""
        if not hasattr(self._scratch, "block"):
            self._scratch.block = np.empty(self.chunk, np.uint16)
        block: Counts = self._scratch.block
        return block

    def _through_xarray(self, place: Place, lines: slice, columns: slice) -> Counts:
        first = place[0] * self.chunk[0]
        key = (slice(first, first + self.chunk[0]), lines, columns)
        return np.asarray(cast("xr.Variable", self._variable)[key].values)


def damaged_counts(source: object, bands: Iterable[str], lines: slice, received: str) -> InputError:
    """Error on counts that cannot be used.

    Examples
    --------
    >>> print(damaged_counts("a.zarr", ["B5"], slice(0, 64), "only 0"))
    a.zarr: counts, band B5, lines 0 to 63: expected complete chunks, received only 0; fetch ...
    """
    return InputError(
        f"{source}: counts, band {' '.join(bands)}, lines {lines.start} to {lines.stop - 1}",
        "complete chunks",
        received[:200],
        "fetch the scene again, check its digest",
    )


def _chunk_shape(variable: xr.Variable | PlainVariable) -> Place:
    """Chunk of the file; where it has none, some lines of one band."""
    encoding, shape = variable.encoding, variable.shape
    given = encoding.get("chunks") or encoding.get("chunksizes")
    if not given or len(given) != 3:
        given = (1, LINES_WITHOUT_CHUNKS, shape[2])
    return (
        min(int(given[0]), shape[0]),
        min(int(given[1]), shape[1]),
        min(int(given[2]), shape[2]),
    )


def _direct(source: Path, shape: tuple[int, ...]) -> PlainArray | None:
    """Array whose chunk files can be decoded one by one; None where only the library can."""
    array = plain_array(source / "counts")
    fits = array is not None and array.dtype == np.dtype("<u2") and array.shape == shape
    return array if fits else None
