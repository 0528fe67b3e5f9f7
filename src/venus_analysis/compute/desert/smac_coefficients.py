"""The 49 coefficients of the SMAC atmospheric model for one band, and the built-in sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis import tables
from venus_analysis.errors import InputError

Value = float | NDArray[np.float64]

SETS: Final[dict[str, tuple[str, ...]]] = {
    "venus": ("desert", "continental"),
    "s2a": ("desert", "continental"),
    "s2b": ("desert", "continental"),
    "meris": ("desert", "continental"),
    "aatsr": ("desert", "continental"),
}
"""Instruments and the aerosol models their coefficients were fitted for."""


@dataclass(frozen=True, eq=False)
class SmacCoefficients:
    """Coefficients of one band, or of several as arrays (band,) that broadcast.

    The order is that of the published coefficient files.

    Parameters
    ----------
    a_h2o, n_h2o, a_o3, n_o3
        Transmission exp(a (u m)^n) of water vapour (u in g cm-2) and ozone
        (u in cm-atm); a <= 0.
    a_o2, n_o2, p_o2
        The same for oxygen, with u = (pressure / 1013.25 hPa)^p; then carbon
        dioxide, methane, nitrous oxide and carbon monoxide.
    a0_s, a1_s, a2_s, a3_s
        Spherical albedo: a0 P + a3 + a1 AOT + a2 AOT².
    a0_t, a1_t, a2_t, a3_t
        Scattering transmission: a0 + a1 AOT / mu + (a2 P + a3) / (1 + mu).
    tau_r, s_r
        Rayleigh optical depth at 1013.25 hPa and the spherical albedo of
        molecules alone, which no equation here uses.
    a0_tau, a1_tau
        Aerosol optical depth of the band from that at 550 nm.
    albedo, asymmetry
        Single scattering albedo (below 1) and asymmetry of the aerosol.
    phase_0 ... phase_4
        Aerosol phase function: polynomial in the scattering angle, degrees.
    total_1 ... total_4, rayleigh_1 ... rayleigh_3, aerosol_1 ... aerosol_4
        Polynomials of what single scattering and the two-stream aerosol miss.

    References
    ----------
    Rahman & Dedieu (1994), doi:10.1080/01431169408954055.

    Examples
    --------
    >>> bands, coefficients = built_in_coefficients("meris")
    >>> bands[:2], coefficients.tau_r.shape
    (('412', '443'), (13,))
    """

    a_h2o: Value
    n_h2o: Value
    a_o3: Value
    n_o3: Value
    a_o2: Value
    n_o2: Value
    p_o2: Value
    a_co2: Value
    n_co2: Value
    p_co2: Value
    a_ch4: Value
    n_ch4: Value
    p_ch4: Value
    a_n2o: Value
    n_n2o: Value
    p_n2o: Value
    a_co: Value
    n_co: Value
    p_co: Value
    a0_s: Value
    a1_s: Value
    a2_s: Value
    a3_s: Value
    a0_t: Value
    a1_t: Value
    a2_t: Value
    a3_t: Value
    tau_r: Value
    s_r: Value
    a0_tau: Value
    a1_tau: Value
    albedo: Value
    asymmetry: Value
    phase_0: Value
    phase_1: Value
    phase_2: Value
    phase_3: Value
    phase_4: Value
    total_1: Value
    total_2: Value
    total_3: Value
    total_4: Value
    rayleigh_1: Value
    rayleigh_2: Value
    rayleigh_3: Value
    aerosol_1: Value
    aerosol_2: Value
    aerosol_3: Value
    aerosol_4: Value

    def take(self, index: int | Sequence[int]) -> SmacCoefficients:
        """Coefficients of one band or some bands of several, by position."""
        kept = {f.name: np.asarray(getattr(self, f.name))[index] for f in fields(self)}
        return SmacCoefficients(**kept)


NAMES: Final = tuple(field.name for field in fields(SmacCoefficients))


def from_columns(columns: Mapping[str, Sequence[str]]) -> SmacCoefficients:
    """Coefficients from columns of a table, one row a band.

    Raises
    ------
    KeyError
        When one of the 49 is missing.

    Examples
    --------
    >>> from_columns(dict.fromkeys(NAMES, ("0", "1"))).tau_r
    array([0., 1.])
    """
    return SmacCoefficients(**{name: np.array(columns[name], np.float64) for name in NAMES})


@cache
def built_in_coefficients(
    instrument: str, aerosol: str = "desert"
) -> tuple[tuple[str, ...], SmacCoefficients]:
    """Bands and coefficients fitted to 6SV 1.1 for this package.

    Parameters
    ----------
    instrument
        venus, s2a and s2b (B1 to B8A), meris (without 761 and 900 nm) or aatsr (555, 660, 865 nm).
    aerosol
        The aerosol model of 6S: desert or continental.

    Returns
    -------
    tuple of str, SmacCoefficients
        The instrument's band names and arrays (band,).

    Raises
    ------
    InputError
        When no such set was fitted.

    Notes
    -----
    The tables state for each band the mean and the largest difference of TOA
    reflectance from 6S, percent, over conditions that were not fitted.

    Examples
    --------
    >>> built_in_coefficients("aatsr")[0]
    ('555', '660', '865')
    """
    columns = _table(instrument, aerosol)
    return columns["band"], from_columns(columns)


def built_in_offsets(instrument: str, aerosol: str = "desert") -> NDArray[np.float64]:
    """Mean difference from 6S that the built-in coefficients leave, (band,), relative.

    Over conditions that were not fitted, to 60 degrees of solar zenith and an
    aerosol of 0.3. Arguments and errors as for `built_in_coefficients`.

    Examples
    --------
    >>> bool(abs(built_in_offsets("venus")).max() < 0.01)
    True
    """
    return np.array(_table(instrument, aerosol)["off_mean_percent"], np.float64) / 100.0


def _table(instrument: str, aerosol: str) -> dict[str, tuple[str, ...]]:
    if aerosol not in SETS.get(instrument, ()):
        known = [f"{name} with {kind}" for name, kinds in SETS.items() for kind in kinds]
        raise InputError(
            "SMAC coefficients",
            " or ".join(known),
            f"{instrument} with {aerosol}",
            "use one of these",
        )
    return tables.columns(f"smac_{instrument}_{aerosol}")
