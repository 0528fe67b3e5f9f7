"""The shift of a ghost to a fraction of a column, from means over lines at every column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from venus_analysis.compute.moon.residual_sky import SkyMap
from venus_analysis.compute.moon.sky_templates import robust_scatter

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]
SHARP_COLUMNS: Final = 2.5
SCATTER_STEP: Final = 5
AT_ONCE: Final = 32
# The likelihood is no parabola: by this much planted ghosts scatter more than its curvature says.
WIDER: Final = 1.5


@dataclass(frozen=True, eq=False)
class FineSky:
    """A band at every column: `value` (i, column) means over blocks of lines, NaN in bad columns.

    `first_line` of the scene and `lines` of a block place its rows; `light` tells
    which rows and columns hold the disk.
    """

    value: Single
    first_line: int
    lines: int
    disk: tuple[slice, slice]


def fine_sky(value: Single, sky: SkyMap) -> FineSky:
    """Place means over lines at every column beside the blocks of `sky`.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.residual_sky import sky_map
    >>> from venus_analysis.compute.moon.sky_templates import BlockMap
    >>> blocks = BlockMap(np.zeros((30, 30)), np.ones((30, 30)), 0, (4, 4))
    >>> sky = sky_map(blocks, Outline(59.5, 59.5, 20.0))
    >>> fine_sky(np.zeros((30, 120), np.float32), sky).disk
    (slice(10, 20, None), slice(40, 80, None))
    """
    rows, columns = (np.flatnonzero((sky.light != 0.0).any(axis=k)) for k in (1, 0))
    if not rows.size:
        at = np.flatnonzero((sky.radius < 1.05).any(axis=1))
        wide = np.flatnonzero((sky.radius < 1.05).any(axis=0))
        rows, columns = (at, wide) if at.size else (np.array([0]), np.array([0]))
    down = slice(int(rows[0]), int(rows[-1]) + 1)
    across = slice(int(columns[0]) * sky.size[1], (int(columns[-1]) + 1) * sky.size[1])
    return FineSky(value, sky.first_line, sky.size[0], (down, across))


def refine_shift(
    target: FineSky, source: FineSky, sky: SkyMap, model: Array, shift_columns: float
) -> tuple[float, float]:
    """Shift that fits best, within a block of a first guess.

    The source's light at the target's lines is correlated with the target's sky
    at every whole shift; its limb and its markings decide, which are sharp, so
    the parabola goes through the three highest values only. The uncertainty is
    that of the light's own steepness.

    Parameters
    ----------
    target, source
        Both bands at every column.
    sky, model
        Of the target: what is sky (i, j), and what explains it without the ghost.
    shift_columns
        First guess.

    Returns
    -------
    float, float
        Shift and its standard uncertainty, columns.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.residual_sky import sky_map
    >>> from venus_analysis.compute.moon.sky_templates import BlockMap
    >>> line, column = np.arange(40)[:, None] * 4 + 1.5, np.arange(400.0)[None, :]
    >>> moon = Outline(79.5, 120.0, 40.0)
    >>> disk = 9.0 * (np.hypot(*moon.unit(line, column)) < 1.0)
    >>> noise = np.random.default_rng(1).normal(0.0, 0.01, disk.shape)
    >>> seen = disk + 0.05 * np.roll(disk, 173, axis=1) + noise
    >>> blocks = seen.reshape(40, 100, 4).mean(axis=2)
    >>> sky = sky_map(BlockMap(blocks, np.ones(blocks.shape), 0, (4, 4)), moon)
    >>> fine = fine_sky(seen.astype(np.float32), sky)
    >>> shift, doubt = refine_shift(fine, fine, sky, np.zeros(blocks.shape), 171.0)
    >>> bool(abs(shift - 173.0) < 0.5), bool(doubt < 0.5)
    (True, True)
    """
    width = sky.size[1]
    light, rows, start = _source_light(target, source)
    shifts = round(shift_columns) + np.arange(-width, width + 1)
    near = slice(max(start + int(shifts[0]), 0), max(start + int(shifts[-1]) + light.shape[1], 0))
    rest, used = _rest(target, sky, model, near)
    start -= near.start
    few = slice(None, None, SCATTER_STEP)
    noise = robust_scatter(rest[:, few][used[:, few]].astype(np.float64))
    some = np.array([0, width, 2 * width])
    seen = used[rows].astype(np.float32), used.sum(axis=0).astype(np.float32)
    powers = [_power(seen, light, start + int(shifts[k])) for k in some]
    power = np.interp(np.arange(shifts.size), some, powers)
    match = _matches(rest[rows], light, start + int(shifts[0]), shifts.size)
    gain = match / np.sqrt(power) / noise
    top = int(np.argmax(gain))
    rough = width / math.sqrt(12.0)
    if top in (0, shifts.size - 1) or not gain[top] > 0.0:
        return shift_columns, rough
    left, middle, right = gain[top - 1 : top + 2]
    vertex = 0.5 * (left - right) / min(left - 2.0 * middle + right, -1e-300)
    slope = np.pad(light, ((0, 0), (1, 1)))
    slope = np.float32(0.5) * (slope[:, 2:] - slope[:, :-2])
    steep = _power(seen, slope, start + int(shifts[top]))
    # the source has noise of its own, which is no edge
    steep = max(steep - 0.5 * noise**2 * float((slope != 0.0).sum()), 0.1 * steep)
    doubt = noise * float(power[top]) / (float(match[top]) * math.sqrt(max(steep, 1e-300)))
    if doubt < SHARP_COLUMNS:
        return float(shifts[top] + vertex), WIDER * doubt
    return _by_whole_disk(shifts, gain, rough)


def _by_whole_disk(shifts: NDArray[np.intp], gain: Array, rough: float) -> tuple[float, float]:
    """Top of a parabola through all values: edges that drown in noise say nothing."""
    x, y = shifts - float(shifts.mean()), 0.5 * gain**2
    bend, slope, _ = np.polyfit(x, y, 2)
    if not bend < 0.0:
        return float(shifts[np.argmax(gain)]), rough
    vertex = float(np.clip(-0.5 * slope / bend, x[0], x[-1]))
    return float(shifts.mean()) + vertex, WIDER * max(1.0 / math.sqrt(-2.0 * bend), SHARP_COLUMNS)


def _source_light(target: FineSky, source: FineSky) -> tuple[Single, slice, int]:
    """Light of the source's disk at the target's rows that it meets; these; its first column."""
    rows, columns = source.disk
    part = source.value[rows, columns].astype(np.float32, copy=False)
    place = target.first_line + (np.arange(len(target.value)) + 0.5) * target.lines
    at = (place - source.first_line) / source.lines - 0.5 - rows.start
    met = np.flatnonzero((at > -1.0) & (at < len(part)))
    here = slice(int(met[0]), int(met[-1]) + 1) if met.size else slice(0, 0)
    padded = np.pad(np.where(np.isnan(part), np.float32(0.0), part), ((1, 1), (0, 0)))
    low = np.floor(at[here]).astype(np.intp)
    share = (at[here] - low)[:, None].astype(np.float32)
    mixed = padded[low + 1]
    mixed += share * (padded[low + 2] - mixed)
    return mixed, here, columns.start


def _rest(target: FineSky, sky: SkyMap, model: Array, columns: slice) -> tuple[Single, Mask]:
    """Sky of some columns, without its columns' means; 0 where not used."""
    value = target.value[:, columns]
    first, width = columns.start // sky.size[1], sky.size[1]
    blocks = slice(first, -(-(columns.start + value.shape[1]) // width))
    inside = slice(columns.start - first * width, columns.start - first * width + value.shape[1])
    explained = model[:, blocks].astype(np.float32).repeat(width, axis=1)[:, inside]
    used = (sky.weight[:, blocks] > 0.0).repeat(width, axis=1)[:, inside] & np.isfinite(value)
    rest = np.where(used, value - explained, np.float32(0.0))
    rest -= rest.sum(axis=0) / np.maximum(used.sum(axis=0), 1).astype(np.float32)
    rest *= used
    return rest, used


def _matches(rest: Single, light: Single, first: int, shifts: int) -> Array:
    """Products of the sky with light moved to column `first` and on, at every shift.

    Blocks of the light's columns times all columns they can meet: matrix products
    that are small enough for one thread, and whose diagonals are the shifts.
    """
    number = -(-light.shape[1] // AT_ONCE)
    place = np.zeros((len(rest), number * AT_ONCE + shifts - 1), np.float32)
    start, stop = max(first, 0), min(first + place.shape[1], rest.shape[1])
    place[:, start - first : max(stop, start) - first] = rest[:, start : max(stop, start)]
    wide = np.zeros((len(light), number * AT_ONCE), np.float32)
    wide[:, : light.shape[1]] = light
    reach = AT_ONCE + shifts - 1
    met = sliding_window_view(place, reach, axis=1)[:, ::AT_ONCE].transpose(1, 0, 2)
    parts = wide.reshape(len(light), number, AT_ONCE).transpose(1, 2, 0)
    products = (parts @ met).sum(axis=0)
    column = np.arange(AT_ONCE)[:, None]
    return np.asarray(products[column, column + np.arange(shifts)].sum(axis=0), np.float64)


def _power(used: tuple[Single, Single], light: Single, first: int) -> float:
    """Power of the light on the sky, the columns' means taken off.

    `used` are the light's rows (i, column), and how many of all rows (column).
    """
    known, number = used
    start = min(max(first, 0), known.shape[1])
    here = slice(start, max(min(first + light.shape[1], known.shape[1]), start))
    part = light[:, here.start - first : here.stop - first]
    seen = part * known[:, here]
    mean = (seen.sum(axis=0, dtype=np.float64) ** 2 / np.maximum(number[here], 1.0)).sum()
    return max(float(np.vecdot(seen, part).sum()) - float(mean), 1e-300)
