"""The blur of the camera from the whole lit limb: one fit, all sectors, both directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.edge_spread import Boxes, fit_window, gaussian_blur
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_blur_model import (
    FIGURES,
    POWERS,
    VARIANCES,
    WIDER,
    BlurModel,
    wide_shares,
)
from venus_analysis.compute.moon.limb_blur_scatter import scatter_of
from venus_analysis.compute.moon.limb_blur_step import Scatter, Step, step_of
from venus_analysis.compute.moon.limb_pixels import LimbPixels, limb_pixels
from venus_analysis.compute.moon.limb_shift import PixelSource
from venus_analysis.compute.moon.limb_texture import Texture
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

OUTLIER_SIGMA: Final = 5.0
LARGEST_SIGMA_PX: Final = 6.0
LEAST_VARIANCE_PX2: Final = 0.02
CLOSE_ENOUGH: Final = 0.02
TURNS: Final = 12
RENEWALS: Final = 2
PARTS: Final = (1.0, 0.4, 0.1, 0.02)
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
        fitted = _fit(model, now, np.zeros(pixels.sectors), renewals)
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
    found = fitted.result()
    return replace(found, covariance=found.covariance + np.outer(apart, apart))


def _widest(now: Array, boxes: Boxes) -> float:
    """Blur with the boxes, along the axis where it is widest."""
    return max(
        gaussian_blur(v, b) for v, b in zip(now[:VARIANCES], boxes.variance_px2, strict=True)
    )


def _shallower(fitted: _Fitted, depth_px: float) -> _Fitted:
    """Fit once more without the deepest pixels, where the disk's markings pull differently."""
    model, scatter = fitted.model, fitted.scatter
    kept = model.pixels.distance > -SHALLOWER * depth_px
    texture = Texture.of(scatter.texture.columns * kept[..., None], scatter.texture.precision)
    return _descend(
        replace(model, pixels=replace(model.pixels, used=model.pixels.used & kept)),
        replace(scatter, weight=scatter.weight * kept, texture=texture),
        fitted.now,
        fitted.relief,
        fitted.used & kept,
    )


def _fit(model: BlurModel, now: Array, relief: Array, renewals: int) -> _Fitted:
    """Fit from first common numbers and reliefs, the scatter renewed in between."""
    pixels = model.pixels
    used = pixels.used
    scatter = scatter_of(model, now, relief, used)
    # what is further off than the whole disk is bright would lead the first fit astray
    used = used & (np.abs(step_of(model, scatter, now, relief).residual) < scatter.level)
    _require_edge(used, pixels.used)
    scatter = scatter_of(model, now, relief, used)
    fitted = _descend(model, scatter, now, relief, used)
    for _ in range(renewals):
        step = fitted.step
        share = np.abs(step.residual) * scatter.weight / step.spread[:, None]
        typical = 1.4826 * float(np.median(share[used]))
        used = used & (share <= OUTLIER_SIGMA * max(typical, 1.0))
        _require_edge(used, pixels.used)
        scatter = scatter_of(model, fitted.now, fitted.relief, used, scatter, step)
        fitted = _descend(model, scatter, fitted.now, fitted.relief, used)
    return fitted


def _descend(
    model: BlurModel, scatter: Scatter, now: Array, relief: Array, used: NDArray[np.bool_]
) -> _Fitted:
    """Gauss-Newton with sectors weighed once, steps shortened where they do not lead down."""
    step = step_of(model, scatter, now, relief)
    scatter = replace(scatter, spread=step.spread)
    step = step_of(model, scatter, now, relief)
    blur = _blur_numbers(now)
    way = [now[blur]]
    for _ in range(TURNS):
        close = CLOSE_ENOUGH * np.sqrt(np.diag(step.covariance)[blur])
        if (np.abs(step.common[blur]) < close).all():
            return _Fitted(model, scatter, now, relief, used, step, np.zeros(blur.size))
        for part in PARTS:
            moved = now + part * step.common
            before = now[:VARIANCES]
            moved[:VARIANCES] = np.clip(moved[:VARIANCES], 0.5 * before, 2.0 * before)
            moved[:VARIANCES] = np.maximum(moved[:VARIANCES], LEAST_VARIANCE_PX2)
            raised = relief + part * step.shift
            further = step_of(model, scatter, moved, raised)
            if further.cost <= step.cost:
                break
        else:
            break
        now, relief, step = moved, raised, further
        way.append(now[blur])
    # not settled: the larger of how far it came in its last half and how far it would go
    came, wanted = now[blur] - way[len(way) // 2], step.common[blur]
    apart = np.where(np.abs(came) > np.abs(wanted), came, wanted)
    return _Fitted(model, scatter, now, relief, used, step, apart)


def _blur_numbers(now: Array) -> NDArray[np.intp]:
    """Where among the common numbers the variances and the wider Gaussian's shares are."""
    first = VARIANCES + 2 * POWERS
    shares = np.arange(first, first + wide_shares(now).size)
    return np.concatenate([np.arange(VARIANCES), shares]).astype(np.intp)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Where a fit ended; `unsettled` is how far the blur's numbers may be from the end."""

    model: BlurModel
    scatter: Scatter
    now: Array
    relief: Array
    used: NDArray[np.bool_]
    step: Step
    unsettled: Array

    @property
    def covariance(self) -> Array:
        """Of the variances, then of the shares."""
        blur = _blur_numbers(self.now)
        return self.step.covariance[np.ix_(blur, blur)] + np.outer(self.unsettled, self.unsettled)

    def with_wings(self, wider: float) -> _Fitted:
        """Fit on with a wider Gaussian's share in each direction."""
        first = VARIANCES + 2 * POWERS
        now = np.concatenate([self.now[:first], np.zeros(VARIANCES), self.now[first:]])
        model = replace(self.model, wider=wider)
        return _descend(model, self.scatter, now, self.relief, self.used)

    def two_gaussians(self) -> TwoGaussians:
        """Give the blur's numbers."""
        return TwoGaussians(
            self.now[:VARIANCES], wide_shares(self.now), self.covariance, self.model.wider
        )

    def result(self) -> BlurFit:
        """Give numbers, and what is left over of a blur that may be no Gaussian."""
        free = self.with_wings(WIDER)
        model, step = free.model, free.step
        return BlurFit(
            (float(self.now[0]), float(self.now[1])),
            self.covariance,
            model.boxes,
            free.two_gaussians(),
            self.with_wings(WIDEST).two_gaussians(),
            replace(model.pixels, used=free.used),
            model.distance(free.now, free.relief),
            step.residual,
            free.scatter.sky_noise * free.scatter.weight,
            step.edge,
        )


def _require_edge(used: NDArray[np.bool_], given: NDArray[np.bool_]) -> None:
    """Refuse a limb most of whose pixels follow no edge."""
    if used.sum() < 0.5 * given.sum():
        raise InputError(
            "lit limb", "pixels that follow an edge", f"{int(used.sum())} of {int(given.sum())}",
            "check outline and Sun's direction",
        )  # fmt: skip
