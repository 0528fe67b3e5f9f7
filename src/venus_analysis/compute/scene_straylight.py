"""Stray light correction of a whole scene's pixels, in memory or lazy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.straylight import (
    BandFilters,
    Scenario,
    corrected_bands,
    reach_lines,
    steps_of,
)
from venus_analysis.errors import InputError

# A block is this tall at least, and so many times as far as the correction reaches.
BLOCK_LINES: Final = 1024
BLOCK_REACHES: Final = 4


def checked_filters(
    scenario: Scenario, filters: Mapping[str, BandFilters] | None, bands: Sequence[str]
) -> Mapping[str, BandFilters]:
    """Check the filters that a scenario needs.

    Raises
    ------
    InputError
        No such scenario, no filters for it, or a ghost whose source is not among
        the bands: it would stay in unnoticed.

    Examples
    --------
    >>> checked_filters("none", None, ["B7"])
    {}
    """
    steps = steps_of(scenario)
    if not steps:
        return {}
    if filters is None:
        raise InputError("filters", "those of STRLGT by band", "none", "give them with stray_light")
    for band in bands if "TYPE2" in steps else ():
        for one in filters.get(band, BandFilters()).ghosts:
            if one.source_band not in bands:
                raise InputError(
                    f"stray light of {band}",
                    f"{one.source_band}, which ghosts into it, among the bands",
                    " ".join(bands),
                    "add the band, or take TYPE1 alone",
                )
    return filters


def corrected_plane(
    radiance: Any,
    bands: Sequence[str],
    gains: Sequence[float],
    scenario: Scenario,
    filters: Mapping[str, BandFilters],
    threads: int = 2,
) -> Any:
    r"""Radiance (band, line, column) less the stray light of its filters.

    Filters act on equalised counts :math:`Z = L A_k`, which is our inference, as
    are the formulas of `venus_analysis.compute.straylight`:

    .. math:: L = \mathrm{corrected}(L A_k) / A_k

    Parameters
    ----------
    radiance
        (band, line, column) float32; a dask array stays lazy, each band in one
        piece, as filters reach across its chunks. NaN stays NaN.
    bands, gains
        Names, and Ak of each in counts / (W m-2 sr-1 um-1).
    scenario, filters
        As in `venus_analysis.compute.straylight.corrected_bands`.
    threads
        Blocks of lines worked on at once where nothing is lazy.

    Examples
    --------
    >>> from venus_analysis.compute.straylight import GhostFilter, GhostStrip
    >>> ghost = GhostFilter("B8", np.ones((1, 1)), [GhostStrip(0, 1, 0.1, 1)])
    >>> seen = np.array([[[0.0, 2.0]], [[10.0, 0.0]]], np.float32)
    >>> filters = {"B7": BandFilters(ghosts=[ghost])}
    >>> corrected_plane(seen, ["B7", "B8"], [1.0, 2.0], "TYPE2", filters)[0]
    array([[0., 0.]], dtype=float32)
    """
    if not hasattr(radiance, "dask"):
        return _in_blocks(radiance, bands, gains, scenario, filters, threads)
    import dask.array as da

    whole = dict(zip(bands, (one.rechunk((-1, -1)) for one in radiance), strict=True))
    gain_of = dict(zip(bands, gains, strict=True))
    found = []
    for band in bands:
        # what a band becomes depends on its own sources only, corrected or not
        names = list(
            dict.fromkeys([band, *(g.source_band for g in filters.get(band, BandFilters()).ghosts)])
        )
        names = [name for name in names if name in whole]
        mine = {name: filters[name] for name in names if name in filters}
        mine = {
            name: one if name == band else replace(one, ghosts=()) for name, one in mine.items()
        }
        found.append(
            da.map_blocks(  # type: ignore[no-untyped-call]
                _one_band, *(whole[name] for name in names), names=names,
                gains=[gain_of[name] for name in names], scenario=scenario, filters=mine,
                dtype=np.float32, meta=np.empty((0, 0), np.float32),
            )
        )  # fmt: skip
    return da.stack(found)  # type: ignore[no-untyped-call]


def _in_blocks(
    radiance: NDArray[np.float32],
    bands: Sequence[str],
    gains: Sequence[float],
    scenario: Scenario,
    filters: Mapping[str, BandFilters],
    threads: int,
) -> NDArray[np.float32]:
    """Correct blocks of lines, each with as many lines on either side as it depends on."""
    found, reach = np.empty_like(radiance), reach_lines(filters, scenario)
    height = max(BLOCK_LINES, BLOCK_REACHES * reach)

    def work(first: int) -> None:
        start, last = max(first - reach, 0), first + height
        part = radiance[:, start : last + reach]
        images = {
            band: one * np.float32(gain) for band, one, gain in zip(bands, part, gains, strict=True)
        }
        now = corrected_bands(images, filters, scenario)
        for out, band, gain in zip(found[:, first:last], bands, gains, strict=True):
            inner = now[band][first - start :][: len(out)]
            np.divide(inner, gain, out=out, casting="same_kind")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, radiance.shape[1], height)))
    return found


def _one_band(
    *radiance: NDArray[np.float32],
    names: Sequence[str],
    gains: Sequence[float],
    scenario: Scenario,
    filters: Mapping[str, BandFilters],
) -> NDArray[np.float32]:
    """First of some bands, corrected with the others as its sources."""
    plane = np.stack(radiance)
    return np.asarray(corrected_plane(plane, names, gains, scenario, filters, 1)[0])
