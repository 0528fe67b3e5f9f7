"""What a random walk of the place looked at does to a slope."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def slope_uncertainty(spans: ArrayLike, walk: float) -> float:
    r"""Give the standard uncertainty of a slope that a random walk of the level causes.

    The slope of a least-squares line through a random walk of variance
    :math:`\sigma^2 t`, looked at evenly over a span T, has the variance
    :math:`\frac{6}{5} \sigma^2 / T`. Of one slope through segments with a level each,
    every segment tells with the weight :math:`T_i^3`:

    .. math:: u^2 = \tfrac{6}{5} \sigma^2 \sum T_i^5 / (\sum T_i^3)^2

    A longer series helps only with the root of its length, more looks do not help at all.

    Parameters
    ----------
    spans
        (segment,) years, not below 0; one of 0 tells nothing.
    walk
        Standard deviation of the level after a year.

    Returns
    -------
    float
        Per year; inf without a span above 0 unless nothing walks.

    Examples
    --------
    >>> round(slope_uncertainty([6.0], 0.0015), 6)
    0.000671
    >>> round(slope_uncertainty([3.0, 3.0], 0.0015), 6)
    0.000671
    """
    years = np.asarray(spans, np.float64)
    if walk == 0.0:
        return 0.0
    weight = float((years**3).sum())
    return walk * float(np.sqrt(1.2 * (years**5).sum())) / weight if weight else float("inf")
