"""Shift of a band's disk against the reference band's, from the light about the limb."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import Outline

Array = NDArray[np.float64]
LEAST_SECTORS: Final = 10
LIMB_FLOOR_PX: Final = 0.03
SECTOR_PX: Final = 8.0
HALF_ARC_DEG: Final = 80.0
SETTLED_PX: Final = 0.05
MOST_PIXELS: Final = 60_000


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


@dataclass(frozen=True, eq=False)
class LimbLight:
    """Lit depth of each sector of the limb, pixels, and its standard uncertainty.

    `depth` is how far the light between some pixels inside and outside the
    outline, less the sky beyond it and over the level further inside, exceeds
    that of a sharp edge at the outline: the place of the edge plus a constant
    that blur does not change.
    """

    depth: Array
    sigma: Array


@dataclass(frozen=True, eq=False)
class LimbSectors:
    """Pixels about the lit limb of an outline, sorted into sectors.

    `line` and `column` of the pixels, their `distance` from the outline with its
    gradient (`down`, `right`), and their `sector`; the outward normal at the
    middle of each sector. All bands share them, moved by whole pixels.
    """

    line: NDArray[np.intp]
    column: NDArray[np.intp]
    distance: Array
    down: Array
    right: Array
    sector: NDArray[np.intp]
    normal: Array
    width_px: float

    @classmethod
    def about(cls, outline: Outline, sun_direction_deg: float, width_px: float) -> LimbSectors:
        """Take the pixels within twice `width_px` of the outline, 80 deg about the Sun."""
        arc = math.radians(HALF_ARC_DEG) * (outline.semi_axis_line_px + outline.across_px)
        sectors = int(np.clip(arc / SECTOR_PX, 12, 96))
        # indices relative to a corner that leaves no pixel at a negative place
        corner = np.floor([outline.centre_line, outline.centre_column]).astype(int)
        room = math.ceil(max(outline.semi_axis_line_px, outline.half_width_px) + 3.0 * width_px) + 2
        local = replace(
            outline,
            centre_line=outline.centre_line - corner[0] + room,
            centre_column=outline.centre_column - corner[1] + room,
        )
        rows, columns = local.annulus(2.0 * width_px, 2.0 * width_px, (2 * room + 2, 2 * room + 2))
        thin = max(1, round(rows.size / MOST_PIXELS)) if width_px > 2.0 * limb_width(outline) else 1
        rows, columns = rows[::thin], columns[::thin]
        u, v = local.unit(rows.astype(np.float64), columns.astype(np.float64))
        toward = math.radians(sun_direction_deg)
        along = u * math.cos(toward) + v * math.sin(toward)
        across = v * math.cos(toward) - u * math.sin(toward)
        near = np.flatnonzero(along > math.cos(math.radians(HALF_ARC_DEG)) * np.hypot(u, v))
        off = np.rad2deg(np.arctan2(across[near], along[near]))
        sector = np.clip((off / HALF_ARC_DEG + 1.0) / 2.0 * sectors, 0, sectors - 1)
        line, column = rows[near], columns[near]
        found = local.distance_and_normal(line.astype(np.float64), column.astype(np.float64))
        middle = HALF_ARC_DEG * ((np.arange(sectors) + 0.5) * 2.0 / sectors - 1.0)
        edge = outline.boundary(sun_direction_deg + middle)
        _, down, right = outline.distance_and_normal(*edge)
        return cls(
            line + corner[0] - room,
            column + corner[1] - room,
            *found,
            sector.astype(np.intp),
            np.stack([down, right], axis=1),
            width_px,
        )

    def light(
        self,
        image: PixelSource,
        shift: tuple[float, float] = (0.0, 0.0),
        noise: tuple[float, float] = (0.7, 0.0),
    ) -> LimbLight:
        """Lit depth in an image whose disk is shifted by (lines, columns).

        NaN in a sector without pixels or without light.
        """
        whole = round(shift[0]), round(shift[1])
        line, column = self.line + whole[0], self.column + whole[1]
        here = (line >= 0) & (line < image.shape[0]) & (column >= 0) & (column < image.shape[1])
        line, column = line[here], column[here]
        value = np.asarray(image[line, column], dtype=np.float64)
        distance = self.distance[here] - (shift[0] - whole[0]) * self.down[here]
        distance -= (shift[1] - whole[1]) * self.right[here]
        good = np.isfinite(value)
        value, distance = value[good], distance[good]
        width, sectors = self.width_px, len(self.normal)
        zone = (distance > -width).astype(np.intp) + (distance > width)
        cell = self.sector[here][good] * 3 + zone

        def add(weights: Array | None) -> Array:
            each = np.bincount(cell, weights, 3 * sectors).reshape(sectors, 3)
            return np.asarray(each, dtype=np.float64)

        # less what a sharp edge at the outline gives on the same pixels, which takes
        # out how they happen to lie
        number, total, sharp = add(None), add(value), add(np.clip(0.5 - distance, 0.0, 1.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            number = np.where(number > 2, number, np.nan)
            level, edge, sky = (total / number).T
            step = level - sky
            depth = 2.0 * width * ((edge - sky) / step - (sharp / number).T[1])
            spread = np.sqrt((noise[0] ** 2 + 1.0 / 12.0 + noise[1] * np.abs(level)) / number.T[1])
            sigma = 2.0 * width * spread * 1.5 / np.abs(step)
            depth = np.where((step > 0.0) & (np.abs(depth) < 4.0 * width), depth, np.nan)
        return LimbLight(depth, sigma)


def limb_width(outline: Outline) -> float:
    """Reach across the limb that suits a disk, pixels: 3 to 5.

    Examples
    --------
    >>> limb_width(Outline(0.0, 0.0, 240.0))
    4.0
    """
    return float(np.clip(outline.across_px / 60.0, 3.0, 5.0))


class ReferenceLimb:
    """The reference band's limb, as the other bands are compared with it.

    Parameters
    ----------
    image
        Equalised counts or radiance of the reference band.
    outline
        Of its disk, pixels of `image`.
    sun_direction_deg
        Direction of the Sun on the unit disk.
    """

    def __init__(self, image: PixelSource, outline: Outline, sun_direction_deg: float) -> None:
        self._image, self.outline = image, outline
        self._sun_direction_deg = sun_direction_deg
        self._known: dict[float, tuple[LimbSectors, LimbLight, Array]] = {}

    def at(self, width_px: float) -> tuple[LimbSectors, LimbLight, Array]:
        """Sectors, light and its slopes for a reach across the limb; worked out once.

        The slopes (sector, 2) are by how much a sector's lit depth grows with a shift
        of the disk by a line or a column.
        """
        if width_px not in self._known:
            sectors = LimbSectors.about(self.outline, self._sun_direction_deg, width_px)
            self._known[width_px] = sectors, sectors.light(self._image), self._slopes(sectors)
        return self._known[width_px]

    def _slopes(self, sectors: LimbSectors) -> Array:
        """By moving the sectors a pixel either way over the image; normals where that fails."""
        before, after = (
            np.stack([sectors.light(self._image, one).depth for one in ways], axis=1)
            for ways in (((-1.0, 0.0), (0.0, -1.0)), ((1.0, 0.0), (0.0, 1.0)))
        )
        slopes = 0.5 * (before - after)
        known = np.asarray(np.isfinite(slopes).all(axis=1))
        return np.where(known[:, None], slopes, sectors.normal)


def refine_centre(
    image: PixelSource,
    outline: Outline,
    reference: ReferenceLimb,
    *,
    noise: tuple[float, float] = (0.7, 0.0),
    reach_px: float = 0.0,
    turns: int = 4,
) -> Registered:
    """Centre of a disk from its limb beside the reference band's.

    The lit depth (`LimbLight`) of each sector is compared with that of the
    same sector in the reference band; a shift (l, c) changes it by ``l s_l +
    c s_c``, where s is the outward normal if the disk is as bright further in as it
    is at the limb, and as the reference band shows where it is not: near the
    terminator twice that. Shape, blur and markings are common to
    the bands, so nothing else is free and 3 counts of Moon are enough.

    Parameters
    ----------
    image, outline
        The band, and its outline within `reach_px` or the width of `limb_width`;
        only the centre may differ from the reference's outline.
    reference
        Limb of the reference band.
    noise
        A and B of the noise model.
    reach_px
        How far the first outline may be off.
    turns
        Most fits, each from the outline of the one before; where they do not settle,
        the last step is part of the uncertainty.

    Returns
    -------
    Registered

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((90, 90)).astype(float)
    >>> first, second = Outline(44.5, 44.4, 30.0, 1.2), Outline(45.2, 43.7, 30.0, 1.2)
    >>> images = [10.0 * ndtr(-one.distance(line, column) / 0.9) for one in (first, second)]
    >>> found = refine_centre(images[1], first, ReferenceLimb(images[0], first, 10.0))
    >>> [round(float(x), 1) for x in (found.outline.centre_line, found.outline.centre_column)]
    [45.2, 43.7]
    """
    found = Registered(outline, math.inf, math.inf, 0, math.nan)
    for turn in range(turns):
        at = found.outline
        width = limb_width(outline)
        coarse = turn == 0 and 1.5 * reach_px > width
        sectors, base, slopes = reference.at(1.5 * reach_px if coarse else width)
        shift = (
            at.centre_line - reference.outline.centre_line,
            at.centre_column - reference.outline.centre_column,
        )
        here = sectors.light(image, shift, noise)
        apart = here.depth - base.depth
        sigma = np.hypot(here.sigma, LIMB_FLOOR_PX)
        good = np.isfinite(apart) & np.isfinite(sigma)
        if good.sum() < LEAST_SECTORS:
            return found
        step, error, residual, used = _robust(slopes[good], apart[good], sigma[good])
        found = Registered(
            replace(
                at,
                centre_line=at.centre_line + float(step[0]),
                centre_column=at.centre_column + float(step[1]),
            ),
            float(error[0]),
            float(error[1]),
            used,
            residual,
        )
        if not coarse and np.hypot(*step) < SETTLED_PX:
            return found
    return replace(
        found,
        u_line=math.hypot(found.u_line, float(step[0])),
        u_column=math.hypot(found.u_column, float(step[1])),
    )


def _robust(design: Array, value: Array, sigma: Array) -> tuple[Array, Array, float, int]:
    """Weighted least squares, far points left out; error by the scatter that is left."""
    keep = np.ones(value.size, np.bool_)
    for _ in range(4):
        weight = keep / sigma**2
        inner = design.T @ (design * weight[:, None])
        inverse = np.linalg.pinv(inner)
        x = inverse @ (design.T @ (weight * value))
        rest = (value - design @ x) / sigma
        typical = max(1.4826 * float(median(np.abs(rest[keep]))), 1e-6)
        keep = np.abs(rest) <= 3.5 * typical
    scatter = float((rest[keep] ** 2).sum()) / max(int(keep.sum()) - 2, 1)
    error = np.sqrt(np.diag(inverse) * max(scatter, 1e-6))
    residual = float(np.sqrt(np.mean((rest[keep] * sigma[keep]) ** 2)))
    return x, error, residual, int(keep.sum())
