"""Passes of two satellites that lie near each other in time."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from venus_analysis.compute.sno.matchup import SimultaneousTolerances
from venus_analysis.compute.sno.passes import Passes


class Opportunity(TypedDict):
    """One occasion; times UTC, angles in degrees at the site."""

    time: str
    reference_time: str
    minutes_apart: float
    viewing_zenith_deg: float
    viewing_azimuth_deg: float
    reference_viewing_zenith_deg: float
    reference_viewing_azimuth_deg: float
    solar_zenith_deg: float
    azimuth_difference_deg: float
    within_tolerances: bool


def opportunities(
    target: Passes,
    reference: Passes,
    minutes: float = 30.0,
    tolerances: SimultaneousTolerances | None = None,
) -> list[Opportunity]:
    """All pairs of passes within the minutes, with whether their geometry would do.

    The steepest view of each pass counts; VENuS may turn and so look a little
    earlier or later, under other angles.

    Parameters
    ----------
    target, reference
        Of one site.
    minutes
        Largest difference of the times.
    tolerances
        Of the geometry.

    Returns
    -------
    list of Opportunity
        In order of the target's time.

    Examples
    --------
    >>> day = np.array(["2019-02-04T08:34", "2019-02-06T08:34"], "M8[us]")
    >>> angles = [np.full(2, angle) for angle in (10.0, 90.0, 40.0, 150.0)]
    >>> near = Passes(day[:1] + np.timedelta64(12, "m"), *(one[:1] - 2.0 for one in angles))
    >>> [(one["minutes_apart"], one["within_tolerances"])
    ...  for one in opportunities(Passes(day, *angles), near)]
    [(-12.0, True)]
    """
    asked = tolerances or SimultaneousTolerances(minutes=minutes)
    apart = (target.time[:, None] - reference.time) / np.timedelta64(1, "m")
    found: list[Opportunity] = []
    for i, j in np.argwhere(np.abs(apart) <= minutes):
        azimuth = abs(target.relative_azimuth_deg[i] - reference.relative_azimuth_deg[j])
        steepest = max(target.viewing_zenith_deg[i], reference.viewing_zenith_deg[j])
        view = abs(target.viewing_zenith_deg[i] - reference.viewing_zenith_deg[j])
        sun = abs(target.solar_zenith_deg[i] - reference.solar_zenith_deg[j])
        found.append(
            {
                "time": f"{target.time[i].astype('M8[s]')}Z",
                "reference_time": f"{reference.time[j].astype('M8[s]')}Z",
                "minutes_apart": round(float(apart[i, j]), 1),
                "viewing_zenith_deg": round(float(target.viewing_zenith_deg[i]), 1),
                "viewing_azimuth_deg": round(float(target.viewing_azimuth_deg[i]), 1),
                "reference_viewing_zenith_deg": round(float(reference.viewing_zenith_deg[j]), 1),
                "reference_viewing_azimuth_deg": round(float(reference.viewing_azimuth_deg[j]), 1),
                "solar_zenith_deg": round(float(target.solar_zenith_deg[i]), 1),
                "azimuth_difference_deg": round(float(azimuth), 1),
                "within_tolerances": bool(
                    view <= asked.viewing_zenith_deg
                    and sun <= asked.solar_zenith_deg
                    and (
                        steepest <= asked.azimuth_beyond_deg
                        or azimuth <= asked.relative_azimuth_deg
                    )
                ),
            }
        )
    return found
