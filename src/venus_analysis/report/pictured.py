"""Looks at the Moon that have pictures, and where their products lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from venus_analysis.collect.product import product_path
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from venus_analysis.parameters.registry import Registry


def pictured_looks(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep looks that have pictures, the newest first; one row for each.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"acquisition_id": ["A", "A", "B"], "product": ["A.zarr"] * 2 + [""],
    ...     "time": pd.to_datetime(["2020-01-01"] * 3), "committed": pd.NaT})
    >>> pictured_looks(rows)["acquisition_id"].tolist()
    ['A']
    """
    kept = rows[rows["product"] != ""].sort_values("committed", kind="stable")
    return kept.drop_duplicates("acquisition_id", keep="last").sort_values("time", ascending=False)


def look_path(products: Path, look: Any) -> Path:
    """Where the product of a look lies, by its ledger row.

    Raises
    ------
    InputError
        When its name leads out of the folder of products.
    """
    path = product_path(products, look)
    if path is None or not path.resolve().is_relative_to(products.resolve()):
        raise InputError(str(look["product"]), "a name within the folder of products", "another",
                         "calibrate the scene again")  # fmt: skip
    return path


def rows_of(rows: pd.DataFrame, look: Any) -> pd.DataFrame:
    """Rows of a look, all bands, of the run that made its pictures."""
    same = rows["acquisition_id"] == look["acquisition_id"]
    found: pd.DataFrame = rows[same & (rows["run_id"] == look["run_id"])]
    return found


def update_days(registry: Registry | None, rows: pd.DataFrame) -> list[np.datetime64]:
    """First days of the absolute gain sets within the dates of some rows."""
    if registry is None or rows.empty:
        return []
    first, last = (np.datetime64(rows["time"].agg(end), "us") for end in ("min", "max"))
    days = {
        file.name.start.astype("datetime64[D]")
        for file in registry.files
        if file.name.file_type == "PHGAIN" and file.name.nick == "ALLSITES"
    }
    return sorted(day for day in days if first <= day <= last)
