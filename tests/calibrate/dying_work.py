"""Work for the workers of test_cluster.py: some pieces kill their process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(piece: tuple[int, str]) -> int:
    """Square of a number; ``once:FILE`` kills the process unless FILE is there, ``always`` too."""
    number, fate = piece
    mark = Path(fate.removeprefix("once:"))
    if fate == "always" or (fate and not mark.exists()):
        mark.touch() if fate != "always" else None
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def slow_square(number: int) -> int:
    """Square of a number, in a tenth of a second."""
    time.sleep(0.1)
    return number * number
