"""The statistics file of a run: what the ledger had keeps the statistics of its own run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

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


def whole_statistics(
    path: Path,
    outcomes: Sequence[Outcome],
    measure: Callable[[list[Path]], list[Outcome]] | None = None,
) -> list[Row]:
    """Rows of the statistics file of these outcomes.

    Parameters
    ----------
    path
        The statistics file. For what the ledger had, the file that is there is asked;
        one that cannot be read counts as none.
    outcomes
        Of `calibrate_inputs`.
    measure
        Measures the scenes once more that the ledger had and the file lacks, as after
        a run that was killed between the two; their rows stay those of the ledger.
        None leaves them with the ledger's columns only.
    """
    try:
        earlier = earlier_statistics(path)
    except InputError:
        earlier = {}
    rows = [row for outcome in outcomes for row in _known(outcome, earlier)]
    lacking = [outcome.path for outcome in outcomes if _lacks(outcome, earlier)]
    if measure is None or not lacking:
        return rows
    again = [row for outcome in measure(lacking) for row in outcome.statistics_rows()]
    measured = {_names(row, KEY): row for row in again}
    return [measured.get(_names(row, KEY), row) | _own(row) for row in rows]


def _known(outcome: Outcome, earlier: Earlier) -> list[Row]:
    return [earlier.get(_names(row, IDENTITY), row) for row in outcome.statistics_rows()]


def _lacks(outcome: Outcome, earlier: Earlier) -> bool:
    """Whether a scene's statistics are nowhere; an image has none but the ledger's columns."""
    known = all(_names(row, IDENTITY) in earlier for row in outcome.rows)
    return outcome.from_ledger and not known and input_kind(outcome.path) == "scene"


def _own(row: Row) -> Row:
    """Give what says which run of the ledger a row is of."""
    return {name: row[name] for name in ("run_id", "committed", "product") if name in row}


def _names(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in names)
