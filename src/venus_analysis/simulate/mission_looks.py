"""Looks of a simulated mission: when, from where, and what each band leaves as residual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.dates import years_between
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_settings import MissionSettings, PhaseOfMission
from venus_analysis.simulate.mission_truth import Dates, Floats, gain_sets, relative_sensitivity

AIR_DAYS = 3.0
"""Days over which ozone, water vapour and pressure stay alike."""

DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True, eq=False)
class Looks:
    """Looks of one method at one place against one reference.

    Parameters
    ----------
    method, site, reference
        As in the ledger.
    time
        (look,) UTC, ascending.
    modelled
        (look, band) irradiance or reflectance of the model; NaN where the
        method has no value.
    level
        (band,) measured / modelled that a sensor with the true Ak would read.
    residual
        (look, band) of ln(measured / modelled): geometry, season, noise.
    u_random
        (band,) standard deviation of the noise of a look.
    bands
        Bands that get rows.
    geometry
        Ledger columns of numbers, (look,) each.
    """

    method: str
    site: str
    reference: str
    time: Dates
    modelled: Floats
    level: Floats
    residual: Floats
    u_random: Floats
    bands: tuple[str, ...] = BANDS
    geometry: dict[str, Floats] = field(default_factory=dict)

    def ratio(self, settings: MissionSettings) -> Floats:
        """(look, band) measured / modelled as produced; NaN where `modelled` is.

        ratio = level · S(t) · Ak_true / Ak_applied(t) · exp(residual)
        """
        gains = gain_sets(settings)
        applied = gains.applied[gains.number_at(self.time)]
        sensor = relative_sensitivity(settings, self.time) * gains.true_at_start
        ratio = self.level * sensor / applied * np.exp(self.residual)
        return np.where(np.isnan(self.modelled), np.nan, ratio)


def visits(phase: PhaseOfMission, every_days: int, first: int = 0) -> Dates:
    """Days of a mission phase on which a place is passed.

    Examples
    --------
    >>> visits(PhaseOfMission("VM1", "2018-01-01", "2018-01-06", 720.0, 2), 2).astype(str).tolist()
    ['2018-01-01', '2018-01-03', '2018-01-05']
    """
    start, stop = np.datetime64(phase.start, "D"), np.datetime64(phase.stop, "D")
    return np.arange(start + first, stop + 1, every_days)


def without_breaks(settings: MissionSettings, time: Dates) -> NDArray[np.bool_]:
    """Whether each time lies in a mission phase and outside events without looks.

    Examples
    --------
    >>> without_breaks(MissionSettings(), np.array(["2019-11-04", "2019-11-06", "2021-01-01"],
    ...                                            "datetime64[us]"))
    array([ True, False, False])
    """
    good = np.zeros(time.shape, np.bool_)
    for phase in settings.phases:
        good |= (time >= np.datetime64(phase.start)) & (time < np.datetime64(phase.stop, "D") + 1)
    for event in settings.events:
        if event.no_looks:
            good &= (time < np.datetime64(event.start)) | (time >= np.datetime64(event.stop))
    return good


def correlated_noise(
    random: np.random.Generator, time: Dates, correlation_days: float, series: int = 1
) -> Floats:
    """Noise of variance 1 with correlation exp(-days / correlation_days), (look, series).

    Examples
    --------
    >>> days = np.datetime64("2018-01-01") + np.arange(30_000)
    >>> noise = correlated_noise(np.random.default_rng(1), days, 2.0)[:, 0]
    >>> round(float(np.corrcoef(noise[:-1], noise[1:])[0, 1]), 1)  # exp(-1/2)
    0.6
    """
    from scipy.linalg import solve_banded

    day = ((time - time[0]) / DAY).astype(np.intp)
    kept = np.exp(-1.0 / correlation_days)
    white = random.standard_normal((day[-1] + 1, series))
    white[1:] *= np.sqrt(1.0 - kept**2)
    # x[n] - kept x[n-1] = white[n], solved for all days at once.
    bands = np.array([[1.0], [-kept]]).repeat(len(white), axis=1)
    return np.asarray(solve_banded((1, 0), bands, white)[day], np.float64)


def random_walk(random: np.random.Generator, years: Floats, per_year: float, series: int) -> Floats:
    """Random walk from 0 whose standard deviation grows by `per_year` · sqrt(years)."""
    steps = random.standard_normal((len(years), series))
    return np.asarray(
        np.cumsum(per_year * np.sqrt(np.diff(years, prepend=0.0))[:, None] * steps, 0)
    )


def summer_wave(time: Dates) -> Floats:
    """Yearly wave of amplitude 1, highest in the middle of July.

    Examples
    --------
    >>> summer_wave(np.array(["2000-07-15"], "datetime64[D]"))
    array([1.])
    """
    return np.asarray(np.cos(2.0 * np.pi * years_between(np.datetime64("2000-07-15"), time)))


def air_above_desert(summer: Floats, ozone: Floats, water: Floats) -> dict[str, Floats]:
    """Ozone and water vapour of invented but typical days, by `summer_wave` and slow noise.

    Examples
    --------
    >>> air_above_desert(np.zeros(1), np.zeros(1), np.zeros(1))
    {'ozone_du': array([290.]), 'water_vapour_g_cm2': array([1.5])}
    """
    return {
        "ozone_du": 290.0 - 15.0 * summer + 9.0 * ozone,
        "water_vapour_g_cm2": 1.5 * np.exp(0.25 * summer + 0.2 * water),
    }


def from_blue_to_red(blue: float, red: float, wavelength_nm: Sequence[float] | Floats) -> Floats:
    """Give each band a number between those of the first and the last, falling as λ^-4 does.

    Examples
    --------
    >>> from_blue_to_red(1.0, 0.0, [400.0, 800.0, 1000.0]).round(3).tolist()
    [1.0, 0.038, 0.0]
    """
    weight = np.asarray(wavelength_nm, np.float64) ** -4.0
    return np.asarray(red + (blue - red) * (weight - weight[-1]) / (weight[0] - weight[-1]))
