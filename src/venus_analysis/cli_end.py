"""The end of a command that was stopped: in time, whatever its threads are waiting for."""

from __future__ import annotations

import os
import sys
from threading import Timer

SECONDS_TO_END = 10.0


def end_in_time(code: int) -> None:
    """End this process with `code` in some seconds, unless it has ended by itself.

    An interrupt falls between any two instructions, also between those that take a lock
    and release it. A thread that waits for such a lock never ends, and Python waits for
    its threads at exit. By then all is kept that was done.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    last = Timer(SECONDS_TO_END, os._exit, [code])
    last.daemon = True
    last.start()
