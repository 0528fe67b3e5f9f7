"""Connected parts of a small mask, and the largest value nearby."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def connected_parts(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give numbers to the parts of a mask whose pixels touch, by a side or a corner.

    Runs of pixels in a line are joined with those they touch in the line before.
    For a decimated image this is as quick as `scipy.ndimage.label`, whose
    package takes longer to import than a whole scene's Moon to be found.

    Parameters
    ----------
    mask
        (line, column).

    Returns
    -------
    array of int
        As `mask`: 0 outside, parts from 1 in the order of their first pixels.

    Examples
    --------
    >>> connected_parts(np.array([[1, 0, 0, 1], [0, 1, 0, 0]], bool))
    array([[1, 0, 0, 2],
           [0, 1, 0, 0]])
    """
    change = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    line, start = np.nonzero(change == 1)
    stop = np.nonzero(change == -1)[1]
    width = mask.shape[1] + 2
    low = np.searchsorted((line + 1) * width + stop, line * width + start)
    high = np.searchsorted((line + 1) * width + start, line * width + stop, side="right")
    parent = list(range(line.size))

    def first(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    for run, touched in enumerate(map(range, low.tolist(), high.tolist())):
        for other in touched:
            one, two = sorted((first(run), first(other)))
            parent[two] = one
    roots = np.array([first(run) for run in parent], dtype=np.intp)
    labels = np.zeros(mask.shape, np.intp)
    labels[mask] = np.repeat(np.unique(roots, return_inverse=True)[1] + 1, stop - start)
    return labels


def largest_near(values: Array, reach: int, beyond: Literal["edge", "wrap"] = "edge") -> Array:
    """Largest of the values up to `reach` places to either side (n).

    Parameters
    ----------
    values
        (n,) no NaN.
    reach
        Places to either side.
    beyond
        What follows the ends: the last value itself, or the other end.

    Examples
    --------
    >>> largest_near(np.array([5.0, 1.0, 2.0, 3.0]), 1).tolist()
    [5.0, 5.0, 3.0, 3.0]
    >>> largest_near(np.array([5.0, 1.0, 2.0, 3.0]), 1, "wrap").tolist()
    [5.0, 5.0, 3.0, 5.0]
    """
    around = np.pad(values, reach, mode=beyond)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).max(axis=1))
