"""Desert calibration: observations of two sensors over one site in, ledger rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row, configuration_of, new_row, software_version
from venus_analysis.compute.desert.budget import Budget, desert_budget
from venus_analysis.compute.desert.looks import Looks, make_looks
from venus_analysis.compute.desert.matchup import Tolerances, find_pairs
from venus_analysis.compute.desert.ratio import Air, Sensor, modelled_reflectance
from venus_analysis.compute.desert.screen import SIGMAS, LookFlag, screen_looks
from venus_analysis.compute.desert.site_ratio import (
    DateRatios,
    SiteRatio,
    ratios_per_date,
    site_ratio,
)
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients, built_in_offsets
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse

ALGORITHM_VERSION: Final = 1
WATER_LIMIT: Final = 0.02
"""Relative effect of 0.5 g cm-2 of water vapour beyond which a band is not calibrated."""


@dataclass(frozen=True)
class DesertOptions:
    """Everything that changes the numbers of a desert calibration.

    Parameters
    ----------
    tolerances
        Of the pairs' geometry and dates.
    air
        Aerosol for all looks, and what looks do not state.
    aerosol
        Aerosol model of the SMAC coefficients.
    screen_sigmas
        Limit of the screening for clouds, see `screen_looks`.
    """

    tolerances: Tolerances = Tolerances()  # noqa: RUF009  frozen
    air: Air = Air()  # noqa: RUF009  frozen
    aerosol: str = "desert"
    screen_sigmas: float = SIGMAS

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options."""
        return configuration_of(
            {
                **vars(self.tolerances),
                **{f"air_{name}": value for name, value in vars(self.air).items()},
                "aerosol": self.aerosol,
                "screen_sigmas": self.screen_sigmas,
            }
        )


@dataclass(frozen=True, eq=False)
class SiteResult:
    """Rows of one site, and what became of the looks that have none.

    Attributes
    ----------
    rows
        Ledger rows; `run_id`, `input_digest` and `committed` are still empty.
    site
        Mean ratio and scatter per band.
    budget
        Systematic uncertainty by term.
    bands
        Bands that were compared, in the order of `site` and `budget`.
    screened
        Reason to number of the target's looks left out.
    unmatched
        Number of good looks of the target without a partner.
    """

    rows: list[Row]
    site: SiteRatio
    budget: Budget
    bands: tuple[str, ...]
    screened: dict[str, int]
    unmatched: int


def sensor_of(
    instrument: str, responses: Iterable[SpectralResponse], aerosol: str = "desert"
) -> Sensor:
    """Bands of an instrument that have both SMAC coefficients and a response.

    Raises
    ------
    InputError
        No coefficients for the instrument, or a band without a response.

    Examples
    --------
    >>> box = [SpectralResponse(b, [c - 9.0, c + 9.0], [1.0, 1.0])
    ...        for b, c in (("555", 555.0), ("660", 660.0), ("865", 865.0), ("1610", 1610.0))]
    >>> sensor_of("AATSR", box).bands
    ('555', '660', '865')
    """
    bands, coefficients = built_in_coefficients(instrument.lower(), aerosol)
    given = {response.band: response for response in responses}
    absent = [band for band in bands if band not in given]
    if absent:
        raise InputError(
            f"responses of {instrument}",
            f"one for each of {', '.join(bands)}",
            f"none for {', '.join(absent)}",
            "give the sensor's file or folder of responses",
        )
    offset = built_in_offsets(instrument.lower(), aerosol)
    return Sensor(bands, [given[band] for band in bands], coefficients, offset)


def looks_of(
    observations: xr.Dataset, bands: Iterable[str], repeated: Literal["drop", "keep"] = "drop"
) -> Looks:
    """Arrays of observations (as `read_observations` returns them) in these bands.

    A look given twice is dropped, unless it is to be kept. Raises `InputError` as
    `make_looks`, and when a band is not there.
    """
    wanted, there = list(bands), [str(band) for band in observations["band"].values]
    absent = [band for band in wanted if band not in there]
    if absent:
        raise InputError(
            "observations", f"bands {', '.join(wanted)}", f"{', '.join(there)}", "name bands alike"
        )
    data = observations.sel(band=wanted)
    known = ("reflectance_sd", "ozone_du", "water_vapour_g_cm2", "pressure_hpa")
    return make_looks(
        data["time"].values,
        data["solar_zenith_deg"].values,
        data["viewing_zenith_deg"].values,
        data["relative_azimuth_deg"].values,
        data["reflectance"].values,
        **{name: data[name].values for name in known},
        repeated=repeated,
    )


def calibrate_site(
    target: xr.Dataset,
    target_sensor: Sensor,
    reference: xr.Dataset,
    reference_sensor: Sensor,
    *,
    instrument: str,
    reference_name: str,
    site: str,
    options: DesertOptions | None = None,
) -> SiteResult:
    """Calibrate one sensor against another over one site.

    Looks are screened, paired by geometry, modelled through the surface, and
    the ratio of a look is the median over its pairs.

    Parameters
    ----------
    target, reference
        Observations as `read_observations` returns them.
    target_sensor, reference_sensor
        From `sensor_of`.
    instrument, reference_name, site
        As they shall stand in the ledger: AATSR, MERIS_3rd, Libya 4.
    options
        Everything that changes numbers.

    Returns
    -------
    SiteResult
        One row per look and band. A band that water vapour or the reference's
        wavelengths forbid has no ratio and a flag.

    Raises
    ------
    InputError
        As `looks_of`.
    """
    options = options or DesertOptions()
    all_looks = looks_of(target, target_sensor.bands)
    reasons = screen_looks(all_looks, sigmas=options.screen_sigmas)
    looks = all_looks.take(reasons == 0)
    others = looks_of(reference, reference_sensor.bands)
    others = others.take(screen_looks(others, sigmas=options.screen_sigmas) == 0)
    pairs = find_pairs(looks, others, options.tolerances)
    given = (looks, target_sensor, others, reference_sensor, pairs)
    modelled = modelled_reflectance(*given, air=options.air)
    dates = ratios_per_date(looks.reflectance, modelled, pairs)
    budget = desert_budget(*given, air=options.air)
    summary = site_ratio(dates)
    common = new_row(
        instrument=instrument,
        method="desert",
        site=site,
        reference=reference_name,
        simulated=any(int(o.attrs.get("simulated", 0)) for o in (target, reference)),
        algorithm_version=ALGORITHM_VERSION,
        software_version=software_version(),
    )
    common["configuration"], common["configuration_text"] = options.configuration()
    names = acquisition_names(target, looks, instrument)
    flags = band_flags(target_sensor, reference_sensor, budget)
    rows = [
        common | _look(looks, position, names[position]) | cells
        for k, position in enumerate(dates.look)
        for cells in _bands(target_sensor, looks, dates, k, summary, budget, flags)
    ]
    screened = {flag.name or "": int((reasons & flag > 0).sum()) for flag in LookFlag}
    return SiteResult(
        rows, summary, budget, target_sensor.bands, screened, len(looks) - len(dates.look)
    )


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
    keys = zip(
        observations["time"].values.astype("M8[us]"),
        observations["viewing_zenith_deg"].values,
        strict=True,
    )
    found = dict(zip(keys, map(str, observations["acquisition_id"].values), strict=True))
    given = (found[key] for key in zip(looks.time, looks.viewing_zenith_deg, strict=True))
    return [own or name for own, name in zip(given, made, strict=True)]


def _look(looks: Looks, position: int, name: str) -> Row:
    return {
        "acquisition_id": name,
        "time": looks.time[position],
        "solar_zenith_deg": float(looks.solar_zenith_deg[position]),
        "view_zenith_deg": float(looks.viewing_zenith_deg[position]),
        "relative_azimuth_deg": float(looks.relative_azimuth_deg[position]),
    }


def _bands(
    sensor: Sensor,
    looks: Looks,
    dates: DateRatios,
    k: int,
    summary: SiteRatio,
    budget: Budget,
    flags: NDArray[np.int64],
) -> Iterable[Row]:
    model = budget.model
    for b, band in enumerate(sensor.bands):
        terms = {name: _number(term[b]) for name, term in budget.terms.items()}
        blocked = flags[b] & int(Flag.NOT_CALIBRATABLE)
        yield {
            "band": band,
            "measured": float(looks.reflectance[dates.look[k], b]),
            "modelled": float(dates.modelled[k, b]),
            "ratio": float("nan") if blocked else float(dates.ratio[k, b]),
            "u_random": float(summary.scatter[b]),
            "u_model": float(model[b]),
            "flags": int(flags[b]),
            "budget_text": json.dumps(
                terms
                | {"scatter_of_pairs": _number(dates.scatter[k, b])}
                | {"number_of_pairs": int(dates.number[k])}
            ),
        }


def _number(value: float) -> float | None:
    return round(float(value), 7) if np.isfinite(value) else None
