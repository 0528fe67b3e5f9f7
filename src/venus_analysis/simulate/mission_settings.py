"""What to plant in a whole mission: drift, parameter updates, events, levels and noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from venus_analysis.calibrate.drift.events import Event
from venus_analysis.errors import InputError
from venus_analysis.simulate.mission_methods import (
    BANDS,
    DesertSettings,
    ImageSettings,
    MoonSettings,
    PerBand,
    SnoSettings,
)

EventKind = Literal["anomaly", "manoeuvre", "temperature", "tdi", "gain", "orbit"]


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

    @property
    def event(self) -> Event:
        """The event as an events file tells it: not what it did to the sensor."""
        return Event(
            np.datetime64(self.start, "s"),
            self.kind,
            f"SIMULATED: {self.label}",
            np.datetime64(self.stop, "s") if self.stop else None,
            self.bands,
            self.breaks,
            simulated=True,
        )


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
    PlantedEvent("2020-11-01", "orbit", "end of VM1, descent to 410 km"),
    PlantedEvent(
        "2022-03-01",
        "orbit",
        "raised to 560 km, VM5 begins",
        {"B5": 0.008, "B10": -0.012},
        breaks=True,
    ),
    PlantedEvent("2022-10-18T09:30", "manoeuvre", "collision avoidance"),
    PlantedEvent(
        "2023-06-12T12:00", "tdi", "B12 imaged with fewer stages",
        {"B12": -0.006}, ("B12",), breaks=True,
    ),
)  # fmt: skip


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
    image
        Sharpness, noise, stray light and inter-band offsets at the Moon's looks.

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
    image: ImageSettings = field(default_factory=ImageSettings)

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


def good_mission(seed: int = 1) -> MissionSettings:
    """Give a mission without faults: updates fully applied, no step at any event.

    Examples
    --------
    >>> {share for update in good_mission().updates for share in update.share.tolist()}
    {1.0}
    """
    return MissionSettings(
        seed=seed,
        updates=tuple(replace(one, applied_share={}) for one in UPDATES),
        events=tuple(replace(one, steps={}) for one in EVENTS),
    )
