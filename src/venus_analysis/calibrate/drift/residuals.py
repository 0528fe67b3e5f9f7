"""What a fit leaves of each look, beside the geometry it was taken under."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.page import DriftPage

AXES: Final = {
    "phase_angle_deg": "phase angle (°, negative: waxing)",
    "observer_longitude_deg": "libration in longitude (°)",
    "observer_latitude_deg": "libration in latitude (°)",
    "sub_solar_longitude_deg": "selenographic longitude of the Sun (°)",
    "view_zenith_deg": "view zenith angle (°)",
    "solar_zenith_deg": "solar zenith angle (°)",
    "relative_azimuth_deg": "relative azimuth (°)",
    "centre_column": "column of the disk's centre (pixel)",
    "water_vapour_g_cm2": "water vapour (g cm⁻²)",
    "ozone_du": "ozone (DU)",
    "site": "site",
    "time": "date (UTC)",
}
"""Columns of the ledger against which residuals are drawn, with their labels."""


def axes_there(rows: pd.DataFrame) -> tuple[str, ...]:
    """Axes along which rows differ.

    Examples
    --------
    >>> axes_there(pd.DataFrame({"site": ["Libya 4", "Niger 2"], "view_zenith_deg": [5.0, 5.0]}))
    ('site',)
    """
    return tuple(name for name in AXES if name in rows and _spread(rows[name]))


def ratio_residuals(
    page: DriftPage, frame: pd.DataFrame, bands: Sequence[str] = ()
) -> pd.DataFrame:
    """Ratio of each look over the fitted line of its band, less 1.

    The line holds what time, updates and events do; what phase, libration, season and
    sites do stays in, or the residuals could not show it.

    Parameters
    ----------
    page
        From `page.drift_page`.
    frame
        The rows it was made from.
    bands
        Only these; all by default.

    Returns
    -------
    pandas.DataFrame
        One row per look that counts: time, band, acquisition_id, site, ``residual``
        (relative; NaN outside the fitted segments), ``u`` (k = 1, relative), the
        columns of `AXES` that the ledger has, and ``simulated``.
    """
    wanted = list(bands) or list(page.bands)
    points = page.points[page.points["used"] & page.points["band"].isin(wanted)]
    names = ["time", "band", "acquisition_id", "site", "raw", "u"]
    found = points[names].copy()
    found["residual"] = np.nan
    for band, own in found.groupby("band", sort=False):
        line = _line(page.lines[page.lines["band"] == band], own["time"])
        found.loc[own.index, "residual"] = own["raw"] / line - 1.0
    geometry = [name for name in (*AXES, "simulated") if name in frame and name not in names]
    keys = ["band", "acquisition_id", "site"]
    rows = frame.loc[
        (frame["method"] == page.method) & frame["band"].isin(wanted), [*keys, *geometry]
    ].drop_duplicates(keys)
    return found.drop(columns="raw").merge(rows, on=keys, how="left", validate="many_to_one")


def _line(lines: pd.DataFrame, time: pd.Series) -> np.ndarray:
    """Fitted value at some dates; NaN between and beyond the segments."""
    at = time.to_numpy("datetime64[us]").astype(float)
    value = np.full(len(at), np.nan)
    for _, segment in lines.groupby("segment", sort=False):
        dates = segment["time"].to_numpy("datetime64[us]").astype(float)
        inside = (at >= dates[0]) & (at <= dates[-1])
        value[inside] = np.interp(at[inside], dates, segment["value"])
    return value


def _spread(values: pd.Series) -> bool:
    known = values[values != ""] if pd.api.types.is_string_dtype(values) else values.dropna()
    return bool(len(known)) and bool((known != known.iloc[0]).any())
