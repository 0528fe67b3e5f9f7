"""Directional model of a desert site: Ross–Li kernels and air mass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.drift.estimators import HUBER_TUNING
from venus_analysis.compute.drift.models import Estimator, Fit, fit_model
from venus_analysis.compute.drift.series import prepare_series

Floats = NDArray[np.float64]

KERNELS: Final = ("volume_kernel", "surface_kernel", "air_mass")


def ross_thick_kernel(
    solar_zenith_deg: ArrayLike, viewing_zenith_deg: ArrayLike, relative_azimuth_deg: ArrayLike
) -> Floats:
    """Volume scattering of a dense layer of leaves or grains.

    K = ((pi/2 - xi) cos xi + sin xi) / (cos t_s + cos t_v) - pi/4, xi the phase
    angle.

    Parameters
    ----------
    solar_zenith_deg, viewing_zenith_deg
        Below 90.
    relative_azimuth_deg
        0 with the Sun behind the sensor (backscatter).

    Returns
    -------
    ndarray
        Broadcast shape, 1; NaN where an angle is NaN or not below 90.

    References
    ----------
    Roujean et al. (1992), doi:10.1029/92JD01411; Wanner et al. (1995),
    doi:10.1029/95JD02371.

    Examples
    --------
    >>> float(ross_thick_kernel(0.0, 0.0, 0.0).round(9))
    0.0
    """
    s, v, cos_xi = _angles(solar_zenith_deg, viewing_zenith_deg, relative_azimuth_deg)
    xi = np.arccos(cos_xi)
    kernel = ((np.pi / 2 - xi) * cos_xi + np.sin(xi)) / (np.cos(s) + np.cos(v)) - np.pi / 4
    return np.asarray(kernel)


def li_sparse_kernel(
    solar_zenith_deg: ArrayLike, viewing_zenith_deg: ArrayLike, relative_azimuth_deg: ArrayLike
) -> Floats:
    """Shadows between sparse spheres, Li-sparse-reciprocal (h/b = 2, b/r = 1).

    K = O - sec t_s - sec t_v + (1 + cos xi) sec t_s sec t_v / 2 with O the overlap
    of the shadows seen and cast.

    Parameters
    ----------
    solar_zenith_deg, viewing_zenith_deg, relative_azimuth_deg
        As for `ross_thick_kernel`.

    Returns
    -------
    ndarray
        Broadcast shape, 1.

    References
    ----------
    Lucht, Schaaf & Strahler (2000), doi:10.1109/36.841980.

    Examples
    --------
    >>> float(li_sparse_kernel(0.0, 0.0, 0.0).round(9))
    0.0
    """
    s, v, cos_xi = _angles(solar_zenith_deg, viewing_zenith_deg, relative_azimuth_deg)
    azimuth = np.deg2rad(np.asarray(relative_azimuth_deg, np.float64))
    secants = 1.0 / np.cos(s) + 1.0 / np.cos(v)
    tan_s, tan_v = np.tan(s), np.tan(v)
    squared = tan_s**2 + tan_v**2 - 2.0 * tan_s * tan_v * np.cos(azimuth)
    across = (tan_s * tan_v * np.sin(azimuth)) ** 2
    cos_t = np.minimum(2.0 * np.sqrt(np.maximum(squared, 0.0) + across) / secants, 1.0)
    t = np.arccos(cos_t)
    overlap = (t - np.sin(t) * cos_t) * secants / np.pi
    kernel = overlap - secants + 0.5 * (1.0 + cos_xi) / (np.cos(s) * np.cos(v))
    return np.asarray(kernel)


def air_mass(solar_zenith_deg: ArrayLike, viewing_zenith_deg: ArrayLike) -> Floats:
    """Path through a flat atmosphere, down and up: sec t_s + sec t_v.

    Examples
    --------
    >>> float(air_mass(60.0, 0.0).round(9))
    3.0
    """
    s, v, _ = _angles(solar_zenith_deg, viewing_zenith_deg, 0.0)
    return np.asarray(1.0 / np.cos(s) + 1.0 / np.cos(v))


def directional_regressors(
    solar_zenith_deg: ArrayLike, viewing_zenith_deg: ArrayLike, relative_azimuth_deg: ArrayLike
) -> dict[str, Floats]:
    """Give the three terms of the directional model for `prepare_series`.

    Returns
    -------
    dict
        ``volume_kernel``, ``surface_kernel`` and ``air_mass``, each shaped as the
        angles, (look,) or (..., look).

    Examples
    --------
    >>> sorted(directional_regressors(30.0, 5.0, 90.0))
    ['air_mass', 'surface_kernel', 'volume_kernel']
    """
    angles = (solar_zenith_deg, viewing_zenith_deg, relative_azimuth_deg)
    terms = (
        ross_thick_kernel(*angles),
        li_sparse_kernel(*angles),
        air_mass(solar_zenith_deg, viewing_zenith_deg),
    )
    return dict(zip(KERNELS, terms, strict=True))


def fit_directional(
    time: ArrayLike,
    reflectance: ArrayLike,
    angles_deg: Mapping[str, ArrayLike],
    *,
    uncertainty: ArrayLike | None = None,
    model: str = "linear",
    break_times: ArrayLike = (),
    estimator: Estimator = "huber",
    tuning: float = HUBER_TUNING,
) -> Fit:
    """Fit the drift of a site's TOA reflectance together with its directional model.

    rho = level + slope t + k_v Ross-thick + k_s Li-sparse + k_a (sec t_s + sec t_v),
    each kernel less its mean over the looks, so that `level` is the reflectance at
    the mean geometry. The choice of terms moves slopes by several 0.01 %/yr: state
    it beside any result.

    Parameters
    ----------
    time
        (look,) UTC.
    reflectance
        (..., look), NaN for none.
    angles_deg
        ``solar_zenith_deg``, ``viewing_zenith_deg``, ``relative_azimuth_deg``
        (look,).
    uncertainty
        As for `prepare_series`.
    model, break_times, estimator, tuning
        As for `fit_model`.

    Returns
    -------
    Fit
        Slopes in reflectance per year; divide by `level` for relative ones.

    Examples
    --------
    >>> days = np.arange(0, 2000, 20)
    >>> sun = 40.0 + 15.0 * np.cos(2 * np.pi * days / 365.25)
    >>> angles = {"solar_zenith_deg": sun, "viewing_zenith_deg": 10.0 + days % 7,
    ...           "relative_azimuth_deg": 120.0 + days % 11}
    >>> rho = 0.3 + 0.01 * air_mass(sun, angles["viewing_zenith_deg"]) - 0.001 * days / 365.25
    >>> fit = fit_directional(np.datetime64("2002-05-01") + days, rho, angles)
    >>> round(float(fit["slope"]), 6)
    -0.001
    """
    series = prepare_series(
        time,
        reflectance,
        uncertainty,
        directional_regressors(
            angles_deg["solar_zenith_deg"],
            angles_deg["viewing_zenith_deg"],
            angles_deg["relative_azimuth_deg"],
        ),
    )
    return fit_model(series, model, break_times=break_times, estimator=estimator, tuning=tuning)


def _angles(
    solar_zenith_deg: ArrayLike, viewing_zenith_deg: ArrayLike, relative_azimuth_deg: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Zenith angles in radians, NaN from 90 on, and the cosine of the phase angle."""
    zeniths = [np.asarray(z, np.float64) for z in (solar_zenith_deg, viewing_zenith_deg)]
    s, v = (np.deg2rad(np.where((z >= 0.0) & (z < 90.0), z, np.nan)) for z in zeniths)
    azimuth = np.deg2rad(np.asarray(relative_azimuth_deg, np.float64))
    cos_xi = np.cos(s) * np.cos(v) + np.sin(s) * np.sin(v) * np.cos(azimuth)
    return s, v, np.clip(cos_xi, -1.0, 1.0)
