"""Spectral band adjustment factors from responses and scene spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BandAdjustment:
    """What a target band sees over what a reference band sees.

    Attributes
    ----------
    factor
        Mean over the spectra; multiply the reference's reflectance by it.
    uncertainty
        Standard deviation over the spectra; NaN for a single one.
    """

    factor: float
    uncertainty: float


def spectral_adjustment(
    target: SpectralResponse,
    reference: SpectralResponse,
    wavelength_nm: ArrayLike,
    reflectance: ArrayLike,
    solar_irradiance: ArrayLike | None = None,
) -> BandAdjustment:
    """Give the factor from a reference band to a target band for a kind of scene.

    For each spectrum rho: factor = <rho>_target / <rho>_reference with
    <rho> = integral(R E rho) / integral(R E).

    Parameters
    ----------
    target, reference
        Spectral responses.
    wavelength_nm
        (sample,) nm, ascending.
    reflectance
        (sample,) or (spectrum, sample): of the surface for a factor at the
        surface, at the top of the atmosphere for one there.
    solar_irradiance
        (sample,) E per wavelength, any scale; None for a flat Sun.

    Returns
    -------
    BandAdjustment
        NaN when a spectrum is NaN within a band.

    Raises
    ------
    InputError
        Shapes that do not fit, or a band that reaches beyond the wavelengths.

    References
    ----------
    Chander et al. (2013), doi:10.1109/TGRS.2012.2228007.

    Examples
    --------
    >>> box = lambda nm: SpectralResponse("R", [nm - 5.0, nm + 5.0], [1.0, 1.0])
    >>> at = np.arange(400.0, 801.0)
    >>> found = spectral_adjustment(box(660.0), box(600.0), at, [at / 1000.0, 0.0 * at + 0.3])
    >>> round(found.factor, 3), round(found.uncertainty, 3)
    (1.05, 0.071)
    """
    at = np.asarray(wavelength_nm, np.float64)
    spectra = np.atleast_2d(np.asarray(reflectance, np.float64))
    sun = np.ones_like(at) if solar_irradiance is None else np.asarray(solar_irradiance, np.float64)
    if at.ndim != 1 or spectra.shape[1:] != at.shape or sun.shape != at.shape:
        raise InputError(
            "spectra",
            "wavelengths (sample,), reflectances (spectrum, sample), a Sun (sample,)",
            f"{at.shape}, {spectra.shape}, {sun.shape}",
            "sample all at the same wavelengths",
        )
    each = band_mean(target, at, spectra, sun) / band_mean(reference, at, spectra, sun)
    scatter = float(each.std(ddof=1)) if each.size > 1 else float("nan")
    return BandAdjustment(float(each.mean()), scatter)


def band_mean(
    response: SpectralResponse, wavelength_nm: Floats, spectra: Floats, sun: Floats
) -> Floats:
    """Mean of spectra (..., sample) over a response, weighted with the Sun.

    Raises
    ------
    InputError
        When the response reaches beyond the wavelengths.

    Examples
    --------
    >>> box = SpectralResponse("R", [500.0, 600.0], [1.0, 1.0])
    >>> at = np.arange(400.0, 701.0, 10.0)
    >>> float(band_mean(box, at, at, np.ones_like(at)).round(6))
    550.0
    """
    first, last = _reach(response)
    if first < wavelength_nm[0] or last > wavelength_nm[-1]:
        raise InputError(
            f"spectra for band {response.band}",
            f"wavelengths from {first:g} to {last:g} nm",
            f"{wavelength_nm[0]:g} to {wavelength_nm[-1]:g} nm",
            "give a wider spectrum",
        )
    edges = np.unique(np.concatenate([wavelength_nm, response.wavelength_nm]))
    edges = edges[(edges >= first) & (edges <= last)]
    weight = np.interp(edges, response.wavelength_nm, response.response)
    weight = weight * np.interp(edges, wavelength_nm, sun)
    rows = np.asarray(spectra, np.float64).reshape(-1, wavelength_nm.size)
    seen = np.stack([np.interp(edges, wavelength_nm, row) for row in rows])
    mean = np.trapezoid(seen * weight, edges, axis=-1) / np.trapezoid(weight, edges)
    return np.asarray(mean.reshape(np.shape(spectra)[:-1]))


def _reach(response: SpectralResponse) -> tuple[float, float]:
    """First and last wavelength between which the response is not 0, nm."""
    seen = np.flatnonzero(response.response)
    first, last = max(seen[0] - 1, 0), min(seen[-1] + 1, len(response.response) - 1)
    return float(response.wavelength_nm[first]), float(response.wavelength_nm[last])
