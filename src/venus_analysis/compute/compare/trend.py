"""What the sensitivity of a sensor may do in time: columns of a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from venus_analysis.compute.drift.dates import Dates, utc_dates, years_between
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

Shape = Literal["ageing", "linear", "constant"]
SHAPES: Final = ("ageing", "linear", "constant")
MOST_DECAYS: Final = 8.0
"""Time constants that the epoch may lie before the start of ageing: exp(-v/T) grows backwards,
and from 10 on its columns are hard to tell from the level."""


@dataclass(frozen=True)
class Trend:
    """ln sensitivity over time, zero at the reference epoch apart from steps.

    With t in years since the epoch and v in years since `start`:

        f(t) = a t + b exp(-v/T) + c (v/T) exp(-v/T) + steps + changes of slope

    less its smooth part at the epoch. ``ageing`` has all of it: the loss that
    slows down which optics in orbit show, with a free share at a neighbouring time
    constant, so that T need not be known (a true constant between 0.8 T and 1.6 T
    is followed within 0.01 of the loss). ``linear`` has a only, ``constant`` none.

    Parameters
    ----------
    epoch
        Reference epoch, UTC; of ageing no more than 8 `decay_years` before `start`.
    shape
        See above.
    start, decay_years
        Of the ageing; start is the epoch where it is None.
    step_times
        UTC; a look at that very time counts as after.
    slope_times
        UTC; the slope may change there, with no step of its own.

    Examples
    --------
    >>> day = np.datetime64("2020-01-01")
    >>> Trend(day, "linear", step_times=(day,)).columns(np.array([day, day + 1461])).round(9)
    array([[0., 1.],
           [4., 1.]])
    """

    epoch: np.datetime64
    shape: Shape = "ageing"
    start: np.datetime64 | None = None
    decay_years: float = 1.5
    step_times: tuple[np.datetime64, ...] = ()
    slope_times: tuple[np.datetime64, ...] = ()

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise InputError("trend", ", ".join(SHAPES), repr(self.shape), "choose one")
        if not self.decay_years > 0.0:
            raise InputError("decay_years", "years above 0", f"{self.decay_years}", "such as 1.5")
        if len(set(map(_text, self.step_times))) < len(self.step_times):
            raise InputError("step times", "different dates", "one twice", "drop one")
        if self.shape == "ageing" and self.start is not None:
            first = utc_second(self.start)
            early = float(_years(self.epoch, utc_dates(first))) / self.decay_years
            if early > MOST_DECAYS:
                most = f"at most {MOST_DECAYS * self.decay_years:g} years before {first}"
                raise InputError("reference epoch", most, str(self.epoch), "choose a later one")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        smooth = {"constant": (), "linear": ("slope",), "ageing": ("slope", "loss", "loss_shape")}
        return (
            *smooth[self.shape],
            *(f"step {_text(one)}" for one in self.step_times),
            *(f"slope change {_text(one)}" for one in self.slope_times),
        )

    def columns(self, time: ArrayLike) -> Floats:
        """(date, column) values at UTC dates."""
        dates = np.atleast_1d(utc_dates(time))
        found = self._smooth(dates) - self._smooth(np.atleast_1d(utc_dates(self.epoch)))
        steps = [(dates >= utc_dates(one)).astype(np.float64) for one in self.step_times]
        bends = [np.maximum(_years(one, dates), 0.0) for one in self.slope_times]
        return np.column_stack([found, *steps, *bends])

    def _smooth(self, dates: Dates) -> Floats:
        years = _years(self.epoch, dates)
        if self.shape == "constant":
            return np.zeros((len(dates), 0))
        if self.shape == "linear":
            return years[:, None]
        age = _years(self.epoch if self.start is None else self.start, dates) / self.decay_years
        return np.column_stack([years, np.exp(-age), age * np.exp(-age)])


def utc_second(time: ArrayLike) -> np.datetime64:
    """One UTC date, to the second.

    Examples
    --------
    >>> utc_second(np.datetime64("2020-01-01"))
    np.datetime64('2020-01-01T00:00:00')
    """
    return np.datetime64(utc_dates(time).astype("datetime64[s]").item(), "s")


def middle_of_gap(before: Sequence[Dates], after: Sequence[Dates]) -> np.datetime64:
    """Middle between the last look of one phase and the first of the next.

    Examples
    --------
    >>> middle_of_gap([np.array(["2020-01-01"], "M8[D]")], [np.array(["2020-01-03"], "M8[D]")])
    np.datetime64('2020-01-02T00:00:00')
    """
    last = max(utc_dates(one).max() for one in before if len(one))
    first = min(utc_dates(one).min() for one in after if len(one))
    return utc_second(last + (first - last) // 2)


def _years(since: np.datetime64, dates: Dates) -> Floats:
    return years_between(utc_second(since), dates)


def _text(time: np.datetime64) -> str:
    return str(utc_second(time)).removesuffix("T00:00:00")
