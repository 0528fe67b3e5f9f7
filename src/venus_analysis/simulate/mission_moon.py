"""Looks at the Moon in a simulated mission, with its true ephemeris."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.compute.moon.spectrum import RoloModel, band_irradiance
from venus_analysis.instrument import venus_bands, venus_responses
from venus_analysis.simulate.mission_looks import Looks, without_breaks
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_settings import MissionSettings, PhaseOfMission
from venus_analysis.simulate.mission_truth import Dates, Floats, random_numbers
from venus_analysis.simulate.orbit import observer_positions
from venus_analysis.simulate.scene_settings import COLUMNS, IFOV_RAD

MOON_RADIUS_KM = 1737.4
OVERSAMPLING = 1.3
STEP_MINUTES = 30
POINTING_COLUMNS = 500.0
"""How far beside the detector's middle the Moon is looked at, from look to look."""


def moon_looks(settings: MissionSettings) -> Looks:
    """Draw the looks at the Moon, monthly near the usual phase and some at others.

    Time, observer and irradiance are true; the residual is linear in |phase| and
    libration, so that `compute.drift.regressors.lunar_regressors` can carry it.

    Examples
    --------
    >>> looks = moon_looks(MissionSettings())
    >>> looks.modelled.shape == (len(looks.time), 12)
    True
    """
    wanted = settings.moon
    phases = (wanted.usual_phase_deg, *wanted.other_phases_deg)
    time, target, geometry, modelled = opportunities(phases, settings.phases)
    random = random_numbers(settings, "moon")
    share = np.where(target == 0, wanted.usual_share, wanted.other_share)
    made = (random.random(len(time)) < share) & without_breaks(settings, time)
    common = random.standard_normal((len(time), 1)) * wanted.common_noise
    noise = common + random.standard_normal((len(time), len(BANDS))) * wanted.band_noise
    columns = {name: values[made] for name, values in vars(geometry).items()}
    columns |= _image_columns(columns["observer_distance_km"], columns["phase_angle_deg"])
    across = random_numbers(settings, "moon pointing").standard_normal(len(time))[made]
    columns["centre_column"] = np.rint(0.5 * COLUMNS + POINTING_COLUMNS * np.clip(across, -3, 3))
    return Looks(
        "moon",
        "THE_MOON",
        RoloModel().reference,
        time[made],
        modelled[made],
        1.0 + np.array(wanted.level),
        (model_residual(settings, geometry) + noise)[made],
        np.full(len(BANDS), np.hypot(wanted.common_noise, wanted.band_noise)),
        geometry=columns,
    )


def model_residual(settings: MissionSettings, geometry: LunarGeometry) -> Floats:
    """Give what the lunar model leaves in ln(measured / modelled), (look, band).

    Examples
    --------
    >>> at = LunarGeometry([-40.0, 70.0], 40.0, 0.0, 0.0, 0.0, 1.0, 384400.0)
    >>> model_residual(MissionSettings(), at)[:, -1].round(4).tolist()
    [0.0, 0.006]
    """
    moon = settings.moon
    size = (
        moon.per_phase_deg * (np.abs(geometry.phase_angle_deg) - 40.0)
        + moon.per_longitude_deg * geometry.observer_longitude_deg
        + moon.per_latitude_deg * geometry.observer_latitude_deg
    )
    wavelength = np.array([band.central_wavelength_nm for band in venus_bands()])
    excess = moon.blue_excess * (wavelength[-1] - wavelength) / np.ptp(wavelength)
    return np.asarray(size[:, None] * (1.0 + excess))


@lru_cache(maxsize=4)
def opportunities(
    phase_angles_deg: tuple[float, ...], phases: tuple[PhaseOfMission, ...]
) -> tuple[Dates, np.ndarray, LunarGeometry, Floats]:
    """All times at which the Moon passes the phases wanted, and what is seen then.

    Each lies up to 3 hours from the passage, as slots for imaging do.

    Returns
    -------
    tuple
        (look,) UTC; (look,) index of the phase angle; geometry at the orbiting
        observer; (look, band) modelled irradiance, W m-2 um-1. Kept for the next
        call: do not write to them.
    """
    passages = [
        (time, number, phase.altitude_km)
        for phase in phases
        for number, angle in enumerate(phase_angles_deg)
        for time in _passages(angle, phase)
    ]
    passages.sort(key=lambda passage: passage[0])
    shift = np.random.default_rng(40).uniform(-180.0, 180.0, len(passages))
    time = np.array([one[0] for one in passages]) + (shift * 60e6).astype("timedelta64[us]")
    places = [
        observer_positions(look, look, altitude)
        for look, (_, _, altitude) in zip(time, passages, strict=True)
    ]
    geometry = lunar_geometry(time, np.array(places))
    modelled = band_irradiance(geometry, venus_responses(), RoloModel())
    return time, np.array([one[1] for one in passages]), geometry, modelled


def _passages(angle_deg: float, phase: PhaseOfMission) -> Dates:
    time, phases = _phase_angles(phase)
    crossing = (phases[:-1] < angle_deg) & (phases[1:] >= angle_deg) & (np.diff(phases) < 5.0)
    before = np.flatnonzero(crossing)
    part = (angle_deg - phases[before]) / (phases[before + 1] - phases[before])
    return np.asarray(time[before] + (part * STEP_MINUTES * 60e6).astype("timedelta64[us]"))


@lru_cache(maxsize=8)
def _phase_angles(phase: PhaseOfMission) -> tuple[Dates, Floats]:
    """Phase angle seen from the Earth's centre, on a grid of times."""
    start, stop = (np.datetime64(day, "us") for day in (phase.start, phase.stop))
    step = np.timedelta64(STEP_MINUTES * 60_000_000, "us")
    time = np.arange(start, stop, step)
    return time, lunar_geometry(time, [0.0, 0.0, 0.0]).phase_angle_deg


def _image_columns(distance_km: Floats, phase_angle_deg: Floats) -> dict[str, Floats]:
    """Say what the image of such a look would of itself."""
    across = np.arcsin(MOON_RADIUS_KM / distance_km) / IFOV_RAD
    lit = 0.5 * (1.0 + np.cos(np.radians(phase_angle_deg)))
    number = np.ones(len(across))
    return {
        "across_px": across,
        "oversampling": OVERSAMPLING * number,
        "oversampling_limb": OVERSAMPLING * number,
        "u_oversampling_limb": 5e-4 * number,
        "pixel_number": np.rint(np.pi * across**2 * OVERSAMPLING * lit),
        "centre_line": np.rint(1.5 * across * OVERSAMPLING),
    }
