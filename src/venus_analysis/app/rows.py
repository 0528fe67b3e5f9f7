"""Rows of the ledger that the choices leave, sorted and cut into pages; no Panel in here."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.app.query import Shown
from venus_analysis.calibrate.drift.selection import by_wavelength

CHOSEN: Final = {
    "method": "method",
    "instrument": "instrument",
    "site": "site",
    "reference": "reference",
    "configuration": "configuration",
    "phase": "mission_phase",
}
"""Choice to column of the ledger."""
NEWEST: Final = "-time"
READ: Final = ("acquisition_id", "band", "time")
"""Columns that every choice and order needs."""


def rows_shown(frame: pd.DataFrame, shown: Shown) -> pd.Index:
    """Labels of the rows that all choices leave, in the order chosen; no row is copied whole.

    Parameters
    ----------
    frame
        Rows of the ledger.
    shown
        Choices, resolved; `look` is part of a name, `sort` a column as for `in_order`.

    Examples
    --------
    >>> frame = pd.DataFrame({"method": ["moon", "sno", "sno"], "band": ["B1", "B2", "B1"],
    ...     "acquisition_id": ["A", "B", "B"], "time": pd.to_datetime(["2020-01-01"] * 3)})
    >>> rows_shown(frame, Shown(method="sno", sort="band")).tolist()
    [2, 1]
    """
    order = shown.sort or NEWEST
    names = dict.fromkeys([*CHOSEN.values(), *READ, order.removeprefix("-")])
    narrow = frame[[name for name in names if name in frame]]
    return in_order(of_look(chosen_rows(narrow, shown), shown.look), order)


def chosen_rows(frame: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Rows under method, bands, period, phase, site, reference, instrument and configuration.

    Examples
    --------
    >>> frame = pd.DataFrame({"method": ["moon", "sno"], "band": ["B1", "B1"]})
    >>> chosen_rows(frame, Shown(method="sno")).index.tolist()
    [1]
    """
    kept = np.ones(len(frame), bool)
    for choice, column in CHOSEN.items():
        wanted = getattr(shown, choice)
        if wanted:
            kept &= (frame[column] == wanted).to_numpy(bool)
    if shown.band:
        kept &= frame["band"].isin(shown.band).to_numpy()
    if shown.since:
        kept &= (frame["time"] >= pd.Timestamp(shown.since)).to_numpy()
    if shown.until:
        last = pd.Timestamp(shown.until) + pd.Timedelta(days=1)
        kept &= (frame["time"] < last).to_numpy()
    return frame if kept.all() else frame[kept]


def of_look(rows: pd.DataFrame, look: str) -> pd.DataFrame:
    """Rows whose acquisition is named so, or has this in its name; all for no name."""
    if not look:
        return rows
    same = rows["acquisition_id"] == look
    return (
        rows[same] if same.any() else rows[rows["acquisition_id"].str.contains(look, regex=False)]
    )


def in_order(rows: pd.DataFrame, order: str) -> pd.Index:
    """Labels of rows by a column, descending after a minus; those without a value last.

    Rows that are equal in it follow their bands' wavelengths.

    Examples
    --------
    >>> frame = pd.DataFrame({"band": ["B10", "B2", "B2"], "ratio": [0.9, 0.9, 1.1]})
    >>> in_order(frame, "-ratio").tolist(), in_order(frame, "band").tolist()
    ([2, 1, 0], [1, 2, 0])
    """
    column = order.removeprefix("-")
    if column not in rows:
        column, order = "time", NEWEST
    codes, bands = pd.factorize(rows["band"])
    place = {band: rank for rank, band in enumerate(by_wavelength(bands))}
    rank = pd.Series(np.array([place[band] for band in bands], np.int16)[codes], rows.index)
    values = rank if column == "band" else rows[column]
    values = values.iloc[np.argsort(rank.to_numpy(), kind="stable")]
    return values.sort_values(
        ascending=not order.startswith("-"), kind="stable", na_position="last"
    ).index
