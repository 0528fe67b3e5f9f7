"""One sensor seen by several methods: sensitivity by generalised least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.compare.method_series import MethodSeries, noise_covariance
from venus_analysis.compute.compare.trend import Trend, utc_second
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.intervals import check_confidence, t_quantile
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

ROUNDS: Final = 6
LARGEST_CORRELATION: Final = 0.9
LIMIT: Final = 3.0
"""Whitened residuals beyond this many standard deviations lose weight (Huber)."""
_LEAST_SCALE: Final = 1e-6


@dataclass(frozen=True)
class Noise:
    """Noise of one method as the residuals show it.

    `scale` times the stated uncertainties is the scatter of the looks, `correlation`
    that of consecutive ones, `freedom` their degrees of freedom, `looks` their number.
    """

    scale: float
    correlation: float
    freedom: float
    looks: int


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
    return Interval(
        np.expm1(log.value),
        np.exp(log.value) * np.asarray(log.standard_uncertainty),
        np.expm1(log.lower),
        np.expm1(log.upper),
    )


def joint_sensitivity(series: Sequence[MethodSeries], trend: Trend) -> Joint:
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
    names, designs = _designs(kept, trend)
    methods = list(dict.fromkeys(one.method for one in kept))
    noise = {one: Noise(1.0, 0.0, 1.0, 0) for one in methods}
    inflate = [np.ones(len(one)) for one in kept]
    for _ in range(ROUNDS):
        solved = _solve(kept, designs, trend, noise, inflate)
        noise = {one: solved.renewed(one, noise[one]) for one in methods}
        inflate = [
            np.maximum(1.0, np.abs(z) * w / LIMIT) for z, w in zip(solved.z, inflate, strict=True)
        ]
    solved = _solve(kept, designs, trend, noise, inflate)
    return Joint(
        trend=trend,
        names=names,
        value=solved.value,
        shares=np.array([solved.share(one) for one in methods]),
        unknown=solved.unknown,
        noise={one: solved.with_freedom(one, noise[one]) for one in methods},
        residuals={one.name: e for one, e in zip(kept, solved.residual, strict=True)},
        series=kept,
    )


@dataclass(frozen=True, eq=False)
class _Solved:
    """One solution under given noise; lists are by series."""

    series: tuple[MethodSeries, ...]
    value: Floats
    inverse: Floats
    unknown: Floats
    design: list[Floats]
    residual: list[Floats]
    z: list[Floats]

    def _of(self, method: str) -> list[int]:
        return [k for k, one in enumerate(self.series) if one.method == method]

    def _hat(self, k: int) -> Floats:
        return np.asarray(self.design[k] @ self.inverse)

    def share(self, method: str) -> Floats:
        """Give what the noise of one method contributes to the covariance."""
        inner = sum(self.design[k].T @ self.design[k] for k in self._of(method))
        return np.asarray(self.inverse @ inner @ self.inverse)

    def free(self, method: str) -> float:
        """Count looks of a method less the parameters they determine."""
        return float(
            sum(
                len(self.z[k]) - np.einsum("np,np->", self._hat(k), self.design[k])
                for k in self._of(method)
            )
        )

    def renewed(self, method: str, old: Noise) -> Noise:
        """Give better noise: z'z and z'Sz as the fit leaves them of white errors."""
        power = product = pairs = 0.0
        for k in self._of(method):
            z = self.z[k]
            power += float(z @ z)
            own = np.einsum("np,np->", self._hat(k)[1:], self.design[k][:-1])
            product += float(z[1:] @ z[:-1]) + float(own)
            pairs += len(z) - 1
        free = max(self.free(method), 1.0)
        scale = max(old.scale * float(np.sqrt(power / free)), _LEAST_SCALE)
        lag = product / pairs / (power / free) if pairs and power > 0.0 else 0.0
        correlation = float(np.clip(old.correlation + lag, 0.0, LARGEST_CORRELATION))
        return Noise(scale, correlation, free, 0)

    def with_freedom(self, method: str, old: Noise) -> Noise:
        """Count degrees of freedom as `compute.drift.intervals` does for AR(1) noise."""
        r = old.correlation
        free = max(self.free(method), 1.0) * (1.0 - r**2) / (3.0 + r**2)
        return Noise(old.scale, r, max(free, 1.0), sum(len(self.z[k]) for k in self._of(method)))


def _designs(
    series: tuple[MethodSeries, ...], trend: Trend
) -> tuple[tuple[str, ...], list[NDArray[np.float64]]]:
    names = [*trend.names]
    places = []
    for one in series:
        places.append(len(names))
        names.append(f"level of {one.name}")
        names += [f"{regressor} of {one.name}" for regressor in one.regressors]
    designs = []
    for one, place in zip(series, places, strict=True):
        design = np.zeros((len(one), len(names)))
        design[:, : len(trend.names)] = trend.columns(one.time)
        own = np.column_stack([np.ones(len(one)), *one.regressors.values()])
        design[:, place : place + own.shape[1]] = own
        designs.append(design)
    return tuple(names), designs


def _solve(
    series: tuple[MethodSeries, ...],
    designs: list[Floats],
    trend: Trend,
    noise: dict[str, Noise],
    inflate: list[Floats],
) -> _Solved:
    white = [
        _whitened(one, design, trend, noise[one.method], more)
        for one, design, more in zip(series, designs, inflate, strict=True)
    ]
    stacked = np.concatenate([design for design, _ in white])
    values = np.concatenate([value for _, value in white])
    size = np.sqrt((stacked**2).sum(axis=0))
    size[size == 0.0] = 1.0
    triangle = np.linalg.qr(stacked / size, mode="r")
    _, singular, right = np.linalg.svd(triangle, full_matrices=True)
    singular = np.concatenate([singular, np.zeros(len(right) - len(singular))])
    known = singular > 1e-9 * singular[0]
    basis = right[known] / size
    inverse = (basis.T / singular[known] ** 2) @ basis
    value = inverse @ (stacked.T @ values)
    return _Solved(
        series,
        value,
        inverse,
        right[~known] * size,
        [design for design, _ in white],
        [one.log_value - d @ value for one, d in zip(series, designs, strict=True)],
        [v - d @ value for d, v in white],
    )


def _whitened(
    one: MethodSeries, design: Floats, trend: Trend, noise: Noise, inflate: Floats
) -> tuple[Floats, Floats]:
    from scipy.linalg import cholesky, solve_triangular

    sigma = noise.scale * one.u * inflate
    years = one.years_since(utc_second(trend.epoch))
    covariance = noise_covariance(years, sigma, noise.correlation, one.wander)
    factor = cholesky(covariance, lower=True)
    both = solve_triangular(factor, np.column_stack([design, one.log_value]), lower=True)
    return both[:, :-1], both[:, -1]
