"""Where the limb lies, to a hundredth of a pixel, without a wide filter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.sun import degrees_from_sun
from venus_analysis.compute.normal import normal_integral

Array = NDArray[np.float64]
ROOT_PRIOR = 3.0
LINEAR_PRIOR = 15.0


@dataclass(frozen=True)
class LimbPoints:
    """Limb points of an image, one for each sector of the outline.

    `line`, `column` in pixels; `sigma_px` across the limb; `angle_deg` on the
    unit disk; `edge` the radiance step at the limb.
    """

    line: Array
    column: Array
    sigma_px: Array
    angle_deg: Array
    edge: Array
    cost: float


def _table() -> tuple[Array, Array]:
    """Square-root edge sqrt(-z), z < 0, seen through a Gaussian of unit sigma."""
    z = np.linspace(-12.0, 6.0, 721)
    nodes, weights = np.polynomial.legendre.leggauss(80)
    # with t = q**2 the integrand has no singular slope at the edge
    q = 2.25 * (nodes + 1.0)
    kernel = np.exp(-0.5 * (z[:, None] + q**2) ** 2) / np.sqrt(2.0 * np.pi)
    return z, np.asarray(kernel @ (2.25 * weights * 2.0 * q**2))


_Z, _ROOT = _table()


def edge_basis(distance_px: Array, sigma_px: Array | float) -> Array:
    """Radiance across a limb: sky, sky slope, and the sphere's edge seen through the blur.

    Near the limb of any smoothly scattering sphere the radiance is a smooth
    function of the emission cosine, which goes as the square root of the depth
    x inside the limb. Step, root and linear terms in x, each blurred by a
    Gaussian, therefore follow the edge without shifting it.

    Parameters
    ----------
    distance_px
        Distance from the limb (n), pixels, positive outside.
    sigma_px
        Blur, pixels.

    Returns
    -------
    array
        (n, 5): sky, sky slope, step, root, linear.

    Examples
    --------
    >>> edge_basis(np.array([0.0, -50.0]), 1.0).round(3).tolist()
    [[1.0, 0.0, 0.5, 0.411, 0.399], [1.0, 0.0, 1.0, 7.071, 50.0]]
    """
    z = distance_px / sigma_px
    inside = normal_integral(-z)
    root = np.where(z < _Z[0], np.sqrt(np.maximum(-z, 0.0)), np.interp(z, _Z, _ROOT))
    linear = -z * inside + np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    slope = np.maximum(distance_px, 0.0)
    terms = (np.ones_like(z), slope, inside, np.sqrt(sigma_px) * root, sigma_px * linear)
    return np.stack(terms, axis=1)


def edge_window(blur_px: float) -> tuple[float, float]:
    """Depth inside and reach outside the outline (pixels) that a limb is fitted over.

    Examples
    --------
    >>> edge_window(1.0)
    (4.0, 5.0)
    """
    return 1.5 + 2.5 * blur_px, 2.0 + 3.0 * blur_px


@dataclass(frozen=True, eq=False)
class LimbSurroundings:
    """Pixels about the lit limb of an outline: value, distance and outward normal, by sector.

    `middle_deg` is the angle of the middle of each sector on the unit disk,
    `outside_px` how far the pixels reach.
    """

    outline: Outline
    outside_px: float
    value: Array
    distance: Array
    down: Array
    right: Array
    sector: NDArray[np.int_]
    middle_deg: Array

    def points(self, blur_px: tuple[float, float], iterations: int = 5) -> LimbPoints:
        """Fit the edge of each sector, see `limb_points`."""
        blur = np.hypot(blur_px[0] * self.down, blur_px[1] * self.right)
        shift, sigma, edge, cost = _fit_sectors(
            self.value, self.distance, self.sector, self.middle_deg.size, blur,
            self.outline.across_px, iterations,
        )  # fmt: skip
        good = np.isfinite(shift) & (np.abs(shift) < 0.8 * self.outside_px) & (edge > 0)
        good &= sigma < max(0.5, 4.0 * float(median(sigma[good]))) if good.any() else good
        line, column = _move(self.outline, self.middle_deg, shift)
        picked = (line[good], column[good], sigma[good], self.middle_deg[good], edge[good])
        return LimbPoints(*picked, cost)


def limb_surroundings(
    image: Array,
    outline: Outline,
    sun_direction_deg: float,
    window_px: tuple[float, float],
    *,
    half_arc_deg: float = 83.0,
    sector_px: float = 8.0,
) -> LimbSurroundings:
    """Pixels about the lit limb, to be fitted with one blur after another; as `limb_points`.

    Examples
    --------
    >>> line, column = np.indices((80, 80)).astype(float)
    >>> truth = Outline(40.0, 40.0, 25.0)
    >>> image = 10.0 * (truth.distance(line, column) < 0.0)
    >>> near = limb_surroundings(image, truth, 0.0, (4.0, 5.0))
    >>> near.points((0.5, 0.5)).cost < near.points((1.5, 1.5)).cost
    True
    """
    inside, outside = window_px
    rows, columns = outline.annulus(inside, outside, (image.shape[0], image.shape[1]))
    value = image[rows, columns]
    u, v = outline.unit(rows.astype(float), columns.astype(float))
    off = degrees_from_sun(u, v, sun_direction_deg)
    keep = np.isfinite(value) & (np.abs(off) <= half_arc_deg)
    value, off = value[keep].astype(float), off[keep]
    distance, down, right = outline.distance_and_normal(
        rows[keep].astype(float), columns[keep].astype(float)
    )
    perimeter = np.pi * (outline.semi_axis_line_px + outline.half_width_px)
    arc = perimeter * half_arc_deg / 180.0
    number = int(np.clip(arc / sector_px, 12, 160))
    sector = np.minimum(((off / half_arc_deg + 1.0) / 2.0 * number).astype(int), number - 1)
    middle = sun_direction_deg + half_arc_deg * ((np.arange(number) + 0.5) * 2.0 / number - 1.0)
    return LimbSurroundings(outline, outside, value, distance, down, right, sector, middle)


def limb_points(
    image: Array,
    outline: Outline,
    sun_direction_deg: float,
    *,
    half_arc_deg: float = 83.0,
    blur_px: tuple[float, float] = (0.9, 0.9),
    window_px: tuple[float, float] | None = None,
    sector_px: float = 8.0,
    iterations: int = 5,
) -> LimbPoints:
    """Find the limb near a first outline, sector by sector.

    In each sector the pixels around the limb are fitted with `edge_basis`
    moved by a free distance; no pixel is interpolated and no filter is applied.

    Parameters
    ----------
    image
        Radiance (line, column); NaN pixels are left out.
    outline
        First outline, within about two pixels.
    sun_direction_deg
        Direction of the Sun on the unit disk.
    half_arc_deg
        Limb used on either side of the Sun's direction.
    blur_px
        Sigma of the blur along lines' and columns' axes (line, column), pixel included.
    window_px
        Depth inside and reach outside the outline that is fitted; None takes
        1.5 and 2 pixels plus 2.5 and 3 times the blur: deeper, the Moon's
        markings pull at the edge, nearer, the fit loses hold.
    sector_px
        Length of a sector along the limb.
    iterations
        Gauss-Newton steps of each sector's distance.

    Returns
    -------
    LimbPoints
        Sectors whose edge could be fitted; `cost` is the mean squared residual.

    Examples
    --------
    >>> line, column = np.indices((80, 80)).astype(float)
    >>> from scipy.special import ndtr
    >>> truth = Outline(40.2, 39.6, 25.0)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 0.8)
    >>> points = limb_points(image, Outline(40.0, 40.0, 24.5), 0.0, blur_px=(0.8, 0.8))
    >>> error = truth.distance(points.line, points.column)
    >>> bool(np.abs(error).max() < 0.02)
    True
    """
    window_px = window_px or edge_window(max(blur_px))
    near = limb_surroundings(
        image, outline, sun_direction_deg, window_px, half_arc_deg=half_arc_deg, sector_px=sector_px
    )
    return near.points(blur_px, iterations)


def _move(outline: Outline, angle_deg: Array, shift_px: Array) -> tuple[Array, Array]:
    """Boundary points moved outwards along the normal."""
    line, column = outline.boundary(angle_deg)
    _, down, right = outline.distance_and_normal(line, column)
    return line + shift_px * down, column + shift_px * right


def _fit_sectors(
    value: Array,
    distance: Array,
    sector: NDArray[np.int_],
    number: int,
    blur_px: Array,
    radius_px: float,
    iterations: int,
) -> tuple[Array, Array, Array, float]:
    """Limb shift, its sigma and the edge step of each sector, and the mean squared residual.

    Root and linear terms are held by what markings can do over a depth small
    beside the radius, in proportion to the noise: free where the image is
    clean, small where it is not. A sector without pixels, beyond the frame for
    instance, has no say in the others.
    """
    shift = np.zeros(number)
    population = np.bincount(sector, minlength=number)
    seen = population > 0
    if not seen.any():
        return np.full(number, np.nan), np.full(number, np.inf), shift, np.nan
    coefficient, ridge = np.zeros((number, 6)), np.full((number, 6), 0.0)
    spread = np.sqrt(2.0 / radius_px) * ROOT_PRIOR, 2.0 / radius_px * LINEAR_PRIOR
    squared: Array = np.zeros(number)
    for iteration in range(iterations + 1):
        x = distance - shift[sector]
        basis = edge_basis(x, blur_px)
        slope = np.zeros(x.size)
        if iteration:
            step = 0.05
            moved = edge_basis(x - step, blur_px) - edge_basis(x + step, blur_px)
            slope = np.einsum("ij,ij->i", moved, coefficient[sector, :5]) / (2.0 * step)
        design = np.concatenate([basis, slope[:, None]], axis=1)
        normal, right = _normal(design, value, sector, number)
        size = np.where(seen, np.einsum("kii->k", normal) + 1e-300, 1.0)[:, None]
        if not iteration:
            ridge = size * np.array([0.0, 1e-9, 0.0, 1e-7, 1e-4, 0.0])
        held = normal + np.einsum("ki,ij->kij", ridge + 1e-12 * size, np.eye(6))
        inverse = np.linalg.inv(held)
        coefficient = np.einsum("kij,kj->ki", inverse, right)
        if iteration:
            shift += np.clip(coefficient[:, 5], -1.0, 1.0)
        residual = value - np.einsum("ij,ij->i", design, coefficient[sector])
        squared = np.asarray(np.bincount(sector, residual**2, number), dtype=np.float64)
        depth = coefficient[:, 2] + np.sqrt(3.0) * coefficient[:, 3] + 3.0 * coefficient[:, 4]
        usual = max(float(median(depth[seen])), 1e-6 * float(np.ptp(value)), 1e-100)
        level = np.maximum(depth, 0.3 * usual)
        variance = float(squared.sum()) / max(value.size - 6 * number, 1)
        for term, relative in ((1, 0.02), (3, spread[0]), (4, spread[1])):
            ridge[:, term] = variance / (level * relative) ** 2
        ridge[:, [0, 2, 5]] = 0.0
    own = squared / np.maximum(population - 6, 1)
    sigma = np.sqrt(np.maximum(own * inverse[:, 5, 5], 1e-8))
    shift = np.where(population >= 20, shift, np.nan)
    edge = coefficient[:, 2] + coefficient[:, 3] + coefficient[:, 4]
    return shift, sigma, edge, float(squared.sum() / max(value.size, 1))


def _normal(
    design: Array, value: Array, sector: NDArray[np.int_], number: int
) -> tuple[Array, Array]:
    """Build the normal equations of every sector at once: (number, 6, 6) and (number, 6)."""
    normal, right = np.empty((number, 6, 6)), np.empty((number, 6))
    columns = np.ascontiguousarray(design.T)
    for i in range(6):
        right[:, i] = np.bincount(sector, columns[i] * value, number)
        for j in range(i, 6):
            both = np.bincount(sector, columns[i] * columns[j], number)
            normal[:, i, j] = normal[:, j, i] = both
    return normal, right
