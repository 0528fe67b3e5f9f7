"""Observations of many files brought together: one series a site, each look once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.collect.sites import plain_name
from venus_analysis.errors import InputError

NEEDED: Final = (
    "reflectance",
    "reflectance_sd",
    "solar_zenith_deg",
    "viewing_zenith_deg",
    "relative_azimuth_deg",
    "ozone_du",
    "pressure_hpa",
    "water_vapour_g_cm2",
)
OPTIONAL: Final = ("absolute_gain", "acquisition_id", "parameter_set", "mission_phase")
BY_BAND: Final = ("reflectance", "reflectance_sd", "absolute_gain")
SAME_WITHIN: Final = 1e-3
"""Relative; a look that was taken in twice over a slightly other region differs by 1e-6."""
GEOMETRY: Final = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")


@dataclass(frozen=True, eq=False)
class Series:
    """All looks of one sensor at one site.

    Attributes
    ----------
    observations
        As `read_observations`, time ascending, each look once.
    repeated
        Looks that stood there a second time, with the same reflectances to 0.1 %;
        the first of each is kept.
    conflicting
        Looks of one time and geometry with different reflectances: which is
        right cannot be known, so that all of them are left out.
    """

    observations: xr.Dataset
    repeated: int
    conflicting: int


def split_by_site(
    observations: xr.Dataset, default: str, names: Iterable[str] = ()
) -> dict[str, xr.Dataset]:
    """Observations of each site in a file.

    Parameters
    ----------
    observations
        As `read_observations`; without ``site`` all are of `default`.
    default
        Also for looks whose site is empty.
    names
        Spellings that are kept: ``Libya4`` becomes ``Libya 4`` when that is there.

    Examples
    --------
    >>> data = xr.Dataset({"site": ("time", np.array(["Libya4", ""], object))})
    >>> list(split_by_site(data, "Algeria 3", ["Libya 4"]))
    ['Libya 4', 'Algeria 3']
    """
    if "site" not in observations:
        return {default: observations}
    known = {plain_name(name): name for name in names}
    given = [str(name).strip() or default for name in observations["site"].values]
    sites = np.array([known.get(plain_name(name), name) for name in given], object)
    return {
        site: observations.isel(time=np.flatnonzero(sites == site))
        for site in dict.fromkeys(sites.tolist())
    }


def join(parts: Sequence[xr.Dataset]) -> Series:
    """Bring the files of one site together.

    Bands and optional variables that a file does not have are missing (NaN, empty)
    in its looks.

    Raises
    ------
    InputError
        Nothing to join.

    Examples
    --------
    >>> join([])
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: observations: expected some, received none; give files
    """
    if not parts:
        raise InputError("observations", "some", "none", "give files")
    bands = list(dict.fromkeys(str(band) for part in parts for band in part["band"].values))
    there = [*NEEDED, *(name for name in OPTIONAL if any(name in part for part in parts))]
    alike = [_alike(part, there, bands) for part in parts]
    whole = xr.concat(alike, "time", join="override") if len(alike) > 1 else alike[0]
    whole = whole.sortby("time")
    first, repeated, conflicting = _once(whole)
    kept = whole.isel(time=first)
    kept.attrs = {
        "source": " ".join(dict.fromkeys(str(part.attrs.get("source", "")) for part in parts)),
        "simulated": int(any(int(part.attrs.get("simulated", 0)) for part in parts)),
    }
    return Series(kept, repeated, conflicting)


def _alike(part: xr.Dataset, names: Sequence[str], bands: list[str]) -> xr.Dataset:
    found = part.drop_vars([name for name in part.data_vars if name not in names])
    if list(map(str, part["band"].values)) != bands:
        found = found.reindex(band=np.array(bands, object))
    number = part.sizes["time"]
    for name in names:
        if name in part:
            continue
        if name in BY_BAND:
            found[name] = (("time", "band"), np.full((number, len(bands)), np.nan))
        else:
            empty = np.nan if name.endswith(("_du", "_hpa", "_cm2")) else ""
            found[name] = ("time", np.full(number, empty, float if empty != "" else object))
    return found[list(names)].drop_attrs()


def _once(whole: xr.Dataset) -> tuple[NDArray[np.intp], int, int]:
    """Positions of the looks to keep, the number repeated, and the number in conflict."""
    geometry = np.stack([whole[name].values for name in GEOMETRY], axis=1)
    time = whole["time"].values.astype("M8[us]").view(np.int64).astype(np.float64)
    keys = np.column_stack([time, geometry])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    rho = whole["reflectance"].values
    same = np.isclose(rho, rho[first[group]], SAME_WITHIN, 0.0, equal_nan=True).all(axis=1)
    disputed = np.zeros(len(first), np.bool_)
    disputed[group[~same]] = True
    conflicting = int(disputed[group].sum())
    kept = np.sort(first[~disputed])
    return kept, len(keys) - conflicting - len(kept), conflicting
