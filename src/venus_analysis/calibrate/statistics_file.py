"""The statistics file of a run: what the ledger had keeps the statistics of its own run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from venus_analysis.calibrate.inputs import MoonCampaign, calibrate_input
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.row import Row
from venus_analysis.collect.kind import input_kind
from venus_analysis.errors import InputError
from venus_analysis.schema import IDENTITY, KEY

Earlier = Mapping[tuple[str, ...], Row]


def earlier_statistics(path: Path) -> Earlier:
    """Rows of the statistics file that is there, by identity.

    Raises
    ------
    InputError
        It cannot be read.
    """
    if not path.exists():
        return {}
    from venus_analysis.statistics import read_statistics

    rows: list[Any] = read_statistics(path).to_dict("records")
    return {_names(row, IDENTITY): row for row in rows}


def whole_statistics(path: Path, outcomes: Sequence[Outcome], campaign: MoonCampaign) -> list[Row]:
    """Rows of the statistics file of these outcomes.

    For what the ledger had, the file that is there is asked; a scene that is not in
    it (a run that was killed after the ledger was written) is measured once more, and
    its rows stay those of the ledger.

    Parameters
    ----------
    path
        The statistics file; one that cannot be read counts as none.
    outcomes, campaign
        Of `calibrate_inputs`.
    """
    try:
        earlier = earlier_statistics(path)
    except InputError:
        earlier = {}
    return [row for outcome in outcomes for row in _rows(outcome, earlier, campaign)]


def _rows(outcome: Outcome, earlier: Earlier, campaign: MoonCampaign) -> list[Row]:
    rows = outcome.statistics_rows()
    if not outcome.from_ledger:
        return rows
    known = [earlier.get(_names(row, IDENTITY)) for row in rows]
    if all(known) or input_kind(outcome.path) == "image":
        return [old or row for old, row in zip(known, rows, strict=True)]
    again = calibrate_input(replace(campaign, products=None), outcome.path)
    measured = {_names(row, KEY): row for row in again.statistics_rows()}
    own = ("run_id", "committed", "product")
    return [
        measured.get(_names(row, KEY), row) | {name: row[name] for name in own if name in row}
        for row in rows
    ]


def _names(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in names)
