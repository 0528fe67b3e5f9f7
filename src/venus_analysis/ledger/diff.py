"""What changed between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.ledger.store import Store
from venus_analysis.ledger.view import Loaded, history

if TYPE_CHECKING:
    import pandas as pd

LOOK = tuple(name for name in schema.KEY if name not in ("parameter_digest", "configuration"))
_SIDE = ["parameter_digest", "configuration", "ratio", "flags", "software_version"]


def diff(
    where: str | Path | Store, run_a: str, run_b: str, *, across_configurations: bool = False
) -> Loaded:
    """Compare the rows of two runs, key by key.

    Parameters
    ----------
    where
        Ledger; withdrawn and outdated rows are compared as well.
    run_a, run_b
        The runs' `run_id`.
    across_configurations
        Compare looks whose parameter files or options differ; otherwise only
        rows of the same key are put side by side.

    Returns
    -------
    Loaded
        The frame has `LOOK`, ``side`` (both, a or b: where the row exists),
        parameter_digest and configuration (one each where they are part of what is
        compared), ratio, flags and software_version with suffixes ``_a`` and
        ``_b``, and ``change`` = ratio_b / ratio_a - 1 (NaN where either is
        missing); largest changes first.

    Raises
    ------
    InputError
        For a run the ledger does not have, or looks that are not unique.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.ledger import write
    >>> row = dict.fromkeys(schema.IDENTITY, "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for run, ratio in (("a", 0.5), ("b", 0.75)):
    ...         _ = write(folder, [row | {"run_id": run, "ratio": ratio}])
    ...     diff(folder, "a", "b").frame["change"].tolist()
    [0.5]
    """
    loaded = history(where)
    on = list(LOOK) if across_configurations else list(schema.KEY)
    a, b = (_rows_of(loaded.frame, run, on) for run in (run_a, run_b))
    both = a.merge(b, how="outer", on=on, suffixes=("_a", "_b"), indicator="side")
    both["side"] = both["side"].astype("str").replace({"left_only": "a", "right_only": "b"})
    both["change"] = both["ratio_b"] / both["ratio_a"] - 1.0
    largest = both["change"].abs().sort_values(ascending=False, kind="stable").index
    return Loaded(both.loc[largest].reset_index(drop=True), loaded.refused)


def _rows_of(frame: pd.DataFrame, run: str, on: list[str]) -> pd.DataFrame:
    rows = frame.loc[frame["run_id"] == run, list(dict.fromkeys([*on, *_SIDE]))]
    if rows.empty:
        last = frame.drop_duplicates("run_id", keep="last").nlargest(5, "committed")["run_id"]
        raise InputError("run", "a run of this ledger", repr(run), f"newest: {', '.join(last)}")
    twice = rows[rows.duplicated(on)]
    if len(twice):
        what = twice.iloc[0]
        raise InputError(
            f"run {run}",
            "one row per look",
            f"several configurations of {what['acquisition_id']} {what['band']}",
            "compare by the whole key (without across_configurations)",
        )
    return rows
