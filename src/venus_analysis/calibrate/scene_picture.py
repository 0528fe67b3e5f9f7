"""Pictures of a band's disk for products and explorers: read again, never needed for numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.scene_result import BandResult
from venus_analysis.collect.scene import open_scene, read_counts
from venus_analysis.compute.coefficients import (
    FULL_SCALE_COUNTS,
    BandCoefficients,
    RadiometryOptions,
)
from venus_analysis.compute.moon.sky_templates import BlockMap
from venus_analysis.compute.radiometry import counts_to_radiance
from venus_analysis.errors import InputError
from venus_analysis.flags import PixelFlag

Counts = NDArray[np.uint16]
Single = NDArray[np.float32]
SPIKE_ROOM = 3


@dataclass(frozen=True, eq=False)
class CutOut:
    """Radiance about the disk in blocks, as it was summed, with the reasons of replaced pixels.

    The columns' residual level, the drift along the scan and the ghosts that
    were fitted are taken off, so that a sum over `mask` is what was measured but
    for the halo beyond it; the halo stays in.

    `radiance` (i, j) float32 area means, W m-2 sr-1 um-1; `reasons` bits of
    `PixelFlag` that any pixel of a block carries; `mask` whether a block's
    centre lies within the aperture. Block (0, 0) begins at `first_line`,
    `first_column` of the scene and is `step_lines` by `step_columns` pixels.
    """

    radiance: Single
    reasons: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    first_line: int
    first_column: int
    step_lines: int
    step_columns: int


def crop(result: BandResult, reach: float = 1.15) -> tuple[Single, int, int]:
    """Radiance (line, column) within `reach` radii, and its first line and column.

    Parameters
    ----------
    result
        A band that was measured.
    reach
        Half the height and width of the crop, in those of the outline.

    Raises
    ------
    InputError
        No Moon was measured, or the scene cannot be read any more.
    """
    lines, columns = _region(result, reach)
    counts = _counts(result, lines, columns)
    return _radiance(result, counts, lines, columns), lines.start, columns.start


def cut_out(result: BandResult, size: int = 512, reach: float = 1.3) -> CutOut:
    """Area means of at most size x size blocks within `reach` radii; see `CutOut`.

    Raises
    ------
    InputError
        As `crop`.
    """
    lines, columns = _region(result, reach)
    step = (
        math.ceil((lines.stop - lines.start) / size),
        math.ceil((columns.stop - columns.start) / size),
    )
    rows = slice(lines.start, lines.start + (lines.stop - lines.start) // step[0] * step[0])
    wide = slice(columns.start, columns.start + (columns.stop - columns.start) // step[1] * step[1])
    shape = (
        (rows.stop - rows.start) // step[0],
        step[0],
        (wide.stop - wide.start) // step[1],
        step[1],
    )
    counts = _counts(result, rows, wide)
    radiance = _radiance(result, counts, rows, wide).reshape(shape).mean(axis=(1, 3))
    reasons = np.bitwise_or.reduce(_reasons(result, counts, rows, wide).reshape(shape), axis=(1, 3))
    line = rows.start + (np.arange(shape[0]) + 0.5) * step[0] - 0.5
    column = wide.start + (np.arange(shape[2]) + 0.5) * step[1] - 0.5
    if result.outline is None:
        raise _nothing(result)
    u, v = result.outline.unit(line[:, None], column[None, :])
    inside = np.asarray(np.hypot(u, v) <= result.aperture)
    return CutOut(radiance, reasons, inside, rows.start, wide.start, *step)


def _nothing(result: BandResult) -> InputError:
    return InputError(
        f"band {result.band}", "a measured Moon", result.reason or "none", "look at its flags"
    )


def _region(result: BandResult, reach: float) -> tuple[slice, slice]:
    at = result.outline
    if at is None or result.coefficients is None:
        raise _nothing(result)
    tall, wide = reach * at.semi_axis_line_px, reach * at.half_width_px
    lines = slice(
        max(math.floor(at.centre_line - tall), result.window.start),
        min(math.ceil(at.centre_line + tall) + 1, result.window.stop),
    )
    columns = slice(
        max(math.floor(at.centre_column - wide), 0),
        min(math.ceil(at.centre_column + wide) + 1, result.coefficients.columns),
    )
    return lines, columns


def _coefficients(result: BandResult) -> BandCoefficients:
    if result.coefficients is None:
        raise _nothing(result)
    return result.coefficients


def _counts(result: BandResult, lines: slice, columns: slice) -> Counts:
    scene = open_scene(result.path)
    try:
        return read_counts(scene, result.band, lines, columns)
    finally:
        scene.close()


def _radiance(result: BandResult, counts: Counts, lines: slice, columns: slice) -> Single:
    """Radiance as it was summed: sky and ghosts off, bad columns and spikes replaced."""
    at = _coefficients(result)
    part = BandCoefficients(
        at.absolute_gain,
        at.dark[columns],
        at.first_slope[columns],
        at.second_slope[columns],
        at.break_level[columns],
        at.defective[columns] | at.unknown[columns],
    )
    radiance = counts_to_radiance(counts, part, RadiometryOptions(widest_gap=at.columns))
    radiance -= (result.column_level[columns] / at.absolute_gain).astype(np.float32)
    if result.stray_level is not None:
        stray = level_at(result.stray_level, lines, columns)
        stray *= np.float32(1.0 / at.absolute_gain)
        radiance -= stray
    return _without_spikes(np.nan_to_num(radiance), result, lines, columns)


def level_at(blocks: BlockMap, lines: slice, columns: slice) -> Single:
    """Level of each pixel, linear between the centres of blocks.

    Parameters
    ----------
    blocks
        Level in blocks, no NaN.
    lines, columns
        Pixels of the scene.

    Examples
    --------
    >>> blocks = BlockMap(np.array([[0.0, 4.0], [0.0, 4.0]]), np.ones((2, 2)), 0, (2, 4))
    >>> level_at(blocks, slice(0, 1), slice(0, 8))
    array([[0. , 0. , 0.5, 1.5, 2.5, 3.5, 4. , 4. ]], dtype=float32)
    """
    line, column = (axis.ravel() for axis in blocks.centres())
    across = np.arange(columns.start, columns.stop)
    wide = np.stack([np.interp(across, column, row) for row in blocks.value]).astype(np.float32)
    at = (np.arange(lines.start, lines.stop) - line[0]) / blocks.size[0]
    at = np.clip(at, 0.0, len(wide) - 1.0)
    low = np.minimum(at.astype(np.intp), len(wide) - 2)
    part = (at - low).astype(np.float32)[:, None]
    return np.asarray(wide[low] + part * (wide[low + 1] - wide[low]))


def _without_spikes(radiance: Single, result: BandResult, lines: slice, columns: slice) -> Single:
    spike = np.zeros(radiance.shape, np.bool_)
    line, column = result.spikes[0] - lines.start, result.spikes[1] - columns.start
    inside = (line >= 0) & (line < radiance.shape[0]) & (column >= 0) & (column < radiance.shape[1])
    spike[line[inside], column[inside]] = True
    old = radiance.copy()
    for i, j in zip(line[inside].tolist(), column[inside].tolist(), strict=True):
        ring = (
            slice(max(i - SPIKE_ROOM, 0), i + SPIKE_ROOM + 1),
            slice(max(j - SPIKE_ROOM, 0), j + SPIKE_ROOM + 1),
        )
        radiance[i, j] = np.median(old[ring][~spike[ring]])
    return radiance


def _reasons(result: BandResult, counts: Counts, lines: slice, columns: slice) -> NDArray[np.uint8]:
    """Bits of `PixelFlag` of each pixel; the limits of the counts in good columns only."""
    reasons = np.zeros((lines.stop - lines.start, columns.stop - columns.start), np.uint8)
    reasons[counts >= FULL_SCALE_COUNTS] |= int(PixelFlag.SATURATED)
    reasons[counts == 0] |= int(PixelFlag.ZERO_COUNT)
    at = _coefficients(result)
    reasons *= ~(at.defective | at.unknown)[columns]
    for flag, bad in (
        (PixelFlag.DEFECTIVE_INTERPOLATED, result.bad_columns),
        (PixelFlag.SUSPECT_COLUMN, result.suspect_columns),
    ):
        own = bad[(bad >= columns.start) & (bad < columns.stop)] - columns.start
        reasons[:, own] |= int(flag)
    line, column = result.spikes[0] - lines.start, result.spikes[1] - columns.start
    here = (line >= 0) & (line < len(reasons)) & (column >= 0) & (column < reasons.shape[1])
    reasons[line[here], column[here]] |= int(PixelFlag.SPIKE)
    return reasons
