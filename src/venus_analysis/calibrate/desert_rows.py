"""Ledger rows of a desert calibration: one per look and band."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row, rounded
from venus_analysis.compute.desert.budget import Budget
from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.ratio import Sensor
from venus_analysis.compute.desert.site_ratio import DateRatios, SiteRatio, random_scatter
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.flags import Flag

WATER_LIMIT: Final = 0.02
"""Relative effect of 0.5 g cm-2 of water vapour beyond which a band is not calibrated."""


def site_rows(
    common: Row,
    observations: xr.Dataset,
    looks: Looks,
    bands: tuple[str, ...],
    dates: DateRatios,
    summary: SiteRatio,
    budget: Budget,
    flags: NDArray[np.int64],
) -> list[Row]:
    """Rows of one site.

    Parameters
    ----------
    common
        A row with what all share.
    observations, looks
        Of the target: all of them, and those that were compared.
    bands
        The target's.
    dates, summary, budget, flags
        Ratio of each look, of the site, its uncertainty, and the flags (band,).

    Returns
    -------
    list of dict
        Ordered by look, then band.
    """
    names = acquisition_names(observations, looks, str(common["instrument"]))
    known = _known(observations, looks, bands)
    model = budget.model
    random = random_scatter(looks.time[dates.look], dates.ratio, summary)
    terms = [
        {name: rounded(term[b]) for name, term in budget.terms.items()} for b in range(len(bands))
    ]
    found = []
    for k, position in enumerate(dates.look):
        of_look, gains = known[position]
        one = common | _look(looks, position, names[position]) | of_look
        for b, band in enumerate(bands):
            blocked = flags[b] & int(Flag.NOT_CALIBRATABLE)
            found.append(
                one
                | {
                    "band": band,
                    "absolute_gain": gains[b],
                    "measured": float(looks.reflectance[position, b]),
                    "modelled": float(dates.modelled[k, b]),
                    "ratio": float("nan") if blocked else float(dates.ratio[k, b]),
                    "u_random": float(random[b]),
                    "u_model": float(model[b]),
                    "flags": int(flags[b]),
                    "budget_text": json.dumps(
                        terms[b]
                        | {"scatter_of_pairs": rounded(dates.scatter[k, b])}
                        | {"number_of_pairs": int(dates.number[k])}
                    ),
                }
            )
    return found


def band_flags(target: Sensor, reference: Sensor, budget: Budget) -> NDArray[np.int64]:
    """Give the flags (band,): beyond the reference's bands, or at the mercy of water vapour."""
    beyond = BandTransfer(reference.responses, target.responses).extrapolated
    wet = budget.terms["water_vapour"] > WATER_LIMIT
    return (
        beyond.astype(np.int64) * Flag.SPECTRUM_EXTRAPOLATED.value
        + wet.astype(np.int64) * Flag.NOT_CALIBRATABLE.value
    )


def acquisition_names(observations: xr.Dataset, looks: Looks, instrument: str) -> list[str]:
    """Name of each look: the observations' own, or instrument, time and viewing zenith angle."""
    made = [
        f"{instrument}_{str(time)[:19].replace('-', '').replace(':', '')}_V{view:04.1f}"
        for time, view in zip(looks.time, looks.viewing_zenith_deg, strict=True)
    ]
    if "acquisition_id" not in observations:
        return made
    given = observations["acquisition_id"].values
    positions = _positions(observations, looks)
    return [str(given[k]) or name for k, name in zip(positions, made, strict=True)]


def _positions(observations: xr.Dataset, looks: Looks) -> list[int]:
    """Where in the observations each look comes from; the first where one is given twice."""
    keys = _keys(observations["time"].values, observations["viewing_zenith_deg"].values)
    found = {key: k for k, key in reversed(list(enumerate(keys)))}
    return [found[key] for key in _keys(looks.time, looks.viewing_zenith_deg)]


def _keys(
    time: NDArray[np.datetime64], viewing_zenith_deg: NDArray[np.float64]
) -> list[tuple[int, float]]:
    """Time and view of each look; a view that is not known is -1, as NaN equals nothing."""
    moments = time.astype("M8[us]").astype(np.int64).tolist()
    return list(zip(moments, np.nan_to_num(viewing_zenith_deg, nan=-1.0).tolist(), strict=True))


def _known(
    observations: xr.Dataset, looks: Looks, bands: tuple[str, ...]
) -> list[tuple[Row, list[float]]]:
    """Parameter set and phase of the mission, and the bands' Ak, of each look."""
    texts = [name for name in ("parameter_set", "mission_phase") if name in observations]
    columns = {name: observations[name].values for name in texts}
    gains = np.full((observations.sizes["time"], len(bands)), np.nan)
    if "absolute_gain" in observations:
        gains = observations["absolute_gain"].sel(band=list(bands)).values
    return [
        ({name: str(values[k]) for name, values in columns.items()}, gains[k].tolist())
        for k in _positions(observations, looks)
    ]


def _look(looks: Looks, position: int, name: str) -> Row:
    return {
        "acquisition_id": name,
        "time": looks.time[position],
        "solar_zenith_deg": float(looks.solar_zenith_deg[position]),
        "view_zenith_deg": float(looks.viewing_zenith_deg[position]),
        "relative_azimuth_deg": float(looks.relative_azimuth_deg[position]),
        "water_vapour_g_cm2": float(looks.water_vapour_g_cm2[position]),
        "ozone_du": float(looks.ozone_du[position]),
    }
