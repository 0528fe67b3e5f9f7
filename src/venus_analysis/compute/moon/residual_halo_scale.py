"""The radial scale of a halo: what is known of it before, and how the best is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from venus_analysis.compute.moon.residual_halo_sender import HaloKernel

# Scales tried first, in radii; the best is then refined.
SCALES: Final = tuple(float(one) for one in np.geomspace(0.03, 0.6, 8))
USUAL_SCALE: Final = 0.16
# Step of the scale's logarithm over which a gain's bend is taken.
BEND_STEP: Final = 0.1


@dataclass(frozen=True)
class ScalePrior:
    """What other bands know of the halo: kernel, scale in radii, and how alike bands are.

    `u_log_common` is the standard uncertainty of the common scale's own logarithm,
    which is all bands' alike.
    """

    kernel: HaloKernel
    scale_radii: float
    u_log_scale: float
    u_log_common: float = 0.0


def best_scale(
    gain: Callable[[float], float], scales: Sequence[float] = SCALES, parabolas: int = 3
) -> float:
    """Scale of the greatest gain: on a grid, then by parabolas in its logarithm.

    Examples
    --------
    >>> round(best_scale(lambda scale: 9.0 - math.log(scale / 0.2) ** 2), 6)
    0.2
    """
    tried = {scale: gain(scale) for scale in scales}
    for _ in range(parabolas):
        scales = sorted(tried)
        top = int(np.argmax([tried[scale] for scale in scales]))
        if top in (0, len(scales) - 1):
            return scales[top] if tried[scales[top]] > 0.0 else USUAL_SCALE
        around = scales[top - 1 : top + 2]
        x, y = np.log(around), np.array([tried[scale] for scale in around])
        left, right = (y[1] - y[0]) / (x[1] - x[0]), (y[2] - y[1]) / (x[2] - x[1])
        bend = min(right - left, -1e-300) / (x[2] - x[0])
        vertex = 0.5 * (x[0] + x[1] - left / bend)
        vertex = float(np.exp(np.clip(vertex, x[0] + 0.01, x[2] - 0.01)))
        tried[vertex] = gain(vertex)
    return max(tried, key=lambda scale: tried[scale])


def scale_uncertainty(gain: Callable[[float], float], scale: float) -> float:
    """Of the logarithm of the scale of greatest gain, by the bend of the gain in it; 1 at most.

    Examples
    --------
    >>> round(scale_uncertainty(lambda scale: -(math.log(scale / 0.2) / 0.3) ** 2, 0.2), 6)
    0.3
    """
    beside = gain(scale * math.exp(BEND_STEP)) + gain(scale * math.exp(-BEND_STEP))
    bend = (2.0 * gain(scale) - beside) / BEND_STEP**2
    return math.sqrt(2.0 / max(bend, 2.0))


def uphill(
    gain: Callable[[float], float], start: float, scales: Sequence[float] = SCALES
) -> list[float]:
    """Scales of a grid about its highest gain that is uphill of a start.

    Examples
    --------
    >>> grid = (0.1, 0.2, 0.4, 0.8)
    >>> uphill(lambda scale: -abs(scale - 0.25), 0.4, grid)
    [0.1, 0.2, 0.4]
    """
    top = int(np.argmin(np.abs(np.log(np.asarray(scales) / start))))
    while True:
        about = range(max(top - 1, 0), min(top + 2, len(scales)))
        best = max(about, key=lambda k: gain(scales[k]))
        if best == top:
            return [scales[k] for k in about]
        top = best


def penalty(scale: float, prior: ScalePrior | None) -> float:
    """Chi-square of a scale beside what is known of it; 0 where nothing is.

    Examples
    --------
    >>> round(penalty(0.2 * math.e, ScalePrior("gaussian", 0.2, 0.5)), 6)
    4.0
    """
    return (math.log(scale / prior.scale_radii) / prior.u_log_scale) ** 2 if prior else 0.0
