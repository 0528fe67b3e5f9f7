"""Irradiance of the Moon in one band of an image, with all that it rests on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from venus_analysis.compute.moon import irradiance
from venus_analysis.compute.moon.disk import LunarDisk, find_disk
from venus_analysis.compute.moon.disk_irradiance import (
    Background,
    DiskIrradiance,
    Halo,
    disk_irradiance,
)
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag

if TYPE_CHECKING:
    import xarray as xr

Extraction = Literal["laplace", "stated"]
AcrossAxis = Literal["geometry", "limb"]
MOON_RADIUS_KM = 1737.4
RANDOM_TERMS = ("noise",)
DEFAULT_SCAN_AXIS = "column"


@dataclass(frozen=True)
class MeasureOptions:
    """How the irradiance is taken out of an image.

    Parameters
    ----------
    extraction
        ``laplace`` finds the disk in the image; ``stated`` takes the mask by the
        file's own counts threshold.
    background, halo, guard_px
        See `venus_analysis.compute.moon.disk_irradiance.disk_irradiance`. The
        defaults suit radiances that are free of an offset, as those of lunar
        observation files are.
    across_axis
        ``geometry`` takes the semi-axis across the scan from the Moon's distance
        and the pixel's solid angle where both are known, see `across_axis_px`;
        ``limb`` leaves it to the limb.

    Raises
    ------
    InputError
        Unknown extraction or source of the semi-axis.
    """

    extraction: Extraction = "laplace"
    background: Background = "none"
    halo: Halo = "none"
    guard_px: int = 3
    across_axis: AcrossAxis = "geometry"

    def __post_init__(self) -> None:
        for name, kind in (("extraction", Extraction), ("across_axis", AcrossAxis)):
            allowed, given = get_args(kind), getattr(self, name)
            if given not in allowed:
                raise InputError(name, " | ".join(allowed), repr(given), "choose one of these")


@dataclass(frozen=True)
class Measured:
    """Irradiance (W m-2 um-1) of one band, its disk, budget and flags; NaN when not found."""

    irradiance: float
    pixel_number: int
    oversampling: float
    flags: Flag
    disk: LunarDisk | None = None
    result: DiskIrradiance | None = None
    reason: str = ""
    budget: dict[str, float] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """Columns of the ledger that the measurement fills."""
        found: dict[str, Any] = {
            "measured": self.irradiance,
            "pixel_number": float(self.pixel_number),
            "oversampling": self.oversampling,
        }
        if self.disk is not None:
            found |= {
                "centre_line": self.disk.centre[0],
                "centre_column": self.disk.centre[1],
                "across_px": self.disk.outline.across_px,
                "oversampling_limb": self.disk.oversampling,
                "u_oversampling_limb": self.disk.u_oversampling,
            }
        if self.disk is not None and self.result is not None and math.isfinite(self.irradiance):
            found |= _shares(self.result, self.disk)
        return found


def across_axis_px(observer_distance_km: float, pixel_solid_angle_sr: float) -> float:
    """Semi-axis of the Moon across the scan: ``asin(1737.4 km / distance) / sqrt(solid angle)``.

    Parameters
    ----------
    observer_distance_km
        To the Moon's centre.
    pixel_solid_angle_sr
        Of a square pixel that is not oversampled.

    Returns
    -------
    float
        Pixels; NaN where one of them is NaN.

    Examples
    --------
    >>> round(across_axis_px(384400.0, 7.42857e-6**2), 1)
    608.4
    """
    return math.asin(MOON_RADIUS_KM / observer_distance_km) / math.sqrt(pixel_solid_angle_sr)


def measure(
    plane: xr.Dataset,
    options: MeasureOptions | None = None,
    *,
    observer_distance_km: float = math.nan,
) -> Measured:
    """Measure the lunar irradiance in one band of an image.

    Parameters
    ----------
    plane
        One band of what `venus_analysis.collect.glod.read_glod` returns. Its
        attribute `scan_axis` says which image axis the scan oversamples; without
        one it is the column, as with the imagers that scan from east to west.
    options
        How to measure.
    observer_distance_km
        To the Moon's centre; NaN when not known.

    Returns
    -------
    Measured
        NaN and a flag when no Moon is found; `reason` then says what was missing.
    """
    options = options or MeasureOptions()
    if options.extraction == "stated":
        return _by_threshold(plane)
    radiance = plane["radiance"].values
    stated = float(plane["oversampling"])
    solid_angle = float(plane["pixel_solid_angle_sr"])
    across = across_axis_px(observer_distance_km, solid_angle)
    known = options.across_axis == "geometry" and math.isfinite(across)
    try:
        disk = find_disk(
            radiance,
            scan_axis=plane.attrs.get("scan_axis", DEFAULT_SCAN_AXIS),
            across_px=across if known else None,
        )
    except InputError as error:
        return Measured(math.nan, 0, stated, Flag.DISK_NOT_FOUND, reason=str(error))
    result = disk_irradiance(
        radiance,
        disk,
        solid_angle,
        oversampling=stated,
        background=options.background,
        halo=options.halo,
        guard_px=options.guard_px,
    )
    return Measured(result.irradiance, result.pixel_number, stated, result.flags, disk, result)


def _by_threshold(plane: xr.Dataset) -> Measured:
    """Pixels whose counts reach the stated threshold; without a threshold there are none."""
    mask = irradiance.threshold_mask(plane["counts"].values, float(plane["counts_threshold"]))
    oversampling = float(plane["oversampling"])
    total = irradiance.masked_irradiance(
        plane["radiance"].values, mask, float(plane["pixel_solid_angle_sr"]), oversampling
    )
    if not mask.any():
        return Measured(total, 0, oversampling, Flag.EMPTY_IMAGE)
    flags = Flag.MASK_TOUCHES_FRAME if irradiance.touches_frame(mask) else Flag(0)
    return Measured(total, int(mask.sum()), oversampling, flags)


def _shares(result: DiskIrradiance, disk: LunarDisk) -> dict[str, Any]:
    """Uncertainties, and how far other choices would move the irradiance."""
    random = [value for name, value in result.budget.items() if name in RANDOM_TERMS]
    other = [value for name, value in result.budget.items() if name not in RANDOM_TERMS]
    guards = [value for name, value in result.sensitivity.items() if name.startswith("guard")]
    outline = {
        "across_px_from": "limb" if disk.u_across_px else "distance and pixel solid angle",
        "across_px_of_limb": disk.limb_across_px[0],
        "u_across_px_of_limb": disk.limb_across_px[1],
        "u_centre_line": disk.u_centre_line,
        "u_centre_column": disk.u_centre_column,
    }
    terms = {"budget": result.budget, "sensitivity": result.sensitivity, "outline": outline}
    return {
        "u_random": math.hypot(*random),
        "u_systematic_instrument": math.hypot(*other),
        "halo_outside_mask": result.halo_outside_mask / result.irradiance,
        "background_removed": result.background_removed / result.irradiance,
        "sensitivity_mask": max(guards, key=abs),
        "sensitivity_background": result.sensitivity.get("background near_ring", math.nan),
        "budget_text": json.dumps(terms, sort_keys=True, default=float).replace("NaN", "null"),
    }
