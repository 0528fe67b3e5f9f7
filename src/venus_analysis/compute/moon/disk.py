"""Find the Moon in an image, to a tenth of a pixel, without a given mask."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.blur import FIRST_BLUR_PX, limb_blur
from venus_analysis.compute.moon.detect import WHERE, Region, block_mean, find_region, first_outline
from venus_analysis.compute.moon.ellipse import Outline, OutlineFit, ScanAxis, fit_outline
from venus_analysis.compute.moon.limb import LimbPoints, limb_points
from venus_analysis.compute.moon.limb_fit import fit_limb
from venus_analysis.compute.moon.sun import EVENLY_LIT, sun_direction
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag

Array = NDArray[np.float64]
FIRST_ARC_DEG, POINTS_ARC_DEG, PIXELS_ARC_DEG = 75.0, 83.0, 90.0
TURNS = 3
WORKING_RADIUS_PX = 60.0
DECIMATED_BLUR_PX = 0.5
# nominal fields of view of SEVIRI and MTSAT and their limbs differ by up to 0.3 and 0.6 %
U_GIVEN_AXIS = 0.003


@dataclass(frozen=True)
class LunarDisk:
    """The Moon's disk in an image.

    Positions are pixels with the centre of the first pixel at 0.0, (line,
    column) order. `sun_direction_deg` is on the disk before stretch and shear,
    from +column towards +line. Uncertainties are standard (k = 1) and include
    the scatter of the limb, not its relief (0.1-0.2 % of the oversampling).
    `limb_across_px` is the semi-axis across the scan that the limb alone asks
    for, and its uncertainty; where that axis was given, the two are compared.
    """

    outline: Outline
    sun_direction_deg: float
    u_centre_line: float
    u_centre_column: float
    u_across_px: float
    u_oversampling: float
    blur_px: tuple[float, float]
    limb_residual_px: float
    limb: LimbPoints
    sky: float
    bright: float
    flags: Flag
    limb_across_px: tuple[float, float] = (math.nan, math.nan)

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (line, column), pixels."""
        return self.outline.centre_line, self.outline.centre_column

    @property
    def oversampling(self) -> float:
        """Elongation along the scan, from the limb or as it was given."""
        return self.outline.oversampling


def find_disk(
    radiance: Array,
    *,
    scan_axis: ScanAxis = "line",
    across_px: float | None = None,
    oversampling: float | None = None,
    shear: float | Literal["auto", "fit"] = "auto",
    saturation: float | None = None,
) -> LunarDisk:
    """Find the Moon: edges of the Laplacian, then the limb sector by sector.

    A decimated copy decides where the Moon is; zero crossings of its
    Laplacian of Gaussian, the steep ones facing the Sun, give a first outline.
    The limb is then located in the image itself, in sectors within 83 degrees
    of the Sun's direction and from coarse to full resolution, by fitting the
    blurred edge of a sphere; a wide filter would shift it. A sheared ellipse
    is fitted to the sectors.

    Parameters
    ----------
    radiance
        Image (line, column), any linear unit; NaN for missing pixels.
    scan_axis
        Image axis that the scan oversamples.
    across_px
        Semi-axis across the scan, where distance and field of view give it:
        asin(1737.4 km / distance) / IFOV. Fixing it makes the centre and the
        oversampling about twice as certain. The limb is asked all the same:
        where it differs by more than three sigma, 0.3 % for a nominal field of
        view among them, AXIS_DISAGREES is flagged.
    oversampling
        Fixes the elongation; None estimates it from the limb.
    shear
        Columns per line; "fit" fits it, for a camera that scans; "auto" keeps it
        only when the limb needs it, for a look that may be framed upright. Left
        out, a shear too small to stand out moves the centre along the scan.
    saturation
        Radiance from which on a pixel counts as saturated.

    Returns
    -------
    LunarDisk
        With flags for what limits it; see `venus_analysis.flags`.

    Raises
    ------
    InputError
        The image is not two-dimensional, holds no finite pixel, no object
        above its noise, or no limb that an ellipse fits.

    References
    ----------
    Marr & Hildreth 1980, doi:10.1098/rspb.1980.0020 (edges).

    Examples
    --------
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> depth = 30.0 - np.hypot(line - 60.25, column - 58.5)
    >>> disk = find_disk(9.0 / (1.0 + np.exp(-2.0 * depth)))
    >>> round(disk.centre[0], 2), round(disk.centre[1], 2)
    (60.25, 58.5)
    """
    image = np.asarray(radiance)
    if image.ndim != 2:
        raise InputError(WHERE, "two dimensions (line, column)", f"{image.ndim}", "pick one band")
    region = find_region(image)
    given = {
        name: value
        for name, value in (
            ("across_px", across_px),
            ("oversampling", oversampling),
            ("shear", None if isinstance(shear, str) else shear),
        )
        if value is not None
    }
    outline, sun_image_deg, one_sided = first_outline(image, region, scan_axis, given)
    edges_deg = _on_disk(outline, sun_image_deg) if one_sided > EVENLY_LIT else None
    for factor in _levels(outline):
        blur_px = FIRST_BLUR_PX if factor == 1 else DECIMATED_BLUR_PX
        small, first = _cut(image, outline, factor)
        outline = outline.decimated(factor, first)
        for turn in range(TURNS if factor > 1 else TURNS - 1):
            sharp = factor == 1 and turn > 0
            sun_deg, even = sun_direction(small, outline, region.sky, edges_deg, edge=sharp)
            if sharp:
                blur_px = limb_blur(small, outline, sun_deg)
            arc_deg = (180.0 if even else POINTS_ARC_DEG) if sharp else FIRST_ARC_DEG
            limb = limb_points(
                small, outline, sun_deg, half_arc_deg=arc_deg, blur_px=(blur_px, blur_px)
            )
            points = _fit(limb, outline, given, shear == "fit" and sharp)
            outline = points.outline
        outline = outline.restored(factor, first)
    sun_deg, even = sun_direction(image, outline, region.sky, edges_deg, edge=True)
    fit = fit_limb(
        image,
        outline,
        sun_deg,
        blur_px=(blur_px, blur_px),
        phase_angle_deg=1.0 if even else _phase_angle_deg(image, outline, region),
        half_arc_deg=180.0 if even else PIXELS_ARC_DEG,
        fixed=(
            *given,
            *(() if outline.shear or {shear, *given} & {"fit", "shear"} else ("shear",)),
        ),
    )
    error = fit.standard_error if fit.converged else points.standard_error
    disk = LunarDisk(
        fit.outline,
        sun_deg % 360.0,
        *error[:4],
        fit.blur_px,
        points.residual_px,
        _kept(limb, points),
        region.sky,
        region.bright,
        Flag(0),
        fit.limb_across_px,
    )
    return replace(disk, flags=_flags(image, disk, region.others, saturation))


def _phase_angle_deg(image: Array, outline: Outline, region: Region) -> float:
    """Rough phase angle from the lit part of the disk, on a coarse grid."""
    step = max(1, int(outline.across_px / WORKING_RADIUS_PX))
    spans = []
    for centre, half in (
        (outline.centre_line, outline.semi_axis_line_px),
        (outline.centre_column, outline.half_width_px),
    ):
        spans.append(slice(max(math.floor(centre - half), 0), math.ceil(centre + half) + 1, step))
    lit = np.count_nonzero(image[spans[0], spans[1]] > region.sky + 0.1 * region.bright)
    area = math.pi * outline.semi_axis_line_px * outline.semi_axis_column_px
    return math.degrees(math.acos(min(max(2.0 * lit * step**2 / area - 1.0, -0.1), 0.98)))


def _on_disk(outline: Outline, gradient_deg: float) -> float:
    """Carry the direction of a gradient in the image to the unit disk."""
    down, right = math.sin(math.radians(gradient_deg)), math.cos(math.radians(gradient_deg))
    u = outline.semi_axis_column_px * right
    v = outline.semi_axis_line_px * (down + outline.shear * right)
    return math.degrees(math.atan2(v, u))


def _levels(outline: Outline) -> list[int]:
    """Decimations to work through: the Moon some 60 pixels across first, the image itself last."""
    factor, levels = max(1, int(outline.across_px / WORKING_RADIUS_PX)), []
    while factor > 1:
        levels.append(factor)
        factor //= 3
    return [*levels, 1]


def _cut(image: Array, outline: Outline, factor: int) -> tuple[Array, tuple[int, int]]:
    """Return the decimated surroundings of the disk and its first (line, column)."""
    if factor == 1:
        return image, (0, 0)
    margin = 12 * factor
    spans = []
    for centre, half, limit in (
        (outline.centre_line, outline.semi_axis_line_px, image.shape[0]),
        (outline.centre_column, outline.half_width_px, image.shape[1]),
    ):
        start = min(max(math.floor(centre - half) - margin, 0), limit)
        spans.append(slice(start, min(math.ceil(centre + half) + margin, limit)))
    return block_mean(image[spans[0], spans[1]], factor), (spans[0].start, spans[1].start)


def _fit(
    limb: LimbPoints, outline: Outline, held: dict[str, float], sheared_anyway: bool
) -> OutlineFit:
    """Fit the outline; a shear that the limb does not need is not fitted, unless asked for."""
    span = np.ptp(limb.angle_deg) if limb.line.size else 0.0
    if limb.line.size < 10 or span < 60.0:
        received = f"{limb.line.size} limb points over {span:.0f} degrees"
        raise InputError(WHERE, "a lit limb of 60 degrees", received, "check that it is the Moon")
    # markings leave about this much scatter that the sectors' own noise does not know of
    sigma = np.hypot(limb.sigma_px, 0.03)
    given, fixed = (limb.line, limb.column, sigma), tuple(held)
    if "shear" in held:
        return fit_outline(*given, outline, fixed=fixed)
    sheared = fit_outline(*given, outline, fixed=fixed)
    if sheared_anyway:
        return sheared
    straight = fit_outline(*given, replace(outline, shear=0.0), fixed=(*fixed, "shear"))
    needed = abs(sheared.outline.shear) > 4.0 * sheared.standard_error[4]
    return sheared if needed and sheared.residual_px < 0.5 * straight.residual_px else straight


def _kept(limb: LimbPoints, fit: OutlineFit) -> LimbPoints:
    """Points that the fit kept."""
    return LimbPoints(
        limb.line[fit.used],
        limb.column[fit.used],
        limb.sigma_px[fit.used],
        limb.angle_deg[fit.used],
        limb.edge[fit.used],
        limb.cost,
    )


def _flags(image: Array, disk: LunarDisk, others: int, saturation: float | None) -> Flag:
    """Name what limits this disk."""
    outline, flags = disk.outline, Flag(0)
    low = (
        outline.centre_line - outline.semi_axis_line_px,
        outline.centre_column - outline.half_width_px,
    )
    high = (2.0 * outline.centre_line - low[0], 2.0 * outline.centre_column - low[1])
    if min(low) < 0.0 or high[0] > image.shape[0] - 1 or high[1] > image.shape[1] - 1:
        flags |= Flag.DISK_OUTSIDE_FRAME
    if others:
        flags |= Flag.OTHER_BRIGHT_OBJECT
    seen, sigma = disk.limb_across_px
    if abs(seen - outline.across_px) > 3.0 * math.hypot(sigma, U_GIVEN_AXIS * seen):
        flags |= Flag.AXIS_DISAGREES
    # a staggered scan leaves steps of about a pixel in a good limb
    if disk.limb_residual_px > max(1.0, 0.01 * outline.across_px):
        flags |= Flag.LIMB_UNCERTAIN
    if math.hypot(disk.u_centre_line, disk.u_centre_column) > max(1.0, 0.01 * outline.across_px):
        flags |= Flag.LIMB_UNCERTAIN
    if saturation is not None and bool(np.any(image >= saturation)):
        flags |= Flag.SATURATED
    return flags
