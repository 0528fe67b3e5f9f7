"""What the three methods look at in a simulated mission, and with which noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from venus_analysis.instrument import venus_bands

BANDS: Final = tuple(band.band for band in venus_bands())
PerBand = tuple[float, ...]


@dataclass(frozen=True)
class DesertSite:
    """A desert site and the direction it is always seen from, degrees.

    Places: Cosnefroy et al. 1996, doi:10.1016/0034-4257(95)00211-1. Viewing
    directions are invented.
    """

    site: str
    latitude_deg: float
    longitude_deg: float
    view_zenith_deg: float
    view_azimuth_deg: float


SITES: Final = (
    DesertSite("Libya 4", 28.55, 23.39, 9.0, 105.0),
    DesertSite("Algeria 3", 30.32, 7.66, 16.0, 100.0),
    DesertSite("Algeria 5", 31.02, 2.23, 22.0, 280.0),
    DesertSite("Mauritania 1", 19.40, -9.30, 13.0, 278.0),
    DesertSite("Niger 2", 21.37, 10.59, 28.0, 102.0),
)


@dataclass(frozen=True)
class MoonSettings:
    """Looks at the Moon and what the model leaves behind there; relative numbers.

    Parameters
    ----------
    usual_phase_deg, other_phases_deg
        Phase angles looked at; negative while the Moon waxes.
    usual_share, other_share
        Share of the lunations in which a look at that phase is made.
    level
        (band,) level of measured / modelled against ROLO, minus 1.
    per_phase_deg, per_longitude_deg, per_latitude_deg
        Residual per degree of |phase| - 40, and of the observer's selenographic
        longitude and latitude; some 1 % in all. It is `blue_excess` larger in
        the first band than in the last.
    common_noise, band_noise
        Standard deviation of a look, shared by its bands, and of each band alone.
    """

    usual_phase_deg: float = -40.0
    other_phases_deg: tuple[float, ...] = (-75.0, -60.0, -20.0, -10.0, 12.0, 25.0, 45.0, 70.0)
    usual_share: float = 0.92
    other_share: float = 0.15
    level: PerBand = (
        -0.072, -0.061, -0.048, -0.035, -0.021, -0.021, -0.012, -0.004, 0.008, 0.017, 0.028, 0.037,
    )  # fmt: skip
    per_phase_deg: float = 2.0e-4
    per_longitude_deg: float = -6.0e-4
    per_latitude_deg: float = 5.0e-4
    blue_excess: float = 0.4
    common_noise: float = 0.0015
    band_noise: float = 0.0020


@dataclass(frozen=True)
class ImageSettings:
    """What looks at the Moon say of the image itself, and what the orbit change did to it.

    Quantities: ``signal_to_noise`` (1), ``mtf_across`` and ``mtf_along`` (1, at
    Nyquist), ``ct1`` and ``ct2`` (1), ``fixed_pattern`` (1, relative, on the disk),
    ``offset_along`` and ``offset_across`` (pixel; their levels are drawn for each band).

    Parameters
    ----------
    level
        Of each quantity in the first phase of the mission.
    scatter
        Standard deviation of a look, in the quantity's unit.
    change
        What is added in all later phases, in the quantity's unit.
    bands
        Bands that change; none means all.
    """

    level: Mapping[str, float] = field(
        default_factory=lambda: {
            "signal_to_noise": 180.0, "mtf_across": 0.16, "mtf_along": 0.13, "ct1": 0.0015,
            "ct2": 4e-4, "fixed_pattern": 8e-4, "offset_along": 0.0, "offset_across": 0.0,
        }
    )  # fmt: skip
    scatter: Mapping[str, float] = field(
        default_factory=lambda: {
            "signal_to_noise": 4.0, "mtf_across": 0.004, "mtf_along": 0.004, "ct1": 6e-4,
            "ct2": 2e-4, "fixed_pattern": 1e-4, "offset_along": 0.03, "offset_across": 0.03,
        }
    )  # fmt: skip
    change: Mapping[str, float] = field(default_factory=lambda: {"signal_to_noise": -4.0})
    bands: tuple[str, ...] = ()


@dataclass(frozen=True)
class DesertSettings:
    """Desert series, per look; relative numbers.

    Size and correlation as found on real series over Libya 4: 1 to 1.3 % in the
    blue, 0.8 % in the near infrared, 0.28 to 0.47 correlated within 3 days.

    Parameters
    ----------
    sites
        Where.
    clear_share
        Share of the visits without cloud; cloudy days come in runs.
    noise_blue, noise_red
        Standard deviation of a look in the first and the last band.
    correlated_share, correlation_days
        Share of its variance that is correlated from day to day, as
        exp(-days / correlation_days). It has two modes, aerosol in the blue and
        another in the red.
    season_blue, season_red
        Amplitude of the yearly wave, largest in the blue.
    wander_per_year
        Standard deviation of a site's own change in a year, half of its variance
        common to all bands. Sites are known to be stable within 0.1 to 0.2 % a
        year; that they wander as a random walk is our reading.
    site_level
        Spread of measured / modelled from site to site and band to band.
    """

    sites: tuple[DesertSite, ...] = SITES
    clear_share: float = 0.38
    noise_blue: float = 0.012
    noise_red: float = 0.008
    correlated_share: float = 0.55
    correlation_days: float = 3.5
    season_blue: float = 0.009
    season_red: float = 0.001
    wander_per_year: float = 0.0015
    site_level: float = 0.01


@dataclass(frozen=True)
class SnoSettings:
    """Simultaneous nadir observations; relative numbers.

    Parameters
    ----------
    references
        Sensors compared with; their levels differ by up to 1 % in the blue.
    sites
        How many of the desert sites, from the first.
    every_days, clear_share
        Days between coincidences with one reference, and the share that is clear.
    noise
        Standard deviation of a look and band.
    level
        Spread of measured / modelled from band to band.
    """

    references: tuple[str, ...] = ("S2A", "S2B")
    sites: int = 3
    every_days: int = 10
    clear_share: float = 0.4
    noise: float = 0.009
    level: float = 0.01
