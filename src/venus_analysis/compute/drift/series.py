"""Time series of calibration ratios, many at once, made ready for fitting."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.dates import DAYS_PER_YEAR, Dates, utc_dates, years_between
from venus_analysis.errors import InputError

FEWEST_LOOKS: Final = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Series sorted by time, gaps removed and padded at the end.

    Attributes
    ----------
    lead
        Shape of the axes before the looks, for instance (method, band).
    epoch
        UTC date from which `years` count.
    years
        (series, look) Julian years of 365.25 days since `epoch`.
    value, uncertainty
        (series, look); the uncertainty is standard (k = 1) and only its
        relative size within a series matters to a fit. Padding is 0 and 1.
    regressors
        Name to (series, look), the mean of each series taken off.
    count
        (series,) number of looks that can be used.
    order
        (series, look) index of each look in the input, -1 for padding.
    notes
        A sentence per series on what was replaced or left out, or empty.
    """

    lead: tuple[int, ...]
    epoch: np.datetime64
    years: Floats
    value: Floats
    uncertainty: Floats
    count: NDArray[np.int64]
    order: NDArray[np.int64]
    notes: tuple[str, ...]
    regressors: dict[str, Floats] = field(default_factory=dict)

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(series, look) True where there is a look and no padding."""
        return np.asarray(self.order >= 0)

    @property
    def weight(self) -> Floats:
        """(series, look) 1 / uncertainty over the largest of its series, 0 for padding."""
        inverse = np.where(self.valid, 1.0 / self.uncertainty, 0.0)
        largest = np.where(self.count > 0, inverse.max(axis=1), 1.0)
        return np.asarray(inverse / largest[:, None])

    def years_of(self, time: ArrayLike) -> Floats:
        """Years since the epoch of UTC dates."""
        return years_between(self.epoch, utc_dates(time))

    def date_of(self, years: ArrayLike) -> Dates:
        """UTC dates, to the second, of years since the epoch; NaT for NaN."""
        seconds = np.asarray(years, np.float64) * (DAYS_PER_YEAR * 86400.0)
        whole = np.where(np.isfinite(seconds), np.round(seconds), np.iinfo(np.int64).min)
        return np.asarray(self.epoch + whole.astype("timedelta64[s]"), "datetime64[s]")


def prepare_series(
    time: ArrayLike,
    value: ArrayLike,
    uncertainty: ArrayLike | None = None,
    regressors: Mapping[str, ArrayLike] | None = None,
    *,
    epoch: np.datetime64 | datetime.datetime | None = None,
) -> Series:
    """Check series and bring them into one order.

    Parameters
    ----------
    time
        (look,) or (..., look): UTC as datetime64, or datetime objects, which
        are converted to UTC when they carry a zone and taken as UTC when none
        does. Any order; equal dates are kept.
    value
        (..., look), for instance measured / modelled; NaN for no look.
    uncertainty
        Standard uncertainty of each value, shaped to broadcast. Missing (NaN)
        or zero ones take the median of their series, and `notes` says so; a
        series without any weighs its looks alike. An infinite one leaves the
        look out.
    regressors
        Name to (look,) or (..., look): a further dependence to fit, such as
        phase angle, libration, season or directional kernels. Looks at which
        one is NaN are left out. The mean is taken off.
    epoch
        The date at which a fitted `level` holds; default the middle of all dates.

    Returns
    -------
    Series

    Raises
    ------
    InputError
        Shapes that do not match, times that are no dates, dates with and
        without zone together, negative uncertainties, or no look at all.

    Examples
    --------
    >>> dates = np.array(["2020-03-01", "2018-03-01", "2019-03-01"], "datetime64[D]")
    >>> series = prepare_series(dates, [1.02, 1.00, np.nan])
    >>> series.value[0], series.count
    (array([1.  , 1.02]), array([2]))
    """
    values = np.atleast_1d(np.asarray(value, np.float64))
    lead, looks = values.shape[:-1], values.shape[-1]
    dates = _matched("time", utc_dates(time), values.shape)
    sigma = _uncertainties(uncertainty, values.shape)
    extra = {
        name: _matched(f"regressor {name}", np.asarray(given, np.float64), values.shape)
        for name, given in (regressors or {}).items()
    }
    good = np.isfinite(values) & ~np.isnat(dates) & ~np.isposinf(sigma)
    for given in extra.values():
        good &= np.isfinite(given)
    flat = good.reshape(-1, looks)
    if not flat.any():
        raise InputError("series", "at least one look with a date", "none", "check the selection")
    start = _epoch(dates[good], epoch)
    years = years_between(start, dates).reshape(-1, looks)
    order = np.argsort(np.where(flat, years, np.inf), axis=1, kind="stable")
    count = flat.sum(axis=1)
    order = order[:, : count.max()]
    padding = np.arange(order.shape[1]) >= count[:, None]

    def pack(given: Floats, filler: float) -> Floats:
        taken = np.take_along_axis(given.reshape(-1, looks), order, axis=1)
        return np.asarray(np.where(padding, filler, taken))

    packed, notes = _replace_missing(pack(sigma, np.nan), count)
    sums = {name: pack(given, 0.0) for name, given in extra.items()}
    share = np.where(padding, 0.0, 1.0 / np.maximum(count, 1)[:, None])
    centred = {
        name: np.where(padding, 0.0, given - (given * share).sum(axis=1, keepdims=True))
        for name, given in sums.items()
    }
    return Series(
        lead=lead,
        epoch=start,
        years=pack(years, 0.0),
        value=pack(values, 0.0),
        uncertainty=packed,
        count=count,
        order=np.where(padding, -1, order),
        notes=notes,
        regressors=centred,
    )


def _epoch(dates: Dates, epoch: np.datetime64 | datetime.datetime | None) -> np.datetime64:
    if epoch is not None:
        return np.datetime64(utc_dates(np.array([epoch]))[0])
    first, last = dates.min(), dates.max()
    return np.datetime64(first + (last - first) // 2)


def _matched(name: str, given: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        return np.broadcast_to(given, shape)
    except ValueError as error:
        raise InputError(
            name, f"a shape that fits {shape}", str(given.shape), "give one entry per look"
        ) from error


def _uncertainties(given: ArrayLike | None, shape: tuple[int, ...]) -> Floats:
    if given is None:
        return np.full(shape, np.nan)
    sigma = _matched("uncertainty", np.asarray(given, np.float64), shape)
    if (sigma < 0.0).any():
        raise InputError(
            "uncertainty", "numbers >= 0 or NaN", f"{np.nanmin(sigma):g}", "correct the sign"
        )
    return np.asarray(sigma)


def _replace_missing(sigma: Floats, count: NDArray[np.int64]) -> tuple[Floats, tuple[str, ...]]:
    """Replace unusable uncertainties by the median of their series, padding by 1."""
    inside = np.arange(sigma.shape[1]) < count[:, None]
    usable = inside & (sigma > 0.0)
    replaced, notes = np.ones_like(sigma), []
    for row, good, within, out in zip(sigma, usable, inside, replaced, strict=True):
        median = float(np.median(row[good])) if good.any() else 1.0
        out[within] = np.where(good, row, median)[within]
        absent = int(within.sum() - good.sum())
        notes.append(
            f"{absent} of {within.sum()} uncertainties were zero or missing; "
            "the median of the series was used."
            if absent and good.any()
            else ""
        )
    return replaced, tuple(notes)
