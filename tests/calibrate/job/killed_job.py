"""Run a job order over and over, each time killed a little later.

Started by test_job_killed.py: ``killed_job.py BASE OUTPUT STEP``. For each n = 0, STEP, 2 STEP, ...
the folder BASE, with ``order.xml``, is copied to ``OUTPUT/<n>`` and a child process runs the order
there; it is killed with SIGKILL at its n-th call of a function that changes the disk (of a write,
once before and once after half of the bytes). ``OUTPUT/done`` names the runs that were killed and
the one that completed.
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from venus_analysis.calibrate.job.run import run_order

CALLS = ("fsync", "replace", "rename", "mkdir", "unlink")


def watch(limit: int) -> None:
    """Kill this process at its `limit`-th step; a write has two."""
    step = itertools.count()

    def tick() -> None:
        if next(step) == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            tick()
            return real(*args, **more)

        return call

    write = os.write
    for name in CALLS:
        setattr(os, name, wrap(getattr(os, name)))

    def halves(descriptor: int, data: Any) -> int:
        tick()
        half = write(descriptor, data[: len(data) // 2])
        tick()
        return half + write(descriptor, data[half:])

    os.write = halves


def run(folder: Path, limit: int) -> bool:
    """Whether the run was killed."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        watch(limit)
        os._exit(int(run_order("order.xml", stdout=io.StringIO(), stderr=io.StringIO())))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def main(base: Path, output: Path, step: int) -> None:
    warm = output / "warm"  # loads what is loaded late, so that a fork need not
    shutil.copytree(base, warm)
    os.chdir(warm)
    assert run_order("order.xml", stdout=io.StringIO(), stderr=io.StringIO()) == 0
    for limit in itertools.count(0, step):
        folder = output / str(limit)
        shutil.copytree(base, folder)
        if not run(folder, limit):
            (output / "done").write_text(str(limit))
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
