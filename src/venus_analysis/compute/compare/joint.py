"""One sensor seen by several methods: sensitivity by generalised least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from venus_analysis.compute.compare.joint_parts import Noise, parts_of
from venus_analysis.compute.compare.joint_solve import solve
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.trend import Trend
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.intervals import check_confidence, t_quantile
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

MOST_ROUNDS: Final = 20
SETTLED: Final = 1e-3
"""Change of a noise scale (relative) or correlation in a round, below which it is found."""
LIMIT: Final = 3.0
"""Whitened residuals beyond this many standard deviations lose weight (Huber)."""


@dataclass(frozen=True, eq=False)
class Joint:
    """A joint estimate; levels are of ln sensitivity at the reference epoch.

    Attributes
    ----------
    trend
        What the sensitivity may do.
    names
        Of the parameters: those of the trend, ``level of SERIES``, and
        ``REGRESSOR of SERIES``.
    value
        (parameter,).
    shares
        (method, parameter, parameter) what each method's noise contributes to the
        covariance, in the order of `noise`; their sum is the covariance.
    unknown
        (direction, parameter) combinations that the looks do not determine.
    noise
        By method.
    residuals
        By name of the series, (look,) ln, without weights.
    inflated
        By name of the series, (look,) factors >= 1 on the uncertainties of far looks.
    series
        As given.
    """

    trend: Trend
    names: tuple[str, ...]
    value: Floats
    shares: Floats
    unknown: Floats
    noise: dict[str, Noise]
    residuals: dict[str, Floats]
    inflated: dict[str, Floats]
    series: tuple[MethodSeries, ...]

    @property
    def covariance(self) -> Floats:
        """(parameter, parameter)."""
        return np.asarray(self.shares.sum(axis=0))

    def combination(self, weights: ArrayLike, confidence: float = 0.95) -> Interval:
        """Weighted sums of the parameters with their intervals.

        Parameters
        ----------
        weights
            (..., parameter).
        confidence
            Probability of the intervals, with Student's quantile at Satterthwaite's
            degrees of freedom over the methods.

        Returns
        -------
        Interval
            (...); NaN where the looks do not determine the sum.
        """
        check_confidence(confidence)
        given = np.asarray(weights, np.float64)
        value = given @ self.value
        parts = np.einsum("...p,mpq,...q->...m", given, self.shares, given)
        variance = parts.sum(axis=-1)
        freedom = np.array([max(one.freedom, 1.0) for one in self.noise.values()])
        spread = (parts**2 / freedom).sum(axis=-1)
        number = np.where(spread > 0.0, variance**2 / np.where(spread > 0.0, spread, 1.0), np.inf)
        lost = (np.abs(given @ self.unknown.T) > 1e-6).any(axis=-1)
        sigma = np.where(lost, np.nan, np.sqrt(np.maximum(variance, 0.0)))
        value = np.where(lost, np.nan, value)
        reach = t_quantile(confidence, np.maximum(number, 1.0)) * sigma
        return Interval(value, sigma, value - reach, value + reach)

    def parameter(self, name: str, confidence: float = 0.95) -> Interval:
        """One parameter with its interval."""
        return self.combination(self._unit(name), confidence)

    def step(self, time: np.datetime64, confidence: float = 0.95) -> Interval:
        """Relative step of the sensitivity at one of the step times."""
        places = [k for k, one in enumerate(self.trend.step_times) if one == time]
        if not places:
            known = ", ".join(map(str, self.trend.step_times)) or "none"
            raise InputError("step", f"one of {known}", str(time), "name it before the fit")
        count = len(self.trend.names) - len(self.trend.slope_times) - len(self.trend.step_times)
        log = self.parameter(self.names[count + places[0]], confidence)
        return relative(log)

    def sensitivity(self, time: ArrayLike, confidence: float = 0.95) -> Interval:
        """Sensitivity relative to the reference epoch at UTC dates, (date,)."""
        columns = self.trend.columns(time)
        weights = np.zeros((len(columns), len(self.names)))
        weights[:, : columns.shape[1]] = columns
        one = self.combination(weights, confidence)
        grown = relative(one)
        return Interval(
            1.0 + grown.value, grown.standard_uncertainty, 1.0 + grown.lower, 1.0 + grown.upper
        )

    def difference(self, first: str, second: str, confidence: float = 0.95) -> Interval:
        """Level of one series over that of another at the epoch, minus 1."""
        weights = self._unit(f"level of {first}") - self._unit(f"level of {second}")
        return relative(self.combination(weights, confidence))

    def _unit(self, name: str) -> Floats:
        if name not in self.names:
            raise InputError("parameter", f"one of {', '.join(self.names)}", name, "choose one")
        return np.asarray(np.eye(len(self.names))[self.names.index(name)])


def relative(log: Interval) -> Interval:
    """Turn an interval of a change of ln into one of the relative change.

    Examples
    --------
    >>> one = relative(Interval(np.log(1.01), 0.001, np.log(1.0), np.log(1.02)))
    >>> [float(part.round(5)) for part in (one.value, one.lower, one.upper)]
    [0.01, 0.0, 0.02]
    """
    with np.errstate(over="ignore"):  # an end that nothing holds is infinite
        return Interval(
            np.expm1(log.value),
            np.exp(log.value) * np.asarray(log.standard_uncertainty),
            np.expm1(log.lower),
            np.expm1(log.upper),
        )


def joint_sensitivity(
    series: Sequence[MethodSeries], trend: Trend, start: Mapping[str, Noise] | None = None
) -> Joint:
    """Estimate the sensitivity of a sensor from all methods together.

    For look i of series j

        ln(ratio Ak)_ij = f(t_ij) + level_j + sum of regressors + noise_ij

    with the same f for all, and levels unknown: methods differ by design (a lunar
    model by 5 to 10 %), so only changes are combined. The noise has the covariance
    of `noise_covariance`; its scale and correlation are found for each method from
    the whitened residuals z, such that z'z has its expectation N - trace H and
    consecutive z are uncorrelated but for the fit's own H. The wander of sites is
    taken as stated: two phases of a few years cannot show it.

    Parameters
    ----------
    series
        Of one band; those without a look are left out.
    trend
        What f may do. Add a slope change where slopes may differ.
    start
        Noise to begin with, by method, such as that of a fit of more series: fewer
        rounds until it is settled.

    Returns
    -------
    Joint

    Raises
    ------
    InputError
        No look at all, or two series of one name.

    References
    ----------
    Aitken (1936), doi:10.1017/S0370164600014346; Satterthwaite (1946),
    doi:10.2307/3002019; Huber (1964), doi:10.1214/aoms/1177703732.

    Examples
    --------
    Two methods with different levels see one step of 1 %:

    >>> random = np.random.default_rng(2)
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> step = np.datetime64("2020-06-01")
    >>> log = np.log1p(0.01) * (dates >= step)
    >>> given = [MethodSeries(name, name, dates, log + level + u * random.standard_normal(60),
    ...                       np.full(60, u)) for name, level, u in
    ...          (("moon", -0.05, 0.003), ("desert", 0.01, 0.01))]
    >>> found = joint_sensitivity(given, Trend(dates[0], "linear", step_times=(step,)))
    >>> bool(found.step(step).contains(0.01)), bool(found.difference("moon", "desert")
    ...                                             .contains(np.exp(-0.06) - 1.0))
    (True, True)
    """
    kept = tuple(one for one in series if len(one))
    if not kept:
        raise InputError("series", "at least one look", "none", "choose other rows")
    if len({one.name for one in kept}) < len(kept):
        raise InputError("series", "different names", "one twice", "rename one")
    names, parts = parts_of(kept, trend)
    methods = list(dict.fromkeys(one.method for one in kept))
    noise = {one: (start or {}).get(one, Noise(1.0, 0.0, 1.0, 0)) for one in methods}
    inflate = [np.ones(len(one)) for one in kept]
    for _ in range(MOST_ROUNDS):
        solved = solve(parts, noise, inflate)
        old, noise = noise, {one: solved.renewed(one, noise[one]) for one in methods}
        inflate = [
            np.maximum(1.0, np.abs(z) * w / LIMIT) for z, w in zip(solved.z, inflate, strict=True)
        ]
        if max(noise[one].change(old[one]) for one in methods) < SETTLED:
            break
    solved = solve(parts, noise, inflate)
    return Joint(
        trend=trend,
        names=names,
        value=solved.value,
        shares=np.array([solved.share(one) for one in methods]),
        unknown=solved.unknown,
        noise={one: solved.with_freedom(one, noise[one]) for one in methods},
        residuals={one.name: solved.residual(k) for k, one in enumerate(kept)},
        inflated={one.name: more for one, more in zip(kept, inflate, strict=True)},
        series=kept,
    )
