"""Early acceptance: the first looks of a phase against the earlier one, extrapolated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from venus_analysis.compute.compare.faults import fit_with_faults
from venus_analysis.compute.compare.joint import joint_sensitivity
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.mission_phases import FEWEST_LOOKS, Phase, judge, within
from venus_analysis.compute.compare.trend import Shape, Trend, middle_of_gap, utc_second
from venus_analysis.compute.drift.estimate import Interval


@dataclass(frozen=True)
class FirstLooks:
    """Departure from the extrapolated earlier phase after so many looks.

    `until` is the date of the last of them; looks of other methods up to then count
    as well. `departure` is relative.
    """

    number: int
    until: np.datetime64
    departure: Interval
    verdict: str


def first_looks(
    series: Sequence[MethodSeries],
    before: Phase,
    after: Phase,
    numbers: Sequence[int] = (1, 2, 3, 6, 12),
    *,
    method: str = "moon",
    shape: Shape = "linear",
    break_times: Sequence[np.datetime64] = (),
    suspects: Sequence[np.datetime64] = (),
    criterion: float = 0.01,
    confidence: float = 0.95,
) -> list[FirstLooks]:
    """Compare the first looks of a phase with the drift of the phase before.

    The trend of the earlier phase is carried on with its uncertainty, and the first
    looks may depart from it by one step, whatever the number of looks. With few looks
    the curve rests on the earlier phase alone, so the interval holds the error of
    extrapolation **under this shape**: a loss that slows down departs from a line.

    Parameters
    ----------
    series
        Of one band.
    before, after
        Phases.
    numbers
        Numbers of looks of `method` after the change.
    method
        Whose looks are counted.
    shape
        See `Trend`; ``linear`` needs the least of an earlier phase.
    break_times
        Dates in the earlier phase at which the sensitivity stepped.
    suspects
        Dates at which it may have stepped, as for `phase_step`: one half a year before the
        change would otherwise be carried on as drift.
    criterion, confidence
        As for `phase_step`.

    Returns
    -------
    list of FirstLooks
        For each number that the phase reaches; empty with fewer than 5 looks before.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> noise = 0.001 * np.random.default_rng(3).standard_normal(60)
    >>> vm1 = Phase("VM1", dates[0], np.datetime64("2020-10-31"))
    >>> vm5 = Phase("VM5", np.datetime64("2021-06-01"), dates[-1])
    >>> log = 0.02 * (dates > vm5.start) + noise
    >>> moon = MethodSeries("moon", "moon", dates, log, np.full(60, 0.001))
    >>> [(one.number, one.verdict) for one in first_looks([moon], vm1, vm5, (1, 6))]
    [(1, 'not met'), (6, 'not met')]
    """
    earlier = within(series, [before])
    later = within(series, [after])
    counted = [one.time for one in later if one.method == method]
    if not counted or sum(map(len, earlier)) < FEWEST_LOOKS:
        return []
    dates = np.sort(np.concatenate(counted))
    gap = middle_of_gap([one.time for one in earlier], [one.time for one in later])
    last = max(one.time[-1] for one in earlier)
    steps = [one for one in sorted({*map(utc_second, break_times)}) if before.start < one <= last]
    others = [one for one in sorted({*map(utc_second, suspects)}) if before.start < one <= last]
    trend = Trend(utc_second(before.start), shape, step_times=tuple(steps))
    _, faults = fit_with_faults(earlier, trend, [one for one in others if one not in steps])
    steps += [one.time for one in faults]
    trend = replace(trend, step_times=(gap, *steps))
    found = []
    for number in numbers:
        if number > len(dates):
            break
        until = dates[number - 1]
        used = within(series, [before, Phase(after.name, after.start, until)])
        departure = joint_sensitivity(used, trend).step(gap, confidence)
        reach = max(
            float(departure.upper - departure.value), float(departure.value - departure.lower)
        )
        verdict = judge(float(departure.value), reach, criterion)
        found.append(FirstLooks(number, utc_second(until), departure, verdict))
    return found
