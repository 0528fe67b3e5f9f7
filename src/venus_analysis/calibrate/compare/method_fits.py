"""Methods side by side in one band: fits, series aligned at an epoch, levels, agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.compare.breaks import Breaks, breaks_by_band
from venus_analysis.calibrate.compare.gather import series_by_band
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.selection import wavelength_nm
from venus_analysis.compute.compare.faults import fit_with_faults
from venus_analysis.compute.compare.joint import Joint, joint_sensitivity
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.methods import (
    Agreement,
    agreement,
    mean_slope,
    separate,
)
from venus_analysis.compute.compare.trend import Trend, utc_second
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.parameters.registry import Registry

JOINT: Final = "all methods"
Gains = tuple[tuple[np.datetime64, float], ...]


@dataclass(frozen=True, eq=False)
class MethodFits:
    """One band seen by its methods, together and each alone.

    Attributes
    ----------
    band
        Name.
    joint
        One sensitivity for all methods, their levels unknown.
    alone
        Method to its own fit.
    gain
        First look and Ak of each stretch of one Ak, ascending.
    breaks
        Dates at which the sensitivity steps, and why: events, and updates that were not
        applied as their files say.
    simulated
        Whether any look is synthetic.
    """

    band: str
    joint: Joint
    alone: dict[str, Joint]
    gain: Gains
    breaks: dict[np.datetime64, str]
    simulated: bool

    @property
    def methods(self) -> tuple[str, ...]:
        """Names, in the order of the series."""
        return tuple(self.alone)

    @property
    def epoch(self) -> np.datetime64:
        """Date at which every method reads 1."""
        return self.joint.trend.epoch

    @property
    def wavelength_nm(self) -> float:
        """Centre of the band; NaN for one that is not known."""
        return wavelength_nm(self.band)

    @cached_property
    def agreement(self) -> tuple[Agreement, ...]:
        """Slopes and steps of the methods, two by two."""
        return tuple(agreement(self.alone))

    def at(self, epoch: np.datetime64) -> MethodFits:
        """Fit again with the sites' wander counted from another epoch."""
        if utc_second(epoch) == utc_second(self.epoch):
            return self
        trend = replace(self.joint.trend, epoch=utc_second(epoch))
        series = self.joint.series
        joint = joint_sensitivity(series, trend, self.joint.noise)
        return replace(self, joint=joint, alone=separate(series, trend, joint.noise))

    def gain_at(self, time: np.datetime64) -> float:
        """Ak in use at a date: that of the newest look before it, else of the first."""
        before = [gain for start, gain in self.gain if start <= time]
        return before[-1] if before else self.gain[0][1]

    def level(self, method: str, time: np.datetime64) -> Interval:
        """Ratio of a method at a date, under the Ak in use then and at reference conditions.

        The smooth fit's value, mean over the method's series (sites, references).
        """
        one = self.alone[method]
        number = len(one.series)
        weights = np.array([name.startswith("level of ") / number for name in one.names])
        weights[: len(one.trend.names)] += one.trend.columns(time)[0]
        log = one.combination(weights)
        with np.errstate(over="ignore"):  # an end that nothing holds is infinite
            ends = (np.exp(part) / self.gain_at(time) for part in (log.value, log.lower, log.upper))
            value, lower, upper = ends
        return Interval(value, value * log.standard_uncertainty, lower, upper)

    def slope(self, method: str = JOINT) -> Interval:
        """Mean relative change per year without the steps, first to last look of all methods."""
        times = np.concatenate([one.time for one in self.joint.series])
        one = self.joint if method == JOINT else self.alone[method]
        return mean_slope(one, times.min(), times.max())


def fit_methods(
    frame: pd.DataFrame,
    bands: Sequence[str] = (),
    *,
    events: Sequence[Event] = (),
    exclusions: Exclusions | None = None,
    registry: Registry | None = None,
    epoch: np.datetime64 | None = None,
) -> dict[str, MethodFits]:
    """Fit the methods of each band.

    Parameters
    ----------
    frame
        Rows of one instrument and, by method, one configuration.
    bands
        Only these; all by default.
    events
        Those that break let the sensitivity step.
    exclusions
        Looks left out beside the ledger.
    registry
        Gives the dates of parameter updates exactly.
    epoch
        Date at which the methods are made equal, UTC; the first look by default.

    Returns
    -------
    dict
        Band, by wavelength, to its fits; bands without a usable look are left out.

    Raises
    ------
    InputError
        See `calibrate.compare.gather.series_by_band`.
    """
    rows = frame[frame["band"].isin(list(bands))] if bands else frame
    given = series_by_band(rows, exclusions=exclusions)
    breaks = breaks_by_band(rows, list(given), events, registry)
    found = {}
    for band, series in given.items():
        if series:
            own = rows[rows["band"] == band]
            simulated = bool(own["simulated"].any())
            found[band] = _fitted(band, series, breaks[band], _gains(own), simulated, epoch)
    return found


def _fitted(
    band: str,
    series: Sequence[MethodSeries],
    breaks: Breaks,
    gain: Gains,
    simulated: bool,
    epoch: np.datetime64 | None,
) -> MethodFits:
    first = utc_second(min(one.time[0] for one in series))
    known = between_looks(series, breaks.known)
    suspects = between_looks(series, breaks.suspects)
    trend = Trend(first if epoch is None else utc_second(epoch), start=first)
    trend = replace(trend, step_times=tuple(known))
    joint, faults = fit_with_faults(series, trend, list(suspects))
    known |= {one.time: suspects[one.time] for one in faults}
    alone = separate(series, joint.trend, joint.noise)
    return MethodFits(band, joint, alone, gain, known, simulated)


def between_looks(
    series: Sequence[MethodSeries], dates: Mapping[np.datetime64, str]
) -> dict[np.datetime64, str]:
    """Dates with looks before and after; of several between the same two looks the last.

    Examples
    --------
    >>> days = np.datetime64("2018-01-01") + 30 * np.arange(12)
    >>> moon = MethodSeries("moon", "moon", days, np.zeros(12), np.ones(12))
    >>> dates = ["2017-05-02", "2018-05-02", "2018-05-03"]
    >>> found = between_looks([moon], {np.datetime64(one): one for one in dates})
    >>> list(found.values())
    ['2018-05-03']
    """
    looks = np.sort(np.concatenate([one.time for one in series]))
    places = {int(np.searchsorted(looks, time)): time for time in sorted(dates)}
    return {
        utc_second(time): dates[time] for place, time in places.items() if 0 < place < len(looks)
    }


def _gains(own: pd.DataFrame) -> Gains:
    known = own.dropna(subset=["absolute_gain", "time"]).sort_values("time", kind="stable")
    gain = known["absolute_gain"].to_numpy(np.float64)
    new = np.flatnonzero(np.diff(gain, prepend=np.nan) != 0.0)
    times = known["time"].to_numpy("datetime64[us]")
    return tuple((times[k], float(gain[k])) for k in new)
