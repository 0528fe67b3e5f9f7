"""Fork one process of the command line for each order, a line of JSON; answer with its number."""

from __future__ import annotations

import json
import os
import signal
import sys

from venus_analysis.app import serve, store  # noqa: F401  what each process would import
from venus_analysis.cli import main


def run(order: dict) -> None:
    """Be that process: its output goes to the log."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(order["log"], os.O_WRONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(order["environment"])
    sys.argv = ["venus-analysis", *order["arguments"]]
    sys.exit(main())


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if (number := os.fork()) == 0:
            run(json.loads(line))
        print(number, flush=True)
