"""What a camera makes of the lunar limb: brightness of a sphere's edge, convolved with the blur."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_FACING: Final = 1e-3


@dataclass(frozen=True)
class EdgeGrid:
    """Even grid of distances across the limb (pixels) on which curves are convolved.

    The curves are convolved on a circle, so that they are right only further
    from the ends than the blur reaches.

    Examples
    --------
    >>> grid = EdgeGrid(0.5, 8)
    >>> grid.distance.tolist()
    [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5]
    """

    step_px: float
    size: int

    @property
    def distance(self) -> Array:
        """Distances from the limb, positive outside."""
        return np.asarray((np.arange(self.size) - self.size // 2) * self.step_px, dtype=np.float64)

    @property
    def frequency(self) -> Array:
        """Frequencies of the real Fourier transform, cycles per pixel."""
        return np.asarray(np.fft.rfftfreq(self.size, self.step_px), dtype=np.float64)

    @staticmethod
    def for_window(reach_px: float) -> EdgeGrid:
        """Grid for distances within `reach_px`, with room for the blur beyond it."""
        half = 2.5 * reach_px + 4.0
        return EdgeGrid(half / 256.0, 512)


def transfer(
    frequency: Array, normal: tuple[Array, Array], variance_px2: tuple[float, float], boxes: Boxes
) -> Array:
    r"""Transfer function along the normal of an edge: Gaussian, pixel and scan box.

    .. math:: T(\nu) = e^{-2\pi^2\nu^2(\sigma_l^2 n_l^2 + \sigma_c^2 n_c^2)}
              \prod_k \mathrm{sinc}(\nu n_l w_k) \prod_k \mathrm{sinc}(\nu n_c w_k)

    Parameters
    ----------
    frequency
        (m), cycles per pixel along the normal.
    normal
        Unit normal (line, column), each (n).
    variance_px2
        Variances of the Gaussian along lines' and columns' axes, pixels².
    boxes
        Widths of the boxes along either axis.

    Returns
    -------
    array
        (n, m), 1 at frequency 0.

    Examples
    --------
    >>> right = (np.array([0.0]), np.array([1.0]))
    >>> transfer(np.array([0.0, 0.5]), right, (0.0, 0.0), Boxes((1.0,), (1.0,))).round(4)
    array([[1.    , 0.6366]])
    """
    along = [np.asarray(n)[:, None] * frequency[None, :] for n in normal]
    power = variance_px2[0] * along[0] ** 2 + variance_px2[1] * along[1] ** 2
    out = np.exp(-2.0 * np.pi**2 * power)
    for one, widths in zip(along, (boxes.line_px, boxes.column_px), strict=True):
        for width in widths:
            out *= np.sinc(width * one)
    return np.asarray(out)


@dataclass(frozen=True)
class Boxes:
    """Widths (pixels) of the boxes that a camera averages over, along lines' and columns' axes."""

    line_px: tuple[float, ...]
    column_px: tuple[float, ...]

    @property
    def variance_px2(self) -> tuple[float, float]:
        """Variances of all boxes together along either axis, pixels²."""
        line, column = (
            sum(width**2 for width in widths) / 12.0 for widths in (self.line_px, self.column_px)
        )
        return line, column


def inside_shapes(
    grid: EdgeGrid, radius_px: Array, facing: Array, cosine: float, nodes: Array
) -> Array:
    r"""Brightness of a sphere inside its limb, before blur, for an albedo that is 1 at one node.

    With the emission cosine ``mu = sqrt(1 - (1 - x/R)²)`` at a depth x and the
    sunward one ``mu0 = s sqrt(1 - mu²) + c mu``::

        h_k(mu) mu0 / (mu0 + mu),

    where h is 1 at its own node and falls linearly to 0 at the next ones; the last
    stays 1 further in. The Lommel-Seeliger factor is left out where `facing` (s)
    is NaN.

    Parameters
    ----------
    grid
        Distances.
    radius_px
        Radius R that goes with the depth along each normal (n), pixels.
    facing
        ``sin(phase) cos(angle from the Sun's direction)`` at each normal (n).
    cosine
        ``cos(phase)``.
    nodes
        (k) even values of mu from 0 on.

    Returns
    -------
    array
        (n, k, size); mean over a step of the grid, 0 outside.

    References
    ----------
    Hapke, B. (2012), Theory of Reflectance and Emittance Spectroscopy,
    doi:10.1017/CBO9781139025683.

    Examples
    --------
    >>> where, node = EdgeGrid(1.0, 8), np.array([0.0, 0.5])
    >>> shapes = inside_shapes(where, np.array([50.0]), np.array([np.nan]), 1.0, node)
    >>> shapes[0].sum(axis=0).tolist()
    [1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0]
    """
    places, weights = np.polynomial.legendre.leggauss(4)
    half = grid.step_px / 2.0
    # two halves of each step, so that the edge in the middle of one is at a node's border
    at = np.concatenate([(places - 1.0) * half / 2.0, (places + 1.0) * half / 2.0])
    weight = np.concatenate([weights, weights]) / 4.0
    distance = grid.distance[:, None] + at
    depth = np.clip(-distance / radius_px[:, None, None], 0.0, 1.0)
    mu = np.sqrt(depth * (2.0 - depth))
    s = np.maximum(facing, LEAST_FACING)[:, None, None]
    sunward = s * np.sqrt(1.0 - mu**2) + cosine * mu
    law = np.where(np.isnan(s), 1.0, sunward / (sunward + mu))
    lit = (distance < 0.0) * law
    place = np.minimum(mu / nodes[1], nodes.size - 1.0)
    hats = (np.maximum(1.0 - np.abs(place - k), 0.0) for k in range(nodes.size))
    return np.stack([(lit * hat) @ weight for hat in hats], axis=1)


def fit_window(blur_px: float) -> tuple[float, float]:
    """Depth inside and reach outside the limb (pixels) that edges are fitted over.

    Examples
    --------
    >>> fit_window(1.0)
    (5.0, 6.0)
    """
    return 2.0 + 3.0 * blur_px, 2.0 + 4.0 * blur_px


def gaussian_blur(variance_px2: float, box_variance_px2: float) -> float:
    """Add variances: standard deviation of Gaussian and boxes together, pixels.

    Examples
    --------
    >>> gaussian_blur(0.75, 0.25)
    1.0
    """
    return math.sqrt(max(variance_px2, 0.0) + box_variance_px2)
