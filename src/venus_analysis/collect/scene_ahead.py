"""Counts of a scene that are read while the rest of the program is still being imported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from venus_analysis.collect.place import as_place, is_remote
from venus_analysis.collect.scene import plain_look
from venus_analysis.collect.scene_chunks import SceneCounts
from venus_analysis.errors import VenusAnalysisError

if TYPE_CHECKING:
    from venus_analysis.collect.plain_scene import Scene

_begun: dict[str, SceneCounts] = {}
_lock = Lock()


@contextmanager
def reading_ahead(path: Path, first: str = "B7") -> Iterator[None]:
    """Read what looks like the Moon in a thread, for whoever asks `counts_of` in the meantime.

    Imports keep one core busy for as long as half of a scene takes to be decoded
    on another. A scene that cannot be read is left to whoever asks for it, and one
    that is being read ahead already to who began.

    Parameters
    ----------
    path
        A scene in Zarr on a disk; of others nothing is read ahead.
    first
        Band to begin with.

    Examples
    --------
    >>> with reading_ahead(Path("absent.zarr")):
    ...     pass
    """
    try:
        place = as_place(path)
        known = is_remote(place) or str(path) in _begun
        scene = None if known else plain_look(place)
    except VenusAnalysisError:
        scene = None
    if scene is None:
        yield
        return
    counts, done = SceneCounts(scene), Event()
    order = sorted(counts.bands, key=lambda band: band != first)
    thread = Thread(target=_read, args=(counts, order, done), daemon=True)
    with _lock:
        _begun[str(path)] = counts
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with _lock:
            _begun.pop(str(path), None)


def counts_of(scene: Scene) -> SceneCounts:
    """Take the counts of an open scene, with what was read ahead of it, which is handed out once.

    Parameters
    ----------
    scene
        From `venus_analysis.collect.scene.open_look` or `open_scene`, not lazy.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> counts = {"counts": (("band", "line", "column"), np.ones((1, 4, 2), np.uint16))}
    >>> counts_of(xr.Dataset(counts, {"band": ["B7"]})).bands
    ['B7']
    """
    with _lock:
        ahead = _begun.pop(str(scene.encoding.get("source", "")), None)
    return ahead or SceneCounts(scene)


def _read(counts: SceneCounts, bands: Sequence[str], done: Event) -> None:
    try:
        counts.read_ahead(bands, done.is_set)
    except VenusAnalysisError:
        return  # told to whoever asks for the damaged chunk
