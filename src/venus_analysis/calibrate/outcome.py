"""What became of one input of a calibration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from venus_analysis.calibrate.row import Row


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Parameters
    ----------
    path
        The input.
    rows
        Its ledger rows, new or from the ledger.
    error
        What stopped it; empty when it is done.
    from_ledger
        Whether the ledger had its rows already.
    statistics
        Rows of the statistics file, one per row, of scenes that were calibrated
        with `MoonCampaign.statistics`.
    warnings
        What went wrong beside the numbers, such as a product that could not be
        written.
    """

    path: Path
    rows: tuple[Row, ...] = ()
    error: str = ""
    from_ledger: bool = False
    statistics: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()

    def statistics_rows(self) -> list[Row]:
        """Rows of the statistics file; without statistics those of the ledger's columns."""
        from venus_analysis.statistics import statistics_row

        return list(self.statistics) or [statistics_row(row) for row in self.rows]
