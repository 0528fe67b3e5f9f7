"""Stray light of a scene's bands: which ghosts are expected, and the sky fitted with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from venus_analysis.calibrate.scene_band import BandLook
from venus_analysis.calibrate.scene_inputs import SceneInputs
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.calibrate.scene_reference import Reference
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.registration import predict_outline
from venus_analysis.compute.moon.scene_sky import SkyProblem
from venus_analysis.compute.moon.sky_templates import (
    BlockMap,
    GhostGuess,
    find_ghost,
    ghost_template,
)
from venus_analysis.instrument import venus_bands
from venus_analysis.parameters.parameter_set import ParameterSet

if TYPE_CHECKING:
    from venus_analysis.parameters.strlgt import Strip

GHOST_SIGMA: Final = 8.0


@dataclass(frozen=True, eq=False)
class StrayLight:
    """The sky of one band, ready to be fitted, its ghosts and whether each overlaps the disk."""

    problem: SkyProblem
    guesses: tuple[GhostGuess, ...]
    overlaps: tuple[bool, ...]


def stray_light(
    looks: Mapping[str, BandLook],
    band: str,
    files: ParameterSet,
    inputs: SceneInputs,
    reference: Reference,
    options: SceneOptions,
) -> StrayLight | None:
    """Pose the sky of one band; None where no Moon was measured.

    Ghosts are those that STRLGT names, with its factor as prior knowledge, and
    such of other bands of the tri-detector as stand out of the sky themselves.
    """
    sums = looks[band].sums
    if sums is None:
        return None
    templates, overlaps = [], []
    first = int(inputs.file_columns[0])
    listed = listed_ghosts(files, band, sums.outline, options.ghost_u_factor, first_column=first)
    for name in _mates(band):
        source, present = _source(looks, name, inputs, reference)
        if source is None:
            continue
        blocks, outline = source
        if name in listed:
            guess = listed[name]
            guess = guess if present else replace(guess, u_factor=math.inf)
            if "TYPE2" in options.stray_light:
                guess = replace(guess, factor=0.0)  # what the correction left of it
        else:
            shift, significance = find_ghost(sums.blocks, sums.outline, blocks)
            if not present or significance < GHOST_SIGMA:
                continue
            guess = GhostGuess(name, shift)
        shift = guess.shift_columns
        templates.append((ghost_template(blocks, sums.blocks, shift), guess))
        overlaps.append(_overlap(outline, sums.outline, shift))
    problem = SkyProblem(sums.blocks, sums.outline, templates)
    return StrayLight(problem, tuple(guess for _, guess in templates), tuple(overlaps))


def listed_ghosts(
    files: ParameterSet,
    band: str,
    disk: Outline,
    u_factor: float = math.inf,
    *,
    first_column: int = 0,
) -> dict[str, GhostGuess]:
    """Ghosts that the STRLGT file in force names, by source band; `u_factor` is relative.

    Of several strips of columns the one counts that holds most of the ghost: the
    disks of all bands lie at nearly the same columns, so `disk` may be that of any.
    `first_column` is the file's column that the scene begins with.
    """
    answer = files.answers.get(("STRLGT", band))
    found = {}
    middle, half = disk.centre_column + first_column, disk.half_width_px

    def held(strip: Strip) -> float:
        at = middle + strip.shift
        return min(at + half, strip.last + 0.5) - max(at - half, strip.first - 0.5)

    for one in getattr(answer.file.content, "cross_talk", ()) if answer else ():
        strip = max(one.strips, key=held)
        factor = strip.factor * float(one.kernel.values.sum())
        doubt = u_factor * factor + 1e-9
        found[one.source_band] = GhostGuess(one.source_band, float(strip.shift), factor, doubt)
    return found


def _mates(band: str) -> tuple[str, ...]:
    """Return the other bands of a band's tri-detector."""
    home = {one.band: one.tri_detector for one in venus_bands()}
    return tuple(other for other in home if home[other] == home[band] and other != band)


def _source(
    looks: Mapping[str, BandLook], name: str, inputs: SceneInputs, reference: Reference
) -> tuple[tuple[BlockMap, Outline] | None, bool]:
    """Return a ghost's source; without it the reference's disk where it should be."""
    found = looks[name].sums if name in looks else None
    if found is not None:
        return (found.blocks, found.outline), True
    base = looks[reference.band].sums if reference.band in looks else None
    if base is None:
        return None, False
    outline = predict_outline(reference.outline, reference.band, name, inputs.ifov_rad)
    lines = outline.centre_line - reference.outline.centre_line
    return (replace(base.blocks, first_line=base.blocks.first_line + round(lines)), outline), False


def _overlap(source: Outline, disk: Outline, shift: float) -> bool:
    u, v = disk.unit(np.array(source.centre_line), np.array(source.centre_column + shift))
    return bool(np.hypot(u, v) < 2.02)
