"""A band at every column: the light of a source and the sky it may lie on, shift by shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from venus_analysis.compute.moon.residual_sky import SkyMap

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]
AT_ONCE: Final = 32


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


def source_light(target: FineSky, source: FineSky) -> tuple[Single, slice, int]:
    """Light of the source's disk at the target's rows that it meets; these; its first column.

    Examples
    --------
    >>> source = FineSky(np.array([[0.0, 8.0], [0.0, 4.0]], np.float32), 0, 4,
    ...                  (slice(0, 2), slice(1, 2)))
    >>> target = FineSky(np.zeros((3, 2), np.float32), -2, 4, (slice(0), slice(0)))
    >>> light, rows, first = source_light(target, source)
    >>> light[:, 0].tolist(), rows, first
    ([4.0, 6.0, 2.0], slice(0, 3, None), 1)
    """
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


def sky_rest(target: FineSky, sky: SkyMap, model: Array, columns: slice) -> tuple[Single, Mask]:
    """Sky of some columns, without its columns' means; 0 where not used.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> fine = FineSky(np.array([[1.0, 5.0], [3.0, np.nan]], np.float32), 0, 4,
    ...                (slice(0), slice(0)))
    >>> sky = SimpleNamespace(size=(4, 2), weight=np.ones((2, 1)))
    >>> rest, used = sky_rest(fine, sky, np.zeros((2, 1)), slice(0, 2))
    >>> (rest + 0.0).tolist(), used.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[True, True], [True, False]])
    """
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


def matches(rest: Single, light: Single, first: int, shifts: int) -> Array:
    """Products of the sky with light moved to column `first` and on, at every shift.

    Blocks of the light's columns times all columns they can meet: matrix products
    that are small enough for one thread, and whose diagonals are the shifts.

    Examples
    --------
    >>> rest = np.array([[0.0, 0.0, 2.0, 3.0]], np.float32)
    >>> matches(rest, np.array([[1.0, 10.0]], np.float32), 0, 3).tolist()
    [0.0, 20.0, 32.0]
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


def power(used: tuple[Single, Single], light: Single, first: int) -> float:
    """Power of the light on the sky, the columns' means taken off.

    `used` are the light's rows (i, column), and how many of all rows (column).

    Examples
    --------
    >>> used = np.ones((2, 1), np.float32), np.array([2.0], np.float32)
    >>> power(used, np.array([[1.0], [3.0]], np.float32), 0)
    2.0
    """
    known, number = used
    start = min(max(first, 0), known.shape[1])
    here = slice(start, max(min(first + light.shape[1], known.shape[1]), start))
    part = light[:, here.start - first : here.stop - first]
    seen = part * known[:, here]
    mean = (seen.sum(axis=0, dtype=np.float64) ** 2 / np.maximum(number[here], 1.0)).sum()
    return max(float(np.vecdot(seen, part).sum()) - float(mean), 1e-300)
