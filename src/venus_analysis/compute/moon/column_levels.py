"""How much the dark levels of columns scatter about a plain trend, and so what they can tell."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GROUPS: Final = (4, 8, 16, 32)
LEAST_GROUPS: Final = 6
FAR_SIGMA: Final = 3.0
TURNS: Final = 4


def level_trend(columns: int) -> Array:
    """Return what levels may have in common (3, j): mean, slope, and a step between both halves.

    The detector is read out in two halves with a dark level each.

    Examples
    --------
    >>> level_trend(4).round(1).tolist()
    [[1.0, 1.0, 1.0, 1.0], [-1.0, -0.3, 0.3, 1.0], [-1.0, -1.0, 1.0, 1.0]]
    """
    x = np.linspace(-1.0, 1.0, columns)
    return np.stack([np.ones(columns), x, np.where(x < 0.0, -1.0, 1.0)])


def level_variance(level: Array, known: NDArray[np.bool_]) -> Array:
    """Variance (j) of each column's level about the trend, as if columns were independent.

    Errors of a dark level that neighbours share would pass for light that falls
    off slowly. The means of groups of columns then scatter more than independent
    columns' would, and the variance is taken so large that they do not. Columns
    further off than three sigma get a variance of their own.

    Parameters
    ----------
    level
        (j) counts.
    known
        (j) columns that have a level.

    Returns
    -------
    array
        (j) counts², infinite where fewer than ten levels are known.

    Examples
    --------
    >>> level = np.random.default_rng(1).normal(60.0, 0.2, 500)
    >>> level[7] = 70.0
    >>> variance = level_variance(level, np.full(500, True))
    >>> round(float(np.sqrt(variance[8])), 1), bool(variance[7] > 100.0 * variance[8])
    (0.2, True)
    """
    if known.sum() < 10:
        return np.full(level.size, np.inf)
    trend, weight = level_trend(level.size).T, known.astype(np.float64)
    for _ in range(TURNS):
        root = np.sqrt(weight)
        found = np.linalg.lstsq(trend * root[:, None], level * root, rcond=None)[0]
        rest = level - trend @ found
        sigma = max(1.4826 * float(np.median(np.abs(rest[known]))), 1e-9)
        far = np.maximum(np.abs(rest) / (FAR_SIGMA * sigma), 1.0)
        weight = known / far
    near = np.clip(rest, -FAR_SIGMA * sigma, FAR_SIGMA * sigma)[known]
    sizes = [size for size in GROUPS if near.size // size >= LEAST_GROUPS]
    together = [
        size * float(np.mean(near[: near.size // size * size].reshape(-1, size).mean(axis=1) ** 2))
        for size in sizes
    ]
    return np.asarray(max(sigma**2, *together, 0.0) * far**2)
