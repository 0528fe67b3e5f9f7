"""From ledger rows to the series that are compared, band by band."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.gather import FEWEST_FOR_LUNAR
from venus_analysis.calibrate.drift.looks import Floats
from venus_analysis.calibrate.drift.monthly import MEDIAN_OVER_MEAN
from venus_analysis.calibrate.drift.options import YEARLY_WANDER
from venus_analysis.calibrate.drift.points import left_out
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.drift.regressors import lunar_regressors, seasonal_regressors
from venus_analysis.compute.drift.scatter import least_uncertainty
from venus_analysis.errors import InputError

WANDER: Final = YEARLY_WANDER
"""Random walk of a site, relative, after a year (k = 1). A reference sensor of SNO may
wander likewise (the option ``{"sno": ...}``): its own monitoring is better than that, so by
default it has none."""
OF_REFERENCE: Final = ("sno",)
"""Methods whose wander is the reference sensor's, one for all sites."""
Quantity = Literal["sensitivity", "ratio"]
REFERENCE_PHASE_DEG: Final = 40.0
FEWEST_FOR_SEASON: Final = 18
_SERIES: Final = ["band", "method", "site", "reference"]
_LUNAR: Final = ["phase_angle_deg", "observer_longitude_deg", "observer_latitude_deg"]


def series_by_band(
    frame: pd.DataFrame,
    *,
    exclusions: Exclusions | None = None,
    wander: Mapping[str, float] = WANDER,
    quantity: Quantity = "sensitivity",
) -> dict[str, list[MethodSeries]]:
    """Series of sensor sensitivity, ln(ratio * Ak), for every band.

    The Moon's looks are taken one by one with terms of |phase| - 40° and libration
    beside (from 24 looks on); over sites, medians by month and parameter set with
    terms of the year beside (from 18 months on).

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`, of one instrument.
    exclusions
        Looks left out beside the ledger.
    wander
        By method, see `MethodSeries`; of a site, or of the reference (`OF_REFERENCE`), of
        which each of n sites then carries sqrt(n) times as much: their mean wanders as it.
    quantity
        ``ratio`` gives ln(measured / modelled) as produced instead; rows need no Ak.

    Returns
    -------
    dict
        Band, by wavelength, to its series; bands without a usable look have none.

    Raises
    ------
    InputError
        No rows, several instruments, or several configurations or lunar models of
        one method: the same looks would count twice.

    Examples
    --------
    >>> series_by_band(pd.DataFrame({"instrument": []}))
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: ledger: expected rows of one instrument, received none; \
choose other rows
    """
    instruments = sorted(map(str, frame["instrument"].unique()))
    if len(instruments) != 1:
        raise InputError(
            "ledger", "rows of one instrument", ", ".join(instruments) or "none",
            "choose other rows",
        )  # fmt: skip
    _refuse_twice(frame)
    gain = frame["absolute_gain"] if quantity == "sensitivity" else 1.0
    value = (frame["ratio"] * gain).to_numpy(np.float64)
    good = np.flatnonzero(
        (left_out(frame, exclusions) == "") & (value > 0.0) & frame["time"].notna().to_numpy()
    )
    keys, number = _series_of(frame, good)
    rows = frame[["time", "u_random", "absolute_gain", *_LUNAR]].take(good)
    rows = rows.assign(series=number, log=np.log(value[good]))
    found: dict[str, list[MethodSeries]] = {b: [] for b in by_wavelength(frame["band"].unique())}
    lunar = np.array([method == "moon" for _, method, _, _ in keys], bool)[number]
    _gather(found, keys, rows[lunar], _moon, wander)
    _gather(found, keys, _monthly(rows[~lunar]), _site, wander)
    return {band: _with_reference_wander(series, wander) for band, series in found.items()}


def _with_reference_wander(
    series: list[MethodSeries], wander: Mapping[str, float]
) -> list[MethodSeries]:
    alike = [(one.method, one.reference) for one in series]
    return [
        replace(one, wander=one.wander * math.sqrt(alike.count((one.method, one.reference))))
        if one.method in OF_REFERENCE and wander.get(one.method)
        else one
        for one in series
    ]


def _series_of(
    frame: pd.DataFrame, kept: NDArray[np.intp]
) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """Band, method, site and reference of each series, ascending, and the series of each row."""
    number, names = np.zeros(len(kept), np.intp), []
    for column in _SERIES:
        own, texts = pd.factorize(frame[column], sort=True, use_na_sentinel=False)
        number = number * len(texts) + own[kept]
        names.append([str(text) for text in texts])
    there, number = np.unique(number, return_inverse=True)
    places = np.unravel_index(there, [len(texts) for texts in names])
    keys = [
        tuple(texts[k] for texts, k in zip(names, place, strict=True))
        for place in zip(*places, strict=True)
    ]
    return keys, number


def _gather(
    found: dict[str, list[MethodSeries]],
    keys: Sequence[tuple[str, ...]],
    rows: pd.DataFrame,
    regressors: Callable[[str, pd.DataFrame], dict[str, Floats]],
    wander: Mapping[str, float],
) -> None:
    for number, own in rows.groupby("series", sort=True):
        band, method, site, reference = keys[cast("int", number)]
        time, value, u = (own[name].to_numpy() for name in ("time", "log", "u_random"))
        found[band].append(
            MethodSeries(
                method,
                " ".join(filter(None, (method, site, reference))),
                time.astype("datetime64[us]"),
                value,
                least_uncertainty(time, value, u),
                regressors(method, own),
                wander.get(method, 0.0),
                reference,
            )
        )


def _moon(_: str, own: pd.DataFrame) -> dict[str, Floats]:
    angles = [own[name].to_numpy(np.float64) for name in _LUNAR]
    if len(own) < FEWEST_FOR_LUNAR or not all(np.isfinite(one).all() for one in angles):
        return {}
    given = lunar_regressors(*angles)
    given["phase_per_deg"] = given["phase_per_deg"] - REFERENCE_PHASE_DEG
    return given


def _site(method: str, own: pd.DataFrame) -> dict[str, Floats]:
    if method != "desert" or len(own) < FEWEST_FOR_SEASON:
        return {}
    return seasonal_regressors(own["time"].to_numpy("datetime64[us]"))


def _monthly(rows: pd.DataFrame) -> pd.DataFrame:
    """Medians by month and Ak of each series."""
    month = rows["time"].to_numpy("datetime64[M]").astype(np.int64)
    moment = rows["time"].to_numpy("datetime64[us]").astype(np.int64)
    keyed = rows.assign(month=month, moment=moment)
    grouped = keyed.groupby(["series", "month", "absolute_gain"], sort=True, dropna=False)
    table = grouped[["log", "u_random"]].median()
    table["u_random"] *= MEDIAN_OVER_MEAN / np.sqrt(grouped.size())
    middle = grouped["moment"].mean().to_numpy()
    table["time"] = middle.astype(np.int64).astype("datetime64[us]")
    return table.reset_index()


def _refuse_twice(frame: pd.DataFrame) -> None:
    of_row, methods = pd.factorize(frame["method"], use_na_sentinel=False)
    for name in ("configuration", "reference"):
        value, values = pd.factorize(frame[name], use_na_sentinel=False)
        for k, method in enumerate(methods):
            several = sorted(map(str, values[pd.unique(value[of_row == k])]))
            if len(several) > 1 and (name == "configuration" or method == "moon"):
                raise InputError(
                    f"ledger: {name} of {method}", "one", ", ".join(several), "choose one of them"
                )
