"""What to plant in a whole mission: drift, parameter updates, events, levels and noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands

BANDS: Final = tuple(band.band for band in venus_bands())
EventKind = Literal[
    "anomaly", "manoeuvre", "orbit change", "temperature", "tdi change", "gain change"
]
PerBand = tuple[float, ...]


@dataclass(frozen=True)
class PhaseOfMission:
    """A stretch of science imaging: name, first and last day, height, days between visits."""

    name: str
    start: str
    stop: str
    altitude_km: float
    revisit_days: int


@dataclass(frozen=True)
class PlantedUpdate:
    """A new set of absolute gains.

    Parameters
    ----------
    start
        First day of validity, UTC.
    change
        Relative change of Ak of each band; None follows the sensor's
        sensitivity at `start`, within `MissionSettings.update_error`.
    applied_share
        Share of the file's change (of ln Ak) with which the processing really
        made radiances, by band: 1 where none is named. 0.2 is a file that most
        processing lines missed, -1 one that was taken the wrong way. What is
        missing stays missing. The rows name the file's Ak all the same.

    Examples
    --------
    >>> PlantedUpdate("2020-05-15", applied_share={"B1": 0.2}).share[:2].tolist()
    [0.2, 1.0]
    """

    start: str
    change: PerBand | None = None
    applied_share: Mapping[str, float] = field(default_factory=dict)

    @property
    def share(self) -> np.ndarray:
        """(band,) share applied."""
        return np.array([self.applied_share.get(band, 1.0) for band in BANDS])


@dataclass(frozen=True)
class PlantedEvent:
    """Something that happened to the satellite, with the steps it made in the sensor.

    Parameters
    ----------
    start, stop
        UTC; `stop` is empty for an instant.
    kind, label
        For the events file.
    steps
        Relative step of the sensitivity from `start` on, by band.
    bands
        Bands concerned; none means all.
    breaks
        Whether a fit may break there.
    no_looks
        Whether nothing is acquired from `start` to `stop`.
    """

    start: str
    kind: EventKind
    label: str
    steps: Mapping[str, float] = field(default_factory=dict)
    bands: tuple[str, ...] = ()
    breaks: bool = False
    stop: str = ""
    no_looks: bool = False


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


PHASES: Final = (
    PhaseOfMission("VM1", "2018-01-01", "2020-10-31", 720.0, 2),
    PhaseOfMission("VM5", "2022-03-15", "2024-07-31", 560.0, 1),
)
UPDATES: Final = (
    PlantedUpdate("2018-12-01"),
    PlantedUpdate("2020-05-15", applied_share={"B1": 0.2, "B3": 0.2}),
    PlantedUpdate("2022-12-01", applied_share={"B2": -1.0}),
)
EVENTS: Final = (
    PlantedEvent(
        "2018-08-20T06:00",
        "temperature",
        "focal plane set 2 K colder",
        {"B11": 0.003, "B12": 0.004},
        ("B10", "B11", "B12"),
        breaks=True,
    ),
    PlantedEvent(
        "2019-11-05", "anomaly", "safe mode, no looks for nine days",
        stop="2019-11-14", no_looks=True,
    ),
    PlantedEvent("2020-11-01", "orbit change", "end of VM1, descent to 410 km", breaks=True),
    PlantedEvent(
        "2022-03-01",
        "orbit change",
        "raised to 560 km, VM5 begins",
        {"B5": 0.008, "B10": -0.012},
        breaks=True,
    ),
    PlantedEvent("2022-10-18T09:30", "manoeuvre", "collision avoidance"),
    PlantedEvent(
        "2023-06-12T12:00", "tdi change", "B12 imaged with fewer stages",
        {"B12": -0.006}, ("B12",), breaks=True,
    ),
)  # fmt: skip
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
        Standard deviation of a site's own change in a year (a random walk),
        half of its variance common to all bands.
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


@dataclass(frozen=True)
class MissionSettings:
    """Everything that decides a simulated mission; equal settings give equal missions.

    The sensitivity of a band, relative to the first day, with t in years since then:

        ln S = linear t - decay (1 - exp(-t / decay_years)) + sum of ln(1 + step)

    Parameters
    ----------
    seed
        Of all random numbers.
    phases, updates, events
        In order of time.
    linear
        (band,) change of ln S per year.
    decay, decay_years
        (band,) early loss in all, and how long it takes.
    update_error
        Relative standard deviation of an update that follows the sensor.
    moon, desert, sno
        The three methods.

    Raises
    ------
    InputError
        A tuple that has not one number per band, or dates out of order.

    Examples
    --------
    >>> MissionSettings(seed=2, linear=(0.0,) * 12).decay_years
    1.5
    >>> MissionSettings(linear=(0.0,) * 8)
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: MissionSettings.linear: expected 12 numbers, one per band, \
received 8; give one for each of B1 to B12
    """

    seed: int = 1
    phases: tuple[PhaseOfMission, ...] = PHASES
    updates: tuple[PlantedUpdate, ...] = UPDATES
    events: tuple[PlantedEvent, ...] = EVENTS
    linear: PerBand = (
        -0.0060, -0.0055, -0.0040, -0.0028, -0.0020, -0.0020,
        -0.0012, -0.0008, -0.0005, 0.0, 0.0004, 0.0008,
    )  # fmt: skip
    decay: PerBand = (0.021, 0.020, 0.014, 0.008, 0.005, 0.005, 0.003, 0.002, 0.001, 0.0, 0.0, 0.0)
    decay_years: float = 1.5
    update_error: float = 0.001
    moon: MoonSettings = field(default_factory=MoonSettings)
    desert: DesertSettings = field(default_factory=DesertSettings)
    sno: SnoSettings = field(default_factory=SnoSettings)

    def __post_init__(self) -> None:
        given = {"linear": self.linear, "decay": self.decay, "moon.level": self.moon.level}
        given |= {
            f"updates[{i}].change": update.change
            for i, update in enumerate(self.updates)
            if update.change is not None
        }
        for name, values in given.items():
            if len(values) != len(BANDS):
                raise InputError(
                    f"MissionSettings.{name}",
                    f"{len(BANDS)} numbers, one per band",
                    str(len(values)),
                    "give one for each of B1 to B12",
                )
        for name in ("phases", "updates", "events"):
            starts = [np.datetime64(one.start) for one in getattr(self, name)]
            if sorted(starts) != starts:
                raise InputError(
                    f"MissionSettings.{name}", "dates in order", "others", "sort them by start"
                )

    @property
    def start(self) -> np.datetime64:
        """First day of the mission."""
        return np.datetime64(self.phases[0].start, "us")
