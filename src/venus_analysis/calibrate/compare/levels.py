"""Absolute levels of methods side by side: mean ratio of each, and whether they agree."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.compare.gather import series_by_band
from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.compute.compare.joint import joint_sensitivity
from venus_analysis.compute.compare.levels import SHARED_TERMS, uncertainty_of_difference
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.methods import normalised_error
from venus_analysis.compute.compare.trend import Trend, utc_second

TERMS: Final = (*SHARED_TERMS, "directional", "site")
MEAN: Final = "mean"
FEWEST: Final = 3
"""Looks (or months) from which a mean has an uncertainty."""


@dataclass(frozen=True)
class LevelPair:
    """Two methods in one band: mean measured / modelled of each, relative numbers.

    `u` is the standard uncertainty (k = 1) of what the two do not share, `en` the
    difference over 2 u; `looks` are looks of the Moon, months of other methods.
    """

    band: str
    first: str
    second: str
    ratio_first: float
    ratio_second: float
    difference: float
    u: float
    en: float
    agree: bool | None
    looks: tuple[int, int]


@dataclass(frozen=True)
class _Level:
    name: str
    reference: str
    ratio: float
    terms: dict[str, float]
    looks: int


def compare_levels(frame: pd.DataFrame, exclusions: Exclusions | None = None) -> list[LevelPair]:
    """Compare methods two by two in the level of measured / modelled, band by band.

    The level of a method and reference is the mean of its sites' levels, a fit of
    a constant (and of the terms of `gather.series_by_band`) with AR(1) noise. Of the
    systematic terms that rows state, those of the instrument cancel, and against
    the same reference also `SHARED_TERMS` as far as they are equal.

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`, of one instrument, **as produced**:
        with updates of Ak in between, a level is a mean over the sets. No Ak is needed.
    exclusions
        Looks left out beside the ledger.

    Returns
    -------
    list of LevelPair
        By band, then pair; without pairs that have fewer than 3 looks (or months).

    Notes
    -----
    That methods differ is expected (a lunar model by 5 to 10 %): the uncertainty
    stated for the model is part of `u`.
    """
    levels: dict[str, list[_Level]] = {}
    for _, rows in frame.groupby(["method", "reference"], sort=True):
        given = series_by_band(rows, exclusions=exclusions, quantity="ratio")
        for band, series in given.items():
            if sum(map(len, series)) >= FEWEST:
                level = _level(rows[rows["band"] == band], series)
                levels.setdefault(band, []).append(level)
    return [
        _pair(band, first, second)
        for band in by_wavelength(levels)
        for first, second in combinations(levels[band], 2)
    ]


def level_lines(found: Sequence[LevelPair], *, simulated: bool) -> list[str]:
    """Pairs as lines for a terminal."""
    mark = "SIMULATED  " if simulated else ""
    lines = [f"{mark}Mean measured / modelled of methods; En at k = 2, agreement |En| <= 1"]
    lines += [
        f"{one.band:5} {one.first:22} {one.ratio_first:.4f}   {one.second:22} "
        f"{one.ratio_second:.4f}   difference {one.difference:+.4f}  U {2 * one.u:.4f}  "
        f"En {one.en:+.2f}{'  DISAGREE' if one.agree is False else ''}"
        for one in found
    ]
    return lines if found else [*lines, "nothing to compare: one method, or too few looks"]


def level_documents(found: Sequence[LevelPair]) -> list[dict[str, Any]]:
    """Pairs as plain values."""
    return [asdict(one) | {"looks": list(one.looks)} for one in found]


def _level(rows: pd.DataFrame, series: Sequence[MethodSeries]) -> _Level:
    times = np.sort(np.concatenate([one.time for one in series]))
    joint = joint_sensitivity(series, Trend(utc_second(times[len(times) // 2]), "constant"))
    weights = [one.startswith("level of ") / len(series) for one in joint.names]
    level = joint.combination(np.array(weights, np.float64))
    ratio = math.exp(float(level.value))
    terms = {MEAN: float(level.standard_uncertainty)} | _stated(rows)
    relative = {term: ratio * value for term, value in terms.items()}
    method, reference = (str(rows[name].iloc[0]) for name in ("method", "reference"))
    return _Level(f"{method} {reference}", reference, ratio, relative, len(times))


def _stated(rows: pd.DataFrame) -> dict[str, float]:
    """Terms that rows name, median over the looks; else their model's uncertainty as a whole."""
    texts = [json.loads(text) for text in rows["budget_text"] if str(text).startswith("{")]
    known = {
        name: [float(one[name]) for one in texts if one.get(name) is not None] for name in TERMS
    }
    if any(known.values()):
        return {name: float(np.median(values)) for name, values in known.items() if values}
    model = rows["u_model"].dropna()
    return {"model": float(model.median())} if len(model) else {}


def _pair(band: str, first: _Level, second: _Level) -> LevelPair:
    shared = SHARED_TERMS if first.reference == second.reference else ()
    u = uncertainty_of_difference(first.terms, second.terms, shared)
    difference = first.ratio - second.ratio
    en = float(normalised_error(first.ratio, second.ratio, u, 0.0))
    agree = abs(en) <= 1.0 if math.isfinite(en) else None
    return LevelPair(
        band, first.name, second.name, first.ratio, second.ratio, difference, u, en, agree,
        (first.looks, second.looks),
    )  # fmt: skip
