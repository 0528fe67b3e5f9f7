"""A matched filter for ghosts: all shifts of one source at once, and what chance alone reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]
LEAST_POWER: Final = 0.15
FULL_POWER: Final = 0.5
# Products of more numbers than this are done by several threads, which wait for each other.
ONE_THREAD: Final = 250_000


@dataclass(frozen=True, eq=False)
class GhostScan:
    """One source band at every shift (n).

    `shift` counts blocks of columns; `significance` is the ghost's factor over
    its standard uncertainty `u_factor`, where `usable`: enough of the ghost would
    lie on the sky. `crossings` is the length of the search in units of the
    filter's own correlation, see `global_probability`.
    """

    shift: NDArray[np.intp]
    significance: Array
    u_factor: Array
    usable: Mask
    crossings: float

    @property
    def best(self) -> int:
        """Index of the greatest significance."""
        return int(np.argmax(np.where(self.usable, self.significance, -np.inf)))

    @property
    def top(self) -> float:
        """Shift at the top of a parabola through the greatest significance and those beside it."""
        best = self.best
        if not 0 < best < self.shift.size - 1 or not self.usable[best - 1 : best + 2].all():
            return float(self.shift[best])
        left, middle, right = self.significance[best - 1 : best + 2].tolist()
        bend = min(left - 2.0 * middle + right, -1e-300)
        vertex = 0.5 * (left - right) / bend
        return float(self.shift[best] + min(max(vertex, -0.5), 0.5))

    @property
    def clear(self) -> NDArray[np.intp]:
        """Indices of the shifts that leave half of the ghost's power, or more, on the sky."""
        least = np.min(self.u_factor, initial=np.inf)
        return np.flatnonzero(self.usable & (self.u_factor <= least / math.sqrt(FULL_POWER)))


class GhostFilter:
    r"""Matched filter of one source for the sky of one band, ready for every shift along columns.

    With the template t less its mean in each column of the sky,

    .. math:: z(s) = \frac{\sum_{ij} w_{ij} r_{ij}\,t_{i,j-s}}{\sigma\sqrt{p(s)}}, \qquad
              p(s) = \sum_{ij} w_{ij} t_{i,j-s}^2
                     - \sum_j \frac{(\sum_i w_{ij} t_{i,j-s})^2}{\sum_i w_{ij}}

    All sums over i are matrix products, those over j at one shift sums along
    their diagonals. The power p is of the source and the sky's place alone, so
    that a filter serves as often as the rest of the sky changes. What a drift and
    halos explain of the template is not taken off p, which makes z smaller than
    it might be, never larger.

    Parameters
    ----------
    weight
        (i, j) share of good pixels, 0 off the sky.
    template
        (i, j) the source's light at the same lines, not shifted.
    count
        Whether to count `crossings`, NaN otherwise; half of the work.

    Examples
    --------
    >>> light = np.zeros((30, 60))
    >>> light[10:20, 20:30] = 50.0
    >>> sky = np.random.default_rng(2).normal(0.0, 0.1, light.shape)
    >>> sky += 0.05 * np.roll(light, 17, axis=1)
    >>> found = GhostFilter(np.ones(light.shape), light).scan(sky - sky.mean(axis=0), 0.1)
    >>> int(found.shift[found.best])
    17
    """

    def __init__(self, weight: Array, template: Array, *, count: bool = True) -> None:
        self._light, self._rows, first = _lit_part(template)
        light = self._light
        total = weight.sum(axis=0)
        share = np.where(total > 0.0, 1.0 / np.maximum(total, 1e-9), 0.0).astype(np.float32)
        known = weight[self._rows].T.astype(np.float32)
        here, power = _times(known, light), _times(known, light**2)
        power -= here**2 * share[:, None]
        (sums,) = _by_shift(power[None])
        self._power = np.maximum(sums, 0.0)
        self.usable: Mask = self._power > LEAST_POWER * self._power.max(initial=0.0)
        self._size = np.sqrt(np.where(self.usable, self._power, np.inf))
        self.shift = np.arange(sums.size) - (light.shape[1] - 1 + first)
        self.crossings = self._crossings(known, here, share) if count else math.nan

    def _crossings(self, known: Single, here: Single, share: Single) -> float:
        """Length of the search, by the likeness of each shift and the next."""
        light, size = self._light, self._size
        following = _times(known, light * _moved(light))
        following -= here * _moved(here) * share[:, None]
        (sums,) = _by_shift(following[None])
        pair = self.usable[:-1] & self.usable[1:]
        likeness = np.where(pair, sums[:-1] / (size[:-1] * size[1:]), 1.0)
        step = np.sqrt(2.0 * np.clip(1.0 - likeness, 0.0, 1.0)) / (2.0 * math.pi)
        return float(step.sum())

    def scan(self, rest: Array, noise: float) -> GhostScan:
        """Significance of a ghost at every shift.

        Parameters
        ----------
        rest
            (i, j) weighted rest of the sky, as `SkyProjection.rest` gives it.
        noise
            Standard deviation of a block of full weight.
        """
        (product,) = _by_shift(_times(rest[self._rows].T.astype(np.float32), self._light)[None])
        doubt = noise / self._size
        return GhostScan(
            self.shift,
            product / (noise * self._size),
            np.where(self.usable, doubt, np.inf),
            self.usable,
            self.crossings,
        )


def global_probability(significance: float, scans: Sequence[GhostScan]) -> float:
    r"""Chance that empty skies reach a significance anywhere in all of these scans.

    .. math:: p = 1 - \exp\Bigl(-\sum_{\text{scans}}
              \bigl(\Phi(-z) + c\,e^{-z^2/2}\bigr)\Bigr)

    with the expected number of upcrossings by Rice's formula; `c` is the sum
    over neighbouring shifts of ``sqrt(2 (1 - correlation)) / 2 pi``. For ghosts
    that are no darker than nothing (one side).

    References
    ----------
    Davies, R. B. (1987), Biometrika 74, 33, doi:10.1093/biomet/74.1.33;
    Gross & Vitells (2010), Eur. Phys. J. C 70, 525, doi:10.1140/epjc/s10052-010-1470-8.

    Examples
    --------
    >>> one = GhostScan(np.arange(2), np.zeros(2), np.ones(2), np.ones(2, bool), 40.0)
    >>> round(global_probability(3.0, [one]), 2), round(global_probability(5.0, [one]), 5)
    (0.36, 0.00015)
    """
    tail = float(ndtr(-significance)) * sum(1 for one in scans if one.usable.any())
    crossings = sum(one.crossings for one in scans) * math.exp(-0.5 * significance**2)
    return -math.expm1(-tail - crossings)


def global_threshold(scans: Sequence[GhostScan], probability: float = 0.05) -> float:
    """Significance that empty skies reach with this global probability.

    Examples
    --------
    >>> one = GhostScan(np.arange(2), np.zeros(2), np.ones(2), np.ones(2, bool), 40.0)
    >>> round(global_threshold([one]), 1)
    3.7
    """
    low, high = 0.0, 12.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = global_probability(middle, scans) > probability
        low, high = (middle, high) if above else (low, middle)
    return high


def _lit_part(template: Array) -> tuple[NDArray[np.float32], slice, int]:
    """Part of a template with light, an empty column behind it; its rows and first column."""
    rows, columns = (np.flatnonzero((template != 0.0).any(axis=k)) for k in (1, 0))
    if not rows.size:
        return np.zeros((1, 2), np.float32), slice(0, 1), 0
    down = slice(int(rows[0]), int(rows[-1]) + 1)
    across = slice(int(columns[0]), int(columns[-1]) + 1)
    part = np.zeros((down.stop - down.start, across.stop - across.start + 1), np.float32)
    part[:, :-1] = template[down, across]
    return part, down, across.start


def _moved(one: Single) -> Single:
    """Map with its columns moved by one; the first is empty."""
    return np.pad(one[:, :-1], ((0, 0), (1, 0)))


def _times(one: Single, other: Single) -> Single:
    """Matrix product, in parts that wake no further threads."""
    step = max(ONE_THREAD // max(other.size, 1), 1)
    parts = [one[first : first + step] @ other for first in range(0, len(one), step)]
    return np.concatenate(parts)


def _by_shift(products: NDArray[np.float32]) -> Array:
    """Sum (k, j, j') over equal j - j' (k, shift), from -(columns - 1) on."""
    number, rows, columns = products.shape
    wide = np.zeros((number, columns, rows + columns), np.float32)
    wide[:, :, :rows] = products.transpose(0, 2, 1)[:, ::-1]
    skewed = wide.reshape(number, -1)[:, : columns * (rows + columns - 1)]
    return np.asarray(skewed.reshape(number, columns, -1).sum(axis=1), np.float64)
