"""Pieces of work on this machine: threads through dask, or processes that may die.

A process that dies costs its own piece only, which is tried again; one that ends
its process again and again is given up.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Any, Final, Self

from venus_analysis.calibrate.pieces import (
    Lost,
    Note,
    Take,
    Work,
    cores,
    memory_text,
    silent,
)

# One that takes too much memory will do so again; other deaths may come from outside.
ATTEMPTS: Final = 4
ATTEMPTS_WITHIN_MEMORY: Final = 2
LARGEST_NUMBER: Final = 10**9 - 1
WATCH_SECONDS: Final = 0.05
DIED: Final = Lost(
    f"the process that worked on it died {ATTEMPTS} times, as one does that the system kills for "
    "its memory"
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
    with _reports(take):
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
    """Do the pieces in processes, one at a time in each; the first pieces first.

    Pools of one process stand side by side, since a larger one breaks as a whole
    when one of its processes dies.

    Parameters
    ----------
    work, pieces, take, workers, note
        As in `venus_analysis.calibrate.cluster.run`.
    memory_bytes
        A process that holds more resident memory ends itself and counts as
        dead; None sets no bound.
    """
    waiting, deaths = iter(pieces.items()), Counter[int]()
    under_way: dict[Future[Any], tuple[_Worker, int]] = {}

    def feed(worker: _Worker) -> None:
        for number, piece in waiting:
            under_way[worker.submit(work, piece)] = worker, number
            return

    with ExitStack() as stack:
        for _ in range(min(workers or cores(), len(pieces))):
            feed(stack.enter_context(_Worker(memory_bytes)))
        while under_way:
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                worker, number = under_way.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    deaths[number] += 1
                    note(f"a worker died over input {number}, death {deaths[number]} of it")
                    most = ATTEMPTS_WITHIN_MEMORY if worker.exceeded.value else ATTEMPTS
                    worker.restart()
                    if deaths[number] < most:
                        again = worker.submit(work, pieces[number])
                        under_way[again] = worker, number
                        continue
                    result = worker.last_words()
                feed(worker)
                take(number, result)


class _Worker:
    """A process that works on one piece after the other, and the next one after its death."""

    def __init__(self, memory_bytes: int | None) -> None:
        self.memory_bytes = memory_bytes
        self.context = multiprocessing.get_context("spawn")
        self.exceeded = self.context.Value("b", 0, lock=False)
        self.pool = self._pool()

    def _pool(self) -> ProcessPoolExecutor:
        limits = (self.memory_bytes, self.exceeded)
        return ProcessPoolExecutor(1, self.context, _begin_worker, limits)

    def submit(self, work: Work, piece: Any) -> Future[Any]:
        self.exceeded.value = 0
        try:
            return self.pool.submit(work, piece)
        except BrokenProcessPool:  # it died while it had nothing to do
            self.restart()
            return self.pool.submit(work, piece)

    def restart(self) -> None:
        self.pool.shutdown(wait=False)
        self.pool = self._pool()

    def last_words(self) -> Lost:
        """Why the last process died."""
        if self.exceeded.value and self.memory_bytes:
            bound = memory_text(self.memory_bytes)
            return Lost(f"took more than the {bound} a worker may have, twice")
        return DIED

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)


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
def _reports(take: Take) -> Iterator[None]:
    """Results of dask's local schedulers one by one."""
    from dask.callbacks import Callback

    def ended(key: str, result: Any, _: Any, state: dict[str, Any], *__: Any) -> None:
        state["cache"][key] = None  # else dask keeps every result to the end
        take(_number(key), result)

    with Callback(posttask=ended):  # type: ignore[no-untyped-call]
        yield
