r"""From the 32 reflectances of ROLO to the lunar irradiance of any band.

Every way to connect the 32 wavelengths is a sum of fixed curves, A(λ) = Σ_k
w_k(geometry) · curve_k(λ): two curves for a fit of the Apollo spectrum, 32
triangles for interpolation. A band integral therefore needs the curves'
integrals only, once, whatever the number of geometries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis import tables
from venus_analysis.compute.moon import rolo
from venus_analysis.compute.moon.geometry import LunarGeometry
from venus_analysis.compute.moon.solar import SolarSpectrum, tsis1
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

Spectral = Literal["apollo-relative", "apollo-plain", "rimo-factors", "interpolated"]
MOON_SOLID_ANGLE_SR: Final = 6.4177e-5
MOON_DISTANCE_KM: Final = 384400.0
NEGLIGIBLE_RESPONSE: Final = 1e-4


@dataclass(frozen=True)
class RoloModel:
    """The choices that make one lunar model out of ROLO 311g.

    Parameters
    ----------
    spectral
        How the 32 wavelengths A_k are connected, with m(λ) the reflectance of
        0.95 Apollo 16 soil + 0.05 breccia (Kieffer & Stone 2005):

        - ``apollo-relative``: A(λ) = (a + bλ) m(λ), a and b per geometry from
          least squares of the relative residuals (a + bλ_k) m(λ_k)/A_k - 1;
        - ``apollo-plain``: the same with plain residuals (a + bλ_k) m(λ_k) - A_k;
        - ``rimo-factors``: A_k times the fixed factors of RIMO (Barreto et al.
          2019, doi:10.1016/j.atmosenv.2019.01.006), linear in between;
        - ``interpolated``: A_k, linear in between.

        How the USGS weighs the residuals is not public. The choice moves single
        bands by up to 7 %; plain above relative residuals by 0.5 % at 10 deg of
        phase, at 60 deg by 1.3 to 3.1 % (waning) or 1.9 to 4.5 % (waxing) from
        the last VENuS band to the first: a false drift if mixed in one series.
    solar
        Solar spectrum; TSIS-1 HSRS by default. Moves bands by -2.5 to +3.1 %.
    libration
        See `rolo.disk_reflectance`.

    Raises
    ------
    InputError
        Unknown option.

    Examples
    --------
    >>> RoloModel().reference
    'ROLO311g/apollo-relative/TSIS1/lon-lat'
    """

    spectral: Spectral = "apollo-relative"
    solar: SolarSpectrum = field(default_factory=tsis1)
    libration: rolo.Libration = "lon-lat"

    def __post_init__(self) -> None:
        choices = {"spectral": get_args(Spectral), "libration": get_args(rolo.Libration)}
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise InputError(
                    name, " | ".join(allowed), repr(getattr(self, name)), "choose one of these"
                )

    @property
    def reference(self) -> str:
        """Full name of the model, as the ledger's column `reference` holds it."""
        return f"ROLO311g/{self.spectral}/{self.solar.name}/{self.libration}"

    @property
    def wavelength_range_nm(self) -> tuple[float, float]:
        """First and last wavelength both ROLO and the solar spectrum know."""
        known = rolo.wavelength_nm()
        low = max(known[0], self.solar.wavelength_nm[0])
        return float(low), float(min(known[-1], self.solar.wavelength_nm[-1]))


def irradiance_spectrum(
    geometry: LunarGeometry, wavelength_nm: ArrayLike, model: RoloModel | None = None
) -> NDArray[np.float64]:
    r"""Spectral irradiance of the whole Moon at the observer.

    .. math:: E(λ) = A(λ) E_0(λ) \frac{Ω_M}{π}
              \left(\frac{1\,au}{d_{sun}}\right)^2
              \left(\frac{384400\,km}{d_{observer}}\right)^2

    with Ω_M = 6.4177e-5 sr (Kieffer & Stone 2005, doi:10.1086/430185).

    Parameters
    ----------
    geometry
        Of any shape (...).
    wavelength_nm
        (wavelength,) nm.
    model
        Default: `RoloModel()`.

    Returns
    -------
    ndarray
        (..., wavelength) W m-2 um-1. NaN outside the model's phases and outside
        `RoloModel.wavelength_range_nm`.

    Examples
    --------
    >>> at = LunarGeometry(7.0, 7.0, 0.0, 0.0, 0.0, 1.0, 384400.0)
    >>> (irradiance_spectrum(at, [340.0, 500.0, 865.0]) * 1e3).round(1)
    array([nan, 3.7, 2.6])
    """
    model = model or RoloModel()
    wavelength = np.asarray(wavelength_nm, dtype=np.float64)
    curves = _curves(wavelength, model) * _solar_irradiance(wavelength, model)
    curves[:, ~_inside(wavelength, model)] = np.nan
    return _irradiance(geometry, curves, model)


def band_irradiance(
    geometry: LunarGeometry,
    responses: Sequence[SpectralResponse],
    model: RoloModel | None = None,
) -> NDArray[np.float64]:
    r"""Lunar irradiance seen by bands: the response-weighted mean of the spectrum.

    .. math:: E_b = \int R_b(λ) E(λ) dλ \Big/ \int R_b(λ) dλ

    Parameters
    ----------
    geometry
        Of any shape (...).
    responses
        One per band.
    model
        Default: `RoloModel()`.

    Returns
    -------
    ndarray
        (..., band) W m-2 um-1. NaN outside the model's phases, and for a band
        whose response reaches outside the model (`response_outside_model`).
        A negligible rest outside is left out of both integrals.

    Examples
    --------
    >>> from venus_analysis.instrument import venus_responses
    >>> at = LunarGeometry([7.0, 120.0], 7.0, 0.0, 0.0, 0.0, 1.0, 384400.0)
    >>> (band_irradiance(at, venus_responses()[6:8]) * 1e3).round(1)
    array([[3.6, 3.5],
           [nan, nan]])
    """
    model = model or RoloModel()
    columns = [_band_weights(response, model) for response in responses]
    return _irradiance(geometry, np.stack(columns, axis=-1), model)


def response_outside_model(response: SpectralResponse, model: RoloModel | None = None) -> bool:
    """Whether too much of a response lies outside the model's wavelengths.

    Too much is more than 1e-4 of its integral: what is left out then moves the
    band's mean by less than 1e-4, because the Moon is fainter beyond both ends
    of the model (350 and 2383.6 nm) than inside. Measured responses carry tails
    of that kind over hundreds of nanometres.

    Examples
    --------
    >>> response_outside_model(SpectralResponse("IR", [3000.0, 4000.0], [1.0, 1.0]))
    True
    """
    model = model or RoloModel()
    wavelength, weight = _quadrature(response, model)
    return _reaches_outside(weight, _inside(wavelength, model))


def _irradiance(
    geometry: LunarGeometry, curves: NDArray[np.float64], model: RoloModel
) -> NDArray[np.float64]:
    """Weigh the curves (curve, n), in W m-2 nm-1, by geometry; (..., n) W m-2 um-1."""
    reflectance = rolo.disk_reflectance(geometry, model.libration)
    distance = (MOON_DISTANCE_KM / (geometry.observer_distance_km * geometry.sun_distance_au)) ** 2
    scale = 1e3 * MOON_SOLID_ANGLE_SR / np.pi * distance
    return np.asarray(_curve_weights(reflectance, model) @ curves * scale[..., None])


def _curves(wavelength: NDArray[np.float64], model: RoloModel) -> NDArray[np.float64]:
    """(curve, wavelength): m and λm for the fits, a triangle per model band otherwise."""
    if model.spectral.startswith("apollo"):
        m = _apollo_reflectance(wavelength)
        return np.stack([m, m * wavelength * 1e-3])
    nodes = rolo.wavelength_nm()
    return np.stack([np.interp(wavelength, nodes, row) for row in np.eye(nodes.size)])


def _curve_weights(reflectance: NDArray[np.float64], model: RoloModel) -> NDArray[np.float64]:
    """(..., curve) from (..., 32)."""
    if model.spectral == "interpolated":
        return reflectance
    if model.spectral == "rimo-factors":
        return reflectance * tables.numbers("rolo_coefficients", "apollo_factor_rimo")
    shape = _curves(rolo.wavelength_nm(), model)
    if model.spectral == "apollo-plain":
        return reflectance @ np.linalg.pinv(shape)
    x, y = (curve / reflectance for curve in shape)
    xx, xy, yy = (np.sum(p * q, axis=-1) for p, q in ((x, x), (x, y), (y, y)))
    sx, sy = x.sum(axis=-1), y.sum(axis=-1)
    ab = (sx * yy - sy * xy, sy * xx - sx * xy)
    return np.asarray(np.stack(ab, axis=-1) / (xx * yy - xy**2)[..., None])


@lru_cache(maxsize=256)  # both arguments hash by identity of their frozen arrays
def _band_weights(response: SpectralResponse, model: RoloModel) -> NDArray[np.float64]:
    """(curve,) response-weighted means of curve times solar irradiance, W m-2 nm-1."""
    wavelength, weight = _quadrature(response, model)
    inside = _inside(wavelength, model)
    curves = _curves(wavelength[inside], model)
    if _reaches_outside(weight, inside):
        return np.full(curves.shape[0], np.nan)
    solar = _solar_irradiance(wavelength[inside], model)
    return np.asarray(curves @ (solar * weight[inside]) / weight[inside].sum())


def _quadrature(
    response: SpectralResponse, model: RoloModel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points and weights R dλ: two-point Gauss between any two samples of any curve.

    All curves are linear in between, so that products of three are exact.
    """
    own = response.wavelength_nm
    first, last = np.flatnonzero(response.response)[[0, -1]]
    low, high = own[max(first - 1, 0)], own[min(last + 1, own.size - 1)]
    samples = (own, model.solar.wavelength_nm, rolo.wavelength_nm(), _apollo()[0])
    grid = np.unique(np.concatenate([x[(x >= low) & (x <= high)] for x in samples]))
    half = np.diff(grid) / 2.0
    middle = grid[:-1] + half
    points = np.concatenate([middle - half / np.sqrt(3.0), middle + half / np.sqrt(3.0)])
    value = np.interp(points, own, response.response)
    return points, value * np.tile(half, 2)


def _reaches_outside(weight: NDArray[np.float64], inside: NDArray[np.bool_]) -> bool:
    outside = np.abs(weight[~inside]).sum()
    return bool(outside > NEGLIGIBLE_RESPONSE * np.abs(weight).sum())


def _inside(wavelength: NDArray[np.float64], model: RoloModel) -> NDArray[np.bool_]:
    low, high = model.wavelength_range_nm
    return (wavelength >= low) & (wavelength <= high)


def _solar_irradiance(wavelength: NDArray[np.float64], model: RoloModel) -> NDArray[np.float64]:
    return np.interp(wavelength, model.solar.wavelength_nm, model.solar.irradiance_w_m2_nm)


def _apollo_reflectance(wavelength: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(wavelength, *_apollo())


@cache
def _apollo() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wavelength, and reflectance of 0.95 soil + 0.05 breccia."""
    table = "apollo_soil_breccia"
    soil, breccia = (tables.numbers(table, name) for name in ("apollo16_62231_soil", "breccia"))
    return tables.numbers(table, "wavelength_nm"), 0.95 * soil + 0.05 * breccia
