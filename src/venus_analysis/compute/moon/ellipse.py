"""The Moon's outline in an image: a circle, stretched along the scan and sheared."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ScanAxis = Literal["line", "column"]
NAMES = ("centre_line", "centre_column", "across_px", "oversampling", "shear")
STEPS = 40


@dataclass(frozen=True)
class Outline:
    """Sheared ellipse, the image of a circle of radius `across_px`.

    With the scan along the lines' axis::

        line   = centre_line   + oversampling * across_px * v
        column = centre_column + across_px * u + shear * (line - centre_line)

    for (u, v) on the unit circle; with the scan along columns the oversampling
    multiplies u instead of v. The shear counts columns per line in both cases,
    since lines follow each other in time.

    Parameters
    ----------
    centre_line, centre_column
        Centre, pixels; 0.0 is the centre of the first pixel.
    across_px
        Semi-axis across the scan, pixels.
    oversampling
        Elongation along the scan.
    shear
        Columns moved per line.
    scan_axis
        Image axis that the scan oversamples.

    Examples
    --------
    >>> outline = Outline(50.0, 60.0, 20.0, oversampling=1.5)
    >>> outline.semi_axis_line_px, outline.semi_axis_column_px
    (30.0, 20.0)
    >>> u, v = outline.unit(np.array([80.0]), np.array([60.0]))
    >>> float(u[0]), float(v[0])
    (0.0, 1.0)
    """

    centre_line: float
    centre_column: float
    across_px: float
    oversampling: float = 1.0
    shear: float = 0.0
    scan_axis: ScanAxis = "line"

    @property
    def semi_axis_line_px(self) -> float:
        """Half the outline's height, pixels."""
        return self.across_px * (self.oversampling if self.scan_axis == "line" else 1.0)

    @property
    def semi_axis_column_px(self) -> float:
        """Half the width of the outline once its shear is undone, pixels."""
        return self.across_px * (self.oversampling if self.scan_axis == "column" else 1.0)

    @property
    def half_width_px(self) -> float:
        """Half the width of the outline's bounding box, pixels."""
        return math.hypot(self.semi_axis_column_px, self.shear * self.semi_axis_line_px)

    def decimated(self, factor: int, first: tuple[int, int]) -> Outline:
        """Return the outline in blocks of factor x factor pixels, starting at `first`."""
        half = (factor - 1) / 2.0
        return replace(
            self,
            centre_line=(self.centre_line - first[0] - half) / factor,
            centre_column=(self.centre_column - first[1] - half) / factor,
            across_px=self.across_px / factor,
        )

    def restored(self, factor: int, first: tuple[int, int]) -> Outline:
        """Back to full pixels, the inverse of `decimated`."""
        half = (factor - 1) / 2.0
        return replace(
            self,
            centre_line=self.centre_line * factor + half + first[0],
            centre_column=self.centre_column * factor + half + first[1],
            across_px=self.across_px * factor,
        )

    def unit(self, line: Array, column: Array) -> tuple[Array, Array]:
        """Coordinates (u, v) on the unit disk of image positions (pixels)."""
        down = line - self.centre_line
        right = column - self.centre_column - self.shear * down
        return right / self.semi_axis_column_px, down / self.semi_axis_line_px

    def distance(self, line: Array, column: Array) -> Array:
        """Distance from the outline to first order, pixels, positive outside."""
        return self.distance_and_normal(line, column)[0]

    def distance_and_normal(self, line: Array, column: Array) -> tuple[Array, Array, Array]:
        """Distance from the outline and the outward unit normal (line, column) there."""
        u, v = self.unit(line, column)
        rho = np.maximum(np.hypot(u, v), 1e-9)
        right = u / (rho * self.semi_axis_column_px)
        down = v / (rho * self.semi_axis_line_px) - self.shear * right
        steep = np.maximum(np.hypot(right, down), 1e-12)  # 0 at the very centre
        return np.asarray((rho - 1.0) / steep), down / steep, right / steep

    def moves(
        self, line: Array, column: Array, names: list[str]
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Distance, unit normal (line, column), steepness of the unit radius, and derivatives.

        The steepness is the gradient of the radius on the unit disk, per pixel.
        The derivatives (..., names) of the distance with each number are those
        of the nearest point of the outline.
        """
        u, v = self.unit(line, column)
        rho = np.maximum(np.hypot(u, v), 1e-9)
        u, v = u / rho, v / rho
        right = u / self.semi_axis_column_px
        down = v / self.semi_axis_line_px - self.shear * right
        steep = np.hypot(right, down)
        right, down = right / steep, down / steep
        # how far a point moves down and to the right of the sheared column
        if self.scan_axis == "line":
            across = self.oversampling * v, u
            along = self.across_px * v, np.zeros_like(v)
        else:
            across = v, self.oversampling * u
            along = np.zeros_like(u), self.across_px * u
        moved = {
            "centre_line": -down,
            "centre_column": -right,
            "across_px": -(down * across[0] + right * (across[1] + self.shear * across[0])),
            "oversampling": -(down * along[0] + right * (along[1] + self.shear * along[0])),
            "shear": -right * self.semi_axis_line_px * v,
        }
        by = np.stack([moved[name] for name in names], axis=-1)
        return np.asarray((rho - 1.0) / steep), down, right, steep, by

    def boundary(self, angle_deg: Array) -> tuple[Array, Array]:
        """Image positions (line, column) at angles from +u towards +v on the unit circle."""
        u, v = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
        down = self.semi_axis_line_px * v
        column = self.centre_column + self.semi_axis_column_px * u + self.shear * down
        return self.centre_line + down, column

    def annulus(
        self, inside_px: float, outside_px: float, shape: tuple[int, int]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return indices (lines, columns) of the pixels at most so far from the outline.

        Only the two stretches of each line that can be in the annulus are
        looked at, so the cost goes with the outline's length.
        """
        b, a = self.semi_axis_line_px, self.semi_axis_column_px
        # shortest semi-axis: the outline's coordinates change fastest along it
        steep = float(np.linalg.svd([[a, self.shear * b], [0.0, b]], compute_uv=False)[-1])
        grown = 1.0 + max(outside_px, 0.0) / steep
        shrunk = max(1.0 - max(inside_px, 0.0) / steep, 0.0)
        first = max(math.ceil(self.centre_line - b * grown), 0)
        last = min(math.floor(self.centre_line + b * grown), shape[0] - 1)
        lines = np.arange(first, max(last + 1, first))
        v = (lines - self.centre_line) / b
        middle = self.centre_column + self.shear * (lines - self.centre_line)
        outer = a * np.sqrt(np.maximum(grown**2 - v**2, 0.0))
        inner = a * np.sqrt(np.maximum(shrunk**2 - v**2, 0.0))
        starts = np.ceil(np.concatenate([middle - outer, np.maximum(middle + inner, middle)]))
        stops = np.floor(np.concatenate([np.minimum(middle - inner, middle), middle + outer])) + 1
        starts[lines.size :] = np.maximum(starts[lines.size :], stops[: lines.size])
        starts, stops = np.clip(starts, 0, shape[1]), np.clip(stops, 0, shape[1])
        counts = np.maximum(stops - starts, 0).astype(np.intp)
        rows = np.repeat(np.concatenate([lines, lines]), counts)
        within = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
        columns = np.repeat(starts.astype(np.intp), counts) + within
        distance = self.distance(rows.astype(float), columns.astype(float))
        keep = (distance >= -inside_px) & (distance <= outside_px)
        return rows[keep], columns[keep]


@dataclass(frozen=True)
class OutlineFit:
    """A fitted outline, standard uncertainties of its numbers and the residual.

    `standard_error` is in the order centre_line, centre_column, across_px,
    oversampling, shear; 0 for what was held fixed.
    """

    outline: Outline
    standard_error: tuple[float, float, float, float, float]
    residual_px: float
    used: NDArray[np.bool_]


def fit_outline(
    line: Array,
    column: Array,
    sigma_px: Array,
    start: Outline,
    *,
    fixed: tuple[str, ...] = (),
) -> OutlineFit:
    """Robust fit of an outline to limb points.

    Minimises the Huber cost of distance / sigma over the outline's free
    numbers; points beyond 3.5 robust standard deviations are then dropped and
    the fit is repeated once.

    Parameters
    ----------
    line, column
        Limb points (n), pixels.
    sigma_px
        Their standard uncertainties (n), pixels.
    start
        First guess, and the values of what is held fixed.
    fixed
        Names among ``across_px``, ``oversampling``, ``shear`` held at their start.

    Returns
    -------
    OutlineFit
        `used` marks the points kept. The standard errors scale with the scatter.

    References
    ----------
    Huber, P. (1964), doi:10.1214/aoms/1177703732.

    Examples
    --------
    >>> truth = Outline(100.0, 90.0, 40.0, oversampling=1.4, shear=0.1)
    >>> points = truth.boundary(np.linspace(-80.0, 80.0, 60))
    >>> fit = fit_outline(*points, np.full(60, 0.1), Outline(98.0, 93.0, 37.0))
    >>> round(fit.outline.centre_line, 6), round(fit.outline.oversampling, 6)
    (100.0, 1.4)
    """
    free = [name for name in NAMES if name not in fixed]
    outline, used = start, np.ones(line.size, bool)
    for _ in range(3):
        outline, inverse = _descend(line[used], column[used], sigma_px[used], outline, free)
        residual = outline.distance(line, column) / sigma_px
        typical = max(1.4826 * float(np.median(np.abs(residual[used]))), 1e-9)
        keep = np.abs(residual) <= 3.5 * typical + 1e-6
        if keep.sum() < len(free) + 3 or np.array_equal(keep, used):
            break
        used = keep
    pixels = outline.distance(line[used], column[used])
    spread = float(np.sum((pixels / sigma_px[used]) ** 2)) / max(used.sum() - len(free), 1)
    deviation = np.sqrt(np.maximum(np.diag(inverse), 0.0) * spread)
    error = dict.fromkeys(NAMES, 0.0) | dict(zip(free, deviation.tolist(), strict=True))
    errors = (error[NAMES[0]], error[NAMES[1]], error[NAMES[2]], error[NAMES[3]], error[NAMES[4]])
    return OutlineFit(outline, errors, float(np.sqrt(np.mean(pixels**2))), used)


def _descend(
    line: Array, column: Array, sigma_px: Array, outline: Outline, free: list[str]
) -> tuple[Outline, Array]:
    """Damped Gauss-Newton on the Huber cost; also the inverse of the normal matrix."""
    away, _, _, _, by = outline.moves(line, column, free)
    residual = away / sigma_px
    limit = 1.5 * max(1.4826 * float(np.median(np.abs(residual))), 1e-6)
    cost, damping = _huber(residual, limit), 1e-6
    for _ in range(STEPS):
        slopes = by / sigma_px[:, None]
        weighted = slopes * np.minimum(1.0, limit / np.maximum(np.abs(residual), 1e-300))[:, None]
        normal, gradient = weighted.T @ slopes, weighted.T @ residual
        size = np.sqrt(np.maximum(np.diag(normal), 1e-300))
        scaled = normal / np.outer(size, size) + damping * np.eye(size.size)
        step = -np.linalg.solve(scaled, gradient / size) / size
        trial = _within(outline, free, step)
        away, _, _, _, trial_by = trial.moves(line, column, free)
        trial_cost = _huber(away / sigma_px, limit)
        if not trial_cost <= cost * (1.0 + 1e-12):
            damping *= 10.0
            if damping > 1e6:
                break
            continue
        gain, outline, by, residual = cost - trial_cost, trial, trial_by, away / sigma_px
        cost, damping = trial_cost, max(damping / 10.0, 1e-12)
        if gain <= 1e-9 * cost + 1e-18:
            break
    slopes = by / sigma_px[:, None]
    size = np.sqrt(np.maximum(np.sum(slopes**2, axis=0), 1e-300))
    scaled = slopes / size
    return outline, np.linalg.pinv(scaled.T @ scaled) / np.outer(size, size)


def _huber(residual: Array, limit: float) -> float:
    far = np.abs(residual)
    return float(np.sum(np.where(far <= limit, far**2, limit * (2.0 * far - limit))))


def _within(outline: Outline, free: list[str], step: Array) -> Outline:
    """Take a step, held where a Moon can be."""
    numbers = {
        name: getattr(outline, name) + by for name, by in zip(free, step.tolist(), strict=True)
    }
    if "across_px" in numbers:
        numbers["across_px"] = max(numbers["across_px"], min(2.0, outline.across_px))
    if "oversampling" in numbers:
        numbers["oversampling"] = min(max(numbers["oversampling"], 0.05), 20.0)
    return replace(outline, **numbers)
