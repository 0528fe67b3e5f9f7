"""The command `venus-analysis job`: an order of an operational framework, run."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, TextIO

import typer

from venus_analysis.cli_end import end_in_time

SECONDS_TO_STOP = 60


def job(
    order: Annotated[Path, typer.Argument(help="Ipf_Job_Order document (XML).")],
) -> None:
    """Run a job order: Moon, desert or SNO calibrations, as a ground segment calls them.

    Log lines go to standard output and error: time, level, task, percent, message. Exit codes: 0
    done; 1 some inputs failed; 2 order refused; 4 no usable input; 5 output not written; 6 another
    run is working on the outputs; 7 unexpected error; 8 stopped.

    Example: venus-analysis job order.xml
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        """Take SIGTERM as Ctrl-C: what was done is kept, if that takes no more than a minute."""
        stopped.append(number)
        signal.alarm(SECONDS_TO_STOP)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    from venus_analysis.calibrate.job.run import run_order

    code = int(run_order(order))
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    if stopped:
        end_in_time(code)
    raise typer.Exit(code)


def _let_go(stream: TextIO) -> None:
    """Drop what nobody reads any more, which at exit would change the exit code."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
