"""Columns of the statistics file as a frame, and the dictionary that explains them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from venus_analysis.errors import InputError
from venus_analysis.ledger.cells import Cells, plain_cells
from venus_analysis.ledger.rows import Rows, as_frame, is_frame, tidy_column
from venus_analysis.schema import STATISTICS

if TYPE_CHECKING:
    import pandas as pd

NAMES: tuple[str, ...] = tuple(column.name for column in STATISTICS)


def statistics_frame(rows: Rows) -> pd.DataFrame:
    """Rows as a frame of all columns in their order and types.

    Parameters
    ----------
    rows
        A frame, or mappings, one per row; what is left out is empty, as
        `schema.EMPTY` says. Times without a zone are UTC.

    Returns
    -------
    pandas.DataFrame
        Columns of `schema.STATISTICS`, index 0..n-1.

    Raises
    ------
    InputError
        For an unknown column, or a value of the wrong kind.

    Examples
    --------
    >>> frame = statistics_frame([{"band": "B1", "disk_mean": 31.5}])
    >>> frame[["band", "disk_mean", "ratio", "flags"]]
      band  disk_mean  ratio  flags
    0   B1       31.5    NaN      0
    """
    import pandas as pd

    given = as_frame(rows)
    if given.empty:
        given = pd.DataFrame(columns=list(NAMES))
    for name in map(str, given.columns):
        if name not in NAMES:
            near = get_close_matches(name, NAMES, n=1)
            remedy = f"did you mean {near[0]!r}" if near else "see `dictionary`"
            raise InputError("rows", "columns of the statistics file", repr(name), remedy)
    return pd.DataFrame({column.name: tidy_column(given, column) for column in STATISTICS})


def statistics_cells(rows: Rows) -> Cells | pd.DataFrame:
    """Columns of rows by name, as `statistics_frame`; plain rows need no frame.

    Raises
    ------
    InputError
        As `statistics_frame`.

    Examples
    --------
    >>> statistics_cells([{"band": "B1", "disk_mean": 31.5}])["disk_mean"]
    [31.5]
    """
    if is_frame(rows):
        return statistics_frame(rows)
    rows = list(rows)
    cells = plain_cells(rows, STATISTICS)
    return statistics_frame(rows) if cells is None else cells


def dictionary() -> pd.DataFrame:
    """Name, kind, unit and meaning of every column, in the file's order.

    Examples
    --------
    >>> dictionary().loc["ratio"].tolist()
    ['float', '1', 'measured / modelled, with the Ak named in this row.']
    """
    import pandas as pd

    rows: list[dict[str, Any]] = [
        {"name": one.name, "kind": one.kind, "unit": one.unit, "meaning": one.sentence}
        for one in STATISTICS
    ]
    return pd.DataFrame(rows).set_index("name")
