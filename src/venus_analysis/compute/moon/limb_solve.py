"""Solving for the limb: every sector's own brightness, sky and relief eliminated first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.limb_model import (
    ALBEDO_POWERS,
    LAWS,
    OTHER_LAWS,
    OWN_COLUMNS,
    LimbState,
)

Array = NDArray[np.float64]
HUBER = 3.0
OWN_FITTED = 4
# what is expected of the Moon, as standard deviations relative to radius and radiance
RELIEF, LEAST_RELIEF = 0.0005, 0.0001
ALBEDO, ALBEDO_ALONG = 0.25, 0.3
OTHER_LAW = 0.05
# of the camera and the sky
WINGS = 0.05
SKY, SKY_SLOPE = 10.0, 0.02
# of the first guesses; real Moons follow neither law so well that the limb could tell the phase
LOG_BLUR, PHASE_RAD = 0.03, 0.05


@dataclass
class LimbPrior:
    """Anchors of blur and phase angle, and how far each sector may depart from the outline.

    `relief_px` is a standard deviation (sector,), never below `floor_px`.
    """

    log_blur: Array
    phase_rad: float
    floor_px: float
    relief_px: Array

    @classmethod
    def of(cls, state: LimbState) -> LimbPrior:
        """Return the prior around a first state, with the Moon's usual relief."""
        radius = state.outline.across_px
        floor = max(LEAST_RELIEF * radius, 1e-3)
        relief = np.full(state.shift_px.size, max(RELIEF * radius, 1e-3))
        return cls(state.log_blur.copy(), state.phase_rad, floor, relief)


@dataclass(frozen=True)
class LimbStep:
    """Solution of one linearised fit.

    `own` (sector, column) and `common` (column) are steps of what is not
    linear and values of what is, `deviation` the standard deviations of
    `common`, `shift_variance` (sector,) that of each sector's departure,
    `variance` the pixels' and `weight` what they deserve in the next fit.
    """

    own: Array
    common: Array
    deviation: Array
    shift_variance: Array
    variance: float
    weight: Array


def solve_limb(
    design: Array,
    value: Array,
    weight: Array,
    variance: float,
    prior: LimbPrior,
    state: LimbState,
    level: Array,
) -> LimbStep:
    """Solve for all columns, each sector's own eliminated first.

    With N the normal matrix, s a sector's own columns and c the common ones,
    the sectors leave ``sum(N_cc - N_cs N_ss^-1 N_sc)`` for what they share.

    Parameters
    ----------
    design, level
        From `limb_columns`.
    value, weight
        Radiance and weight of the pixels (sector, pixel).
    variance
        Of a pixel; priors count in proportion to it.
    prior, state
        Where the numbers are expected and where they are.

    Returns
    -------
    LimbStep

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.limb_model import limb_band, limb_columns
    >>> outline = Outline(45.0, 44.0, 30.0)
    >>> line, column = np.indices((90, 90)).astype(float)
    >>> image = 1.0 * (outline.distance(line, column) < 0.0)
    >>> band = limb_band(image, outline, 0.0, 80.0, 0.6)
    >>> state = LimbState(outline, np.log([0.6, 0.6]), 1.0, np.zeros(band.value.shape[0]))
    >>> design, level = limb_columns(band, state, ["centre_line", "centre_column"])
    >>> weight, prior = np.ones(band.value.shape), LimbPrior.of(state)
    >>> step = solve_limb(design, band.value, weight, 1e-4, prior, state, level)
    >>> step.variance < 0.02
    True
    """
    n = OWN_COLUMNS
    transposed = (design * weight[..., None]).transpose(0, 2, 1)
    normal = np.matmul(transposed, design)
    right = np.matmul(transposed, value[..., None])[..., 0]
    inner, mixed = normal[:, :n, :n], normal[:, :n, n:]
    precision = np.broadcast_to(_own_precision(), (value.shape[0], n)).copy()
    precision[:, 0] = prior.relief_px**-2
    inner[:, range(n), range(n)] += variance * precision
    right[:, 0] -= variance * precision[:, 0] * state.shift_px
    inverse = np.linalg.inv(inner)
    passed = np.matmul(inverse, mixed)
    matrix = normal[:, n:, n:].sum(axis=0) - np.tensordot(mixed, passed, ((0, 1), (0, 1)))
    vector = right[:, n:].sum(axis=0) - np.tensordot(passed, right[:, :n], ((0, 1), (0, 1)))
    precision, pull = _common_prior(prior, state, level, matrix.shape[0])
    if state.light is None:
        precision[: -LAWS - OTHER_LAWS - 1] = 1.0 / variance
    matrix[np.diag_indices_from(matrix)] += variance * precision
    vector += variance * precision * pull
    size = 1.0 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    covariance = (
        np.linalg.pinv(matrix * size[:, None] * size, hermitian=True) * size[:, None] * size
    )
    common = covariance @ vector
    own = np.matmul(inverse, right[:, :n, None])[..., 0] - passed @ common
    rest = value - np.matmul(design[..., :n], own[..., None])[..., 0] - design[..., n:] @ common
    free = max(rest.size - OWN_FITTED * rest.shape[0] - common.size, rest.size // 4)
    variance = float(np.sum(weight * rest**2)) / free + 1e-300
    weight = np.minimum(1.0, HUBER * math.sqrt(variance) / np.maximum(np.abs(rest), 1e-300))
    deviation = np.sqrt(variance * np.maximum(np.diag(covariance), 0.0))
    return LimbStep(own, common, deviation, variance * inverse[:, 0, 0], variance, weight)


def _own_precision() -> Array:
    """Prior precision of a sector's own columns, all but the relief relative to its level."""
    albedo = [ALBEDO / math.sqrt(math.factorial(p)) for p in range(ALBEDO_POWERS)]
    spread = np.array([1.0, SKY, SKY_SLOPE, *albedo, ALBEDO_ALONG, ALBEDO_ALONG])
    return np.asarray(spread**-2)


def _common_prior(
    prior: LimbPrior, state: LimbState, level: Array, number: int
) -> tuple[Array, Array]:
    """Precision of what the limb has in common and where it pulls to, as a step."""
    bright, usual = float(np.quantile(level, 0.9)), float(median(level))
    spread = np.array(
        [LOG_BLUR, LOG_BLUR, PHASE_RAD]
        + [3.0 * bright] * LAWS
        + [OTHER_LAW * usual] * OTHER_LAWS
        + [WINGS]
    )
    pull = np.zeros(number)
    first = number - spread.size
    pull[first : first + 2] = prior.log_blur - state.log_blur
    pull[first + 2] = prior.phase_rad - state.phase_rad
    return np.concatenate([np.zeros(first), spread**-2]), pull
