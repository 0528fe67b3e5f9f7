"""Rows of the ledger as tables: the main columns of many, every column of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from venus_analysis import schema
from venus_analysis.flags import decode, describe
from venus_analysis.report.tables import Cell, table
from venus_analysis.report.wording import number, records

if TYPE_CHECKING:
    import pandas as pd

SORTED_BY: Final = {
    "newest first": "-time",
    "oldest first": "time",
    "entered last": "-committed",
    "band": "band",
    "ratio, smallest first": "ratio",
    "ratio, largest first": "-ratio",
    "random uncertainty, largest first": "-u_random",
    "flags": "-flags",
    "acquisition": "acquisition_id",
    "site": "site",
}
"""Orders offered: words to column, a minus for descending."""


def rows_table(rows: pd.DataFrame, theme: str = "light") -> str:
    """Show the main columns of some rows, flags decoded."""
    cells: list[list[Cell | str]] = [
        [
            Cell(str(one.time)[:16], note=str(one.acquisition_id)),
            one.band,
            Cell(str(one.method), note=str(one.site)),
            Cell(number(one.ratio, 4), "number"),
            Cell(", ".join(decode(int(one.flags))) or "none", "open" if one.flags else ""),
            Cell(_parts(one.u_random, one.u_systematic_instrument, one.u_model), "number"),
            Cell(str(one.parameter_set), note=str(one.mission_phase)),
            Cell(str(one.reference), note=str(one.reference_acquisition_id)),
            Cell("SIMULATED" if one.simulated else "measured", note=str(one.committed)[:10]),
        ]
        for one in records(rows)
    ]
    return table(
        ["time (UTC), acquisition", "band", "method, site", "ratio", "flags",
         "u (%)", "Ak set", "reference", "entered"],
        cells,
        caption="Rows of the ledger; u: relative standard uncertainties (k = 1): "
        "random from look to look, of the instrument, of model or reference",
        theme=theme,
        empty="No row fits these choices: widen them on the left.",
    )  # fmt: skip


def row_in_full(row: pd.Series[Any], theme: str = "light") -> str:
    """Every column of one row, with unit and meaning; empty ones are left out."""
    cells: list[list[Cell | str]] = []
    for column in schema.COLUMNS:
        text = _text(row[column.name], column) if column.name in row else ""
        if text:
            value = Cell(f"{text} {_unit(column, row)}".rstrip(), note=_more(row, column))
            cells.append([column.name, value, Cell(column.sentence, "words")])
    return table(
        ["column", "value", "meaning"],
        cells,
        caption=f"The row of {row['acquisition_id']}, {row['band']}, in full",
        theme=theme,
    )


def _unit(column: schema.Column, row: pd.Series[Any]) -> str:
    """Give the unit in this row: what is measured of the Moon is an irradiance, else none."""
    if column.name == "measured" or column.unit == "as measured":
        return "W m-2 um-1" if row["method"] == "moon" else ""
    return "" if column.unit == "1" else column.unit


def _text(value: Any, column: schema.Column) -> str:
    match column.kind:
        case "text":
            return str(value)
        case "float":
            return f"{value:.7g}" if np.isfinite(value) else ""
        case "time":
            return "" if value != value or value is None else f"{value}"
        case _:
            return str(value)


def _parts(*values: float) -> str:
    return ", ".join(number(100.0 * value, 2) for value in values)


def _more(row: pd.Series[Any], column: schema.Column) -> str:
    """Sentences of the flags that are set."""
    if column.name != "flags":
        return ""
    return " ".join(describe(int(row["flags"])))
