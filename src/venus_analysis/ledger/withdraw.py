"""Withdrawing rows, reversibly: decisions with a reason, kept beside the rows.

A decision names rows by key and run_id, so a later run of the same acquisition
counts again. The newest decision about a row stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.ledger.moment import Clock, utc_now
from venus_analysis.ledger.parts import WITHDRAWAL_COLUMNS, arrow_schema
from venus_analysis.ledger.store import WITHDRAWALS, Store
from venus_analysis.ledger.view import history
from venus_analysis.ledger.write import Written, publish

if TYPE_CHECKING:
    import pandas as pd


def withdraw(
    where: str | Path | Store,
    *,
    acquisition: str,
    reason: str,
    who: str,
    bands: Sequence[str] = (),
    run: str | None = None,
    restore: bool = False,
    clock: Clock = utc_now,
) -> Written:
    """Take rows of one acquisition out of the current view, or put them back.

    Parameters
    ----------
    where
        Ledger.
    acquisition, bands, run
        Which rows: those of one acquisition; without `bands` all bands,
        without `run` all runs so far.
    reason, who
        Kept with the decision; neither may be empty.
    restore
        Put withdrawn rows back instead.

    Returns
    -------
    Written
        Its `rows` counts the rows that changed.

    Raises
    ------
    InputError
        When no row is concerned, or a text is empty.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import load, write
    >>> row = dict.fromkeys(schema.IDENTITY, "x") | {"ratio": 0.99}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write(folder, [row])
    ...     _ = withdraw(folder, acquisition="x", reason="clouds", who="Ada")
    ...     gone = len(load(folder).frame)
    ...     _ = withdraw(folder, acquisition="x", reason="mistaken", who="Ada", restore=True)
    ...     gone, len(load(folder).frame)
    (0, 1)
    """
    for name, text in (("reason", reason), ("who", who)):
        if not text.strip():
            raise InputError(name, "a text", "none", "it is kept with the decision")
    rows = history(where).frame
    for column, values in (
        ("acquisition_id", [acquisition]),
        ("band", bands),
        ("run_id", [run] if run is not None else []),
    ):
        rows = _choose(rows, column, values)
    rows = rows[rows["withdrawn"] == restore]
    if rows.empty:
        state = "withdrawn" if restore else "in force"
        raise InputError(
            acquisition,
            f"rows that are {state}",
            "none",
            "see their state in ledger show --history",
        )
    decision = rows[list(schema.IDENTITY)].assign(
        action="restore" if restore else "withdraw", reason=reason, who=who
    )
    table = pa.Table.from_pandas(
        decision.assign(committed=np.datetime64("NaT", "us")),
        schema=arrow_schema(WITHDRAWAL_COLUMNS),
        preserve_index=False,
    )
    return publish(where, WITHDRAWALS, table, clock)


def _choose(rows: pd.DataFrame, column: str, values: Sequence[str]) -> pd.DataFrame:
    there = rows[column].unique().tolist()
    for value in values:
        if value not in there:
            near = get_close_matches(value, there, n=3) or there[:12]
            raise InputError(
                column, "one that the ledger has", repr(value), f"it has {', '.join(near)}"
            )
    return rows[rows[column].isin(values)] if values else rows
