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
import runpy
import shutil
import sys
from pathlib import Path

from venus_analysis.calibrate.job.run import run_order

CALLS = ("fsync", "replace", "rename", "mkdir", "unlink")
watch = runpy.run_path(str(Path(__file__).parents[2] / "disk_steps.py"))["watch"]


def run(folder: Path, limit: int) -> bool:
    """Whether the run was killed."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        watch(CALLS, limit)
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
