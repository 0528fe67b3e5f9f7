"""The columns of the simulated camera: dark level, equalisation, pattern, defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.instrument import venus_bands
from venus_analysis.simulate.scene_settings import BANDS, COLUMNS, SceneSettings

Array = NDArray[np.float64]

DEFECTS: Final = ("dead", "noisy", "saturated", "unlisted")
SECOND_SLOPE_SHARE: Final = 0.25
BREAK_SPREAD_COUNTS: Final = 3.0


@dataclass(frozen=True, eq=False)
class Columns:
    """One band's columns, all 5200 of the camera whatever the scene's scale.

    Parameters
    ----------
    band
        Name.
    absolute_gain
        Ak, counts / (W m-2 sr-1 um-1), exact.
    dark, dark_in_file
        Dark level as it is at the first line, and as DARKCU says, counts.
    first_slope, second_slope, break_level
        Equalisation, which RELSEN says exactly.
    residual
        Relative pattern that no file knows.
    defects
        Kind (`DEFECTS`) to 0-based columns.
    """

    band: str
    absolute_gain: float
    dark: Array
    dark_in_file: Array
    first_slope: Array
    second_slope: Array
    break_level: Array
    residual: Array
    defects: Mapping[str, NDArray[np.intp]]

    def coefficients(self, columns: int) -> BandCoefficients:
        """Return the true coefficients of the scene's columns, dead ones as defective."""
        dead = np.zeros(columns, bool)
        dead[self.defects["dead"]] = True
        return BandCoefficients(
            self.absolute_gain,
            self.dark[:columns],
            self.first_slope[:columns],
            self.second_slope[:columns],
            self.break_level[:columns],
            dead,
        )


def draw_columns(settings: SceneSettings, band: str) -> Columns:
    """Draw one band's columns from the camera's seed.

    Examples
    --------
    >>> columns = draw_columns(SceneSettings(scale=0.1), "B7")
    >>> columns.dark.shape, columns.defects["dead"].size
    ((5200,), 3)
    """
    row, detector = BANDS.index(band), settings.detector
    rng = np.random.default_rng([settings.camera_seed, 1, row])
    normal = [rng.standard_normal(COLUMNS) for _ in range(6)]
    half = (np.arange(COLUMNS) >= settings.columns // 2).astype(np.intp)
    dark = np.asarray(detector.dark_counts)[half] + detector.dark_spread_counts * normal[0]
    slope = 1.0 + detector.equalisation_spread * normal[2]
    second = slope + SECOND_SLOPE_SHARE * detector.equalisation_spread * normal[3]
    dark = np.maximum(dark, 0.0)
    return Columns(
        band=band,
        absolute_gain=venus_bands()[row].absolute_gain_2019_02,
        dark=dark,
        dark_in_file=np.maximum(dark + detector.dark_error_counts * normal[1], 0.0),
        first_slope=np.maximum(slope, 0.1),
        second_slope=np.maximum(second, 0.1),
        break_level=detector.break_level_counts + BREAK_SPREAD_COUNTS * normal[4],
        residual=detector.column_residual * normal[5],
        defects=_draw_defects(settings, rng),
    )


def _draw_defects(settings: SceneSettings, rng: np.random.Generator) -> dict[str, NDArray[np.intp]]:
    numbers = [getattr(settings.detector, f"{kind}_columns") for kind in DEFECTS]
    places = rng.choice(settings.columns, size=sum(numbers), replace=False)
    parts = np.split(places, np.cumsum(numbers)[:-1])
    return {kind: np.sort(part) for kind, part in zip(DEFECTS, parts, strict=True)}
