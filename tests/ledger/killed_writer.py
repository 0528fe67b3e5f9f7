"""Run one ledger operation over and over, killed before the n-th system call, then within it.

Started by test_crash.py: ``killed_writer.py OPERATION BASE OUTPUT``. For each n the folder BASE is
copied to ``OUTPUT/<n>`` and a child process works there; it is killed with SIGKILL at its n-th call
of a function that touches the disk (of a write, once before and once after half of the bytes).
``OUTPUT/done`` names the runs that were killed and the one that completed.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from venus_analysis import ledger

CALLS = ("open", "write", "fsync", "close", "replace", "rename", "mkdir", "unlink", "scandir")
watch = runpy.run_path(str(Path(__file__).parents[1] / "disk_steps.py"))["watch"]
NEW_RUN = "run-new"


def batch() -> list[dict[str, Any]]:
    base = dict.fromkeys(
        ("instrument", "acquisition_id", "method", "site", "reference", "reference_acquisition_id",
         "parameter_digest", "configuration"), "x",
    )  # fmt: skip
    return [base | {"band": f"B{n}", "run_id": NEW_RUN, "ratio": 1.0 + n} for n in range(12)]


def clock() -> datetime:
    return datetime(2024, 6, 1, tzinfo=UTC)


def writing(folder: Path) -> None:
    ledger.write(folder, batch(), clock=clock)


def withdrawing(folder: Path) -> None:
    ledger.withdraw(folder, acquisition="LOOK_1", reason="clouds", who="Ada", clock=clock)


def compacting(folder: Path) -> None:
    ledger.compact(folder)


def keeping(folder: Path) -> None:
    ledger.snapshot(folder, ledger.load(folder, as_of="2024-01-01T02:00").frame)


OPERATIONS = {"write": writing, "withdraw": withdrawing, "compact": compacting, "snapshot": keeping}


def main(operation: str, base: Path, output: Path) -> None:
    for limit in range(200):
        folder = output / str(limit)
        if base.is_dir():
            shutil.copytree(base, folder)
        child = os.fork()
        if child == 0:
            watch(CALLS, limit)
            OPERATIONS[operation](folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        with (output / "done").open("a") as done:
            done.write(f"{limit} {'killed' if killed else status}\n")
        if not killed:
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
