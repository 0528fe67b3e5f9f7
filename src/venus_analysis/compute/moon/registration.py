"""Band-to-band registration: the other bands' outlines, from one band's and the focal plane."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.instrument import venus_bands

Array = NDArray[np.float64]
TRI_DETECTOR_STEP_RAD: Final = math.radians(0.42)
ARRAY_STEP_RAD: Final = 2e-3 / 1.75
LEAST_SECTORS: Final = 10
LIMB_FLOOR_PX: Final = 0.03
SECTOR_PX: Final = 8.0


class PixelSource(Protocol):
    """An image that gives the pixels asked for: an array, or one that is made on demand."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(lines, columns)."""

    def __getitem__(self, key: Any) -> Any:
        """Give pixels by (lines, columns)."""


@dataclass(frozen=True)
class Registered:
    """Outline of a band's disk, with standard uncertainties of its centre (pixels).

    `sectors` limb sectors hold it, `residual_px` is their scatter; 0 sectors:
    the limb held nothing and the outline is the prediction.
    """

    outline: Outline
    u_line: float
    u_column: float
    sectors: int
    residual_px: float


def focal_plane_angle(band: str) -> float:
    """Nominal place of a band's array along the scan, rad from the first band's (B6).

    The four tri-detectors are 0.42 deg apart, the three arrays of each
    2 mm / 1.75 m, in the order in which the bands see the ground. Real offsets
    differ by some pixels and are found from the images.

    Examples
    --------
    >>> focal_plane_angle("B6"), round(focal_plane_angle("B2") / 7.42857e-6)
    (0.0, 3114)
    """
    order = {one.band: one.time_order - 1 for one in venus_bands()}[band]
    return (order // 3) * TRI_DETECTOR_STEP_RAD + (order % 3) * ARRAY_STEP_RAD


def predict_outline(outline: Outline, reference_band: str, band: str, ifov_rad: float) -> Outline:
    """Outline of a band's disk from another's, by the nominal focal plane.

    Parameters
    ----------
    outline
        Of the reference band, pixels.
    reference_band, band
        Band names.
    ifov_rad
        Angle of a column, rad.

    Returns
    -------
    Outline
        Of the same shape; a shear moves the column along.

    Examples
    --------
    >>> predict_outline(Outline(0.0, 9.0, 5.0, 2.0), "B6", "B4", 2e-3 / 1.75).centre_line
    2.0
    """
    angle = focal_plane_angle(band) - focal_plane_angle(reference_band)
    return moved(outline, angle / ifov_rad * outline.oversampling, 0.0)


def moved(outline: Outline, lines: float, columns: float) -> Outline:
    """Outline moved by lines, which a shear turns into columns too, and by columns.

    Examples
    --------
    >>> there = moved(Outline(50.0, 60.0, 20.0, shear=0.5), 10.0, 1.0)
    >>> there.centre_line, there.centre_column
    (60.0, 66.0)
    """
    return replace(
        outline,
        centre_line=outline.centre_line + lines,
        centre_column=outline.centre_column + outline.shear * lines + columns,
    )


def profile_shift(profile: Array, reference: Array) -> float:
    """Shift of a profile against a reference, samples.

    The largest cross-correlation of what rises above either's darkest fifth, to
    a part of a sample by a parabola. Their scales do not matter, nor how much
    sky lies on either side.

    Examples
    --------
    >>> x = np.arange(60.0)
    >>> bump = lambda at: np.exp(-((x - at) / 6.0) ** 2)
    >>> round(profile_shift(bump(33.3), bump(25.0)), 1)
    8.3
    """
    a, b = _above_sky(profile), _above_sky(reference)
    size = 2 * max(a.size, b.size)
    both = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    best = int(np.argmax(both))
    before, at, after = both[best - 1], both[best], both[(best + 1) % size]
    bend = before - 2.0 * at + after
    fine = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    shift = best + fine
    return float(shift - size if shift > size / 2 else shift)


def _above_sky(profile: Array) -> Array:
    filled = np.nan_to_num(profile)
    darkest = np.sort(filled)[: max(filled.size // 5, 1)]
    above = filled - darkest.mean()
    return np.asarray(np.where(above > 0.1 * above.max(), above, 0.0))


@dataclass(frozen=True, eq=False)
class LimbLight:
    """Lit depth of each sector of the limb, pixels, and its weight.

    `depth` is how far the light between some pixels inside and outside the
    outline, less the sky beyond it and over the level further inside, exceeds
    that of a sharp edge at the outline: the place of the edge plus a constant
    that blur does not change.
    """

    depth: Array
    sigma: Array
    angle_deg: Array


def limb_light(
    image: PixelSource,
    outline: Outline,
    sun_direction_deg: float,
    width_px: float,
    *,
    half_arc_deg: float = 80.0,
    sectors: int | None = None,
    noise: tuple[float, float] = (0.7, 0.0),
) -> LimbLight:
    """Lit depth of the limb, sector by sector.

    Parameters
    ----------
    image
        Radiance or equalised counts (line, column); only pixels near the
        outline are asked for; NaN is left out.
    outline
        Within `width_px` of the limb.
    sun_direction_deg
        Direction of the Sun on the unit disk.
    width_px
        Reach to either side of the outline; level and sky are taken that far
        again beyond it.
    half_arc_deg
        Limb used on either side of the Sun's direction.
    sectors
        Number of sectors; None takes 12 to 96, some 8 pixels long.
    noise
        A and B of the noise model.

    Returns
    -------
    LimbLight
        NaN in a sector without pixels or without light.
    """
    if sectors is None:
        arc = half_arc_deg / 180.0 * math.pi * (outline.semi_axis_line_px + outline.across_px)
        sectors = int(np.clip(arc / SECTOR_PX, 12, 96))
    shape = (image.shape[0], image.shape[1])
    rows, columns = outline.annulus(2.0 * width_px, 2.0 * width_px, shape)
    u, v = outline.unit(rows.astype(np.float64), columns.astype(np.float64))
    toward = math.radians(sun_direction_deg)
    along = u * math.cos(toward) + v * math.sin(toward)
    near = np.flatnonzero(along > math.cos(math.radians(half_arc_deg)) * np.hypot(u, v))
    rows, columns, u, v, along = rows[near], columns[near], u[near], v[near], along[near]
    off = np.rad2deg(np.arctan2(v * math.cos(toward) - u * math.sin(toward), along))
    value = np.asarray(image[rows, columns], dtype=np.float64)
    distance = outline.distance(rows.astype(np.float64), columns.astype(np.float64))
    zone = (distance > -width_px).astype(np.intp) + (distance > width_px)
    sector = np.clip(((off / half_arc_deg + 1.0) / 2.0 * sectors).astype(np.intp), 0, sectors - 1)
    cell = sector * 3 + zone
    good = np.isfinite(value)
    number = np.bincount(cell[good], minlength=3 * sectors).reshape(sectors, 3)
    total = np.bincount(cell[good], value[good], 3 * sectors).reshape(sectors, 3)
    with np.errstate(invalid="ignore", divide="ignore"):
        level, edge, sky = (total / np.where(number > 2, number, np.nan)).T
        # less what a sharp edge at the outline gives on the same pixels, which takes
        # out how they happen to lie
        sharp = np.bincount(cell[good], np.clip(0.5 - distance[good], 0.0, 1.0), 3 * sectors)
        expected = (sharp.reshape(sectors, 3) / np.where(number > 2, number, np.nan)).T[1]
        depth = 2.0 * width_px * ((edge - sky) / (level - sky) - expected)
        spread = np.sqrt((noise[0] ** 2 + 1.0 / 12.0 + noise[1] * np.abs(level)) / number.T[1])
        sigma = 2.0 * width_px * spread * 1.5 / np.abs(level - sky)
        depth = np.where((level - sky > 0.0) & (np.abs(depth) < 4.0 * width_px), depth, np.nan)
    angle = sun_direction_deg + half_arc_deg * ((np.arange(sectors) + 0.5) * 2.0 / sectors - 1.0)
    return LimbLight(depth, sigma, angle)


def limb_width(outline: Outline) -> float:
    """Reach across the limb that suits a disk, pixels: 3 to 5."""
    return float(np.clip(outline.across_px / 60.0, 3.0, 5.0))


def refine_centre(
    image: PixelSource,
    outline: Outline,
    reference: Callable[[float], LimbLight],
    sun_direction_deg: float,
    *,
    noise: tuple[float, float] = (0.7, 0.0),
    reach_px: float = 0.0,
    turns: int = 3,
) -> Registered:
    """Centre of a disk from its limb beside the reference band's.

    The lit depth (`limb_light`) of each sector is compared with that of the
    same sector in the reference band; a shift (l, c) changes it by ``l n_l +
    c n_c`` with the outward normal n. Shape, blur and markings are common to
    the bands, so nothing else is free and 3 counts of Moon are enough.

    Parameters
    ----------
    image, outline
        The band, and its outline within `reach_px` or the width of `limb_width`.
    reference
        Gives the reference band's `limb_light` for a width.
    sun_direction_deg
        Direction of the Sun on the unit disk.
    noise
        A and B of the noise model.
    reach_px
        How far the first outline may be off.
    turns
        Fits, each from the outline of the one before.

    Returns
    -------
    Registered

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((90, 90)).astype(float)
    >>> first, second = Outline(44.5, 44.4, 30.0, 1.2), Outline(45.2, 43.7, 30.0, 1.2)
    >>> images = [10.0 * ndtr(-one.distance(line, column) / 0.9) for one in (first, second)]
    >>> base = lambda width: limb_light(images[0], first, 10.0, width)
    >>> found = refine_centre(images[1], first, base, 10.0)
    >>> [round(float(x), 1) for x in (found.outline.centre_line, found.outline.centre_column)]
    [45.2, 43.7]
    """
    found = Registered(outline, math.inf, math.inf, 0, math.nan)
    for turn in range(turns):
        width = max(limb_width(outline), 1.5 * reach_px if turn == 0 else 0.0)
        base = reference(width)
        here = limb_light(image, found.outline, sun_direction_deg, width, noise=noise)
        apart = here.depth - base.depth
        sigma = np.hypot(here.sigma, LIMB_FLOOR_PX)
        good = np.isfinite(apart) & np.isfinite(sigma)
        if good.sum() < LEAST_SECTORS:
            return found
        line, column = found.outline.boundary(here.angle_deg)
        _, down, right = found.outline.distance_and_normal(line, column)
        design = np.stack([down, right], axis=1)
        shift, error, residual, used = _robust(design[good], apart[good], sigma[good])
        found = Registered(
            replace(
                found.outline,
                centre_line=found.outline.centre_line + float(shift[0]),
                centre_column=found.outline.centre_column + float(shift[1]),
            ),
            float(error[0]),
            float(error[1]),
            used,
            residual,
        )
    return found


def _robust(design: Array, value: Array, sigma: Array) -> tuple[Array, Array, float, int]:
    """Weighted least squares, far points left out; error by the scatter that is left."""
    keep = np.ones(value.size, np.bool_)
    for _ in range(4):
        weight = keep / sigma**2
        inner = design.T @ (design * weight[:, None])
        inverse = np.linalg.pinv(inner)
        x = inverse @ (design.T @ (weight * value))
        rest = (value - design @ x) / sigma
        typical = max(1.4826 * float(np.median(np.abs(rest[keep]))), 1e-6)
        keep = np.abs(rest) <= 3.5 * typical
    scatter = float((rest[keep] ** 2).sum()) / max(int(keep.sum()) - 2, 1)
    error = np.sqrt(np.diag(inverse) * max(scatter, 1e-6))
    residual = float(np.sqrt(np.mean((rest[keep] * sigma[keep]) ** 2)))
    return x, error, residual, int(keep.sum())
