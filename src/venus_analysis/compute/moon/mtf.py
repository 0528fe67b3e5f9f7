"""Sharpness of the camera from the lunar limb: MTF and point spread, across and along the scan."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.edge_spread import Boxes, transfer
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_blur_fit import BlurFit, TwoGaussians, fit_blur
from venus_analysis.compute.moon.limb_shift import PixelSource
from venus_analysis.errors import InputError

Array = NDArray[np.float64]
# variance and share of a wider Gaussian, and its variance over the narrow one's
_Shape = tuple[float, float, float]

NYQUIST: Final = 0.5
BIN_PX: Final = 0.25
LARGEST_ANGLE_DEG: Final = 30.0
FREQUENCY: Final = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, eq=False)
class DirectionMtf:
    """Sharpness in one direction; lengths in pixels of it, frequencies in cycles per pixel.

    Along the scan a pixel is one line, so that Nyquist is half a cycle per line,
    whatever the oversampling.

    Parameters
    ----------
    sigma_px, u_sigma_px
        Standard deviation of a Gaussian point spread, pixel and scan box taken
        off, and its standard uncertainty (k = 1).
    fwhm_px, u_fwhm_px
        Full width at half maximum of the line spread of all (Gaussian, pixel and
        scan box).
    mtf_half_nyquist, u_mtf_half_nyquist, mtf_nyquist, u_mtf_nyquist
        The fit's modulation transfer at 0.25 and 0.5 cycles per pixel, all included.
    free_fwhm_px, ... u_free_mtf_nyquist
        The same where the point spread may be no Gaussian: a second, four times as
        variable Gaussian has a share, and what is left over is put back. Symmetric
        wings of some pixels show; an asymmetric point spread and wings that reach
        beyond the window (halo) do not. Where they differ from the above by more than
        their uncertainties, the point spread is no Gaussian, and these count. The
        uncertainty holds the sectors' scatter and the change with a second Gaussian of
        eight times the variance.
    distance_px, edge_response, u_edge_response
        Edge response, free of one Gaussian's shape, in steps of a quarter pixel; positive outside.
    line_spread, fitted_line_spread
        Its derivative, per pixel; sums to 1.
    frequency, mtf, u_mtf, fitted_mtf
        Modulation transfer, free with uncertainty, and of the one Gaussian.
    pixels
        Pixels in the edge response.
    """

    sigma_px: float
    u_sigma_px: float
    fwhm_px: float
    u_fwhm_px: float
    mtf_half_nyquist: float
    u_mtf_half_nyquist: float
    mtf_nyquist: float
    u_mtf_nyquist: float
    free_fwhm_px: float
    u_free_fwhm_px: float
    free_mtf_half_nyquist: float
    u_free_mtf_half_nyquist: float
    free_mtf_nyquist: float
    u_free_mtf_nyquist: float
    distance_px: Array
    edge_response: Array
    u_edge_response: Array
    line_spread: Array
    fitted_line_spread: Array
    frequency: Array
    mtf: Array
    u_mtf: Array
    fitted_mtf: Array
    pixels: int


@dataclass(frozen=True, eq=False)
class LimbMtf:
    """Sharpness across and along the scan, and the width of the box that was taken off."""

    across: DirectionMtf
    along: DirectionMtf
    scan_box_px: float
    sectors: int


def limb_mtf(
    image: PixelSource,
    outline: Outline,
    sun_direction_deg: float,
    *,
    phase_angle_deg: float | None = None,
    scan_box_px: float | None = None,
) -> LimbMtf:
    r"""Measure MTF and point spread with the lit limb of the Moon as a knife edge.

    The idea of the slanted edge (ISO 12233): an edge that crosses pixels at all
    fractions samples its response far finer than a pixel. Here the edge is the
    known outline. Around it, in sectors along the lit limb,

    .. math:: L(x) = a + b\,x^+ + \bigl[c\,\mathrm{LS}(\mu)\,e^{p(\mu) + q(t)}
              \,H(-x)\bigr] * G_\sigma * \mathrm{boxes}

    with sky a, b and brightness inside c of each sector, and for all sectors one
    Gaussian and one darkening besides Lommel-Seeliger's (`limb_blur_fit`): the
    Moon's curvature, its darkening towards the limb and its markings do not widen
    the edge. A second fit, where a wider Gaussian may have a share, and what it
    leaves over, binned in quarter pixels over sectors within 30 deg of a direction,
    give the free curves. The halo (stray light wider than some ten pixels) is in the
    sky's slope and the level inside: MTF is 1 for waves of some ten pixels, not for
    the whole disk.

    Parameters
    ----------
    image
        Radiance (line, column), any unit: an array or one made on demand; only
        pixels near the limb are asked for. NaN is left out: mark what was
        interpolated.
    outline
        Of the disk in pixels of `image`, right within about a pixel.
    sun_direction_deg
        Direction of the Sun on the unit disk, from +u towards +v.
    phase_angle_deg
        Gives the darkening towards the limb (Lommel-Seeliger); None leaves it
        to what all sectors have in common, about half a per cent less accurate.
    scan_box_px
        Width (lines) of the box that scanning adds to the step of one line. The
        ground segment's value is not public. None takes one IFOV, which is
        `outline.oversampling` lines; 0 takes no box, as for a framing camera.

    Returns
    -------
    LimbMtf

    Raises
    ------
    InputError
        Too little lit limb, or a blur wider than 6 pixels.

    References
    ----------
    ISO 12233:2023, Photography: Electronic still picture imaging, resolution
    and spatial frequency responses. Lunar edge after ISO 12233: Cheng et al.
    (2017), doi:10.1117/12.2285836; lunar MTF of a scanning imager: Keller et
    al. (2017), doi:10.1117/12.2274091.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((140, 130)).astype(float)
    >>> truth = Outline(70.2, 64.6, 50.0, oversampling=1.1)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 1.5)
    >>> found = limb_mtf(image, truth, 40.0, scan_box_px=0.0)
    >>> across = math.hypot(found.across.sigma_px, 1 / math.sqrt(12))  # with the pixel
    >>> round(across, 2), round(found.across.mtf_nyquist, 3)
    (1.5, 0.0)
    """
    box = outline.oversampling if scan_box_px is None else scan_box_px
    scanned, framed = ((1.0, box) if box else (1.0,)), (1.0,)
    by_line = outline.scan_axis == "line"
    boxes = Boxes(scanned, framed) if by_line else Boxes(framed, scanned)
    fit = fit_blur(image, outline, sun_direction_deg, boxes, phase_angle_deg=phase_angle_deg)
    line, column = _direction(fit, 0), _direction(fit, 1)
    across, along = (column, line) if by_line else (line, column)
    return LimbMtf(across, along, box, fit.pixels.sectors)


def _direction(fit: BlurFit, axis: int) -> DirectionMtf:
    """Sharpness along the lines' axis (0) or the columns' (1)."""
    variance = fit.variance_px2[axis]
    u_variance = math.sqrt(max(float(fit.covariance[axis, axis]), 0.0))
    sigma = math.sqrt(variance)

    def fitted(frequency: Array, more: float = 0.0) -> Array:
        pair = (variance + more, variance + more)
        normal = (np.array([1.0 - axis]), np.array([float(axis)]))
        return np.asarray(transfer(frequency, normal, pair, fit.boxes)[0])

    def free_fitted(one: _Shape, frequency: Array) -> Array:
        narrow, wide = (fitted(frequency, v - variance) for v in (one[0], one[0] * one[2]))
        return narrow + one[1] * (wide - narrow)

    def free_spread_of(one: _Shape) -> Array:
        return _line_spread(lambda frequency: free_fitted(one, frequency), x)

    def shapes_uncertainty(of: Callable[[_Shape], Array]) -> Array:
        return np.asarray(np.sqrt(sum((of(one) - of(shape)) ** 2 for one in others)))

    curve = fitted(FREQUENCY)
    u_curve = 2.0 * np.pi**2 * FREQUENCY**2 * curve * u_variance
    x, rest, influence, number = _binned(fit, axis)
    shape, *others = _shapes(fit, axis)
    spread = _line_spread(fitted, x)
    wider = 0.05 * variance + 0.01
    change = _fwhm(x, _line_spread(lambda f: fitted(f, wider), x)) - _fwhm(x, spread)
    u_width = abs(change) / wider * u_variance
    free, u_free = _free_transfer(free_fitted(shape, FREQUENCY), x, rest, influence)
    u_free = np.hypot(u_free, shapes_uncertainty(lambda one: free_fitted(one, FREQUENCY)))
    noise = np.sqrt(np.square(influence).sum(axis=0))
    middle = free_spread_of(shape)
    u_edge = np.hypot(noise, shapes_uncertainty(lambda one: _edge(free_spread_of(one))))
    free_spread, u_spread = _free_line_spread(middle, rest, noise)
    width = _fwhm(x, free_spread)
    u_shape = float(shapes_uncertainty(lambda one: np.asarray(_fwhm(x, free_spread_of(one)))))
    half, full = (int(np.searchsorted(FREQUENCY, f)) for f in (NYQUIST / 2.0, NYQUIST))
    return DirectionMtf(
        sigma,
        u_variance / (2.0 * sigma),
        _fwhm(x, spread),
        u_width,
        float(curve[half]),
        float(u_curve[half]),
        float(curve[full]),
        float(u_curve[full]),
        width,
        math.hypot(u_shape, u_spread / _steepness(free_spread, width)),
        float(free[half]),
        float(u_free[half]),
        float(free[full]),
        float(u_free[full]),
        x,
        _edge(middle) + rest,
        u_edge,
        free_spread,
        spread,
        FREQUENCY,
        free,
        u_free,
        curve,
        number,
    )


def _shapes(fit: BlurFit, axis: int) -> list[_Shape]:
    """Blur of two Gaussians; it moved by one standard deviation each way; the other ratio."""

    def along_axis(one: TwoGaussians) -> _Shape:
        return float(one.variance_px2[axis]), float(one.share[axis]), one.wider

    variance, share, wider = first = along_axis(fit.shape)
    pick = [axis, axis + 2]
    covariance = fit.shape.covariance[np.ix_(pick, pick)]
    by_variance = math.sqrt(max(float(covariance[0, 0]), 1e-12))
    with_it = float(covariance[0, 1]) / by_variance
    by_share = math.sqrt(max(float(covariance[1, 1]) - with_it**2, 0.0))
    return [
        first,
        (variance + by_variance, share + with_it, wider),
        (variance, share + by_share, wider),
        along_axis(fit.other_shape),
    ]


def _binned(fit: BlurFit, axis: int) -> tuple[Array, Array, Array, int]:
    """Bins' distances, what the fit left over in them, sectors' influence on it, and the pixels."""
    steepest = np.abs(fit.pixels.normal[axis])
    least = min(math.cos(math.radians(LARGEST_ANGLE_DEG)), float(np.sort(steepest)[-2]))
    lit = (steepest >= least) & (fit.edge > 0.0)
    near = fit.pixels.used & lit[:, None]
    if not near.any():
        raise InputError(
            "lit limb", "pixels that follow an edge", "none", "check outline and Sun's direction"
        )
    distance, residual = fit.distance[near], (fit.residual * fit.weight)[near]
    edge = (fit.edge[:, None] * fit.weight)[near]
    half = int(np.abs(distance).max() / BIN_PX) + 1
    x = np.arange(-half, half + 1, dtype=np.float64) * BIN_PX
    place = np.rint(distance / BIN_PX).astype(np.intp) + half
    # least squares of a change of the edge response common to all sectors
    sector = np.broadcast_to(np.arange(fit.edge.size)[:, None], near.shape)[near]
    size, flat = (fit.edge.size, x.size), sector * x.size + place
    weight, change = (
        np.bincount(flat, one, size[0] * size[1]).reshape(size)
        for one in (edge**2, residual * edge)
    )
    total = weight.sum(axis=0)
    total = np.maximum(total, 0.1 * float(np.median(total[total > 0.0])) + 1e-300)
    mean = change.sum(axis=0) / total
    # markings are common to a sector's pixels: its sums scatter more than theirs
    sectors = max(int((weight > 0.0).any(axis=1).sum()), 2)
    influence = (change - mean * weight) / total * math.sqrt(sectors / (sectors - 1.0))
    return x, mean, influence, int(near.sum())


def _line_spread(fitted: Callable[[Array], Array], x: Array) -> Array:
    """Line spread of a transfer function at even distances, per pixel."""
    size = 1024
    frequency = np.asarray(np.fft.rfftfreq(size, BIN_PX), dtype=np.float64)
    spread = np.fft.fftshift(np.fft.irfft(fitted(frequency), size)) / BIN_PX
    middle, half = size // 2, x.size // 2
    return np.asarray(spread[middle - half : middle + half + 1])


def _edge(spread: Array) -> Array:
    """Edge response, 1 inside and 0 outside: one less the sum of the line spread."""
    return np.asarray(1.0 - BIN_PX * (np.cumsum(spread) - 0.5 * spread))


def _free_transfer(curve: Array, x: Array, rest: Array, influence: Array) -> tuple[Array, Array]:
    """Modulation transfer with what the fit left over put back, and its uncertainty.

    The derivative is taken in the frequency domain; the division takes off the
    width of the bins.
    """
    taper = np.cos(0.5 * np.pi * np.clip(np.abs(x) / abs(x[0]), 0.0, 1.0)) ** 2
    turn = 2.0 * np.pi * FREQUENCY
    factor = turn * BIN_PX / np.sinc(FREQUENCY * BIN_PX)
    wave = np.exp(-1j * turn[:, None] * x)
    free = curve - 1j * factor * (wave @ (rest * taper))
    moves = -1j * factor[:, None] * (wave @ (influence * taper).T)
    u = np.sqrt((np.real(moves * np.exp(-1j * np.angle(free))[:, None]) ** 2).sum(axis=1))
    return np.abs(free), u


def _free_line_spread(spread: Array, rest: Array, u_rest: Array) -> tuple[Array, float]:
    """Line spread with what was left over put back (slope over five bins), and its sigma."""
    slope = np.zeros(rest.size)
    slope[2:-2] = (2.0 * (rest[4:] - rest[:-4]) + rest[3:-1] - rest[1:-3]) / (10.0 * BIN_PX)
    return spread - slope, float(np.median(u_rest)) / (math.sqrt(10.0) * BIN_PX)


def _fwhm(x: Array, spread: Array) -> float:
    """Full width at half maximum, between the outermost crossings; NaN without any."""
    above = np.flatnonzero(spread >= 0.5 * spread.max())
    first, last = int(above[0]), int(above[-1])
    if first == 0 or last == x.size - 1:
        return math.nan
    level = 0.5 * float(_peak(spread))
    left = x[first] - BIN_PX * (spread[first] - level) / (spread[first] - spread[first - 1])
    right = x[last] + BIN_PX * (spread[last] - level) / (spread[last] - spread[last + 1])
    return float(right - left)


def _peak(spread: Array) -> float:
    """Top of a parabola through the highest point and its neighbours."""
    best = int(np.clip(np.argmax(spread), 1, spread.size - 2))
    before, top, after = spread[best - 1 : best + 2]
    bend = before - 2.0 * top + after
    return float(top - (before - after) ** 2 / (8.0 * bend)) if bend < 0.0 else float(top)


def _steepness(spread: Array, width: float) -> float:
    """Line spread's slope at half maximum over root 2.5: two sides and the peak add up."""
    return float(spread.max()) / max(width, BIN_PX) / math.sqrt(2.5)
