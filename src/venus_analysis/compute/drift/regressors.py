"""Dependences that may be fitted beside a drift: season, phase angle, libration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from venus_analysis.compute.drift.dates import DAYS_PER_YEAR, utc_dates
from venus_analysis.compute.drift.series import Floats


def seasonal_regressors(time: ArrayLike, harmonics: int = 1) -> dict[str, Floats]:
    """Give cosine and sine of the year for `prepare_series`.

    Parameters
    ----------
    time
        UTC dates, any shape; NaN for NaT.
    harmonics
        Number of waves: 1 the year, 2 also the half year.

    Returns
    -------
    dict
        ``season_cos_1``, ``season_sin_1``, ... shaped as `time`; phase 0 is 1 January 2000.

    Examples
    --------
    >>> sorted(seasonal_regressors(np.array(["2020-04-01"], "datetime64[D]")))
    ['season_cos_1', 'season_sin_1']
    """
    dates = utc_dates(time)
    days = (dates - np.datetime64("2000-01-01")) / np.timedelta64(1, "D")
    angle = 2.0 * np.pi / DAYS_PER_YEAR * np.where(np.isnat(dates), np.nan, days)
    found = {}
    for k in range(1, harmonics + 1):
        found[f"season_cos_{k}"] = np.asarray(np.cos(k * angle))
        found[f"season_sin_{k}"] = np.asarray(np.sin(k * angle))
    return found


def lunar_regressors(
    phase_angle_deg: ArrayLike,
    observer_longitude_deg: ArrayLike,
    observer_latitude_deg: ArrayLike,
) -> dict[str, Floats]:
    """Give what a lunar model leaves behind, linear, for `prepare_series`.

    Parameters
    ----------
    phase_angle_deg
        Signed; the regressor is its size.
    observer_longitude_deg, observer_latitude_deg
        Selenographic, the libration seen by the observer.

    Returns
    -------
    dict
        ``phase_per_deg``, ``libration_longitude_per_deg`` and
        ``libration_latitude_per_deg``; coefficients are per degree.

    Examples
    --------
    >>> float(lunar_regressors(-40.0, 1.0, 2.0)["phase_per_deg"])
    40.0
    """
    return {
        "phase_per_deg": np.abs(np.asarray(phase_angle_deg, np.float64)),
        "libration_longitude_per_deg": np.asarray(observer_longitude_deg, np.float64),
        "libration_latitude_per_deg": np.asarray(observer_latitude_deg, np.float64),
    }
