"""SMAC: reflectance at the top of the atmosphere from the surface's, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.desert.smac_coefficients import SmacCoefficients, Value
from venus_analysis.compute.desert.two_stream import aerosol_reflectance
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]

STANDARD_PRESSURE_HPA = 1013.25
RAYLEIGH_PHASE = (0.7190443, 0.0412742)
"""Phase function of molecules, c0 (1 + cos²) + c1, depolarisation included."""


@dataclass(frozen=True, eq=False)
class Atmosphere:
    """What the atmosphere does to light, all without unit, broadcast shapes.

    Attributes
    ----------
    gas_transmission
        Of all absorbing gases, down and up.
    scattering_transmission
        Of molecules and aerosol, direct and diffuse, down times up.
    spherical_albedo
        Share of the surface's light that returns to it.
    path_reflectance
        Reflectance over a black surface, without absorption.
    """

    gas_transmission: Floats
    scattering_transmission: Floats
    spherical_albedo: Floats
    path_reflectance: Floats


def smac_atmosphere(
    coefficients: SmacCoefficients,
    solar_zenith_deg: ArrayLike,
    viewing_zenith_deg: ArrayLike,
    relative_azimuth_deg: ArrayLike,
    *,
    aot_550: ArrayLike,
    water_vapour_g_cm2: ArrayLike,
    ozone_du: ArrayLike,
    pressure_hpa: ArrayLike,
) -> Atmosphere:
    """Transmissions, albedo and path reflectance of the SMAC model.

    With m = 1/mu_s + 1/mu_v, the gases transmit exp(a (u m)^n) each; path
    reflectance is single Rayleigh scattering and a two-stream aerosol, each with
    a fitted polynomial for what they miss, and one for the coupling of both.

    Parameters
    ----------
    coefficients
        Of one band, or of several as (band,).
    solar_zenith_deg, viewing_zenith_deg
        0 to below 90; fitted to 65 and 57.
    relative_azimuth_deg
        0 with the Sun behind the sensor (backscatter).
    aot_550
        Aerosol optical depth at 550 nm; fitted to 0.4.
    water_vapour_g_cm2, ozone_du, pressure_hpa
        Columns above the site and pressure at it.

    Returns
    -------
    Atmosphere
        Conditions and coefficients broadcast: looks (look, 1) and coefficients
        (band,) give (look, band). NaN where a condition is NaN.

    Raises
    ------
    InputError
        A zenith angle outside 0 to below 90, or an amount below 0.

    References
    ----------
    Rahman & Dedieu (1994), doi:10.1080/01431169408954055, with the coupling and
    residual terms of the coefficient files that CESBIO publishes.

    Examples
    --------
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> _, coefficients = built_in_coefficients("meris")
    >>> sky = smac_atmosphere(coefficients, 35.0, 5.0, 60.0, aot_550=0.2,
    ...     water_vapour_g_cm2=1.5, ozone_du=300.0, pressure_hpa=1013.0)
    >>> round(float(smac_inverse(smac_direct(0.4, sky), sky)[6]), 12)
    0.4
    """
    mu_s = _cosine("solar_zenith_deg", solar_zenith_deg)
    mu_v = _cosine("viewing_zenith_deg", viewing_zenith_deg)
    turn = np.cos(np.deg2rad(np.asarray(relative_azimuth_deg, np.float64)))
    cos_scattering = -(mu_s * mu_v + np.sqrt((1.0 - mu_s**2) * (1.0 - mu_v**2)) * turn)
    cos_scattering = np.clip(cos_scattering, -1.0, 1.0)
    aot = _amount("aot_550", aot_550)
    pressure = _amount("pressure_hpa", pressure_hpa) / STANDARD_PRESSURE_HPA
    water = _amount("water_vapour_g_cm2", water_vapour_g_cm2)
    ozone = _amount("ozone_du", ozone_du) / 1000.0
    c = coefficients
    return Atmosphere(
        _gas_transmission(c, 1.0 / mu_s + 1.0 / mu_v, water, ozone, pressure),
        _scattering(c, mu_s, aot, pressure) * _scattering(c, mu_v, aot, pressure),
        np.asarray(c.a0_s * pressure + c.a3_s + (c.a1_s + c.a2_s * aot) * aot),
        _path_reflectance(c, mu_s, mu_v, cos_scattering, aot, pressure),
    )


def smac_direct(surface_reflectance: ArrayLike, atmosphere: Atmosphere) -> Floats:
    """Reflectance at the top of the atmosphere.

    rho_toa = t_gas (rho_path + T rho / (1 - S rho)).

    Parameters
    ----------
    surface_reflectance
        1, broadcasts with the atmosphere; NaN gives NaN.

    Returns
    -------
    ndarray
        1.

    Examples
    --------
    >>> haze = Atmosphere(*map(np.array, (0.9, 0.8, 0.1, 0.05)))
    >>> float(smac_direct(0.0, haze).round(6)), float(smac_direct(0.5, haze).round(6))
    (0.045, 0.423947)
    """
    rho = np.asarray(surface_reflectance, np.float64)
    a = atmosphere
    lit = a.scattering_transmission * rho / (1.0 - a.spherical_albedo * rho)
    return np.asarray(a.gas_transmission * (a.path_reflectance + lit))


def smac_inverse(toa_reflectance: ArrayLike, atmosphere: Atmosphere) -> Floats:
    """Surface reflectance, the exact inverse of `smac_direct`.

    With r = rho_toa / t_gas - rho_path: rho = r / (T + S r).

    Parameters
    ----------
    toa_reflectance
        1, broadcasts with the atmosphere; NaN gives NaN.

    Returns
    -------
    ndarray
        1.

    Examples
    --------
    >>> haze = Atmosphere(*map(np.array, (0.9, 0.8, 0.1, 0.05)))
    >>> float(smac_inverse(smac_direct(0.5, haze), haze).round(12))
    0.5
    """
    a = atmosphere
    above = np.asarray(toa_reflectance, np.float64) / a.gas_transmission - a.path_reflectance
    return np.asarray(above / (a.scattering_transmission + a.spherical_albedo * above))


def rayleigh_phase(cos_scattering: Floats) -> Floats:
    """Phase function of molecules, mean 1 over the sphere.

    Examples
    --------
    >>> float(rayleigh_phase(np.array(-0.8410)).round(3))
    1.269
    """
    c0, c1 = RAYLEIGH_PHASE
    return np.asarray(c0 * (1.0 + cos_scattering**2) + c1)


def _gas_transmission(
    c: SmacCoefficients, air_mass: Floats, water: Floats, ozone: Floats, pressure: Floats
) -> Floats:
    exponent = c.a_h2o * (water * air_mass) ** c.n_h2o + c.a_o3 * (ozone * air_mass) ** c.n_o3
    for gas in ("o2", "co2", "ch4", "n2o", "co"):
        a, n, p = (getattr(c, f"{letter}_{gas}") for letter in "anp")
        if np.any(a):
            exponent = exponent + a * (pressure**p * air_mass) ** n
    return np.asarray(np.exp(exponent))


def _scattering(c: SmacCoefficients, mu: Floats, aot: Floats, pressure: Floats) -> Floats:
    return np.asarray(
        c.a0_t + c.a1_t * aot / mu + (c.a2_t * pressure + c.a3_t) / (1.0 + mu), np.float64
    )


def _path_reflectance(
    c: SmacCoefficients, mu_s: Floats, mu_v: Floats, cos_xi: Floats, aot: Floats, pressure: Floats
) -> Floats:
    tau = c.a0_tau + c.a1_tau * aot
    air_mass_cosine = (1.0 / mu_s + 1.0 / mu_v) * cos_xi
    single = c.tau_r * rayleigh_phase(cos_xi) / (mu_s * mu_v)
    rayleigh = 0.25 * single * pressure - _polynomial(
        single, (c.rayleigh_1, c.rayleigh_2, c.rayleigh_3)
    )
    phase = _polynomial(
        np.rad2deg(np.arccos(cos_xi)), (c.phase_0, c.phase_1, c.phase_2, c.phase_3, c.phase_4)
    )
    aerosol = aerosol_reflectance(
        tau, mu_s, mu_v, albedo=c.albedo, asymmetry=c.asymmetry, phase=phase
    ) - _polynomial(tau * air_mass_cosine, (c.aerosol_1, c.aerosol_2, c.aerosol_3, c.aerosol_4))
    coupling = _polynomial(
        (tau + c.tau_r * pressure) * air_mass_cosine, (c.total_1, c.total_2, c.total_3, c.total_4)
    )
    return np.asarray(rayleigh + aerosol + coupling)


def _polynomial(x: Floats, coefficients: tuple[Value, ...]) -> Floats:
    value = np.asarray(coefficients[-1], np.float64)
    for coefficient in coefficients[-2::-1]:
        value = np.asarray(value * x + coefficient)
    return value


def _cosine(name: str, zenith_deg: ArrayLike) -> Floats:
    angle = np.asarray(zenith_deg, np.float64)
    if np.any((angle < 0.0) | (angle >= 90.0)):
        raise InputError(
            name,
            "0 to below 90 degrees",
            f"{np.nanmin(angle):g} to {np.nanmax(angle):g}",
            "give zenith angles, not elevations, in degrees",
        )
    return np.asarray(np.cos(np.deg2rad(angle)))


def _amount(name: str, given: ArrayLike) -> Floats:
    amount = np.asarray(given, np.float64)
    if np.any(amount < 0.0):
        raise InputError(name, "0 or more", f"{np.nanmin(amount):g}", "replace fill values by NaN")
    return amount
