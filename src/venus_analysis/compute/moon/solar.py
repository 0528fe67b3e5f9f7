"""The Sun's spectral irradiance at 1 au."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis import tables
from venus_analysis.errors import InputError
from venus_analysis.instrument import checked_samples

BRIGHTEST_SUN_W_M2_NM: Final = 20.0


@dataclass(frozen=True, eq=False)
class SolarSpectrum:
    """Solar spectral irradiance at 1 au, linear between its samples.

    Parameters
    ----------
    name
        Short name that every result carries, such as TSIS1.
    wavelength_nm
        (sample,) strictly increasing, nm.
    irradiance_w_m2_nm
        (sample,) W m-2 nm-1.

    Raises
    ------
    InputError
        As `instrument.checked_samples`; negative irradiance, or so high that it
        must be in W m-2 um-1.

    Examples
    --------
    >>> SolarSpectrum("flat", [300.0, 2500.0], [1.0, 1.0]).name
    'flat'
    """

    name: str
    wavelength_nm: NDArray[np.float64]
    irradiance_w_m2_nm: NDArray[np.float64]

    def __post_init__(self) -> None:
        where = f"solar spectrum {self.name}"
        wavelength, irradiance = checked_samples(where, self.wavelength_nm, self.irradiance_w_m2_nm)
        if irradiance.min() < 0.0 or irradiance.max() > BRIGHTEST_SUN_W_M2_NM:
            raise InputError(
                where,
                "W m-2 nm-1, not negative, a peak near 2",
                f"{irradiance.min():g} to {irradiance.max():g}",
                "divide W m-2 um-1 by 1000",
            )
        object.__setattr__(self, "wavelength_nm", wavelength)
        object.__setattr__(self, "irradiance_w_m2_nm", irradiance)


@cache
def tsis1() -> SolarSpectrum:
    """Return the TSIS-1 Hybrid Solar Reference Spectrum, 1 nm, 300 to 2500 nm.

    Source: Coddington et al. 2021, doi:10.1029/2020GL091709.

    Examples
    --------
    >>> tsis1().name, float(tsis1().wavelength_nm[0])
    ('TSIS1', 300.0)
    """
    table = "tsis1_hsrs_1nm"
    return SolarSpectrum(
        "TSIS1",
        tables.numbers(table, "wavelength_nm"),
        tables.numbers(table, "irradiance_w_m2_nm"),
    )
