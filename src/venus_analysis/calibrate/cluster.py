"""Many independent pieces of work through dask: threads, processes or a cluster.

A worker that dies costs its own piece only: what was under way in the broken
pool is tried again, each piece in a process of its own, and a piece that ends
its own process twice is given up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from venus_analysis.errors import UsageError

LOCAL = ("threads", "processes")
CONNECT_SECONDS = 10.0
ATTEMPTS_ALONE = 2
LARGEST_NUMBER = 10**9 - 1
Take = Callable[[int, Any], None]
Work = Callable[[Any], Any]


@dataclass(frozen=True)
class Lost:
    """Stands for the result of a piece of work that no worker brought back."""

    reason: str


DIED = Lost("the process that worked on it died twice, as one that runs out of memory does")


def run(
    work: Work,
    pieces: Mapping[int, Any],
    take: Take,
    *,
    scheduler: str = "threads",
    workers: int | None = None,
) -> None:
    """Do `work` on every piece and hand each result over as soon as it is there.

    Parameters
    ----------
    work
        Takes a piece, returns its result and catches its own errors; for
        processes and clusters a function of a module.
    pieces
        Number of each piece, and the piece.
    take
        Called in this thread with the number and the result, or `Lost`, in the
        order in which they end. What it raises ends the run.
    scheduler
        ``threads``, ``processes``, or the address of a dask `distributed`
        scheduler as ``tcp://host:8786``; its workers see the same files under
        the same names.
    workers
        Pieces worked on at once; None takes one per core. A cluster decides
        by itself.

    Raises
    ------
    UsageError
        No such scheduler, or none at that address.

    Examples
    --------
    >>> found = {}
    >>> run(len, {0: "Moon", 1: "Libya 4"}, found.__setitem__)
    >>> sorted(found.items())
    [(0, 4), (1, 7)]
    """
    if scheduler == "threads" and len(pieces) <= 1:  # spares the import of dask
        for number, piece in pieces.items():
            take(number, work(piece))
    elif scheduler == "threads":
        _threads(work, pieces, take, workers)
    elif scheduler == "processes":
        _processes(work, dict(pieces), take, workers or cores())
    else:
        check_scheduler(scheduler)
        _cluster(work, pieces, take, scheduler)


def check_scheduler(scheduler: str) -> None:
    """Refuse what is neither ``threads`` nor ``processes`` nor an address.

    Raises
    ------
    UsageError
        With what may be given.

    Examples
    --------
    >>> check_scheduler("tcp://node1:8786")
    >>> check_scheduler("proceses")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.UsageError: --scheduler: expected threads, processes or the address of \
a dask scheduler as tcp://host:8786, received 'proceses'
    """
    if scheduler not in LOCAL and ":" not in scheduler:
        raise UsageError(
            "--scheduler: expected threads, processes or the address of a dask scheduler as "
            f"tcp://host:8786, received {scheduler!r}"
        )


def cores() -> int:
    """Cores this process may use.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def _threads(work: Work, pieces: Mapping[int, Any], take: Take, workers: int | None) -> None:
    import dask.threaded

    graph = _graph(work, pieces)
    with _reports(take, set()):
        dask.threaded.get(graph, list(graph), num_workers=workers or cores())


def _processes(work: Work, waiting: dict[int, Any], take: Take, workers: int) -> None:
    from concurrent.futures.process import BrokenProcessPool

    def done(number: int, result: Any) -> None:
        del waiting[number]
        take(number, result)

    while waiting:
        under_way: set[int] = set()
        try:
            _pool(work, waiting, done, min(workers, len(waiting)), under_way)
        except BrokenProcessPool:
            if not under_way:
                raise
            for number in sorted(under_way):
                _alone(work, number, waiting[number], done)


def _alone(work: Work, number: int, piece: Any, done: Take) -> None:
    """Find out whether it was this piece that broke the pool, and whether it does so again."""
    from concurrent.futures.process import BrokenProcessPool

    for _ in range(ATTEMPTS_ALONE):
        try:
            return _pool(work, {number: piece}, done, 1, set())
        except BrokenProcessPool:
            continue
    return done(number, DIED)


def _pool(
    work: Work, pieces: Mapping[int, Any], take: Take, workers: int, under_way: set[int]
) -> None:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    import dask.multiprocessing

    graph = _graph(work, pieces)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin_worker) as pool, _reports(take, under_way):
        dask.multiprocessing.get(graph, list(graph), pool=pool, chunksize=1, optimize_graph=False)


def _begin_worker() -> None:
    """Leave Ctrl-C to the driver, and end when it ends, however that happens."""
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


@contextmanager
def _reports(take: Take, under_way: set[int]) -> Iterator[None]:
    """Results of dask's local schedulers one by one, and what is under way meanwhile."""
    from dask.callbacks import Callback

    def started(key: str, *_: Any) -> None:
        under_way.add(_number(key))

    def ended(key: str, result: Any, *_: Any) -> None:
        under_way.discard(_number(key))
        take(_number(key), result)

    with Callback(pretask=started, posttask=ended):  # type: ignore[no-untyped-call]
        yield


def _cluster(work: Work, pieces: Mapping[int, Any], take: Take, address: str) -> None:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise UsageError(
            "--scheduler: an address needs the package distributed: pip install venus-analysis[hpc]"
        ) from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--scheduler {address}: no dask scheduler there ({error}); start one, or use threads"
        ) from None
    with client:
        futures = {client.submit(work, piece, pure=False): n for n, piece in pieces.items()}
        for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
            if future.status == "finished":
                take(futures[future], future.result())
            else:
                reason = future.exception() if future.status == "error" else future.status
                take(futures[future], Lost(f"the cluster gave it up: {reason}"))
            future.release()
