"""Steps of sensitivity at dates where the processing may have failed, such as parameter updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from venus_analysis.compute.compare.joint import Joint, joint_sensitivity
from venus_analysis.compute.compare.joint_parts import Noise, parts_of
from venus_analysis.compute.compare.joint_solve import clearness
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.trend import Trend
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.series import Floats

CONFIDENCE: Final = 0.999
"""Of not accusing any update of a band that was applied; bands are a dozen."""


@dataclass(frozen=True)
class Fault:
    """A date at which ratio * Ak steps although the sensor should not, and by how much."""

    time: np.datetime64
    step: Interval


def fit_with_faults(
    series: Sequence[MethodSeries],
    trend: Trend,
    suspects: Sequence[np.datetime64],
    confidence: float = CONFIDENCE,
    start: Mapping[str, Noise] | None = None,
) -> tuple[Joint, tuple[Fault, ...]]:
    """Fit all methods together, with a step at each suspected date at which they see one.

    ratio * Ak does not step when an update is applied as its file says. The dates are
    tried one by one beside the trend, under the noise found without them; the clearest
    is fitted with its own noise and kept if its interval excludes 0, and the others are
    tried again beside it, until none is left.

    Parameters
    ----------
    series
        Of one band.
    trend
        With the steps that are known.
    suspects
        UTC, none of them a step of the trend.
    confidence
        Probability of seeing none where there is none: that of the interval which must
        exclude 0 is as much larger as there are suspects (Sidak's rule).
    start
        As for `joint_sensitivity`.

    Returns
    -------
    Joint
        Under the trend and the steps that were found.
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
    >>> joint, found = fit_with_faults([moon], Trend(dates[0], "linear"),
    ...                                [np.datetime64("2019-06-01"), update])
    >>> [str(one.time)[:10] for one in found], joint.trend.step_times == (update,)
    (['2020-06-01'], True)
    """
    joint, left, found = joint_sensitivity(series, trend, start), list(suspects), []
    each = confidence ** (1.0 / max(len(left), 1))
    while left:
        time = left[int(np.argmax(_clearness(joint, left)))]
        more = joint_sensitivity(series, _stepping(joint.trend, time), joint.noise)
        step = more.step(time, each)
        if not (step.lower > 0.0 or step.upper < 0.0):
            break
        found.append(Fault(time, step))
        left.remove(time)
        joint = more
    return joint, tuple(found)


def _clearness(joint: Joint, times: Sequence[np.datetime64]) -> Floats:
    """Size of each further step over its uncertainty; -1 where looks cannot tell it."""
    names, parts = parts_of(joint.series, _stepping(joint.trend, *times))
    inflate = [joint.inflated[one.name] for one in joint.series]
    tried = [place for place, name in enumerate(names) if name not in joint.names]
    return clearness(parts, joint.noise, inflate, tried)


def _stepping(trend: Trend, *times: np.datetime64) -> Trend:
    return replace(trend, step_times=(*trend.step_times, *times))
