"""From rows to arrays (band, look), with the terms to fit beside a drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.looks import Floats, Looks, group_of
from venus_analysis.calibrate.drift.monthly import monthly_medians
from venus_analysis.compute.drift.regressors import lunar_regressors, seasonal_regressors
from venus_analysis.compute.drift.scatter import least_uncertainty

DENSE: Final = 150
"""Looks of a series beyond which monthly medians are fitted."""
FEWEST_FOR_LUNAR: Final = 24


def looks_of(
    rows: pd.DataFrame,
    value: Floats,
    used: NDArray[np.bool_],
    bands: Sequence[str],
    *,
    monthly: bool | None = None,
    season: bool = False,
    lunar: bool | None = None,
) -> Looks:
    """Arrays of the rows that count.

    Several sites or references are pooled: each look series with a term of its own
    for each of them, monthly medians after their offsets were taken off.

    Parameters
    ----------
    rows
        As from `selection.select`, index from 0.
    value
        (row,) what to fit; not above 0 counts as no look.
    used
        (row,) False for rows left out.
    bands
        Order of the bands.
    monthly
        Monthly medians; by default for more than `DENSE` looks of a band, but never
        for the Moon, whose months mix phases.
    season, lunar
        Terms of the year, of phase and libration; `lunar` by default for the Moon from
        24 looks on.

    Returns
    -------
    Looks
        Bands without a look have none; their arrays are padding. `u` of single looks
        is at least that of `least_uncertainty`.

    Examples
    --------
    >>> rows = pd.DataFrame({"band": ["B1", "B2", "B1"], "u_random": 0.01, "site": "",
    ...     "method": "moon", "reference": "", "absolute_gain": 2.0,
    ...     "time": np.array(["2020-01-01"] * 3, "datetime64[us]")})
    >>> looks_of(rows, np.array([1.0, 2.0, -1.0]), np.ones(3, bool), ["B1", "B2"]).value
    array([[1.],
           [2.]])
    """
    good = used & np.isfinite(value) & (value > 0.0)
    place = pd.Index(list(bands)).get_indexer(pd.Index(rows["band"]))
    good &= place >= 0
    counts = np.bincount(place[good], minlength=len(bands))
    moon = bool((rows["method"] == "moon").all())
    if monthly or (monthly is None and not moon and counts.max(initial=0) > DENSE):
        return monthly_medians(rows, value, good, bands)
    index = np.flatnonzero(good)
    order = index[np.argsort(place[index], kind="stable")]
    look = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    grid = np.full((len(bands), max(int(counts.max(initial=0)), 1)), -1, np.int64)
    grid[place[order], look] = order
    regressors = _offsets(rows, grid)
    time = _pick(rows["time"].to_numpy("datetime64[us]"), grid, np.datetime64("NaT", "us"))
    if season:
        regressors |= seasonal_regressors(time)
    fewest = counts[counts > 0].min(initial=len(rows))
    if lunar or (lunar is None and moon and fewest >= FEWEST_FOR_LUNAR):
        names = ("phase_angle_deg", "observer_longitude_deg", "observer_latitude_deg")
        angles = [_pick(rows[name].to_numpy(np.float64), grid, np.nan) for name in names]
        if lunar or all(np.isfinite(one[grid >= 0]).all() for one in angles):
            regressors |= lunar_regressors(*angles)
    values = _pick(value, grid, np.nan)
    u = _pick(rows["u_random"].to_numpy(np.float64), grid, np.nan)
    sites = _pick(pd.factorize(group_of(rows))[0].astype(np.float64), grid, np.nan)
    series = zip(time, np.log(values), u, sites, strict=True)
    return Looks(
        tuple(bands),
        time,
        values,
        np.stack([least_uncertainty(*one) for one in series]),
        _pick(rows["absolute_gain"].to_numpy(np.float64), grid, np.nan),
        grid,
        regressors,
    )


def _offsets(rows: pd.DataFrame, grid: NDArray[np.int64]) -> dict[str, Floats]:
    groups = group_of(rows)
    names = pd.unique(groups)
    if len(names) < 2:
        return {}
    codes = _pick(pd.Index(names).get_indexer(pd.Index(groups)).astype(np.float64), grid, np.nan)
    return {
        f"offset of {name.strip()}": np.where(np.isnan(codes), np.nan, codes == k)
        for k, name in enumerate(names)
        if k
    }


def _pick(given: NDArray[Any], grid: NDArray[np.int64], filler: Any) -> NDArray[Any]:
    return np.where(grid >= 0, given[np.maximum(grid, 0)], filler)
