"""Mean, spread, extremes and percentiles of many pixels, from values or from a histogram."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.schema import PERCENTILES

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SampleStatistics:
    """What a class of pixels looks like, in the unit of its values.

    `percentiles` by share in %: 1, 5, 25, 50, 75, 95, 99. NaN without pixels.
    `pixels` is the number in all, also where mean and percentiles rest on a
    sample of them.
    """

    pixels: int = 0
    mean: float = math.nan
    standard_deviation: float = math.nan
    minimum: float = math.nan
    maximum: float = math.nan
    percentiles: Mapping[int, float] = field(
        default_factory=lambda: dict.fromkeys(PERCENTILES, math.nan)
    )


def sample_statistics(
    values: NDArray[Any], *, pixels: int | None = None, mean: float | None = None
) -> SampleStatistics:
    """Statistics of values in memory; NaN is left out.

    Percentiles are linear between the nearest order statistics, the standard
    deviation has n - 1 below, NaN for a single value.

    Parameters
    ----------
    values
        Any shape, any unit.
    pixels, mean
        Number and mean of all pixels when `values` are a sample of them.

    Returns
    -------
    SampleStatistics

    Examples
    --------
    >>> found = sample_statistics(np.arange(101.0), pixels=1000)
    >>> found.pixels, found.mean, found.maximum, found.percentiles[95]
    (1000, 50.0, 100.0, 95.0)
    """
    kept = np.asarray(values, dtype=np.float64).ravel()
    kept = kept[np.isfinite(kept)]
    number = kept.size if pixels is None else pixels
    if not kept.size:
        return SampleStatistics(number)
    shares = np.percentile(kept, PERCENTILES)
    return SampleStatistics(
        number,
        float(kept.mean()) if mean is None else mean,
        float(kept.std(ddof=1)) if kept.size > 1 else math.nan,
        float(kept.min()),
        float(kept.max()),
        dict(zip(PERCENTILES, shares.tolist(), strict=True)),
    )


def histogram_statistics(level: Array, number: NDArray[np.integer[Any]]) -> SampleStatistics:
    """Statistics of a histogram, the same as those of its values one by one.

    For counts one `numpy.bincount` of a block costs a pass, and blocks add up;
    nothing is read twice.

    Parameters
    ----------
    level
        (n) values, ascending: counts, or the radiance each count stands for.
    number
        (n) pixels at each level.

    Returns
    -------
    SampleStatistics

    Examples
    --------
    >>> found = histogram_statistics(np.arange(4.0), np.array([0, 2, 1, 1]))
    >>> found.pixels, found.mean, found.minimum, found.percentiles[50]
    (4, 1.75, 1.0, 1.5)
    """
    there = np.asarray(number) > 0
    level, weight = np.asarray(level, dtype=np.float64)[there], np.asarray(number)[there]
    total = int(weight.sum())
    if not total:
        return SampleStatistics()
    mean = float((level * weight).sum() / total)
    square = float((weight * (level - mean) ** 2).sum())
    below = np.cumsum(weight)
    # the pixels at rank floor and ceil of a share, as numpy.percentile interpolates them
    rank = np.asarray(PERCENTILES) / 100.0 * (total - 1)
    low, high = (np.searchsorted(below, edge(rank), side="right") for edge in (np.floor, np.ceil))
    shares = level[low] + (rank - np.floor(rank)) * (level[high] - level[low])
    return SampleStatistics(
        total,
        mean,
        math.sqrt(square / (total - 1)) if total > 1 else math.nan,
        float(level[0]),
        float(level[-1]),
        dict(zip(PERCENTILES, shares.tolist(), strict=True)),
    )
