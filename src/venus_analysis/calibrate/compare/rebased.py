"""Rows of all methods under one set of absolute gains."""

from __future__ import annotations

import pandas as pd

from venus_analysis.calibrate.drift.views import view_of
from venus_analysis.parameters.registry import Registry


def rebased_rows(
    frame: pd.DataFrame, registry: Registry | None, serial: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Re-base the ratio of every row to one PHGAIN set; no image is read.

    Parameters
    ----------
    frame
        Rows of one instrument.
    registry
        Folder of parameter files that holds the set.
    serial
        Of the set.

    Returns
    -------
    tuple
        The rows with `ratio` and `absolute_gain` of that set; NaN where more than
        PHGAIN differs (NEEDS_REPROCESSING) or Ak is unknown. And sentences on those.

    Raises
    ------
    InputError
        No registry, or no such set in it.

    Examples
    --------
    >>> rebased_rows(pd.DataFrame({"method": ["moon"]}), None, "00008")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: view re-based: expected a folder of parameter files, \
received none; name it with parameters
    """
    if registry is None:
        view_of(pd.DataFrame(columns=["ratio", "absolute_gain", "flags"]), "re-based")
    parts, notes = [], []
    for method, rows in frame.groupby("method", sort=True):
        view = view_of(rows, "re-based", registry, serial=serial)
        parts.append(view.frame[["view_value", "view_gain"]])
        notes += [f"{method}: {note}" for note in view.notes]
    found = pd.concat(parts)
    return frame.assign(ratio=found["view_value"], absolute_gain=found["view_gain"]), tuple(notes)
