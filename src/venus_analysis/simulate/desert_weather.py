"""The air and the noise over one desert site, day by day, the same for every sensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.dates import years_between
from venus_analysis.simulate.desert_settings import REFERENCES, DesertSeriesSettings
from venus_analysis.simulate.mission_looks import (
    AIR_DAYS,
    air_above_desert,
    correlated_noise,
    from_blue_to_red,
    random_walk,
    summer_wave,
)
from venus_analysis.simulate.mission_truth import Dates, Floats, random_numbers

CLOUD_DAYS = 2.5


@dataclass(frozen=True, eq=False)
class SiteWeather:
    """What one site does on each day.

    Attributes
    ----------
    day
        (day,) every day from the first to the last sensor.
    modes
        (day, 2) noise of variance 1, correlated from day to day: aerosol in the
        blue, and the red.
    dust
        (day,) dust, 0 on most days, mean 1 on the others.
    wander
        (day, 2) the site's own slow change, common to all bands, and in the blue.
    season
        (day,) yearly wave of amplitude 1.
    cloud
        (day,) larger is cloudier, variance 1; clouds come in runs of days.
    ozone_du, water_vapour_g_cm2, pressure_hpa
        (day,) true columns and pressure.
    """

    day: Dates
    modes: Floats
    dust: Floats
    wander: Floats
    season: Floats
    cloud: Floats
    ozone_du: Floats
    water_vapour_g_cm2: Floats
    pressure_hpa: Floats

    def at(self, time: Dates) -> NDArray[np.intp]:
        """Position of the day of each look."""
        return np.asarray((time.astype("M8[D]") - self.day[0]).astype(np.intp))


def site_weather(settings: DesertSeriesSettings) -> SiteWeather:
    """Draw the days of one site.

    Examples
    --------
    >>> weather = site_weather(DesertSeriesSettings())
    >>> str(weather.day[0]), round(float(weather.modes.std()), 1)
    ('2002-05-01', 1.0)
    """
    desert = settings.mission.desert
    random = random_numbers(settings.mission, "desert weather", settings.site)
    passing = REFERENCES[settings.reference]
    phases = settings.mission.phases
    first = min(np.datetime64(one) for one in (passing.start, phases[0].start))
    last = max(np.datetime64(one) for one in (passing.stop, phases[-1].stop))
    day = np.arange(first, last + 1)
    years = years_between(day[0], day)
    summer = summer_wave(day)
    wave = np.cos(2.0 * np.pi * (years - random.random()))
    slow = correlated_noise(random, day, AIR_DAYS, 3)
    air = air_above_desert(summer, slow[:, 0], slow[:, 1])
    wander = desert.wander_per_year / np.sqrt(2.0)
    return SiteWeather(
        day,
        correlated_noise(random, day, desert.correlation_days, 2),
        (random.random(len(day)) < settings.dust_share) * random.exponential(1.0, len(day)),
        random_walk(random, years, wander, 2),
        wave,
        correlated_noise(random, day, CLOUD_DAYS)[:, 0],
        air["ozone_du"],
        air["water_vapour_g_cm2"],
        1013.0 - 4.0 * summer + 3.0 * slow[:, 2],
    )


def site_residual(
    settings: DesertSeriesSettings,
    weather: SiteWeather,
    time: Dates,
    wavelength_nm: Floats,
    random: np.random.Generator,
) -> Floats:
    """Ln of what the air and the site do to TOA reflectance beyond the model, (look, band).

    `DesertSettings.noise_blue` and `noise_red` are its standard deviation in all,
    as real series show it after directional model and screening (MERIS over
    Libya 4: 1.24 % at 412 nm with skewness 0.4, 0.92 % at 865 nm): the yearly
    wave and the dust are part of it, the rest is in two modes and white.

    Examples
    --------
    >>> settings = DesertSeriesSettings()
    >>> weather = site_weather(settings)
    >>> found = site_residual(settings, weather, weather.day, np.array([412.0, 865.0]),
    ...                       np.random.default_rng(1))
    >>> bool((found.std(axis=0) < 0.02).all())
    True
    """
    desert, at = settings.mission.desert, weather.at(time)
    blue = blue_share(wavelength_nm)
    noise = desert.noise_red + (desert.noise_blue - desert.noise_red) * blue
    season = desert.season_red + (desert.season_blue - desert.season_red) * blue
    dusty = settings.dust_depth * (4.0 * blue - 1.0) / 3.0
    share = settings.dust_share
    rest = noise**2 - 0.5 * season**2 - share * (2.0 - share) * dusty**2
    loading = np.stack([np.sqrt(blue), np.sqrt(1.0 - blue)])
    white = random.standard_normal((len(time), len(wavelength_nm)))
    kept = desert.correlated_share
    drawn = np.sqrt(kept) * weather.modes[at] @ loading + np.sqrt(1.0 - kept) * white
    drawn *= np.sqrt(np.maximum(rest, 0.0))
    dust = np.outer(weather.dust[at], dusty)
    wander = weather.wander[at] @ np.stack([np.ones_like(blue), blue])
    return np.asarray(drawn + season * weather.season[at][:, None] + dust + wander)


def blue_share(wavelength_nm: Floats) -> Floats:
    """Share of the aerosol mode at a wavelength, 1 at 412 nm, 0 at 910 nm.

    Examples
    --------
    >>> blue_share(np.array([412.0, 560.0, 910.0])).round(2).tolist()
    [1.0, 0.26, 0.0]
    """
    ends = from_blue_to_red(1.0, 0.0, [412.0, *wavelength_nm, 910.0])
    return np.asarray(np.clip(ends[1:-1], 0.0, 1.0))
