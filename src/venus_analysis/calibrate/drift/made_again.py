"""Looks calibrated again with other parameter files: the newest row of each counts."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LOOK: Final = ["acquisition_id", "reference_acquisition_id", "band", "site"]
"""Columns that tell one look from another within a series."""
OF_A_SERIES: Final = [*LOOK, "instrument", "method", "reference", "configuration"]
"""Columns that two rows share when they differ in nothing but the parameter files."""


def made_again(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows a newer one of the same look, model and options stands for.

    The ledger keeps what each set of parameter files gave. In a series, a look that
    was calibrated again would count twice; the row committed last is the one to show.

    Parameters
    ----------
    rows
        As from `venus_analysis.ledger.load`. Without ``committed``, or where two rows
        of a look were committed together, nothing is newer.

    Returns
    -------
    ndarray of bool
        (row,) True for the older rows.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([new_row(band="B1", acquisition_id="A", parameter_set=serial)
    ...                      for serial in ("00009", "00010")])
    >>> rows["committed"] = pd.to_datetime(["2020-01-01", "2020-02-01"])
    >>> made_again(rows).tolist()
    [True, False]
    """
    older = np.zeros(len(rows), bool)
    if "committed" not in rows or not rows.duplicated(LOOK).any():
        return older
    several = rows.duplicated(OF_A_SERIES, keep=False).to_numpy(bool)
    own = rows.loc[several, [*OF_A_SERIES, "committed"]]
    groups = own.groupby(OF_A_SERIES, sort=False, dropna=False, observed=True)
    older[several] = (own["committed"] < groups["committed"].transform("max")).to_numpy(bool)
    return older


def newest_looks(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out what was made again, and say how many rows that are.

    Examples
    --------
    >>> newest_looks(pd.DataFrame({name: ["A", "B"] for name in OF_A_SERIES}))[1]
    ()
    """
    older = made_again(rows)
    if not older.any():
        return rows, ()
    note = (
        f"{older.sum()} rows are left out: their looks were calibrated again, with other "
        "parameter files, and the newest row of each look counts."
    )
    return rows[~older], (note,)
