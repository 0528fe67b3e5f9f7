"""Which rows to show where a ledger holds several kinds and nothing was chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pandas as pd

from venus_analysis.calibrate.drift.made_again import LOOK, OF_A_SERIES
from venus_analysis.calibrate.drift.selection import TEXTS, Selection, with_texts

READ: Final = tuple(dict.fromkeys([*TEXTS, *LOOK, "committed"]))
"""Columns that tell which rows are the newest, and which looks stand twice."""


def settle(frame: pd.DataFrame, selection: Selection) -> tuple[Selection, tuple[str, ...]]:
    """Choose instrument, configuration and, where looks stand twice, reference of the newest row.

    A run with other options leaves a second set of rows in the ledger. To show
    nothing until someone chooses would hide the first set as well.

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`; the newest is the last `committed`.
    selection
        As chosen; what it names stays.

    Returns
    -------
    Selection
        With an instrument, configuration and reference wherever there are several.
    tuple of str
        A sentence for each choice made.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([new_row(method="moon", band="B1", acquisition_id="A", configuration=c)
    ...                      for c in ("old", "new")])
    >>> rows["committed"] = pd.to_datetime(["2020-01-01", "2020-02-01"])
    >>> settle(rows, Selection("moon"))[0].configuration
    'new'
    """
    kept = with_texts(frame, selection, [name for name in TEXTS if name in frame])
    notes = []
    rows = frame[[name for name in READ if name in frame]]
    rows = rows if kept.all() else rows[kept]
    for name in ("instrument", "configuration", "reference"):
        if name == "reference" and not _several_models(rows):
            continue
        there = rows[name].nunique()
        if there > 1 and not getattr(selection, name):
            newest = str(rows.sort_values("committed")[name].iloc[-1])
            chosen: dict[str, Any] = {name: newest}
            selection = replace(selection, **chosen)
            rows = rows[rows[name] == newest]
            notes.append(
                f"The ledger has {there} of {name} here; shown: {newest}, of the newest row."
            )
    return selection, tuple(notes)


def _several_models(rows: pd.DataFrame) -> bool:
    """Whether a look has rows of several references; calibrated again, it stays one look."""
    if not rows.duplicated(LOOK).any():
        return False
    return bool(rows.drop_duplicates(OF_A_SERIES).duplicated(LOOK).any())
