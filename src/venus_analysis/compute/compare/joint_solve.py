"""Least squares of a joint fit under given noise, and better noise from what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgeqrf, dtrcon, dtrtri

from venus_analysis.compute.compare.joint_parts import Noise, Part
from venus_analysis.compute.drift.series import Floats

LARGEST_CORRELATION: Final = 0.9
UNKNOWN: Final = 1e-9
"""Directions whose singular value, over the largest, is below are not determined."""
_SURE: Final = 1e-6
"""Reciprocal condition from which none of them can be: the bound above, times the number of
parameters and what LAPACK's estimate may be off."""
_LEAST_SCALE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Solved:
    """One solution under given noise; lists are by part.

    Attributes
    ----------
    parts
        As given.
    value
        (parameter,).
    inverse
        (parameter, parameter) pseudo-inverse of the normal matrix.
    unknown
        (direction, parameter) combinations that the looks do not determine.
    design, hat
        (look, own + trend) of each part, white; and times its block of the inverse.
    z
        (look,) white residuals.
    """

    parts: Sequence[Part]
    value: Floats
    inverse: Floats
    unknown: Floats
    design: list[Floats]
    hat: list[Floats]
    z: list[Floats]

    def _of(self, method: str) -> list[int]:
        return [k for k, one in enumerate(self.parts) if one.series.method == method]

    def residual(self, k: int) -> Floats:
        """(look,) ln residuals of a part, without weights."""
        part = self.parts[k]
        return np.asarray(part.given[:, -1] - part.given[:, :-1] @ self.value[part.columns])

    def share(self, method: str) -> Floats:
        """Give what the noise of one method contributes to the covariance."""
        inner = np.zeros_like(self.inverse)
        for k in self._of(method):
            inner[self.parts[k].block] += self.design[k].T @ self.design[k]
        return np.asarray(self.inverse @ inner @ self.inverse)

    def free(self, method: str) -> float:
        """Count looks of a method less the parameters they determine."""
        return float(
            sum(len(self.z[k]) - np.vdot(self.hat[k], self.design[k]) for k in self._of(method))
        )

    def renewed(self, method: str, old: Noise) -> Noise:
        """Give better noise: z'z and z'Sz as the fit leaves them of white errors."""
        power = product = pairs = 0.0
        for k in self._of(method):
            z = self.z[k]
            power += float(z @ z)
            own = np.vdot(self.hat[k][1:], self.design[k][:-1])
            product += float(z[1:] @ z[:-1]) + float(own)
            pairs += len(z) - 1
        free = max(self.free(method), 1.0)
        scale = max(old.scale * float(np.sqrt(power / free)), _LEAST_SCALE)
        lag = product / pairs / (power / free) if pairs and power > 0.0 else 0.0
        correlation = min(max(old.correlation + lag, 0.0), LARGEST_CORRELATION)
        return Noise(scale, correlation, free, 0)

    def with_freedom(self, method: str, old: Noise) -> Noise:
        """Count degrees of freedom as `compute.drift.intervals` does for AR(1) noise."""
        r = old.correlation
        free = max(self.free(method), 1.0) * (1.0 - r**2) / (3.0 + r**2)
        return Noise(old.scale, r, max(free, 1.0), sum(len(self.z[k]) for k in self._of(method)))


def solve(parts: Sequence[Part], noise: dict[str, Noise], inflate: Sequence[Floats]) -> Solved:
    """Solve for all parameters under given noise.

    Only the trend is shared, so that each part is reduced to a triangle on its own; those
    of all parts make the triangle R of the whole, with R'R the normal matrix.

    Parameters
    ----------
    parts
        From `joint_parts.parts_of`.
    noise
        By method.
    inflate
        (look,) of each part: factors of its looks' uncertainties.

    Examples
    --------
    >>> from venus_analysis.compute.compare.joint_parts import parts_of
    >>> from venus_analysis.compute.compare.method_series import MethodSeries
    >>> from venus_analysis.compute.compare.trend import Trend
    >>> dates = np.datetime64("2018-01-01T00") + np.arange(4) * np.timedelta64(8766, "h")
    >>> moon = MethodSeries("moon", "moon", dates, 0.5 - 0.01 * np.arange(4.0), np.ones(4))
    >>> _, parts = parts_of([moon], Trend(dates[0], "linear"))
    >>> found = solve(parts, {"moon": Noise(1.0, 0.0, 2.0, 4)}, [np.ones(4)])
    >>> found.value.round(6).tolist()
    [-0.01, 0.5]
    """
    white = _whitened(parts, noise, inflate)
    triangle, right = _triangle(parts, white)
    value, inverse, unknown = _inverted(triangle, right)
    trend = len(parts[0].columns) - parts[0].own
    order = (np.arange(len(value)) - trend) % len(value)
    value, inverse, unknown = value[order], inverse[np.ix_(order, order)], unknown[:, order]
    design = [one[:, :-1] for one in white]
    return Solved(
        parts,
        value,
        inverse,
        unknown,
        design,
        [one @ inverse[part.block] for part, one in zip(parts, design, strict=True)],
        [
            one[:, -1] - one[:, :-1] @ value[part.columns]
            for part, one in zip(parts, white, strict=True)
        ],
    )


def clearness(
    parts: Sequence[Part], noise: dict[str, Noise], inflate: Sequence[Floats], tried: Sequence[int]
) -> Floats:
    """Size of single parameters over their uncertainty, each fitted without the others tried.

    With c a column that is tried and y what is fitted, both white and less what the columns
    that are not tried explain of them: |c'y| / |c|.

    Parameters
    ----------
    parts, noise, inflate
        As for `solve`, noise as found without the columns tried.
    tried
        Places of parameters of the trend.

    Returns
    -------
    array
        (tried,); -1 where the looks do not determine it.

    Examples
    --------
    >>> from venus_analysis.compute.compare.joint_parts import parts_of
    >>> from venus_analysis.compute.compare.method_series import MethodSeries
    >>> from venus_analysis.compute.compare.trend import Trend
    >>> dates = np.datetime64("2018-01-01T00") + np.arange(4) * np.timedelta64(8766, "h")
    >>> moon = MethodSeries("moon", "moon", dates, [0.0, 0.0, 2.0, 2.0], np.ones(4))
    >>> names, parts = parts_of([moon], Trend(dates[0], "constant", step_times=(dates[2],)))
    >>> clearness(parts, {"moon": Noise(1.0, 0.0, 2.0, 4)}, [np.ones(4)], [0]).tolist()
    [2.0]
    """
    triangle, right = _triangle(parts, _whitened(parts, noise, inflate))
    places = len(right) - len(parts[0].columns) + parts[0].own + np.asarray(tried, np.intp)
    others = np.setdiff1d(np.arange(len(right)), places)
    given = np.column_stack([triangle[:, others], triangle[:, places], right])
    left = _reduced(given)[len(others) :, len(others) :]
    size = np.sqrt((left[:, :-1] ** 2).sum(axis=0))
    told = size > UNKNOWN * np.sqrt((triangle[:, places] ** 2).sum(axis=0))
    return np.where(told, np.abs(left[:, -1] @ left[:, :-1]) / np.where(told, size, 1.0), -1.0)


def _whitened(
    parts: Sequence[Part], noise: dict[str, Noise], inflate: Sequence[Floats]
) -> list[Floats]:
    return [
        part.white(noise[part.series.method], more)
        for part, more in zip(parts, inflate, strict=True)
    ]


def _triangle(parts: Sequence[Part], white: Sequence[Floats]) -> tuple[Floats, Floats]:
    """(parameter, parameter) R and (parameter,) Q'y; the trend comes last."""
    owned = sum(part.own for part in parts)
    size = owned + len(parts[0].columns) - parts[0].own
    found, rest, row = np.zeros((size, size + 1)), [], 0
    for part, one in zip(parts, white, strict=True):
        own, reduced = part.own, _reduced(one)
        top = reduced[:own]
        found[row : row + len(top), row : row + own] = top[:, :own]
        found[row : row + len(top), owned:] = top[:, own:]
        rest.append(reduced[own:, own:])
        row += own
    shared = _reduced(np.concatenate(rest))[: size - owned]
    found[owned : owned + len(shared), owned:] = shared
    return found[:, :-1], found[:, -1]


def _reduced(rows: Floats) -> Floats:
    """R of a QR decomposition."""
    if not rows.size:
        return rows
    reduced = dgeqrf(rows)[0][: min(rows.shape)]
    return np.asarray(np.where(_upper(*reduced.shape), reduced, 0.0))


@lru_cache(64)
def _upper(rows: int, columns: int) -> NDArray[np.bool_]:
    return np.asarray(np.arange(rows)[:, None] <= np.arange(columns))


def _inverted(triangle: Floats, right: Floats) -> tuple[Floats, Floats, Floats]:
    """Solution of R x = Q'y, pseudo-inverse of R'R, and the directions it leaves open."""
    size = np.sqrt((triangle**2).sum(axis=0))
    size[size == 0.0] = 1.0
    scaled = triangle / size
    if dtrcon(scaled)[0] > _SURE:
        basis = dtrtri(scaled)[0] / size[:, None]
        return basis @ right, basis @ basis.T, np.zeros((0, len(size)))
    left, singular, axes = np.linalg.svd(scaled)
    known = singular > UNKNOWN * singular[0]
    basis = axes[known] / size
    value = basis.T @ ((left.T @ right)[known] / singular[known])
    return value, (basis.T / singular[known] ** 2) @ basis, axes[~known] * size
