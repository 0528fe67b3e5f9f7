"""The outline from all pixels of the lit limb at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import NAMES, Outline
from venus_analysis.compute.moon.limb_model import (
    OWN_COLUMNS,
    Band,
    LimbState,
    limb_band,
    limb_columns,
)
from venus_analysis.compute.moon.limb_solve import RELIEF, LimbPrior, LimbStep, solve_limb

Array = NDArray[np.float64]
ITERATIONS = 8
SETTLED_PX = 0.01
REPLACE_PX, LONGEST_PX, FARTHEST_PX = 0.3, 1.0, 4.0
RELIEF_FREEDOM = 4.0


@dataclass(frozen=True)
class LimbFit:
    """Outline and blur from the pixels of the limb.

    `standard_error` follows centre_line, centre_column, across_px,
    oversampling, shear; 0 for what was held. `shift_px` is what each sector of
    the limb departs from the outline, `blur_px` along lines' and columns' axes.
    `limb_across_px` is the semi-axis across the scan that the limb alone asks
    for, with its standard uncertainty, also where it was held.
    """

    outline: Outline
    standard_error: tuple[float, float, float, float, float]
    blur_px: tuple[float, float]
    phase_angle_deg: float
    shift_px: Array
    converged: bool
    limb_across_px: tuple[float, float]


def fit_limb(
    image: Array,
    outline: Outline,
    sun_direction_deg: float,
    *,
    blur_px: tuple[float, float],
    phase_angle_deg: float,
    half_arc_deg: float = 88.0,
    fixed: tuple[str, ...] = (),
) -> LimbFit:
    """Fit outline, blur and brightness to all pixels around the lit limb.

    The radiance is modelled as sky plus a lunar-Lambert limb, through the
    blur, whose two weights and phase angle hold for the whole limb; in each
    short sector it is changed by a smooth albedo (a random function of the
    emission cosine), a gradient along the limb, a sky of its own and the
    relief. These are eliminated sector by sector, with what is known of the
    Moon as their prior, so that markings neither shift the limb nor lend it
    certainty that it has not. Gauss-Newton over everything that is left.

    Parameters
    ----------
    image
        Radiance (line, column); NaN pixels are left out.
    outline
        First outline, within about a pixel.
    sun_direction_deg
        Direction of the Sun on the unit disk.
    blur_px
        First guess of the blur along lines' and columns' axes, sigma, pixels.
    phase_angle_deg
        First guess of the phase angle, within some 10 degrees.
    half_arc_deg
        Limb used on either side of the Sun's direction.
    fixed
        Names among ``across_px``, ``oversampling``, ``shear`` to hold.

    Returns
    -------
    LimbFit
        With ``converged`` false the outline is the first guess.

    References
    ----------
    Golub & Pereyra (2003), doi:10.1088/0266-5611/19/2/201 (variable projection).

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((140, 140)).astype(float)
    >>> truth = Outline(70.2, 69.6, 45.0)
    >>> image = ndtr(-truth.distance(line, column) / 0.9)
    >>> image += np.random.default_rng(0).normal(0.0, 0.01, image.shape)
    >>> fit = fit_limb(
    ...     image, Outline(70.0, 70.0, 44.8), 0.0, blur_px=(0.8, 0.8), phase_angle_deg=60.0
    ... )
    >>> abs(fit.outline.centre_line - 70.2) < 0.1, abs(fit.outline.centre_column - 69.6) < 0.2
    (True, True)
    """
    free = [name for name in NAMES if name not in fixed]
    state = LimbState(outline, np.log(blur_px), math.radians(phase_angle_deg), np.zeros(1))
    band = limb_band(image, outline, sun_direction_deg, half_arc_deg, max(blur_px))
    if band.value.shape[1] < 2 * OWN_COLUMNS:
        return _unchanged(state)
    start = replace(state)
    state.shift_px = np.zeros(band.value.shape[0])
    prior = LimbPrior.of(state)
    variance, weight, placed = _first_variance(band.value), np.ones(band.value.shape), outline
    for iteration in range(ITERATIONS):
        if 0 < iteration < 4 and _moved(state.outline, placed) > REPLACE_PX:
            blur = float(np.exp(state.log_blur).max())
            sectors = band.value.shape[0]
            band = limb_band(image, state.outline, sun_direction_deg, half_arc_deg, blur, sectors)
            weight, placed = np.ones(band.value.shape), state.outline
        design, level = limb_columns(band, state, free)
        value = band.value - band.value.min()
        try:
            step = solve_limb(design, value, weight, variance, prior, state, level)
        except np.linalg.LinAlgError:
            return _unchanged(start)
        variance, weight = step.variance, step.weight
        before = state.outline
        if iteration:
            _take(state, free, step)
            prior.relief_px = _relief(prior.floor_px, state.shift_px, step)
        state.light = (step.own, step.common)
        if not np.isfinite(step.common).all() or _moved(state.outline, outline) > FARTHEST_PX:
            return _unchanged(start)
        if iteration > 1 and _moved(state.outline, before) < SETTLED_PX:
            break
    prior.relief_px = np.maximum(prior.relief_px, RELIEF * state.outline.across_px)
    sure = solve_limb(design, value, weight, variance, prior, state, level).deviation
    error = dict.fromkeys(NAMES, 0.0)
    error |= dict(zip(free, sure[: len(free)].tolist(), strict=True))
    if "across_px" in free:
        across_px = state.outline.across_px, error["across_px"]
    else:
        across_px = _across_freed(band, state, free, weight, variance, prior)
    blur_line, blur_column = np.exp(state.log_blur).tolist()
    return LimbFit(
        state.outline,
        (error[NAMES[0]], error[NAMES[1]], error[NAMES[2]], error[NAMES[3]], error[NAMES[4]]),
        (blur_line, blur_column),
        math.degrees(state.phase_rad),
        state.shift_px,
        True,
        across_px,
    )


def _across_freed(
    band: Band,
    state: LimbState,
    free: list[str],
    weight: Array,
    variance: float,
    prior: LimbPrior,
) -> tuple[float, float]:
    """Semi-axis across the scan one step after it is no longer held, and its uncertainty."""
    names = [name for name in NAMES if name in free or name == "across_px"]
    place = names.index("across_px")
    own, common = state.light or (np.zeros(0), np.zeros(0))
    freed = replace(state, light=(own, np.insert(common, place, 0.0)))
    design, level = limb_columns(band, freed, names)
    value = band.value - band.value.min()
    step = solve_limb(design, value, weight, variance, prior, freed, level)
    moved = state.outline.across_px + float(step.common[place])
    return moved, float(step.deviation[place])


def _take(state: LimbState, free: list[str], step: LimbStep) -> None:
    """Take a step, shortened where it leaves the range that the columns are good for."""
    unit = [1.0 if name in NAMES[:3] else 1.0 / state.outline.across_px for name in free]
    longest = float(np.max(np.abs(step.common[: len(free)]) / unit, initial=0.0))
    part = min(1.0, LONGEST_PX / max(longest, 1e-300))
    numbers = zip(free, step.common.tolist(), strict=False)
    state.outline = replace(
        state.outline, **{name: getattr(state.outline, name) + part * by for name, by in numbers}
    )
    blur, phase = step.common[len(free) : len(free) + 2], float(step.common[len(free) + 2])
    state.log_blur = np.clip(
        state.log_blur + part * np.clip(blur, -0.3, 0.3), math.log(0.3), math.log(8.0)
    )
    state.phase_rad += part * min(max(phase, -0.2), 0.2)
    state.phase_rad = min(max(state.phase_rad, 0.01), 1.8)
    state.shift_px = state.shift_px + part * np.clip(step.own[:, 0], -1.0, 1.0)


def _relief(floor_px: float, shift_px: Array, step: LimbStep) -> Array:
    """Spread of each sector's shift: that of the whole limb, more where one stands out."""
    seen = shift_px**2 + step.shift_variance
    # a median, for a few craters must not speak for the whole limb; 0.455 is that of chi square
    usual = float(median(shift_px**2)) / 0.455 + float(median(step.shift_variance))
    usual = max(floor_px**2, usual)
    own = (RELIEF_FREEDOM * usual + seen) / (RELIEF_FREEDOM + 1.0)
    return np.sqrt(np.maximum(usual, own))


def _first_variance(value: Array) -> float:
    """Noise from the darker half of the pixels, which is sky and smooth."""
    dark = value[value <= median(value)]
    spread = 1.5 * float(median(np.abs(dark - median(dark))))
    return max(spread, 1e-4 * float(np.ptp(value)), 1e-150) ** 2


def _moved(one: Outline, other: Outline) -> float:
    return max(
        abs(one.centre_line - other.centre_line),
        abs(one.centre_column - other.centre_column),
        abs(one.across_px - other.across_px),
        abs(one.oversampling - other.oversampling) * one.across_px,
    )


def _unchanged(state: LimbState) -> LimbFit:
    blur = np.exp(state.log_blur)
    return LimbFit(
        state.outline,
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (float(blur[0]), float(blur[1])),
        math.degrees(state.phase_rad),
        state.shift_px,
        False,
        (math.nan, math.nan),
    )
