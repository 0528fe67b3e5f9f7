"""How far vectors without negative entries may lie from an estimate of them."""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CHAINS: Final = 160
SWEEPS: Final = 9
UNSETTLED: Final = 4
PLACES: Final = 20
REACH: Final = 5.0


def nonnegative_spread(matrix: Array, right: Array, estimate: Array) -> Array:
    r"""Mean of ``(x - estimate) (x - estimate)'`` over all non-negative x that data leave possible.

    x has the density of a normal distribution cut off at zero,

    .. math:: p(x) \propto e^{-x' A x / 2 + b' x},\quad x \ge 0

    Its inverse A is no measure of the spread where some of x are at their limit
    and others can take their place; this is. Drawn by Gibbs sampling along the
    axes and along A's eigenvectors, always with the same seed, so that two calls
    give the same; right within some 10 %, which an uncertainty's uncertainty may be.

    Parameters
    ----------
    matrix
        A (n, n), symmetric and positive definite: normal equations in units of
        the noise, prior knowledge included.
    right
        b (n,). NaN gives NaN.
    estimate
        (n,) from which distances are taken, such as
        `venus_analysis.compute.nonnegative.nonnegative_minimum`; not negative.

    Returns
    -------
    array
        (n, n), the mean squared error matrix of `estimate`.

    References
    ----------
    Rodriguez-Yam, Davis & Scharf (2004), Efficient Gibbs sampling of truncated
    multivariate normal with application to constrained linear regression,
    Colorado State University, Department of Statistics.

    Examples
    --------
    A half-normal's mean square about 0 is 1; far from the limit the inverse holds.

    >>> nonnegative_spread(np.eye(1), np.zeros(1), np.zeros(1)).round(1)
    array([[1.]])
    >>> far = nonnegative_spread(np.eye(1) * 4.0, np.full(1, 40.0), np.full(1, 10.0))
    >>> bool(abs(far[0, 0] - 0.25) < 0.025)
    True
    """
    # numpy.random would take longer to import than all of this.
    rng = Random(1)  # noqa: S311
    directions = np.vstack([np.eye(len(right)), np.linalg.eigh(matrix)[1].T])
    x = np.repeat(estimate[None], CHAINS, axis=0)
    total = np.zeros_like(matrix)
    for sweep in range(SWEEPS):
        for one in directions:
            x = np.maximum(x + _step(matrix, right, x, one, rng)[:, None] * one, 0.0)
        if sweep >= UNSETTLED:
            total += (x - estimate).T @ (x - estimate)
    return total / (CHAINS * (SWEEPS - UNSETTLED))


def _step(matrix: Array, right: Array, x: Array, direction: Array, rng: Random) -> Array:
    """Draw how far each x (chain, n) goes along a direction without leaving x >= 0."""
    along = matrix @ direction
    sharpness = float(direction @ along)
    sigma = sharpness**-0.5
    middle = (float(direction @ right) - x @ along) / sharpness
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = -x / direction
    low = np.where(direction > 1e-12, limit, -np.inf).max(axis=1)
    high = np.where(direction < -1e-12, limit, np.inf).min(axis=1)
    # beyond a limit the density falls off faster than sigma
    best = np.clip(middle, low, high)
    scale = sigma / np.maximum(1.0, np.abs(best - middle) / sigma)
    low = np.maximum(low, best - REACH * scale)
    high = np.minimum(high, best + REACH * scale)
    part = (np.arange(PLACES) + 0.5) / PLACES
    place = low[:, None] + (high - low)[:, None] * part
    from_middle = (place - middle[:, None]) / sigma
    density = np.exp(0.5 * ((best - middle) / sigma)[:, None] ** 2 - 0.5 * from_middle**2)
    share = np.cumsum(density, axis=1)
    share /= share[:, -1:]
    chosen = (share < _uniform(rng, len(x))[:, None]).sum(axis=1)
    return np.asarray(low + (high - low) * (chosen + _uniform(rng, len(x))) / PLACES)


def _uniform(rng: Random, number: int) -> Array:
    return np.frombuffer(rng.randbytes(4 * number), "<u4") / 2.0**32
