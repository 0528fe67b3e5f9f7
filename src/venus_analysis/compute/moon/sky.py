"""The sky beside the Moon: a background plane and the Moon's own halo, told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.detect import block_mean
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.nonnegative import nonnegative_minimum

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
HALO_SCALES = (0.04, 0.08, 0.16, 0.3)
RADIUS_IN_BLOCKS = 30.0
SECTORS = 12
SMALLEST_SKY = 200
SAMPLE = 50_000


@dataclass(frozen=True)
class SkyFit:
    """Background plane and halo around the Moon, radiance.

    `plane` is the level at the disk's centre and the slopes per line and
    column; `scattered` the halo's radiance in blocks of `factor` pixels and
    `scattered_sum` its sum over all space, radiance x pixels. The standard
    uncertainties of background, halo and of their difference, summed over the
    mask (radiance x pixels), come from a jackknife over sectors of the sky.
    `noise` is a pixel's standard deviation, that of rounding at least.
    """

    outline: Outline
    factor: int
    plane: tuple[float, float, float]
    scattered: Array
    scattered_sum: float
    halo_fraction: float
    u_background: float
    u_halo: float
    u_both: float
    noise: float
    pixels: int

    def background_over(self, mask: Mask) -> float:
        """Background summed over a mask, radiance x pixels."""
        lines = np.arange(mask.shape[0]) - self.outline.centre_line
        columns = np.arange(mask.shape[1]) - self.outline.centre_column
        per_line, per_column = mask.sum(axis=1), mask.sum(axis=0)
        level, down, right = self.plane
        slopes = down * (per_line @ lines) + right * (per_column @ columns)
        return float(level * per_line.sum() + slopes)

    def halo_outside(self, mask: Mask) -> float:
        """Scattered light outside a mask, beyond the frame too, radiance x pixels."""
        covered = block_mean(mask.view(np.uint8), self.factor)
        return self.scattered_sum - float((self.scattered * covered).sum()) * self.factor**2


def fit_sky(
    image: Array, mask: Mask, outline: Outline, *, halo: bool = True, plane: bool = True
) -> SkyFit | None:
    """Fit plane and halo to the sky, everything outside disk and mask.

    A plain sky level near the Moon takes the Moon's own scattered light for
    background. Here the scattered light is modelled instead: the light in the
    mask convolved with ``exp(-r/s) / (2 pi s**2)`` for several scales s, with
    weights that cannot be negative, next to a plane. What the kernels send
    outside the mask, beyond the frame too, is the halo's energy.

    Parameters
    ----------
    image
        Radiance (line, column); NaN pixels are left out.
    mask
        The Moon's lit part (line, column).
    outline
        The Moon's outline; none of its inside counts as sky.
    halo, plane
        Which parts to fit; what is not fitted is zero.

    Returns
    -------
    SkyFit or None
        None when fewer than 200 blocks of sky are left.

    References
    ----------
    Lawson & Hanson (1995), doi:10.1137/1.9781611971217 (non-negative least squares).

    Examples
    --------
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> moon = np.hypot(line - 60.0, column - 60.0) < 20.0
    >>> fit = fit_sky(9.0 * moon + 0.5, moon, Outline(60.0, 60.0, 20.0))
    >>> round(fit.plane[0], 3), round(fit.halo_fraction, 3)
    (0.5, 0.0)
    """
    factor = max(1, int(outline.across_px / RADIUS_IN_BLOCKS))
    covered = block_mean(mask.view(np.uint8), factor)
    light = block_mean(np.where(mask & np.isfinite(image), image, 0.0), factor)
    small, disk = block_mean(image, factor), outline.decimated(factor, (0, 0))
    line = np.arange(small.shape[0], dtype=np.float64)[:, None]
    column = np.arange(small.shape[1], dtype=np.float64)[None, :]
    sky = np.isfinite(small) & (covered == 0.0)
    sky &= disk.distance(line, column) > 1.0 + 2.0 / factor
    if sky.sum() < SMALLEST_SKY:
        return None
    down, right = np.broadcast_arrays(line - disk.centre_line, column - disk.centre_column)
    flat = np.stack([np.ones_like(down), down, right], axis=-1)[sky][:, : 3 if plane else 0]
    source = light - float(np.median(small[sky])) * covered * plane
    kernels = _scattered(source, disk) if halo else np.zeros((0, *small.shape))
    value, columns = small[sky], kernels[:, sky].T
    sector = ((np.arctan2(down, right)[sky] / np.pi + 1.0) * SECTORS / 2).astype(int) % SECTORS
    together = np.column_stack([flat, value, columns])
    products = np.stack([(part := together[sector == k]).T @ part for k in range(SECTORS)])
    whole = products.sum(axis=0)
    level, weights = _solve(whole, flat.shape[1])
    plane_sums = np.array([covered.sum(), (covered * down).sum(), (covered * right).sum()])
    halo_sums = np.array([source.sum() - float((k * covered).sum()) for k in kernels])
    left = []
    for k in range(SECTORS):
        p, h = _solve(whole - products[k], flat.shape[1])
        left.append((plane_sums @ p, halo_sums @ h, halo_sums @ h - plane_sums @ p))
    spread = np.std(np.array(left), axis=0) * math.sqrt(SECTORS - 1) * factor**2
    rest = value - flat @ level[: flat.shape[1]] - columns @ weights
    return SkyFit(
        outline,
        factor,
        (float(level[0]), float(level[1]) / factor, float(level[2]) / factor),
        np.tensordot(weights, kernels, 1),
        float(weights.sum() * source.sum()) * factor**2,
        float(weights.sum() / (1.0 + weights.sum())),
        float(spread[0]),
        float(spread[1]),
        float(spread[2]),
        max(_noise(rest) * factor, quantisation_noise(image)),
        int(value.size) * factor**2,
    )


def quantisation_noise(image: Array) -> float:
    """Noise of rounding to steps, ``step / sqrt(12)``, from the smallest gap between values.

    Whole counts of a quiet sky can be all the same; their rounding is then the
    only noise that is known. Values that are not steps have gaps that do not
    count beside their noise. NaN is left out.

    Examples
    --------
    >>> round(quantisation_noise(np.array([[0.0, 0.5], [2.0, np.nan]])), 4)
    0.1443
    """
    stride = max(1, image.size // SAMPLE)
    value = np.ravel(image)[::stride]
    gaps = np.diff(np.unique(value[np.isfinite(value)]))
    # the same count in two roundings of its radiance is no gap
    gaps = gaps[gaps > 1e-6 * gaps.sum()]
    return float(gaps.min()) / math.sqrt(12.0) if gaps.size else 0.0


def _noise(rest: Array) -> float:
    """Return the standard deviation without far outliers; coarse counts rule the median out."""
    low, high = np.quantile(rest, (0.02, 0.98))
    return float(np.std(rest[(rest >= low) & (rest <= high)])) * 1.11


def _solve(products: Array, flats: int) -> tuple[Array, Array]:
    """Plane (3) and non-negative kernel weights (n) by least squares.

    `products` are the inner products of the columns plane, value, kernels;
    sums over sectors of the sky, so that leaving one out costs nothing.
    """
    level, flat = np.zeros(3), products[:flats, :flats]
    along = np.asarray(np.linalg.solve(flat, products[:flats, flats:]))
    inner = products[flats:, flats:] - products[flats:, :flats] @ along
    weights = np.zeros(inner.shape[0] - 1)
    if weights.size:
        held = inner[1:, 1:] + 1e-12 * np.trace(inner[1:, 1:]) * np.eye(weights.size)
        weights = nonnegative_minimum(held, inner[1:, 0])
    level[:flats] = along[:, 0] - along[:, 1:] @ weights
    return level, weights


def _scattered(source: Array, disk: Outline) -> Array:
    """Send the mask's light through each halo kernel (kernel, line, column), in blocks."""
    from scipy import fft

    widest = HALO_SCALES[-1] * disk.across_px
    size = [fft.next_fast_len(n + math.ceil(6.0 * widest), real=True) for n in source.shape]
    transform = fft.rfft2(source, size)
    k2 = fft.fftfreq(size[0])[:, None] ** 2 + fft.rfftfreq(size[1])[None, :] ** 2
    out = []
    for scale in HALO_SCALES:
        kernel = (1.0 + (2.0 * np.pi * scale * disk.across_px) ** 2 * k2) ** -1.5
        out.append(fft.irfft2(transform * kernel, size)[: source.shape[0], : source.shape[1]])
    return np.stack(out)
