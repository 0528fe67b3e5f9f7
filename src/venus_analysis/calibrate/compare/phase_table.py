"""Mission phases as a table, and what changed between two of them beside the sensor."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from venus_analysis import tables
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.calibrate.drift.updates import serial_of
from venus_analysis.compute.compare.mission_phases import Phase
from venus_analysis.compute.compare.phase_geometry import geometry_changes
from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import instant, last_second

NEEDED: Final = ("phase", "start", "stop", "altitude_km")
TELLING: Final = ("tdi", "gain", "temperature")
"""Kinds of events that change the camera."""


@dataclass(frozen=True)
class MissionPhase:
    """A phase by name, with its dates (None: none are known) and height."""

    name: str
    dates: Phase | None
    altitude_km: float


def mission_phases(path: str | Path | None = None) -> tuple[MissionPhase, ...]:
    """Read phases from a CSV file; those of the package, VM1 to VM5, without one.

    Parameters
    ----------
    path
        Columns phase, start, stop, altitude_km, further ones are skipped, and so are
        lines that begin with ``#``; dates UTC, a last day counts whole, empty cells are
        not known.

    Raises
    ------
    InputError
        It cannot be read, lacks a column, or holds no number or date where it should.

    Examples
    --------
    >>> [(one.name, one.altitude_km, one.dates is None) for one in mission_phases()][:2]
    [('VM1', 720.0, False), ('VM2', 410.0, True)]
    """
    if path is None:
        columns = tables.columns("mission_phases")
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return tuple(_phase("mission_phases", row) for row in rows)
    try:
        lines = Path(path).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "a readable text file", str(error), "name another") from None
    reader = csv.DictReader(line for line in lines if not line.startswith("#"))
    lacking = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if lacking:
        raise InputError(path, f"columns {', '.join(NEEDED)}", f"no {lacking[0]}", "add it")
    return tuple(_phase(str(path), row) for row in reader)


def changes_between(
    frame: pd.DataFrame,
    before: Phase,
    after: Phase,
    events: Sequence[Event] = (),
    known: Sequence[MissionPhase] | None = None,
) -> dict[str, Any]:
    """Tell what else changed between two phases: geometry, gains, and events of the camera.

    Returns
    -------
    dict
        ``geometry``: see `compute.compare.phase_geometry.GeometryChange`, with its
        relative change, from the rows' heights or those of `known`; ``sets``: PHGAIN
        serials in each; ``gains``: median Ak of each band in each, W-1 m2 sr um counts,
        and its relative change; ``events``: those of kinds `TELLING` from one phase's
        start to the other's stop.
    """
    sides = [frame[phase.holds(frame["time"].to_numpy("datetime64[us]"))]
             for phase in (before, after)]  # fmt: skip
    heights = [
        _height(rows, phase, mission_phases() if known is None else known)
        for rows, phase in zip(sides, (before, after), strict=True)
    ]
    geometry = geometry_changes(*heights) if all(map(math.isfinite, heights)) else ()
    return {
        "geometry": [asdict(one) | {"relative": one.relative} for one in geometry],
        "sets": {
            phase.name: sorted({serial for serial in serial_of(rows) if serial})
            for phase, rows in zip((before, after), sides, strict=True)
        },
        "gains": _gains(*sides),
        "events": [
            {"time": f"{one.date}Z", "kind": one.kind, "label": one.label, "bands": list(one.bands)}
            for one in events
            if one.kind in TELLING and before.start <= one.date <= after.stop
        ],
    }


def _height(rows: pd.DataFrame, phase: Phase, known: Sequence[MissionPhase]) -> float:
    stated = rows["altitude_km"].dropna()
    if len(stated):
        return float(stated.median())
    return next((one.altitude_km for one in known if one.name == phase.name), math.nan)


def _gains(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, Any]]:
    medians = [side.groupby("band")["absolute_gain"].median().dropna() for side in (before, after)]
    both = medians[0].index.intersection(medians[1].index)
    return [
        {
            "band": band,
            "before": float(medians[0][band]),
            "after": float(medians[1][band]),
            "relative": float(medians[1][band] / medians[0][band] - 1.0),
        }
        for band in by_wavelength(both)
    ]


def _phase(where: str, row: dict[str, Any]) -> MissionPhase:
    name, height = str(row["phase"]).strip(), str(row["altitude_km"] or "").strip()
    first, last = (str(row[key] or "").strip() for key in ("start", "stop"))
    try:
        altitude = float(height) if height else math.nan
    except ValueError:
        raise InputError(f"{where}: {name}", "a height in km", repr(height), "correct it") from None
    if not (first and last):
        return MissionPhase(name, None, altitude)
    dates = Phase(name, instant(first, name), last_second(last, name))
    return MissionPhase(name, dates, altitude)
