"""Steps of sensitivity at dates where the processing may have failed, such as parameter updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from venus_analysis.compute.compare.joint import joint_sensitivity
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.trend import Trend
from venus_analysis.compute.drift.estimate import Interval


@dataclass(frozen=True)
class Fault:
    """A date at which ratio * Ak steps although the sensor should not, and by how much."""

    time: np.datetime64
    step: Interval


def find_faults(
    series: Sequence[MethodSeries],
    trend: Trend,
    suspects: Sequence[np.datetime64],
    confidence: float = 0.99,
) -> tuple[Fault, ...]:
    """Find the suspected dates at which all methods together see a step.

    ratio * Ak does not step when an update is applied as its file says. The dates are
    tried one by one beside the trend; the clearest step whose interval excludes 0 is
    kept, and the others are tried again beside it, until none is left.

    Parameters
    ----------
    series
        Of one band.
    trend
        With the steps that are known.
    suspects
        UTC, none of them a step of the trend.
    confidence
        Probability of the interval that must exclude 0.

    Returns
    -------
    tuple of Fault
        In the order they were found. A step smaller than its interval goes unseen and
        stays in the trend.

    Examples
    --------
    >>> random = np.random.default_rng(3)
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(80)
    >>> update = np.datetime64("2020-06-01")
    >>> log = 0.01 * (dates > update) + 0.001 * random.standard_normal(80)
    >>> moon = MethodSeries("moon", "moon", dates, log, np.full(80, 0.001))
    >>> dates = [np.datetime64("2019-06-01"), update]
    >>> [str(one.time)[:10] for one in find_faults([moon], Trend(dates[0], "linear"), dates)]
    ['2020-06-01']
    """
    left, found = list(suspects), []
    while left:
        tried = [(_step(series, trend, time, confidence), time) for time in left]
        step, time = max(tried, key=lambda one: _significance(one[0]))
        if not (step.lower > 0.0 or step.upper < 0.0):
            break
        found.append(Fault(time, step))
        left.remove(time)
        trend = replace(trend, step_times=(*trend.step_times, time))
    return tuple(found)


def _step(
    series: Sequence[MethodSeries], trend: Trend, time: np.datetime64, confidence: float
) -> Interval:
    more = replace(trend, step_times=(*trend.step_times, time))
    return joint_sensitivity(series, more).step(time, confidence)


def _significance(step: Interval) -> float:
    u = float(step.standard_uncertainty)
    return abs(float(step.value)) / u if np.isfinite(u) and u > 0.0 else -1.0
