"""The light of a source, moved to where a ghost of it may lie."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_sky import SkyMap

Array = NDArray[np.float64]
TOUCHING_RADII: Final = 2.02


def touches(source: Outline, disk: Outline, shift_columns: float) -> bool:
    """Whether a source's disk, moved along the columns, overlaps a disk.

    Examples
    --------
    >>> disk = Outline(50.0, 50.0, 20.0)
    >>> touches(disk, disk, 39.0), touches(disk, disk, -41.0)
    (True, False)
    """
    at = np.array(source.centre_line), np.array(source.centre_column + shift_columns)
    return bool(np.hypot(*disk.unit(*at)) < TOUCHING_RADII)


def moved_columns(image: Array, shift: float) -> Array:
    """Image (i, j) moved along its columns by a number that need not be whole; 0 comes in.

    Examples
    --------
    >>> moved_columns(np.array([[0.0, 4.0, 0.0, 0.0]]), 1.25)
    array([[0., 0., 3., 1.]])
    """
    whole = math.floor(shift)
    part = shift - whole
    out = np.zeros_like(image)
    for step, share in ((whole, 1.0 - part), (whole + 1, part)):
        to = slice(max(step, 0), max(image.shape[1] + min(step, 0), 0))
        start = max(-step, 0)
        if to.stop > to.start and share > 0.0:
            out[:, to] += share * image[:, start : start + to.stop - to.start]
    return out


def at_lines(source: SkyMap, target: SkyMap, moved_lines: float = 0.0) -> Array:
    """Light of a source's disk (i, j), moved along the scan, at the target's rows.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> source = SimpleNamespace(light=np.array([[4.0], [8.0]]), size=(4, 4), first_line=0)
    >>> target = SimpleNamespace(value=np.zeros((3, 1)), size=(4, 4), first_line=2)
    >>> at_lines(source, target)[:, 0].tolist()
    [6.0, 4.0, 0.0]
    """
    if source.size != target.size:
        raise ValueError(f"blocks of {target.size}, received {source.size}")
    at = (target.first_line - source.first_line - moved_lines) / source.size[0]
    low, rows = math.floor(at), len(target.value)
    found = np.zeros((rows, source.light.shape[1]))
    for first, part in ((low, 1.0 - (at - low)), (low + 1, at - low)):
        to = slice(max(-first, 0), max(min(len(source.light) - first, rows), 0))
        if to.stop > to.start and part:
            found[to] += part * source.light[to.start + first : to.stop + first]
    return found
