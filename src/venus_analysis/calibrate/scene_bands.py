"""One band of a scene: the part that holds the Moon is read, registered and summed."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.collect.scene import read_counts
from venus_analysis.compute.coefficients import BandCoefficients, RadiometryOptions
from venus_analysis.compute.moon.disk import LunarDisk, find_disk
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.pixels import suspect_columns
from venus_analysis.compute.moon.registration import (
    LimbLight,
    Registered,
    limb_light,
    predict_outline,
    profile_shift,
    refine_centre,
)
from venus_analysis.compute.moon.scene_irradiance import (
    APERTURES,
    DiskSums,
    LineBlocks,
    block_map,
    block_values,
    disk_sums,
    line_blocks,
    pixels_per_block,
    unit_gain,
)
from venus_analysis.compute.moon.scene_sky import BlockMap
from venus_analysis.compute.radiometry import counts_to_radiance
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag

Array = NDArray[np.float64]
Counts = NDArray[np.uint16]
WINDOW_RADII = 1.35
LEAST_SIGNAL_SIGMA = 5.0
MANY_DEFECTS = 0.10
HIT_SIGMA = 6.5


@dataclass(frozen=True)
class Camera:
    """What the pieces of a scene share: sizes, scan and the reference band's disk."""

    scene: xr.Dataset
    ifov_rad: float
    oversampling: float
    across_px: float
    block: tuple[int, int]
    chunk_lines: int

    def window(self, outline: Outline, radii: float = WINDOW_RADII) -> slice:
        """Lines of all chunks that hold the disk and the sky beside it."""
        half = radii * outline.semi_axis_line_px
        step, lines = self.chunk_lines, self.scene.sizes["line"]
        start = max(math.floor((outline.centre_line - half) / step) * step, 0)
        stop = min(math.ceil((outline.centre_line + half) / step) * step, lines)
        return slice(min(start, lines), max(stop, min(start, lines)))


class EqualisedPixels:
    """Counts that become equalised counts when pixels are asked for."""

    def __init__(self, counts: Counts, coefficients: BandCoefficients) -> None:
        self._counts = counts
        self._rows = unit_gain(coefficients).rows(RadiometryOptions(defective="mask"))
        self.shape = counts.shape

    def __getitem__(self, key: Any) -> Array:
        """Equalised counts of (lines, columns); NaN in bad columns."""
        rows, column = self._rows, key[1]
        value = (self._counts[key] - rows.dark[column].astype(np.float64)) * rows.slope[column]
        above = np.maximum(value - rows.knee_radiance[column], 0.0)
        return np.asarray(value + rows.extra[column] * above)


@dataclass(frozen=True, eq=False)
class Reference:
    """The band that the others are registered to."""

    band: str
    disk: LunarDisk
    outline: Outline
    profiles: tuple[Array, Array]
    first_line: int
    window: slice
    counts: Counts
    pixels: EqualisedPixels
    lights: dict[float, LimbLight] = field(default_factory=dict)

    def limb(self, width_px: float) -> LimbLight:
        """Lit depth of the limb, once for each width."""
        if width_px not in self.lights:
            local = replace(self.outline, centre_line=self.outline.centre_line - self.first_line)
            toward = self.disk.sun_direction_deg
            self.lights[width_px] = limb_light(self.pixels, local, toward, width_px)
        return self.lights[width_px]


@dataclass(eq=False)
class BandLook:
    """What became of one band; `blocks` and `sums` are None where no Moon was measured."""

    band: str
    coefficients: BandCoefficients | None = None
    registered: Registered | None = None
    blocks: BlockMap | None = None
    sums: DiskSums | None = None
    coverage: list[Array] = field(default_factory=list)
    suspect: int = 0
    flags: Flag = field(default_factory=lambda: Flag(0))
    digest: str = ""
    reason: str = ""

    @property
    def outline(self) -> Outline | None:
        """Of the disk, pixels of the scene."""
        return self.registered.outline if self.registered else None

    @property
    def measured(self) -> tuple[DiskSums, BandCoefficients]:
        """Sums and coefficients of a band that was measured."""
        if self.sums is None or self.coefficients is None:
            raise LookupError(f"{self.band} was not measured")
        return self.sums, self.coefficients

    @property
    def place(self) -> Registered:
        """Where the disk of a band that was measured lies."""
        if self.registered is None:
            raise LookupError(f"{self.band} was not measured")
        return self.registered


def profiles(values: NDArray[np.float32]) -> tuple[Array, Array]:
    """Light along the lines and along the columns, bright pixels held down."""
    level = np.nanmedian(values[:, ::8])
    light = np.nan_to_num(values - level)
    top = float(np.quantile(light[:, ::8], 0.99))
    light = np.clip(light, -0.2 * abs(top), 1.2 * abs(top))
    return light.sum(axis=1, dtype=np.float64), light.sum(axis=0, dtype=np.float64)


def find_reference(camera: Camera, band: str, coefficients: BandCoefficients) -> Reference:
    """Find the Moon in the reference band: every second chunk first, then those that hold it.

    Raises
    ------
    InputError
        No Moon in it.
    """
    scene, step = camera.scene, camera.chunk_lines
    lines = scene.sizes["line"]
    starts = range(0, lines, step)
    parts: dict[int, Counts] = {}

    def part(start: int) -> Counts:
        if start not in parts:
            parts[start] = read_counts(scene, band, slice(start, min(start + step, lines)))
        return parts[start]

    def light(start: int) -> Array:
        return _line_light(part(start), coefficients, camera.block[0])

    seen = {start: light(start) for start in starts[::2]}
    lit = _lit_parts(seen)
    if not lit:
        seen |= {start: light(start) for start in starts[1::2]}
        lit = _lit_parts(seen)
    if not lit:
        raise InputError(
            f"band {band}", "a Moon brighter than the sky", "none in any chunk", "check the scene"
        )
    wanted = range(max(lit[0] - step, 0), min(lit[-1] + step, starts[-1]) + 1, step)
    for start in wanted:
        seen.setdefault(start, light(start))
    profile = np.concatenate([seen[start] for start in wanted])
    bright = np.flatnonzero(profile > 0.3 * np.quantile(profile, 0.98))
    middle = wanted[0] + (bright[0] + bright[-1] + 1) / 2.0 * camera.block[0]
    semi = camera.across_px * camera.oversampling
    guess = Outline(middle, 0.0, camera.across_px, camera.oversampling)
    window = camera.window(guess)
    counts = np.concatenate([part(s) for s in range(window.start, window.stop, step)])
    values = block_values(line_blocks(counts, camera.block[0]), coefficients)
    both = profiles(values)
    across = np.convolve(both[1], np.ones(9) / 9.0, "same")
    lit_columns = np.flatnonzero(across > 0.25 * np.quantile(across, 0.97))
    reach = 1.3 * camera.across_px
    left = int(max(lit_columns[0] - reach, 0))
    right = int(min(lit_columns[-1] + reach, counts.shape[1]))
    top = int(max(middle - 1.25 * semi - window.start, 0))
    bottom = int(min(middle + 1.25 * semi - window.start, len(counts)))
    span = slice(left, right)
    image = counts_to_radiance(
        counts[top:bottom, span],
        unit_gain(coefficients, span),
        RadiometryOptions(widest_gap=counts.shape[1]),
    )
    disk = _solve_disk(image, camera)
    outline = replace(
        disk.outline,
        centre_line=disk.outline.centre_line + window.start + top,
        centre_column=disk.outline.centre_column + left,
    )
    pixels = EqualisedPixels(counts, coefficients)
    return Reference(band, disk, outline, both, window.start, window, counts, pixels)


def _solve_disk(radiance: NDArray[np.float32], camera: Camera) -> LunarDisk:
    """Find the disk; where its limb cannot carry the oversampling, with that of the attitude."""
    image = cast(Array, radiance)  # single precision will do
    try:
        return find_disk(image, across_px=camera.across_px)
    except (InputError, ValueError, np.linalg.LinAlgError):
        pass
    try:
        return find_disk(image, across_px=camera.across_px, oversampling=camera.oversampling)
    except (ValueError, np.linalg.LinAlgError) as error:
        raise InputError(
            "limb of the Moon", "an arc that holds an outline", str(error)[:200], "check the scene"
        ) from error


def _line_light(counts: Counts, coefficients: BandCoefficients, block: int) -> Array:
    """Mean light of the brightest part of each block of lines, equalised counts."""
    values = block_values(line_blocks(counts, block), coefficients)
    good = np.flatnonzero(np.isfinite(values).all(axis=0))
    width = max(good.size // 64, 1)
    cells = values[:, good[: good.size // width * width]].reshape(len(values), -1, width)
    means = np.sort(np.median(cells, axis=2), axis=1)
    upper = means[:, -max(means.shape[1] // 8, 1) :].mean(axis=1)
    return np.asarray(upper - np.median(means, axis=1), dtype=np.float64)


def _lit_parts(seen: dict[int, Array]) -> list[int]:
    level = np.sort(np.concatenate([*seen.values()]))
    dark = float(np.median(level[: max(level.size // 3, 1)]))
    spread = float(np.ptp(level[: max(level.size // 3, 1)]))
    peak = float(level[-1]) - dark
    if not peak > max(LEAST_SIGNAL_SIGMA * spread, 0.3):
        return []
    return sorted(s for s, one in seen.items() if (one - dark > 0.25 * peak).any())


def look_at_band(
    camera: Camera,
    reference: Reference,
    band: str,
    coefficients: BandCoefficients,
    noise: tuple[float, float],
    *,
    separately: bool = False,
) -> BandLook:
    """Read a band where its disk is expected, register it and add it up.

    Parameters
    ----------
    camera, reference
        Of the scene.
    band
        Name of the band.
    coefficients
        Of all columns of the scene.
    noise
        A and B of the noise model, counts.
    separately
        Find the disk in this band anew, as in the reference band.
    """
    look = BandLook(band, coefficients)
    predicted = predict_outline(reference.outline, reference.band, band, camera.ifov_rad)
    if band == reference.band:
        window, counts = reference.window, reference.counts
    else:
        window = camera.window(predicted)
        if window.stop - window.start < 4 * camera.block[0]:
            return _lost(look, f"{band}: its disk is expected outside the scene")
        counts = read_counts(camera.scene, band, window)
    lines = line_blocks(counts, camera.block[0])
    look.digest = _digest(lines)
    values = block_values(lines, coefficients)
    if band == reference.band:
        coarse = predicted
        registered = Registered(
            reference.outline,
            reference.disk.u_centre_line,
            reference.disk.u_centre_column,
            reference.disk.limb.line.size,
            reference.disk.limb_residual_px,
        )
    else:
        coarse = _coarse(values, window, predicted, camera, reference)
        if not _has_moon(values, window, coarse, camera.block[0]):
            return _lost(look, f"{band}: no Moon brighter than the sky")
        registered = _register(camera, counts, window, coarse, reference, coefficients, noise)
        if separately:
            registered = _anew(counts, window, coarse, camera, coefficients)
    outline = registered.outline
    look.registered = registered
    look.flags |= _place_flags(camera, registered)
    line = window.start + (np.arange(len(values)) + 0.5) * camera.block[0] - 0.5
    column = np.arange(values.shape[1], dtype=np.float64)
    u, v = outline.unit(line[:, None], column[None, :])
    half = 0.5 * camera.block[0] / outline.semi_axis_line_px
    sky = u * u + v * v > (1.04 + half) ** 2
    known = coefficients.defective | coefficients.unknown
    suspect = suspect_columns(values, sky, known)
    look.suspect = int(suspect.sum())
    level = lines.total * np.float32(1.0 / camera.block[0])
    variance = max(noise[0], 0.0) ** 2 + 1.0 / 12.0 + 2.0 * max(noise[1], 0.0)
    high = lines.highest - level > HIT_SIGMA * math.sqrt(variance) + 1.0
    good = np.isfinite(values) & ~suspect & ~(sky & high)
    look.blocks = block_map(values, good, window.start, camera.block)
    at = coefficients
    clean = replace(at, defect=known | suspect)
    look.coefficients = clean
    look.sums = disk_sums(counts, window.start, clean, outline, noise)
    if look.sums.saturated:
        look.flags |= Flag.SATURATED
    inside = np.abs(column - outline.centre_column) < outline.half_width_px
    if inside.any() and (known | suspect)[inside].mean() > MANY_DEFECTS:
        look.flags |= Flag.DEFECTIVE_COLUMNS
    look.coverage = [
        pixels_per_block(outline, radius, look.blocks, values.shape[1], window)
        for radius in APERTURES
    ]
    return look


def _lost(look: BandLook, reason: str) -> BandLook:
    look.flags |= Flag.DISK_NOT_FOUND
    look.reason = reason
    return look


def _digest(lines: LineBlocks) -> str:
    """Digest of sums and extremes of blocks of lines; that of all counts takes 20 times longer."""
    state = hashlib.blake2b(digest_size=16)
    for part in (lines.total, lines.highest, lines.lowest):
        state.update(part.tobytes())
    return state.hexdigest()


def _coarse(
    values: NDArray[np.float32],
    window: slice,
    predicted: Outline,
    camera: Camera,
    reference: Reference,
) -> Outline:
    """Outline to about a block, from the light along lines and columns."""
    along, across = profiles(values)
    lines = profile_shift(along, reference.profiles[0]) * camera.block[0]
    lines += window.start - reference.first_line
    columns = profile_shift(across, reference.profiles[1])
    outline = reference.outline
    return replace(
        predicted,
        centre_line=outline.centre_line + lines,
        centre_column=outline.centre_column + columns,
    )


def _has_moon(values: NDArray[np.float32], window: slice, outline: Outline, block: int) -> bool:
    line = window.start + (np.arange(len(values)) + 0.5) * block - 0.5
    u, v = outline.unit(line[:, None], np.arange(0.0, values.shape[1], 8.0)[None, :])
    radius = np.hypot(u, v)
    some = values[:, ::8]
    disk, sky = some[(radius < 0.9)], some[(radius > 1.1)]
    disk, sky = disk[np.isfinite(disk)], sky[np.isfinite(sky)]
    if disk.size < 10 or sky.size < 10:
        return False
    low, middle, high = np.quantile(sky, (0.16, 0.5, 0.84))
    return bool(np.mean(disk) - middle > max(high - low, 1e-3))


def _register(
    camera: Camera,
    counts: Counts,
    window: slice,
    coarse: Outline,
    reference: Reference,
    coefficients: BandCoefficients,
    noise: tuple[float, float],
) -> Registered:
    found = refine_centre(
        EqualisedPixels(counts, coefficients),
        replace(coarse, centre_line=coarse.centre_line - window.start),
        reference.limb,
        reference.disk.sun_direction_deg,
        noise=noise,
        reach_px=0.35 * camera.block[0],
    )
    return _in_scene(found, window.start, 0)


def _anew(
    counts: Counts,
    window: slice,
    coarse: Outline,
    camera: Camera,
    coefficients: BandCoefficients,
) -> Registered:
    half = 1.25 * coarse.semi_axis_line_px
    top = int(max(coarse.centre_line - half - window.start, 0))
    bottom = int(min(coarse.centre_line + half - window.start, len(counts)))
    reach = 1.25 * camera.across_px
    left = int(max(coarse.centre_column - reach, 0))
    right = int(min(coarse.centre_column + reach, counts.shape[1]))
    span = slice(left, right)
    image = counts_to_radiance(
        counts[top:bottom, span],
        unit_gain(coefficients, span),
        RadiometryOptions(widest_gap=counts.shape[1]),
    )
    disk = _solve_disk(image, camera)
    found = Registered(
        disk.outline,
        disk.u_centre_line,
        disk.u_centre_column,
        disk.limb.line.size,
        disk.limb_residual_px,
    )
    return _in_scene(found, window.start + top, left)


def _in_scene(found: Registered, lines: float, columns: float) -> Registered:
    outline = replace(
        found.outline,
        centre_line=found.outline.centre_line + lines,
        centre_column=found.outline.centre_column + columns,
    )
    return replace(found, outline=outline)


def _place_flags(camera: Camera, found: Registered) -> Flag:
    outline, flags = found.outline, Flag(0)
    low = outline.centre_line - outline.semi_axis_line_px
    left = outline.centre_column - outline.half_width_px
    high = outline.centre_line + outline.semi_axis_line_px
    right = outline.centre_column + outline.half_width_px
    sizes = camera.scene.sizes
    if low < 0 or left < 0 or high > sizes["line"] - 1 or right > sizes["column"] - 1:
        flags |= Flag.DISK_OUTSIDE_FRAME | Flag.MASK_TOUCHES_FRAME
    uncertain = math.hypot(found.u_line, found.u_column)
    if not uncertain < 0.5 or found.residual_px > max(1.0, 0.01 * outline.across_px):
        flags |= Flag.LIMB_UNCERTAIN
    return flags
