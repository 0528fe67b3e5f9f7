"""What the pixels around the lit limb should look like: the columns of the fit of `limb_fit`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb import edge_window
from venus_analysis.compute.moon.limb_light import blurred_powers, limb_light
from venus_analysis.compute.moon.sun import degrees_from_sun

Array = NDArray[np.float64]
SECTOR_PX = 7.0
FEWEST_SECTORS, MOST_SECTORS = 8, 240
ALBEDO_POWERS, LAW_POWERS = 5, 6
ALBEDO_SCALE = 0.2
OWN_COLUMNS = 3 + ALBEDO_POWERS + 2
LAWS, OTHER_LAWS = 2, 9
NODES = 61
WING_WIDTH = 2.5


@dataclass(frozen=True)
class Band:
    """Pixels around the limb, in sectors of equally many: arrays (sector, pixel).

    `along` runs from -0.5 to 0.5 along each sector; `reach_px` is how deep the
    band goes inside the outline.
    """

    line: Array
    column: Array
    value: Array
    off_deg: Array
    along: Array
    half_arc_deg: float
    reach_px: float


@dataclass
class LimbState:
    """What the fit adjusts; `light` holds the brightness found last, per sector and common."""

    outline: Outline
    log_blur: Array
    phase_rad: float
    shift_px: Array
    light: tuple[Array, Array] | None = None


def limb_band(
    image: Array,
    outline: Outline,
    sun_direction_deg: float,
    half_arc_deg: float,
    blur_px: float,
    sectors: int | None = None,
) -> Band:
    """Pixels near the lit limb, sorted along it and cut into equal sectors.

    Parameters
    ----------
    image
        Radiance (line, column); NaN pixels are left out.
    outline
        Where the limb is, within about a pixel.
    sun_direction_deg, half_arc_deg
        Direction of the Sun on the unit disk and the limb used on either side.
    blur_px
        Sigma of the blur; the band goes 2.5 to 3 times as far.
    sectors
        How many; None makes them 7 pixels long.

    Returns
    -------
    Band

    Examples
    --------
    >>> band = limb_band(np.zeros((90, 90)), Outline(45.0, 44.0, 30.0), 0.0, 90.0, 1.0)
    >>> band.value.shape[0], bool(band.off_deg.min() < -85.0)
    (13, True)
    """
    inside, outside = edge_window(blur_px)
    rows, columns = outline.annulus(inside, outside, (image.shape[0], image.shape[1]))
    value = image[rows, columns].astype(np.float64)
    line, column = rows.astype(np.float64), columns.astype(np.float64)
    u, v = outline.unit(line, column)
    off = degrees_from_sun(u, v, sun_direction_deg)
    keep: NDArray[np.intp] = np.flatnonzero(np.isfinite(value) & (np.abs(off) <= half_arc_deg))
    keep = keep[np.argsort(off[keep])]
    if sectors is None:
        long = keep.size / (SECTOR_PX * (inside + outside))
        sectors = int(np.clip(long, FEWEST_SECTORS, MOST_SECTORS))
    pixels = keep.size // sectors
    keep = np.asarray(keep[: sectors * pixels].reshape(sectors, pixels), dtype=np.intp)
    off = off[keep]
    first, last = off[:, :1], off[:, -1:]
    along = (off - 0.5 * (first + last)) / np.maximum(last - first, 1e-9)
    return Band(line[keep], column[keep], value[keep], off, along, half_arc_deg, inside)


def limb_columns(band: Band, state: LimbState, free: list[str]) -> tuple[Array, Array]:
    """Columns of the linearised model and the level that each sector's own columns are scaled by.

    Per sector: relief, sky, slope of the sky, albedo (5 powers of the emission
    cosine), gradient along the limb (2). In common: the outline's free
    numbers, two logarithms of the blur, phase angle, weights of the two laws,
    9 powers and harmonics for laws of another kind, wings of the blur.

    Parameters
    ----------
    band
        From `limb_band`.
    state
        Around which to linearise; without `light` only the linear columns are filled.
    free
        Names of the outline's free numbers, in order.

    Returns
    -------
    array, array
        (sector, pixel, column) and (sector,).

    Examples
    --------
    >>> outline = Outline(45.0, 44.0, 30.0)
    >>> band = limb_band(np.ones((90, 90)), outline, 0.0, 90.0, 1.0)
    >>> state = LimbState(outline, np.zeros(2), 1.0, np.zeros(13))
    >>> limb_columns(band, state, ["centre_line", "centre_column"])[0].shape[2]
    27
    """
    outline = state.outline
    away, down, right, steep, moves = outline.moves(band.line, band.column, free)
    parts = [
        (math.exp(log) * normal) ** 2
        for log, normal in zip(state.log_blur, (down, right), strict=True)
    ]
    sigma = np.sqrt(parts[0] + parts[1])
    # a curved edge is blurred inwards
    curvature = 1.0 / (steep**3 * (outline.semi_axis_line_px * outline.semi_axis_column_px) ** 2)
    away = away - state.shift_px[:, None] + 0.5 * sigma**2 * curvature
    z = away / sigma
    widest = np.sqrt(2.0 * steep * band.reach_px)
    scale = np.minimum(ALBEDO_SCALE, widest)
    unit = np.sqrt(2.0 * steep * sigma) / scale
    power, slope = blurred_powers(z, LAW_POWERS - 1)
    factor = [unit**p for p in range(LAW_POWERS)]
    basis = np.stack([f * t for f, t in zip(factor, power, strict=True)], axis=-1)
    by_place = np.stack([f * d / sigma for f, d in zip(factor, slope, strict=True)], axis=-1)
    by_blur = np.stack(
        [
            f * (0.5 * p * t - z * d)
            for p, (f, t, d) in enumerate(zip(factor, power, slope, strict=True))
        ],
        axis=-1,
    )
    laws, by_phase = _laws(band, state.phase_rad, widest, scale)
    turn = np.deg2rad(band.off_deg)
    around = (np.ones_like(turn), np.cos(turn), np.sin(turn))
    level = _level(band.value, z)
    design = np.empty((*z.shape, OWN_COLUMNS + len(free) + 3 + LAWS + OTHER_LAWS + 1))
    by_x, by_sigma, by_turn = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
    common = OWN_COLUMNS + len(free) + 3
    n = ALBEDO_POWERS
    design[..., 1] = 1.0
    design[..., 2] = np.maximum(away, 0.0)
    design[..., 3 : 3 + n] = basis[..., :n]
    design[..., 3 + n : 5 + n] = band.along[..., None] * basis[..., :2]
    design[..., 1:OWN_COLUMNS] *= level[:, None, None]
    design[..., common : common + LAWS] = np.einsum("kml,kmlj->kmj", basis, laws)
    for j, shape in enumerate(around):
        design[..., common + LAWS + 3 * j : common + LAWS + 3 * j + 3] = (
            shape[..., None] * basis[..., :3]
        )
    far = blurred_powers(z / WING_WIDTH, 1)[0][0]
    design[..., -1] = level[:, None] * (far - power[0])
    if state.light is not None:
        content = _content(band, state.light, level, laws, around, len(free))
        by_x = np.einsum("kml,kml->km", by_place, content)
        by_sigma = np.einsum("kml,kml->km", by_blur, content)
        weights = state.light[1][len(free) + 3 : len(free) + 3 + LAWS]
        by_turn = np.einsum("kml,kmlj,j->km", basis, by_phase, weights)
    design[..., 0] = -by_x
    design[..., OWN_COLUMNS : common - 3] = by_x[..., None] * moves
    for j, part in enumerate(parts):
        design[..., common - 3 + j] = by_sigma * part / sigma**2
    design[..., common - 1] = by_turn
    return design, level


def _content(
    band: Band,
    light: tuple[Array, Array],
    level: Array,
    laws: Array,
    around: tuple[Array, ...],
    free: int,
) -> Array:
    """Coefficient of each power of the emission cosine at each pixel."""
    own, common = light
    n = ALBEDO_POWERS
    content = laws @ common[free + 3 : free + 3 + LAWS]
    content[..., :n] += (own[:, 3 : 3 + n] * level[:, None])[:, None, :]
    gradient = own[:, 3 + n : 5 + n] * level[:, None]
    content[..., :2] += band.along[..., None] * gradient[:, None, :]
    for j, shape in enumerate(around):
        first = free + 3 + LAWS + 3 * j
        content[..., :3] += shape[..., None] * common[first : first + 3]
    return np.asarray(content)


def _laws(band: Band, phase_rad: float, widest: Array, scale: Array) -> tuple[Array, Array]:
    """Coefficients (sector, pixel, power, law) of both laws, and their change with the phase."""
    nodes = np.linspace(-band.half_arc_deg, band.half_arc_deg, NODES)
    middle = 0.5 * (band.off_deg[:, 0] + band.off_deg[:, -1])
    reach = np.interp(nodes, middle, widest.mean(axis=1))
    step = 0.01
    both = [
        limb_light(nodes, math.degrees(phase), reach, LAW_POWERS - 1).transpose(1, 2, 0)
        for phase in (phase_rad, phase_rad + step)
    ]
    place = (band.off_deg + band.half_arc_deg) / (nodes[1] - nodes[0])
    index = np.clip(place.astype(np.intp), 0, NODES - 2)
    part = (place - index)[..., None, None]
    units = ((scale / np.interp(band.off_deg, nodes, reach))[..., None] ** np.arange(LAW_POWERS))[
        ..., None
    ]
    at = [(c[index] + part * (c[index + 1] - c[index])) * units for c in both]
    return at[0], (at[1] - at[0]) / step


def _level(value: Array, z: Array) -> Array:
    """Radiance just inside the limb over the sky's, of each sector; never far below the usual."""
    inside, outside = z < -0.8, z > 2.0
    sky = float(median(value[outside])) if outside.any() else float(value.min())
    sums = np.where(inside, value - sky, 0.0).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    usual = max(float(median(sums)), 1e-9 * float(np.ptp(value)), 1e-300)
    return np.asarray(np.maximum(sums, 0.3 * usual))
