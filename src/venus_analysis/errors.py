"""The exception types of the package; every message says expected, received, remedy."""

from __future__ import annotations

import errno
from typing import Final

# what the system said -> expected, remedy
OF_THE_SYSTEM: Final = {
    errno.ENOENT: ("a file or folder", "check the path"),
    errno.EEXIST: ("a folder or a name that is free", "a file or folder is there: choose another"),
    errno.ENOTDIR: ("folders on the way there", "a file is among them: choose another place"),
    errno.EISDIR: ("a file", "name a file"),
    errno.EACCES: ("a place that is open to you", "choose another or ask for the right to it"),
    errno.EPERM: ("a place that is open to you", "choose another or ask for the right to it"),
    errno.EROFS: ("a place that can be written to", "choose another"),
    errno.ENOSPC: ("room on the disk", "make room or choose another place, and run again"),
}


class VenusAnalysisError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(VenusAnalysisError, ValueError):
    """An input that cannot be used: a file, a field of a file, or an argument.

    Parameters
    ----------
    where
        File and field, or the argument's name.
    expected, received, remedy
        What was wanted, what came, what to do about it. Each is a phrase
        without a final stop.

    Examples
    --------
    >>> print(InputError("moon.nc: sat_pos_ref", "ITRF93 or J2000", "'TEME'", "convert it first"))
    moon.nc: sat_pos_ref: expected ITRF93 or J2000, received 'TEME'; convert it first
    """

    def __init__(self, where: object, expected: str, received: str, remedy: str) -> None:
        self.where, self.expected = str(where), expected
        self.received, self.remedy = received, remedy
        super().__init__(f"{where}: expected {expected}, received {received}; {remedy}")

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        """Survive the way back from a worker process."""
        return type(self), (self.where, self.expected, self.received, self.remedy)


class UsageError(VenusAnalysisError, ValueError):
    """A command or configuration that cannot be carried out as it was given."""


class LedgerError(VenusAnalysisError):
    """The ledger cannot be read or written as asked."""


def from_system(error: OSError) -> InputError:
    """Say what the system refused in words of ours.

    Examples
    --------
    >>> print(from_system(IsADirectoryError(errno.EISDIR, "Is a directory", "results")))
    results: expected a file, received 'Is a directory'; name a file
    """
    expected, remedy = OF_THE_SYSTEM.get(
        error.errno or 0, ("to be read or written", "check the path and run again")
    )
    said = error.strerror or str(error) or type(error).__name__
    return InputError(error.filename or "a file", expected, repr(said), remedy)
