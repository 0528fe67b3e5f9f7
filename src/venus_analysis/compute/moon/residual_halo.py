"""CT1: what is left of the local halo, from the sky beside the disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.residual_halo_scale import (
    SCALES,
    USUAL_SCALE,
    ScalePrior,
    best_scale,
    penalty,
    scale_uncertainty,
    uphill,
)
from venus_analysis.compute.moon.residual_halo_sender import KERNELS, HaloKernel, HaloSender
from venus_analysis.compute.moon.residual_sky import SkyMap, dot
from venus_analysis.errors import InputError

Array = NDArray[np.float64]
DETECTED: Final = 3.29
STEP: Final = 0.03
ALIKE: Final = 0.1
BETTER: Final = 9.0
SEEN: Final = 25.0
DECIDING: Final = 4


@dataclass(frozen=True, eq=False)
class HaloResidual:
    """Halo of one band.

    Parameters
    ----------
    kernel
        Its family.
    fraction, u_fraction
        Share h of the band's light that is scattered, on the disk too, and its
        standard uncertainty (k = 1). Not held above 0, so that means over many
        looks are not biased.
    scale_radii, u_scale_radii
        Radial scale s in radii of the disk; NaN where no halo is detected.
    detection_limit
        Fraction that would be found in 95 of 100 looks: 3.29 standard
        uncertainties at this scale (Currie 1968, doi:10.1021/ac60259a007).
    gain
        By how much chi-square falls with this halo.
    weight, scale_used_radii
        Light sent through the kernel, over the light found on the disk; scale that
        was fitted or, where no halo is detected, taken for granted.
    model
        (i, j) its light in equalised counts per pixel.
    level, drift
        (j), (i, j) what else the sky holds but ghosts, fitted together with them;
        NaN in columns without sky.
    noise
        Standard deviation of a block.
    """

    kernel: HaloKernel
    fraction: float
    u_fraction: float
    scale_radii: float
    u_scale_radii: float
    detection_limit: float
    gain: float
    weight: float
    scale_used_radii: float
    model: Array
    level: Array
    drift: Array
    noise: float


class HaloProblem:
    r"""The halo of one band, ready to be fitted.

    .. math:: m_{ij} = c_j + g(i) + w\,(K_s * L)_{ij} + \sum_k f_k G^{(k)}_{ij},
              \qquad h = \frac{w \sum L}{\sum L + w \sum_{\text{off disk}} K_s * L}

    with a level c of its own for each column of blocks, a drift g along the scan
    and kernels K of unit sum, circular on the sky: ``exponential`` exp(-r/s) / (2 pi s²),
    ``gaussian`` exp(-r²/2s²) / (2 pi s²) or ``power-law`` s / (2 pi (r² + s²)^1.5).
    Most of the scattered light falls on the disk itself, so that h is far more
    than what lies beside it.

    Parameters
    ----------
    sky
        From `venus_analysis.compute.moon.residual_sky.sky_map`.
    ghosts
        (i, j) templates of ghosts that are fitted along.
    send
        Of the band, where there is one already.

    Raises
    ------
    InputError
        No light.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.residual_sky import sky_map
    >>> from venus_analysis.compute.moon.sky_templates import BlockMap
    >>> moon = Outline(119.5, 179.5, 60.0)
    >>> blocks = BlockMap(np.zeros((60, 90)), np.ones((60, 90)), 0, (4, 4))
    >>> disk = 40.0 * (np.hypot(*moon.unit(*blocks.centres())) < 1.0)
    >>> sent = HaloSender(sky_map(BlockMap(disk, blocks.weight, 0, (4, 4)), moon))
    >>> noise = np.random.default_rng(1).normal(0.0, 0.01, disk.shape)
    >>> seen = 0.99 * disk + 0.01 * sent("exponential", 0.15) + noise
    >>> found = HaloProblem(sky_map(BlockMap(seen, blocks.weight, 0, (4, 4)), moon)).solve()
    >>> bool(abs(found.fraction - 0.01) < 3.0 * found.u_fraction)
    True
    """

    def __init__(
        self, sky: SkyMap, ghosts: Sequence[Array] = (), send: HaloSender | None = None
    ) -> None:
        self.light = float(sky.light.sum())
        if not self.light > 0.0:
            raise InputError(
                "light", "a disk brighter than the sky", f"{self.light:g}", "check the band"
            )
        self._sky, self._project, self._send = sky, sky.project(ghosts), send or HaloSender(sky)
        self._rest = self._project.rest(sky.value)
        self._tried: dict[HaloKernel, dict[float, tuple[float, float]]] = {}
        # the halo itself makes the rest wider
        model = self._weight("exponential", USUAL_SCALE) * self._send("exponential", USUAL_SCALE)
        self.noise = self._project.noise(self._project(sky.value - model))

    def _products(self, kernel: HaloKernel, scale: float) -> tuple[float, float]:
        tried = self._tried.setdefault(kernel, {})
        if scale not in tried:
            sent = self._send(kernel, scale)
            tried[scale] = self._project.power(sent), float(dot(sent, self._rest))
        return tried[scale]

    def _vector(self, kernel: HaloKernel, scale: float) -> Array:
        return self._project(self._send(kernel, scale))

    def _weight(self, kernel: HaloKernel, scale: float) -> float:
        power, product = self._products(kernel, scale)
        return product / max(power, 1e-300)

    def _alone(self, kernel: HaloKernel, scale: float) -> float:
        """Uncertainty of the weight at a scale that is known."""
        return self.noise / math.sqrt(max(self._products(kernel, scale)[0], 1e-300))

    def gain(self, kernel: HaloKernel, scale: float) -> float:
        """By how much chi-square falls with a halo of this scale; none for a negative one."""
        power, product = self._products(kernel, scale)
        return max(product, 0.0) ** 2 / max(power, 1e-300) / self.noise**2

    def best(self, kernel: HaloKernel, prior: ScalePrior | None = None) -> float:
        """Scale of the greatest gain; with a prior looked for within three of its sigmas."""
        if prior is None:
            return best_scale(lambda scale: self.gain(kernel, scale))
        around = [prior.scale_radii * math.exp(k * prior.u_log_scale) for k in (-3.0, 0.0, 3.0)]
        return best_scale(lambda scale: self.gain(kernel, scale) - penalty(scale, prior), around, 2)

    @property
    def strength(self) -> float:
        """Light over noise: how much the band can say of a halo."""
        return self.light / self.noise

    def solve(
        self, kernel: HaloKernel = "exponential", prior: ScalePrior | None = None
    ) -> HaloResidual:
        """Fit; with a `prior` it says which kernel, and about which scale."""
        kernel = prior.kernel if prior else kernel
        scale = self.best(kernel, prior)
        usual = prior.scale_radii if prior else USUAL_SCALE
        detected = self._weight(kernel, scale) > DETECTED * self._alone(kernel, scale)
        scale = scale if detected else usual
        weight, alone = self._weight(kernel, scale), self._alone(kernel, scale)
        sent = self._send(kernel, scale)
        u_weight, u_log = self._uncertainty(kernel, scale, prior) if detected else (alone, math.nan)
        outside = self.light - float(sent[self._sky.light != 0.0].sum())
        share = self.light / max(self.light + weight * outside, 1e-300)
        level, drift = self._project.explained(self._sky.value - weight * sent, own=True)
        return HaloResidual(
            kernel,
            weight * share,
            u_weight * share**2,
            scale if detected else math.nan,
            scale * math.hypot(u_log, prior.u_log_common if prior else 0.0),
            DETECTED * alone,
            self.gain(kernel, scale),
            weight,
            scale,
            weight * sent,
            level,
            drift,
            self.noise,
        )

    def _uncertainty(
        self, kernel: HaloKernel, scale: float, prior: ScalePrior | None
    ) -> tuple[float, float]:
        """Of the weight and of the scale's logarithm, fitted together."""
        vector, weight = self._vector(kernel, scale), self._weight(kernel, scale)
        slope = (self._vector(kernel, scale * (1.0 + STEP)) - vector) * (weight / STEP)
        both = np.stack([vector, slope])
        inner = np.stack([dot(both, one) for one in both]) / self.noise**2
        inner[1, 1] += prior.u_log_scale**-2 if prior else 0.0
        covariance = np.linalg.pinv(inner, hermitian=True)
        return math.sqrt(max(covariance[0, 0], 0.0)), math.sqrt(max(covariance[1, 1], 0.0))


def common_scale(
    problems: Sequence[HaloProblem], kernels: Sequence[HaloKernel] = KERNELS
) -> ScalePrior | None:
    """Kernel and scale that fit all bands at once, as a prior for each.

    A band that sees 3 counts of Moon cannot tell the scale of a halo; all bands
    together can; the four of the most light over noise decide. Scales are taken
    to be alike in all bands within 10 %.

    Parameters
    ----------
    problems
        Of the bands of one scene.
    kernels
        Families to choose from: the first, unless another fits better by more
        than 9 in chi-square.

    Returns
    -------
    ScalePrior or None
        None without any band, or where all together show no halo.

    Examples
    --------
    >>> common_scale([]) is None
    True
    """
    if not problems:
        return None

    best = sorted(problems, key=lambda one: one.strength)[-DECIDING:]

    def gain(kernel: HaloKernel, scale: float) -> float:
        return sum(one.gain(kernel, scale) for one in best)

    found: dict[HaloKernel, float] = {}
    for kernel in kernels:
        start = found.get(kernels[0], USUAL_SCALE)
        about = uphill(partial(gain, kernel), start)
        some = len(about) > 2 and max(gain(kernel, scale) for scale in about) > SEEN
        found[kernel] = best_scale(partial(gain, kernel), about if some else SCALES)
    gains = {kernel: gain(kernel, scale) for kernel, scale in found.items()}
    kernel = max(found, key=lambda one: gains[one] + BETTER * (one == kernels[0]))
    if not gains[kernel] > SEEN:
        return None
    u_common = scale_uncertainty(partial(gain, kernel), found[kernel])
    return ScalePrior(kernel, found[kernel], ALIKE, u_common)
