"""The reference band of a scene: the Moon is looked for in few chunks, then solved."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.scene_inputs import SceneInputs
from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.columns import find_gaps
from venus_analysis.compute.median import median
from venus_analysis.compute.moon.disk import LunarDisk, find_disk
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_shift import ReferenceLimb
from venus_analysis.compute.moon.line_blocks import (
    EqualisedPixels,
    block_values,
    line_blocks,
    unit_gain,
)
from venus_analysis.errors import InputError

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Counts = NDArray[np.uint16]
LEAST_SIGNAL_SIGMA: Final = 5.0
STRIP_SPACING: Final = 1.25
STRIP_BLOCKS: Final = 2
SURE_RADIUS_PX: Final = 200.0


@dataclass(frozen=True, eq=False)
class Reference:
    """The band that the others are registered to; `outline` in pixels of the scene."""

    band: str
    disk: LunarDisk
    outline: Outline
    profiles: tuple[Array, Array]
    window: slice
    limb: ReferenceLimb


def find_reference(
    inputs: SceneInputs,
    band: str,
    coefficients: BandCoefficients,
    announce: Callable[[Outline, float], None] = lambda outline, slack_lines: None,
    ahead: Callable[[slice], None] = lambda lines: None,
) -> Reference:
    """Find the Moon in the reference band: in a few chunks first, then in those that hold it.

    Parameters
    ----------
    inputs, band, coefficients
        The scene, the band and its coefficients.
    announce
        Is told where the disk is, and how many lines that may be off, as soon as
        it is known, so that the bands can be read while this one is solved.
    ahead
        Is told which lines of this band are read next.

    Raises
    ------
    InputError
        No Moon in it.
    """
    guess, slack_lines = _first_guess(inputs, band, coefficients, ahead)
    announce(guess, slack_lines)
    disk = solve_disk(inputs, band, coefficients, guess, SURE_RADIUS_PX, reach=1.5)
    window = inputs.window(guess, slack_lines)
    counts = inputs.counts.read(band, window)
    values = block_values(line_blocks(counts, inputs.block[0]), coefficients)
    local = replace(disk.outline, centre_line=disk.outline.centre_line - window.start)
    limb = ReferenceLimb(EqualisedPixels(counts, coefficients), local, disk.sun_direction_deg)
    return Reference(band, disk, disk.outline, profiles(values), window, limb)


def profiles(values: Single) -> tuple[Array, Array]:
    """Light along the lines and along the columns of block means, bright pixels held down."""
    some = values[:, ::8]
    light = values - median(some[np.isfinite(some)])
    light[~np.isfinite(light)] = 0.0
    top = float(np.quantile(light[:, ::8], 0.99))
    np.clip(light, -0.2 * abs(top), 1.2 * abs(top), out=light)
    return light.sum(axis=1, dtype=np.float64), light.sum(axis=0, dtype=np.float64)


def solve_disk(
    inputs: SceneInputs,
    band: str,
    coefficients: BandCoefficients,
    guess: Outline,
    radius_px: float,
    reach: float = 1.25,
) -> LunarDisk:
    """Find the disk near a guess, in an image decimated to about `radius_px`.

    Where its limb cannot carry the oversampling, with that of the attitude; its
    uncertainty by the limb is then infinite.

    Raises
    ------
    InputError
        No disk.
    """
    tall, wide = reach * guess.semi_axis_line_px, reach * guess.half_width_px
    top = int(max(guess.centre_line - tall, 0))
    bottom = int(min(guess.centre_line + tall, inputs.lines))
    left = int(max(guess.centre_column - wide, 0))
    right = int(min(guess.centre_column + wide, inputs.columns))
    counts = inputs.counts.read(band, slice(top, bottom))[:, left:right]
    factor = max(1, int(inputs.across_px / radius_px))
    image = _decimated(counts, unit_gain(coefficients, slice(left, right)), factor)
    across = inputs.across_px / factor
    try:
        disk = find_disk(image, across_px=across, shear="fit")
    except (InputError, ValueError, np.linalg.LinAlgError):
        try:
            disk = find_disk(image, across_px=across, oversampling=inputs.oversampling, shear="fit")
        except (ValueError, np.linalg.LinAlgError) as error:
            raise InputError(
                f"limb of the Moon in {band}",
                "an arc that holds an outline",
                str(error)[:200],
                "check the scene",
            ) from error
        disk = replace(disk, u_oversampling=math.inf)
    return replace(
        disk,
        outline=disk.outline.restored(factor, (top, left)),
        u_centre_line=disk.u_centre_line * factor,
        u_centre_column=disk.u_centre_column * factor,
        limb_residual_px=disk.limb_residual_px * factor,
    )


def _decimated(counts: Counts, coefficients: BandCoefficients, factor: int) -> Array:
    """Equalised counts, means of factor x factor pixels; bad columns interpolated."""
    lines, columns = (size // factor * factor for size in counts.shape)
    total = counts[0:lines:factor].astype(np.uint16)
    if factor > 1 and factor <= 64:
        for k in range(1, factor):
            total += counts[k:lines:factor]
    rows = coefficients.rows()
    value = total.astype(np.float32)
    value *= np.float32(1.0 / factor)
    value -= rows.dark
    value *= rows.slope
    value += np.maximum(value - rows.knee_radiance, np.float32(0.0)) * rows.extra
    gaps = find_gaps(coefficients.defective, "interpolate", coefficients.columns)
    value[:, gaps.column] = value[:, gaps.left] * (1.0 - gaps.weight)
    value[:, gaps.column] += value[:, gaps.right] * gaps.weight
    value[:, gaps.masked] = 0.0
    small = value[:, :columns].reshape(len(value), -1, factor).mean(axis=2)
    return np.asarray(small, dtype=np.float64)


def scouted_lines(inputs: SceneInputs) -> list[slice]:
    """Choose strips of the scene to look at first, some of which hold some of the Moon.

    Geometry alone says where they lie, so that no number depends on the file's chunks.
    """
    block = inputs.block[0]
    step = _strip_step(inputs)
    starts = range(step // (2 * block) * block, inputs.lines, step)
    return [slice(start, min(start + STRIP_BLOCKS * block, inputs.lines)) for start in starts]


def _strip_step(inputs: SceneInputs) -> int:
    block, semi = inputs.block[0], inputs.across_px * inputs.oversampling
    return max(int(STRIP_SPACING * semi / block), STRIP_BLOCKS) * block


def _first_guess(
    inputs: SceneInputs,
    band: str,
    coefficients: BandCoefficients,
    ahead: Callable[[slice], None],
) -> tuple[Outline, float]:
    """Place of the light from parts of the scene, and the lines the disk's may differ by.

    The disk reaches as far beyond the light, on either side, as the light falls
    short of its diameter.
    """
    block = inputs.block[0]
    semi = inputs.across_px * inputs.oversampling

    def values(lines: slice) -> Single:
        counts = inputs.counts.read(band, lines)
        if len(counts) < block:
            return np.zeros((0, counts.shape[1]), np.float32)
        return block_values(line_blocks(counts, block), coefficients)

    step = _strip_step(inputs)
    lit = _lit_parts({part.start: values(part) for part in scouted_lines(inputs)})
    if not lit:
        starts = range(0, inputs.lines, step)
        lit = _lit_parts(
            {start: values(slice(start, min(start + step, inputs.lines))) for start in starts}
        )
    if not lit:
        raise InputError(
            f"band {band}", "a Moon brighter than the sky", "none in any lines", "check the scene"
        )
    low = max(lit[0] - step, 0)
    around = slice(low, min(lit[-1] + 2 * step, inputs.lines))
    ahead(around)
    part = values(around)
    bright = np.flatnonzero(_above(_line_light(part)))
    across = np.convolve(profiles(part[bright])[1], np.ones(9) / 9.0, "same")
    columns = np.flatnonzero(_above(across))
    middle = low + (bright[0] + bright[-1] + 1) / 2.0 * block
    centre = float(columns[0] + columns[-1]) / 2.0
    lit_lines = float(bright[-1] - bright[0] + 1) * block
    return (
        Outline(middle, centre, inputs.across_px, inputs.oversampling),
        max(semi - lit_lines / 2.0, 0.0),
    )


def _above(profile: Array) -> NDArray[np.bool_]:
    return np.asarray(profile > 0.25 * np.quantile(profile, 0.97))


def _line_light(values: Single) -> Array:
    """Mean light of the brightest part of each block of lines, equalised counts."""
    good = np.flatnonzero(np.isfinite(values).all(axis=0))
    width = max(good.size // 64, 1)
    cells = values[:, good[: good.size // width * width]].reshape(len(values), -1, width)
    means = np.sort(median(cells, axis=2), axis=1)
    upper = means[:, -max(means.shape[1] // 8, 1) :].mean(axis=1)
    return np.asarray(upper - median(means, axis=1), dtype=np.float64)


def _lit_parts(seen: dict[int, Single]) -> list[int]:
    light = {start: _line_light(one) for start, one in seen.items() if len(one)}
    if not light:
        return []
    level = np.sort(np.concatenate([*light.values()]))
    dark = float(median(level[: max(level.size // 3, 1)]))
    spread = float(np.ptp(level[: max(level.size // 3, 1)]))
    peak = float(level[-1]) - dark
    if not peak > max(LEAST_SIGNAL_SIGMA * spread, 0.3):
        return []
    return sorted(s for s, one in light.items() if (one - dark > 0.25 * peak).any())
