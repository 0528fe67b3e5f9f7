"""How many more looks a step between two phases needs before it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from venus_analysis.compute.compare.joint import Joint
from venus_analysis.compute.compare.joint_parts import Noise
from venus_analysis.compute.compare.method_series import MethodSeries, noise_covariance
from venus_analysis.compute.compare.trend import Trend, utc_second
from venus_analysis.compute.drift.intervals import t_quantile
from venus_analysis.compute.drift.series import Floats

MOST_LOOKS: Final = 512


def looks_to_decide(
    joint: Joint,
    gap: np.datetime64,
    value: float,
    criterion: float,
    confidence: float = 0.95,
) -> float:
    """Fewest further looks after which a step is decided if it stays where it is.

    Looks are added to one series at its cadence since the step, with its noise; the
    series that needs fewest counts. They are looks as the series has them: single
    ones of the Moon, monthly means over sites.

    Parameters
    ----------
    joint
        Fit with a step at `gap`.
    gap
        One of its step times.
    value
        Relative step seen.
    criterion
        Largest relative step accepted; decided is U <= | |value| - criterion |.
    confidence
        Probability of U.

    Returns
    -------
    float
        inf beyond 512 looks.

    Examples
    --------
    >>> random = np.random.default_rng(3)
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(40)
    >>> moon = MethodSeries("moon", "moon", dates, 0.01 * random.standard_normal(40), np.ones(40))
    >>> step = np.datetime64("2020-06-01")
    >>> from venus_analysis.compute.compare.joint import joint_sensitivity
    >>> fit = joint_sensitivity([moon], Trend(dates[0], "constant", step_times=(step,)))
    >>> looks_to_decide(fit, step, 0.0, 0.005) > looks_to_decide(fit, step, 0.0, 0.007) > 0
    True
    """
    allowed = abs(abs(value) - criterion)
    best = np.inf
    for k, one in enumerate(joint.series):
        if (one.time >= gap).sum() < 2:
            continue
        low, high = 0, 8
        while (
            high <= MOST_LOOKS
            and high < best
            and _expanded(joint, gap, k, high, confidence) > (allowed)
        ):
            low, high = high, 2 * high
        if high > MOST_LOOKS or high >= best:
            continue
        while high - low > max(1, low // 16):
            middle = (low + high) // 2
            enough = _expanded(joint, gap, k, middle, confidence) <= allowed
            low, high = (low, middle) if enough else (middle, high)
        best = float(high)
    return best


def _expanded(joint: Joint, gap: np.datetime64, k: int, more: int, confidence: float) -> float:
    """Half width of the step's interval with `more` looks of series k, noise as it is."""
    from scipy.linalg import cho_factor, cho_solve

    trend = joint.trend
    normal = np.linalg.pinv(joint.covariance)
    one = joint.series[k]
    noise = joint.noise[one.method]
    design = _own_design(joint, k)
    covariance = _covariance(one, noise, trend)
    normal = normal - design.T @ cho_solve(cho_factor(covariance), design)
    longer = _extended(one, gap, more)
    rows = np.concatenate([design, _future(joint, k, longer.time[len(one) :])])
    covariance = _covariance(longer, noise, trend)
    normal = normal + rows.T @ cho_solve(cho_factor(covariance), rows)
    place = joint.names.index(f"step {str(gap).removesuffix('T00:00:00')}")
    sigma = float(np.sqrt(max(np.linalg.pinv(normal, hermitian=True)[place, place], 0.0)))
    freedom = np.array([max(n.freedom for n in joint.noise.values()) + more])
    return sigma * float(t_quantile(confidence, freedom)[0])


def _covariance(one: MethodSeries, noise: Noise, trend: Trend) -> Floats:
    years = one.years_since(utc_second(trend.epoch))
    return noise_covariance(years, noise.scale * one.u, noise.correlation, one.wander)


def _own_design(joint: Joint, k: int) -> Floats:
    return _rows(joint, k, joint.series[k].time, joint.series[k].regressors)


def _future(joint: Joint, k: int, time: np.ndarray) -> Floats:
    """Give looks to come at regressors' mean."""
    means = {n: np.full(len(time), v.mean()) for n, v in joint.series[k].regressors.items()}
    return _rows(joint, k, time, means)


def _rows(joint: Joint, k: int, time: np.ndarray, regressors: Mapping[str, Floats]) -> Floats:
    one = joint.series[k]
    design = np.zeros((len(time), len(joint.names)))
    design[:, : len(joint.trend.names)] = joint.trend.columns(time)
    design[:, joint.names.index(f"level of {one.name}")] = 1.0
    for name, values in regressors.items():
        design[:, joint.names.index(f"{name} of {one.name}")] = values
    return design


def _extended(one: MethodSeries, gap: np.datetime64, more: int) -> MethodSeries:
    recent = one.time[one.time >= gap]
    every = (recent[-1] - recent[0]) / (len(recent) - 1)
    time = np.concatenate([one.time, recent[-1] + every * np.arange(1, more + 1)])
    u = np.concatenate([one.u, np.full(more, np.median(one.u))])
    return MethodSeries(one.method, one.name, time, np.zeros(len(time)), u, wander=one.wander)
