"""The blur of the camera from the whole lit limb: one fit, all sectors, both directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.edge_spread import Boxes, fit_window, gaussian_blur
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_blur_descent import FittedLimb, descend, fit_limb
from venus_analysis.compute.moon.limb_blur_model import (
    FIGURES,
    POWERS,
    VARIANCES,
    WIDER,
    BlurModel,
    wide_shares,
)
from venus_analysis.compute.moon.limb_pixels import LimbPixels, limb_pixels
from venus_analysis.compute.moon.limb_shift import PixelSource
from venus_analysis.compute.moon.limb_texture import Texture
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

LARGEST_SIGMA_PX: Final = 6.0
RENEWALS: Final = 2
SHALLOWER: Final = 0.75
WIDEST: Final = 8.0


@dataclass(frozen=True, eq=False)
class TwoGaussians:
    """A narrow Gaussian and a share of a wider one in each direction: (1 - w) G(v) + w G(k v).

    Parameters
    ----------
    variance_px2, share
        v and w along lines' and columns' axes; a share may be below 0.
    covariance
        (4, 4) of both variances, then both shares.
    wider
        k, the wider variance over the narrow one.
    """

    variance_px2: Array
    share: Array
    covariance: Array
    wider: float


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
    shape, other_shape
        The blur where it may be no Gaussian: two fits that differ in how much wider the
        second Gaussian is.
    pixels
        As used.
    distance, residual
        (sector, pixel) distance from the sector's own fitted limb, pixels, and
        value less the fit of `shape` with the likeliest markings.
    weight
        (sector, pixel) one over the scatter expected, 1 in the sky.
    edge
        Each sector's step in radiance at the limb, at least 0.
    """

    variance_px2: tuple[float, float]
    covariance: Array
    boxes: Boxes
    shape: TwoGaussians
    other_shape: TwoGaussians
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
    """Generalised least squares of all pixels near the lit limb for two variances of a Gaussian.

    Each sector has its own sky, sky slope, relief and brightness at the limb (with a
    change along it), convolved with Gaussian and boxes along its normal. In common are
    the variances, five corrections of the outline, and how the surface darkens besides
    its scattering law: the exponential of p(mu) + q(t), parabolas of mu and of
    t = mu / (mu0 + mu). Reliefs scatter as widely as the sectors themselves say. The
    Moon's markings count as noise that the same blur has smoothed: a random field in
    depth (`limb_texture`), as rough as the pixels say. So an edge is trusted where
    markings cannot imitate it. Gauss-Newton, the sectors' own numbers eliminated, the
    scatter renewed in between. The covariance of the variances is a jackknife over the
    sectors, though not less than least squares gives for noise and markings; the squared
    change with a window three quarters as deep; and, where the fit has not settled, how
    far it moved in its last steps or would have moved in the next.

    From there it goes on with a wider Gaussian's share in either direction. Wings change
    the edge inside and outside the limb alike, darkening and markings inside only: that
    tells them apart, without trust in a scattering law. Under one Gaussian alone wings
    pass for a shift of the limb and a darkening.

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
        Gives the scattering law, Lommel-Seeliger; None leaves all darkening to the
        common numbers.
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
    >>> import math
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> truth = Outline(60.2, 59.6, 40.0)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 1.3)
    >>> found = fit_blur(image, truth, 45.0, Boxes((), ()))
    >>> [round(math.sqrt(one), 2) for one in found.variance_px2]
    [1.3, 1.3]
    """
    variance = (first_sigma_px**2, first_sigma_px**2)
    now = np.array([*variance, *np.zeros(2 * POWERS + FIGURES)])
    blur = _widest(now, boxes)
    for renewals in (0, RENEWALS, RENEWALS, RENEWALS):
        window = fit_window(blur)
        pixels = limb_pixels(image, outline, sun_direction_deg, window)
        model = BlurModel.of(pixels, boxes, phase_angle_deg, window)
        fitted = fit_limb(model, now, np.zeros(pixels.sectors), renewals)
        now, last = fitted.now, blur
        if now[:VARIANCES].max() > LARGEST_SIGMA_PX**2:
            raise InputError(
                "lit limb", f"a blur of at most {LARGEST_SIGMA_PX:g} pixels", "a wider one",
                "check outline and Sun's direction",
            )  # fmt: skip
        blur = _widest(now, boxes)
        if renewals and abs(blur / last - 1.0) < 0.1:
            break
    apart = _shallower(fitted, window[0]).now[:VARIANCES] - now[:VARIANCES]
    return _result(fitted, fitted.covariance + np.outer(apart, apart))


def _widest(now: Array, boxes: Boxes) -> float:
    """Blur with the boxes, along the axis where it is widest."""
    return max(
        gaussian_blur(v, b) for v, b in zip(now[:VARIANCES], boxes.variance_px2, strict=True)
    )


def _shallower(fitted: FittedLimb, depth_px: float) -> FittedLimb:
    """Fit once more without the deepest pixels, where the disk's markings pull differently."""
    model, scatter = fitted.model, fitted.scatter
    kept = model.pixels.distance > -SHALLOWER * depth_px
    texture = Texture.of(scatter.texture.columns * kept[..., None], scatter.texture.precision)
    return descend(
        replace(model, pixels=replace(model.pixels, used=model.pixels.used & kept)),
        replace(scatter, weight=scatter.weight * kept, texture=texture),
        fitted.now,
        fitted.relief,
        fitted.used & kept,
    )


def _result(fitted: FittedLimb, covariance: Array) -> BlurFit:
    """Give numbers, and what is left over of a blur that may be no Gaussian."""
    free = fitted.with_wings(WIDER)
    model, step = free.model, free.step
    return BlurFit(
        (float(fitted.now[0]), float(fitted.now[1])),
        covariance,
        model.boxes,
        _two_gaussians(free),
        _two_gaussians(fitted.with_wings(WIDEST)),
        replace(model.pixels, used=free.used),
        model.distance(free.now, free.relief),
        step.residual,
        free.scatter.sky_noise * free.scatter.weight,
        step.edge,
    )


def _two_gaussians(free: FittedLimb) -> TwoGaussians:
    """Give the blur's numbers."""
    return TwoGaussians(
        free.now[:VARIANCES], wide_shares(free.now), free.covariance, free.model.wider
    )
