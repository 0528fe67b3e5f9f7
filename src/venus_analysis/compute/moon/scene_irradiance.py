"""Irradiance of the Moon in one band of a scene: halo in, ghosts out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import BandCoefficients, RadiometryOptions
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.pixels import (
    LEVEL_SHARE,
    SPIKE_SIGMA,
    Spikes,
    find_spikes,
    spike_candidates,
)
from venus_analysis.compute.moon.scene_sky import BlockMap, SceneSky
from venus_analysis.compute.radiometry import counts_to_radiance

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.uint16]
APERTURES: Final = (1.02, 1.05, 1.1, 1.2, 1.3)
MAIN_APERTURE: Final = 2
LINES_AT_ONCE: Final = 32
HALO_DOUBT: Final = 0.3
HALO_TAIL_SHARE: Final = 0.1
LARGEST_BLOCK: Final = 64  # 64 counts of 1023 still fit in 16 bits
FULL_SCALE: Final = 1023


@dataclass(frozen=True, eq=False)
class LineBlocks:
    """Sums, highest and lowest counts of blocks of lines (block, column)."""

    total: NDArray[np.uint32]
    highest: Counts
    lowest: Counts
    lines: int


def line_blocks(counts: Counts, lines: int) -> LineBlocks:
    """Add up blocks of lines, column by column; lines that fill no block are left out.

    Parameters
    ----------
    counts
        (line, column) raw counts.
    lines
        Lines of a block, at most 64.

    Examples
    --------
    >>> blocks = line_blocks(np.array([[1, 2], [3, 4], [5, 6]], np.uint16), 2)
    >>> blocks.total, blocks.highest
    (array([[4, 6]], dtype=uint32), array([[3, 4]], dtype=uint16))
    """
    number = len(counts) // lines
    shape = (number, counts.shape[1])
    total, high = np.empty(shape, np.uint32), np.empty(shape, np.uint16)
    low = np.empty(shape, np.uint16)
    for row in range(number):
        block = counts[row * lines : (row + 1) * lines]
        np.maximum.reduce(block, axis=0, out=high[row])
        np.minimum.reduce(block, axis=0, out=low[row])
        # in 16 bits the sum runs at the speed of memory
        fits = high[row].max() <= FULL_SCALE
        total[row] = np.add.reduce(block, axis=0, dtype=np.uint16 if fits else np.uint32)
    return LineBlocks(total, high, low, lines)


def block_values(blocks: LineBlocks, coefficients: BandCoefficients) -> NDArray[np.float32]:
    """Mean equalised counts of blocks of lines (block, column); NaN in bad columns.

    The response is applied to the mean count, which is exact for the sky and
    good to some per mille where the break lies within a block of the disk.
    """
    rows = unit_gain(coefficients).rows(RadiometryOptions(defective="mask"))
    value = blocks.total.astype(np.float32)
    value *= np.float32(1.0 / blocks.lines)
    value -= rows.dark
    value *= rows.slope
    above = np.maximum(value, rows.knee_radiance)
    above -= rows.knee_radiance
    above *= rows.extra
    value += above
    value[:, coefficients.defective] = np.nan
    return value


def unit_gain(coefficients: BandCoefficients, columns: slice = slice(None)) -> BandCoefficients:
    """Coefficients of some columns that lead to equalised counts instead of radiance."""
    at = coefficients
    return BandCoefficients(
        1.0,
        at.dark[columns],
        at.first_slope[columns],
        at.second_slope[columns],
        at.break_level[columns],
        at.defective[columns] | at.unknown[columns],
    )


def block_map(
    values: NDArray[np.float32], good: Mask, first_line: int, size: tuple[int, int]
) -> BlockMap:
    """Mean over blocks of columns, good ones only.

    Parameters
    ----------
    values
        (block, column) means over lines.
    good
        (block, column) what may be used.
    first_line
        Line of the scene that the first block begins with.
    size
        Lines and columns of a block.
    """
    number = -(-values.shape[1] // size[1])
    starts = np.arange(number) * size[1]
    share = np.add.reduceat(good, starts, axis=1, dtype=np.float64)
    total = np.add.reduceat(np.where(good, values, np.float32(0.0)), starts, axis=1, dtype=float)
    mean = np.where(share > 0.0, total / np.maximum(share, 1.0), np.nan)
    return BlockMap(mean, share / size[1], first_line, size)


def chords(outline: Outline, radius: float, lines: Array, columns: int) -> tuple[Array, Array]:
    """First and one past the last column within `radius` (in radii) on each line.

    Examples
    --------
    >>> first, stop = chords(Outline(5.0, 5.0, 3.0), 1.0, np.array([5.0, 9.0]), 20)
    >>> first.tolist(), stop.tolist()
    ([2, 5], [9, 5])
    """
    v = (lines - outline.centre_line) / outline.semi_axis_line_px
    half = outline.semi_axis_column_px * np.sqrt(np.maximum(radius**2 - v**2, 0.0))
    middle = outline.centre_column + outline.shear * (lines - outline.centre_line)
    inside = np.abs(v) <= radius
    first = np.where(inside, np.ceil(middle - half), np.floor(middle))
    stop = np.where(inside, np.floor(middle + half) + 1.0, first)
    return (
        np.clip(first, 0, columns).astype(np.intp),
        np.clip(stop, 0, columns).astype(np.intp),
    )


def pixels_per_block(
    outline: Outline, radius: float, blocks: BlockMap, columns: int, lines: slice
) -> Array:
    """Pixels of the aperture in each block (i, j), of the lines that were read."""
    size = blocks.size
    rows, number = blocks.value.shape
    line = blocks.first_line + np.arange(rows * size[0])
    first, stop = chords(outline, radius, line.astype(float), columns)
    stop = np.where((line >= lines.start) & (line < lines.stop), stop, first)
    edge = np.arange(number) * size[1]
    within = np.minimum(stop[:, None], edge + size[1]) - np.maximum(first[:, None], edge)
    pixels = np.maximum(within, 0).reshape(rows, size[0], number).sum(axis=1)
    return np.asarray(pixels, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class DiskSums:
    """Equalised counts summed over each aperture, and what the pixel filter met.

    `total` and `pixels` (aperture); `noise_variance` of the main aperture's sum
    (counts²); `filled_share` the share of the sum that was interpolated;
    `saturated`, `zero` pixels within the limb.
    """

    total: Array
    pixels: NDArray[np.int64]
    noise_variance: float
    u_filter: float
    filled: int
    spikes: Spikes
    saturated: int
    line_sum: Array


def disk_sums(
    counts: Counts,
    first_line: int,
    coefficients: BandCoefficients,
    outline: Outline,
    noise: tuple[float, float],
) -> DiskSums:
    """Sum equalised counts over growing apertures, in blocks of lines that stay in the cache.

    Parameters
    ----------
    counts
        (line, column) raw counts, from `first_line` of the scene on.
    first_line
        See `counts`.
    coefficients
        Of all columns; defective ones are interpolated.
    outline
        Of the disk, pixels of the scene.
    noise
        A and B of the noise model, counts.
    """
    columns = counts.shape[1]
    reach = APERTURES[-1]
    tall = reach * outline.semi_axis_line_px
    low = max(math.floor(outline.centre_line - tall), first_line)
    high = min(math.ceil(outline.centre_line + tall) + 1, first_line + len(counts))
    wide = reach * math.hypot(
        outline.semi_axis_column_px, outline.shear * outline.semi_axis_line_px
    )
    left = int(np.clip(math.floor(outline.centre_column - wide) - 3, 0, columns - 1))
    right = int(np.clip(math.ceil(outline.centre_column + wide) + 4, left + 1, columns))
    span = slice(left, right)
    cut = unit_gain(coefficients, span)
    options = RadiometryOptions(widest_gap=columns)
    bad = cut.defective
    total, pixels = np.zeros(len(APERTURES)), np.zeros(len(APERTURES), np.int64)
    saturated = filled = 0
    fill_square = 0.0
    found: list[Spikes] = []
    sigma = math.sqrt(max(noise[0], 0.0) ** 2 + 1.0 / 12.0)
    line_sum = np.zeros(max(high - low, 0))
    buffer = np.empty((LINES_AT_ONCE + 4, right - left), np.float32)
    end = first_line + len(counts)
    ends = [chords(outline, r, np.arange(low, high, dtype=float), columns) for r in APERTURES]
    top = _bright_level(counts, outline, first_line, cut, span)
    step = int(SPIKE_SIGMA * sigma + LEVEL_SHARE * top)
    for start in range(low, high, LINES_AT_ONCE):
        stop = min(start + LINES_AT_ONCE, high)
        # two lines of the neighbouring blocks, for the test of the first and last lines
        before = max(start - 2, first_line)
        block = counts[before - first_line : min(stop + 2, end) - first_line, span]
        image = counts_to_radiance(block, cut, options, out=buffer[: len(block)])
        np.nan_to_num(image, copy=False)
        spikes = find_spikes(image, spike_candidates(block, step), noise, top, ~bad)
        own = slice(start - before, stop - before)
        found.append(_of_lines(spikes, own, start, left))
        block, image = block[own], image[own]
        if block.max() >= FULL_SCALE:
            saturated += int(((block >= FULL_SCALE) & ~bad).sum())
        running = np.zeros((stop - start, right - left + 1))
        np.cumsum(image, axis=1, out=running[:, 1:])
        rows = np.arange(stop - start)
        for k, (first, last) in enumerate(ends):
            f = np.clip(first[start - low : stop - low] - left, 0, right - left)
            e = np.clip(last[start - low : stop - low] - left, f, right - left)
            sums = running[rows, e] - running[rows, f]
            total[k] += sums.sum()
            pixels[k] += int((e - f).sum())
            if k == MAIN_APERTURE:
                line_sum[start - low : stop - low] = sums
                for column in np.flatnonzero(bad):
                    inside = (f <= column) & (column < e)
                    filled += int(inside.sum())
                    fill_square += float((0.03 * image[inside, column]).sum()) ** 2
    merged = _merge(found)
    inner = merged.u_change
    variance = float(pixels[MAIN_APERTURE]) * sigma**2 + max(noise[1], 0.0) * max(
        float(total[MAIN_APERTURE]), 0.0
    )
    return DiskSums(
        total,
        pixels,
        variance,
        math.sqrt(fill_square + float((inner**2).sum())),
        filled,
        merged,
        saturated,
        line_sum,
    )


def _bright_level(
    counts: Counts, outline: Outline, first_line: int, cut: BandCoefficients, span: slice
) -> float:
    """Level that 5 % of the disk exceed, equalised counts, from every 16th line and 4th column."""
    half = round(0.7 * outline.semi_axis_line_px)
    middle = round(outline.centre_line) - first_line
    some = counts[max(middle - half, 0) : max(middle + half, 1) : 16, span][:, ::4]
    if not some.size:
        return 0.0
    value = (some - cut.dark[::4]) / cut.first_slope[::4]
    value = value[np.isfinite(value)]
    return max(float(np.quantile(value, 0.97)), 0.0) if value.size else 0.0


def _of_lines(spikes: Spikes, lines: slice, start: int, left: int) -> Spikes:
    """Spikes of some lines of a block, in the scene's lines and columns."""
    own = (spikes.line >= lines.start) & (spikes.line < lines.stop)
    line = spikes.line[own] - lines.start + start
    return Spikes(line, spikes.column[own] + left, spikes.change[own], spikes.u_change[own])


def _merge(found: list[Spikes]) -> Spikes:
    if not found:
        empty = np.empty(0, np.intp)
        return Spikes(empty, empty, np.empty(0), np.empty(0))
    return Spikes(
        *(
            np.concatenate([getattr(one, name) for one in found])
            for name in ("line", "column", "change", "u_change")
        )
    )


@dataclass(frozen=True)
class SceneIrradiance:
    """Irradiance (W m-2 um-1) of one band and its relative budget (k = 1) by term."""

    irradiance: float
    pixel_number: int
    halo_outside_mask: float
    background_removed: float
    budget: Mapping[str, float] = field(default_factory=dict)
    sensitivity: Mapping[str, float] = field(default_factory=dict)


def scene_irradiance(
    sums: DiskSums,
    sky: SceneSky,
    coverage: list[Array],
    absolute_gain: float,
    pixel_solid_angle_sr: float,
    oversampling: float,
    u_oversampling: float,
) -> SceneIrradiance:
    r"""Irradiance from the aperture sums and the sky.

    .. math:: E = \frac{\Omega}{A_k\,o}
              \Bigl(\sum_{r<r_k} (Z - c - g - \text{ghosts}) + \text{halo beyond}\Bigr)

    Parameters
    ----------
    sums
        From `disk_sums`.
    sky
        From `venus_analysis.compute.moon.scene_sky.fit_scene_sky`.
    coverage
        Pixels per block of each aperture, see `pixels_per_block`.
    absolute_gain
        Ak, counts / (W m-2 sr-1 um-1).
    pixel_solid_angle_sr
        Solid angle of a pixel that is not oversampled.
    oversampling, u_oversampling
        Along the scan, and its relative standard uncertainty.
    """
    removed = np.array([sky.removed(one) for one in coverage])
    beyond = np.array([sky.halo_outside(one) for one in coverage])
    z = sums.total - removed + beyond
    main = float(z[MAIN_APERTURE])
    scale = pixel_solid_angle_sr / (absolute_gain * oversampling)
    if not main > 0.0:
        return SceneIrradiance(math.nan, int(sums.pixels[MAIN_APERTURE]), math.nan, math.nan)
    one = coverage[MAIN_APERTURE]
    budget = {
        "noise": math.sqrt(sums.noise_variance) / main,
        "background": sky.u_sum(one) / main,
        "halo": HALO_DOUBT * abs(float(beyond[MAIN_APERTURE])) / main,
        # a far tail of the halo cannot be told from the dark level of the columns
        "halo tail": HALO_TAIL_SHARE * sky.halo_fraction,
        "aperture": float(np.ptp(z[1:4])) / math.sqrt(12.0) / main,
        "pixel filter": sums.u_filter / main,
        "oversampling": u_oversampling,
    }
    names = [f"aperture {r:g}" for r in APERTURES]
    sensitivity: dict[str, Any] = {
        name: float(value) / main - 1.0 for name, value in zip(names, z, strict=True)
    }
    return SceneIrradiance(
        main * scale,
        int(sums.pixels[MAIN_APERTURE]),
        float(beyond[MAIN_APERTURE]) * scale,
        float(removed[MAIN_APERTURE]) * scale,
        budget,
        sensitivity,
    )
