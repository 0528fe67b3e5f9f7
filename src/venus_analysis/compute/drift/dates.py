"""Dates at the door: UTC, with or without a time zone written on them."""

from __future__ import annotations

import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError

DAYS_PER_YEAR: Final = 365.25

Dates = NDArray[np.datetime64]


def utc_dates(time: ArrayLike) -> Dates:
    """Dates as datetime64[us] in UTC.

    Parameters
    ----------
    time
        datetime64, or datetime objects: all with a time zone, which is
        honoured, or all without, which are taken as UTC.

    Raises
    ------
    InputError
        Anything else, or both kinds together.

    Examples
    --------
    >>> zone = datetime.timezone(datetime.timedelta(hours=2))
    >>> utc_dates([datetime.datetime(2019, 2, 1, 1, tzinfo=zone)])
    array(['2019-01-31T23:00:00.000000'], dtype='datetime64[us]')
    """
    given = np.asarray(time)
    if given.dtype.kind == "M":
        return np.asarray(given.astype("datetime64[us]"))
    flat: list[Any] = given.ravel().tolist() if given.dtype.kind == "O" else [given.dtype]
    present = [moment for moment in flat if not _is_missing(moment)]
    if not all(isinstance(moment, datetime.datetime) for moment in present):
        kind = "strings" if given.dtype.kind in "US" else f"values of type {given.dtype}"
        raise InputError("time", "UTC dates", kind, "convert them to numpy datetime64 in UTC")
    if len({moment.utcoffset() is None for moment in present}) > 1:
        raise InputError(
            "time", "one kind of dates", "some with and some without a time zone", "make all UTC"
        )
    moments = [np.datetime64("NaT") if _is_missing(one) else _naive_utc(one) for one in flat]
    return np.array(moments, "datetime64[us]").reshape(given.shape)


def years_between(start: np.datetime64, dates: Dates) -> NDArray[np.float64]:
    """Julian years from `start` to dates, NaN for NaT.

    Examples
    --------
    >>> dates = np.array(["2021-01-01", "NaT"], "datetime64[us]")
    >>> years_between(np.datetime64("2017-01-01"), dates)
    array([ 4., nan])
    """
    span = dates - start.astype("datetime64[us]")
    years = span.astype(np.float64) / (DAYS_PER_YEAR * 86400e6)
    return np.asarray(np.where(np.isnat(dates), np.nan, years))


def _is_missing(moment: Any) -> bool:
    return moment is None or (isinstance(moment, datetime.datetime) and moment != moment)


def _naive_utc(moment: datetime.datetime) -> datetime.datetime:
    if moment.utcoffset() is None:
        return moment
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)
