"""Templates of what a scene's sky holds: halo, ghosts, and a drift along the scan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import Outline

Array = NDArray[np.float64]
HALO_SCALES: Final = (0.04, 0.08, 0.16, 0.32)
TAIL_SCALE: Final = 0.24
HALO_PARTS: Final = len(HALO_SCALES) + 1


@dataclass(frozen=True, eq=False)
class BlockMap:
    """Means over blocks of pixels, in equalised counts.

    Block (i, j) spans `size` (lines, columns) from line ``first_line + i *
    size[0]`` and column ``j * size[1]``. `value` (i, j) is NaN without a good
    pixel, `weight` the share of its pixels that are good.
    """

    value: Array
    weight: Array
    first_line: int
    size: tuple[int, int]

    def centres(self) -> tuple[Array, Array]:
        """Line (i, 1) and column (1, j) of the blocks' centres, pixels."""
        line = (
            self.first_line
            + (np.arange(self.value.shape[0], dtype=np.float64) + 0.5) * self.size[0]
            - 0.5
        )
        column = (np.arange(self.value.shape[1], dtype=np.float64) + 0.5) * self.size[1] - 0.5
        return line[:, None], column[None, :]


@dataclass(frozen=True)
class GhostGuess:
    """A ghost as it is expected: source, shift in columns, factor and its uncertainty.

    `factor` is that of equalised counts, 0 with an infinite uncertainty where
    nothing is known.
    """

    source_band: str
    shift_columns: float
    factor: float = 0.0
    u_factor: float = math.inf


def halo_templates(light: Array, size: tuple[int, int], outline: Outline) -> Array:
    """Light sent through each halo kernel (kernel, i, j).

    The kernels ``exp(-r/s) / (2 pi s**2)`` for several scales s and one with a
    far tail, ``s / (2 pi (r**2 + s**2)**1.5)``, circular on the sky; a mix of
    them stands for any halo that falls with the distance.

    Parameters
    ----------
    light
        (i, j) light in blocks.
    size
        Lines and columns of a block.
    outline
        Its axes scale the kernels.

    Examples
    --------
    >>> light = np.zeros((40, 40))
    >>> light[20, 20] = 1.0
    >>> sent = halo_templates(light, (1, 1), Outline(20.0, 20.0, 100.0))
    >>> sent.shape, bool((np.diff(sent[:, 20, 20:], axis=1) < 1e-6).all())
    ((5, 40, 40), True)
    """
    scales = [scale * outline.across_px for scale in HALO_SCALES]
    step = (size[0] / outline.oversampling, float(size[1]))
    room = [
        _fast_length(n + math.ceil(2.5 * outline.across_px / d))
        for n, d in zip(light.shape, step, strict=True)
    ]
    transform = np.fft.rfft2(light.astype(np.float32), room)
    k2 = (np.fft.fftfreq(room[0], step[0])[:, None] ** 2).astype(np.float32)
    k2 = k2 + (np.fft.rfftfreq(room[1], step[1])[None, :] ** 2).astype(np.float32)
    kernels = [(1.0 + np.float32((2.0 * np.pi * s) ** 2) * k2) ** np.float32(-1.5) for s in scales]
    kernels.append(np.exp(np.float32(-2.0 * np.pi * TAIL_SCALE * outline.across_px) * np.sqrt(k2)))
    out = np.empty((len(kernels), *light.shape), np.float64)
    for row, kernel in enumerate(kernels):
        sent = np.fft.irfft2(transform * kernel, room)
        out[row] = sent[: light.shape[0], : light.shape[1]]
    return out


def _fast_length(least: int) -> int:
    """Least length with no prime factor above 5, which divides a power of 30: a quick transform."""
    length = least
    while pow(30, length.bit_length(), length):
        length += 1
    return length


def ghost_template(source: BlockMap, target: BlockMap, shift_columns: float) -> Array:
    """Source band's light at the target's own blocks, moved along the columns (i, j).

    Examples
    --------
    >>> source = BlockMap(np.array([[0.0, 4.0, 0.0]]), np.ones((1, 3)), 0, (2, 2))
    >>> source = BlockMap(source.value.repeat(2, 0), np.ones((2, 3)), 0, (2, 2))
    >>> ghost_template(source, source, 2.0)[0].tolist()
    [0.0, 0.0, 4.0]
    """
    line, column = target.centres()
    from_line, from_column = source.centres()
    light = np.nan_to_num(source.value)
    rows = np.stack(
        [np.interp(column[0] - shift_columns, from_column[0], one, 0.0, 0.0) for one in light]
    )
    at = (line[:, 0] - from_line[0, 0]) / source.size[0]
    low = np.clip(np.floor(at).astype(int), 0, len(rows) - 2)
    part = np.clip(at - low, 0.0, 1.0)[:, None]
    inside = ((at > -1.0) & (at < len(rows)))[:, None]
    return np.asarray(((1.0 - part) * rows[low] + part * rows[low + 1]) * inside)


def find_ghost(blocks: BlockMap, outline: Outline, source: BlockMap) -> tuple[float, float]:
    """Shift (columns) and significance (sigma) of a ghost that no file names.

    A matched filter over all shifts, on columns that the disk does not touch:
    each column's own mean is taken out, as its dark level is not known. Over
    some hundred shifts and 24 pairs of bands chance reaches 4 to 5 sigma.

    Examples
    --------
    >>> noise = np.random.default_rng(2).normal(0.0, 0.1, (20, 30))
    >>> light = np.zeros((20, 30))
    >>> light[8:12, 4:8] = 50.0
    >>> source = BlockMap(light, np.ones((20, 30)), 0, (4, 4))
    >>> sky = BlockMap(noise + 0.05 * np.roll(light, 12, axis=1), np.ones((20, 30)), 0, (4, 4))
    >>> find_ghost(sky, Outline(38.0, 24.0, 10.0), source)[0]
    48.0
    """
    line, column = blocks.centres()
    u, v = outline.unit(line, column)
    free = np.asarray(np.isfinite(blocks.value).all(axis=0) & (np.hypot(u, v) > 1.15).all(axis=0))
    if free.sum() < 8:
        return 0.0, 0.0
    value = np.where(free, np.nan_to_num(blocks.value), 0.0)
    value = (value - value.mean(axis=0)) * free
    # a common drift and steps between blocks of lines would be taken for light
    noise = robust_scatter(np.diff(value[:, free], axis=0).ravel()) / math.sqrt(2.0)
    template = ghost_template(source, blocks, 0.0)
    template = template - template.mean(axis=0)
    power, number = (template**2).sum(axis=0), value.shape[1]
    best = (0.0, 0.0)
    for shift in range(-number + 4, number - 3):
        to, start = slice(max(shift, 0), min(number, number + shift)), max(-shift, 0)
        part = slice(start, start + to.stop - to.start)
        energy = float(power[part][free[to]].sum())
        if energy > 0.2 * power.sum():
            match = float((value[:, to] * template[:, part]).sum()) / math.sqrt(energy) / noise
            best = max(best, (match, float(shift * blocks.size[1])))
    return best[1], best[0]


def drift_basis(lines: int, knots: int) -> Array:
    """Hat functions along the scan (knot, i), the first one left out (columns hold the level).

    Examples
    --------
    >>> drift_basis(5, 3)
    array([[0. , 0.5, 1. , 0.5, 0. ],
           [0. , 0. , 0. , 0.5, 1. ]])
    """
    at = np.linspace(0.0, knots - 1.0, lines)
    return np.maximum(1.0 - np.abs(at[None, :] - np.arange(1, knots)[:, None]), 0.0)


def robust_scatter(rest: Array) -> float:
    """Estimate a standard deviation by the median distance from the median; 1 for less than 10.

    Examples
    --------
    >>> round(robust_scatter(np.append(np.arange(-10.0, 11.0), 1e6)), 1)
    8.2
    """
    if rest.size < 10:
        return 1.0
    return max(1.4826 * float(median(np.abs(rest - median(rest)))), 1e-9)
