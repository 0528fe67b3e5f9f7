"""The gains that a proposal starts from: those in force at its start, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import Instant, instant, readable
from venus_analysis.parameters.names import BANDS, TDI
from venus_analysis.parameters.parameter_file import ParameterFile, Series
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.registry import Registry

USUAL: Final = (0.5, 2.0)
ALIKE: Final = 0.25
"""How near a new Ak must be to that of one TDI; those of two TDI differ by more."""


@dataclass(frozen=True)
class GainBase:
    """Gains that a proposal starts from.

    Attributes
    ----------
    content
        The file; None when there is no older one.
    warnings
        Sentences on what a reader of the proposal should know.
    """

    content: PhysicalGain | None
    warnings: tuple[str, ...] = ()

    @property
    def serial(self) -> str:
        """Serial of the file, empty without one."""
        return "" if self.content is None else f"{self.content.header.name.serial:05d}"


@dataclass(frozen=True)
class GainChange:
    """Ak of a band at some TDI before and after; NaN before where there was none."""

    band: str
    tdi: tuple[int, ...]
    old: float
    new: float
    ratio: float


def gain_series(applicability: str = "L", nick: str = "ALLSITES") -> Series:
    """Give the series of PHGAIN for all sites, or for some.

    Examples
    --------
    >>> gain_series().nick
    'ALLSITES'
    """
    return Series("PHGAIN", applicability, nick, None)


def gain_base(registry: Registry, series: Series, start: Instant) -> GainBase:
    """Find the gains in force at the start of a proposal, within its series.

    Of the files that are valid then the highest serial rules, as in `Registry.in_force`.
    Where none is, the one nearest in time is taken, with a warning. A proposal has no
    end, so files that start later are replaced too: a warning names them.

    Parameters
    ----------
    registry
        The older files.
    series
        Of PHGAIN.
    start
        First second of the proposal's validity, UTC.
    """
    when = instant(start, "start")
    files = registry.series().get(series, ())
    left_out = [f"{one.path.name} was left out: {one.error}" for one in files if one.error]
    files = tuple(one for one in files if one.error is None)
    if not files:
        return GainBase(None, tuple(left_out))
    chosen = min(files, key=lambda one: (_away(one, when), *(-k for k in _rank(one))))
    said = [*left_out]
    if _away(chosen, when):
        said.append(
            f"No gains are in force at {readable(when)}; those of serial "
            f"{chosen.name.serial:05d}, the nearest in time, are the base."
        )
    later = [f"{one.name.serial:05d}" for one in files if one.validity[0] > when]
    if later:
        said.append(
            f"The proposal has no end, so it also replaces what starts after {readable(when)}: "
            f"serial {', '.join(later)}."
        )
    return GainBase(PhysicalGain.read(chosen.path), tuple(said))


def gain_changes(base: GainBase, new: PhysicalGain) -> list[GainChange]:
    """List the bands whose Ak a proposal changes; TDI with the same numbers together."""
    old = np.full((len(BANDS), len(TDI)), np.nan) if base.content is None else base.content.gain
    found = []
    for row, band in enumerate(BANDS):
        pairs: dict[tuple[float, float], list[int]] = {}
        for column, tdi in enumerate(TDI):
            before, after = float(old[row, column]), float(new.gain[row, column])
            if np.isfinite(after) and after != before:
                pairs.setdefault((before if np.isfinite(before) else np.nan, after), []).append(tdi)
        found += [
            GainChange(band, tuple(tdi), before, after, after / before if before else np.nan)
            for (before, after), tdi in pairs.items()
        ]
    return found


def far_changes(changes: Sequence[GainChange]) -> list[str]:
    """Give a sentence on bands whose Ak changes by a factor beyond `USUAL`.

    Examples
    --------
    >>> far_changes([GainChange("B1", (8,), 2.0, 0.2, 0.1), GainChange("B2", (8,), 1.0, 0.9, 0.9)])
    ['Ak new / old is far from 1 (beyond 0.5 to 2) in B1: check the numbers.']
    """
    bands = [one.band for one in changes if one.ratio < USUAL[0] or one.ratio > USUAL[1]]
    if not bands:
        return []
    names, (least, most) = " ".join(dict.fromkeys(bands)), USUAL
    return [
        f"Ak new / old is far from 1 (beyond {least:g} to {most:g}) in {names}: check the numbers."
    ]


def completed(base: GainBase, gain: dict[str, float]) -> NDArray[np.float64]:
    """Ak (12, 5) of some bands, those of the others from the base.

    Where the base has one Ak for all TDI, so has the new set. Where it differs by TDI,
    the Ak given is that of the TDI whose Ak it is within `ALIKE` of, and the others
    change by the same factor: what ages is the camera, whatever its TDI.

    Raises
    ------
    InputError
        When a band is left out and there is no base, or when Ak differs by TDI and
        the one given is near that of none, or of several.
    """
    if base.content is None and set(gain) != set(BANDS):
        raise InputError(
            "gain",
            "all twelve bands, as there is no older file to complete them",
            "some bands",
            "name the Ak of every band",
        )
    table = np.full((len(BANDS), len(TDI)), np.nan)
    if base.content is not None:
        table = base.content.gain.copy()
    for band, value in gain.items():
        row = table[BANDS.index(band)]
        row[...] = value if base.content is None else _changed(row, value, band)
    return table


def _changed(row: NDArray[np.float64], value: float, band: str) -> NDArray[np.float64]:
    """Ak by TDI of a band under a new Ak of one of them."""
    known = np.unique(row[np.isfinite(row)])
    if len(known) < 2:
        return np.where(np.isnan(row), np.nan, value)
    near = known[np.abs(value / known - 1.0) < ALIKE]
    if len(near) != 1:
        stated = ", ".join(
            f"{one:g} (TDI {tdi})" for tdi, one in zip(TDI, row, strict=True) if np.isfinite(one)
        )
        raise InputError(
            f"gain of {band}",
            f"an Ak near that of one TDI: {stated}",
            f"{value:g}",
            "correct it, or give a ratio, which holds for every TDI",
        )
    return np.asarray(row * (value / near[0]))


def _away(file: ParameterFile, when: np.datetime64) -> int:
    """Seconds between a time and a file's validity; 0 inside."""
    start, stop = file.validity
    return max(int((start - when).astype(np.int64)), int((when - stop).astype(np.int64)), 0)


def _rank(file: ParameterFile) -> tuple[int, int, int]:
    header = file.header
    return file.name.serial, int(header.version), int(header.creation.astype(np.int64))
