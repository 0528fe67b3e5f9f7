"""What is true in a simulated mission: the sensor, its official gains, and those applied."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.dates import years_between
from venus_analysis.instrument import venus_bands
from venus_analysis.parameters.phgain import DECIMALS
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_settings import MissionSettings

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]

FIRST_SET_START: Final = np.datetime64("2017-08-01", "us")


def random_numbers(settings: MissionSettings, *purpose: str) -> np.random.Generator:
    """Random numbers of one purpose, so that none depends on what else is simulated.

    Examples
    --------
    >>> first, again = (random_numbers(MissionSettings(), "moon").random() for _ in range(2))
    >>> first == again
    True
    """
    return np.random.default_rng([settings.seed, *(zlib.crc32(one.encode()) for one in purpose)])


def relative_sensitivity(settings: MissionSettings, time: ArrayLike) -> Floats:
    """Sensitivity of the sensor relative to the first day, (..., band).

    See `MissionSettings` for the equation.

    Examples
    --------
    >>> relative_sensitivity(MissionSettings(), np.datetime64("2018-01-01")).tolist() == [1.0] * 12
    True
    """
    dates = np.asarray(time, "datetime64[us]")
    years = years_between(settings.start, dates)[..., None]
    log = np.array(settings.linear) * years
    log = log + np.array(settings.decay) * np.expm1(-years / settings.decay_years)
    for event in settings.events:
        step = np.array([event.steps.get(band, 0.0) for band in BANDS])
        after = dates >= np.datetime64(event.start)
        log = log + np.log1p(step) * after[..., None]
    return np.asarray(np.exp(log))


def drift_per_year(settings: MissionSettings, time: ArrayLike) -> Floats:
    """Give the derivative of ln sensitivity per year, steps left out, (..., band).

    Examples
    --------
    >>> float(drift_per_year(MissionSettings(), np.datetime64("2018-01-01"))[0].round(4))
    -0.02
    """
    dates = np.asarray(time, "datetime64[us]")
    years = years_between(settings.start, dates)[..., None]
    decay = np.array(settings.decay) / settings.decay_years
    return np.asarray(np.array(settings.linear) - decay * np.exp(-years / settings.decay_years))


@dataclass(frozen=True, eq=False)
class GainSets:
    """Absolute gains of a mission, the first set and one for each update.

    Parameters
    ----------
    start
        (set,) first second of validity, UTC.
    official
        (set, band) Ak as the files hold them, counts / (W m-2 sr-1 um-1).
    applied
        (set, band) Ak with which radiances were really made.
    true_at_start
        (band,) Ak of the sensor on the first day.
    """

    start: Dates
    official: Floats
    applied: Floats
    true_at_start: Floats

    def number_at(self, time: ArrayLike) -> NDArray[np.intp]:
        """Index of the set in force, shaped as `time`."""
        dates = np.asarray(time, "datetime64[us]")
        return np.asarray(np.searchsorted(self.start, dates, side="right") - 1)

    @property
    def expected_step(self) -> Floats:
        """(update, band) relative step of the ratio that the files announce."""
        return np.asarray(self.official[:-1] / self.official[1:] - 1.0)

    @property
    def true_step(self) -> Floats:
        """(update, band) relative step that the ratio as produced really makes."""
        return np.asarray(self.applied[:-1] / self.applied[1:] - 1.0)


def gain_sets(settings: MissionSettings) -> GainSets:
    """Give the absolute gains that the settings plant.

    The first set holds the gains of a public product header of February 2019,
    and is exact on the first day.

    Examples
    --------
    >>> gain_sets(MissionSettings()).official.shape
    (4, 12)
    """
    true = np.array([band.absolute_gain_2019_02 for band in venus_bands()])
    official, applied = [true], [true]
    for update in settings.updates:
        error = random_numbers(settings, "update", update.start).normal(0.0, 1.0, len(BANDS))
        if update.change is None:
            factor = relative_sensitivity(settings, np.datetime64(update.start))
            new = true * factor * (1.0 + settings.update_error * error)
        else:
            new = official[-1] * (1.0 + np.array(update.change))
        new = np.round(new, DECIMALS)
        applied.append(applied[-1] * (new / official[-1]) ** update.share)
        official.append(new)
    starts = [FIRST_SET_START, *(np.datetime64(one.start, "us") for one in settings.updates)]
    return GainSets(np.array(starts), np.array(official), np.array(applied), true)
