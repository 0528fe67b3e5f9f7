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
        Per-band statistics, one mapping per row; none for images and for rows
        from the ledger.
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
