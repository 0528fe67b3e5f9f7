"""Mean, spread, extremes and percentiles of many pixels."""

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
