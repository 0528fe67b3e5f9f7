"""How pixels near the limb scatter: noise, the Moon's markings, relief, by what a fit left over."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.limb_blur_model import VARIANCES, BlurModel
from venus_analysis.compute.moon.limb_blur_step import OWN, Scatter, Step
from venus_analysis.compute.moon.limb_texture import (
    Texture,
    likeliest_roughness,
    node_covariance,
)
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

LEAST_NOISE: Final = 3e-3
FIRST_ROUGHNESS: Final = 0.03
FIRST_RELIEF_PX: Final = 0.1
RELIEFS_PX: Final = np.geomspace(0.01, 1.0, 25)


def scatter_of(
    model: BlurModel,
    now: Array,
    shift: Array,
    used: NDArray[np.bool_],
    last: Scatter | None = None,
    step: Step | None = None,
) -> Scatter:
    """Noise in sky and light and roughness of the markings, by what the fit leaves over.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> from venus_analysis.compute.moon.edge_spread import Boxes
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.limb_pixels import limb_pixels
    >>> disk, window = Outline(60.2, 59.6, 40.0), (8.0, 6.0)
    >>> image = 10.0 * ndtr(-disk.distance(*np.indices((120, 120)).astype(float)) / 1.3)
    >>> pixels = limb_pixels(image, disk, 45.0, window)
    >>> model = BlurModel.of(pixels, Boxes((), ()), None, window)
    >>> now, relief = np.array([1.69, 1.69, *np.zeros(9)]), np.zeros(pixels.sectors)
    >>> bool(abs(scatter_of(model, now, relief, pixels.used).level - 10.0) < 0.2)
    True
    """
    value = model.pixels.value
    x = model.distance(now, shift)
    variance = now[:VARIANCES]
    light = model.light(variance, x)
    inside, outside = used & (light > 0.9), used & (light < 0.1)
    if min(inside.sum(), outside.sum()) < OWN:
        raise InputError(
            "lit limb", "pixels on either side", f"{int(inside.sum())} inside", "check the outline"
        )
    if last is None or step is None:
        level = abs(float(value[inside].mean() - np.median(value[outside])))
        sky = 1.4826 * float(np.median(np.abs(value[outside] - np.median(value[outside]))))
        noise, shot = sky, 0.0
        level = max(level, sky)
        if not level > 0.0:
            raise InputError("lit limb", "an edge", "an even image", "check the outline")
    else:
        level = max(float(np.median(step.edge)), 0.1 * last.level)
        noise2, disk = (
            float(np.sum(step.residual[part] ** 2) / np.sum(step.freedom[part]))
            for part in (outside, inside)
        )
        noise, shot = math.sqrt(noise2), max(disk - noise2, 0.0)
    noise = max(noise, LEAST_NOISE * level)
    weight = used / np.sqrt(noise**2 + shot * light)
    nodes = model.curves(now, x, 0)
    roughness = FIRST_ROUGHNESS
    if last is not None:
        edge = model.edge_columns(nodes, x, model.darkening(now[VARIANCES:]))
        columns = np.concatenate([edge, nodes], axis=-1)
        roughness = likeliest_roughness(
            columns * weight[..., None], value * weight, last.precision, model.nodes, level
        )
    precision = np.asarray(np.linalg.inv(node_covariance(model.nodes, roughness)) / level**2)
    relief = (
        FIRST_RELIEF_PX if last is None or step is None else _likeliest_relief(step, shift, last)
    )
    texture = Texture.of(nodes * weight[..., None], precision)
    return Scatter(weight, noise, texture, level, relief)


def _likeliest_relief(step: Step, relief: Array, last: Scatter) -> float:
    """Estimate the standard deviation of the sectors' reliefs by maximum likelihood."""
    own = 1.0 / np.maximum(1.0 / step.relief_variance - last.relief_px**-2, 1e-12)
    value = relief * own / step.relief_variance
    variance = own * step.spread**2 + RELIEFS_PX[:, None] ** 2
    # Student's t with four degrees of freedom: a few sectors may be far off
    cost = (np.log(variance) + 5.0 * np.log1p(value**2 / variance / 4.0)).sum(axis=1)
    return float(RELIEFS_PX[cost.argmin()])
