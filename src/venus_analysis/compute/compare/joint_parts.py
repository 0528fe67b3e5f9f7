"""Series of a joint fit as least squares sees them: designs, and their looks made white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dtrtrs

from venus_analysis.compute.compare.method_series import MethodSeries, wander_covariance
from venus_analysis.compute.compare.trend import Trend, utc_second
from venus_analysis.compute.drift.series import Floats


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

    def change(self, old: Noise) -> float:
        """Give the larger change, of the scale (relative) or of the correlation.

        Examples
        --------
        >>> round(Noise(2.2, 0.5, 9.0, 9).change(Noise(2.0, 0.45, 9.0, 9)), 6)
        0.1
        """
        return max(abs(self.scale / old.scale - 1.0), abs(self.correlation - old.correlation))


@dataclass(frozen=True, eq=False)
class Part:
    """One series; what does not change while its noise is looked for.

    Attributes
    ----------
    series
        As given.
    given
        (look, own + trend + 1) its own columns, those of the trend, ln sensitivity.
    columns
        (own + trend,) which parameters of the fit the columns belong to.
    own
        Number of its own columns.
    walk
        (look, look) covariance of the wander; None without any.
    """

    series: MethodSeries
    given: Floats
    columns: NDArray[np.intp]
    own: int
    walk: Floats | None
    block: tuple[NDArray[np.intp], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "block", np.ix_(self.columns, self.columns))

    def white(self, noise: Noise, inflate: Floats) -> Floats:
        """Give the rows of `given` as innovations of unit variance, (look, own + trend + 1).

        They are the rows of L⁻¹ given, with L the lower Cholesky factor of
        `noise_covariance`; without wander L⁻¹ is known.
        """
        sigma, r = noise.scale * self.series.u * inflate, noise.correlation
        if self.walk is None:
            scaled = self.given / sigma[:, None]
            scaled[1:] = (scaled[1:] - r * scaled[:-1]) / np.sqrt(1.0 - r**2)
            return np.asarray(scaled)
        powers = r ** np.arange(len(sigma))
        look = np.arange(len(sigma))
        covariance = powers[np.abs(look[:, None] - look)]
        covariance *= sigma
        covariance *= sigma[:, None]
        covariance += self.walk
        factor, failed = dpotrf(covariance.T, lower=1, clean=0, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError(f"covariance of {self.series.name}: order {failed}")
        white, _ = dtrtrs(factor, self.given, lower=1)
        return np.asarray(white)


def parts_of(series: Sequence[MethodSeries], trend: Trend) -> tuple[tuple[str, ...], list[Part]]:
    """Names of the parameters, the trend's first, and the series as parts of one fit.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-15") + 30 * np.arange(3)
    >>> moon = MethodSeries("moon", "moon", dates, np.zeros(3), np.ones(3))
    >>> names, (part,) = parts_of([moon], Trend(dates[0], "linear"))
    >>> names, part.columns.tolist(), part.white(Noise(2.0, 0.0, 1.0, 0), np.ones(3))[:, 0]
    (('slope', 'level of moon'), [1, 0], array([0.5, 0.5, 0.5]))
    """
    names = [*trend.names]
    shared, epoch = np.arange(len(names)), utc_second(trend.epoch)
    ends = np.cumsum([len(one) for one in series])[:-1]
    smooth = np.split(trend.columns(np.concatenate([one.time for one in series])), ends)
    parts = []
    for one, columns in zip(series, smooth, strict=True):
        own = 1 + len(one.regressors)
        place = len(names) + np.arange(own)
        names += [f"level of {one.name}", *(f"{name} of {one.name}" for name in one.regressors)]
        ones = np.ones(len(one))
        given = np.column_stack([ones, *one.regressors.values(), columns, one.log_value])
        walk = wander_covariance(one.years_since(epoch), one.wander) if one.wander else None
        parts.append(Part(one, given, np.concatenate([place, shared]), own, walk))
    return tuple(names), parts
