"""Gaps of defective columns: which are filled, from where, and with what weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

DefectPolicy = Literal["interpolate", "mask"]


@dataclass(frozen=True, eq=False)
class Gaps:
    """Defective columns, told apart by what becomes of them.

    Parameters
    ----------
    column, left, right
        (n,) columns that are filled and the good columns on either side.
    weight
        (n,) weight of the right one, 0 to 1.
    masked
        (m,) defective columns that stay NaN.
    """

    column: NDArray[np.intp]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    weight: NDArray[np.float32]
    masked: NDArray[np.intp]

    def fill(self, image: NDArray[np.float32]) -> None:
        """Interpolate in place, image (line, column); NaN beside a gap gives NaN."""
        if self.column.size:
            left, value = image.take(self.left, axis=1), image.take(self.right, axis=1)
            value -= left
            value *= self.weight
            value += left
            image[:, self.column] = value

    def fill_variance(self, variance: NDArray[np.float32]) -> None:
        """Variance of the interpolated values from that of the two neighbours, in place.

        The neighbours' noise is taken as independent; what the scene does
        inside the gap is not part of it.
        """
        if self.column.size:
            left, right = variance[:, self.left], variance[:, self.right]
            variance[:, self.column] = (1.0 - self.weight) ** 2 * left + self.weight**2 * right

    def fill_bits(self, bits: NDArray[Any]) -> None:
        """Union of both neighbours' bits, in place."""
        if self.column.size:
            bits[:, self.column] = bits[:, self.left] | bits[:, self.right]


def find_gaps(
    defective: NDArray[np.bool_], policy: DefectPolicy = "interpolate", widest_gap: int = 3
) -> Gaps:
    """Find the runs of defective columns and what becomes of each.

    Parameters
    ----------
    defective
        (column,) whether a column is defective.
    policy
        ``interpolate`` or ``mask``, see `RadiometryOptions.defective`.
    widest_gap
        Widest run that is interpolated, columns. A run at either end of the
        row has one good neighbour only and is masked.

    Returns
    -------
    Gaps
        With the weights ``(column - left) / (right - left)``.

    Examples
    --------
    >>> gaps = find_gaps(np.array([0, 1, 1, 0, 1], bool))
    >>> gaps.column, gaps.left, gaps.right, gaps.masked
    (array([1, 2]), array([0, 0]), array([3, 3]), array([4]))
    """
    column = np.flatnonzero(defective)
    good = np.flatnonzero(~defective)
    after = np.searchsorted(good, column)
    inside = (after > 0) & (after < len(good))
    left = good[np.maximum(after - 1, 0)]
    right = good[np.minimum(after, len(good) - 1)]
    filled = inside & (right - left - 1 <= widest_gap) & (policy == "interpolate")
    masked = column[~filled]
    column, left, right = column[filled], left[filled], right[filled]
    weight = ((column - left) / np.maximum(right - left, 1)).astype(np.float32)
    return Gaps(column, left, right, weight, masked)
