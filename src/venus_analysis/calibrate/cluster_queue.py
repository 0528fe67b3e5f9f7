"""Workers as jobs of a batch queue, SLURM or PBS, through dask-jobqueue.

What a site's queue wants stands in a TOML file, named with the scheduler as
``slurm:cluster.toml``:

.. code-block:: toml

    jobs = 20                 # at most so many at once
    least_jobs = 0            # kept even when nothing waits
    cores = 1                 # of a job, for one process
    memory = "2 GB"           # of a job; a worker that nears it is started anew
    walltime = "02:00:00"
    queue = "normal"
    account = "calval"
    directives = ["--exclusive"]            # further lines of the job's head
    prologue = ["source /opt/venus/env.sh"] # commands before the worker begins
    python = "/opt/venus/bin/python"
    interface = "ib0"         # network of scheduler and workers
    folder = "/scratch/dask"  # on the workers, for what they spill
    logs = "dask-logs"        # output of the jobs

Every line may be left out; what is left out comes from dask-jobqueue's own
configuration, if there is one. The dask scheduler runs in this process, so that
the machine it runs on must be reachable from the jobs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.pieces import Note
from venus_analysis.errors import UsageError

KINDS: Final = ("slurm", "pbs")
CLASSES: Final = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}
# Several workers share a job's fate and memory: one process a job costs only itself.
PROCESSES: Final = 1


@dataclass(frozen=True)
class QueueSettings:
    """Jobs of a batch queue; names as in the configuration file.

    Parameters
    ----------
    jobs, least_jobs
        Between how many and how many run at once, as the work asks for.
    cores, memory, walltime
        Of each job.
    queue, account, directives, prologue, python, interface, folder, logs
        As the site wants them; None leaves them to dask-jobqueue.

    Raises
    ------
    UsageError
        For numbers of jobs or cores that make no sense.

    Examples
    --------
    >>> QueueSettings(jobs=4).cores
    1
    """

    jobs: int = 2
    least_jobs: int = 0
    cores: int = 1
    memory: str = "2 GB"
    walltime: str = "01:00:00"
    queue: str | None = None
    account: str | None = None
    directives: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    python: str | None = None
    interface: str | None = None
    folder: str | None = None
    logs: str | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.least_jobs <= self.jobs and self.jobs >= 1 and self.cores >= 1):
            raise UsageError(
                "cluster configuration: expected 0 <= least_jobs <= jobs, jobs >= 1 and cores >= 1,"
                f" received {self.least_jobs}, {self.jobs} and {self.cores}; correct the file"
            )


def kind_of(scheduler: str) -> str | None:
    """Queue that a scheduler's name asks for; None for every other scheduler.

    Examples
    --------
    >>> kind_of("slurm:cluster.toml"), kind_of("pbs"), kind_of("tcp://node1:8786")
    ('slurm', 'pbs', None)
    """
    kind = scheduler.partition(":")[0]
    return kind if kind in KINDS else None


def read_queue_settings(path: str | Path) -> QueueSettings:
    """Read a configuration file.

    Raises
    ------
    UsageError
        It cannot be read, or a line is unknown or of another type.

    Examples
    --------
    >>> read_queue_settings("absent.toml")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.UsageError: cluster configuration absent.toml: expected a TOML file, ...
    """
    where = f"cluster configuration {path}"
    try:
        given = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{where}: expected a TOML file, received {error}; correct it") from None
    kinds = {name: _type_of(name) for name in QueueSettings.__dataclass_fields__}
    for name, value in given.items():
        wanted = kinds.get(name)
        if wanted is None:
            known = ", ".join(kinds)
            raise UsageError(f"{where}: expected lines {known}, received {name!r}; leave it out")
        if type(value) is not wanted:
            raise UsageError(
                f"{where}: {name}: expected {wanted.__name__}, received {value!r}; correct it"
            )
    texts = {name: tuple(map(str, value)) for name, value in given.items() if kinds[name] is list}
    return QueueSettings(**(given | texts))


def _type_of(name: str) -> type:
    if name in ("jobs", "least_jobs", "cores"):
        return int
    return list if name in ("directives", "prologue") else str


@contextmanager
def started(
    scheduler: str, workers: int | None, memory_bytes: int | None, note: Note
) -> Iterator[str]:
    """Give the address of a scheduler; for a queue it is started, and its jobs end with it.

    Parameters
    ----------
    scheduler
        An address, which is given back, or ``slurm`` or ``pbs``, with or without
        a configuration file.
    workers, memory_bytes
        Most jobs at once and memory of each, in place of the configuration's.
    note
        Told how many jobs there may be.

    Raises
    ------
    UsageError
        dask-jobqueue is not installed, or the configuration cannot be used.
    """
    kind = kind_of(scheduler)
    if kind is None:
        yield scheduler
        return
    file = scheduler.partition(":")[2]
    settings = read_queue_settings(file) if file else QueueSettings()
    most = workers or settings.jobs
    least = min(settings.least_jobs, most)
    options = job_options(settings, memory_bytes)
    with _cluster(kind, options) as cluster:
        cluster.adapt(minimum_jobs=least, maximum_jobs=most)
        note(f"{kind}: {least} to {most} jobs of {options['memory']}, as the work asks for")
        yield cluster.scheduler_address


def job_options(settings: QueueSettings, memory_bytes: int | None = None) -> dict[str, Any]:
    """Options of a dask-jobqueue cluster; what is None is left to its own configuration.

    Examples
    --------
    >>> job_options(QueueSettings(queue="fast"), 1_000_000_000)["memory"]
    '1000000000 B'
    """
    options = {
        "cores": settings.cores,
        "processes": PROCESSES,
        "memory": f"{memory_bytes} B" if memory_bytes else settings.memory,
        "walltime": settings.walltime,
        "queue": settings.queue,
        "account": settings.account,
        "job_extra_directives": list(settings.directives) or None,
        "job_script_prologue": list(settings.prologue) or None,
        "python": settings.python,
        "interface": settings.interface,
        "local_directory": settings.folder,
        "log_directory": settings.logs,
    }
    return {name: value for name, value in options.items() if value is not None}


def _cluster(kind: str, options: dict[str, Any]) -> Any:
    try:
        import dask
        import dask_jobqueue
    except ImportError:
        raise UsageError(
            f"--scheduler {kind}: needs dask-jobqueue: pip install venus-analysis[hpc]"
        ) from None
    # A worker takes the next piece when it is done with one: none waits behind a bad one.
    dask.config.set({"distributed.scheduler.worker-saturation": 1.0})
    scheduler = {"dashboard_address": None}
    return getattr(dask_jobqueue, CLASSES[kind])(**options, scheduler_options=scheduler)
