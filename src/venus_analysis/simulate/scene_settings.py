"""What to simulate: the settings of a synthetic L1A scene."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final, Literal

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands
from venus_analysis.simulate.camera_settings import Detector, Optics

MissionPhase = Literal["VM1", "VM5"]

COLUMNS: Final = 5200
IFOV_RAD: Final = 13e-6 / 1.75
ALTITUDE_KM: Final = {"VM1": 720.0, "VM5": 560.0}
TDI_STAGES: Final = (1, 4, 8, 16, 32)
# Sets the draw of the attitude's error apart from other draws from the same seed.
ATTITUDE_STREAM: Final = 7_451
BANDS: Final = tuple(band.band for band in venus_bands())


@dataclass(frozen=True)
class SceneSettings:
    """One look of a VENµS-like camera at the Moon.

    Parameters
    ----------
    time
        UTC of the middle line; Sun, Moon and observer stand where they truly were.
    mission_phase
        ``VM1`` (720 km) or ``VM5`` (560 km); None takes VM1 up to 2020, then VM5.
    bands
        Bands of the file, in its order.
    scale
        1 for the full camera; 0.1 gives 520 columns with an IFOV ten times as
        wide, so that all proportions stay. PSF and defects keep their pixels.
    oversampling
        IFOV over the scan's step a line.
    line_period_s
        Of the full camera; a scaled one takes 1/scale as long.
    scan_rate_frame
        ``MOON`` or ``INERTIAL``: what the rate in the file is relative to.
    attitude_sigma
        Relative standard deviation of the oversampling that the scan rate in the
        file states about the true one; what is planted is drawn from `seed`.
    tdi_stages
        1, 4, 8, 16 or 32; one number, or one per band of `bands`.
    north_direction_deg, mirrored
        Direction of lunar north in the image, from +column towards +line, and
        whether lunar east lies on the other side than seen by eye.
    roll_deg
        Angle between the scan and the detector's normal: the Moon moves by
        tan(roll)/oversampling columns a line.
    moon_offset_px
        (line, column) shift of all disks against their usual place.
    lines
        Lines of the scene; None takes what the bands need and a margin.
    albedo_seed, camera_seed, seed
        Seeds of the lunar map; of the camera (band offsets, ghosts, columns,
        defects and with them the parameter files); of noise, rows, hits and the
        attitude's error.
    noise_seed
        Of noise, rows and hits instead of `seed`: looks of one mission share the
        one and not the other.
    ratio, ratio_spread
        Planted measured/modelled ratio in the middle band and its linear change
        to either side.
    band_ratios
        Planted ratios of B1 to B12 instead; None takes the two above.
    optics, detector
        See `Optics` and `Detector`.

    Raises
    ------
    InputError
        A setting is out of its range.

    Examples
    --------
    >>> SceneSettings(scale=0.1).columns
    520
    >>> SceneSettings(oversampling=0.0)
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: SceneSettings.oversampling: expected 0.2 to 5, \
received 0.0; choose a value in range
    """

    time: str | np.datetime64 = "2019-02-22T16:00:00"
    mission_phase: MissionPhase | None = None
    bands: tuple[str, ...] = BANDS
    scale: float = 1.0
    oversampling: float = 1.3
    line_period_s: float = 0.8e-3
    scan_rate_frame: Literal["MOON", "INERTIAL"] = "MOON"
    attitude_sigma: float = 0.0
    tdi_stages: int | tuple[int, ...] = 8
    north_direction_deg: float = -70.0
    mirrored: bool = False
    roll_deg: float = 0.2
    moon_offset_px: tuple[float, float] = (0.0, 0.0)
    lines: int | None = None
    albedo_seed: int = 1
    camera_seed: int = 1
    seed: int = 1
    noise_seed: int | None = None
    ratio: float = 0.97
    ratio_spread: float = 0.02
    band_ratios: tuple[float, ...] | None = None
    optics: Optics = field(default_factory=Optics)
    detector: Detector = field(default_factory=Detector)

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise _refused(f"SceneSettings.{name}", f"{low:g} to {high:g}", value)
        if not self.bands or len(set(self.bands)) < len(self.bands) or set(self.bands) - set(BANDS):
            raise _refused("SceneSettings.bands", "some of B1 to B12, each once", self.bands)
        if set(self.tdi_of_bands) - set(TDI_STAGES) or len(self.tdi_of_bands) != len(self.bands):
            wanted = "1, 4, 8, 16 or 32; one number or one per band"
            raise _refused("SceneSettings.tdi_stages", wanted, self.tdi_stages)
        if self.band_ratios is not None and not _are_ratios(self.band_ratios):
            wanted = "12 numbers above 0, one per band"
            raise _refused("SceneSettings.band_ratios", wanted, self.band_ratios)
        if self.mission_phase not in (None, *ALTITUDE_KM):
            raise _refused("SceneSettings.mission_phase", "VM1 or VM5", self.mission_phase)
        if self.scan_rate_frame not in ("MOON", "INERTIAL"):
            raise _refused(
                "SceneSettings.scan_rate_frame", "MOON or INERTIAL", self.scan_rate_frame
            )
        if not 0.0 <= self.optics.halo_fraction <= 0.5:
            raise _refused("Optics.halo_fraction", "0 to 0.5", self.optics.halo_fraction)
        try:
            np.datetime64(self.time)
        except ValueError as error:
            wanted = "a UTC time such as 2019-02-22T16:00:00"
            raise _refused("SceneSettings.time", wanted, self.time) from error

    @property
    def columns(self) -> int:
        """Columns of the scene."""
        return round(COLUMNS * self.scale)

    @property
    def ifov_rad(self) -> float:
        """Angle of a column, rad."""
        return IFOV_RAD / self.scale

    @property
    def pixel_solid_angle_sr(self) -> float:
        """Solid angle of a pixel that is not oversampled, sr."""
        return self.ifov_rad**2

    @property
    def shear(self) -> float:
        """Columns the Moon moves a line."""
        return float(np.tan(np.radians(self.roll_deg))) / self.oversampling

    def noise(self, *purpose: int) -> np.random.Generator:
        """Random numbers of noise, rows and hits, of one purpose.

        Examples
        --------
        >>> one, other = SceneSettings(), SceneSettings(noise_seed=7)
        >>> one.noise(3).random() == other.noise(3).random()
        False
        """
        seed = self.seed if self.noise_seed is None else self.noise_seed
        return np.random.default_rng([seed, *purpose])

    @property
    def stated_oversampling(self) -> float:
        """Oversampling that follows from the scan rate in the file.

        Examples
        --------
        >>> SceneSettings(oversampling=1.3).stated_oversampling
        1.3
        """
        error = np.random.default_rng([self.seed, ATTITUDE_STREAM]).normal()
        return self.oversampling * (1.0 + self.attitude_sigma * float(error))

    @property
    def moment(self) -> np.datetime64:
        """`time` in ns."""
        moment: np.datetime64 = np.datetime64(self.time).astype("datetime64[ns]")
        return moment

    @property
    def phase_of_mission(self) -> MissionPhase:
        """Mission phase, from the date where none is set."""
        early = self.moment < np.datetime64("2021-01-01")
        return self.mission_phase or ("VM1" if early else "VM5")

    @property
    def tdi_of_bands(self) -> tuple[int, ...]:
        """TDI of each band of `bands`."""
        stages = self.tdi_stages
        return stages if isinstance(stages, tuple) else (stages,) * len(self.bands)


_RANGES: Final = {
    "scale": (0.02, 1.0),
    "oversampling": (0.2, 5.0),
    "line_period_s": (1e-5, 1.0),
    "attitude_sigma": (0.0, 0.1),
    "roll_deg": (-20.0, 20.0),
    "ratio": (1e-3, 1e3),
    "ratio_spread": (-0.5, 0.5),
}


def _are_ratios(values: tuple[float, ...]) -> bool:
    low, high = _RANGES["ratio"]
    return len(values) == len(BANDS) and all(low <= value <= high for value in values)


def _refused(where: str, expected: str, received: object) -> InputError:
    return InputError(where, expected, repr(received), "choose a value in range")


def as_json(settings: Any) -> Any:
    """Turn settings into plain numbers, texts, lists and dictionaries.

    Examples
    --------
    >>> from venus_analysis.simulate.camera_settings import Ghost
    >>> as_json(Ghost("B3", "B4", 0.003, -1500))
    {'band': 'B3', 'source_band': 'B4', 'factor': 0.003, 'shift_columns': -1500}
    """
    if is_dataclass(settings):
        return {one.name: as_json(getattr(settings, one.name)) for one in fields(settings)}
    if isinstance(settings, tuple):
        return [as_json(one) for one in settings]
    return str(settings) if isinstance(settings, np.datetime64) else settings
