"""Checks of site observations at the door: ranges and units, with the file's name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.errors import InputError

ENOUGH_LOOKS: Final = 5
AIR_LIMITS: Final = {
    "ozone_du": (50.0, 700.0, "ozone in atm-cm times 1000 is DU"),
    "water_vapour_g_cm2": (0.0, 8.0, "kg m-2 divided by 10 is g cm-2"),
    "pressure_hpa": (300.0, 1100.0, "Pa divided by 100 is hPa"),
}
QUANTITIES: Final = {
    "solar_zenith": "deg",
    "solar_azimuth": "deg",
    "viewing_zenith": "deg",
    "viewing_azimuth": "deg",
    "relative_azimuth": "deg",
    "ozone": "du",
    "pressure": "hpa",
    "water_vapour": "g_cm2",
}


def check_observations(path: str | Path, observations: xr.Dataset) -> xr.Dataset:
    """Return observations that can be used as they stand.

    Raises
    ------
    InputError
        Angles out of range or in radians, reflectances as counts or percent or
        not positive, ozone, water vapour or pressure in another unit. The message
        begins with the file.

    Notes
    -----
    Radians are told by 5 looks or more whose solar zenith angles are all below
    1.58, or whose azimuths are all below 6.29.
    """
    try:
        _check_zeniths(observations)
        for name, (low, high, remedy) in AIR_LIMITS.items():
            _check_range(observations, name, low, high, remedy)
        make_looks(
            observations["time"].values,
            observations["solar_zenith_deg"].values,
            observations["viewing_zenith_deg"].values,
            observations["relative_azimuth_deg"].values,
            observations["reflectance"].values,
            repeated="drop",
        )
    except InputError as error:
        raise InputError(
            f"{path}: {error.where}", error.expected, error.received, error.remedy
        ) from error
    return observations


def check_units_in_names(where: str, names: Iterable[str]) -> None:
    """Refuse a column whose name states another unit than the one understood.

    Raises
    ------
    InputError
        For example ``solar_zenith_rad``.

    Examples
    --------
    >>> check_units_in_names("a.csv", ["ozone_atm_cm"])
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: a.csv: expected ozone_du, received 'ozone_atm_cm'; convert \
the column and name it so
    """
    for name in names:
        for quantity, unit in QUANTITIES.items():
            told = name.removeprefix(quantity)
            if told != name and told != f"_{unit}" and "by_band" not in told:
                raise InputError(
                    where, f"{quantity}_{unit}", repr(name), "convert the column and name it so"
                )


def _check_zeniths(observations: xr.Dataset) -> None:
    sun = observations["solar_zenith_deg"].values
    known = sun[np.isfinite(sun)]
    if known.size >= ENOUGH_LOOKS and 0.0 < known.max() <= np.pi / 2.0:
        raise InputError(
            "solar_zenith_deg",
            "degrees",
            f"no value of {known.size} above {known.max():.3g}, as in radians",
            "convert to degrees",
        )
    for name in ("viewing_zenith_deg", "viewing_zenith_by_band_deg"):
        _check_range(observations, name, 0.0, 89.999, "check the unit, and give NaN for fill")


def _check_range(observations: xr.Dataset, name: str, low: float, high: float, remedy: str) -> None:
    if name not in observations:
        return
    values = observations[name].values
    if np.any((values < low) | (values > high)):
        raise InputError(
            name,
            f"{low:g} to {high:g}",
            f"{np.nanmin(values):g} to {np.nanmax(values):g}",
            remedy,
        )
