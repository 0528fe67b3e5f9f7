"""One ghost: as it was looked for, and as it is explained away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SIGNIFICANT: Final = 0.05
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class GhostResidual:
    """One ghost that was looked for.

    Parameters
    ----------
    source_band
        Band whose image it was fitted with; see `source`.
    shift_columns, u_shift_columns
        From the source's disk to the ghost, and its standard uncertainty; that is 0 where
        the place was given, by STRLGT, and not found.
    factor, u_factor
        Of equalised counts, ghost over source; may be negative where there is none.
        The uncertainty holds the noise and 1.5 % for the template.
    significance
        Factor over its uncertainty by noise, at this shift.
    probability
        Chance of such a one anywhere in an empty scene, over all shifts and pairs.
    overlaps_disk
        Whether part of it lies on the band's own disk, where it cannot be seen.
    other_sources
        Bands that fit nearly as well (chi-square within 9), absent ones too.
    moved_lines
        0, or by how many lines `source_band`'s disk had to be moved to fit: its
        light then comes from a band that is not given, and `factor` is that of
        a stand-in.
    """

    source_band: str
    shift_columns: float
    u_shift_columns: float
    factor: float
    u_factor: float
    significance: float
    probability: float
    overlaps_disk: bool = False
    other_sources: tuple[str, ...] = ()
    moved_lines: float = 0.0

    @property
    def source_missing(self) -> bool:
        """Whether its source is not among the bands."""
        return self.moved_lines != 0.0

    @property
    def source(self) -> str:
        """Where its light comes from, as far as that is known."""
        if not self.source_missing:
            return self.source_band
        return f"{' or '.join(self.other_sources) or UNKNOWN}, not among the bands"

    @property
    def significant(self) -> bool:
        """Whether chance reaches it in less than one empty scene of twenty."""
        return self.probability < SIGNIFICANT


@dataclass(frozen=True)
class KnownGhost:
    """A ghost that is explained away: where it lies, and how sure that is."""

    source: str
    shift: float
    u_shift: float
    lines: float
    probability: float
    others: tuple[str, ...]
