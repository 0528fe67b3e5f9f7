"""From a band's sums and sky to its result: irradiance, samples, halo profile, rejected pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row
from venus_analysis.calibrate.scene_band import BandLook, BandSums
from venus_analysis.calibrate.scene_inputs import SceneInputs
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.calibrate.scene_reference import Reference
from venus_analysis.calibrate.scene_result import BandResult, Ghost, HaloProfile, PixelSample
from venus_analysis.calibrate.scene_rows import fill_measured
from venus_analysis.calibrate.scene_stray import StrayLight
from venus_analysis.compute.moon.aperture import APERTURES, MAIN_APERTURE
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.scene_irradiance import SceneIrradiance, scene_irradiance
from venus_analysis.compute.moon.scene_sky import SceneSky
from venus_analysis.flags import Flag, PixelFlag

Array = NDArray[np.float64]
Single = NDArray[np.float32]
STRONG_GHOST: Final = 0.05
RINGS: Final = np.concatenate([np.arange(1.02, 1.5, 0.04), np.arange(1.5, 3.01, 0.1)])
MOST_SKY: Final = 100_000
SKY_RADIUS: Final = 1.1


def assemble(
    inputs: SceneInputs,
    look: BandLook,
    row: Row,
    stray: StrayLight | None,
    sky: SceneSky | None,
    reference: Reference | None,
    scan: tuple[float, float],
    options: SceneOptions,
    serials: Mapping[str, str],
) -> BandResult:
    """Make the result of one band and fill its row; `scan` is the oversampling by the attitude."""
    base = BandResult(
        look.band,
        row,
        look.flags,
        look.reason,
        serials=serials,
        window=look.window,
        path=Path(str(inputs.scene.encoding["source"])),
    )
    sums = look.sums
    if stray is None or sky is None or reference is None or sums is None:
        gain = look.coefficients.absolute_gain if look.coefficients else float("nan")
        fill_measured(base, {"absolute_gain": gain}, {})
        return base
    limb = options.oversampling == "limb" and math.isfinite(reference.disk.u_oversampling)
    used = reference.outline.oversampling if limb else scan[0]
    doubt = math.hypot(options.u_oversampling, scan[1])
    doubt = reference.disk.u_oversampling / used if limb else doubt
    gain, solid_angle = sums.coefficients.absolute_gain, inputs.ifov_rad**2
    found = scene_irradiance(sums.disk, sky, sums.coverage, gain, solid_angle, used, doubt)
    columns = _columns(used, sums, reference, found)
    ghosts = _ghosts(stray, sky)
    per_pixel = float(sums.disk.pixels[MAIN_APERTURE]) * gain
    level = np.repeat(sky.column, inputs.block[1])[: inputs.columns]
    disk, beyond = _samples(sums, sky, level)
    bad = np.flatnonzero(sums.coefficients.defective | sums.coefficients.unknown)
    result = replace(
        base,
        flags=look.flags | _ghost_flags(ghosts),
        outline=sums.outline,
        u_centre_px=_u_centre(sums, reference, options),
        u_beside_px=(sums.registered.u_line, sums.registered.u_column),
        aperture=APERTURES[MAIN_APERTURE],
        absolute_gain=gain,
        oversampling=used,
        pixel_solid_angle_sr=solid_angle,
        budget=found.budget,
        sensitivity=found.sensitivity,
        rejected=_rejected(sums),
        spikes=(sums.disk.spikes.line, sums.disk.spikes.column),
        bad_columns=np.setdiff1d(bad, sums.suspect),
        suspect_columns=sums.suspect,
        disk=disk,
        sky=beyond,
        background=sky.removed(sums.coverage[MAIN_APERTURE]) / per_pixel,
        u_background=sky.u_sum(sums.coverage[MAIN_APERTURE]) / per_pixel,
        halo=_halo_profile(sums, sky),
        ghosts=ghosts,
        coefficients=sums.coefficients,
        column_level=level,
        stray_level=replace(
            sums.blocks,
            value=sky.drift[:, None] + sky.ghost - sums.correction,
            weight=np.ones(sky.ghost.shape, np.float32),
        ),
    )
    fill_measured(result, columns, _remarks(result, sky, reference))
    return result


def _u_centre(sums: BandSums, reference: Reference, options: SceneOptions) -> tuple[float, float]:
    """Of the centre itself: what is registered to the reference band shares its doubt."""
    own, disk = sums.registered, reference.disk
    if options.registration == "separate" or own.outline is reference.outline:
        return own.u_line, own.u_column
    return math.hypot(own.u_line, disk.u_centre_line), math.hypot(
        own.u_column, disk.u_centre_column
    )


def _remarks(result: BandResult, sky: SceneSky, reference: Reference) -> dict[str, Any]:
    """Collect what the ledger has no column for."""
    return {
        "halo_fraction": sky.halo_fraction,
        "ghost_factors": list(sky.factors),
        "u_ghost_factors": list(sky.u_factors),
        "sky_chi_square": sky.chi_square,
        "u_centre_px": list(result.u_centre_px),
        "rejected": dict(result.rejected),
        "suspect_columns": int(result.suspect_columns.size),
        "reference_band": reference.band,
    }


def _ghosts(stray: StrayLight, sky: SceneSky) -> tuple[Ghost, ...]:
    fitted = zip(stray.guesses, sky.factors, sky.u_factors, stray.overlaps, strict=True)
    return tuple(
        Ghost(guess.source_band, guess.shift_columns, factor, u_factor, overlap)
        for guess, factor, u_factor, overlap in fitted
    )


def _ghost_flags(ghosts: tuple[Ghost, ...]) -> Flag:
    flags = Flag(0)
    if any(one.overlaps_disk for one in ghosts):
        flags |= Flag.GHOST_ON_DISK
    if any(one.factor > STRONG_GHOST for one in ghosts):
        flags |= Flag.OTHER_BRIGHT_OBJECT
    return flags


def _columns(
    oversampling: float, sums: BandSums, reference: Reference, found: SceneIrradiance
) -> dict[str, Any]:
    """Columns of the ledger that the measurement fills; NaN for what the limb does not tell."""
    told = math.isfinite(reference.disk.u_oversampling)
    return {
        "measured": found.irradiance,
        "absolute_gain": sums.coefficients.absolute_gain,
        "pixel_number": float(found.pixel_number),
        "oversampling": oversampling,
        "oversampling_limb": reference.outline.oversampling if told else math.nan,
        "u_oversampling_limb": reference.disk.u_oversampling if told else math.nan,
        "centre_line": sums.outline.centre_line,
        "centre_column": sums.outline.centre_column,
        "across_px": sums.outline.across_px,
        "halo_outside_mask": found.halo_outside_mask / found.irradiance,
        "background_removed": found.background_removed / found.irradiance,
    }


def _rejected(sums: BandSums) -> dict[str, int]:
    """Pixels of the main aperture by reason."""
    suspect = set(sums.suspect.tolist())
    filled = sums.disk.interpolated
    unlisted = sum(number for column, number in filled.items() if column in suspect)
    numbers = {
        PixelFlag.DEFECTIVE_INTERPOLATED: sum(filled.values()) - unlisted,
        PixelFlag.SUSPECT_COLUMN: unlisted,
        PixelFlag.SPIKE: int(sums.disk.spikes.line.size),
        PixelFlag.SATURATED: sums.disk.saturated,
        PixelFlag.ZERO_COUNT: sums.disk.zero,
    }
    return {flag.name or "": number for flag, number in numbers.items()}


def _samples(sums: BandSums, sky: SceneSky, level: Array) -> tuple[PixelSample, PixelSample]:
    """Radiance of sampled pixels: of the disk all columns, of the sky some."""
    outline, gain = sums.outline, np.float32(sums.coefficients.absolute_gain)
    lines = sums.sample_lines
    row = np.clip((lines - sums.blocks.first_line) // sums.blocks.size[0], 0, len(sky.drift) - 1)
    place = np.minimum(np.arange(level.size) // sums.blocks.size[1], sky.ghost.shape[1] - 1)
    drift, ghost = (one.astype(np.float32) for one in (sky.drift[row][:, None], sky.ghost[row]))
    step = max(1, sums.sample.size // MOST_SKY)
    wide = outline.half_width_px
    left = int(np.clip(outline.centre_column - wide, 0, level.size - 1))
    right = int(np.clip(outline.centre_column + wide + 2, left + 1, level.size))
    parts = []
    for columns, is_disk in ((slice(left, right), True), (slice(None, None, step), False)):
        square = _square_radius(outline, lines, np.arange(level.size)[columns])
        value = sums.sample[:, columns] - level[columns].astype(np.float32) - drift
        value = (value - ghost[:, place[columns]]) / gain
        chosen = square <= 1.0 if is_disk else square > SKY_RADIUS**2
        parts.append((value[chosen & np.isfinite(value)], float(chosen.mean())))
    (disk, _), (beyond, share) = parts
    pixels = max(int(sums.disk.pixels[0]), 1)
    light = float(sums.disk.total[0]) - sky.removed(sums.coverage[0])
    height = sums.blocks.value.shape[0] * sums.blocks.size[0]
    mean = float(beyond.mean(dtype=np.float64)) if beyond.size else float("nan")
    return (
        PixelSample(disk, pixels, light / pixels / float(gain)),
        PixelSample(beyond, round(share * height * level.size), mean),
    )


def _square_radius(outline: Outline, line: NDArray[Any], column: NDArray[Any]) -> Single:
    """Squared radius (in radii²) of whole lines of pixels, in single precision."""
    down = line[:, None] - outline.centre_line
    across = (column - outline.centre_column).astype(np.float32)
    u = across - (outline.shear * down).astype(np.float32)
    u *= np.float32(1.0 / outline.semi_axis_column_px)
    u *= u
    u += ((down / outline.semi_axis_line_px) ** 2).astype(np.float32)
    return u


def _halo_profile(sums: BandSums, sky: SceneSky) -> HaloProfile:
    """Means over rings of the blocks, column levels, drift and ghosts taken off."""
    gain = sums.coefficients.absolute_gain
    line, column = sums.blocks.centres()
    radius = np.hypot(*sums.outline.unit(line, column))
    rest = sums.blocks.value - sky.column[None, :] - sky.drift[:, None] - sky.ghost
    good = np.isfinite(rest) & sky.used
    ring = np.digitize(radius[good], RINGS)
    number = np.bincount(ring, minlength=len(RINGS) + 1)[1:-1]
    total = np.bincount(ring, rest[good], len(RINGS) + 1)[1:-1]
    some = number > 0
    number, total = number[some], total[some]
    middle = (0.5 * (RINGS[:-1] + RINGS[1:]))[some]
    u_radiance = sky.noise / np.sqrt(number) / gain
    return HaloProfile(middle, total / number / gain, u_radiance, sky.halo_fraction)
