"""One band of a scene: read where its disk is expected, registered, and added up."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.scene_inputs import SceneInputs
from venus_analysis.calibrate.scene_reference import Reference, profiles, solve_disk
from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.moon.aperture import (
    APERTURES,
    DiskSums,
    disk_sums,
    levels_apart,
    pixels_per_block,
)
from venus_analysis.compute.moon.disk import LunarDisk
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_shift import Registered, refine_centre
from venus_analysis.compute.moon.line_blocks import (
    EqualisedPixels,
    LineBlocks,
    block_map,
    block_values,
    equalised,
    line_blocks,
)
from venus_analysis.compute.moon.pixels import suspect_columns
from venus_analysis.compute.moon.registration import predict_outline, profile_shift
from venus_analysis.compute.moon.sky_templates import BlockMap
from venus_analysis.flags import Flag

Array = NDArray[np.float64]
Single = NDArray[np.float32]
MANY_DEFECTS: Final = 0.10
HIT_SIGMA: Final = 6.5
OFTEN_HIT: Final = 0.3
SAMPLED_LINES: Final = 100


@dataclass(frozen=True, eq=False)
class BandSums:
    """What a band's pixels came to.

    `coefficients` take suspect columns for defective; `coverage` are the pixels
    per block of each aperture; `sample` (line, column) holds the equalised
    counts of the lines `sample_lines`, NaN in bad columns; `correction` (i, j) is
    what a correction of stray light added to the blocks.
    """

    coefficients: BandCoefficients
    registered: Registered
    blocks: BlockMap
    disk: DiskSums
    coverage: list[Array]
    suspect: NDArray[np.intp]
    sample: Single
    sample_lines: NDArray[np.intp]
    correction: Array | float = 0.0

    @property
    def outline(self) -> Outline:
        """Of the disk, pixels of the scene."""
        return self.registered.outline


@dataclass(frozen=True, eq=False)
class BandLook:
    """What became of one band; `sums` is None where no Moon was measured, `reason` says why."""

    band: str
    flags: Flag
    reason: str = ""
    window: slice = field(default_factory=lambda: slice(0, 0))
    coefficients: BandCoefficients | None = None
    sums: BandSums | None = None


@dataclass(frozen=True, eq=False)
class BandRead:
    """A band's part of the scene in memory: pixels, sums and means of blocks of lines."""

    window: slice
    pixels: EqualisedPixels
    lines: LineBlocks
    values: Single

    @classmethod
    def of(
        cls, inputs: SceneInputs, band: str, window: slice, coefficients: BandCoefficients
    ) -> BandRead:
        """Read `window` of a band."""
        counts = inputs.counts.read(band, window)
        lines = line_blocks(counts, inputs.block[0])
        values = block_values(lines, coefficients)
        return cls(window, EqualisedPixels(counts, coefficients), lines, values)


def expected_window(
    inputs: SceneInputs, outline: Outline, slack_lines: float, reference_band: str, band: str
) -> slice:
    """Lines in which a band's disk is expected, with sky on either side."""
    there = predict_outline(outline, reference_band, band, inputs.ifov_rad)
    return inputs.window(there, slack_lines)


def look_at_band(
    inputs: SceneInputs,
    reference: Reference,
    read: BandRead,
    band: str,
    coefficients: BandCoefficients,
    noise: tuple[float, float],
    *,
    separately: bool = False,
) -> BandLook:
    """Register a band and add it up.

    Parameters
    ----------
    inputs, reference
        Of the scene.
    read
        The band's part of the scene.
    band
        Name of the band.
    coefficients
        Of all columns of the scene.
    noise
        A and B of the noise model, counts.
    separately
        Find the disk in this band anew, as in the reference band.
    """
    lost = BandLook(band, Flag.DISK_NOT_FOUND, "", read.window, coefficients)
    if len(read.values) < 4:
        return replace(lost, reason=f"{band}: its disk is expected outside the scene")
    if band == reference.band:
        registered = _solved(reference.disk)
    else:
        coarse = _coarse(inputs, reference, read)
        if not _has_moon(inputs, read, coarse):
            return replace(lost, reason=f"{band}: no Moon brighter than the sky")
        if separately:
            registered = _solved(solve_disk(inputs, band, coefficients, coarse, math.inf))
        else:
            registered = _register(inputs, reference, read, coarse, noise)
    sums = _add_up(inputs, read, registered, coefficients, noise)
    flags = _place_flags(inputs, registered) | _pixel_flags(sums)
    return BandLook(band, flags, "", read.window, coefficients, sums)


def _add_up(
    inputs: SceneInputs,
    read: BandRead,
    registered: Registered,
    coefficients: BandCoefficients,
    noise: tuple[float, float],
) -> BandSums:
    """Blocks of the sky, sums of the disk and a sample of pixels, bad columns and hits left out."""
    outline, (height, width) = registered.outline, inputs.block
    line = read.window.start + (np.arange(len(read.values)) + 0.5) * height - 0.5
    column = np.arange(inputs.columns, dtype=np.float64)
    sky = _outside(outline, line, column, 1.04 + 0.5 * height / outline.semi_axis_line_px)
    known = coefficients.defective | coefficients.unknown
    hit = sky & ~known & hit_blocks(read.lines, noise)
    # hits fall anywhere, so a column that holds many is noisy itself
    often = (hit.sum(axis=0) > OFTEN_HIT * sky.sum(axis=0)) & ~known
    suspect = suspect_columns(read.values, sky & ~hit, known) | often
    good = ~hit & ~(suspect | known)
    blocks = block_map(read.values, good, read.window.start, (height, width))
    clean = replace(coefficients, defect=known | suspect)
    pixels = EqualisedPixels(read.pixels.counts, clean)
    apart = levels_apart(read.values, sky & good, width)
    disk = disk_sums(pixels, read.window.start, clean, outline, noise, read.lines, apart)
    coverage = [
        pixels_per_block(outline, radius, blocks, inputs.columns, read.window)
        for radius in APERTURES
    ]
    step = max(1, round(2.0 * outline.semi_axis_line_px / SAMPLED_LINES))
    lines = np.arange(read.window.start, read.window.stop, step)
    sample = equalised(pixels.counts[::step], pixels.rows)
    return BandSums(
        clean, registered, blocks, disk, coverage, np.flatnonzero(suspect), sample, lines
    )


def hit_blocks(lines: LineBlocks, noise: tuple[float, float]) -> NDArray[np.bool_]:
    """Blocks of lines (block, column) of sky in which one pixel stands out as a cosmic hit does.

    Parameters
    ----------
    lines
        Sums and highest counts.
    noise
        A and B of the noise model, counts.
    """
    level = lines.total * np.float32(1.0 / lines.lines)
    sigma = math.sqrt(noise[0] ** 2 + 1.0 / 12.0 + 2.0 * max(noise[1], 0.0))
    return np.asarray(lines.highest - level > np.float32(HIT_SIGMA * sigma + 1.0))


def _pixel_flags(sums: BandSums) -> Flag:
    flags, bad = Flag(0), sums.coefficients.defective | sums.coefficients.unknown
    if sums.disk.saturated:
        flags |= Flag.SATURATED
    off = np.abs(np.arange(bad.size) - sums.outline.centre_column)
    inside = off < sums.outline.half_width_px
    if inside.any() and bad[inside].mean() > MANY_DEFECTS:
        flags |= Flag.DEFECTIVE_COLUMNS
    return flags


def _outside(outline: Outline, line: Array, column: Array, radius: float) -> NDArray[np.bool_]:
    """Whether (line, column) lie beyond `radius`, for rows of lines and columns."""
    down = line[:, None] - outline.centre_line
    u = (column - outline.centre_column - outline.shear * down) / outline.semi_axis_column_px
    return np.asarray(u * u + (down / outline.semi_axis_line_px) ** 2 > radius**2)


def _solved(disk: LunarDisk) -> Registered:
    return Registered(
        disk.outline,
        disk.u_centre_line,
        disk.u_centre_column,
        disk.limb.line.size,
        disk.limb_residual_px,
    )


def _coarse(inputs: SceneInputs, reference: Reference, read: BandRead) -> Outline:
    """Outline to about a block, from the light along lines and columns."""
    along, across = profiles(read.values)
    lines = profile_shift(along, reference.profiles[0]) * inputs.block[0]
    lines += read.window.start - reference.window.start
    columns = profile_shift(across, reference.profiles[1])
    outline = reference.outline
    return replace(
        outline,
        centre_line=outline.centre_line + lines,
        centre_column=outline.centre_column + columns,
    )


def _has_moon(inputs: SceneInputs, read: BandRead, outline: Outline) -> bool:
    """Whether the outline holds more light than the sky around it scatters."""
    line = read.window.start + (np.arange(len(read.values)) + 0.5) * inputs.block[0] - 0.5
    column = np.arange(0.0, inputs.columns, 8.0)
    some = read.values[:, ::8]
    disk = some[~_outside(outline, line, column, 0.9)]
    sky = some[_outside(outline, line, column, 1.1)]
    disk, sky = disk[np.isfinite(disk)], sky[np.isfinite(sky)]
    if disk.size < 10 or sky.size < 10:
        return False
    low, middle, high = np.quantile(sky, (0.16, 0.5, 0.84))
    return bool(np.mean(disk) - middle > max(high - low, 1e-3))


def _register(
    inputs: SceneInputs,
    reference: Reference,
    read: BandRead,
    coarse: Outline,
    noise: tuple[float, float],
) -> Registered:
    """Centre from the limb, beside the reference band's; lines counted in each band's window."""
    found = refine_centre(
        read.pixels,
        replace(coarse, centre_line=coarse.centre_line - read.window.start),
        reference.limb,
        noise=noise,
        reach_px=0.35 * inputs.block[0],
    )
    line = found.outline.centre_line + read.window.start
    return replace(found, outline=replace(found.outline, centre_line=line))


def _place_flags(inputs: SceneInputs, found: Registered) -> Flag:
    outline, flags = found.outline, Flag(0)
    low = outline.centre_line - outline.semi_axis_line_px
    left = outline.centre_column - outline.half_width_px
    high = outline.centre_line + outline.semi_axis_line_px
    right = outline.centre_column + outline.half_width_px
    if low < 0 or left < 0 or high > inputs.lines - 1 or right > inputs.columns - 1:
        flags |= Flag.DISK_OUTSIDE_FRAME | Flag.MASK_TOUCHES_FRAME
    uncertain = math.hypot(found.u_line, found.u_column)
    if not uncertain < 0.5 or found.residual_px > max(1.0, 0.01 * outline.across_px):
        flags |= Flag.LIMB_UNCERTAIN
    return flags
