"""Looks that clouds, shadows or dust spoil, found without a cloud mask, with the reason."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.desert.directional import directional_regressors
from venus_analysis.compute.desert.looks import Looks

Floats = NDArray[np.float64]

SIGMAS: Final = 4.0
SCATTER_FACTOR: Final = 2.5
FEWEST_LOOKS: Final = 20
ROUNDS: Final = 20


class LookFlag(IntFlag):
    """Why a look is not used (bit value, name).

    MISSING: an angle, or every band's reflectance. NOT_UNIFORM: the site is far more
    uneven than it usually is (broken cloud). TOO_BRIGHT, TOO_DARK: more than the site's
    directional model allows (cloud or haze; shadow or wet ground).

    Examples
    --------
    >>> LookFlag.TOO_BRIGHT | LookFlag.NOT_UNIFORM
    <LookFlag.NOT_UNIFORM|TOO_BRIGHT: 6>
    """

    MISSING = 1 << 0
    NOT_UNIFORM = 1 << 1
    TOO_BRIGHT = 1 << 2
    TOO_DARK = 1 << 3


def screen_looks(
    looks: Looks, *, sigmas: float = SIGMAS, scatter_factor: float = SCATTER_FACTOR
) -> NDArray[np.uint8]:
    """Reasons not to use a look, as sums of `LookFlag`; 0 for a good one.

    Each band's log reflectance is fitted with the Ross–Li kernels and air mass,
    rejecting looks until none changes; a look goes when its residual exceeds
    `sigmas` times the scaled median absolute deviation in any band.

    Parameters
    ----------
    looks
        Of one sensor at one site.
    sigmas
        Limit of the residual in robust standard deviations.
    scatter_factor
        Limit of the site's relative scatter, in units of its median over looks.

    Returns
    -------
    ndarray
        (look,). With fewer than 20 good looks the directional model is not
        fitted and only missing values and scatter count.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> day = np.datetime64("2004-01-01", "us") + np.arange(60) * np.timedelta64(5, "D")
    >>> rho = 0.4 + 0.001 * np.sin(np.arange(60.0))[:, None]
    >>> rho[7] = 0.5
    >>> looks = make_looks(day, 20.0 + np.arange(60) % 31, 5.0 + np.arange(60) % 7,
    ...                    40.0 + np.arange(60) % 11, rho)
    >>> np.flatnonzero(screen_looks(looks) == LookFlag.TOO_BRIGHT)
    array([7])
    """
    angles = (looks.solar_zenith_deg, looks.viewing_zenith_deg, looks.relative_azimuth_deg)
    known = np.isfinite(np.stack(angles)).all(axis=0)
    missing = ~(known & np.isfinite(looks.reflectance).any(axis=1))
    reasons = np.where(missing, LookFlag.MISSING, 0).astype(np.uint8)
    reasons |= np.where(_uneven(looks, scatter_factor), LookFlag.NOT_UNIFORM, 0).astype(np.uint8)
    terms = np.stack([np.ones(len(looks)), *directional_regressors(*angles).values()], axis=1)
    logs = np.log(looks.reflectance)
    for log in logs.T[np.isfinite(logs).any(axis=0)]:
        sure = (reasons & (LookFlag.MISSING | LookFlag.NOT_UNIFORM)) == 0
        off = _residual_in_sigmas(terms, log, sure & np.isfinite(log), sigmas)
        reasons |= np.where(off > sigmas, LookFlag.TOO_BRIGHT, 0).astype(np.uint8)
        reasons |= np.where(off < -sigmas, LookFlag.TOO_DARK, 0).astype(np.uint8)
    return reasons


def _uneven(looks: Looks, scatter_factor: float) -> NDArray[np.bool_]:
    relative = looks.reflectance_sd / looks.reflectance
    bands = np.isfinite(relative).any(axis=0)
    if not bands.any():
        return np.zeros(len(looks), bool)
    usual = np.nanmedian(relative[:, bands], axis=0)
    return np.asarray((relative[:, bands] > scatter_factor * usual).any(axis=1))


def _residual_in_sigmas(
    terms: Floats, log: Floats, used: NDArray[np.bool_], sigmas: float
) -> Floats:
    """Residuals (look,) in robust sigmas of the looks kept; 0 where nothing can be said."""
    kept = used
    for _ in range(ROUNDS):  # two sets that lead to one another have no end: the last serves
        if kept.sum() < FEWEST_LOOKS:
            return np.zeros(len(log))
        fitted = np.linalg.lstsq(terms[kept], log[kept], rcond=None)[0]
        residual = log - terms @ fitted
        centre = np.median(residual[kept])
        sigma = 1.4826 * np.median(np.abs(residual[kept] - centre))
        off = (residual - centre) / max(sigma, 1e-6)
        now = used & (np.abs(off) <= sigmas)
        if (now == kept).all():
            break
        kept = now
    return np.where(used, off, 0.0)
