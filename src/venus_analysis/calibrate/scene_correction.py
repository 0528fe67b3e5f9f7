"""Stray light correction of a scene's bands by the STRLGT files in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.scene_band import BandLook, BandSums
from venus_analysis.calibrate.scene_sky_rows import SkyRows
from venus_analysis.compute.moon.sky_templates import BlockMap
from venus_analysis.compute.straylight import (
    BandFilters,
    GhostFilter,
    GhostStrip,
    HaloStrip,
    Map,
    Scenario,
    beyond_edges,
    corrected_bands,
    steps_of,
)
from venus_analysis.parameters.parameter_set import ParameterSet
from venus_analysis.parameters.strlgt import StrayLight

Array = NDArray[np.floating[Any]]


def corrected(
    values: Mapping[str, Array],
    blocks: Mapping[str, BlockMap],
    files: ParameterSet,
    scenario: Scenario,
    do: Map = map,
) -> tuple[dict[str, Array], dict[str, BlockMap]]:
    """Bands less the stray light that their STRLGT files describe.

    Means over blocks of lines are corrected, not pixels: filters and means
    commute, and it takes a thirtieth of the time.

    Parameters
    ----------
    values
        (block, column) means of equalised counts over lines, by band.
    blocks
        The same over blocks of columns too.
    files
        Parameter files; a band without STRLGT stays as it is.
    scenario
        What is corrected, and in which order; sources of ghosts are in the state
        that the step before left them in.
    do
        As in `scene_residuals.scene_residuals`.
    """
    now = corrected_bands(
        values,
        {band: one for band in values if (one := band_filters(files, band))},
        scenario,
        lines=next(iter(blocks.values())).size[0] if blocks else 1,
        source_at=lambda image, source, band: _at_lines(image, blocks[source], blocks[band]),
        do=do,
    )
    return now, {band: _moved(blocks[band], now[band] - values[band]) for band in values}


def corrected_looks(
    looks: Mapping[str, BandLook],
    rows: Mapping[str, SkyRows],
    files: ParameterSet,
    scenario: Scenario,
    do: Map = map,
) -> tuple[dict[str, BandLook], dict[str, SkyRows]]:
    """Correct looks at bands, and the blocks about their disks, by the STRLGT files.

    Type 2 takes ghosts off the disk and the sky. Type 1 brings scattered light
    back to where it came from, mostly into the disk; what it takes from the sky
    no fit finds there any more, so that the irradiance counts it once, as it
    does without the correction.

    Parameters
    ----------
    looks
        Of the bands.
    rows
        Disk and sky of each band, all lines that are known.
    files, scenario, do
        As in `corrected`.
    """
    sums = {band: look.sums for band, look in looks.items() if look.sums is not None}
    now, blocks = corrected(
        {band: rows[band].values for band in sums},
        {band: rows[band].blocks for band in sums},
        files,
        scenario,
        do,
    )
    found = dict(looks)
    for band, one in sums.items():
        part = rows[band].rows_of(one.blocks)
        mine = replace(one.blocks, value=blocks[band].value[part])
        changed = _changed(one, mine, (now[band] - rows[band].values)[part])
        found[band] = replace(looks[band], sums=changed)
    return found, {band: SkyRows(now[band], blocks[band]) for band in sums}


def halo_remainder(files: ParameterSet, band: str, scenario: Scenario) -> float:
    """Share of a band's light that type 1 misplaces for the edges of its filters; else 0."""
    found = band_filters(files, band) if "TYPE1" in steps_of(scenario) else None
    return max((beyond_edges(one.kernel) for one in found.halo), default=0.0) if found else 0.0


def band_filters(files: ParameterSet, band: str) -> BandFilters | None:
    """Take the filters from the STRLGT file in force for a band; None without one.

    They are also what `venus_analysis.compute.scene_radiance` corrects pixels with.
    """
    answer = files.answers.get(("STRLGT", band))
    content = answer.file.content if answer else None
    if not isinstance(content, StrayLight):
        return None
    return BandFilters(
        [HaloStrip(one.first, one.last, one.kernel.values) for one in content.halo],
        [
            GhostFilter(
                one.source_band,
                one.kernel.values,
                [GhostStrip(s.first, s.last, s.factor, s.shift) for s in one.strips],
            )
            for one in content.cross_talk
        ],
    )


def _changed(sums: BandSums, blocks: BlockMap, change: Array) -> BandSums:
    """Change the sums of a band by (block, column) counts; `blocks` has them already."""
    moved = np.nan_to_num(blocks.value - sums.blocks.value)
    total = sums.disk.total + [float((moved * pixels).sum()) for pixels in sums.coverage]
    row = np.clip((sums.sample_lines - blocks.first_line) // blocks.size[0], 0, len(change) - 1)
    sample = sums.sample + np.nan_to_num(change[row]).astype(np.float32)
    disk = replace(sums.disk, total=total)
    return replace(sums, blocks=blocks, disk=disk, sample=sample, correction=moved)


def _at_lines(values: Array, source: BlockMap, target: BlockMap) -> Array:
    """Source band at the target's rows; beyond its own, the nearest one."""
    place = target.centres()[0][:, 0]
    at = (place - source.centres()[0][0, 0]) / source.size[0]
    low = np.clip(np.floor(at).astype(int), 0, len(values) - 2)
    share = np.clip(at - low, 0.0, 1.0)[:, None]
    return np.asarray((1.0 - share) * values[low] + share * values[low + 1])


def _moved(blocks: BlockMap, change: Array) -> BlockMap:
    """Blocks with a change of their columns; NaN columns do not count."""
    width = blocks.size[1]
    starts = np.arange(blocks.value.shape[1]) * width
    known = np.isfinite(change)
    total = np.add.reduceat(np.where(known, change, 0.0), starts, axis=1)
    number = np.add.reduceat(known, starts, axis=1, dtype=np.int64)
    value = blocks.value + total / np.maximum(number, 1)
    return BlockMap(value, blocks.weight, blocks.first_line, blocks.size)
