"""The blur of the camera from the whole lit limb: one fit, all sectors, both directions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from venus_analysis.compute.moon.edge_spread import (
    SHAPES,
    Boxes,
    EdgeGrid,
    fit_window,
    gaussian_blur,
    inside_shapes,
    transfer,
)
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_pixels import LimbPixels, limb_pixels
from venus_analysis.compute.moon.limb_shift import PixelSource
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

OUTLIER_SIGMA: Final = 5.0
LARGEST_SIGMA_PX: Final = 6.0
LEAST_VARIANCE_PX2: Final = 0.02
MOST_SHIFT_PX: Final = 3.0
CLOSE_ENOUGH: Final = 0.02
TURNS: Final = 14
SHALLOWER: Final = 0.75
# sky, its slope, the disk's shapes, the first one's change along the limb, shift of the limb
OWN: Final = 2 + SHAPES + 1 + 1


@dataclass(frozen=True, eq=False)
class BlurFit:
    """Blur of the camera by the limb, and what the fit left over.

    Parameters
    ----------
    variance_px2
        Variances of the Gaussian along lines' and columns' axes.
    covariance
        (2, 2) of these variances, by the scatter of the sectors, and of the pixels at least.
    boxes
        Pixel and scan box that are not in the variances.
    pixels
        As used.
    distance, residual
        (sector, pixel) distance from the sector's own fitted limb, pixels, and
        value less fit.
    weight
        (sector, pixel) one over the scatter expected, 1 in the sky.
    edge
        Each sector's step in radiance at the limb, at least 0.
    """

    variance_px2: tuple[float, float]
    covariance: Array
    boxes: Boxes
    pixels: LimbPixels
    distance: Array
    residual: Array
    weight: Array
    edge: Array


def fit_blur(
    image: PixelSource,
    outline: Outline,
    sun_direction_deg: float,
    boxes: Boxes,
    *,
    phase_angle_deg: float | None = None,
    first_sigma_px: float = 1.0,
) -> BlurFit:
    """Least squares of all pixels near the lit limb for the two variances of a Gaussian.

    Each sector has its own sky, sky slope, limb shift and brightness inside
    (`edge_spread.inside_shapes`), convolved with Gaussian and boxes along its
    normal; the variances are common. Gauss-Newton, the sectors' own numbers
    eliminated. The covariance is a jackknife over the sectors, so that
    markings and relief count as well as noise, though not less than least
    squares gives for the scatter of pixels; and the squared change with a
    window three quarters as deep.

    Parameters
    ----------
    image
        Radiance (line, column), any unit; NaN is left out.
    outline
        Of the disk, within about a pixel.
    sun_direction_deg
        Direction of the Sun on the unit disk, from +u towards +v.
    boxes
        Widths of pixel and scan box.
    phase_angle_deg
        Gives the brightness inside by Lommel-Seeliger times a parabola in mu;
        None, the parabola alone.
    first_sigma_px
        First guess.

    Returns
    -------
    BlurFit

    Raises
    ------
    InputError
        Too little limb, or a blur beyond 6 pixels.

    References
    ----------
    Jackknife: MacKinnon & White (1985), Journal of Econometrics 29, 305-325.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> truth = Outline(60.2, 59.6, 40.0)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 1.3)
    >>> found = fit_blur(image, truth, 45.0, Boxes((), ()))
    >>> [round(math.sqrt(one), 2) for one in found.variance_px2]
    [1.3, 1.3]
    """
    variance = (first_sigma_px**2, first_sigma_px**2)
    for turn in range(4):
        blur = max(gaussian_blur(v, b) for v, b in zip(variance, boxes.variance_px2, strict=True))
        window = fit_window(blur)
        pixels = limb_pixels(image, outline, sun_direction_deg, window)
        found = _fit(pixels, boxes, variance, phase_angle_deg, max(window))
        last, variance = blur, found.variance_px2
        if max(variance) > LARGEST_SIGMA_PX**2:
            raise InputError(
                "lit limb", f"a blur of at most {LARGEST_SIGMA_PX:g} pixels", "a wider one",
                "check outline and Sun's direction",
            )  # fmt: skip
        blur = max(gaussian_blur(v, b) for v, b in zip(variance, boxes.variance_px2, strict=True))
        if abs(blur / last - 1.0) < 0.1 or turn == 3:
            break
    # the disk's markings pull differently at a shallower window
    shallow = replace(pixels, used=pixels.used & (pixels.distance > -SHALLOWER * window[0]))
    other = _fit(shallow, boxes, variance, phase_angle_deg, max(window))
    apart = np.subtract(other.variance_px2, found.variance_px2)
    return replace(found, covariance=found.covariance + np.outer(apart, apart))


def _fit(
    pixels: LimbPixels,
    boxes: Boxes,
    variance: tuple[float, float],
    phase_angle_deg: float | None,
    reach_px: float,
) -> BlurFit:
    grid = EdgeGrid.for_window(reach_px)
    phase = math.nan if phase_angle_deg is None else math.radians(abs(phase_angle_deg))
    facing = math.sin(phase) * np.cos(np.deg2rad(pixels.off_deg))
    sharp = np.fft.rfft(inside_shapes(grid, pixels.radius_px, facing, math.cos(phase)), axis=-1)
    # take off the grid's own averaging and interpolation
    sharp /= np.sinc(grid.frequency * grid.step_px) ** 3
    now, shift, used = np.array(variance), np.zeros(pixels.sectors), pixels.used
    weight = np.ones(used.shape)
    for turn in range(TURNS):
        step = _step(pixels, used * weight, boxes, grid, sharp, now, shift)
        change = np.clip(step.variance, -0.5 * now, now)
        now = np.maximum(now + change, LEAST_VARIANCE_PX2)
        shift = np.clip(shift + np.clip(step.shift, -0.7, 0.7), -MOST_SHIFT_PX, MOST_SHIFT_PX)
        if turn in (2, 4):
            weight = _weight(step, used)
        elif turn >= 3:
            spread = np.maximum(step.spread, 0.3 * np.median(step.spread))
            share = np.abs(step.residual) * weight / spread[:, None]
            typical = max(1.4826 * float(np.median(share[used])), 1e-12)
            used = pixels.used & (share <= OUTLIER_SIGMA * max(typical, 1.0))
            _require_edge(used, pixels.used)
        settled = np.abs(change) < CLOSE_ENOUGH * np.sqrt(np.diag(step.covariance)) + 1e-4 * now
        if turn >= 5 and settled.all():
            break
    step = _step(pixels, used * weight, boxes, grid, sharp, now, shift)
    found = (float(now[0]), float(now[1]))
    kept, distance = replace(pixels, used=used), pixels.distance - shift[:, None]
    return BlurFit(
        found, step.covariance, boxes, kept, distance, step.residual * used, weight, step.edge
    )


def _require_edge(used: NDArray[np.bool_], given: NDArray[np.bool_]) -> None:
    """Refuse a limb most of whose pixels follow no edge."""
    if used.sum() < 0.5 * given.sum():
        raise InputError(
            "lit limb", "pixels that follow an edge", f"{int(used.sum())} of {int(given.sum())}",
            "check outline and Sun's direction",
        )  # fmt: skip


def _weight(step: _Step, used: NDArray[np.bool_]) -> Array:
    """Weight of each pixel: what the disk's markings and shot noise add grows with the light."""
    inside, outside = used & (step.light > 0.9), used & (step.light < 0.1)
    if min(inside.sum(), outside.sum()) < OWN:
        return np.ones(used.shape)
    disk, sky = (float(np.mean(step.residual[part] ** 2)) for part in (inside, outside))
    sky = max(sky, 1e-6 * disk, 1e-300)
    return np.asarray(1.0 / np.sqrt(1.0 + max(disk / sky - 1.0, 0.0) * step.light))


@dataclass(frozen=True, eq=False)
class _Step:
    """Gauss-Newton step, and what was left over before it."""

    variance: Array
    covariance: Array
    shift: Array
    residual: Array
    spread: Array
    edge: Array
    light: Array


def _step(
    pixels: LimbPixels,
    weight: Array,
    boxes: Boxes,
    grid: EdgeGrid,
    sharp: NDArray[np.complex128],
    variance: Array,
    shift: Array,
) -> _Step:
    x = pixels.distance - shift[:, None]
    pair = (float(variance[0]), float(variance[1]))
    spectrum = sharp * transfer(grid.frequency, pixels.normal, pair, boxes)[:, None, :]
    turn = 2.0j * np.pi * grid.frequency
    blurred, slope, bend = (
        np.fft.irfft(spectrum * factor, grid.size) for factor in (1.0, turn, 0.5 * turn**2)
    )
    basis = np.empty((*x.shape, OWN))
    basis[..., 0], basis[..., 1] = 1.0, np.maximum(x, 0.0)
    basis[..., 2:-2] = _sample(blurred, x, grid)
    basis[..., -2] = basis[..., 2] * pixels.along
    rows = weight[..., None]
    linear = _least_squares(basis[..., :-1] * rows, pixels.value * weight)
    basis[..., -1] = -_along(_sample(slope, x, grid), linear[:, 2:-1])
    curved = _along(_sample(bend, x, grid), linear[:, 2:-1])
    common = np.stack([curved * n[:, None] ** 2 for n in pixels.normal], axis=-1)
    residual = pixels.value - _along(basis[..., :-1], linear)
    number = np.count_nonzero(weight, axis=1)
    found = _eliminate(basis * rows, common * rows, residual * weight, number)
    light = ndtr(-x / math.sqrt(max(pair) + max(boxes.variance_px2)))
    return _Step(*found[:3], residual, found[3], np.maximum(linear[:, 2], 0.0), light)


def _sample(curves: Array, x: Array, grid: EdgeGrid) -> Array:
    """Curves (sector, shape, grid) at the pixels' distances: (sector, pixel, shape)."""
    place = np.clip(x / grid.step_px + grid.size // 2, 0.0, grid.size - 1.001)
    index = place.astype(np.intp)
    part = (place - index)[..., None]
    rows = np.arange(len(x))[:, None]
    table = np.ascontiguousarray(np.swapaxes(curves, 1, 2))
    low = table[rows, index]
    return np.asarray(low + part * (table[rows, index + 1] - low))


def _along(basis: Array, numbers: Array) -> Array:
    """Sum of columns (sector, pixel, column) times a sector's numbers (sector, column)."""
    return np.asarray((basis @ numbers[:, :, None])[..., 0])


def _inverse(normal: Array) -> Array:
    """Inverse of each sector's normal equations, held where they are singular."""
    size = np.einsum("kii->ki", normal)
    scale = 1.0 / np.sqrt(np.maximum(size, 1e-12 * size.max(axis=1, keepdims=True) + 1e-200))
    unit = normal * scale[:, :, None] * scale[:, None, :] + 1e-9 * np.eye(normal.shape[1])
    return np.asarray(np.linalg.inv(unit) * scale[:, :, None] * scale[:, None, :])


def _least_squares(basis: Array, value: Array) -> Array:
    turned = np.swapaxes(basis, 1, 2)
    return np.asarray((_inverse(turned @ basis) @ (turned @ value[..., None]))[..., 0])


def _eliminate(
    own: Array, common: Array, residual: Array, size: NDArray[np.intp]
) -> tuple[Array, Array, Array, Array]:
    """Give the common step, its covariance, the limb's shifts and each sector's scatter."""
    turned = np.swapaxes(own, 1, 2)
    inverse = _inverse(turned @ own)
    # what of the common columns no sector's own numbers can take
    free = common - own @ (inverse @ (turned @ common))
    sigma2 = (residual**2).sum(axis=1) / np.maximum(size - OWN, 1)
    weight = 1.0 / np.maximum(sigma2, 0.1 * np.median(sigma2) + 1e-300)
    across = np.swapaxes(free, 1, 2) * weight[:, None, None]
    normals, scores = across @ free, (across @ residual[..., None])[..., 0]
    normal = normals.sum(axis=0)
    formal = np.linalg.pinv(normal)
    step = formal @ scores.sum(axis=0)
    without = np.linalg.pinv(normal - normals)
    change = np.einsum("kij,kj->ki", without, scores - normals @ step)
    number = len(change)
    covariance = (change.T @ change) * (number - 1) / number
    # the scatter of eight sectors is small by chance, but never below what noise explains
    least = np.diag(formal) / np.maximum(np.diag(covariance), 1e-300)
    larger = np.sqrt(np.clip(least, 1.0, 1e6))
    covariance = covariance * np.outer(larger, larger)
    left = residual - common @ step
    shift = (inverse @ (turned @ left[..., None]))[:, -1, 0]
    return step, covariance, shift, np.sqrt(np.maximum(sigma2, 1e-300))
