"""Residuals of a scene: CT1, CT2, temporal noise and column patterns of all bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.residual_result import (
    LEVELS,
    BandResiduals,
    GhostFound,
    HaloFound,
    SkyPicture,
)
from venus_analysis.calibrate.scene_band import BandLook, BandRead, BandSums
from venus_analysis.calibrate.scene_correction import halo_remainder
from venus_analysis.calibrate.scene_result import BandResult
from venus_analysis.calibrate.scene_sky_rows import SkyRows
from venus_analysis.calibrate.scene_stray import listed_ghosts
from venus_analysis.compute.moon.aperture import APERTURES
from venus_analysis.compute.moon.registration import predict_outline
from venus_analysis.compute.moon.residual_fine import FineSky, fine_sky
from venus_analysis.compute.moon.residual_ghost import GhostResidual
from venus_analysis.compute.moon.residual_ghosts import GhostSearch
from venus_analysis.compute.moon.residual_halo import HaloProblem, HaloResidual, common_scale
from venus_analysis.compute.moon.residual_noise import (
    NoiseResidual,
    noise_against_signal,
    noise_samples,
)
from venus_analysis.compute.moon.residual_pattern import ColumnPattern, column_patterns
from venus_analysis.compute.moon.residual_profile import halo_energy
from venus_analysis.compute.moon.residual_scan import GhostScan, global_threshold
from venus_analysis.compute.moon.residual_sky import SkyMap, sky_map
from venus_analysis.compute.moon.sky_templates import GhostGuess
from venus_analysis.compute.straylight import Scenario
from venus_analysis.instrument import tri_detector_mates, venus_bands
from venus_analysis.parameters.parameter_set import ParameterSet

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PixelResiduals:
    """What is taken from a band's pixels while they are in memory."""

    noise: NoiseResidual
    sky_pattern: ColumnPattern
    disk_pattern: ColumnPattern


def pixel_residuals(read: BandRead, sums: BandSums, sky: SkyRows) -> PixelResiduals:
    """Temporal noise and column patterns of a band.

    Parameters
    ----------
    read, sums, sky
        Of the band.
    """
    outline, at = sums.outline, sums.coefficients
    good = ~(at.defective | at.unknown)
    samples = noise_samples(read.pixels.counts, read.window.start, outline, at.dark, good)
    noise = noise_against_signal(*samples)
    model = (noise.a, noise.b)
    blocks = sky.blocks
    patterns = column_patterns(sky.values, blocks.first_line, blocks.size[0], outline, model)
    return PixelResiduals(noise, *patterns)


def scene_residuals(
    looks: Mapping[str, BandLook],
    rows: Mapping[str, SkyRows],
    pixels: Mapping[str, PixelResiduals],
    files: ParameterSet,
    noise: Mapping[str, tuple[float, float]],
    ifov_rad: float,
    stray_light: Scenario = "none",
    first_column: int = 0,
) -> dict[str, BandResiduals]:
    """Residuals of all bands in which a Moon was measured.

    Ghosts are searched in the sky of every band at every shift, from every
    other band of the scene that sees the Moon at the same lines; significance
    counts over all of these. The halo's kernel and scale are common to the scene
    within 10 %.

    Parameters
    ----------
    looks, rows, pixels
        Of each band, see `pixel_residuals`.
    files
        Parameter files: which ghosts STRLGT names.
    noise
        A and B of NOISMO by band.
    ifov_rad
        Angle of a column; tells where bands that are not given see the Moon.
    stray_light
        Correction by the STRLGT files that looks and rows went through: residuals
        are what it left. What type-1 filters cut off is part of u of the halo's
        fraction.
    first_column
        Column of the parameter files that the scene begins with.
    """
    sums = {band: look.sums for band, look in looks.items() if look.sums is not None}
    scene = _Scene(sums, rows, pixels, files, ifov_rad, stray_light, first_column)
    searches = {band: scene.search(band) for band in scene.sums}
    scans = {band: one.scans() for band, one in searches.items()}
    every = [one for by_source in scans.values() for one in by_source.values()]
    found = {band: one.run(every, scans[band]) for band, one in searches.items()}
    problems = [scene.halo_problem(one, found[band], band) for band, one in searches.items()]
    prior = common_scale(problems)
    halos = [one.solve(prior=prior) for one in problems]
    threshold = global_threshold(every)
    return {
        band: scene.assemble(
            band, searches[band], scans[band], found[band], halo, noise[band], every, threshold
        )
        for band, halo in zip(searches, halos, strict=True)
    }


def with_residuals(result: BandResult, residuals: BandResiduals | None) -> BandResult:
    """Add residuals to a band's result, and to its ledger row."""
    if residuals is None:
        return result
    result.row.update(residuals.columns(tri_detector_mates(result.band)))
    return replace(result, residuals=residuals)


class _Scene:
    """Sums, skies and listed ghosts of a scene's bands."""

    def __init__(
        self,
        sums: dict[str, BandSums],
        rows: Mapping[str, SkyRows],
        pixels: Mapping[str, PixelResiduals],
        files: ParameterSet,
        ifov_rad: float,
        stray_light: Scenario,
        first_column: int,
    ) -> None:
        self.sums, self.pixels, self.stray_light = sums, pixels, stray_light
        self.skies: dict[str, SkyMap] = {
            band: sky_map(rows[band].blocks, one.outline) for band, one in sums.items()
        }
        self.fine: dict[str, FineSky] = {
            band: fine_sky(rows[band].values, sky) for band, sky in self.skies.items()
        }
        self.listed: dict[str, Mapping[str, GhostGuess]] = {
            band: listed_ghosts(files, band, one.outline, first_column=first_column)
            for band, one in sums.items()
        }
        self.remainder = {band: halo_remainder(files, band, stray_light) for band in sums}
        self.rows = {band: rows[band].rows_of(one.blocks) for band, one in sums.items()}
        self.absent = _absent(sums, ifov_rad)

    def search(self, band: str) -> GhostSearch:
        others = {name: one for name, one in self.skies.items() if name != band}
        return GhostSearch(self.skies[band], others, (self.fine[band], self.fine), self.absent)

    def halo_problem(
        self, search: GhostSearch, found: Sequence[GhostResidual], band: str
    ) -> HaloProblem:
        """Halo of a band, with the ghosts that were found or are listed fitted along."""
        known = {(one.source_band, one.shift_columns, one.moved_lines) for one in found}
        known |= (
            set()
            if "TYPE2" in self.stray_light
            else {
                (name, guess.shift_columns, 0.0)
                for name, guess in self.listed[band].items()
                if name in search.templates and name not in {one.source for one in found}
            }
        )
        return HaloProblem(
            self.skies[band], [search.template(*one) for one in sorted(known)], search.send
        )

    def assemble(
        self,
        band: str,
        search: GhostSearch,
        scans: Mapping[str, GhostScan],
        found: Sequence[GhostResidual],
        halo: HaloResidual,
        noise_model: tuple[float, float],
        every: Sequence[GhostScan],
        threshold: float,
    ) -> BandResiduals:
        sums, pixels = self.sums[band], self.pixels[band]
        gain = sums.coefficients.absolute_gain
        limits = {
            name: search.limit(name, scan, threshold) * self._ratio(name, band)
            for name, scan in scans.items()
            if name in tri_detector_mates(band) or name in {one.source for one in found}
        }
        rest = [
            search.at(mate, shift, every, u_shift)
            for mate in tri_detector_mates(band)
            if mate in scans and mate not in {one.source for one in found}
            for shift, u_shift in (self._where(band, mate, scans),)
        ]
        ghosts = tuple(self._ghost(band, one, limits) for one in (*found, *rest))
        templates = [
            (search.template(one.source_band, one.shift_columns, one.moved_lines), one.factor)
            for one in found
        ]
        signal = pixels.noise.signal[1:] if pixels.noise.signal.size > 1 else np.array([math.nan])
        levels = {name: float(np.quantile(signal, share)) for name, share in LEVELS.items()}
        mates = [limits[name] for name in tri_detector_mates(band) if name in limits]
        light = _light(sums, self.rows[band], halo, templates)
        return BandResiduals(
            band,
            self.stray_light,
            _halo_found(self.skies[band], halo, light, templates, gain, self.remainder[band]),
            ghosts,
            max(mates, default=math.nan),
            pixels.noise,
            noise_model,
            pixels.sky_pattern,
            pixels.disk_pattern,
            {name: pixels.noise.signal_to_noise(level) for name, level in levels.items()},
            _picture(self.skies[band], halo, gain),
            light[0] / max(int(sums.disk.pixels[0]), 1) / gain,
        )

    def _where(self, band: str, mate: str, scans: Mapping[str, GhostScan]) -> tuple[float, float]:
        """Shift of a ghost that did not stand out: the listed one, else the most likely block."""
        guess = self.listed[band].get(mate)
        if guess is not None:
            return guess.shift_columns, 0.0
        scan, width = scans[mate], self.skies[band].size[1]
        return float(scan.shift[scan.best] * width), width / math.sqrt(12.0)

    def _ratio(self, source: str, band: str) -> float:
        """From a factor of equalised counts to one of radiance."""
        gains = (self.sums[name].coefficients.absolute_gain for name in (source, band))
        return float(next(gains) / next(gains))

    def _ghost(self, band: str, one: GhostResidual, limits: Mapping[str, float]) -> GhostFound:
        # light of a band that is not given has no factor
        ratio = math.nan if one.source_missing else self._ratio(one.source_band, band)
        guess = self.listed[band].get(one.source)
        outline = self.sums[one.source_band].outline
        moved = replace(
            outline,
            centre_line=outline.centre_line + one.moved_lines,
            centre_column=outline.centre_column + one.shift_columns,
        )
        return GhostFound(
            one,
            one.factor * ratio,
            one.u_factor * ratio,
            limits.get(one.source, math.nan),
            guess.factor * ratio if guess else math.nan,
            guess.shift_columns if guess else math.nan,
            moved,
        )


def _absent(sums: Mapping[str, BandSums], ifov_rad: float) -> dict[str, float]:
    """Bands of the camera that are not given: line where their disk is expected."""
    if not sums:
        return {}
    band, one = next(iter(sums.items()))
    return {
        name: predict_outline(one.outline, band, name, ifov_rad).centre_line
        for name in (other.band for other in venus_bands())
        if name not in sums
    }


def _light(
    sums: BandSums, rows: slice, halo: HaloResidual, ghosts: Sequence[tuple[Array, float]]
) -> list[float]:
    """Equalised counts within each aperture, the sky's levels, drift and ghosts taken off."""
    level = np.nan_to_num(halo.level)[None, :] + halo.drift
    level = level + sum((factor * one for one, factor in ghosts), np.zeros(level.shape))
    return [
        float(total) - float(np.einsum("ij,ij->", level[rows], pixels))
        for total, pixels in zip(sums.disk.total, sums.coverage, strict=True)
    ]


def _halo_found(
    sky: SkyMap,
    halo: HaloResidual,
    light: Sequence[float],
    ghosts: Sequence[tuple[Array, float]],
    gain: float,
    remainder: float,
) -> HaloFound:
    energy = halo_energy(sky, halo, (APERTURES, light), gain, ghosts)
    return HaloFound(
        halo.kernel,
        halo.fraction,
        math.hypot(halo.u_fraction, remainder),
        halo.detection_limit,
        halo.scale_radii,
        halo.u_scale_radii,
        energy.near,
        energy.u_near,
        energy.far,
        energy.u_far,
        energy.seen,
        (energy.radius, energy.radiance, energy.u_radiance, energy.fitted),
        (energy.encircled_radius, energy.encircled_energy),
    )


def _picture(sky: SkyMap, halo: HaloResidual, gain: float) -> SkyPicture:
    rest = sky.value - halo.level[None, :] - halo.drift - halo.model
    rest = np.where(sky.weight > 0.0, rest, np.nan) / gain
    return SkyPicture(rest.astype(np.float32), sky.first_line, *sky.size)
