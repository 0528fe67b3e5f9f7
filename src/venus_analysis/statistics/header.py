"""What both formats say about themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from venus_analysis.errors import InputError
from venus_analysis.schema import SCHEMA_VERSION, STATISTICS_VERSION

if TYPE_CHECKING:
    import pandas as pd

    from venus_analysis.ledger.cells import Cells

TITLE: Final = "Statistical results of vicarious calibration"
SIMULATED_TITLE: Final = "SIMULATED: statistical results of vicarious calibration"
CONVENTIONS: Final = {
    "sign_convention": "ratio = measured / modelled, measured with the Ak of the row; a sensor "
    "that lost 1 % of its sensitivity reads 0.99, and Ak * ratio restores it",
    "pixel_convention": "the centre of the first pixel is 0.0; (line, column) order",
    "uncertainty_convention": "standard uncertainty, k = 1; u_random, u_systematic_instrument, "
    "u_model and budget columns are relative",
    "missing_values": "NaN (an empty cell) means not known or not measured; flags say why",
    "replacement": "written whole from the rows of one run; the ledger joins runs",
}


def title(frame: Cells | pd.DataFrame) -> str:
    """Title, which says SIMULATED as soon as one row is.

    Examples
    --------
    >>> title({"simulated": [False, True]})[:9]
    'SIMULATED'
    """
    return SIMULATED_TITLE if any(frame["simulated"]) else TITLE


def versions() -> dict[str, int]:
    """Version of the statistics columns, and of the ledger's."""
    return {"statistics_version": STATISTICS_VERSION, "schema_version": SCHEMA_VERSION}


def check_versions(path: Path, found: dict[str, int]) -> None:
    """Refuse what a newer version wrote."""
    for name, known in versions().items():
        if not 1 <= found.get(name, 0) <= known:
            raise InputError(
                path,
                f"a statistics file of {name} 1 to {known}",
                f"{found.get(name, 'none')}",
                "take a newer version of venus_analysis, or check which file it is",
            )
