"""Words shared by everything that does many independent pieces of work."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Take = Callable[[int, Any], None]
Work = Callable[[Any], Any]
Note = Callable[[str], None]
BYTES_OF_RU_MAXRSS: Final = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Lost:
    """Stands for the result of a piece of work that no worker brought back."""

    reason: str


@dataclass(frozen=True)
class Measured:
    """Result of a piece of work and what it took.

    Parameters
    ----------
    result
        What the work returned.
    seconds
        Wall time in the worker.
    peak_bytes
        Largest memory of the worker's process since it began.
    """

    result: Any
    seconds: float
    peak_bytes: int


def measured(work: Work, piece: Any) -> Measured:
    """Do a piece of work and tell what it took.

    Examples
    --------
    >>> measured(len, "Moon").result
    4
    """
    began = time.perf_counter()
    result = work(piece)
    return Measured(result, time.perf_counter() - began, peak_bytes())


def peak_bytes() -> int:
    """Largest memory of this process since it began, bytes.

    Examples
    --------
    >>> peak_bytes() > 1_000_000
    True
    """
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_RU_MAXRSS


def silent(_: str) -> None:
    """Take a note and keep it to itself."""


def cores() -> int:
    """Cores this process may use.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_text(size: float) -> str:
    """Bytes for a reader.

    Examples
    --------
    >>> memory_text(1.5e9), memory_text(250_000_000)
    ('1.5 GB', '250 MB')
    """
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"
