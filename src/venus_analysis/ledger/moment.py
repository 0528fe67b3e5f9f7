"""Times of the ledger: the clock, commit times that only grow, and `as_of`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np

from venus_analysis.errors import InputError

Clock = Callable[[], datetime]
AsOf = str | date | datetime | np.datetime64 | None
AS_OF = "as_of"
LAST = np.datetime64(np.iinfo(np.int64).max, "us")


def utc_now() -> datetime:
    """Time of the machine's clock."""
    return datetime.now(UTC)


def after(newest: np.datetime64, clock: Clock) -> np.datetime64:
    """Commit time of a new batch: now, or 1 µs after the newest if the clock lags.

    Examples
    --------
    >>> after(np.datetime64("2031-01-01T00:00:00", "us"), lambda: datetime(2026, 1, 1, tzinfo=UTC))
    np.datetime64('2031-01-01T00:00:00.000001')
    """
    now = _utc(clock())
    return max(now, newest + np.timedelta64(1, "us"))


def until(as_of: AsOf, where: str = AS_OF) -> np.datetime64:
    """Last commit time that counts, UTC; `LAST` for None.

    Parameters
    ----------
    as_of
        ISO 8601 text or a time; without a zone it is UTC. A bare date counts
        to its last moment.
    where
        What an error blames.

    Raises
    ------
    InputError
        When it is no time.

    Examples
    --------
    >>> until("2024-01-31")
    np.datetime64('2024-01-31T23:59:59.999999')
    >>> until("2024-01-31T12:00+02:00")
    np.datetime64('2024-01-31T10:00:00.000000')
    """
    if as_of is None:
        return LAST
    text = as_of.isoformat() if isinstance(as_of, date) else str(as_of)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant(text, where)
    return np.datetime64(day, "us") + np.timedelta64(86_400_000_000 - 1, "us")


def _instant(text: str, where: str) -> np.datetime64:
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        wanted = ("a date or a time", "write 2024-01-31 or 2024-01-31T12:00Z")
        if where == AS_OF:
            wanted = (
                "a date, a time, or the name of a snapshot",
                "write 2024-01-31, 2024-01-31T12:00Z or snapshot-...",
            )
        raise InputError(where, wanted[0], repr(text), wanted[1]) from None


def _utc(time: datetime) -> np.datetime64:
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(time, "us")
