"""Pieces of work on this machine through dask: threads, or processes that may die.

A process that dies costs its own piece only: what was under way in the broken
pool is tried again, each piece in a process of its own, and a piece that ends
its own process twice is given up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from venus_analysis.calibrate.pieces import (
    Lost,
    Note,
    Take,
    Work,
    cores,
    memory_text,
    silent,
)

ATTEMPTS_ALONE: Final = 2
LARGEST_NUMBER: Final = 10**9 - 1
WATCH_SECONDS: Final = 0.05
DIED: Final = Lost(
    "the process that worked on it died twice, as one does that the system kills for its memory"
)


def in_threads(work: Work, pieces: Mapping[int, Any], take: Take, workers: int | None) -> None:
    """Do the pieces in threads of this process; the first pieces first.

    Examples
    --------
    >>> found = {}
    >>> in_threads(len, {0: "Moon", 1: "Libya 4"}, found.__setitem__, 2)
    >>> sorted(found.items())
    [(0, 4), (1, 7)]
    """
    import dask.threaded

    graph = _graph(work, pieces)
    with _reports(take, set()):
        dask.threaded.get(graph, list(graph), num_workers=workers or cores())


def in_processes(
    work: Work,
    pieces: Mapping[int, Any],
    take: Take,
    workers: int | None,
    *,
    memory_bytes: int | None = None,
    note: Note = silent,
) -> None:
    """Do the pieces in processes.

    Parameters
    ----------
    work, pieces, take, workers, note
        As in `venus_analysis.calibrate.cluster.run`.
    memory_bytes
        A process that holds more resident memory ends itself and counts as
        dead; None sets no bound.
    """
    from concurrent.futures.process import BrokenProcessPool

    pool = _Pool(work, memory_bytes)
    waiting = dict(pieces)

    def done(number: int, result: Any) -> None:
        del waiting[number]
        take(number, result)

    while waiting:
        under_way: set[int] = set()
        try:
            pool.run(waiting, done, min(workers or cores(), len(waiting)), under_way)
        except BrokenProcessPool:
            if not under_way:
                raise
            note(f"a worker died; {len(under_way)} inputs that were under way are tried alone")
            for number in sorted(under_way):
                pool.alone(number, waiting[number], done)


class _Pool:
    """Pools of processes, one after the other, that do the same work."""

    def __init__(self, work: Work, memory_bytes: int | None) -> None:
        import multiprocessing

        self.work, self.memory_bytes = work, memory_bytes
        self.context = multiprocessing.get_context("spawn")
        self.exceeded = self.context.Value("b", 0, lock=False)

    def run(self, pieces: Mapping[int, Any], take: Take, workers: int, under_way: set[int]) -> None:
        from concurrent.futures import ProcessPoolExecutor

        import dask.multiprocessing

        graph = _graph(self.work, pieces)
        begin = (_begin_worker, (self.memory_bytes, self.exceeded))
        with (
            ProcessPoolExecutor(workers, self.context, *begin) as pool,
            _reports(take, under_way),
        ):
            dask.multiprocessing.get(
                graph, list(graph), pool=pool, chunksize=1, optimize_graph=False
            )

    def alone(self, number: int, piece: Any, take: Take) -> None:
        """Find out whether it was this piece that broke the pool, and whether it does so again."""
        from concurrent.futures.process import BrokenProcessPool

        for _ in range(ATTEMPTS_ALONE):
            self.exceeded.value = 0
            try:
                return self.run({number: piece}, take, 1, set())
            except BrokenProcessPool:
                continue
        if self.exceeded.value and self.memory_bytes:
            bound = memory_text(self.memory_bytes)
            return take(number, Lost(f"took more than the {bound} a worker may have, twice"))
        return take(number, DIED)


def _begin_worker(memory_bytes: int | None, exceeded: Any) -> None:
    """Leave Ctrl-C to the driver; end when it ends, however that happens, or beyond the bound."""
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        Thread(target=follow, daemon=True).start()
    if memory_bytes:

        def watch() -> None:
            while resident_bytes() <= memory_bytes:
                time.sleep(WATCH_SECONDS)
            exceeded.value = 1
            os._exit(1)

        Thread(target=watch, daemon=True).start()


def resident_bytes() -> int:
    """Memory of this process now, bytes; 0 where the system does not tell.

    Examples
    --------
    >>> resident_bytes() >= 0
    True
    """
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  twenty times a second
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _graph(work: Work, pieces: Mapping[int, Any]) -> dict[str, Any]:
    from dask.core import quote

    return {
        _key(number): (work, quote(piece))  # type: ignore[no-untyped-call]
        for number, piece in pieces.items()
    }


def _key(number: int) -> str:
    """Return a name for dask, which begins with the last name, and so with the first piece."""
    return f"piece-{LARGEST_NUMBER - number}"


def _number(key: str) -> int:
    return LARGEST_NUMBER - int(key.rpartition("-")[2])


@contextmanager
def _reports(take: Take, under_way: set[int]) -> Iterator[None]:
    """Results of dask's local schedulers one by one, and what is under way meanwhile."""
    from dask.callbacks import Callback

    def started(key: str, *_: Any) -> None:
        under_way.add(_number(key))

    def ended(key: str, result: Any, _: Any, state: dict[str, Any], *__: Any) -> None:
        under_way.discard(_number(key))
        state["cache"][key] = None  # else dask keeps every result to the end
        take(_number(key), result)

    with Callback(pretask=started, posttask=ended):  # type: ignore[no-untyped-call]
        yield
