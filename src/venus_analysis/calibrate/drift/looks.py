"""Rows as arrays (band, look), ready for the kernels; dense series as monthly medians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.updates import serial_of
from venus_analysis.compute.drift.regressors import lunar_regressors, seasonal_regressors

DENSE: Final = 150
"""Looks of a series beyond which monthly medians are fitted."""
FEWEST_FOR_LUNAR: Final = 24
MEDIAN_OVER_MEAN: Final = 1.2533141373155
"""Standard uncertainty of a median over that of a mean, of Gaussian values."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Looks:
    """Values of several bands, padded with NaT and NaN to the length of the longest.

    Attributes
    ----------
    bands
        Names, (band,).
    time
        (band, look) UTC.
    value, u
        (band, look) value above 0, and its relative standard uncertainty.
    gain
        (band, look) Ak recorded.
    row
        (band, look) position of the look in the rows, -1 for padding and for medians.
    regressors
        Name to (band, look).
    monthly
        Whether the values are monthly medians.
    """

    bands: tuple[str, ...]
    time: NDArray[np.datetime64]
    value: Floats
    u: Floats
    gain: Floats
    row: NDArray[np.int64]
    regressors: dict[str, Floats]
    monthly: bool = False

    @property
    def count(self) -> NDArray[np.int64]:
        """(band,) number of looks."""
        return np.asarray(np.isfinite(self.value).sum(axis=1), np.int64)

    def of(self, members: Sequence[int] | NDArray[np.intp]) -> Looks:
        """Give some bands, without regressors that do not vary in one of them."""
        rows = np.asarray(members, np.intp)
        varying = {
            name: given[rows]
            for name, given in self.regressors.items()
            if (np.nanmax(given[rows], axis=1) > np.nanmin(given[rows], axis=1)).all()
        }
        return replace(
            self,
            bands=tuple(self.bands[k] for k in rows),
            time=self.time[rows],
            value=self.value[rows],
            u=self.u[rows],
            gain=self.gain[rows],
            row=self.row[rows],
            regressors=varying,
        )

    def scaled(self, factor: Floats) -> Looks:
        """Multiply the values of each band by a factor, (band,) or (band, look)."""
        shape = (-1, 1) if np.ndim(factor) == 1 else self.value.shape
        return replace(self, value=self.value * np.reshape(factor, shape))


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
        Bands without a look have none; their arrays are padding.

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
    return Looks(
        tuple(bands),
        time,
        _pick(value, grid, np.nan),
        _pick(rows["u_random"].to_numpy(np.float64), grid, np.nan),
        _pick(rows["absolute_gain"].to_numpy(np.float64), grid, np.nan),
        grid,
        regressors,
    )


def monthly_medians(
    rows: pd.DataFrame, value: Floats, good: NDArray[np.bool_], bands: Sequence[str]
) -> Looks:
    """Medians by month and parameter set, over sites whose offsets were taken off.

    The median of each site's looks first, then the mean over sites, so that a site
    with more clear days does not outvote the others. A month in which Ak changed gives
    two values.

    Examples
    --------
    >>> day = np.datetime64("2020-01-01", "us")
    >>> rows = pd.DataFrame({"band": "B1", "u_random": 0.01, "site": ["a", "b", "a", "b"],
    ...     "reference": "", "serial_phgain": "", "parameter_set": "", "absolute_gain": 2.0,
    ...     "time": day + np.array([0, 1, 40, 41]) * np.timedelta64(1, "D")})
    >>> value = np.array([1.0, 1.1, 1.0, 1.1])
    >>> monthly_medians(rows, value, np.ones(4, bool), ["B1"]).value.round(3)
    array([[1.049, 1.049]])
    """
    kept = rows.loc[good, ["band", "time", "u_random", "absolute_gain"]].copy()
    kept["log"] = np.log(value[good])
    kept["group"] = group_of(rows)[good]
    kept["month"] = kept["time"].to_numpy("datetime64[M]").astype(np.int64)
    kept["serial"] = serial_of(rows)[good]
    kept["moment"] = kept["time"].to_numpy("datetime64[us]").astype(np.int64)
    cell = ["band", "month", "serial"]
    gathered = kept.groupby([*cell, "group"], sort=False)
    sites = gathered[["log", "u_random", "absolute_gain"]].median()
    sites["moment"], sites["looks"] = gathered["moment"].mean(), gathered.size()
    sites = sites.reset_index()
    sites["log"] -= _group_offsets(sites, cell)
    sites["variance"] = (MEDIAN_OVER_MEAN * sites["u_random"]) ** 2 / sites["looks"]
    months = sites.groupby(cell)
    table = months[["log", "moment", "variance", "absolute_gain"]].mean()
    table["u"] = np.sqrt(table["variance"] / months.size())
    table = table.reset_index().sort_values("moment", ignore_index=True)
    every = [table[table["band"] == band] for band in bands]
    width = max(1, *(len(one) for one in every))

    def padded(name: str, filler: Any, kind: str) -> NDArray[Any]:
        grid = np.full((len(bands), width), filler, kind)
        for line, one in zip(grid, every, strict=True):
            line[: len(one)] = one[name].to_numpy()
        return grid

    moment = padded("moment", np.iinfo(np.int64).min, "int64")
    return Looks(
        tuple(bands),
        moment.astype("datetime64[us]"),
        np.exp(padded("log", np.nan, "float64")),
        padded("u", np.nan, "float64"),
        padded("absolute_gain", np.nan, "float64"),
        np.full(moment.shape, -1, np.int64),
        {},
        True,
    )


def group_of(rows: pd.DataFrame) -> NDArray[np.object_]:
    """Site and reference of each row, as one text."""
    return np.asarray(rows["site"].astype(object) + " " + rows["reference"].astype(object))


def _group_offsets(sites: pd.DataFrame, cell: list[str]) -> Floats:
    """Offset in ln of each site against the mean of all, from the months they share."""
    groups = sites["group"].unique()
    offset = np.zeros(len(sites))
    if len(groups) < 2:
        return offset
    for _ in range(3):
        level = (sites["log"] - offset).groupby([sites[name] for name in cell]).transform("mean")
        by = [sites["band"], sites["group"]]
        offset = (sites["log"] - level).groupby(by).transform("median").to_numpy()
        mean = pd.Series(offset).groupby(sites["band"].to_numpy()).transform("mean").to_numpy()
        offset = offset - mean
    return np.asarray(offset)


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
