"""What a campaign need not compute again: the ledger's answers to its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from venus_analysis.calibrate.inputs import MoonCampaign, planned_rows
from venus_analysis.calibrate.row import Row
from venus_analysis.collect.place import last_change
from venus_analysis.errors import VenusAnalysisError
from venus_analysis.schema import KEY

if TYPE_CHECKING:
    import pandas as pd


def answered(
    ledger: str | Path, campaign: MoonCampaign, paths: Sequence[Path]
) -> dict[Path, tuple[Row, ...]]:
    """Find the inputs whose every row the ledger has, and these rows.

    A row answers when key, `input_digest` and `algorithm_version` are the same
    (`venus_analysis.ledger.missing`). The digest of a scene has a second half,
    over the counts that are read, which is not known before: the first half
    must agree, and nothing in the scene may have been written since the row was
    committed. Rows without residuals do not answer where these are wanted.

    Parameters
    ----------
    ledger
        Folder or address; one that is not there answers nothing.
    campaign
        How the inputs are to be calibrated.
    paths
        Scenes and images; those that cannot be read have no answer.

    Returns
    -------
    dict
        Current rows; withdrawn ones are left out.

    Examples
    --------
    >>> answered("no/such/ledger", MoonCampaign(), [Path("absent.zarr")])
    {}
    """
    from venus_analysis.ledger import history, missing
    from venus_analysis.ledger.store import open_store

    if not open_store(ledger).is_ledger():
        return {}
    frame = history(ledger).frame
    frame = frame[frame["method"] == "moon"]
    plans = {path: plan for path in paths if (plan := _plan(campaign, path, frame))}
    every = [row for plan in plans.values() for row in plan]
    owner = np.repeat(np.arange(len(plans)), [len(plan) for plan in plans.values()])
    open_plans = set(owner[missing(ledger, every)].tolist())
    current = _by_key(frame[~frame["withdrawn"]])
    found = {
        path: tuple(current[key] for row in plan if (key := _key(row)) in current)
        for number, (path, plan) in enumerate(plans.items())
        if number not in open_plans
    }
    wanted = campaign.scene.residuals
    return {path: rows for path, rows in found.items() if not (wanted and _lacks_residuals(rows))}


def _plan(campaign: MoonCampaign, path: Path, frame: pd.DataFrame) -> list[Row]:
    """Rows to expect of an input, with the whole digest of the newest run on the same input."""
    try:
        planned = planned_rows(campaign, path)
    except VenusAnalysisError:
        return []
    if not planned:
        return []
    stated = planned[0]["input_digest"]
    same = frame[frame["acquisition_id"] == planned[0]["acquisition_id"]]
    same = same[
        same["input_digest"].str.startswith(f"{stated}-") | (same["input_digest"] == stated)
    ]
    if same.empty:
        return []
    newest = same.loc[same["committed"].idxmax()]
    if newest["input_digest"] != stated and not _unchanged_since(newest["committed"], path):
        return []
    return [row | {"input_digest": newest["input_digest"]} for row in planned]


def _unchanged_since(committed: pd.Timestamp, path: Path) -> bool:
    """Whether nothing was written since; a commit in the future shows a clock that was set back."""
    import pandas as pd

    now = pd.Timestamp.now("UTC").tz_localize(None)
    return bool(committed <= now and last_change(path) <= committed.to_datetime64())


def _lacks_residuals(rows: Sequence[Row]) -> bool:
    """Whether a scene was measured without residuals, which change no ratio and no key."""
    measured = [row for row in rows if row["parameter_digest"] and not np.isnan(row["ratio"])]
    return bool(measured) and all(np.isnan(row["noise_a"]) for row in rows)


def _by_key(frame: pd.DataFrame) -> Mapping[tuple[str, ...], Row]:
    """Newest row of each key, as the ledger orders them."""
    from venus_analysis.schema import NAMES

    ordered = frame.sort_values(["committed", "run_id"], kind="stable")
    cells = zip(*(ordered[name].to_numpy() for name in NAMES), strict=True)
    rows = (dict(zip(NAMES, row, strict=True)) for row in cells)
    return {_key(row): row for row in rows}


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)
