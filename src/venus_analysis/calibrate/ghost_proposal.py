"""From the ghosts of many looks in the ledger to new STRLGT files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from venus_analysis.compute.moon.ghost_mean import censored_mean
from venus_analysis.compute.moon.residual_ghosts import POWER_OF_TEST, TEMPLATE_DOUBT
from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import Instant
from venus_analysis.parameters.parameter_file import Series
from venus_analysis.parameters.propose_stray_light import propose_strlgt
from venus_analysis.parameters.registry import Registry
from venus_analysis.parameters.strlgt import StrayLight

if TYPE_CHECKING:
    import pandas as pd

SIGNIFICANT: Final = 0.05
DETECTED: Final = 3.29
SAME_PLACE_COLUMNS: Final = 2.0
SAME_PLACE_SIGMA: Final = 3.0


@dataclass(frozen=True)
class MeasuredGhost:
    """A ghost as all looks together show it.

    `factor` and `u_factor` (k = 1) of equalised counts; `shift_columns` from the
    source's disk to the ghost; `looks` that measured it there, and how many
    found another place more likely, `elsewhere`, and so limit it.
    """

    band: str
    source_band: str
    factor: float
    u_factor: float
    shift_columns: float
    u_shift_columns: float
    looks: int
    elsewhere: int


def ghost_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that ghosts are measured in: the newest of each look and band.

    Raises
    ------
    InputError
        No row with residuals, or measured with ``--stray-light``: what a
        correction leaves says nothing about the factor that was corrected with.
    """
    rows = rows[rows["method"] == "moon"].sort_values("committed")
    looks = rows[np.isfinite(rows["ct2_detection_limit"])]
    plain = looks[[not _corrected(text) for text in looks["configuration_text"]]]
    if plain.empty:
        raise InputError(
            "residuals in the ledger",
            "looks measured with --residuals and without --stray-light",
            f"{len(looks)} rows with residuals, all corrected" if len(looks) else "none",
            "run venus-analysis moon --residuals --ledger first",
        )
    last: pd.DataFrame = plain.drop_duplicates(["acquisition_id", "band"], keep="last")
    return last


def measured_ghosts(rows: pd.DataFrame) -> list[MeasuredGhost]:
    """Mean ghosts of the looks in a frame of ledger rows.

    All looks count, whether a ghost stands out of chance in them or not: the mean
    of those alone in which it does is too high for a faint one. A ghost's place is
    the median shift of the looks in which it is significant (of all, if in none).
    A look that measured there, within 2 columns or 3 sigma, as every look does at
    a shift that STRLGT lists, gives its factor; one that found another place more
    likely says that the factor here was below what it found there (or, if it
    looked where a file told, that it was not significant here), see
    `venus_analysis.compute.moon.ghost_mean.censored_mean`. Where looks disagree by
    more than their uncertainties say, the mean's grows. A ghost is given if its
    mean is 3.29 sigma above 0 and either one look alone tells it from chance
    (global probability below 0.05), or two or more, and no fewer than half, agree
    on its place. Radiance becomes counts by the Ak in the rows.

    Parameters
    ----------
    rows
        Of `venus_analysis.ledger.load`, with residuals.

    Raises
    ------
    InputError
        See `ghost_rows`.
    """
    records = ghost_rows(rows).to_dict("records")
    gains = {(one["acquisition_id"], one["band"]): one["absolute_gain"] for one in records}
    seen: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for row in records:
        for number in (1, 2):
            at = f"ct2_{number}"
            source_gain = gains.get((row["acquisition_id"], row[f"{at}_source"]))
            if source_gain is None or not abs(row[f"{at}_significance"]) > 0.0:
                continue
            ratio = row["absolute_gain"] / source_gain
            factor = ratio * row[f"{at}_factor"]
            noise = factor / row[f"{at}_significance"]
            ghost = [factor, noise, row[f"{at}_shift_columns"], row[f"u_{at}_shift_columns"]]
            ghost.append(row[f"{at}_probability"] < SIGNIFICANT)
            ghost.append(ratio * row["ct2_detection_limit"] - POWER_OF_TEST * noise)
            seen.setdefault((row["band"], row[f"{at}_source"]), []).append(tuple(ghost))
    means = (_mean(*pair, np.array(looks)) for pair, looks in sorted(seen.items()))
    return [one for one in means if one is not None]


def changing_ghosts(
    folder: Path | str, ghosts: Iterable[MeasuredGhost], *, significance: float = 2.0
) -> list[MeasuredGhost]:
    """Choose the ghosts that differ from the newest file of their band, see `propose_ghosts`."""
    registry = Registry(folder)
    return [
        one
        for one in ghosts
        if one.factor > 0.0 and _differs(one, _listed(registry, one), significance)
    ]


def propose_ghosts(
    folder: Path | str,
    ghosts: Iterable[MeasuredGhost],
    start: Instant,
    *,
    significance: float = 2.0,
    output: Path | str | None = None,
    **header: Any,
) -> list[Path]:
    """Write a new STRLGT file for each band whose ghosts differ from its newest file.

    Parameters
    ----------
    folder
        Folder with the older files; they are not changed.
    ghosts
        From `measured_ghosts`; those that are not above 0 are left out.
    start, output, header
        See `venus_analysis.parameters.propose_stray_light.propose_strlgt`.
    significance
        Change only what is off by so many standard uncertainties; 0 writes all.

    Returns
    -------
    list of pathlib.Path
        Headers of the new files, empty where nothing is to be changed.
    """
    by_band: dict[str, dict[str, tuple[float, float]]] = {}
    for one in changing_ghosts(folder, ghosts, significance=significance):
        by_band.setdefault(one.band, {})[one.source_band] = (one.factor, one.shift_columns)
    return [
        propose_strlgt(folder, band, found, start, output=output, **header)
        for band, found in by_band.items()
    ]


def _corrected(configuration: str) -> bool:
    options = json.loads(configuration or "{}")
    return bool(options.get("stray_light", "none") != "none")


def _mean(band: str, source: str, looks: np.ndarray) -> MeasuredGhost | None:
    """Mean of looks (n, 6): factor, its noise, shift, its uncertainty, significant or not, limit.

    None where there is no ghost. What is doubtful of the template is so in all looks.
    A look at another place was the highest of its scan if its shift has an
    uncertainty; measured where a file told, only `limit` holds, the least that would
    have been significant.
    """
    alone = looks[:, 4] > 0.0
    off = np.abs(looks[:, 2] - np.median(looks[alone, 2] if alone.any() else looks[:, 2]))
    doubt = np.nan_to_num(looks[:, 3])
    near = off <= np.maximum(SAME_PLACE_COLUMNS, SAME_PLACE_SIGMA * doubt)
    if not near.any():
        near = off == off.min()
    here, there = looks[near], looks[~near]
    below = np.where(there[:, 3] > 0.0, there[:, 0], np.maximum(there[:, 0], there[:, 5]))
    factor, u_factor, significance = censored_mean(here[:, 0], here[:, 1], below, there[:, 1])
    agree = len(here) >= max(2, len(there))
    if not (significance > DETECTED and (agree or here[:, 4].any())):
        return None
    placed = here[here[:, 3] > 0.0]
    shift, u_shift = _weighted(placed[:, 2], placed[:, 3]) if len(placed) else (here[0, 2], 0.0)
    u_factor = math.hypot(u_factor, TEMPLATE_DOUBT * factor)
    return MeasuredGhost(
        band, source, factor, u_factor, float(shift), u_shift, len(here), len(there)
    )


def _weighted(value: np.ndarray, doubt: np.ndarray) -> tuple[float, float]:
    weight = 1.0 / np.maximum(doubt, 1e-12) ** 2
    mean = float((weight * value).sum() / weight.sum())
    square = float((weight * (value - mean) ** 2).sum()) / max(value.size - 1, 1)
    return mean, math.sqrt(max(1.0, square) / float(weight.sum()))


def _listed(registry: Registry, ghost: MeasuredGhost) -> Sequence[tuple[float, float]]:
    """Factor of equalised counts and shift of each strip in the newest file."""
    files = registry.series().get(Series("STRLGT", "L", "ALLSITES", ghost.band), ())
    older = StrayLight.read(files[-1].path) if files else None
    return [
        (strip.factor * float(np.sum(one.kernel.values, dtype=np.float64)), float(strip.shift))
        for one in (older.cross_talk if older else ())
        if one.source_band == ghost.source_band
        for strip in one.strips
    ]


def _differs(
    ghost: MeasuredGhost, listed: Sequence[tuple[float, float]], significance: float
) -> bool:
    shift = max(1.0, significance * ghost.u_shift_columns)
    return not listed or any(
        abs(factor - ghost.factor) >= significance * ghost.u_factor
        or abs(place - ghost.shift_columns) > shift
        for factor, place in listed
    )
