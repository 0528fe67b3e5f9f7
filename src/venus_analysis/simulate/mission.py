"""A whole simulated mission: ledger, official parameters, events, truth, and some scenes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from venus_analysis.calibrate.drift.events import write_events
from venus_analysis.errors import InputError
from venus_analysis.simulate.mission_looks import Looks
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_moon import moon_looks
from venus_analysis.simulate.mission_parameters import write_mission_parameters
from venus_analysis.simulate.mission_rows import mission_rows, mission_statistics
from venus_analysis.simulate.mission_scenes import write_mission_scenes
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_sites import desert_looks, sno_looks
from venus_analysis.simulate.mission_truth import Dates, Floats, gain_sets
from venus_analysis.simulate.mission_truth_file import mission_truth
from venus_analysis.statistics import write_statistics

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MissionFiles",
    "MissionSeries",
    "mission_rows",
    "mission_series",
    "mission_truth",
    "simulate_mission",
]


@dataclass(frozen=True)
class MissionFiles:
    """Where a mission was written, the number of its rows, and its scenes."""

    ledger: Path
    parameters: Path
    events: Path
    truth: Path
    statistics: Path
    rows: int
    scenes: tuple[Path, ...] = ()


@dataclass(frozen=True, eq=False)
class MissionSeries:
    """Series of one method and place, of one band or of all.

    Parameters
    ----------
    time
        (look,) UTC.
    ratio
        (look,), or (band, look) for all bands: measured / modelled as produced.
    u_random
        As `ratio`.
    absolute_gain
        As `ratio`: Ak of the file in force.
    geometry
        Ledger columns of numbers, (look,) each.
    """

    time: Dates
    ratio: Floats
    u_random: Floats
    absolute_gain: Floats
    geometry: dict[str, Floats] = field(default_factory=dict)


def simulate_mission(
    folder: str | Path, settings: MissionSettings | None = None, *, scenes: int = 0
) -> MissionFiles:
    """Write a SIMULATED mission into a folder.

    Parameters
    ----------
    folder
        Gets ``ledger``, ``parameters``, ``events.toml``, ``truth.nc``, ``statistics.nc``
        (MTF of the Moon's looks) and, if asked for, ``scenes``; made when absent,
        refused when it holds anything.
    settings
        What to plant; default `MissionSettings()`.
    scenes
        That many looks near the usual phase also as small scenes, spread over
        the mission.

    Returns
    -------
    MissionFiles

    Raises
    ------
    InputError
        The folder is not empty, or more scenes are asked for than there are looks.

    Notes
    -----
    Rows enter the ledger quarter by quarter as if in operation, committed ten
    days after the quarter's end, so that it can be loaded as of any date.

    Examples
    --------
    >>> simulate_mission("mission", scenes=-1)
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: scenes: expected 0 or more, received -1; choose another
    """
    settings, folder = settings or MissionSettings(), Path(folder)
    if scenes < 0:
        raise InputError("scenes", "0 or more", str(scenes), "choose another")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(folder, "an empty folder", "one with content", "name another")
    parameters, events = folder / "parameters", folder / "events.toml"
    truth = folder / "truth.nc"
    write_mission_parameters(settings, parameters)
    rows = mission_rows(settings)
    _write_ledger(folder / "ledger", rows)
    write_statistics(folder / "statistics.nc", mission_statistics(settings, rows))
    told = [one.event for one in settings.events]
    write_events(events, told, head="SIMULATED; parameter updates stand in the parameter files")
    mission_truth(settings).to_netcdf(truth, engine="netcdf4")
    written = write_mission_scenes(settings, folder / "scenes", scenes)
    return MissionFiles(
        folder / "ledger", parameters, events, truth, folder / "statistics.nc", len(rows), written
    )


def mission_series(
    settings: MissionSettings,
    method: str,
    band: str | None = None,
    *,
    site: str | None = None,
    reference: str | None = None,
) -> MissionSeries:
    """One series of a mission, quickly; the same numbers as in `mission_rows`.

    Parameters
    ----------
    settings
        What is planted.
    method
        ``moon``, ``desert`` or ``sno``.
    band
        One band; None gives all twelve, or those of the method.
    site, reference
        Of desert and sno; by default the first.

    Examples
    --------
    >>> series = mission_series(MissionSettings(), "moon", "B2")
    >>> series.ratio.shape == series.time.shape
    True
    """
    looks = _looks(settings, method, site, reference)
    names = looks.bands if band is None else (band,)
    if unknown := set(names) - set(looks.bands):
        raise InputError("band", " ".join(looks.bands), str(*unknown), "choose one of these")
    gains = gain_sets(settings)
    chosen = BANDS.index(band) if band else [BANDS.index(name) for name in names]
    ratio = looks.ratio(settings).T[chosen]
    u_random = np.broadcast_to(looks.u_random[:, None], (len(BANDS), len(looks.time)))[chosen]
    official = gains.official[gains.number_at(looks.time)].T[chosen]
    return MissionSeries(looks.time, ratio, u_random, official, looks.geometry)


def _looks(
    settings: MissionSettings, method: str, site: str | None, reference: str | None
) -> Looks:
    if method == "moon":
        return moon_looks(settings)
    sites = {one.site: one for one in settings.desert.sites}
    references = settings.sno.references
    site, reference = site or next(iter(sites)), reference or references[0]
    for name, value, known in (
        ("method", method, ("moon", "desert", "sno")),
        ("site", site, tuple(sites)),
        ("reference", reference, references),
    ):
        if value not in known:
            raise InputError(name, ", ".join(known), repr(value), "choose one of these")
    if method == "desert":
        return desert_looks(settings, sites[site])
    return sno_looks(settings, sites[site], reference)


def _write_ledger(folder: Path, rows: pd.DataFrame) -> None:
    from venus_analysis.ledger import write

    for _, quarter in rows.groupby(rows["time"].dt.to_period("Q")):
        write(folder, quarter, clock=partial(_ten_days_after_quarter, quarter["time"].iloc[-1]))


def _ten_days_after_quarter(latest: pd.Timestamp) -> datetime:
    last_month = 3 * ((latest.month + 2) // 3)
    start = datetime(latest.year + last_month // 12, last_month % 12 + 1, 1, tzinfo=UTC)
    return start + timedelta(days=10)
