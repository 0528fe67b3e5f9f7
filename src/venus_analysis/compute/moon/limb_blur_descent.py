"""Descent to the likeliest blur of the limb: Gauss-Newton, outliers dropped, scatter renewed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.limb_blur_model import POWERS, VARIANCES, BlurModel, wide_shares
from venus_analysis.compute.moon.limb_blur_scatter import scatter_of
from venus_analysis.compute.moon.limb_blur_step import Scatter, Step, step_of
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

OUTLIER_SIGMA: Final = 5.0
LEAST_VARIANCE_PX2: Final = 0.02
CLOSE_ENOUGH: Final = 0.02
TURNS: Final = 12
PARTS: Final = (1.0, 0.4, 0.1, 0.02)


@dataclass(frozen=True, eq=False)
class FittedLimb:
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

    def with_wings(self, wider: float) -> FittedLimb:
        """Fit on with a wider Gaussian's share in each direction."""
        first = VARIANCES + 2 * POWERS
        now = np.concatenate([self.now[:first], np.zeros(VARIANCES), self.now[first:]])
        model = replace(self.model, wider=wider)
        return descend(model, self.scatter, now, self.relief, self.used)


def fit_limb(model: BlurModel, now: Array, relief: Array, renewals: int) -> FittedLimb:
    """Fit from first common numbers and reliefs, the scatter renewed in between.

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
    >>> now[:2] = 1.0
    >>> [round(float(one), 1) for one in fit_limb(model, now, relief, 2).now[:2]]
    [1.7, 1.7]
    """
    pixels = model.pixels
    used = pixels.used
    scatter = scatter_of(model, now, relief, used)
    # what is further off than the whole disk is bright would lead the first fit astray
    used = used & (np.abs(step_of(model, scatter, now, relief).residual) < scatter.level)
    _require_edge(used, pixels.used)
    scatter = scatter_of(model, now, relief, used)
    fitted = descend(model, scatter, now, relief, used)
    for _ in range(renewals):
        step = fitted.step
        share = np.abs(step.residual) * scatter.weight / step.spread[:, None]
        typical = 1.4826 * float(np.median(share[used]))
        used = used & (share <= OUTLIER_SIGMA * max(typical, 1.0))
        _require_edge(used, pixels.used)
        scatter = scatter_of(model, fitted.now, fitted.relief, used, scatter, step)
        fitted = descend(model, scatter, fitted.now, fitted.relief, used)
    return fitted


def descend(
    model: BlurModel, scatter: Scatter, now: Array, relief: Array, used: NDArray[np.bool_]
) -> FittedLimb:
    """Gauss-Newton with sectors weighed once, steps shortened where they do not lead down.

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
    >>> scatter = scatter_of(model, now, relief, pixels.used)
    >>> descend(model, scatter, now, relief, pixels.used).unsettled.tolist()
    [0.0, 0.0]
    """
    step = step_of(model, scatter, now, relief)
    scatter = replace(scatter, spread=step.spread)
    step = step_of(model, scatter, now, relief)
    blur = _blur_numbers(now)
    way = [now[blur]]
    for _ in range(TURNS):
        close = CLOSE_ENOUGH * np.sqrt(np.diag(step.covariance)[blur])
        if (np.abs(step.common[blur]) < close).all():
            return FittedLimb(model, scatter, now, relief, used, step, np.zeros(blur.size))
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
    return FittedLimb(model, scatter, now, relief, used, step, apart)


def _blur_numbers(now: Array) -> NDArray[np.intp]:
    """Where among the common numbers the variances and the wider Gaussian's shares are."""
    first = VARIANCES + 2 * POWERS
    shares = np.arange(first, first + wide_shares(now).size)
    return np.concatenate([np.arange(VARIANCES), shares]).astype(np.intp)


def _require_edge(used: NDArray[np.bool_], given: NDArray[np.bool_]) -> None:
    """Refuse a limb most of whose pixels follow no edge."""
    if used.sum() < 0.5 * given.sum():
        raise InputError(
            "lit limb", "pixels that follow an edge", f"{int(used.sum())} of {int(given.sum())}",
            "check outline and Sun's direction",
        )  # fmt: skip
