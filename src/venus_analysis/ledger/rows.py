"""Rows at the ledger's door: every column, in order, with its type, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

from venus_analysis.errors import InputError
from venus_analysis.schema import COLUMNS, EMPTY, IDENTITY, MAY_BE_EMPTY, NAMES, Column, Kind

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import TypeIs

Rows: TypeAlias = "pd.DataFrame | Iterable[Mapping[str, Any]]"

_DTYPES: dict[Kind, str] = {
    "text": "str",
    "float": "float64",
    "integer": "int64",
    "boolean": "bool",
    "time": "datetime64[us]",
}


def tidy(rows: Rows) -> pd.DataFrame:
    """Rows as the ledger keeps them.

    Parameters
    ----------
    rows
        A frame, or mappings, one per row. Columns that are left out become
        empty (text ``""``, float NaN, integer 0, boolean False, time NaT), but
        those of `schema.IDENTITY` must be there, and of these only
        `schema.MAY_BE_EMPTY` may be empty. Times without a zone are UTC.

    Returns
    -------
    pandas.DataFrame
        Columns `schema.NAMES`, index 0..n-1. NaN stays NaN.

    Raises
    ------
    InputError
        For an unknown, missing or empty column, or a value of the wrong kind.

    Examples
    --------
    >>> row = dict.fromkeys(IDENTITY, "x") | {"ratio": 0.99, "time": "2024-01-02T03:04:05Z"}
    >>> frame = tidy([row])
    >>> frame[["band", "ratio", "measured", "flags"]]
      band  ratio  measured  flags
    0    x   0.99       NaN      0
    >>> frame["time"].dtype
    dtype('<M8[us]')
    """
    import pandas as pd

    given = as_frame(rows)
    if given.empty:
        given = pd.DataFrame(columns=list(NAMES))
    _check_names([str(name) for name in given.columns])
    frame = pd.DataFrame({column.name: tidy_column(given, column) for column in COLUMNS})
    for name in IDENTITY:
        if name not in MAY_BE_EMPTY and (frame[name] == "").any():
            raise InputError(f"rows: {name}", "a name in every row", "an empty one", "fill it in")
    return frame


def is_frame(rows: Rows) -> TypeIs[pd.DataFrame]:
    """Whether rows are a frame, told without importing pandas.

    Examples
    --------
    >>> is_frame([{"band": "B1"}])
    False
    """
    return hasattr(rows, "iloc")


def as_frame(rows: Rows) -> pd.DataFrame:
    """Frame of rows that may be mappings; nothing is converted.

    Examples
    --------
    >>> as_frame([{"band": "B1"}, {"site": "Libya 4"}]).shape
    (2, 2)
    """
    import pandas as pd

    return rows if is_frame(rows) else pd.DataFrame(list(rows), dtype=object)


def distinct(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows without repeats; `InputError` when one identity carries different numbers."""
    if not frame.duplicated(list(IDENTITY)).any():
        return frame
    frame = frame.drop_duplicates(ignore_index=True)
    again = frame[frame.duplicated(list(IDENTITY))]
    if len(again):
        first = again.iloc[0]
        raise InputError(
            "rows",
            "one result per key and run",
            f"two different ones for {first['acquisition_id']} {first['band']} in run "
            f"{first['run_id']}",
            "give each run its own run_id",
        )
    return frame


def _check_names(given: list[str]) -> None:
    for name in given:
        if name not in NAMES:
            near = get_close_matches(name, NAMES, n=1)
            remedy = (
                f"did you mean {near[0]!r}" if near else "the names are in venus_analysis.schema"
            )
            raise InputError("rows", "columns of the ledger", repr(name), remedy)
    for name in IDENTITY:
        if name not in given:
            raise InputError("rows", f"a column {name!r}", "none", "it is part of a row's identity")


def tidy_column(given: pd.DataFrame, column: Column) -> pd.Series[Any]:
    """One column of `given` in its type; empty where it is left out, `InputError` if it is wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> tidy_column(pd.DataFrame({"ratio": ["0.5", None]}), COLUMNS[-1]).tolist()
    ['', '']
    """
    import pandas as pd

    dtype: Any = _DTYPES[column.kind]
    if column.name not in given:
        blank: pd.Series[Any] = pd.Series([EMPTY[column.kind]] * len(given), dtype=dtype)
        return blank
    values = given[column.name].reset_index(drop=True)
    try:
        cells: pd.Series[Any] = _convert(values, column.kind).astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        what = str(error).splitlines()[0]
        raise InputError(
            f"rows: {column.name}", f"{column.kind} values", what, "convert them first"
        ) from error
    return cells


def _convert(values: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    import pandas as pd

    if kind == "time":
        return pd.to_datetime(values, utc=True, format="ISO8601").dt.tz_localize(None)
    if kind == "text" and isinstance(values.dtype, pd.StringDtype):
        return values.fillna("")
    if kind == "text":
        values = values.astype(object).where(values.notna(), "")
        for value in values:
            if not isinstance(value, str):
                raise TypeError(f"{value!r}")
            value.encode()
    if kind in ("integer", "boolean"):
        values = values.astype(object).where(values.notna(), EMPTY[kind])
        dtype: Any = _DTYPES[kind]
        changed = values[values.astype(dtype) != values]
        if len(changed):
            raise TypeError(f"{changed.iloc[0]!r}")
    return values
