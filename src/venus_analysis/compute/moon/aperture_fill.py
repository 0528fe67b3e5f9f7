"""How wrong the sums of interpolated columns are, told by the good columns beside them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
REACH: Final = 0.06
LEAST_REACH: Final = 8
FEW: Final = 6
U_UNKNOWN: Final = 0.03


def fill_variance(
    sums: Array, target: Index, left: Index, right: Index, weight: Array, filled: Array
) -> float:
    r"""Variance of the sum of all interpolated columns.

    Good columns close by are interpolated just as the bad one was, from columns as far off,

    .. math:: d_j = S_j - (1 - w) S_{j - a} - w S_{j + b}

    and what they miss, the root of their mean square, is what the bad column's sum
    may miss: limb, texture, column pattern and the neighbours' noise are all in it.
    Columns of one run err alike, so theirs add up before they are squared.

    Parameters
    ----------
    sums
        (column) light of each good column within the aperture, dark level off, counts; NaN
        for bad ones and for such without a pixel.
    target
        (n) columns that were interpolated, ascending.
    left, right, weight
        (n) columns each was made of, and the weight of the right one. Both are the
        same beside a run at the frame's edge.
    filled
        (n) what was put there, counts. Where fewer than 6 good columns can
        be tried, 3 % of it is the standard uncertainty.

    Returns
    -------
    float
        counts².

    Examples
    --------
    A parabola is missed by the same everywhere, here by 1.

    >>> sums = 900.0 - (np.arange(41) - 20.0) ** 2
    >>> truth, sums[15] = sums[15], np.nan
    >>> one = lambda *numbers: np.array(numbers)
    >>> fill_variance(sums, one(15), one(14), one(16), one(0.5), one(truth - 1.0))
    1.0
    """
    reach = max(LEAST_REACH, round(REACH * np.count_nonzero(np.isfinite(sums))))
    total, run, last = 0.0, 0.0, -2
    for column, a, b, w, value in zip(target, left, right, weight, filled, strict=True):
        if column != last + 1:
            total, run = total + run**2, 0.0
        low = max(column - reach, column - a, 0)
        j = np.arange(low, min(column + reach + 1, sums.size, sums.size + column - b))
        missed = sums[j] - (1.0 - w) * sums[j + (a - column)] - w * sums[j + (b - column)]
        missed = missed[np.isfinite(missed)]
        known = missed.size >= FEW
        run += math.sqrt(float(np.mean(missed**2))) if known else U_UNKNOWN * abs(float(value))
        last = column
    return total + run**2
