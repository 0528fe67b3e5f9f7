"""When the Moon stands at a wanted phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.errors import InputError

STEP_MINUTES: Final = 30
LUNATION_HALF: Final = 48 * 14
"""Steps in half a lunation."""
LONGEST_YEARS: Final = 30
LARGEST_PHASE_DEG: Final = 174.0
"""Reached at every new Moon, however far the Moon passes beside the Sun."""
GEOCENTRE: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class MoonWindows:
    """Spans in which the phase angle lies within limits.

    Attributes
    ----------
    start, end, best
        (window,) UTC; the best instant is that of the wanted phase.
    geometry
        At the best instant, from the Earth's centre.
    """

    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    best: NDArray[np.datetime64]
    geometry: LunarGeometry


def moon_windows(
    start: np.datetime64,
    end: np.datetime64,
    phase_angle_deg: float = -40.0,
    tolerance_deg: float = 5.0,
) -> MoonWindows:
    """Find all spans in which the phase is within the tolerance of the one wanted.

    The phase is seen from the Earth's centre; from a low orbit it is up to 1
    degree different, which moves a window by up to 2 hours. Sampled every 30
    minutes, ends and best instants are interpolated linearly: within 10 s.

    Parameters
    ----------
    start, end
        UTC.
    phase_angle_deg
        Wanted, negative while the Moon waxes; between -174 and 174, and beyond 8
        from 0, since the sign changes near full Moon without a passage through 0.
    tolerance_deg
        Above 0; the window must not go beyond 174 degrees, as some new Moons do not.

    Returns
    -------
    MoonWindows
        In order of time; windows that begin before `start` or end after `end` are
        cut there, and left out when the best instant is cut off.

    Raises
    ------
    InputError
        Limits out of range, or a span that is empty or longer than 30 years.

    Examples
    --------
    >>> found = moon_windows(np.datetime64("2019-02-01"), np.datetime64("2019-03-01"))
    >>> found.best.astype("M8[h]"), found.geometry.phase_angle_deg.round(2)
    (array(['2019-02-16T19'], dtype='datetime64[h]'), array([-40.]))
    """
    _check(start, end, phase_angle_deg, tolerance_deg)
    step, first = np.timedelta64(STEP_MINUTES, "m"), start.astype("M8[us]")
    time = first + np.arange((end - first) // step + 1) * step
    away = lunar_geometry(time, GEOCENTRE).phase_angle_deg - phase_angle_deg
    best = _rises(away, 0.0)
    before, after = _rises(away, -tolerance_deg), _rises(away, tolerance_deg)
    low = [max((p for p in before if b - LUNATION_HALF < p <= b), default=0.0) for b in best]
    high = [min((p for p in after if p >= b), default=len(time) - 1.0) for b in best]
    seconds = np.round(np.array([low, best, high]).reshape(3, -1) * STEP_MINUTES * 60.0)
    began, middle, ended = first + seconds.astype("timedelta64[s]")
    return MoonWindows(began, ended, middle, lunar_geometry(middle, GEOCENTRE))


def _rises(away: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Fractional positions at which a level is passed upwards.

    The signed phase only ever rises, but for the jump from 180 to -180 at new Moon.
    """
    k = np.flatnonzero((away[:-1] < level) & (away[1:] >= level))
    return np.asarray(k + (level - away[k]) / (away[k + 1] - away[k]))


def _check(start: np.datetime64, end: np.datetime64, phase: float, tolerance: float) -> None:
    years = (end - start) / np.timedelta64(1, "D") / 365.25
    if not 0.0 < years <= LONGEST_YEARS:
        raise InputError(
            "span", f"above 0 to {LONGEST_YEARS} years", f"{years:.3g}", "choose other dates"
        )
    largest = LARGEST_PHASE_DEG
    if not 8.0 < abs(phase) < largest:
        wanted = f"8 to {largest:g} deg, either sign"
        raise InputError("phase angle", wanted, f"{phase:g}", "choose another")
    most = min(abs(phase) - 3.0, largest - abs(phase))
    if not 0.0 < tolerance <= most:
        raise InputError(
            "tolerance",
            f"above 0, at most {most:g} deg",
            f"{tolerance:g}",
            "windows must not reach full or new Moon",
        )
