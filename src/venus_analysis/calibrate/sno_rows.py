"""Ledger rows of simultaneous looks: one for each pair of scenes and band."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row, new_row, rounded
from venus_analysis.calibrate.sno_side import Side
from venus_analysis.compute.desert.budget import Budget
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.site_ratio import (
    DateRatios,
    SiteRatio,
    random_scatter,
    site_ratio,
)
from venus_analysis.compute.sno.matchup import CellFlag
from venus_analysis.flags import Flag

Floats = NDArray[np.float64]
FEWEST_SCENES = 3
"""Pairs of scenes from which their scatter is taken for the random uncertainty."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Reflectances side by side, one point for each pair of looks.

    Attributes
    ----------
    target, reference
        The two sides, and in `pairs` the positions of each point in them.
    measured, modelled
        (point, band); NaN where a band is not compared.
    reasons
        (point, band) sums of `CellFlag` of both sides.
    """

    pairs: Pairs
    target: Side
    reference: Side
    measured: Floats
    modelled: Floats
    reasons: NDArray[np.uint8]

    @property
    def scene(self) -> NDArray[np.object_]:
        """(point,) name of the target's acquisition."""
        return self.target.scene[self.pairs.target]

    @property
    def reference_scene(self) -> NDArray[np.object_]:
        """(point,) name of the reference's acquisition."""
        return self.reference.scene[self.pairs.reference]

    @property
    def minutes_apart(self) -> Floats:
        """(point,) time of the target after the reference."""
        here = self.target.looks.time[self.pairs.target]
        apart = here - self.reference.looks.time[self.pairs.reference]
        return np.asarray(apart / np.timedelta64(1, "m"))

    def left_out(self) -> dict[str, int]:
        """Reason to number: looks without a partner, points by what is wrong with the cell."""
        partnered = np.unique(self.pairs.target).size
        counts = {"without a partner": len(self.target.looks) - partnered}
        any_band = np.bitwise_or.reduce(self.reasons, axis=1, initial=0)
        return counts | {str(f.name): int((any_band & f > 0).sum()) for f in CellFlag}


def compare(
    pairs: Pairs, target: Side, reference: Side, modelled: Floats, reasons: NDArray[np.uint8]
) -> Compared:
    """Set side by side; a band with a reason against it is NaN in both."""
    measured = target.looks.reflectance[pairs.target]
    lost = (reasons > 0) | ~np.isfinite(measured + modelled)
    return Compared(
        pairs,
        target,
        reference,
        np.where(lost, np.nan, measured),
        np.where(lost, np.nan, modelled),
        reasons,
    )


def rows_of(
    compared: Compared,
    bands: tuple[str, ...],
    common: Mapping[str, Any],
    *,
    reasons: Mapping[str, str],
    budget: Budget | None,
    late_minutes: float,
) -> list[Row]:
    """One row for each pair of scenes and band.

    Parameters
    ----------
    compared
        Points of all pairs.
    bands
        Of the target.
    common
        Columns that all rows share.
    reasons
        Why a band has no partner.
    budget
        Systematic uncertainty per band.
    late_minutes
        Mean time between the looks from which a row is flagged.

    Returns
    -------
    list of Row
        The random uncertainty is how much the ratio changes from one pair of
        scenes to the next; for fewer than 9 pairs their scatter; for fewer than
        3 that over the cells, which is not their mean's: cells of a scene share
        their errors.
    """
    found: list[Row] = []
    for at in _scene_pairs(compared):
        head = _head(compared, at, late_minutes) | dict(common)
        found += [
            new_row(**(head | cells | {"flags": head["flags"] | cells["flags"]}))
            for cells in _bands(compared, at, bands, reasons, budget)
        ]
    mean, ratio = mean_of(found, bands), _ratios(found, bands)
    scatter = dict(zip(bands, random_scatter(_times(found, bands), ratio, mean), strict=True))
    for row in found:
        if np.isfinite(scatter[row["band"]]):
            row["u_random"] = float(scatter[row["band"]])
    return found


def mean_of(rows: list[Row], bands: tuple[str, ...]) -> SiteRatio:
    """Mean and scatter of the ratio over the pairs of scenes, outliers left out.

    The scatter of fewer than 3 pairs is NaN.
    """
    ratio = _ratios(rows, bands)
    number = len(ratio)
    found = site_ratio(DateRatios(np.arange(number), ratio, ratio, ratio, np.ones(number, int)))
    scatter = np.where(found.number < FEWEST_SCENES, np.nan, found.scatter)
    return SiteRatio(found.ratio, scatter, found.number)


def _ratios(rows: list[Row], bands: tuple[str, ...]) -> Floats:
    return np.array([row["ratio"] for row in rows], np.float64).reshape(-1, len(bands))


def _times(rows: list[Row], bands: tuple[str, ...]) -> NDArray[np.datetime64]:
    return np.array([row["time"] for row in rows[:: len(bands)]], "datetime64[us]")


def _scene_pairs(compared: Compared) -> Iterator[NDArray[np.intp]]:
    """Positions of the points of each pair of scenes, in the order they come."""
    names = np.array(
        [f"{a}\n{b}" for a, b in zip(compared.scene, compared.reference_scene, strict=True)]
    )
    _, first, of = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(of, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(of))[:-1]) if len(names) else []
    for k in np.argsort(first):
        yield groups[k]


def _head(compared: Compared, at: NDArray[np.intp], late_minutes: float) -> Row:
    looks = compared.target.looks
    own = compared.pairs.target[at]
    late = np.abs(compared.minutes_apart[at]).mean() > late_minutes
    return {
        "method": "sno",
        "acquisition_id": str(compared.scene[at[0]]),
        "reference_acquisition_id": str(compared.reference_scene[at[0]]),
        "time": looks.time[own[0]],
        "solar_zenith_deg": float(looks.solar_zenith_deg[own].mean()),
        "view_zenith_deg": float(looks.viewing_zenith_deg[own].mean()),
        "relative_azimuth_deg": float(looks.relative_azimuth_deg[own].mean()),
        "flags": int(Flag.TIME_APART) if late else 0,
    }


def _bands(
    compared: Compared,
    at: NDArray[np.intp],
    bands: tuple[str, ...],
    reasons: Mapping[str, str],
    budget: Budget | None,
) -> Iterator[Row]:
    minutes = round(float(compared.minutes_apart[at].mean()), 2)
    for b, band in enumerate(bands):
        if band in reasons:
            text = json.dumps({"no_value": reasons[band]})
            yield {"band": band, "flags": int(Flag.NOT_CALIBRATABLE), "budget_text": text}
            continue
        measured, modelled = compared.measured[at, b], compared.modelled[at, b]
        kept = np.isfinite(measured)
        number = int(kept.sum())
        notes: dict[str, float | None] = {"cells": number, "minutes_apart": minutes}
        if budget is not None:
            notes |= {name: rounded(term[b]) for name, term in budget.terms.items()}
        cells = {"band": band, "flags": 0, "budget_text": json.dumps(notes)}
        if number:
            x, y = float(modelled[kept].mean()), float(measured[kept].mean())
            cells |= {"measured": y, "modelled": x, "ratio": y / x}
        if number > 1:
            cells["u_random"] = float((measured[kept] / modelled[kept]).std(ddof=1) * x / y)
        if budget is not None:
            cells["u_model"] = float(budget.model[b])
        yield cells
