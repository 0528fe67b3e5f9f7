"""How values depend on a condition: medians of classes, slope, and whether it may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.condition_classes import FEWEST, Classes, Floats, classes_within

MEDIAN_OVER_MEAN: Final = 1.2533141373155
MAD_TO_SIGMA: Final = 1.4826
FAR: Final = 5.0
ENOUGH: Final = 30
"""Values from which on a class tells its own scatter."""


@dataclass(frozen=True, eq=False)
class Dependence:
    """Values by class of a condition, within groups.

    Attributes
    ----------
    middle
        (class,) median of the condition; the class' number for names.
    names
        (class,) names; empty for a condition of numbers.
    groups
        (class,) the group whose values these are, such as a site; empty without groups.
    median, u_median
        (class,) median of the values and its standard uncertainty (k = 1), by the
        scatter about it: the class' own, or that of all classes below 30 values.
    number
        (class,) values.
    slope, u_slope
        Change of the values per unit of the condition within groups, and its standard
        uncertainty (k = 1); NaN for names, and where the condition does not vary within
        groups.
    contrasts
        Degrees of freedom of the test: differences between classes that are seen within
        groups. None: the condition cannot be told from a difference of groups.
    probability
        Chance of class medians so different within groups if nothing depended on the
        condition; NaN without contrasts.
    """

    middle: Floats
    names: tuple[str, ...]
    groups: tuple[str, ...]
    median: Floats
    u_median: Floats
    number: NDArray[np.int64]
    slope: float
    u_slope: float
    contrasts: int
    probability: float

    @property
    def span(self) -> float:
        """Largest less smallest median of one group: of that where it is widest.

        Returns
        -------
        float
            NaN where no group has two classes.
        """
        if not self.contrasts:
            return float("nan")
        group = np.asarray(self.groups or ("",) * len(self.median))
        return max(float(np.ptp(self.median[group == one])) for one in np.unique(group))


def dependence(
    condition: ArrayLike, value: ArrayLike, group: ArrayLike | None = None
) -> Dependence:
    """Medians of a value in classes of a condition, alike in number where it has no gaps.

    Values are taken as independent of each other; where they are not, the
    uncertainties are too small. Groups, such as sites, may differ in level: each has a
    level of its own in the test and in the slope. The test is an F test on the means m of
    group s in class k: chi-square of ``m = level(s)`` less that of ``m = level(s) +
    effect(k)``, over its degrees of freedom, beside the scatter within classes. Test and
    slope are of least squares without what lies beyond 5 robust standard deviations.

    Parameters
    ----------
    condition
        (value,) numbers, or names: then each name is a class.
    value
        (value,) numbers; what is NaN in either is left out.
    group
        (value,) names of groups that may differ in level, for a condition of numbers.

    Returns
    -------
    Dependence
        At most 12 classes of numbers (fewer where groups are small), of 5 values or
        more: looks are taken at chosen phase angles, so none reaches over a
        gap wider than 1/20 of the range unless fewer than 5 lie on a side of it; neighbours
        whose medians lie closer than 1/40 of the range are one class. Each class is given
        group by group. Classes of names, and parts of a class in one group, with fewer
        than 5 values are left out.

    Examples
    --------
    >>> found = dependence(np.arange(60.0), 0.5 * np.arange(60.0))
    >>> len(found.middle), round(found.slope, 6), found.probability < 0.001
    (12, 0.5, True)
    >>> dependence(["a"] * 5 + ["b"] * 5, [1.0] * 5 + [2.0] * 5).median.tolist()
    [1.0, 2.0]
    >>> angle, level = [5.0] * 20 + [9.0] * 10, [1.0] * 20 + [2.0] * 10
    >>> dependence(angle, level, ["Niger 2"] * 20 + ["Libya 4"] * 10).contrasts
    0
    """
    given, y = np.asarray(condition), np.asarray(value, np.float64)
    if given.dtype.kind not in "fiu":
        return _of_names(given.astype(str), y)
    x = given.astype(np.float64)
    good = np.isfinite(x) & np.isfinite(y)
    order = np.flatnonzero(good)[np.argsort(x[good], kind="stable")]
    x, y = x[order], y[order]
    if group is None:
        return _of_classes(x, y, np.zeros(len(x), np.int64), ())
    names, owner = np.unique(np.asarray(group, str)[order], return_inverse=True)
    return _of_classes(x, y, owner, tuple(names.tolist()))


def _of_classes(
    x: Floats, y: Floats, owner: NDArray[np.int64], groups: tuple[str, ...]
) -> Dependence:
    found = classes_within(x, owner)
    median, u, number = _medians(y, found.parts)
    contrasts = found.contrasts
    return Dependence(
        np.array([np.median(x[part]) for part in found.parts]),
        (),
        tuple(groups[k] for k in found.groups) if groups else (),
        median,
        u,
        number,
        *(_slope(x, y, owner) if contrasts else (float("nan"), float("nan"))),
        contrasts,
        _chance(y, found),
    )


def _of_names(given: NDArray[np.str_], y: Floats) -> Dependence:
    parts = {str(one): np.flatnonzero((given == one) & np.isfinite(y)) for one in np.unique(given)}
    parts = {name: part for name, part in parts.items() if len(part) >= FEWEST}
    found = Classes(tuple(range(len(parts))), (0,) * len(parts), tuple(parts.values()))
    nothing = float("nan")
    return Dependence(
        np.arange(float(len(parts))),
        tuple(parts),
        (),
        *_medians(y, found.parts),
        nothing,
        nothing,
        found.contrasts,
        _chance(y, found),
    )


def _medians(
    y: Floats, parts: Sequence[NDArray[np.int64]]
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Median of each part, its standard uncertainty and its number of values."""
    median = np.array([np.median(y[part]) for part in parts])
    number = np.array([len(part) for part in parts], np.int64)
    return median, MEDIAN_OVER_MEAN * _spreads(y, parts) / np.sqrt(number), number


def _spreads(y: Floats, parts: Sequence[NDArray[np.int64]]) -> Floats:
    """Robust standard deviation of each class; of all together where a class is small."""
    if not parts:
        return np.zeros(0)
    away = np.concatenate([y[part] - np.median(y[part]) for part in parts])
    together = _sigma(away) * float(np.sqrt(len(away) / (len(away) - len(parts))))
    return np.array([_sigma(y[part]) if len(part) >= ENOUGH else together for part in parts])


def _sigma(value: Floats) -> float:
    return MAD_TO_SIGMA * float(np.median(np.abs(value - np.median(value))))


def _slope(x: Floats, y: Floats, owner: NDArray[np.int64]) -> tuple[float, float]:
    """Slope within groups and its standard uncertainty."""
    middle = np.array([np.median(y[owner == group]) for group in range(int(owner.max()) + 1)])
    rest = y - middle[owner]
    near = np.abs(rest) <= FAR * _sigma(rest) if len(y) else np.zeros(0, bool)
    x, y, owner = x[near], y[near], owner[near]
    away, left = _within(x, owner), _within(y, owner)
    squares = float(away @ away)
    free = len(x) - len(np.unique(owner)) - 1
    if len(x) < FEWEST or free < 1 or squares <= 0.0:
        return float("nan"), float("nan")
    slope = float(away @ left) / squares
    left = left - slope * away
    return slope, float(np.sqrt(left @ left / free / squares))


def _within(value: Floats, owner: NDArray[np.int64]) -> Floats:
    """Values less the mean of their group."""
    number = np.maximum(np.bincount(owner), 1)
    return value - (np.bincount(owner, value) / number)[owner]


def _chance(y: Floats, found: Classes) -> float:
    """Chance of an F as large, of class means beside the scatter within classes."""
    from scipy.special import fdtrc

    if not found.contrasts:
        return float("nan")
    number, mean, variance = _means(y, found.parts)
    of_group, of_class = found.designs
    if not (variance > 0.0).all():
        spans = [np.ptp(mean[own > 0.0]) for own in of_group.T]
        return 1.0 if max(spans) == 0.0 else 0.0
    apart = _squares(of_group, mean, variance)
    rest = _squares(np.c_[of_group, of_class], mean, variance)
    ratio = max(apart - rest, 0.0) / found.contrasts
    return float(fdtrc(found.contrasts, number.sum() - len(number), ratio))


def _means(
    y: Floats, parts: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Give number, mean and its variance of what lies near the median of each part."""
    near = []
    for part, sigma in zip(parts, _spreads(y, parts), strict=True):
        away = np.abs(y[part] - np.median(y[part]))
        near.append(y[part][away <= FAR * max(sigma, MAD_TO_SIGMA * float(np.median(away)))])
    number = np.array([len(one) for one in near])
    mean = np.array([one.mean() for one in near])
    squares = np.array([((one - one.mean()) ** 2).sum() for one in near])
    together = squares.sum() / (number - 1).sum()
    own = squares / np.maximum(number - 3, 1)  # the mean of its inverse is right, for weights
    return number, mean, np.where(number >= ENOUGH, own, together) / number


def _squares(design: Floats, mean: Floats, variance: Floats) -> float:
    """Chi-square that least squares leaves."""
    weight = variance**-0.5
    weighted = design * weight[:, None]
    rest = mean * weight - weighted @ np.linalg.lstsq(weighted, mean * weight, rcond=None)[0]
    return float(rest @ rest)
