"""The sky beside a band's disk, ready for the search of what is left of stray light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.sky_templates import BlockMap, drift_basis, robust_scatter

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
KNOT_RADII: Final = 0.35
# The sky begins beyond the limb's blur: so many pixels, but between these shares of the radius.
BLUR_PX: Final = 12.0
SKY_BEYOND: Final = (0.02, 0.04)
LEAST_GOOD: Final = 0.4


@dataclass(frozen=True, eq=False)
class SkyMap:
    """Blocks of one band, told apart into its disk and its sky.

    `value` (i, j) equalised counts, 0 where not known; `weight` (i, j) the share
    of good pixels, 0 off the sky; `light` (i, j) the disk's own light, 0 on the
    sky; `radius` (i, j) in radii of the disk; `pixels` in a block; `bare` leaves out
    column levels and a drift along the scan.
    """

    value: Array
    weight: Array
    light: Array
    radius: Array
    outline: Outline
    first_line: int
    size: tuple[int, int]
    bare: SkyProjection

    @property
    def pixels(self) -> int:
        """Pixels of a block."""
        return self.size[0] * self.size[1]

    def project(self, more: Sequence[Array] = ()) -> SkyProjection:
        """Leave out what column levels, a drift along the scan and `more` (i, j) can explain."""
        return self.bare.beside(more)


class SkyProjection:
    r"""Weighted least squares on the sky, column levels and a drift along the scan eliminated.

    A map times this is its weighted values less all that levels, drift and
    further maps can explain; products of such vectors are those of the normal
    equations. Levels a and drift b of a map m depend on its columns and its lines
    alone, so that sums over either are all it takes:

    .. math:: v_{ij} = \sqrt{w_{ij}}\,(m_{ij} - a_j - b_i), \qquad b_i = \sum_k c_k D_{ki}

    Parameters
    ----------
    weight
        (i, j) 0 off the sky.
    drift
        (k, i) functions of the line, which together with the levels explain the drift.

    Examples
    --------
    >>> drift = np.arange(4.0)[None, :]
    >>> sky = SkyProjection(np.ones((4, 3)), drift)
    >>> bool(np.abs(sky(drift.T + np.array([3.0, 1.0, 2.0]))).max() < 1e-6)
    True
    """

    def __init__(self, weight: Array, drift: Array) -> None:
        self.weight, self._root, self._drift = weight, np.sqrt(weight), drift
        self._some = np.flatnonzero(weight)
        total = weight.sum(axis=0)
        self._inverse = np.where(total > 0.0, 1.0 / np.maximum(total, 1e-9), 0.0)
        self._across = drift @ weight
        self._mean = self._across * self._inverse
        inner = (drift * weight.sum(axis=1)) @ drift.T - self._across @ self._mean.T
        self._inner = _inverse(inner)
        self._maps: tuple[Array, ...] = ()
        self._levels = np.empty((0, weight.shape[1]))
        self._drifts = np.empty((0, weight.shape[0]))
        self._vectors: tuple[Array, ...] = ()
        self._weighted: tuple[Array, ...] = ()
        self._products = self._among = np.empty((0, 0))

    def beside(self, more: Sequence[Array]) -> SkyProjection:
        """Explain further maps (i, j) away as well."""
        if not len(more):
            return self
        out = copy(self)
        fits = [self._fit(one) for one in more]
        new = [self._levelled(one, *fit) for one, fit in zip(more, fits, strict=True)]
        out._maps = (*self._maps, *more)
        out._levels = np.stack([*self._levels, *(level for level, _ in fits)])
        out._drifts = np.stack([*self._drifts, *(drift for _, drift in fits)])
        out._vectors = (*self._vectors, *new)
        out._weighted = (*self._weighted, *(self.weighted(one) for one in new))
        across = np.array([dots(out._vectors, one) for one in new])
        known = len(self._vectors)
        out._products = np.vstack([np.hstack([self._products, across[:, :known].T]), across])
        out._among = _inverse(out._products)
        return out

    def _fit(self, one: Array) -> tuple[Array, Array]:
        """Column levels (j) and drift (i) of a map, the further maps left aside."""
        return self._fit_sums(one * self.weight)[:2]

    def _fit_sums(self, weighted: Array) -> tuple[Array, Array, Array, Array]:
        """Column levels and drift of a weighted map, and its sums of columns and of lines."""
        columns, lines = weighted.sum(axis=0), weighted.sum(axis=1)
        level = columns * self._inverse
        share = self._inner @ (self._drift @ lines - self._across @ level)
        return level - share @ self._mean, share @ self._drift, columns, lines

    def _levelled(self, one: Array, level: Array, drift: Array) -> Array:
        left = one - level
        left -= drift[:, None]
        left *= self._root
        return left

    def __call__(self, one: Array) -> Array:
        """Vector (i, j) of a map (i, j)."""
        vector = self._levelled(one, *self._fit(one))
        shares = self._among @ dots(self._vectors, vector)
        for part, known in zip(shares.tolist(), self._vectors, strict=True):
            vector -= part * known
        return vector

    def power(self, one: Array) -> float:
        """Square of a map's vector, without the part that further maps explain."""
        weighted = one * self.weight
        level, drift, columns, lines = self._fit_sums(weighted)
        power = float(dot(weighted, one)) - float(level @ columns) - float(drift @ lines)
        share = dots(self._weighted, one)
        return max(power - float(share @ self._among @ share), 0.0)

    def rest(self, value: Array) -> Array:
        """Weighted rest (i, j) of a map: what correlates with nothing of the nuisance."""
        return self.weighted(self(value))

    def weighted(self, vector: Array) -> Array:
        """Vector (i, j) of a map, weighted once more."""
        return vector * self._root

    def noise(self, vector: Array) -> float:
        """Noise of a block of full weight, robust, from the vector (i, j) of a map.

        Examples
        --------
        >>> sky = SkyProjection(np.full((60, 60), 0.5), np.arange(60.0)[None, :])
        >>> seen = np.random.default_rng(1).normal(0.0, 0.3, (60, 60))
        >>> round(sky.noise(sky(seen / math.sqrt(0.5))), 2)
        0.3
        """
        return robust_scatter(vector.ravel()[self._some])

    def shares(self, value: Array) -> tuple[Array, Array]:
        """Weights (k) of the further maps that fit a map; their covariance over noise squared."""
        levelled = self._levelled(value, *self._fit(value))
        return self._among @ dots(self._vectors, levelled), self._among

    def explained(self, value: Array, *, own: bool = False) -> tuple[Array, Array]:
        """Column levels (j), and nuisance (i, j) without them, that fit a map; NaN without sky.

        With `own` the drift alone, without the maps that were added by `beside`.
        """
        level, drift = self._fit(value)
        share = self._among @ dots(self._vectors, self._levelled(value, level, drift))
        level = np.where(self._inverse > 0.0, level - share @ self._levels, np.nan)
        found = np.repeat((drift - share @ self._drifts)[:, None], level.size, axis=1)
        for part, one in zip(share.tolist(), () if own else self._maps, strict=own is False):
            found += part * one
        return level, found


def dot(one: Array, other: Array) -> Array:
    """Sum of products of maps (..., i, j), line by line.

    One product of 10 000 numbers would wake all threads of the library for linear
    algebra, which then wait for each other and for the bands worked on beside.

    Examples
    --------
    >>> float(dot(np.ones((3, 4)), np.full((3, 4), 2.0)))
    24.0
    """
    return np.asarray(np.vecdot(one, other).sum(axis=-1))


def dots(vectors: Sequence[Array], one: Array) -> Array:
    """Multiply and sum some maps (k, i, j), each with one (i, j).

    Examples
    --------
    >>> dots([np.ones((2, 2)), np.full((2, 2), 2.0)], np.ones((2, 2))).tolist()
    [4.0, 8.0]
    """
    return np.array([float(dot(vector, one)) for vector in vectors])


def _inverse(products: Array) -> Array:
    ridge = 1e-10 * float(np.diag(products).mean()) + 1e-300
    return np.asarray(np.linalg.inv(products + ridge * np.eye(len(products))))


def sky_map(blocks: BlockMap, outline: Outline, *, sky_from: float | None = None) -> SkyMap:
    """Tell disk and sky of a band apart, and free the disk's light from dark level and drift.

    Parameters
    ----------
    blocks
        Means of equalised counts over blocks; NaN without a good pixel.
    outline
        Of the disk, pixels of the scene.
    sky_from
        Distance from the centre, in radii, from which on blocks count as sky;
        None begins 12 pixels beyond the limb, but at 1.02 to 1.04 radii.

    Returns
    -------
    SkyMap
        Blocks that stand 5 sigma out of a smooth sky keep their weight: a ghost
        may be just that.

    Examples
    --------
    >>> line, column = np.indices((40, 60)).astype(float)
    >>> moon = Outline(79.5, 119.5, 40.0)
    >>> disk = 9.0 * (np.hypot(*moon.unit(line * 4 + 1.5, column * 4 + 1.5)) < 1.0)
    >>> found = sky_map(BlockMap(disk + 2.0, np.ones((40, 60)), 0, (4, 4)), moon)
    >>> round(float(found.light.max()), 6)
    9.0
    """
    line, column = blocks.centres()
    radius = np.asarray(np.hypot(*outline.unit(line, column)))
    reach = math.hypot(
        0.5 * blocks.size[0] / outline.semi_axis_line_px, 0.5 * blocks.size[1] / outline.across_px
    )
    edge = (_sky_from(outline) if sky_from is None else sky_from) + reach
    known = np.isfinite(blocks.value)
    value = np.nan_to_num(blocks.value)
    sky = (radius > edge) & known & (blocks.weight > LEAST_GOOD)
    weight = np.where(sky, blocks.weight, 0.0)
    knots = round(len(value) * blocks.size[0] / (KNOT_RADII * outline.semi_axis_line_px))
    bare = SkyProjection(weight, drift_basis(len(value), max(3, knots)))
    level, drift = bare.explained(value)
    disk = _filled(value, known) - _everywhere(level)[None, :] - drift
    light = np.where(radius < edge, disk, 0.0)
    return SkyMap(value, weight, light, radius, outline, blocks.first_line, blocks.size, bare)


def _sky_from(outline: Outline) -> float:
    return 1.0 + float(np.clip(BLUR_PX / outline.across_px, *SKY_BEYOND))


def _filled(value: Array, known: Mask) -> Array:
    """Values with gaps bridged along the columns' axis."""
    out = value.copy()
    place = np.arange(value.shape[1])
    for row in np.flatnonzero(~known.all(axis=1)):
        good = known[row]
        if good.any():
            out[row, ~good] = np.interp(place[~good], place[good], value[row, good])
    return out


def _everywhere(level: Array) -> Array:
    known = np.isfinite(level)
    if not known.any():
        return np.zeros_like(level)
    place = np.arange(level.size)
    return np.asarray(np.interp(place, place[known], level[known]))
