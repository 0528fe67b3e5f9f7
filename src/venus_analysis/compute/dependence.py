"""How values depend on a condition: medians of classes, slope, and whether it may be chance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
FEWEST: Final = 5
CLOSEST: Final = 1.0 / 40.0
WIDE: Final = 1.0 / 20.0
MOST_CLASSES: Final = 12
MEDIAN_OVER_MEAN: Final = 1.2533141373155
MAD_TO_SIGMA: Final = 1.4826
FAR: Final = 5.0
ENOUGH: Final = 30
"""Values from which on a class tells its own scatter."""


@dataclass(frozen=True, eq=False)
class Dependence:
    """Values by class of a condition.

    Attributes
    ----------
    middle
        (class,) median of the condition; the class' number for names.
    names
        (class,) names; empty for numbers.
    median, u_median
        (class,) median of the values and its standard uncertainty (k = 1), by the
        scatter about it: the class' own, or that of all classes below 30 values.
    number
        (class,) values.
    slope, u_slope
        Change of the values per unit of the condition, and its standard
        uncertainty (k = 1); NaN for names.
    probability
        Chance of class medians so different if nothing depended on the condition.
    """

    middle: Floats
    names: tuple[str, ...]
    median: Floats
    u_median: Floats
    number: NDArray[np.int64]
    slope: float
    u_slope: float
    probability: float

    @property
    def span(self) -> float:
        """Largest less smallest median.

        Returns
        -------
        float
            NaN without a class.
        """
        return float(np.ptp(self.median)) if len(self.median) else float("nan")


def dependence(condition: ArrayLike, value: ArrayLike) -> Dependence:
    """Medians of a value in classes of a condition, alike in number where it has no gaps.

    Values are taken as independent of each other; where they are not, the
    uncertainties are too small. The slope is that of least squares without what
    lies beyond 5 robust standard deviations.

    Parameters
    ----------
    condition
        (value,) numbers, or names: then each name is a class.
    value
        (value,) numbers; what is NaN in either is left out.

    Returns
    -------
    Dependence
        At most 12 classes of numbers, of 5 values or more: looks are taken at chosen
        phase angles, so none reaches over a gap wider than 1/20 of the range unless fewer
        than 5 lie on a side of it; neighbours whose medians lie closer than 1/40 of the
        range are one class. Classes of names with fewer than 5 values are left out.

    Examples
    --------
    >>> found = dependence(np.arange(60.0), 0.5 * np.arange(60.0))
    >>> len(found.middle), round(found.slope, 6), found.probability < 0.001
    (12, 0.5, True)
    >>> dependence(["a"] * 5 + ["b"] * 5, [1.0] * 5 + [2.0] * 5).median.tolist()
    [1.0, 2.0]
    """
    given, y = np.asarray(condition), np.asarray(value, np.float64)
    if given.dtype.kind in "fiu":
        x = given.astype(np.float64)
        good = np.isfinite(x) & np.isfinite(y)
        order = np.argsort(x[good], kind="stable")
        x, y = x[good][order], y[good][order]
        parts = _parts(x)
        middle = [float(np.median(x[part])) for part in parts]
        names: tuple[str, ...] = ()
        slope = _slope(x, y)
    else:
        text = given.astype(str)
        found = [
            (name, np.flatnonzero((text == name) & np.isfinite(y))) for name in np.unique(text)
        ]
        kept = [(str(name), part) for name, part in found if len(part) >= FEWEST]
        names, parts = tuple(name for name, _ in kept), [part for _, part in kept]
        middle = [float(k) for k in range(len(parts))]
        slope = (float("nan"), float("nan"))
    median = np.array([np.median(y[part]) for part in parts])
    number = np.array([len(part) for part in parts], np.int64)
    u = MEDIAN_OVER_MEAN * _spreads(y, parts, median, number) / np.sqrt(number)
    return Dependence(np.array(middle), names, median, u, number, *slope, _chance(median, u))


def _parts(x: Floats) -> list[NDArray[np.int64]]:
    """Positions of each class in ascending numbers, within groups as many in each."""
    if len(x) < FEWEST:
        return []
    groups = np.split(np.arange(len(x)), _gaps(x))
    more = MOST_CLASSES - len(groups)
    parts = []
    for group in groups:
        classes = 1 + more * len(group) // len(x)
        parts += np.array_split(group, min(classes, len(group) // FEWEST))
    least = CLOSEST * float(x[-1] - x[0])
    middle = np.array([np.median(x[part]) for part in parts])
    starts = [0, *(np.flatnonzero(np.diff(middle) > least) + 1), len(parts)]
    return [np.concatenate(parts[a:b]) for a, b in pairwise(starts)]


def _gaps(x: Floats) -> list[int]:
    """Positions after wide gaps, such that no group between them is smaller than a class."""
    width = np.diff(x)
    wide = np.argsort(width)[::-1][: MOST_CLASSES - 1]
    gaps = sorted(int(k) + 1 for k in wide if width[k] > WIDE * float(x[-1] - x[0]))
    while gaps:
        sizes = np.diff([0, *gaps, len(x)])
        smallest = int(np.argmin(sizes))
        if sizes[smallest] >= FEWEST:
            break
        beside = [k for k in (smallest - 1, smallest) if 0 <= k < len(gaps)]
        gaps.pop(min(beside, key=lambda k: width[gaps[k] - 1]))
    return gaps


def _spreads(
    y: Floats, parts: list[Any], median: Floats, number: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Robust standard deviation of each class; of all together where a class is small."""
    if not parts:
        return np.zeros(0)
    away = np.concatenate([y[part] - middle for part, middle in zip(parts, median, strict=True)])
    own = np.array([_sigma(y[part]) for part in parts])
    return np.where(number >= ENOUGH, own, _sigma(away))


def _sigma(value: Floats) -> float:
    return MAD_TO_SIGMA * float(np.median(np.abs(value - np.median(value))))


def _slope(x: Floats, y: Floats) -> tuple[float, float]:
    near = np.abs(y - np.median(y)) <= FAR * _sigma(y) if len(y) else np.zeros(0, bool)
    x, y = x[near], y[near]
    away = x - x.mean() if len(x) else x
    squares = float(away @ away)
    if len(x) < FEWEST or squares <= 0.0:
        return float("nan"), float("nan")
    slope = float(away @ y) / squares
    rest = y - y.mean() - slope * away
    return slope, float(np.sqrt(rest @ rest / (len(x) - 2) / squares))


def _chance(median: Floats, u: Floats) -> float:
    from scipy.special import chdtrc

    if len(median) < 2:
        return float("nan")
    if not (u > 0.0).all():
        return 1.0 if np.ptp(median) == 0.0 else 0.0
    weight = u**-2.0
    mean = float(weight @ median / weight.sum())
    return float(chdtrc(len(median) - 1, weight @ (median - mean) ** 2))
