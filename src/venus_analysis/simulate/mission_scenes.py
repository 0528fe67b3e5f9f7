"""Small scenes of some looks of a simulated mission, with the same planted ratios."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.simulate.mission_moon import moon_looks
from venus_analysis.simulate.mission_parameters import SCENE_SCALE
from venus_analysis.simulate.mission_settings import MissionSettings, PhaseOfMission
from venus_analysis.simulate.mission_truth import random_numbers, relative_sensitivity
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene_only
from venus_analysis.simulate.scene_settings import SceneSettings


def mission_scenes(settings: MissionSettings, number: int) -> list[SceneSettings]:
    """Give settings of scenes that look as some rows of the ledger do.

    The planted ratio of a band is what the row would read with the sensor's Ak
    of the first day, which is the gain of the simulated camera. A calibration
    with the official parameters finds the row's ratio, except after an update
    that the processing did not apply as its file says: a scene is calibrated
    with the file.

    Parameters
    ----------
    settings
        The mission.
    number
        Looks near the usual phase, spread evenly from the first to the last.

    Examples
    --------
    >>> [str(scene.moment)[:4] for scene in mission_scenes(MissionSettings(), 2)]
    ['2018', '2024']
    """
    looks = moon_looks(settings)
    away = np.abs(looks.geometry["phase_angle_deg"] - settings.moon.usual_phase_deg)
    usual = np.flatnonzero(away < 5.0)
    if number > len(usual):
        raise InputError(
            "scenes", f"at most {len(usual)} near the usual phase", str(number), "ask for fewer"
        )
    chosen = usual[np.linspace(0, len(usual) - 1, number).round().astype(int)]
    sensor = relative_sensitivity(settings, looks.time)
    ratio = looks.level * sensor * np.exp(looks.residual)
    return [
        SceneSettings(
            time=looks.time[look],
            mission_phase=_phase(settings, looks.time[look]).name,  # type: ignore[arg-type]
            scale=SCENE_SCALE,
            seed=settings.seed,
            noise_seed=_noise_seed(settings, looks.time[look]),
            band_ratios=tuple(ratio[look].tolist()),
        )
        for look in chosen
    ]


def write_mission_scenes(settings: MissionSettings, folder: Path, number: int) -> tuple[Path, ...]:
    """Write that many scenes and their truth; parameter files are the mission's."""
    return tuple(
        write_scene_only(simulate_scene(scene), folder)[0]
        for scene in mission_scenes(settings, number)
    )


def _noise_seed(settings: MissionSettings, time: np.datetime64) -> int:
    """Noise of one look: not that of the mission's other looks."""
    return int(random_numbers(settings, "scene noise", str(time)).integers(2**32))


def _phase(settings: MissionSettings, time: np.datetime64) -> PhaseOfMission:
    return [one for one in settings.phases if np.datetime64(one.start) <= time][-1]
