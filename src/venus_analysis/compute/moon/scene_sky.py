"""The sky of a scene: column levels, drift along the scan, halo and ghosts, told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.column_levels import level_trend, level_variance
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.halo_prior import HaloPrior
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


@dataclass(frozen=True, eq=False)
class SceneSky:
    """What the sky holds beside the disk, in equalised counts per pixel.

    `column` (j) level of each block column (dark residual); `drift` (i) change
    along the scan; `halo` (i, j), `halo_total` its sum over all space and
    `halo_unseen` the part beyond all blocks (counts x pixels); `ghost` (i, j)
    sum of all ghosts; `factors` of the ghosts and their standard uncertainties.
    `design` and `covariance` carry the
    uncertainty to any sum, see `u_sum`.
    """

    column: Array
    drift: Array
    halo: Array
    halo_total: float
    halo_unseen: float
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
    _halo_spread: Array = field(repr=False)
    _halo_noise: Array = field(repr=False)
    _pulled: Array = field(repr=False)

    def removed(self, pixels: Array) -> float:
        """Dark residual, drift and ghosts, summed over `pixels` (i, j) per block."""
        level = self.column[None, :] + self.drift[:, None] + self.ghost
        return float(np.nansum(level * pixels))

    def halo_outside(self, pixels: Array) -> float:
        """Halo beyond `pixels` (i, j), outside the frame too, counts x pixels."""
        return self.halo_total - float((self.halo * pixels).sum())

    def u_sum(self, pixels: Array) -> float:
        """Return the standard uncertainty of ``halo_outside(pixels) - removed(pixels)``."""
        per_column, effect = pixels.sum(axis=0), self._effect(pixels)
        shared = float(effect @ self._covariance @ effect)
        weight = np.where(self._column_weight > 0.0, self._column_weight, np.inf)
        return math.sqrt(shared + self.noise**2 * float((per_column**2 / weight).sum()))

    def u_halo(self, pixels: Array) -> float:
        """Return what of that sum's uncertainty all bands share: the halo's shape."""
        return self._u_shared(pixels, self._halo_spread)

    def u_halo_noise(self, pixels: Array) -> float:
        """Return what of `u_halo` is another in each look: the skies' noise in the halo's shape."""
        return min(self._u_shared(pixels, self._halo_noise), self.u_halo(pixels))

    def _u_shared(self, pixels: Array, covariance: Array) -> float:
        """Uncertainty of that sum by a covariance of the halo's weights."""
        effect = self._effect(pixels) @ self._pulled
        return math.sqrt(max(float(effect @ covariance @ effect), 0.0))

    def _effect(self, pixels: Array) -> Array:
        """Change of ``halo_outside(pixels) - removed(pixels)`` with each unknown."""
        effect = self._total - np.tensordot(self._design, pixels, 2)
        return np.asarray(effect + self._column_mean @ pixels.sum(axis=0))


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

    Attributes
    ----------
    halo_evidence
        Normal equations of the halo's weights alone, in units of the noise: what
        this band knows of w, for `venus_analysis.compute.moon.halo_prior`.
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
        self.halo_evidence = self._halo_evidence()

    def _prepare(self) -> None:
        """Build the normal equations, the columns' levels eliminated."""
        self._weight = np.where(self._sky, self._blocks.weight, 0.0)
        number = len(self._design)
        flat = self._design.reshape(number, -1)
        self._per_column = self._weight.sum(axis=0)
        positive = self._per_column > 0.0
        self._inverse = np.where(positive, 1.0 / np.maximum(self._per_column, 1e-9), 0.0)
        weighted = self._design * self._weight
        self._sums = sums = weighted.sum(axis=1)
        self._value_sum = (self._value * self._weight).sum(axis=0)
        weighted = weighted.reshape(number, -1)
        self._whole = weighted @ flat.T, weighted @ self._value.ravel()
        self._inner = self._whole[0] - (sums * self._inverse) @ sums.T
        self._right = self._whole[1] - (sums * self._inverse) @ self._value_sum
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
        inner, right = self._with_ghosts(self._inner, self._right)
        if halo is not None:
            precision = (self._noise / halo.sigma) ** 2
            inner[self._halo, self._halo] += np.diag(precision)
            right[self._halo] += precision * halo.mean
        positive = np.zeros(len(inner), np.bool_)
        positive[self._halo] = True
        return _solve(inner, right, positive, self._noise)

    def _halo_evidence(self) -> tuple[Array, Array]:
        """Return the normal equations of the halo's weights alone, in units of the noise.

        Here columns are told apart by their own levels only as far as levels
        scatter: a trend of all of them shows the halo's tail, which a free level
        for each column would take for its own.
        """
        inner, right = self._with_ghosts(*self._tied_columns())
        inner, right = inner / self._noise**2, right / self._noise**2
        halo, tied = self._eliminated(inner, right)
        across = inner[np.ix_(halo, ~halo)]
        return inner[np.ix_(halo, halo)] - across @ tied[:, :-1], right[halo] - across @ tied[:, -1]

    def _eliminated(self, inner: Array, right: Array) -> tuple[Mask, Array]:
        """Return which unknowns are the halo's, and what the others are for each and for none."""
        halo = np.zeros(len(inner), np.bool_)
        halo[self._halo] = True
        rest = inner[np.ix_(~halo, ~halo)]
        rest = rest + 1e-9 * np.diag(np.diag(rest)) + 1e-12 * np.eye(len(rest))
        known = np.column_stack([inner[np.ix_(~halo, halo)], right[~halo]])
        return halo, np.linalg.solve(rest, known)

    def _with_ghosts(self, inner: Array, right: Array) -> tuple[Array, Array]:
        """Add what is known of the ghosts to normal equations."""
        inner, right = inner.copy(), right.copy()
        for row, guess in enumerate(self._guesses, start=self._halo.stop):
            if math.isfinite(guess.u_factor) and guess.u_factor > 0.0:
                prior = (self._noise / guess.u_factor) ** 2
                inner[row, row] += prior
                right[row] += prior * guess.factor
        return inner, right

    def _tied_columns(self) -> tuple[Array, Array]:
        """Return normal equations whose levels scatter about a trend, the last of the unknowns."""
        level = self._value_sum * self._inverse - self._unknowns(None)[0] @ self._mean
        variance = level_variance(level, self._per_column > 0.0)
        inverse = 1.0 / (self._per_column + self._noise**2 / variance)
        trend = level_trend(level.size)
        inner, right = self._whole
        across = self._sums @ trend.T
        both = trend * self._per_column @ trend.T
        sums = np.concatenate([self._sums, trend * self._per_column])
        inner = np.block([[inner, across], [across.T, both]])
        right = np.concatenate([right, trend @ self._value_sum])
        return inner - (sums * inverse) @ sums.T, right - (sums * inverse) @ self._value_sum

    def solve(self, halo: HaloPrior | None = None) -> SceneSky:
        """Fit; `halo` is what other bands know of it."""
        x, covariance = self._unknowns(halo)
        rest, sky, blocks = self._rest(x), self._sky, self._blocks
        noise = robust_scatter((rest * np.sqrt(blocks.weight))[sky])
        freedom = int(sky.sum()) - int((self._per_column > 0).sum()) - len(x)
        square = float((rest[sky] ** 2 * self._weight[sky]).sum()) / noise**2
        w, last = x[self._halo], self._halo.stop
        scattered = np.tensordot(w, self._design[self._halo], 1)
        pixels = blocks.size[0] * blocks.size[1]
        total = np.zeros(len(x))
        total[self._halo] = self._light.sum() * pixels
        share = float(w.sum())
        return SceneSky(
            _column_level(self._value, self._weight, self._design, x, self._per_column),
            self._drift.T @ x[: self._halo.start],
            scattered,
            share * float(self._light.sum()) * pixels,
            max(share * float(self._light.sum()) - float(scattered.sum()), 0.0) * pixels,
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
            np.zeros((HALO_PARTS, HALO_PARTS)) if halo is None else halo.spread,
            np.zeros((HALO_PARTS, HALO_PARTS)) if halo is None else halo.noise,
            self._pulled(),
        )

    def _pulled(self) -> Array:
        """Change of all unknowns (n, kernel) with a change of the halo's weights."""
        halo, tied = self._eliminated(*self._with_ghosts(self._inner, self._right))
        out = np.zeros((len(halo), HALO_PARTS))
        out[halo], out[~halo] = np.eye(HALO_PARTS), -tied[:, :-1]
        return out


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
