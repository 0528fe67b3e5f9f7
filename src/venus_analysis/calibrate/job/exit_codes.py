"""How a job order ended, for the framework that called."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """Exit code of ``venus-analysis job``; the highest of the order's tasks counts.

    Examples
    --------
    >>> print(MEANINGS[ExitCode.BUSY])
    another run is working on the same outputs: nothing was touched, try again later
    """

    DONE = 0
    SOME_FAILED = 1
    REFUSED = 2
    NO_INPUT = 4
    NO_OUTPUT = 5
    BUSY = 6
    UNEXPECTED = 7
    INTERRUPTED = 8


MEANINGS: Final = {
    ExitCode.DONE: "done",
    ExitCode.SOME_FAILED: "done, but some inputs failed or carry a serious flag; the report "
    "lists them, the others are kept",
    ExitCode.REFUSED: "the order or its configuration is wrong: nothing was touched",
    ExitCode.NO_INPUT: "no input could be used: no result",
    ExitCode.NO_OUTPUT: "an output could not be written (disk full, no permission): make room, "
    "then run the same order again",
    ExitCode.BUSY: "another run is working on the same outputs: nothing was touched, try again "
    "later",
    ExitCode.UNEXPECTED: "an error nobody foresaw: report it with the log",
    ExitCode.INTERRUPTED: "stopped from outside: what was done is in the ledger, run the same "
    "order again to go on",
}
