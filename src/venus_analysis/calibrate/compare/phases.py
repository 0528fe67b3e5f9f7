"""Phases of the mission as the rows tell them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from venus_analysis.compute.compare.mission_phases import Phase
from venus_analysis.errors import InputError


def phases_of(frame: pd.DataFrame) -> tuple[Phase, ...]:
    """Mission phases from the column ``mission_phase``, first to last look.

    Examples
    --------
    >>> rows = pd.DataFrame({"mission_phase": ["VM1", "VM1"],
    ...                      "time": pd.to_datetime(["2018-01-01", "2020-10-31"])})
    >>> [(one.name, str(one.stop)[:10]) for one in phases_of(rows)]
    [('VM1', '2020-10-31')]
    """
    number, names = pd.factorize(frame["mission_phase"])
    time = frame["time"].to_numpy("datetime64[us]")
    number[np.isnat(time)] = -1
    looks = {str(name): time[number == k] for k, name in enumerate(names) if name != ""}
    found = [Phase(name, own.min(), own.max()) for name, own in looks.items() if len(own)]
    return tuple(sorted(found, key=lambda one: one.start))


def phase_named(
    frame: pd.DataFrame, name: str, dates: str = "", known: Sequence[Phase] = ()
) -> Phase:
    """One phase by its name; `dates` as FIRST/LAST (UTC), or `known`, before those of the rows.

    A last day counts whole.

    Raises
    ------
    InputError
        No row of that name and no dates, or dates that cannot be.

    Examples
    --------
    >>> str(phase_named(pd.DataFrame(), "VM5", "2022-03-01/2022-06-30").start)[:10]
    '2022-03-01'
    """
    if dates:
        from venus_analysis.parameters.instants import instant, last_second

        first, _, last = dates.partition("/")
        if not last:
            raise InputError(name, "FIRST/LAST", repr(dates), "such as 2022-03-01/2024-07-31")
        return Phase(name, instant(first, name), last_second(last, name))
    there = (*known, *phases_of(frame))
    for phase in there:
        if phase.name == name:
            return phase
    names = ", ".join(dict.fromkeys(one.name for one in there)) or "none"
    raise InputError("phase", f"one of the ledger's ({names})", repr(name), "or give its dates")
