"""A small mission with planted truth: Moon looks of three bands under three parameter updates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.row import new_row
from venus_analysis.parameters.names import BANDS
from venus_analysis.parameters.registry import Registry
from venus_analysis.simulate.gains import simulate_gains

BAND_NAMES = ("B1", "B5", "B11")
DRIFT = {"B1": -0.010, "B5": -0.003, "B11": 0.0}
SERIALS = ("darkcu", "relsen", "noismo", "outord", "strlgt")
SCATTER = 0.002
LEVEL = 0.95


@dataclass(frozen=True)
class Planted:
    """Rows, the folder of their parameter files, and what was planted."""

    frame: pd.DataFrame
    folder: Path
    gain: dict[str, np.ndarray]
    years: np.ndarray

    @property
    def registry(self) -> Registry:
        return Registry(self.folder)


def plant(folder: Path, *, looks: int = 120, scatter: float = SCATTER, faulty: str = "") -> Planted:
    """As-produced ratios: sensitivity over Ak; a faulty band never felt the second update."""
    simulate_gains(folder)
    registry = Registry(folder)
    random = np.random.default_rng(5)
    start = np.datetime64("2018-01-15T00:00:00", "us")
    days = np.round(np.linspace(0.0, 6.4 * 365.25, looks)).astype("timedelta64[D]")
    time = start + days
    years = days / np.timedelta64(1, "D") / 365.25
    segments = registry.timeline("PHGAIN")
    place = np.searchsorted([one.start for one in segments], time.astype("M8[s]"), "right") - 1
    rows, gains = [], {}
    for band in BAND_NAMES:
        values = np.array([one.file.content.gain[BANDS.index(band), 0] for one in segments])
        gains[band] = values
        real = values.copy()
        if band == faulty:
            real[2:] *= values[1] / values[2]
        sensitivity = LEVEL * values[0] * np.exp(DRIFT[band] * years)
        ratio = sensitivity / real[place] * np.exp(scatter * random.standard_normal(looks))
        rows += [
            new_row(
                instrument="VENUS/VSSC",
                acquisition_id=f"LOOK_{k:03d}",
                band=band,
                method="moon",
                site="THE_MOON",
                reference="ROLO",
                time=time[k],
                parameter_set=f"{segments[place[k]].file.name.serial:05d}",
                serial_phgain=f"{segments[place[k]].file.name.serial:05d}",
                absolute_gain=values[place[k]],
                ratio=ratio[k],
                u_random=scatter or 0.001,
                phase_angle_deg=-40.0 + 3.0 * np.sin(k),
                observer_longitude_deg=5.0 * np.cos(2.0 * k),
                observer_latitude_deg=5.0 * np.sin(3.0 * k),
                simulated=True,
                run_id="run",
                **{f"serial_{kind}": "00009" for kind in SERIALS},
            )
            for k in range(looks)
        ]
    return Planted(pd.DataFrame(rows), folder, gains, years)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Every update worked."""
    return plant(tmp_path_factory.mktemp("gains"))


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The processing of B1 never took the second update over."""
    return plant(tmp_path_factory.mktemp("faulty"), faulty="B1")


@pytest.fixture
def make_planted():
    """Plant other missions."""
    return plant
