"""The width of the limb: how far the camera blurs it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb import edge_window, limb_points

Array = NDArray[np.float64]
FIRST_BLUR_PX = (0.9, 0.9)


def limb_blur(image: Array, outline: Outline, sun_direction_deg: float) -> tuple[float, float]:
    """Sigma of the blur along line and column, pixel included, by the least residual.

    First one sigma for both, then their ratio where the limb clearly asks for
    it, then the common size again.

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
    tuple of float
        Pixels, between 0.3 and 8.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((80, 80)).astype(float)
    >>> truth = Outline(40.2, 39.6, 25.0)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 1.4)
    >>> [round(sigma, 1) for sigma in limb_blur(image, truth, 0.0)]
    [1.4, 1.4]
    """
    blur, wide = FIRST_BLUR_PX, True
    for both, reach, number in (*[(True, 2.2, 5)] * 3, (False, 1.3, 3), (True, 1.15, 3)):
        if reach == 2.2 and not wide:
            continue
        window = edge_window(max(blur) * reach)

        def cost(
            factor: float,
            now: tuple[float, float] = blur,
            together: bool = both,
            window: tuple[float, float] = window,
        ) -> float:
            trial = (now[0] * factor, now[1] * (factor if together else 1.0 / factor))
            points = limb_points(
                image,
                outline,
                sun_direction_deg,
                half_arc_deg=70.0,
                blur_px=trial,
                window_px=window,
                iterations=2,
            )
            return points.cost

        factor = _least(cost, reach, number)
        if not both and cost(factor) > 0.97 * cost(1.0):
            continue  # markings alone can look like so small a difference
        blur = (blur[0] * factor, blur[1] * (factor if both else 1.0 / factor))
        wide = abs(math.log(factor)) > 0.8 * math.log(reach)
        blur = (min(max(blur[0], 0.3), 8.0), min(max(blur[1], 0.3), 8.0))
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
