"""Dates at which a band's sensitivity may step for known reasons: events and updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.updates import updates_seen
from venus_analysis.parameters.registry import Registry


@dataclass(frozen=True)
class Breaks:
    """Of one band: `known` are steps in any case, `suspects` only where looks show one.

    Values are why: an event's label, or ``update 00008``.
    """

    known: dict[np.datetime64, str]
    suspects: dict[np.datetime64, str]


def breaks_by_band(
    frame: pd.DataFrame,
    bands: Sequence[str],
    events: Sequence[Event] = (),
    registry: Registry | None = None,
) -> dict[str, Breaks]:
    """Events that break, and updates that changed the band's Ak and may not have been applied.

    Parameters
    ----------
    frame
        Rows of one instrument. Updates are those that the rows' serials show.
    bands
        Bands wanted.
    events
        Those with ``breaks`` count, in their bands.
    registry
        Gives the date of an update exactly.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([
    ...     new_row(band="B1", parameter_set="0000" + "78"[k // 3], time=day,
    ...             absolute_gain=2.0 - 0.01 * (k // 3))
    ...     for k, day in enumerate(np.datetime64("2020-01-01", "us") + 30 * np.arange(6) *
    ...                             np.timedelta64(1, "D"))])
    >>> list(breaks_by_band(rows, ["B1"])["B1"].suspects.values())
    ['update 00008']
    """
    updates = updates_seen(frame, registry)
    found = {}
    for band in bands:
        known = {e.date: e.label for e in events if e.breaks and (not e.bands or band in e.bands)}
        suspects = {}
        if band in updates.bands:
            changes = updates.of([band]).expected[0]
            suspects = {
                time: f"update {serial}"
                for time, serial, change in zip(updates.time, updates.serial, changes, strict=True)
                if np.isfinite(change) and change != 0.0 and time not in known
            }
        found[band] = Breaks(known, suspects)
    return found
