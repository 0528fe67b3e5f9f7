"""What became of one input of a calibration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from venus_analysis.calibrate.row import Row
from venus_analysis.flags import Flag, decode

NOT_TO_BE_USED = (
    Flag.EMPTY_IMAGE
    | Flag.MASK_TOUCHES_FRAME
    | Flag.SATURATED
    | Flag.DISK_OUTSIDE_FRAME
    | Flag.OTHER_BRIGHT_OBJECT
    | Flag.MISSING_PIXELS
    | Flag.DISK_NOT_FOUND
    | Flag.NO_PARAMETERS
    | Flag.DEFECTIVE_COLUMNS
)
"""Flags that make a scene's band a case for a person, and the exit code 1."""

LONGEST = 400


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
        What stopped it, or which wanted bands it lacks; empty when it is done.
    from_ledger
        Whether the ledger had its rows already.
    statistics
        Rows of the statistics file, one per row, of scenes that were calibrated
        with `MoonCampaign.statistics`.
    warnings
        What went wrong beside the numbers, such as a product that could not be
        written.
    reasons
        Why bands could not be measured, as far as the reader or the search said so.
    """

    path: Path
    rows: tuple[Row, ...] = ()
    error: str = ""
    from_ledger: bool = False
    statistics: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def problem(self) -> str:
        """What a person should look at: the error, and bands of a scene with a serious flag.

        What stands behind the flags follows where it is known.

        Examples
        --------
        >>> rows = [{"band": band, "parameter_digest": "x", "flags": int(Flag.DISK_NOT_FOUND)}
        ...         for band in ("B2", "B3")]
        >>> Outcome(Path("scene.zarr"), tuple(rows)).problem
        'scene.zarr: B2 B3: DISK_NOT_FOUND'
        """
        flagged = [
            (row["band"], " ".join(decode(serious)))
            for row in self.rows
            if row["parameter_digest"] and (serious := int(row["flags"]) & int(NOT_TO_BE_USED))
        ]
        parts = [one.partition(": ") for one in self.reasons]
        general = dict.fromkeys(one for one, between, _ in parts if not between)
        own = _by_band((band, text) for band, between, text in parts if between)
        why = "; ".join([*own, *general])[:LONGEST]
        told = ", ".join(_by_band(flagged))
        found = [f"{self.path}: {told}" + (f" ({why})" if why else "")] if flagged else []
        return "; ".join([self.error, *found] if self.error else found)

    def statistics_rows(self) -> list[Row]:
        """Rows of the statistics file; without statistics those of the ledger's columns."""
        from venus_analysis.statistics import statistics_row

        return list(self.statistics) or [statistics_row(row) for row in self.rows]


def _by_band(said: Iterable[tuple[str, str]]) -> list[str]:
    """Sentences on bands, those that say the same together."""
    bands: dict[str, list[str]] = {}
    for band, text in said:
        bands.setdefault(text, []).append(band)
    return [f"{' '.join(dict.fromkeys(names))}: {text}" for text, names in bands.items()]
