"""The exception types of the package; every message says expected, received, remedy."""

from __future__ import annotations


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
