"""Official parameter files of a simulated mission, and which are in force when."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from venus_analysis.parameters.header import Header, new_header
from venus_analysis.parameters.names import TDI, TDI_TYPES, FileName
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_truth import FIRST_SET_START, gain_sets
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import CREATED, SERIAL, VALID_FROM, scene_parameters
from venus_analysis.simulate.scene_settings import SceneSettings

FIRST_SERIAL: Final = 7
SCENE_SCALE: Final = 0.1
NOTES: Final = "SIMULATED: no parameters of the real camera"


def write_mission_parameters(settings: MissionSettings, folder: Path) -> tuple[Path, ...]:
    """Write the first PHGAIN, one for each update, and the other types once.

    The other types are those of the simulated camera of `simulate.scene`, so that
    its scenes can be calibrated with the folder.

    Parameters
    ----------
    settings
        Whose updates.
    folder
        Made when absent.

    Returns
    -------
    tuple of pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    camera = simulate_scene(SceneSettings(scale=SCENE_SCALE, bands=("B7",)))
    others = [one for one in scene_parameters(camera) if not isinstance(one, PhysicalGain)]
    sets = [
        PhysicalGain(header=header, gain=np.repeat(gain[:, None], len(TDI), axis=1))
        for header, gain in zip(gain_headers(settings), gain_sets(settings).official, strict=True)
    ]
    return tuple(content.write(folder) for content in (*sets, *others))


def gain_headers(settings: MissionSettings) -> list[Header]:
    """Headers of the PHGAIN files in the order of issue.

    Examples
    --------
    >>> str(gain_headers(MissionSettings())[1].name)
    'VE_TEST_GIP_PHGAIN_L_ALLSITES_00008_20181201_99991231'
    """
    issued = [np.datetime64(CREATED), *(np.datetime64(one.start) for one in settings.updates)]
    starts = [FIRST_SET_START, *issued[1:]]
    return [
        new_header(
            "PHGAIN",
            FIRST_SERIAL + number,
            start,
            created=created,
            creator="SIMULATED",
            notes=NOTES,
        )
        for number, (start, created) in enumerate(zip(starts, issued, strict=True))
    ]


def names_in_force(settings: MissionSettings) -> list[tuple[FileName, ...]]:
    """Names of all files that a registry finds in force with each PHGAIN set.

    Examples
    --------
    >>> [len(names) for names in names_in_force(MissionSettings())]
    [50, 50, 50, 50]
    """
    others = [_name("NOISMO")] + [
        _name(kind, band) for kind in ("DARKCU", "RELSEN", "OUTORD", "STRLGT") for band in BANDS
    ]
    return [(header.name, *others) for header in gain_headers(settings)]


def _name(kind: str, band: str | None = None) -> FileName:
    tdi = TDI if kind in TDI_TYPES else None
    return new_header(kind, SERIAL, VALID_FROM, created=CREATED, band=band, tdi=tdi).name
