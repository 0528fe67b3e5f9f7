"""What a height of the orbit changes for the camera, and what it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from venus_analysis.errors import InputError
from venus_analysis.instrument import DETECTOR_COLUMNS, IFOV_RAD

EARTH_RADIUS_KM: Final = 6378.137
GRAVITY_KM3_S2: Final = 398_600.4418
MOON_RADIUS_KM: Final = 1737.4
MOON_DISTANCE_KM: Final = 384_400.0


@dataclass(frozen=True)
class PhaseGeometry:
    """Geometry of the camera at one height, circular orbit, looking down.

    Parameters
    ----------
    altitude_km
        Height above the equator's radius.
    ground_sampling_m, swath_km
        IFOV times height, and for 5200 columns.
    moon_diameter_px
        Columns of the Moon's disk at its mean distance, from the orbit's near side.
    orbit_min, ground_speed_km_s
        Period, and speed of the point below over an Earth at rest.
    line_time_ms
        Time in which the point below moves by a column: square pixels without a
        slow-down of the scan [our reading: the mission may use another].
    scan_rate_deg_s
        Rate of the line of sight over the Moon at that line time and oversampling 1.
    """

    altitude_km: float
    ground_sampling_m: float
    swath_km: float
    moon_diameter_px: float
    orbit_min: float
    ground_speed_km_s: float
    line_time_ms: float
    scan_rate_deg_s: float


def phase_geometry(altitude_km: float) -> PhaseGeometry:
    """Give the geometry at a height.

    Raises
    ------
    InputError
        A height that no satellite keeps.

    Examples
    --------
    >>> one = phase_geometry(720.0)
    >>> round(one.ground_sampling_m, 2), round(one.line_time_ms, 2), round(one.moon_diameter_px)
    (5.35, 0.79, 1240)
    """
    if not 100.0 <= altitude_km <= 50_000.0:
        raise InputError("altitude", "km, 100 to 50000", f"{altitude_km}", "correct it")
    radius = EARTH_RADIUS_KM + altitude_km
    rate = math.sqrt(GRAVITY_KM3_S2 / radius**3)
    sampling_m = 1e3 * altitude_km * IFOV_RAD
    speed = rate * EARTH_RADIUS_KM
    line_s = 1e-3 * sampling_m / speed
    return PhaseGeometry(
        altitude_km,
        sampling_m,
        1e-3 * sampling_m * DETECTOR_COLUMNS,
        2.0 * math.asin(MOON_RADIUS_KM / (MOON_DISTANCE_KM - radius)) / IFOV_RAD,
        2.0 * math.pi / rate / 60.0,
        speed,
        1e3 * line_s,
        math.degrees(IFOV_RAD / line_s),
    )


@dataclass(frozen=True)
class GeometryChange:
    """One quantity before and after, and what follows from its change for calibration."""

    quantity: str
    unit: str
    before: float
    after: float
    effect: str

    @property
    def relative(self) -> float:
        """Relative change."""
        return self.after / self.before - 1.0


_EFFECTS: Final = {
    "altitude_km": ("height", "km", "What changed; all below follows from it."),
    "moon_diameter_px": (
        "Moon's diameter",
        "pixel",
        "As good as unchanged: a step of the ratio on the Moon is a finding, not geometry.",
    ),
    "ground_sampling_m": (
        "ground sampling",
        "m",
        "A site fills more pixels; means over it stay, scatter between pixels may grow.",
    ),
    "swath_km": ("swath", "km", "Sites near the edge may leave the image."),
    "orbit_min": ("orbit", "min", "Other times of passage; the revisit changes with it."),
    "ground_speed_km_s": ("speed on ground", "km/s", "With the sampling it sets the line time."),
    "line_time_ms": (
        "line time",
        "ms",
        "Signal, and Ak, of one TDI stage change as the line time; other stages or gains "
        "make up for it and need their own Ak. Signal over noise changes.",
    ),
    "scan_rate_deg_s": (
        "scan rate at the Moon",
        "deg/s",
        "For the same oversampling the scan must turn as much faster; else the Moon's height in "
        "lines changes, which the oversampling takes out.",
    ),
}


def geometry_changes(before_km: float, after_km: float) -> tuple[GeometryChange, ...]:
    """List what changes between two heights.

    Examples
    --------
    >>> changes = {one.quantity: one for one in geometry_changes(720.0, 560.0)}
    >>> round(changes["ground sampling"].relative, 3), round(changes["line time"].relative, 3)
    (-0.222, -0.248)
    >>> abs(changes["Moon's diameter"].relative) < 0.0005
    True
    """
    before, after = phase_geometry(before_km), phase_geometry(after_km)
    return tuple(
        GeometryChange(name, unit, getattr(before, field), getattr(after, field), effect)
        for field, (name, unit, effect) in _EFFECTS.items()
    )
