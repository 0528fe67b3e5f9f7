"""Gains to start from when new ones are tried out; no Panel in here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from venus_analysis.app.query import Gain
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.report.wording import records


def gain_at(page: DriftPage, band: str, day: date) -> float:
    """Ak recorded at the first look of a band from a day on, else at the last one before.

    Returns
    -------
    float
        counts / (W m-2 sr-1 um-1); NaN when no look of the band has one.
    """
    rows = page.view.frame
    rows = rows[(rows["band"] == band) & rows["absolute_gain"].notna()]
    if rows.empty:
        return float("nan")
    later = rows[rows["time"].to_numpy() >= np.datetime64(day)]
    gain = later["absolute_gain"].iloc[0] if len(later) else rows["absolute_gain"].iloc[-1]
    return float(gain)


def first_start(page: DriftPage) -> date:
    """Day from which a new Ak is tried at first: the last update, else the first look."""
    updates = page.updates.time
    start = updates[-1] if len(updates) else page.points["time"].min()
    day: date = np.datetime64(start, "D").astype(object)
    return day


def with_gain(gains: Iterable[Gain], new: Gain) -> tuple[Gain, ...]:
    """Gains with a new one, which takes the place of one of its band and start.

    Examples
    --------
    >>> with_gain([Gain("B1", "2020-01-01", 1.0)], Gain("B1", "2020-01-01", 2.0))
    (Gain(band='B1', start='2020-01-01', absolute_gain=2.0),)
    """
    kept = [one for one in gains if (one.band, one.start) != (new.band, new.start)]
    return (*kept, new)


def proposed(page: DriftPage, start: date) -> tuple[Gain, ...]:
    """Ak that would restore the level of the first look, for every band that has one."""
    return tuple(
        Gain(one.band, start.isoformat(), round(float(one.absolute_gain), 5))
        for one in records(page.due)
        if np.isfinite(one.absolute_gain)
    )
