"""Proposing new cross-talk factors: the next STRLGT serial of a band."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import Instant
from venus_analysis.parameters.names import COLUMNS, band_name
from venus_analysis.parameters.parameter_file import Series
from venus_analysis.parameters.propose import next_header
from venus_analysis.parameters.registry import Registry
from venus_analysis.parameters.strlgt import CrossTalkFilter, Kernel, StrayLight, Strip

MOST_SOURCES = 2


def propose_strlgt(
    folder: Path | str,
    band: str,
    ghosts: Mapping[str, tuple[float, float]],
    start: Instant,
    *,
    output: Path | str | None = None,
    created: Instant | None = None,
    file_class: str = "TEST",
    applicability: str = "L",
    nick: str = "ALLSITES",
    sites: tuple[str, ...] = (),
    notes: str = "",
) -> Path:
    """Write measured ghosts as the next STRLGT serial of a band.

    Kernels, margins and the filters of type 1 are those of the highest serial;
    a source that has none gets a kernel of one pixel. Factors are those of
    equalised counts over the sum of the kernel, so that kernel times factor is
    what was measured; one strip over all columns.

    Parameters
    ----------
    folder
        Folder with the older files; they are not changed.
    band
        Band the ghosts are in.
    ghosts
        Source band to factor of equalised counts and shift in columns; at most
        two. Sources of the older file that are not named stay as they are.
    start
        First second of validity, UTC.
    output, created, file_class, applicability, nick, sites, notes
        See `venus_analysis.parameters.propose.propose_phgain`.

    Returns
    -------
    pathlib.Path
        Header of the new file; its kernels lie in the folder beside it.

    Raises
    ------
    InputError
        A factor that is not above 0, more than two sources, or serials used up.
    """
    registry, band = Registry(folder), band_name(band)
    series = Series("STRLGT", applicability, nick, band)
    files = registry.series().get(series, ())
    older = StrayLight.read(files[-1].path) if files else None
    filters = {one.source_band: one for one in older.cross_talk} if older else {}
    for name, (factor, shift) in ghosts.items():
        source = band_name(name)
        if not (np.isfinite(factor) and factor > 0.0):
            raise InputError(f"ghost of {source}", "a factor above 0", f"{factor}", "leave it out")
        filters[source] = _filter(filters.get(source), source, factor, round(shift))
    if len(filters) > MOST_SOURCES:
        raise InputError(
            f"ghosts in {band}", "at most two source bands", " ".join(filters), "leave some out"
        )
    header = next_header(
        registry, output, series, start, created, file_class=file_class, sites=sites, notes=notes
    )
    light = StrayLight(
        header=header,
        overlap_margin=older.overlap_margin if older else 0,
        halo=older.halo if older else (),
        cross_talk=tuple(filters.values()),
    )
    return light.write(output or folder)


def _filter(
    older: CrossTalkFilter | None, source: str, factor: float, shift: int
) -> CrossTalkFilter:
    kernel = older.kernel if older else Kernel(np.ones((1, 1), np.float32))
    strip = Strip(0, COLUMNS - 1, factor / float(kernel.values.sum(dtype=np.float64)), shift)
    return CrossTalkFilter(source, kernel, older.overlap_margin if older else 0, (strip,))
