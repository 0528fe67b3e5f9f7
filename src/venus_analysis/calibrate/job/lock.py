"""One run at a time on an output: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from venus_analysis.errors import VenusAnalysisError


class BusyError(VenusAnalysisError):
    """Another run is working on the same output."""


@contextmanager
def held(output: Path) -> Iterator[None]:
    """Hold the lock of an output, a hidden file beside it that goes away again.

    The system lets go of it when the process ends, however it ends; a file that a
    killed run left is no lock.

    Raises
    ------
    BusyError
        At once, when another process holds it.
    OSError
        When the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with held(Path(folder) / "report.xml"):
    ...         print([path.name for path in Path(folder).iterdir()])
    ['.report.xml.lock']
    """
    path = output.with_name(f".{output.name}.lock")
    descriptor = _locked(path, output)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _locked(path: Path, output: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(descriptor, path):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise BusyError(
                f"{output}: expected to be the only run, received a lock held by another; "
                "wait for its end, then run the order again"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder removed the file while we opened it


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
