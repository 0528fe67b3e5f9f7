"""Irradiance of a found Moon: mask, background, halo, uncertainty and sensitivity."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.disk import LunarDisk
from venus_analysis.compute.moon.irradiance import touches_frame
from venus_analysis.compute.moon.mask import LARGEST_GUARD_PX, lit_mask
from venus_analysis.compute.moon.sky import SkyFit, fit_sky
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Background = Literal["none", "far_sky", "near_ring"]
Halo = Literal["fit", "none"]
BACKGROUNDS: tuple[Background, ...] = ("none", "far_sky", "near_ring")
NEAR_RING = (0.05, 0.10)
CRESCENT_LIT_FRACTION = (1.0 + math.cos(math.radians(97.0))) / 2.0


@dataclass(frozen=True)
class DiskIrradiance:
    """Irradiance of the Moon in one image, with what it rests on.

    `irradiance` (W m-2 µm-1) is the sum over the mask, less the background
    (`background_removed`), plus the halo that the mask misses
    (`halo_outside_mask`); each of the two is zero when its option is "none".
    `budget` holds relative standard uncertainties (k = 1) by term and
    `sensitivity` the relative change of the irradiance under another choice of
    background, halo or mask, everything else as chosen.
    """

    irradiance: float
    in_mask: float
    background_removed: float
    halo_outside_mask: float
    halo_fraction: float
    oversampling: float
    background: Background
    halo: Halo
    guard_px: int
    pixel_number: int
    lit_fraction: float
    budget: dict[str, float]
    sensitivity: dict[str, float]
    flags: Flag

    @property
    def relative_uncertainty(self) -> float:
        """Root of the summed squares of the budget (k = 1)."""
        return math.sqrt(sum(term**2 for term in self.budget.values()))


def disk_irradiance(
    radiance: Array,
    disk: LunarDisk,
    pixel_solid_angle_sr: float,
    *,
    oversampling: float | None = None,
    background: Background = "far_sky",
    halo: Halo = "fit",
    guard_px: int = 3,
) -> DiskIrradiance:
    """Irradiance of the Moon from its found disk.

    ``E = (sum(L - background) + halo outside the mask) * pixel_solid_angle / oversampling``

    - background "none": for radiances known to be free of an offset, such as
      those of lunar observation files.
    - "far_sky": a plane fitted to all sky together with the Moon's halo, so
      that the halo is not taken for background.
    - "near_ring": the mean of a ring from 5 to 10 % of the radius beyond the
      limb, 7 to 11 pixels at least. It removes moonlight and is offered only
      to compare with others.
    - halo "fit" adds the scattered light outside the mask; "none" leaves the
      bare sum over the mask, and what a fit would add makes it uncertain.

    Parameters
    ----------
    radiance
        Image (line, column), W m-2 sr-1 µm-1; NaN for missing pixels.
    disk
        From `find_disk` on the same or a registered image.
    pixel_solid_angle_sr
        Solid angle of a pixel, sr.
    oversampling
        Along-scan oversampling; None takes the disk's.
    background, halo
        See above.
    guard_px
        Growth of the mask beyond the lit part, 0 to 6 pixels.

    Returns
    -------
    DiskIrradiance
        NaN with the flag EMPTY_IMAGE when nothing is lit; a missing pixel in
        the mask counts as no light and is flagged MISSING_PIXELS.

    Raises
    ------
    InputError
        An unknown option, or a solid angle or oversampling that is not positive.

    References
    ----------
    Kieffer & Stone 2005, AJ 129, 2887, doi:10.1086/430185, eq. 8.

    Examples
    --------
    >>> from venus_analysis.compute.moon.disk import find_disk
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> image = 9.0 / (1.0 + np.exp(2.0 * (np.hypot(line - 60.0, column - 60.0) - 30.0)))
    >>> found = disk_irradiance(image, find_disk(image), 1e-9, oversampling=1.0)
    >>> bool(abs(found.irradiance / (image.sum() * 1e-9) - 1.0) < 1e-3)
    True
    """
    _check_options(background, halo, pixel_solid_angle_sr)
    along = disk.oversampling if oversampling is None else oversampling
    if not along > 0:
        raise InputError("oversampling", "a number above 0", f"{along}", "give it, or None")
    image = np.asarray(radiance)
    mask = lit_mask(image, disk, guard_px)
    flags = disk.flags
    if not mask.any():
        return _nothing(background, halo, guard_px, along, flags | Flag.EMPTY_IMAGE)
    flags |= _mask_flags(image, mask, disk)
    bare = lit_mask(image, disk, 0)
    outline = disk.outline
    disk_area = math.pi * outline.semi_axis_line_px * outline.semi_axis_column_px
    lit_fraction = float(bare.sum()) / disk_area
    if lit_fraction < CRESCENT_LIT_FRACTION:
        flags |= Flag.THIN_CRESCENT
    sums = _Sums(image, disk, mask)
    scale = pixel_solid_angle_sr / along
    total = sums.total(background, halo)
    sensitivity = {
        f"background {name}": sums.total(name, halo) / total - 1.0
        for name in BACKGROUNDS
        if name != background
    }
    other: Halo = "none" if halo == "fit" else "fit"
    sensitivity[f"halo {other}"] = sums.total(background, other) / total - 1.0
    for guard, changed in ((0, bare), (LARGEST_GUARD_PX, lit_mask(image, disk, LARGEST_GUARD_PX))):
        other_total = sums.with_mask(changed).total(background, halo)
        sensitivity[f"guard {guard} px"] = other_total / total - 1.0
    return DiskIrradiance(
        irradiance=total * scale,
        in_mask=sums.in_mask * scale,
        background_removed=sums.background(background) * scale,
        halo_outside_mask=sums.halo(background, halo) * scale,
        halo_fraction=sums.halo_fraction(background, halo),
        oversampling=along,
        background=background,
        halo=halo,
        guard_px=guard_px,
        pixel_number=int(mask.sum()),
        lit_fraction=lit_fraction,
        budget=_budget(sums, disk, total, sensitivity, background, halo, oversampling is None),
        sensitivity=sensitivity,
        flags=flags,
    )


class _Sums:
    """Sums over one mask, radiance x pixels, for each choice of background and halo."""

    def __init__(self, image: Array, disk: LunarDisk, mask: Mask) -> None:
        self.image, self.disk = image, disk
        self.fits: dict[tuple[bool, bool], SkyFit | None] = {}
        self.start_mask = mask
        self._set(mask)

    def _set(self, mask: Mask) -> None:
        self.mask = mask
        self.known = mask & np.isfinite(self.image)
        self.pixels = int(self.known.sum())
        self.in_mask = float(np.sum(self.image[self.known], dtype=np.float64))

    def with_mask(self, mask: Mask) -> _Sums:
        """Return the same sky with another mask."""
        other = copy.copy(self)
        other._set(mask)
        return other

    def fit(self, background: Background, halo: Halo) -> SkyFit | None:
        """Sky fit that serves these options, fitted once."""
        key = (background == "far_sky", halo == "fit" or background == "far_sky")
        if key == (False, False):
            return None
        if key not in self.fits:
            self.fits[key] = fit_sky(
                self.image, self.start_mask, self.disk.outline, plane=key[0], halo=key[1]
            )
        return self.fits[key]

    def background(self, background: Background) -> float:
        if background == "none":
            return 0.0
        if background == "near_ring":
            return self._ring() * self.pixels
        fit = self.fit("far_sky", "fit")
        return math.nan if fit is None else fit.background_over(self.known)

    def _ring(self) -> float:
        across = self.disk.outline.across_px
        near = max(NEAR_RING[0] * across, LARGEST_GUARD_PX + 1.0)
        shape = (self.image.shape[0], self.image.shape[1])
        far = max(NEAR_RING[1] * across, near + 4.0)
        rows, columns = self.disk.outline.annulus(-near, far, shape)
        value = self.image[rows, columns]
        value = value[np.isfinite(value)]
        return float(np.mean(value)) if value.size else math.nan

    def halo(self, background: Background, halo: Halo) -> float:
        if halo == "none":
            return 0.0
        fit = self.fit(background, halo)
        return math.nan if fit is None else fit.halo_outside(self.mask)

    def halo_fraction(self, background: Background, halo: Halo) -> float:
        fit = self.fit(background, halo) if halo == "fit" else None
        return fit.halo_fraction if fit else 0.0

    def total(self, background: Background, halo: Halo) -> float:
        return self.in_mask - self.background(background) + self.halo(background, halo)


def _check_options(background: str, halo: str, pixel_solid_angle_sr: float) -> None:
    if background not in BACKGROUNDS:
        raise InputError("background", ", ".join(BACKGROUNDS), repr(background), "choose one")
    if halo not in ("fit", "none"):
        raise InputError("halo", "fit or none", repr(halo), "choose one")
    if not pixel_solid_angle_sr > 0:
        received = f"{pixel_solid_angle_sr}"
        raise InputError("pixel_solid_angle_sr", "sr above 0", received, "square the IFOV in rad")


def _nothing(
    background: Background, halo: Halo, guard_px: int, along: float, flags: Flag
) -> DiskIrradiance:
    nan = math.nan
    return DiskIrradiance(
        nan, nan, nan, nan, nan, along, background, halo, guard_px, 0, 0.0, {}, {}, flags
    )


def _mask_flags(image: Array, mask: Mask, disk: LunarDisk) -> Flag:
    flags = Flag(0)
    if touches_frame(mask):
        flags |= Flag.MASK_TOUCHES_FRAME
    if not bool(np.isfinite(image[mask]).all()):
        flags |= Flag.MISSING_PIXELS
    return flags


def _budget(
    sums: _Sums,
    disk: LunarDisk,
    total: float,
    sensitivity: dict[str, float],
    background: Background,
    halo: Halo,
    from_limb: bool,
) -> dict[str, float]:
    """Relative standard uncertainties by term."""
    fit = sums.fit("far_sky", "fit")
    noise = fit.noise if fit is not None else 0.0
    budget = {
        "noise": noise * math.sqrt(sums.pixels) / total,
        # a smaller mask cuts the blurred limb, so only the larger one tells of light missed
        "mask": abs(sensitivity[f"guard {LARGEST_GUARD_PX} px"]) / math.sqrt(3.0),
    }
    chosen = sums.fit(background, halo)
    if background == "far_sky" and halo == "fit" and chosen is not None:
        budget["background and halo"] = chosen.u_both / total
    elif background == "far_sky" and chosen is not None:
        budget["background"] = chosen.u_background / total
    elif halo == "fit" and chosen is not None:
        budget["halo"] = chosen.u_halo / total
    if halo == "none":
        # nothing to all of the light that seems to lie beyond the mask is missed
        missed = abs(sensitivity["halo fit"])
        budget["halo"] = missed / math.sqrt(3.0) if math.isfinite(missed) else 0.0
    if from_limb:
        budget["oversampling"] = disk.u_oversampling / disk.oversampling
    return budget
