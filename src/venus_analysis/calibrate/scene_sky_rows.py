"""All lines of a band that were decoded with its disk: the more sky, the fainter a halo shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.scene_band import BandRead, BandSums, hit_blocks
from venus_analysis.calibrate.scene_inputs import SceneInputs
from venus_analysis.compute.moon.line_blocks import block_map, block_values, line_blocks
from venus_analysis.compute.moon.sky_templates import BlockMap

Values = NDArray[np.floating[Any]]
# Farther lines see the halo of no scale better than the level of their columns.
REACH_RADII: Final = 2.0


@dataclass(frozen=True, eq=False)
class SkyRows:
    """A band's disk and the sky about it, in blocks.

    `values` (block, column) are means of equalised counts over the lines of a
    block, NaN in bad columns; `blocks` (i, j) the same over blocks of columns too,
    which begin at the same line.
    """

    values: Values
    blocks: BlockMap

    def rows_of(self, part: BlockMap) -> slice:
        """Rows here of blocks that are part of these."""
        first = (part.first_line - self.blocks.first_line) // self.blocks.size[0]
        return slice(first, first + len(part.value))


def sky_rows(
    inputs: SceneInputs, band: str, read: BandRead, sums: BandSums, noise: tuple[float, float]
) -> SkyRows:
    """Put the lines that were decoded with a band's window beside its blocks.

    Chunks are decoded whole, so that lines on either side of the window cost no
    more than their sums. They go out to 2 radii at most; how far they go depends
    on the file's chunks, and no ratio does.

    Parameters
    ----------
    inputs, band, read
        Scene, band, and its window in memory, not released yet.
    sums
        Of the band.
    noise
        A and B of the noise model, counts.
    """
    at, height = sums.coefficients, inputs.block[0]
    bad = at.defective | at.unknown
    values = [np.where(bad, np.float32(np.nan), read.values)]
    maps = [sums.blocks]
    for lines in _decoded(inputs, read.window, sums.outline.semi_axis_line_px):
        part = line_blocks(inputs.counts.read(band, lines), height)
        good = ~hit_blocks(part, noise) & ~bad
        values.append(block_values(part, at))
        maps.append(block_map(values[-1], good, lines.start, inputs.block))
    order = sorted(range(len(maps)), key=lambda k: maps[k].first_line)
    blocks = BlockMap(
        np.concatenate([maps[k].value for k in order]),
        np.concatenate([maps[k].weight for k in order]),
        maps[order[0]].first_line,
        inputs.block,
    )
    return SkyRows(np.concatenate([values[k] for k in order]), blocks)


def _decoded(inputs: SceneInputs, window: slice, half_height_px: float) -> list[slice]:
    """Lines before and after a window that its chunks hold, in whole blocks."""
    chunk, height = inputs.counts.chunk[1], inputs.block[0]
    reach = round(REACH_RADII * half_height_px - 0.5 * (window.stop - window.start))
    before = min(window.start % chunk, max(reach, 0)) // height
    end = min(-(-window.stop // chunk) * chunk, inputs.lines)
    after = min(end - window.stop, max(reach, 0)) // height
    parts = [
        slice(window.start - before * height, window.start),
        slice(window.stop, window.stop + after * height),
    ]
    return [part for part in parts if part.stop > part.start]
