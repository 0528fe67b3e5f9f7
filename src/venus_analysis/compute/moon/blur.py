"""The width of the limb: how far the camera blurs it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb import LimbSurroundings, edge_window, limb_surroundings

Array = NDArray[np.float64]
FIRST_BLUR_PX = 0.9


def limb_blur(image: Array, outline: Outline, sun_direction_deg: float) -> float:
    """Sigma of the blur, pixel included, by the least residual of the limb's sectors.

    A first value, the same along lines and columns, for `fit_limb` to refine.

    Parameters
    ----------
    image
        Radiance (line, column).
    outline
        Outline, within about two pixels.
    sun_direction_deg
        Direction of the Sun on the unit disk.

    Returns
    -------
    float
        Pixels, between 0.3 and 8.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((80, 80)).astype(float)
    >>> truth = Outline(40.2, 39.6, 25.0)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 1.4)
    >>> round(limb_blur(image, truth, 0.0), 1)
    1.4
    """
    blur, settled = FIRST_BLUR_PX, False
    for reach, number in ((2.2, 5), (2.2, 5), (2.2, 5), (1.2, 3)):
        if number == 5 and settled:
            continue

        window = edge_window(blur * reach)
        near = limb_surroundings(image, outline, sun_direction_deg, window, half_arc_deg=70.0)

        def cost(factor: float, blur: float = blur, near: LimbSurroundings = near) -> float:
            return near.points((blur * factor, blur * factor), iterations=2).cost

        factor = _least(cost, reach, number)
        settled = abs(math.log(factor)) < 0.8 * math.log(reach)
        blur = min(max(blur * factor, 0.3), 8.0)
    return blur


def _least(cost: Callable[[float], float], reach: float, number: int) -> float:
    """Factor between 1/reach and reach of the least cost, by a parabola through its log."""
    steps = np.linspace(-1.0, 1.0, number) * math.log(reach)
    costs = np.array([cost(math.exp(step)) for step in steps])
    best = int(np.clip(np.argmin(costs), 1, number - 2))
    before, middle, after = costs[best - 1 : best + 2]
    bend = before - 2.0 * middle + after
    move = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return math.exp(steps[best] + float(np.clip(move, -1.0, 1.0)) * (steps[1] - steps[0]))
