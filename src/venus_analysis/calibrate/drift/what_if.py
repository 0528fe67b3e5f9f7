"""What if another Ak had been in use: typed gains instead of the recorded ones, no file touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.looks import Floats
from venus_analysis.calibrate.drift.views import RATIO, View, rebased
from venus_analysis.errors import InputError
from venus_analysis.parameters.registry import Registry


@dataclass(frozen=True)
class TypedGain:
    """An absolute gain that somebody typed.

    Attributes
    ----------
    band
        Its band.
    start
        First instant at which it holds, UTC; until the next typed gain of the band.
    absolute_gain
        Ak, counts / (W m-2 sr-1 um-1).
    """

    band: str
    start: np.datetime64
    absolute_gain: float


def what_if(
    frame: pd.DataFrame, typed: Sequence[TypedGain], registry: Registry | None = None
) -> View:
    """Show rows with typed gains from their start on, and as recorded before.

    Parameters
    ----------
    frame
        Rows as from `selection.select`.
    typed
        Gains; of several for a band the latest start that has come rules.
    registry
        As for `views.view_of`: rows whose other parameters differ are not re-based.

    Returns
    -------
    View
        Named ``what if``.

    Raises
    ------
    InputError
        A gain that is not above 0 and finite, a date that is none, or a band the rows
        do not have.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> days = np.array(["2020-01-01", "2021-01-01"], "datetime64[us]")
    >>> rows = pd.DataFrame([new_row(band="B1", ratio=0.98, absolute_gain=2.0, time=day)
    ...                      for day in days])
    >>> typed = [TypedGain("B1", np.datetime64("2020-06-01"), 1.96)]
    >>> what_if(rows, typed).frame["view_value"].round(6).tolist()
    [0.98, 1.0]
    """
    bands = set(map(str, frame["band"].unique()))
    gain = np.array(frame["absolute_gain"], np.float64)
    changed = np.zeros(len(frame), np.bool_)
    time = frame["time"].to_numpy("datetime64[us]")
    for one in sorted(typed, key=lambda given: given.start):
        where = f"what-if {one.band}"
        if one.band not in bands:
            raise InputError(
                where, f"one of {', '.join(sorted(bands))}", repr(one.band), "choose one"
            )
        if not 0.0 < one.absolute_gain < np.inf:
            raise InputError(where, "an Ak above 0", f"{one.absolute_gain}", "correct the number")
        if np.isnat(one.start):
            raise InputError(where, "a date", "none", "say from when the Ak holds")
        here = (frame["band"] == one.band).to_numpy() & (time >= one.start)
        gain[here], changed[here] = one.absolute_gain, True
    label = f"{RATIO}, what if"
    shown = rebased(frame, gain, "what if", label, registry)
    kept = shown.frame.copy()
    kept.loc[~changed, "view_value"] = frame["ratio"].to_numpy()[~changed]
    kept.loc[~changed, "view_flags"] = frame["flags"].to_numpy()[~changed]
    return View("what if", kept, label, shown.notes)


def gain_tried(
    bands: Sequence[str], gain: Floats, typed: Sequence[TypedGain], when: np.datetime64
) -> Floats:
    """Ak that would be in force at a date: the typed one that has begun, else `gain`, (band,).

    Examples
    --------
    >>> typed = [TypedGain("B1", np.datetime64("2020-06-01"), 1.96)]
    >>> gain_tried(["B1", "B2"], np.array([2.0, 3.0]), typed, np.datetime64("2020-07-01"))
    array([1.96, 3.  ])
    """
    begun = sorted((one for one in typed if one.start <= when), key=lambda one: one.start)
    tried = {one.band: one.absolute_gain for one in begun}
    return np.array([tried.get(band, own) for band, own in zip(bands, gain, strict=True)])
