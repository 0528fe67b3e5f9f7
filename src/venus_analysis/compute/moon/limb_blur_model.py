"""What sectors of the limb should look like: brightness of a sphere's edge under a blur."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from venus_analysis.compute.moon.edge_spread import Boxes, EdgeGrid, inside_shapes, transfer
from venus_analysis.compute.moon.limb_pixels import LimbPixels
from venus_analysis.compute.moon.limb_texture import NODES

Array = NDArray[np.float64]

MOST_SHIFT_PX: Final = 3.0
# the variances along lines and columns, and the darkening that all sectors have in common
VARIANCES: Final = 2
POWERS: Final = 2
DARKENING_SPREAD: Final = 0.5
# the wider Gaussian's share in either direction, and its variance over the narrow one's
SHARE_SPREAD: Final = 0.3
WIDER: Final = 4.0
# the outline's centre, half-axes and shear
FIGURES: Final = 5
FIGURE_SPREAD_PX: Final = 1.0


@dataclass(frozen=True, eq=False)
class BlurModel:
    """What sectors should look like, and what they are.

    `sharp` (sector, node, frequency) is the unblurred brightness per node of the
    albedo, `laws` (sector, shape, node) are the shapes that darkening may take.
    `now` is always the numbers common to all sectors: two variances, the darkening's
    shapes, two shares of a wider Gaussian or none, five changes of the outline.
    """

    pixels: LimbPixels
    boxes: Boxes
    grid: EdgeGrid
    nodes: Array
    laws: Array
    sharp: NDArray[np.complex128]
    wider: float = WIDER

    @classmethod
    def of(
        cls,
        pixels: LimbPixels,
        boxes: Boxes,
        phase_angle_deg: float | None,
        window: tuple[float, float],
    ) -> BlurModel:
        """Prepare the unblurred curves for pixels of a fit's window (depth, reach)."""
        grid = EdgeGrid.for_window(max(window))
        phase = math.nan if phase_angle_deg is None else math.radians(abs(phase_angle_deg))
        facing = math.sin(phase) * np.cos(np.deg2rad(pixels.off_deg))
        deepest = math.sqrt(2.0 * (window[0] + 1.0) / float(pixels.radius_px.min()))
        nodes = np.linspace(0.0, min(deepest, 0.9), NODES)
        shapes = inside_shapes(grid, pixels.radius_px, facing, math.cos(phase), nodes)
        # take off the grid's own averaging and interpolation
        sharp = np.fft.rfft(shapes, axis=-1) / np.sinc(grid.frequency * grid.step_px) ** 3
        power = np.arange(1, POWERS + 1)[:, None]
        # scattering laws differ by mu / (mu0 + mu)
        slant = 0.5 * math.pi if phase_angle_deg is None else phase
        mu0 = math.sin(slant) * np.maximum(np.cos(np.deg2rad(pixels.off_deg)), 0.0)[:, None]
        mu0 = mu0 * np.sqrt(1.0 - nodes**2) + math.cos(slant) * nodes
        grazing = nodes / np.maximum(mu0 + nodes, 1e-3)
        depth = np.broadcast_to(nodes / nodes[-1], grazing.shape)
        laws = np.concatenate([one[:, None] ** power for one in (depth, grazing)], axis=1)
        return cls(pixels, boxes, grid, nodes, laws, sharp)

    def curves(self, now: Array, x: Array, order: int) -> Array:
        """Brightness (sector, pixel, node) at distances x; `order` 1 its slope, 2 half its bend."""
        factor = (2.0j * np.pi * self.grid.frequency) ** order / max(order, 1)
        shape = 1.0 + sum(
            w * one for w, one in zip(wide_shares(now), self._wide(now), strict=False)
        )
        return self._blurred(now, shape * factor, x)

    def wings(self, now: Array, x: Array) -> list[Array]:
        """Change of the brightness (sector, pixel, node) with the share of either wide Gaussian."""
        wide = self._wide(now) if wide_shares(now).size else []
        return [self._blurred(now, one, x) for one in wide]

    def _wide(self, now: Array) -> list[Array]:
        """Transfer of a wider Gaussian over the narrow one's, less 1: (sector, frequency)."""
        turn = 2.0 * (np.pi * self.grid.frequency) ** 2 * (self.wider - 1.0)
        return [
            np.expm1(-turn * v * n[:, None] ** 2)
            for v, n in zip(now[:VARIANCES], self.pixels.normal, strict=True)
        ]

    def _blurred(self, now: Array, factor: Array | NDArray[np.complex128], x: Array) -> Array:
        pair = (float(now[0]), float(now[1]))
        gaussian = transfer(self.grid.frequency, self.pixels.normal, pair, self.boxes) * factor
        blurred = self.sharp * gaussian[:, None, :]
        return _sample(np.fft.irfft(blurred, self.grid.size), x, self.grid)

    def edge_columns(self, curves: Array, x: Array, darkening: Array) -> Array:
        """Sky, its slope, brightness inside, its change along the limb: (sector, pixel, column)."""
        inside = along(curves, darkening)
        sky = np.ones(x.shape), np.maximum(x, 0.0)
        return np.stack([*sky, inside, inside * self.pixels.along], axis=-1)

    def darkening(self, shape: Array) -> Array:
        """Relative brightness at the nodes: (sector, node), of common `shape`."""
        return np.asarray(np.exp((self.laws * shape[: 2 * POWERS, None]).sum(axis=1)))

    def distance(self, now: Array, relief: Array) -> Array:
        """Distances from the fitted limb: the outline's own change, and each sector's relief."""
        moved = self.pixels.figure @ now[-FIGURES:] + relief
        return np.asarray(
            self.pixels.distance - np.clip(moved, -MOST_SHIFT_PX, MOST_SHIFT_PX)[:, None]
        )

    def light(self, variance: Array, x: Array) -> Array:
        """Share of the disk's light at distances x."""
        return np.asarray(ndtr(-x / math.sqrt(variance.max() + max(self.boxes.variance_px2))))


def wide_shares(now: Array) -> Array:
    """Shares of the wider Gaussians along lines' and columns' axes, if any.

    Examples
    --------
    >>> wide_shares(np.array([1.0, 1.0, *np.zeros(4), 0.1, 0.2, *np.zeros(5)])).tolist()
    [0.1, 0.2]
    """
    return now[VARIANCES + 2 * POWERS : -FIGURES]


def prior_precision(now: Array) -> Array:
    """Prior precision of the common numbers.

    Examples
    --------
    >>> prior_precision(np.zeros(11)).tolist()
    [0.0, 0.0, 4.0, 4.0, 4.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    weak = np.where(np.arange(now.size) < VARIANCES, 0.0, DARKENING_SPREAD**-2)
    weak[VARIANCES + 2 * POWERS :] = SHARE_SPREAD**-2
    weak[-FIGURES:] = FIGURE_SPREAD_PX**-2
    return weak


def _sample(curves: Array, x: Array, grid: EdgeGrid) -> Array:
    """Curves (sector, shape, grid) at the pixels' distances: (sector, pixel, shape)."""
    place = np.clip(x / grid.step_px + grid.size // 2, 0.0, grid.size - 1.001)
    index = place.astype(np.intp)
    part = (place - index)[..., None]
    rows = np.arange(len(x))[:, None]
    table = np.ascontiguousarray(np.swapaxes(curves, 1, 2))
    low = table[rows, index]
    return np.asarray(low + part * (table[rows, index + 1] - low))


def along(basis: Array, numbers: Array) -> Array:
    """Sum of columns (sector, pixel, column) times a sector's numbers (sector, column).

    Examples
    --------
    >>> along(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[10.0, 1.0]])).tolist()
    [[12.0, 34.0]]
    """
    return np.asarray((basis @ numbers[:, :, None])[..., 0])
