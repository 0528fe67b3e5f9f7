"""When each sensor passes a desert site, from where it looks, and what a look is called."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.simulate.desert_settings import REFERENCES, DesertSeriesSettings
from venus_analysis.simulate.desert_weather import SiteWeather
from venus_analysis.simulate.mission_looks import visits, without_breaks
from venus_analysis.simulate.mission_settings import PhaseOfMission
from venus_analysis.simulate.mission_sites import LOCAL_TIME_H
from venus_analysis.simulate.mission_truth import Dates, Floats
from venus_analysis.simulate.site_angles import site_angles

VENUS: Final = "VENUS"
# Tracks run north-south, swaths nearly east-west.
SIDES_DEG: Final = (98.0, 278.0)


def passes(
    settings: DesertSeriesSettings,
    weather: SiteWeather,
    instrument: str,
    random: np.random.Generator,
) -> tuple[Dates, NDArray[np.bool_]]:
    """Give times of the looks that are there, and which of them are cloudy, (look,).

    Examples
    --------
    >>> from venus_analysis.simulate.desert_weather import site_weather
    >>> settings = DesertSeriesSettings(looks=40, cloudy_share=0.1)
    >>> time, cloudy = passes(settings, site_weather(settings), VENUS, np.random.default_rng(1))
    >>> len(time), int(cloudy.sum())
    (44, 4)
    """
    if instrument == VENUS:
        phases, local, wanted = settings.mission.phases, LOCAL_TIME_H, settings.looks
        days = np.concatenate([visits(one, one.revisit_days) for one in phases])
        days = days[without_breaks(settings.mission, days.astype("M8[us]"))]
    else:
        passing = REFERENCES[instrument]
        local, wanted = passing.local_time_h, settings.reference_looks
        phase = PhaseOfMission(instrument, passing.start, passing.stop, 0.0, passing.every_days)
        days = visits(phase, passing.every_days)
    cloud = weather.cloud[weather.at(days)]
    cloudy = cloud > np.quantile(cloud, settings.mission.desert.clear_share)
    clear, covered = days[~cloudy], days[cloudy]
    if wanted is not None and wanted < len(clear):
        clear = random.choice(clear, wanted, replace=False)
    slipped = random.choice(covered, round(settings.cloudy_share * len(clear)), replace=False)
    hours = local - settings.place.longitude_deg / 15.0
    found = np.concatenate([clear, slipped])
    order = np.argsort(found)
    midnight: Dates = found[order].astype("M8[us]")
    return midnight + np.timedelta64(round(hours * 3.6e9), "us"), order >= len(clear)


def look_angles(
    settings: DesertSeriesSettings, instrument: str, time: Dates, random: np.random.Generator
) -> dict[str, Floats]:
    """Angles of the looks, as `site_angles` names them: VENµS always from one direction.

    Examples
    --------
    >>> time = np.array(["2019-01-01T09:00"], "M8[us]")
    >>> look_angles(DesertSeriesSettings(), VENUS, time, np.random.default_rng(1))[
    ...     "view_zenith_deg"]
    array([9.])
    """
    place = settings.place
    zenith: float | Floats = place.view_zenith_deg
    azimuth: float | Floats = place.view_azimuth_deg
    if instrument != VENUS:
        zenith = random.uniform(0.5, REFERENCES[instrument].farthest_view_deg, len(time))
        azimuth = random.choice(SIDES_DEG, len(time))
    return site_angles(place.latitude_deg, place.longitude_deg, zenith, azimuth, time)


def look_names(settings: DesertSeriesSettings, instrument: str, time: Dates) -> NDArray[np.object_]:
    """Acquisition names.

    Examples
    --------
    >>> look_names(DesertSeriesSettings(), VENUS, np.array(["2019-01-01T09:00"], "M8[us]"))
    array(['SIMULATED_VENUS_LIBYA4_20190101'], dtype=object)
    """
    place = settings.site.replace(" ", "").upper()
    stamps = [stamp.replace("-", "") for stamp in np.datetime_as_string(time, unit="D")]
    return np.array([f"SIMULATED_{instrument}_{place}_{stamp}" for stamp in stamps], object)
