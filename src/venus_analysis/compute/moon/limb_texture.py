"""Markings of the Moon along a limb as a random field, for a fit to weigh them as noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NODES: Final = 9
LOG10_ROUGHNESS: Final = np.linspace(-4.0, -0.5, 8)
ALIKE: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Texture:
    """Pixels' covariance of noise and markings, in units of the noise: 1 + A K A'.

    Parameters
    ----------
    columns
        (sector, pixel, node) A: what each node of the field adds to a pixel over the
        pixel's noise.
    precision
        (node, node) inverse of K, the nodes' covariance.
    """

    columns: Array
    precision: Array
    _inner: Array

    @classmethod
    def of(cls, columns: Array, precision: Array) -> Texture:
        """Prepare the inverse."""
        turned = np.swapaxes(columns, 1, 2)
        inner = np.asarray(np.linalg.inv(turned @ columns + precision))
        return cls(columns, precision, inner)

    def likeliest(self, value: Array) -> Array:
        """Nodes (sector, node, n) that explain `value` (sector, pixel, n) best."""
        return np.asarray(self._inner @ (np.swapaxes(self.columns, 1, 2) @ value))

    def whitened(self, value: Array) -> Array:
        """Inverse covariance times `value` (sector, pixel, n), by Woodbury's identity."""
        return np.asarray(value - self.columns @ self.likeliest(value))


def node_covariance(cosine: Array, roughness: float) -> Array:
    r"""Covariance of relative albedo between depths along the sphere behind a limb.

    .. math:: K_{ij} = \rho\,\min(\arcsin\mu_i, \arcsin\mu_j)

    so that the square of a difference grows in proportion to the way, as on surfaces
    with markings of all sizes. The field is relative to the albedo at the limb, and 0
    there: a step at the limb is the edge's alone.

    Parameters
    ----------
    cosine
        Emission cosine mu of the nodes.
    roughness
        Variance of relative albedo per radian.

    Examples
    --------
    >>> node_covariance(np.array([0.0, 0.1, 0.2]), 0.2).round(3)
    array([[0.  , 0.  , 0.  ],
           [0.  , 0.02, 0.02],
           [0.  , 0.02, 0.04]])
    """
    arc = np.arcsin(np.clip(cosine, 0.0, 1.0))
    return np.asarray(roughness * np.minimum(arc[:, None], arc) + ALIKE * np.eye(arc.size))


def likeliest_roughness(
    columns: Array, value: Array, fixed_precision: Array, cosine: Array, level: float
) -> float:
    """Roughness by restricted maximum likelihood over all sectors.

    Parameters
    ----------
    columns
        (sector, pixel, n) over the pixel's noise: first those of the edge, then
        those of the nodes.
    value
        (sector, pixel) over the pixel's noise.
    fixed_precision
        Prior precision of the edge's columns, next to none.
    cosine
        Of the nodes.
    level
        Brightness that albedo is relative to.

    Returns
    -------
    float
        Variance of relative albedo per radian, between 1e-4 and 1: from a sphere that is even
        to one whose albedo varies by all of itself within a radian.

    References
    ----------
    Patterson, H. D. & Thompson, R. (1971), Biometrika 58, 545,
    doi:10.1093/biomet/58.3.545.

    Examples
    --------
    >>> rng, node = np.random.default_rng(1), np.linspace(0.0, 0.4, 9)
    >>> root = np.linalg.cholesky(node_covariance(node, 0.3))
    >>> field = (root @ rng.normal(size=(9, 400))).T
    >>> columns = np.broadcast_to(np.eye(9), (400, 9, 9))
    >>> found = likeliest_roughness(100.0 * columns, 100.0 * field, np.zeros(0), node, 1.0)
    >>> bool(0.2 < found < 0.4)
    True
    """
    turned = np.swapaxes(columns, 1, 2)
    normal, right = turned @ columns, turned @ value[..., None]
    first = fixed_precision.size
    cost = np.empty(LOG10_ROUGHNESS.size)
    for i, power in enumerate(LOG10_ROUGHNESS):
        precision = np.linalg.inv(node_covariance(cosine, 10.0**power)) / level**2
        inner = normal.copy()
        inner[:, range(first), range(first)] += fixed_precision
        inner[:, first:, first:] += precision
        solved = np.linalg.solve(inner, right)
        spread = np.linalg.slogdet(inner)[1].sum() - len(inner) * np.linalg.slogdet(precision)[1]
        cost[i] = spread - float((right * solved).sum())
    best = int(np.clip(cost.argmin(), 1, cost.size - 2))
    before, middle, after = cost[best - 1 : best + 2]
    bend = before - 2.0 * middle + after
    move = 0.5 * (before - after) / bend if bend > 0.0 else 0.0
    step = LOG10_ROUGHNESS[1] - LOG10_ROUGHNESS[0]
    return float(10.0 ** (LOG10_ROUGHNESS[best] + step * float(np.clip(move, -1.0, 1.0))))
