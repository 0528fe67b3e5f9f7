"""The sky of a scene: column levels, drift along the scan, halo and ghosts, told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.optimize import lsq_linear

from venus_analysis.compute.moon.ellipse import Outline

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
HALO_SCALES: Final = (0.04, 0.08, 0.16, 0.32)
TAIL_SCALE: Final = 0.16
HALO_PARTS: Final = len(HALO_SCALES) + 1
KNOT_LINES: Final = 0.35
CLIP_SIGMA: Final = 5.0
BAND_TO_BAND: Final = 0.25
SMALLEST_SIGMA: Final = 2e-4
# Blocks are not independent to the last photon: their evidence counts for a twentieth.
EVIDENCE_SHARE: Final = 0.05
# What each part of a halo may weigh before any image is seen; wide parts look like dark level.
EXPECTED_WEIGHT: Final = (0.01, 0.01, 0.01, 0.002, 0.002)


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


@dataclass(frozen=True, eq=False)
class SceneSky:
    """What the sky holds beside the disk, in equalised counts per pixel.

    `column` (j) level of each block column (dark residual); `drift` (i) change
    along the scan; `halo` (i, j) and `halo_total` its sum over all space (counts
    x pixels); `ghost` (i, j) sum of all ghosts; `factors` of the ghosts and
    their standard uncertainties. `design` and `covariance` carry the
    uncertainty to any sum, see `u_sum`.
    """

    column: Array
    drift: Array
    halo: Array
    halo_total: float
    halo_fraction: float
    ghost: Array
    factors: tuple[float, ...]
    u_factors: tuple[float, ...]
    noise: float
    chi_square: float
    used: Mask
    _design: Array = field(repr=False)
    _total: Array = field(repr=False)
    _covariance: Array = field(repr=False)
    _column_weight: Array = field(repr=False)
    _column_mean: Array = field(repr=False)

    def removed(self, pixels: Array) -> float:
        """Dark residual, drift and ghosts, summed over `pixels` (i, j) per block."""
        level = self.column[None, :] + self.drift[:, None] + self.ghost
        return float(np.nansum(level * pixels))

    def halo_outside(self, pixels: Array) -> float:
        """Halo beyond `pixels` (i, j), outside the frame too, counts x pixels."""
        return self.halo_total - float((self.halo * pixels).sum())

    def u_sum(self, pixels: Array) -> float:
        """Return the standard uncertainty of ``halo_outside(pixels) - removed(pixels)``."""
        per_column = pixels.sum(axis=0)
        effect = self._total - np.tensordot(self._design, pixels, 2)
        effect = effect + self._column_mean @ per_column
        shared = float(effect @ self._covariance @ effect)
        weight = np.where(self._column_weight > 0.0, self._column_weight, np.inf)
        return math.sqrt(shared + self.noise**2 * float((per_column**2 / weight).sum()))


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
    """
    scales = [scale * outline.across_px for scale in HALO_SCALES]
    step = (size[0] / outline.oversampling, float(size[1]))
    room = [
        fft.next_fast_len(n + math.ceil(2.5 * outline.across_px / d), real=True)
        for n, d in zip(light.shape, step, strict=True)
    ]
    transform = fft.rfft2(light.astype(np.float32), room)
    k2 = (fft.fftfreq(room[0], step[0])[:, None] ** 2).astype(np.float32)
    k2 = k2 + (fft.rfftfreq(room[1], step[1])[None, :] ** 2).astype(np.float32)
    kernels = [(1.0 + np.float32((2.0 * np.pi * s) ** 2) * k2) ** np.float32(-1.5) for s in scales]
    kernels.append(np.exp(np.float32(-2.0 * np.pi * TAIL_SCALE * outline.across_px) * np.sqrt(k2)))
    out = np.empty((len(kernels), *light.shape), np.float64)
    for row, kernel in enumerate(kernels):
        sent = fft.irfft2(transform * kernel, room)
        out[row] = sent[: light.shape[0], : light.shape[1]]
    return out


def ghost_template(source: BlockMap, target: BlockMap, shift_columns: float) -> Array:
    """Source band's light at the target's own blocks, moved along the columns (i, j)."""
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
    """
    line, column = blocks.centres()
    u, v = outline.unit(line, column)
    free = np.asarray(np.isfinite(blocks.value).all(axis=0) & (np.hypot(u, v) > 1.15).all(axis=0))
    if free.sum() < 8:
        return 0.0, 0.0
    value = np.where(free, np.nan_to_num(blocks.value), 0.0)
    value = (value - value.mean(axis=0)) * free
    # a common drift and steps between blocks of lines would be taken for light
    noise = _scatter(np.diff(value[:, free], axis=0).ravel()) / math.sqrt(2.0)
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
    """Hat functions along the scan (knot, i), the first one left out (columns hold the level)."""
    at = np.linspace(0.0, knots - 1.0, lines)
    return np.maximum(1.0 - np.abs(at[None, :] - np.arange(1, knots)[:, None]), 0.0)


class SkyProblem:
    r"""Column levels, a drift, the halo and ghosts of one band, ready to be fitted.

    .. math:: m_{ij} = c_j + g(i) + \sum_k w_k H_k(i, j) + \sum_s f_s G_s(i, j)

    with a level c of its own for each block column, g piecewise linear along the
    scan, w >= 0 (`halo_templates`) and the ghosts' templates G with their
    factors f, held by what is known of them. Levels are eliminated column by
    column, so the problem stays at some 20 unknowns.

    Parameters
    ----------
    blocks
        Means of equalised counts over blocks.
    outline
        Of the disk, pixels of the scene.
    ghosts
        Templates (i, j) with what is expected of each.
    sky_from
        Distance from the centre, in radii, from which on blocks count as sky.
    """

    def __init__(
        self,
        blocks: BlockMap,
        outline: Outline,
        ghosts: Sequence[tuple[Array, GhostGuess]] = (),
        *,
        sky_from: float = 1.04,
    ) -> None:
        self._blocks = blocks
        self._guesses = [guess for _, guess in ghosts]
        line, column = blocks.centres()
        u, v = outline.unit(line, column)
        reach = math.hypot(
            0.5 * blocks.size[0] / outline.semi_axis_line_px,
            0.5 * blocks.size[1] / outline.across_px,
        )
        radius = np.hypot(u, v)
        known = np.isfinite(blocks.value) & (blocks.weight > 0.4)
        self._sky = (radius > sky_from + reach) & known
        self._value = np.nan_to_num(blocks.value)
        level = _sky_level(self._value, self._sky)
        self._light = np.where(radius < sky_from + reach, self._value - level, 0.0)
        templates = halo_templates(self._light, blocks.size, outline)
        rows = len(self._value)
        knots = max(3, round(rows * blocks.size[0] / (KNOT_LINES * outline.semi_axis_line_px)))
        drift = drift_basis(rows, knots)
        self._drift = drift
        self._design = np.concatenate(
            [
                np.broadcast_to(drift[:, :, None], (len(drift), *self._value.shape)),
                templates,
                np.array([one for one, _ in ghosts]).reshape(-1, *self._value.shape),
            ]
        )
        self._halo = slice(len(drift), len(drift) + len(templates))
        self._noise = 1.0
        self._weight = np.where(self._sky, blocks.weight, 0.0)
        x = self._prepare()[0]
        self._clip(x)
        self._prepare()

    def _prepare(self) -> tuple[Array, Array]:
        """Build the normal equations; the solution without a prior on the halo."""
        self._weight = np.where(self._sky, self._blocks.weight, 0.0)
        number = len(self._design)
        flat = self._design.reshape(number, -1)
        self._per_column = self._weight.sum(axis=0)
        positive = self._per_column > 0.0
        self._inverse = np.where(positive, 1.0 / np.maximum(self._per_column, 1e-9), 0.0)
        weighted = self._design * self._weight
        sums = weighted.sum(axis=1)
        self._value_sum = (self._value * self._weight).sum(axis=0)
        weighted = weighted.reshape(number, -1)
        self._inner = weighted @ flat.T - (sums * self._inverse) @ sums.T
        self._right = weighted @ self._value.ravel() - (sums * self._inverse) @ self._value_sum
        self._mean = sums * self._inverse
        return self._unknowns(None)

    def _clip(self, x: Array) -> None:
        rest = self._rest(x)
        share = np.sqrt(self._blocks.weight)
        self._noise = _scatter((rest * share)[self._sky])
        self._sky &= np.abs(rest) * share < CLIP_SIGMA * self._noise

    def _rest(self, x: Array) -> Array:
        level = self._value_sum * self._inverse - x @ self._mean
        return np.asarray(self._value - np.tensordot(x, self._design, 1) - level)

    def _unknowns(self, halo: HaloPrior | None) -> tuple[Array, Array]:
        inner, right = self._inner.copy(), self._right.copy()
        first = len(inner) - len(self._guesses)
        for row, guess in enumerate(self._guesses, start=first):
            if math.isfinite(guess.u_factor) and guess.u_factor > 0.0:
                prior = (self._noise / guess.u_factor) ** 2
                inner[row, row] += prior
                right[row] += prior * guess.factor
        if halo is not None:
            precision = (self._noise / halo.sigma) ** 2
            inner[self._halo, self._halo] += np.diag(precision)
            right[self._halo] += precision * halo.mean
        lower = np.full(len(inner), -np.inf)
        lower[self._halo] = 0.0
        return _solve(inner, right, lower, self._noise)

    def halo_evidence(self) -> tuple[Array, Array]:
        """Return the normal equations of the halo's weights alone, in units of the noise."""
        inner, right = self._inner / self._noise**2, self._right / self._noise**2
        for row, guess in enumerate(self._guesses, start=len(inner) - len(self._guesses)):
            if math.isfinite(guess.u_factor) and guess.u_factor > 0.0:
                inner[row, row] += guess.u_factor**-2
                right[row] += guess.factor * guess.u_factor**-2
        halo = np.zeros(len(inner), np.bool_)
        halo[self._halo] = True
        across = inner[np.ix_(halo, ~halo)]
        rest = inner[np.ix_(~halo, ~halo)]
        rest = rest + 1e-9 * np.diag(np.diag(rest)) + 1e-12 * np.eye(len(rest))
        tied = np.linalg.solve(rest, np.column_stack([across.T, right[~halo]]))
        return inner[np.ix_(halo, halo)] - across @ tied[:, :-1], right[halo] - across @ tied[:, -1]

    def solve(self, halo: HaloPrior | None = None) -> SceneSky:
        """Fit; `halo` is what other bands know of it."""
        x, covariance = self._unknowns(halo)
        rest, sky, blocks = self._rest(x), self._sky, self._blocks
        noise = _scatter((rest * np.sqrt(blocks.weight))[sky])
        freedom = int(sky.sum()) - int((self._per_column > 0).sum()) - len(x)
        square = float((rest[sky] ** 2 * self._weight[sky]).sum()) / noise**2
        w, last = x[self._halo], self._halo.stop
        pixels = blocks.size[0] * blocks.size[1]
        total = np.zeros(len(x))
        total[self._halo] = self._light.sum() * pixels
        share = float(w.sum())
        return SceneSky(
            _column_level(self._value, self._weight, self._design, x, self._per_column),
            self._drift.T @ x[: self._halo.start],
            np.tensordot(w, self._design[self._halo], 1),
            share * float(self._light.sum()) * pixels,
            share / (1.0 + share),
            np.tensordot(x[last:], self._design[last:], 1),
            tuple(x[last:].tolist()),
            tuple(np.sqrt(np.diag(covariance)[last:]).tolist()),
            noise,
            square / max(freedom, 1),
            sky,
            self._design,
            total,
            covariance,
            self._per_column,
            self._mean,
        )


@dataclass(frozen=True, eq=False)
class HaloPrior:
    """What is expected of the halo's weights (kernel) and their standard deviations."""

    mean: Array
    sigma: Array


def common_halo(problems: Sequence[SkyProblem]) -> HaloPrior | None:
    """Halo that fits all bands at once, as a prior for each.

    A band that sees 3 counts of Moon cannot tell a wide halo from the dark level
    of its columns; all bands together can. The halo is taken to be alike in all
    bands within 25 % of each of its parts.
    """
    if not problems:
        return None
    inner = np.zeros((HALO_PARTS, HALO_PARTS))
    right = np.zeros(HALO_PARTS)
    for one in problems:
        matrix, vector = one.halo_evidence()
        inner, right = inner + matrix, right + vector
    inner = EVIDENCE_SHARE * inner + np.diag(np.array(EXPECTED_WEIGHT) ** -2.0)
    mean = _solve(inner, EVIDENCE_SHARE * right, np.zeros(len(right)), 1.0)[0]
    return HaloPrior(mean, BAND_TO_BAND * mean + SMALLEST_SIGMA)


def _sky_level(value: Array, sky: Mask) -> float:
    return float(np.median(value[sky])) if sky.any() else 0.0


def _scatter(rest: Array) -> float:
    if rest.size < 10:
        return 1.0
    return max(1.4826 * float(np.median(np.abs(rest - np.median(rest)))), 1e-9)


def _solve(inner: Array, right: Array, lower: Array, noise: float) -> tuple[Array, Array]:
    """Unknowns of normal equations under lower bounds, and their covariance."""
    number = len(inner)
    size = np.sqrt(np.maximum(np.diag(inner), 1e-12))
    scaled = inner / np.outer(size, size) + 1e-9 * np.eye(number)
    root = np.linalg.cholesky(scaled)
    target = np.linalg.solve(root, right / size)
    x = lsq_linear(root.T, target, (lower, np.full(number, np.inf))).x / size
    free = ~((lower == 0.0) & (x <= 1e-9))
    covariance = np.zeros((number, number))
    picked = np.ix_(free, free)
    covariance[picked] = np.linalg.inv(scaled[picked]) / np.outer(size, size)[picked]
    return np.asarray(x), covariance * noise**2


def _column_level(value: Array, weight: Array, design: Array, x: Array, per_column: Array) -> Array:
    """Level of each column; those without sky get the nearest ones'."""
    rest = (value - np.tensordot(x, design, 1)) * weight
    level = rest.sum(axis=0) / np.where(per_column > 0.0, per_column, np.nan)
    known = np.isfinite(level)
    if known.all() or not known.any():
        return np.asarray(np.nan_to_num(level))
    place = np.arange(level.size)
    return np.asarray(np.interp(place, place[known], level[known]))
