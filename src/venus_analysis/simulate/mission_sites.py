"""Desert looks and simultaneous nadir observations in a simulated mission."""

from __future__ import annotations

from typing import Final

import numpy as np

from venus_analysis.compute.drift.dates import years_between
from venus_analysis.instrument import venus_bands
from venus_analysis.simulate.mission_looks import (
    AIR_DAYS,
    Looks,
    air_above_desert,
    correlated_noise,
    from_blue_to_red,
    random_walk,
    summer_wave,
    visits,
    without_breaks,
)
from venus_analysis.simulate.mission_methods import BANDS, DesertSite
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_truth import Dates, Floats, random_numbers
from venus_analysis.simulate.site_angles import site_angles

DESERT_REFERENCE: Final = "MERIS_3rd"
NOT_OVER_DESERT: Final = ("B12",)
SNO_BANDS: Final = ("B2", "B3", "B4", "B7", "B8", "B9", "B10", "B11")
LOCAL_TIME_H: Final = 10.5
CLOUD_DAYS: Final = 2.5
# Bright desert at the top of the atmosphere, invented but typical.
REFLECTANCE: Final = np.array(
    [0.225, 0.235, 0.265, 0.335, 0.415, 0.415, 0.445, 0.455, 0.470, 0.480, 0.500, 0.460]
)
WAVELENGTH_NM: Final = np.array([band.central_wavelength_nm for band in venus_bands()])


def desert_looks(settings: MissionSettings, site: DesertSite) -> Looks:
    """Clear looks at one desert site; B12 has no value there.

    Noise has a part that is correlated from day to day in two modes, one in the
    blue and one in the red, and a white one; a yearly wave; and the site's own
    slow wander.

    Examples
    --------
    >>> settings = MissionSettings()
    >>> looks = desert_looks(settings, settings.desert.sites[0])
    >>> bool(np.isnan(looks.modelled[:, 11]).all())
    True
    """
    desert, random = settings.desert, random_numbers(settings, "desert", site.site)
    time = _clear_visits(settings, site, desert.clear_share, random)
    angles = _angles(site, time)
    modelled = _reflectance(angles["solar_zenith_deg"], random)
    modelled[:, [BANDS.index(band) for band in NOT_OVER_DESERT]] = np.nan
    noise = desert.noise_red + (desert.noise_blue - desert.noise_red) * _blue_mode()
    years = years_between(time[0], time)
    season = from_blue_to_red(desert.season_blue, desert.season_red, WAVELENGTH_NM)
    wave = np.cos(2.0 * np.pi * (_year_fraction(time) - random.random()))
    wander = desert.wander_per_year / np.sqrt(2.0)
    residual = (
        noise * _site_noise(settings, random, time)
        + season * wave[:, None]
        + random_walk(random, years, wander, 1)
        + random_walk(random, years, wander, len(BANDS))
    )
    level = desert_level(settings, site)
    return Looks(
        "desert", site.site, DESERT_REFERENCE, time, modelled, level, residual, noise,
        geometry=angles | _air(settings, site, time),
    )  # fmt: skip


def sno_looks(settings: MissionSettings, site: DesertSite, reference: str) -> Looks:
    """Coincidences with one sensor over one site, only in bands with a partner.

    The level is that of the reference, the same at every site.

    Examples
    --------
    >>> settings = MissionSettings()
    >>> sno_looks(settings, settings.desert.sites[0], "S2A").bands[0]
    'B2'
    """
    sno, random = settings.sno, random_numbers(settings, "sno", site.site, reference)
    first = settings.desert.sites.index(site) * 2 + sno.references.index(reference) * 5
    days = np.concatenate([visits(one, sno.every_days, first) for one in settings.phases])
    days = days[random.random(len(days)) < sno.clear_share]
    time = _overpass(site, days)
    time = time[without_breaks(settings, time)]
    angles = _angles(site, time)
    modelled = _reflectance(angles["solar_zenith_deg"], random)
    noise = np.full(len(BANDS), sno.noise)
    return Looks(
        "sno",
        site.site,
        reference,
        time,
        modelled,
        sno_level(settings, reference),
        noise * random.standard_normal((len(time), len(BANDS))),
        noise,
        SNO_BANDS,
        angles,
    )


def desert_level(settings: MissionSettings, site: DesertSite) -> Floats:
    """Level of measured / modelled at one site, (band,)."""
    random = random_numbers(settings, "desert level", site.site)
    return np.asarray(1.0 + settings.desert.site_level * random.standard_normal(len(BANDS)))


def sno_level(settings: MissionSettings, reference: str) -> Floats:
    """Level of measured / modelled against one reference, (band,)."""
    shared = random_numbers(settings, "sno").standard_normal(len(BANDS))
    own = random_numbers(settings, "sno", reference).standard_normal(len(BANDS))
    return np.asarray(1.0 + settings.sno.level * (0.9 * shared + 0.4 * own))


def _site_noise(settings: MissionSettings, random: np.random.Generator, time: Dates) -> Floats:
    """Noise of variance 1 in every band: two correlated modes and a white part."""
    desert = settings.desert
    modes = correlated_noise(random, time, desert.correlation_days, 2)
    blue = _blue_mode()
    loading = np.stack([np.sqrt(blue), np.sqrt(1.0 - blue)])
    white = random.standard_normal((len(time), len(BANDS)))
    share = desert.correlated_share
    return np.asarray(np.sqrt(share) * modes @ loading + np.sqrt(1.0 - share) * white)


def _blue_mode() -> Floats:
    """Share of the aerosol mode in each band, 1 in the first and 0 in the last."""
    return from_blue_to_red(1.0, 0.0, WAVELENGTH_NM)


def _clear_visits(
    settings: MissionSettings, site: DesertSite, share: float, random: np.random.Generator
) -> Dates:
    """Overpass times without cloud; clouds come in runs of days."""
    days = np.concatenate([visits(phase, phase.revisit_days) for phase in settings.phases])
    weather = correlated_noise(random, days, CLOUD_DAYS)[:, 0]
    time = _overpass(site, days[weather <= np.quantile(weather, share)])
    return np.asarray(time[without_breaks(settings, time)])


def _overpass(site: DesertSite, days: Dates) -> Dates:
    utc_hours = LOCAL_TIME_H - site.longitude_deg / 15.0
    return np.asarray(
        days.astype("datetime64[us]") + np.timedelta64(round(utc_hours * 3.6e9), "us")
    )


def _year_fraction(time: Dates) -> Floats:
    return np.asarray((years_between(np.datetime64("2000-01-01"), time)) % 1.0)


def _reflectance(solar_zenith_deg: Floats, random: np.random.Generator) -> Floats:
    """(look, band) of the model: brighter under a low Sun, a little different at each site."""
    own = 1.0 + 0.03 * random.standard_normal()
    return np.asarray(own * REFLECTANCE * (1.0 + 1e-3 * (solar_zenith_deg[:, None] - 30.0)))


def _air(settings: MissionSettings, site: DesertSite, time: Dates) -> dict[str, Floats]:
    """Water vapour and ozone that the looks state; the ratios do not depend on them."""
    random = random_numbers(settings, "desert air", site.site)
    slow = correlated_noise(random, time, AIR_DAYS, 2)
    return air_above_desert(summer_wave(time), slow[:, 1], slow[:, 0])


def _angles(site: DesertSite, time: Dates) -> dict[str, Floats]:
    return site_angles(
        site.latitude_deg, site.longitude_deg, site.view_zenith_deg, site.view_azimuth_deg, time
    )
