"""Dense series as monthly medians over their sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.looks import Floats, Looks, group_of
from venus_analysis.calibrate.drift.updates import serial_of

MEDIAN_OVER_MEAN: Final = 1.2533141373155
"""Standard uncertainty of a median over that of a mean, of Gaussian values."""


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
