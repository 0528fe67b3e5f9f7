"""The least of a quadratic form over vectors without negative entries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEPS_PER_UNKNOWN = 3


def nonnegative_minimum(matrix: Array, right: Array) -> Array:
    """Minimise ``x' A x / 2 - b' x`` over ``x >= 0``, as non-negative least squares does.

    Active sets as by Lawson & Hanson (1974, Solving Least Squares Problems,
    doi:10.1137/1.9781611971217, chapter 23), straight on the normal equations.
    For a handful of unknowns this is as good as `scipy.optimize.nnls`, whose
    package takes longer to import than a scene's sky to be fitted.

    Parameters
    ----------
    matrix
        A (n, n), symmetric and positive definite.
    right
        b (n,). NaN gives no result, see below.

    Returns
    -------
    array
        x (n,), exact zeros where the limit holds.

    Raises
    ------
    numpy.linalg.LinAlgError
        `matrix` is singular, or no set of unknowns satisfies the conditions, as
        when there are NaN.

    Examples
    --------
    >>> nonnegative_minimum(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([3.0, -1.0])).tolist()
    [1.5, 0.0]
    """
    x, free = np.zeros(len(right)), np.zeros(len(right), np.bool_)
    least = 1e-14 * float(np.abs(right).max(initial=0.0))
    for _ in range(STEPS_PER_UNKNOWN * len(right) + 1):
        slope = np.where(free, 0.0, right - matrix @ x)
        if (slope <= least).all():
            return x
        free[np.argmax(slope)] = True
        x = _freed(matrix, right, x, free)
    raise np.linalg.LinAlgError("no least non-negative vector found")


def _freed(matrix: Array, right: Array, x: Array, free: NDArray[np.bool_]) -> Array:
    """Go towards the least over `free`; what would fall below zero stays there, no longer free."""
    while True:
        goal = np.zeros(len(x))
        goal[free] = np.linalg.solve(matrix[np.ix_(free, free)], right[free])
        falling = free & (goal <= 0.0)
        if not falling.any():
            return goal
        share = x[falling] / (x[falling] - goal[falling])
        x = x + share.min() * (goal - x)
        held = np.flatnonzero(falling)[share <= share.min()]
        free[held], x[held] = False, 0.0
