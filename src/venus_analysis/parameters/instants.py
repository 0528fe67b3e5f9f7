"""Instants of the official parameter files, with open ends that compare as infinity.

The files write an instant as ``UTC=2019-02-04T08:34:37`` and leave an end open
with ``UTC=0000-00-00T00:00:00`` or ``UTC=9999-99-99T99:99:99``; file names
write days, ``20190204``, ``00000000``, ``99999999``. Both become
`numpy.datetime64` in seconds. The two open ends are one second outside the
years 0001 to 9999 that a file can name, so plain ``<=`` is right everywhere;
``9999-12-31`` stays the normal date it is.
"""

from __future__ import annotations

import datetime
import re

import numpy as np

from venus_analysis.errors import InputError

OPEN_START = np.datetime64("0000-12-31T23:59:59", "s")
OPEN_STOP = np.datetime64("9999-12-31T23:59:59", "s") + np.timedelta64(1, "s")
LAST_STOP = np.datetime64("9999-12-31T23:59:59", "s")
"""The stop real files write: a normal date, far away."""

DAY = np.timedelta64(86400, "s")
SECOND = np.timedelta64(1, "s")

Instant = str | datetime.date | datetime.datetime | np.datetime64

_UTC_OPEN = {"0000-00-00T00:00:00": OPEN_START, "9999-99-99T99:99:99": OPEN_STOP}
_DAY_OPEN = {"00000000": OPEN_START, "99999999": OPEN_STOP}
_UTC = re.compile(r"UTC=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?", re.ASCII)


def _calendar(text: str, where: str) -> np.datetime64:
    try:
        value = np.datetime64(text, "s")
    except ValueError:
        value = OPEN_START
    if not OPEN_START < value < OPEN_STOP:
        raise InputError(where, "a calendar date", repr(text), "correct the date")
    return value


def parse_utc(text: str, where: str = "instant", *, fraction: bool = False) -> np.datetime64:
    """Read ``UTC=yyyy-mm-ddThh:mm:ss``.

    Parameters
    ----------
    text
        Exactly 23 characters, or the text of an open end.
    where
        File and field, for the error.
    fraction
        Accept a fraction of a second, as L1 product headers do; the result
        then counts microseconds.

    Raises
    ------
    InputError
        For any other text.

    Examples
    --------
    >>> parse_utc("UTC=2019-02-04T08:34:37")
    np.datetime64('2019-02-04T08:34:37')
    >>> parse_utc("UTC=9999-99-99T99:99:99") == OPEN_STOP
    np.True_
    """
    match = _UTC.fullmatch(text)
    if match is None or (match[2] and not fraction):
        raise InputError(
            where, "UTC=yyyy-mm-ddThh:mm:ss", repr(text[:60]), "write the date in this form"
        )
    if match[1] in _UTC_OPEN:
        return _UTC_OPEN[match[1]]
    value = _calendar(match[1], where)
    if not fraction:
        return value
    microseconds = int((match[2] or ".0")[1:7].ljust(6, "0"))
    exact: np.datetime64 = value.astype("datetime64[us]") + np.timedelta64(microseconds, "us")
    return exact


def format_utc(value: np.datetime64) -> str:
    """Write an instant as the files do.

    Examples
    --------
    >>> format_utc(np.datetime64("2019-02-04T08:34:37")), format_utc(OPEN_START)
    ('UTC=2019-02-04T08:34:37', 'UTC=0000-00-00T00:00:00')
    """
    for text, end in _UTC_OPEN.items():
        if value == end:
            return f"UTC={text}"
    return f"UTC={value.astype('datetime64[s]')}"


def parse_day(text: str, where: str = "day") -> np.datetime64:
    """Read ``yyyymmdd`` of a file name: the first second of that day.

    Examples
    --------
    >>> parse_day("20170801")
    np.datetime64('2017-08-01T00:00:00')
    >>> parse_day("00000000") == OPEN_START
    np.True_
    """
    if text in _DAY_OPEN:
        return _DAY_OPEN[text]
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        raise InputError(where, "yyyymmdd", repr(text[:60]), "write the day in this form")
    return _calendar(f"{text[:4]}-{text[4:6]}-{text[6:]}", where)


def format_day(value: np.datetime64) -> str:
    """Write the day of an instant as file names do.

    Examples
    --------
    >>> format_day(np.datetime64("2017-08-01T12:00:00")), format_day(OPEN_STOP)
    ('20170801', '99999999')
    """
    for text, end in _DAY_OPEN.items():
        if value == end:
            return text
    return str(value.astype("datetime64[D]")).replace("-", "")


def readable(value: np.datetime64) -> str:
    """Write an instant for people and JSON: ISO, or ``-infinity`` and ``infinity``.

    Examples
    --------
    >>> readable(np.datetime64("2017-08-01T00:00:00")), readable(OPEN_STOP)
    ('2017-08-01T00:00:00Z', 'infinity')
    """
    if value <= OPEN_START:
        return "-infinity"
    return "infinity" if value >= OPEN_STOP else f"{value.astype('datetime64[s]')}Z"


def _from_iso(text: str, where: str) -> datetime.datetime:
    try:
        value = datetime.datetime.fromisoformat(text)
        return value if value.tzinfo is None else value.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise InputError(
            where, "a date as 2019-02-04 or 2019-02-04T08:34:37", repr(text), "write it so"
        ) from None


def instant(value: Instant, where: str = "date") -> np.datetime64:
    """Bring a date given by a caller to whole seconds of UTC.

    Parameters
    ----------
    value
        ISO text (a day alone means its first second; a final ``Z`` or an
        offset is understood), a date, a datetime (without zone: UTC), or a
        datetime64. Parts of a second are cut off.
    where
        Name of the argument, for the error.

    Examples
    --------
    >>> instant("2019-02-04T10:34:37+02:00")
    np.datetime64('2019-02-04T08:34:37')
    >>> instant("2019-02-04"), instant(np.datetime64("2019-02-04T08:34:37.9"))
    (np.datetime64('2019-02-04T00:00:00'), np.datetime64('2019-02-04T08:34:37'))
    """
    if isinstance(value, str):
        value = _from_iso(value, where)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    result: np.datetime64 = np.datetime64(value).astype("datetime64[s]")
    if np.isnat(result):
        raise InputError(where, "a date", "NaT", "give the date of the acquisition")
    return result


def last_second(text: str, where: str = "date") -> np.datetime64:
    """Read the end of a period as `instant` does, but a day alone means its last second.

    Examples
    --------
    >>> last_second("2024-07-31"), last_second("2024-07-31T12:00:00")
    (np.datetime64('2024-07-31T23:59:59'), np.datetime64('2024-07-31T12:00:00'))
    """
    end = instant(text, where)
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return end
    return end + DAY - SECOND
