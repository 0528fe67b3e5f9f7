"""Kills a process at the n-th step of its work on a disk; for scripts that tests start."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Sequence
from typing import Any


def watch(calls: Sequence[str], limit: int) -> None:
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

    real_write = os.write
    for name in calls:
        setattr(os, name, wrap(getattr(os, name)))

    def write(descriptor: int, data: Any) -> int:
        tick()
        half = real_write(descriptor, data[: len(data) // 2])
        tick()
        return half + real_write(descriptor, data[half:])

    os.write = write
