"""What is still to be computed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.ledger import order
from venus_analysis.ledger.decisions import withdrawal_of, withdrawn_now
from venus_analysis.ledger.folder import rows_table
from venus_analysis.ledger.moment import LAST
from venus_analysis.ledger.rows import Rows, as_frame, tidy_column
from venus_analysis.ledger.select import COLUMNS, Order
from venus_analysis.ledger.store import Store, open_store

if TYPE_CHECKING:
    import pandas as pd

ANSWER = (*schema.KEY, "input_digest", "algorithm_version")


def missing(where: str | Path | Store, wanted: Rows) -> NDArray[np.bool_]:
    """Which results are still to be computed.

    A result is there when the current row of its key, or the newest attempt at
    it (which may be NaN or withdrawn), has the same `input_digest` and
    `algorithm_version`. So a failure is not tried again, and a withdrawn row
    does not come back, before the input or the algorithm changes.

    Parameters
    ----------
    where
        Ledger; where there is none yet, everything is missing. Rows of refused
        parts are missing too.
    wanted
        Frame or mappings with the columns `ANSWER`, empty as in `rows.tidy`; others are
        ignored.

    Returns
    -------
    numpy.ndarray
        bool, one per wanted row, True where it is missing.

    Raises
    ------
    InputError
        When a column of `ANSWER` is not given, or holds a value of the wrong kind.

    Examples
    --------
    >>> missing("no/such/folder", [dict.fromkeys(ANSWER, "x") | {"algorithm_version": 1}]).tolist()
    [True]
    """
    frame = as_frame(wanted)
    for name in ANSWER if len(frame) else ():
        if name not in frame:
            raise InputError("wanted", f"a column {name!r}", "none", "name the whole key")
    store = open_store(where)
    if frame.empty or not store.is_ledger():
        return np.ones(len(frame), dtype=bool)
    asked = _as_table(frame)
    both = pa.concat_tables([_answers(store).cast(asked.schema), asked])
    codes = order.ranks(both, ANSWER)
    there = both.num_rows - asked.num_rows
    return ~np.isin(codes[there:], codes[:there])


def _answers(store: Store) -> pa.Table:
    table, _ = rows_table(store, [n for n in schema.NAMES if n in {*COLUMNS, *ANSWER}])
    withdrawn, _ = withdrawn_now(store, LAST)
    rows = Order.of(table)
    index = rows.distinct(LAST)
    kept = index[withdrawal_of(table, index, withdrawn) < 0]
    standing, last = rows.current(kept), rows.current(index, nan_replaces=True)
    return table.select(list(ANSWER)).take(pa.array(np.union1d(standing, last)))


def _as_table(frame: pd.DataFrame) -> pa.Table:
    import pandas as pd

    types = [(name, pa.int64() if name == "algorithm_version" else pa.string()) for name in ANSWER]
    columns = (column for column in schema.COLUMNS if column.name in ANSWER)
    cells = pd.DataFrame({column.name: tidy_column(frame, column) for column in columns})
    return pa.Table.from_pandas(
        cells[list(ANSWER)], schema=pa.schema(types), preserve_index=False
    ).replace_schema_metadata(None)
