"""Reflectance of an aerosol layer: Sobolev's two-stream solution, first order exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def aerosol_reflectance(
    optical_depth: ArrayLike,
    cos_solar_zenith: ArrayLike,
    cos_viewing_zenith: ArrayLike,
    *,
    albedo: ArrayLike,
    asymmetry: ArrayLike,
    phase: ArrayLike,
) -> Floats:
    """Reflectance of a scattering and absorbing layer over black ground.

    Single scattering with the true phase function; multiple scattering by the
    two-stream diffusion equation with the phase function 1 + 3 g cos(angle).

    Parameters
    ----------
    optical_depth
        Of the layer, 0 or more.
    cos_solar_zenith, cos_viewing_zenith
        Above 0.
    albedo
        Single scattering albedo, 0 to below 1: at 1 the equation degenerates
        and the result is NaN.
    asymmetry
        Mean cosine of the scattering angle.
    phase
        Phase function at the look's scattering angle, mean 1 over the sphere.

    Returns
    -------
    ndarray
        Broadcast shape, 1.

    References
    ----------
    Rahman & Dedieu (1994), doi:10.1080/01431169408954055, their equations for the
    aerosol reflectance after Sobolev.

    Examples
    --------
    A thin layer scatters once: albedo * phase * depth / (4 mu_s mu_v).

    >>> one = aerosol_reflectance(1e-6, 0.8, 0.9, albedo=0.9, asymmetry=0.0, phase=1.0)
    >>> round(float(one / (0.9 * 1e-6 / (4 * 0.8 * 0.9))), 4)
    1.0
    """
    tau, us, uv = (
        np.asarray(x, np.float64) for x in (optical_depth, cos_solar_zenith, cos_viewing_zenith)
    )
    w, g3 = np.asarray(albedo, np.float64), 3.0 * np.asarray(asymmetry, np.float64)
    drift = 3.0 - w * g3
    k2 = (1.0 - w) * drift
    k = np.sqrt(k2)
    b = 2.0 * k / drift
    grow, fade = np.exp(k * tau), np.exp(-k * tau)
    off = 1.0 - k2 * us**2

    # Homogeneous solutions: the boundary condition is no diffuse light from outside.
    lossy = (1.0 - w) * g3 * us
    top = 2.0 + 3.0 * us + lossy * (1.0 + 2.0 * us)
    bottom = (2.0 - 3.0 * us - lossy * (1.0 - 2.0 * us)) * np.exp(-tau / us)
    scale = 0.25 * w * us / off / (grow * (1.0 + b) ** 2 - fade * (1.0 - b) ** 2)
    c1 = scale * (top * grow * (1.0 + b) + bottom * (1.0 - b))
    c2 = -scale * (top * fade * (1.0 - b) + bottom * (1.0 + b))

    # Particular solution, driven by the direct beam.
    e = -0.75 * w * us**2 / off
    f = -0.25 * w * (1.0 - w) * g3 * us**2 / off
    flux = e / (3.0 * us) + us * f

    forward = w * g3 * uv
    falling = c1 * (1.0 - forward * k / drift)
    rising = c2 * (1.0 + forward * k / drift)
    beam = e + f - forward * flux + 0.25 * w * np.asarray(phase, np.float64)
    return np.asarray(
        (
            _layer(falling, uv / (1.0 + k * uv), tau)
            + _layer(rising, uv / (1.0 - k * uv), tau)
            + _layer(beam, us * uv / (us + uv), tau)
        )
        / (us * uv)
    )


def _layer(source: Floats, path: Floats, tau: Floats) -> Floats:
    return -source * path * np.expm1(-tau / path)
