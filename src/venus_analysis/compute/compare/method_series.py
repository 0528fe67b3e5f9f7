"""Series of one method at one place, and the covariance of its noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.dates import Dates, utc_dates, years_between
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError


@dataclass(frozen=True, eq=False)
class MethodSeries:
    """Looks of one method at one place against one reference, in one band.

    Parameters
    ----------
    method
        moon, desert, sno, or an importer's own. Series of one method share the
        scale and the correlation of their noise.
    name
        Of the series, unlike all others, such as ``desert Libya 4 MERIS_3rd``.
    time
        (look,) UTC; any order.
    log_value
        (look,) ln of sensor sensitivity, ratio * Ak, or of any quantity that
        follows it. Looks with NaN are left out.
    u
        (look,) relative standard uncertainty, random part; only its relative
        size within a method matters. Missing ones take the median.
    regressors
        Name to (look,): dependences to fit beside, zero at reference conditions.
    wander
        Relative standard deviation of the site's own change in one year, as a
        random walk: it grows with the square root of time.
    reference
        Model or sensor compared with.

    Raises
    ------
    InputError
        Arrays of different lengths, or a wander below 0.

    Examples
    --------
    >>> dates = np.array(["2019-01-02", "2019-01-01"], "datetime64[D]")
    >>> MethodSeries("moon", "moon", dates, [0.2, 0.1], [1.0, 1.0]).log_value
    array([0.1, 0.2])
    """

    method: str
    name: str
    time: Dates
    log_value: Floats
    u: Floats
    regressors: Mapping[str, Floats] = field(default_factory=dict)
    wander: float = 0.0
    reference: str = ""

    def __post_init__(self) -> None:
        time = utc_dates(self.time)
        arrays = {"log_value": self.log_value, "u": self.u, **self.regressors}
        numbers = {name: np.asarray(one, np.float64) for name, one in arrays.items()}
        if any(one.shape != time.shape or one.ndim != 1 for one in numbers.values()):
            shapes = ", ".join(f"{name} {one.shape}" for name, one in numbers.items())
            raise InputError(self.name, f"arrays {time.shape}", shapes, "give one number a look")
        if not self.wander >= 0.0:
            raise InputError(self.name, "a wander of 0 or more", f"{self.wander}", "such as 0.0015")
        good = np.isfinite(numbers["log_value"]) & ~np.isnat(time)
        for name in self.regressors:
            good &= np.isfinite(numbers[name])
        kept = np.flatnonzero(good)[np.argsort(time[good], kind="stable")]
        u = numbers["u"][kept]
        usable = np.isfinite(u) & (u > 0.0)
        u = np.where(usable, u, np.median(u[usable]) if usable.any() else 1.0)
        object.__setattr__(self, "time", time[kept])
        object.__setattr__(self, "log_value", numbers["log_value"][kept])
        object.__setattr__(self, "u", u)
        object.__setattr__(
            self, "regressors", {name: numbers[name][kept] for name in self.regressors}
        )

    def __len__(self) -> int:
        """Count the looks."""
        return len(self.time)

    def years_since(self, epoch: np.datetime64) -> Floats:
        """Julian years since a date, (look,)."""
        return years_between(epoch, self.time)

    def before(self, time: np.datetime64) -> NDArray[np.bool_]:
        """(look,) True before a date."""
        return np.asarray(self.time < time)


def noise_covariance(
    years: Floats, sigma: Floats, correlation: float, wander: float
) -> NDArray[np.float64]:
    """Covariance of a series' noise, (look, look).

    C_ij = sigma_i sigma_j r^|i - j| + wander² min(|t_i|, |t_j|) where t_i and t_j
    have the same sign: AR(1) from look to look, and a random walk of the site that
    is zero at t = 0, the reference epoch.

    Parameters
    ----------
    years
        (look,) since the reference epoch, ascending.
    sigma
        (look,) standard deviation of the looks.
    correlation
        r between consecutive looks.
    wander
        Standard deviation of the walk after one year.

    Examples
    --------
    >>> noise_covariance(np.array([-1.0, 1.0, 4.0]), np.ones(3), 0.5, 1.0)
    array([[2.  , 0.5 , 0.25],
           [0.5 , 2.  , 1.5 ],
           [0.25, 1.5 , 5.  ]])
    """
    look = np.arange(len(years))
    found = np.outer(sigma, sigma) * correlation ** np.abs(look[:, None] - look)
    return np.asarray(found + wander_covariance(years, wander) if wander > 0.0 else found)


def wander_covariance(years: Floats, wander: float) -> NDArray[np.float64]:
    """Part of `noise_covariance` that is a random walk, (look, look).

    Examples
    --------
    >>> wander_covariance(np.array([-1.0, 1.0, 4.0]), 2.0)
    array([[ 4.,  0.,  0.],
           [ 0.,  4.,  4.],
           [ 0.,  4., 16.]])
    """
    size = np.minimum(np.abs(years[:, None]), np.abs(years))
    return np.asarray(wander**2 * np.where(years[:, None] * years > 0.0, size, 0.0))
