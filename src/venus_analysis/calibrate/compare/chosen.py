"""Rows of all methods that can be compared: one configuration and one model for each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from venus_analysis.calibrate.compare.phases import phases_of
from venus_analysis.calibrate.drift.made_again import newest_looks
from venus_analysis.calibrate.drift.newest import settle
from venus_analysis.calibrate.drift.selection import Selection, in_period, with_texts
from venus_analysis.compute.compare.mission_phases import Phase
from venus_analysis.compute.compare.trend import utc_second
from venus_analysis.errors import InputError


def comparable_rows(
    frame: pd.DataFrame, selection: Selection | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows of every method under one choice of instrument and period.

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`.
    selection
        Period, phase, instrument and bands; site, reference and configuration belong to
        one method and are not looked at.

    Returns
    -------
    pandas.DataFrame
        Rows of the methods one after the other; where a method has several
        configurations or models those of its newest row.
    tuple of str
        Sentences on what was chosen, or left out.

    Raises
    ------
    InputError
        When no method has a row.
    """
    asked = Selection() if selection is None else selection
    return settled_rows(frame, asked).within(asked)


@dataclass(frozen=True, eq=False)
class Settled:
    """Rows of every method, of one configuration and model each, and what was chosen.

    Attributes
    ----------
    rows
        Of all dates, the methods one after the other.
    notes
        Sentences of each method.
    """

    rows: pd.DataFrame
    notes: dict[str, tuple[str, ...]]

    def within(self, asked: Selection) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Rows of a period, as `comparable_rows` gives them."""
        kept = in_period(self.rows["time"], asked.since, asked.until)
        rows = self.rows if kept.all() else self.rows[kept].reset_index(drop=True)
        if rows.empty:
            raise InputError(
                "comparison", "looks of a method", "none", "widen the period or the site"
            )
        there = set(map(str, rows["method"].unique()))
        notes = [
            note
            for method, said in self.notes.items()
            for note in (said if method in there else (f"{method} has no look here.",))
        ]
        return rows, tuple(notes)


def settled_rows(frame: pd.DataFrame, asked: Selection) -> Settled:
    """Choose instrument, configuration and model of each method; the period does not matter.

    Parameters
    ----------
    frame, asked
        As for `comparable_rows`.

    Returns
    -------
    Settled
        Whoever asks for several periods keeps it.
    """
    if not asked.instrument and len(frame["instrument"].unique()) > 1:
        newest = str(frame.sort_values("committed")["instrument"].iloc[-1])
        asked = replace(asked, instrument=newest)
    parts, notes = [frame[:0]], {}
    for method in map(str, sorted(frame["method"].unique())):
        wanted = replace(asked, method=method, site="", reference="", configuration="")
        own, said = settle(frame, wanted)
        rows, left = newest_looks(_chosen(frame, own))
        parts.append(rows)
        notes[method] = (*said, *left)
    return Settled(pd.concat(parts, ignore_index=True), notes)


def two_phases(frame: pd.DataFrame) -> tuple[Phase, Phase]:
    """Give the phases before and after the change of orbit: the first and the last.

    Raises
    ------
    InputError
        When the rows name fewer than two phases.

    Examples
    --------
    >>> rows = pd.DataFrame({"mission_phase": ["VM1", "VM5"],
    ...                      "time": pd.to_datetime(["2018-01-01", "2022-10-31"])})
    >>> [one.name for one in two_phases(rows)]
    ['VM1', 'VM5']
    """
    known = phases_of(frame)
    if len(known) < 2:
        there = ", ".join(one.name for one in known) or "none named"
        raise InputError(
            "mission phases", "looks in two of them", there,
            "calibrate acquisitions of another phase, or widen the period",
        )  # fmt: skip
    return known[0], known[-1]


def default_epoch(frame: pd.DataFrame) -> np.datetime64:
    """Day on which methods are made equal if nobody chose one: the middle of the first phase.

    Fits know best where looks lie on both sides. Without named phases, the middle of all looks.

    Examples
    --------
    >>> rows = pd.DataFrame({"mission_phase": "VM1",
    ...                      "time": pd.to_datetime(["2018-01-01", "2019-01-01"])})
    >>> default_epoch(rows)
    np.datetime64('2018-07-02T00:00:00')
    """
    known = phases_of(frame)
    times = frame["time"].dropna().to_numpy("datetime64[us]")
    first, last = (known[0].start, known[0].stop) if known else (times.min(), times.max())
    return utc_second((first + (last - first) // 2).astype("datetime64[D]"))


def _chosen(frame: pd.DataFrame, wanted: Selection) -> pd.DataFrame:
    """Rows with every column: acceptance looks at more of them than a series does."""
    kept = with_texts(frame, wanted)
    if wanted.bands:
        kept &= frame["band"].isin(wanted.bands).to_numpy()
    return frame[kept]
