"""Estimators for many linear models at once: weighted least squares and Huber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.series import Floats

HUBER_TUNING: Final = 1.345
MAD_TO_SIGMA: Final = 1.482602218505602
_RANK_TOLERANCE: Final = 1e-9
_ITERATIONS: Final = 100
_CONVERGED: Final = 1e-8


@dataclass(frozen=True)
class LinearFit:
    """Estimates of ``b = A beta`` for many series.

    Attributes
    ----------
    coefficients
        (series, parameter); NaN where the columns are not independent.
    basis, triangle
        A = Q R: Q (series, look, parameter), R (series, parameter, parameter).
    residual
        (series, look) b - A beta.
    pseudo_residual
        (series, look): the estimate is the least-squares one of
        ``A beta + pseudo_residual``, so that one variance formula serves all
        estimators. Equal to `residual` for least squares.
    solved
        (series,) False where the columns are not independent.
    """

    coefficients: Floats
    basis: Floats
    triangle: Floats
    residual: Floats
    pseudo_residual: Floats
    solved: NDArray[np.bool_]


def least_squares(design: Floats, target: Floats, *, looks: NDArray[np.int64]) -> LinearFit:
    """Least squares by QR; rows that are all 0 carry no weight.

    Parameters
    ----------
    design
        (series, look, parameter), rows already divided by their uncertainty.
    target
        (series, look), divided alike.
    looks
        (series,) rows in use.

    Examples
    --------
    >>> A = np.array([[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]])
    >>> least_squares(A, np.array([[1.0, 3.0, 5.0]]), looks=np.array([3])).coefficients.round(9)
    array([[1., 2.]])
    """
    basis, triangle, solved = _orthogonal(design, looks)
    rotated = np.einsum("snp,sn->sp", basis, target)
    residual = target - np.einsum("snp,sp->sn", basis, rotated)
    found = _back(triangle, rotated, solved)
    return LinearFit(found, basis, triangle, residual, residual, solved)


def huber(
    design: Floats,
    target: Floats,
    *,
    looks: NDArray[np.int64],
    tuning: float = HUBER_TUNING,
) -> LinearFit:
    """Huber's M-estimate by iteratively reweighted least squares.

    Weights are min(1, k s / |e|) with k the tuning constant and s =
    1.4826 median |e|, renewed at each step. Of Gaussian data it is 95 % as
    efficient as least squares at k = 1.345. It bounds the pull of outlying
    values, not that of outlying dates.

    Parameters
    ----------
    design, target, looks
        As for `least_squares`.
    tuning
        k, in units of the scatter s.

    References
    ----------
    Huber (1964), doi:10.1214/aoms/1177703732; pseudo-residuals and the factor
    on them, Huber (1973), doi:10.1214/aos/1176342503.

    Examples
    --------
    >>> t = np.arange(20.0)
    >>> A = np.stack([np.ones(20), t], axis=1)[None]
    >>> y = (1.0 + 2.0 * t)[None]
    >>> y[0, 3] = 99.0
    >>> huber(A, y, looks=np.array([20])).coefficients.round(6)
    array([[1., 2.]])
    """
    basis, triangle, solved = _orthogonal(design, looks)
    turned = np.ascontiguousarray(basis.transpose(0, 2, 1))
    gamma = np.einsum("spn,sn->sp", turned, target)
    floor = 1e-10 * np.abs(target).max(axis=1) + np.finfo(np.float64).tiny
    inside = np.arange(design.shape[1]) < looks[:, None]
    unit = np.eye(design.shape[2])
    for _ in range(_ITERATIONS):
        residual = target - np.matmul(basis, gamma[..., None])[..., 0]
        bound = tuning * np.maximum(_scatter(residual, inside, looks), floor)
        weight = np.minimum(1.0, bound[:, None] / np.maximum(np.abs(residual), bound[:, None]))
        weighted = turned * weight[:, None, :]
        normal = np.matmul(weighted, basis)
        normal[~solved] = unit
        step = np.linalg.solve(normal, np.matmul(weighted, residual[..., None]))[..., 0]
        gamma = gamma + step
        if not (np.abs(step).max(axis=1) > _CONVERGED * bound).any():
            break
    residual = target - np.matmul(basis, gamma[..., None])[..., 0]
    pseudo = _pseudo(residual, bound, inside, looks, design.shape[2])
    found = _back(triangle, gamma, solved)
    return LinearFit(found, basis, triangle, residual, pseudo, solved)


def _pseudo(
    residual: Floats,
    bound: Floats,
    inside: NDArray[np.bool_],
    looks: NDArray[np.int64],
    parameters: int,
) -> Floats:
    linear = (inside & (np.abs(residual) <= bound[:, None])).sum(axis=1)
    share = np.maximum(linear, 1) / np.maximum(looks, 1)
    factor = 1.0 + parameters / np.maximum(looks, 1) * (1.0 - share) / share
    clipped = np.clip(residual, -bound[:, None], bound[:, None])
    return np.asarray(clipped * (factor / share)[:, None])


def _scatter(residual: Floats, inside: NDArray[np.bool_], looks: NDArray[np.int64]) -> Floats:
    """1.4826 times the median of |residual| of each series."""
    size = np.where(inside, np.abs(residual), np.inf)
    size.sort(axis=1)
    last = np.maximum(looks - 1, 0)[:, None]
    low = np.take_along_axis(size, last // 2, axis=1)
    high = np.take_along_axis(size, (last + 1) // 2, axis=1)
    middle = np.where(looks > 0, 0.5 * (low + high)[:, 0], 0.0)
    return np.asarray(MAD_TO_SIGMA * middle)


def _orthogonal(
    design: Floats, looks: NDArray[np.int64]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """QR with a look at the rank; columns are scaled first so that units do not matter."""
    looks_in, parameters = design.shape[1:]
    if looks_in < parameters:
        design = np.pad(design, ((0, 0), (0, parameters - looks_in), (0, 0)))
    length = np.sqrt((design**2).sum(axis=1))
    known = np.isfinite(length)
    scale = np.where(known & (length > 0.0), length, 1.0)
    scaled = np.where(known[:, None, :], design, 0.0) / scale[:, None, :]
    basis, triangle = np.linalg.qr(scaled)
    diagonal = np.abs(np.diagonal(triangle, axis1=1, axis2=2))
    solved = (diagonal > _RANK_TOLERANCE).all(axis=1) & known.all(axis=1) & (looks >= parameters)
    return basis[:, :looks_in], triangle * scale[:, None, :], solved


def _back(triangle: Floats, rotated: Floats, solved: NDArray[np.bool_]) -> Floats:
    safe = np.where(solved[:, None, None], triangle, np.eye(triangle.shape[-1]))
    found = np.linalg.solve(safe, rotated[..., None])[..., 0]
    return np.asarray(np.where(solved[:, None], found, np.nan))
