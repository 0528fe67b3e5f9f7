"""Desert calibration: observations of two sensors over one site in, ledger rows out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.desert_rows import band_flags, site_rows
from venus_analysis.calibrate.row import Row, configuration_of, new_row, software_version
from venus_analysis.compute.desert.budget import Budget, desert_budget
from venus_analysis.compute.desert.directional_reference import directional_ratios
from venus_analysis.compute.desert.looks import Looks, make_looks
from venus_analysis.compute.desert.matchup import Pairs, Tolerances, find_pairs
from venus_analysis.compute.desert.ratio import Air, Sensor, modelled_reflectance, require_air
from venus_analysis.compute.desert.screen import SIGMAS, LookFlag, screen_looks
from venus_analysis.compute.desert.site_ratio import (
    DateRatios,
    SiteRatio,
    ratios_per_date,
    site_ratio,
)
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients, built_in_offsets
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

Model = Literal["pairs", "directional"]

ALGORITHM_VERSION: Final = 4


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
    model
        What a look is compared with: "pairs", the reference's looks in nearly the
        same geometry, the median over them; "directional", the site's Ross–Li
        model fitted to all of the reference's looks, at the look's own geometry.

    Raises
    ------
    InputError
        An unknown model, or air that there is not.
    """

    tolerances: Tolerances = Tolerances()  # noqa: RUF009  frozen
    air: Air = Air()  # noqa: RUF009  frozen
    aerosol: str = "desert"
    screen_sigmas: float = SIGMAS
    model: Model = "pairs"

    def __post_init__(self) -> None:
        known = get_args(Model)
        if self.model not in known:
            raise InputError("model", " or ".join(known), repr(self.model), "use one of these")
        require_air(self.air)

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options."""
        return configuration_of(
            {
                **vars(self.tolerances),
                **{f"air_{name}": value for name, value in vars(self.air).items()},
                "aerosol": self.aerosol,
                "screen_sigmas": self.screen_sigmas,
                "model": self.model,
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
    the ratio of a look is the median over its pairs, or that to the site's
    directional model (`DesertOptions.model`).

    Parameters
    ----------
    target, reference
        Observations as `read_observations` returns them. ``absolute_gain`` (time,
        band), ``parameter_set`` and ``mission_phase`` (time) of the target go
        into the rows where they are there.
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
    all_looks, reasons = screened_looks(target, target_sensor, options)
    looks = all_looks.take(reasons == 0)
    others, spoilt = screened_looks(reference, reference_sensor, options)
    others = others.take(spoilt == 0)
    pairs = find_pairs(looks, others, options.tolerances)
    dates, budget = _compare(looks, target_sensor, others, reference_sensor, pairs, options)
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
    flags = band_flags(target_sensor, reference_sensor, budget)
    rows = site_rows(common, target, looks, target_sensor.bands, dates, summary, budget, flags)
    screened = {flag.name or "": int((reasons & flag > 0).sum()) for flag in LookFlag}
    return SiteResult(
        rows, summary, budget, target_sensor.bands, screened, len(looks) - len(dates.look)
    )


def screened_looks(
    observations: xr.Dataset, sensor: Sensor, options: DesertOptions
) -> tuple[Looks, NDArray[np.uint8]]:
    """Give the looks in the sensor's bands, and why not to use each: 0 or a sum of `LookFlag`."""
    looks = looks_of(observations, sensor.bands)
    return looks, screen_looks(looks, sigmas=options.screen_sigmas)


def _compare(
    looks: Looks,
    sensor: Sensor,
    others: Looks,
    reference: Sensor,
    pairs: Pairs,
    options: DesertOptions,
) -> tuple[DateRatios, Budget]:
    given = (looks, sensor, others, reference, pairs)
    budget = desert_budget(*given, air=options.air)
    if options.model == "pairs":
        modelled = modelled_reflectance(*given, air=options.air)
        return ratios_per_date(looks.reflectance, modelled, pairs), budget
    dates, directional = directional_ratios(*given, air=options.air)
    return dates, replace(budget, terms=budget.terms | {"directional": directional})
