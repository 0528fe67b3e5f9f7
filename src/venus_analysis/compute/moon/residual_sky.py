"""The sky beside a band's disk, ready for the search of what is left of stray light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
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
    sky; `radius` (i, j) in radii of the disk; `pixels` in a block.
    """

    value: Array
    weight: Array
    light: Array
    radius: Array
    outline: Outline
    first_line: int
    size: tuple[int, int]

    @property
    def pixels(self) -> int:
        """Pixels of a block."""
        return self.size[0] * self.size[1]

    def project(self, more: Sequence[Array] = ()) -> SkyProjection:
        """Leave out what column levels, a drift along the scan and `more` (i, j) can explain."""
        return self._bare.beside(more)

    @cached_property
    def _bare(self) -> SkyProjection:
        knots = round(len(self.value) * self.size[0] / (KNOT_RADII * self._half_height))
        drift = drift_basis(len(self.value), max(3, knots))
        wide = [np.broadcast_to(one[:, None], self.value.shape) for one in drift]
        return SkyProjection(self.weight, np.array(wide))

    @property
    def _half_height(self) -> float:
        return self.outline.semi_axis_line_px


class SkyProjection:
    """Weighted least squares on the sky, column levels eliminated.

    A map times this is its weighted values (n) less all that the columns' levels
    and the nuisance maps can explain; products of such vectors are those of
    the normal equations.

    Parameters
    ----------
    weight
        (i, j) 0 off the sky.
    nuisance
        (k, i, j) maps to be explained away.

    Examples
    --------
    >>> drift = np.arange(4.0)[:, None] * np.ones(3)
    >>> sky = SkyProjection(np.ones((4, 3)), drift[None])
    >>> bool(np.abs(sky(drift + np.array([3.0, 1.0, 2.0]))).max() < 1e-6)
    True
    """

    def __init__(self, weight: Array, nuisance: Array) -> None:
        self.weight = weight
        self._root = np.sqrt(weight)
        total = weight.sum(axis=0)
        self._inverse = np.where(total > 0.0, 1.0 / np.maximum(total, 1e-9), 0.0)
        self._nuisance, self._own = tuple(nuisance), len(nuisance)
        self._plain = np.stack([self._levelled(one) for one in nuisance])
        self._products = self._plain @ self._plain.T
        self._inner = _inverse(self._products)

    def beside(self, more: Sequence[Array]) -> SkyProjection:
        """Explain further maps (i, j) away as well."""
        if not len(more):
            return self
        out = copy(self)
        plain = np.stack([self._levelled(one) for one in more])
        across = self._plain @ plain.T
        out._nuisance = (*self._nuisance, *more)
        out._plain = np.concatenate([self._plain, plain])
        out._products = np.block([[self._products, across], [across.T, plain @ plain.T]])
        out._inner = _inverse(out._products)
        return out

    def _levelled(self, one: Array) -> Array:
        left = one - np.einsum("ij,ij->j", one, self.weight) * self._inverse
        left *= self._root
        return np.asarray(left.ravel())

    def __call__(self, one: Array) -> Array:
        """Vector (n) of a map (i, j)."""
        level = self._levelled(one)
        return np.asarray(level - (self._inner @ (self._plain @ level)) @ self._plain)

    def products(self, one: Array, with_vector: Array) -> tuple[float, float]:
        """Power of a map's vector, and its product with a vector (n), without making it."""
        level = self._levelled(one)
        share = self._plain @ level
        power = float(level @ level) - float(share @ self._inner @ share)
        return max(power, 0.0), float(level @ with_vector)

    def rest(self, value: Array) -> Array:
        """Weighted rest (i, j) of a map: what correlates with nothing of the nuisance."""
        return np.asarray(self(value).reshape(value.shape) * self._root)

    def explained(self, value: Array, *, own: bool = False) -> tuple[Array, Array]:
        """Column levels (j), and nuisance (i, j) without them, that fit a map; NaN without sky.

        With `own` only the part of the maps that were not added by `beside`.
        """
        share = self._inner @ (self._plain @ self._levelled(value))
        found = _added_up(share, self._nuisance)
        level = ((value - found) * self.weight).sum(axis=0) * self._inverse
        if own:
            found = _added_up(share, self._nuisance[: self._own])
        return np.where(self._inverse > 0.0, level, np.nan), found

    @property
    def freedom(self) -> int:
        """Blocks less columns and nuisance maps."""
        known = int((self.weight > 0.0).sum()) - int((self._inverse > 0.0).sum())
        return max(known - len(self._nuisance), 1)


def _added_up(share: Array, maps: Sequence[Array]) -> Array:
    found = np.zeros_like(maps[0], dtype=np.float64)
    for part, one in zip(share.tolist(), maps, strict=False):
        found += part * one
    return found


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
    rough = SkyMap(value, weight, value, radius, outline, blocks.first_line, blocks.size)
    level, drift = rough.project().explained(value)
    disk = _filled(value, known) - _everywhere(level)[None, :] - drift
    light = np.where(radius < edge, disk, 0.0)
    return SkyMap(value, weight, light, radius, outline, blocks.first_line, blocks.size)


def block_noise(rest: Array, weight: Array) -> float:
    """Noise of a block of full weight, from the weighted rest (i, j); robust.

    Examples
    --------
    >>> rest = np.random.default_rng(1).normal(0.0, 0.3, (60, 60))
    >>> round(block_noise(rest, np.ones((60, 60))), 2)
    0.3
    """
    some = weight > 0.0
    return robust_scatter(rest[some] / np.sqrt(weight[some]))


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
