"""The sky of a scene: column levels, drift along the scan, halo and ghosts, told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.sky_templates import (
    HALO_PARTS,
    BlockMap,
    GhostGuess,
    drift_basis,
    halo_templates,
    robust_scatter,
)
from venus_analysis.compute.nonnegative import nonnegative_minimum

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
KNOT_LINES: Final = 0.35
CLIP_SIGMA: Final = 5.0
BAND_TO_BAND: Final = 0.25
SMALLEST_SIGMA: Final = 2e-4
# Blocks are not independent to the last photon: their evidence counts for a half.
EVIDENCE_SHARE: Final = 0.5
# What each part of a halo may weigh before any image is seen; wide parts look like dark level.
# The last, a tail that falls as r**-3, is what dust and roughness scatter: it may hold all of it.
EXPECTED_WEIGHT: Final = (0.01, 0.01, 0.01, 0.005, 0.02)


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
        self._prepare()
        self._clip(self._unknowns(None)[0])
        self._prepare()

    def _prepare(self) -> None:
        """Build the normal equations, the columns' levels eliminated."""
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

    def _clip(self, x: Array) -> None:
        rest = self._rest(x)
        share = np.sqrt(self._blocks.weight)
        self._noise = robust_scatter((rest * share)[self._sky])
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
        positive = np.zeros(len(inner), np.bool_)
        positive[self._halo] = True
        return _solve(inner, right, positive, self._noise)

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
        noise = robust_scatter((rest * np.sqrt(blocks.weight))[sky])
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

    Returns
    -------
    HaloPrior or None
        None without any band.

    Examples
    --------
    >>> common_halo([]) is None
    True
    """
    if not problems:
        return None
    inner = np.zeros((HALO_PARTS, HALO_PARTS))
    right = np.zeros(HALO_PARTS)
    for one in problems:
        matrix, vector = one.halo_evidence()
        inner, right = inner + matrix, right + vector
    inner = EVIDENCE_SHARE * inner + np.diag(np.array(EXPECTED_WEIGHT) ** -2.0)
    mean = _solve(inner, EVIDENCE_SHARE * right, np.ones(len(right), np.bool_), 1.0)[0]
    return HaloPrior(mean, BAND_TO_BAND * mean + SMALLEST_SIGMA)


def _sky_level(value: Array, sky: Mask) -> float:
    return float(median(value[sky])) if sky.any() else 0.0


def _solve(inner: Array, right: Array, positive: Mask, noise: float) -> tuple[Array, Array]:
    """Unknowns of normal equations, some of them not negative, and their covariance.

    The free ones are eliminated, so that non-negative least squares has only the
    others to deal with.
    """
    size = np.sqrt(np.maximum(np.diag(inner), 1e-12))
    scaled = inner / np.outer(size, size) + 1e-9 * np.eye(len(inner))
    target, free = right / size, ~positive
    tied = np.linalg.solve(
        scaled[np.ix_(free, free)], np.column_stack([scaled[np.ix_(free, positive)], target[free]])
    )
    across = scaled[np.ix_(positive, free)]
    held = scaled[np.ix_(positive, positive)] - across @ tied[:, :-1]
    x = np.zeros(len(inner))
    x[positive] = nonnegative_minimum(held, target[positive] - across @ tied[:, -1])
    x[free] = tied[:, -1] - tied[:, :-1] @ x[positive]
    used = free | (x > 1e-9)
    covariance, picked = np.zeros_like(inner), np.ix_(used, used)
    covariance[picked] = np.linalg.inv(scaled[picked]) / np.outer(size, size)[picked]
    return x / size, covariance * noise**2


def _column_level(value: Array, weight: Array, design: Array, x: Array, per_column: Array) -> Array:
    """Level of each column; those without sky get the nearest ones'."""
    rest = (value - np.tensordot(x, design, 1)) * weight
    level = rest.sum(axis=0) / np.where(per_column > 0.0, per_column, np.nan)
    known = np.isfinite(level)
    if known.all() or not known.any():
        return np.asarray(np.nan_to_num(level))
    place = np.arange(level.size)
    return np.asarray(np.interp(place, place[known], level[known]))
