"""Many independent pieces of work through dask: threads, processes or a cluster.

A worker that dies costs its own piece only; a piece that ends its workers again
and again is given up, and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from venus_analysis.calibrate.cluster_queue import KINDS, kind_of, started
from venus_analysis.calibrate.pieces import Lost, Note, Take, Work, cores, silent
from venus_analysis.errors import UsageError

__all__ = ["LOCAL", "Lost", "check_scheduler", "cores", "run"]

LOCAL: Final = ("threads", "processes")


def run(
    work: Work,
    pieces: Mapping[int, Any],
    take: Take,
    *,
    scheduler: str = "threads",
    workers: int | None = None,
    memory_bytes: int | None = None,
    note: Note = silent,
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
        ``threads``; ``processes``; the address of a dask `distributed` scheduler
        as ``tcp://host:8786``, whose workers see the same files under the same
        names; ``slurm`` or ``pbs``, which start workers as jobs, with a
        configuration file as ``slurm:cluster.toml``, see
        `venus_analysis.calibrate.cluster_queue`.
    workers
        Pieces worked on at once; None takes one per core. A cluster decides
        by itself; of a queue, the most jobs at once.
    memory_bytes
        Bound of each process, which ends beyond it and counts as dead; the
        memory of a queue's jobs. Threads have none, and workers of a scheduler
        that was started by others have their own.
    note
        Told what happens to workers, in words.

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
    check_scheduler(scheduler)
    if not pieces:
        return
    if scheduler == "threads" and len(pieces) == 1:  # spares the import of dask
        for number, piece in pieces.items():
            take(number, work(piece))
    elif scheduler in LOCAL:
        from venus_analysis.calibrate.cluster_local import in_processes, in_threads

        if scheduler == "threads":
            in_threads(work, pieces, take, workers)
        else:
            in_processes(work, pieces, take, workers, memory_bytes=memory_bytes, note=note)
    else:
        from venus_analysis.calibrate.cluster_dask import on_cluster

        with started(scheduler, workers, memory_bytes, note) as address:
            on_cluster(work, pieces, take, address, note=note)


def check_scheduler(scheduler: str) -> None:
    """Refuse what is none of the schedulers `run` knows.

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
    venus_analysis.errors.UsageError: --scheduler: expected threads, processes, slurm, pbs (with \
a file as slurm:cluster.toml) or the address of a dask scheduler as tcp://host:8786, received \
'proceses'
    """
    if scheduler not in LOCAL and kind_of(scheduler) is None and ":" not in scheduler:
        raise UsageError(
            f"--scheduler: expected {', '.join((*LOCAL, *KINDS))} (with a file as "
            "slurm:cluster.toml) or the address of a dask scheduler as tcp://host:8786, received "
            f"{scheduler!r}"
        )
