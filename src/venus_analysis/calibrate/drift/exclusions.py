"""Looks that do not count in fits: decisions, reversible; the rows of the ledger stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.journal import append, path_of, read
from venus_analysis.errors import InputError
from venus_analysis.ledger.moment import Clock, utc_now

NAME: Final = "exclusions"
EXCLUDE: Final = "exclude"
RESTORE: Final = "restore"


@dataclass(frozen=True)
class Exclusion:
    """One decision.

    Attributes
    ----------
    action
        ``exclude`` or ``restore``.
    acquisition_id, band
        What it is about; an empty band means all.
    who, when, why
        Who decided, at which UTC time, and the reason.
    """

    action: str
    acquisition_id: str
    band: str
    who: str
    when: str
    why: str


@dataclass(frozen=True)
class Exclusions:
    """Decisions of a journal.

    Attributes
    ----------
    history
        All, in their order.
    damaged
        Sentences on lines that cannot be read.
    """

    history: tuple[Exclusion, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def current(self) -> tuple[Exclusion, ...]:
        """Exclusions that stand; a look excluded as a whole less single bands has one each."""
        return tuple(one for one in self._standing().values() if one.action == EXCLUDE)

    def reasons(self, frame: pd.DataFrame) -> NDArray[np.object_]:
        """Reason, who and when for each row; empty for rows that count.

        Examples
        --------
        >>> rows = pd.DataFrame({"acquisition_id": ["L1", "L1"], "band": ["B1", "B2"]})
        >>> decided = Exclusion("exclude", "L1", "B2", "Ada", "2024-01-01T00:00:00Z", "clouds")
        >>> Exclusions((decided,)).reasons(rows)
        array(['', 'clouds (Ada, 2024-01-01)'], dtype=object)
        """
        found = np.full(len(frame), "", object)
        standing = self._standing()
        if not standing:
            return found
        looks = {look for look, _ in standing}
        names = frame["acquisition_id"].to_numpy(object)
        bands = frame["band"].to_numpy(object)
        for k in np.flatnonzero(np.isin(names, list(looks))):
            one = standing.get((names[k], bands[k])) or standing.get((names[k], ""))
            if one is not None and one.action == EXCLUDE:
                found[k] = f"{one.why} ({one.who}, {one.when[:10]})"
        return found

    def mask(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """(row,) True where a row is excluded."""
        return np.asarray(self.reasons(frame) != "", np.bool_)

    def _standing(self) -> dict[tuple[str, str], Exclusion]:
        """Last decision on each look and band; one on all bands replaces those on single ones."""
        found: dict[tuple[str, str], Exclusion] = {}
        for one in self.history:
            if not one.band:
                found = {key: old for key, old in found.items() if key[0] != one.acquisition_id}
            found[one.acquisition_id, one.band] = one
        return found


def exclusions(ledger: str | Path) -> Exclusions:
    """Read the decisions kept beside a ledger.

    Examples
    --------
    >>> exclusions("absent").current
    ()
    """
    kept = read(path_of(ledger, NAME))
    history, damaged = [], list(kept.damaged)
    for entry in kept.entries:
        try:
            history.append(_decision(entry))
        except (KeyError, TypeError):
            damaged.append(f"{NAME}: an entry of {entry.get('when')} says too little: {entry}")
    return Exclusions(tuple(history), tuple(damaged))


def exclude(
    ledger: str | Path,
    acquisition: str,
    *,
    who: str,
    why: str,
    bands: Sequence[str] = (),
    now: Clock = utc_now,
) -> tuple[Exclusion, ...]:
    """Leave a look out of fits, in all bands or some.

    Parameters
    ----------
    ledger
        Folder of the ledger; its rows are not touched.
    acquisition
        Exact name of the look.
    who, why
        Kept with the decision.
    bands
        Only these.
    now
        Gives the present time.

    Returns
    -------
    tuple of Exclusion
        As written, one per band.

    Raises
    ------
    InputError
        An empty text, or a look that is excluded already.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = exclude(folder, "L1", who="Ada", why="clouds")
    ...     _ = restore(folder, "L1", who="Ada", why="no clouds", bands=["B2"])
    ...     rows = pd.DataFrame({"acquisition_id": "L1", "band": ["B1", "B2"]})
    ...     exclusions(folder).mask(rows)
    array([ True, False])
    """
    return _decide(ledger, EXCLUDE, acquisition, bands, who, why, now)


def restore(
    ledger: str | Path,
    acquisition: str,
    *,
    who: str,
    why: str,
    bands: Sequence[str] = (),
    now: Clock = utc_now,
) -> tuple[Exclusion, ...]:
    """Let an excluded look count again; arguments as for `exclude`."""
    return _decide(ledger, RESTORE, acquisition, bands, who, why, now)


def _decide(
    ledger: str | Path,
    action: str,
    acquisition: str,
    bands: Sequence[str],
    who: str,
    why: str,
    now: Clock,
) -> tuple[Exclusion, ...]:
    if not acquisition.strip():
        raise InputError("acquisition", "the name of a look", "none", "give its acquisition_id")
    standing = exclusions(ledger)
    for band in bands or ("",):
        _check_change(standing, action, acquisition, band)
    path = path_of(ledger, NAME)
    return tuple(
        _decision(
            append(
                path,
                {
                    "action": action,
                    "acquisition_id": acquisition,
                    "band": band,
                    "who": who.strip(),
                    "why": why.strip(),
                },
                now,
            )
        )
        for band in bands or ("",)
    )


def _check_change(standing: Exclusions, action: str, acquisition: str, band: str) -> None:
    own = [one for one in standing.current if one.acquisition_id == acquisition]
    row = pd.DataFrame({"acquisition_id": [acquisition], "band": [band]})
    out = bool(standing.mask(row)[0])
    if action == EXCLUDE and out:
        raise InputError(acquisition, "a look that counts", "one excluded already", "see the list")
    if action == RESTORE and not out and not (own and not band):
        raise InputError(acquisition, "a look that is excluded", "one that counts", "see the list")


def _decision(entry: dict[str, Any]) -> Exclusion:
    names = ("action", "acquisition_id", "band", "who", "when", "why")
    return Exclusion(*(str(entry[name]) for name in names))
