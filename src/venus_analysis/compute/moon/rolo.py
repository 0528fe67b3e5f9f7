"""ROLO 311g: the reflectance of the Moon's disk in the model's own 32 bands."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis import tables
from venus_analysis.compute.moon.geometry import LunarGeometry
from venus_analysis.errors import InputError

Libration = Literal["lon-lat", "literal"]
PHASE_RANGE_DEG: Final = (1.55, 97.0)

# In the order of the terms in `_terms`.
_COEFFICIENTS = (
    *("a0", "a1", "a2", "a3"),
    *("b1", "b2", "b3"),
    *("c1", "c2", "c3", "c4"),
    *("d1", "d2", "d3"),
)


def wavelength_nm() -> NDArray[np.float64]:
    """Wavelengths of the model's 32 bands, nm.

    Examples
    --------
    >>> wavelength_nm()[[0, -1]]
    array([ 350. , 2383.6])
    """
    return tables.numbers("rolo_coefficients", "wavelength_nm")


def phase_outside_model(phase_angle_deg: ArrayLike) -> NDArray[np.bool_]:
    """Whether the model does not answer for a phase; NaN counts as outside.

    The range is that of the observations behind the model (Kieffer & Stone
    2005), 1.55 to 97 deg on both sides of full Moon.

    Examples
    --------
    >>> phase_outside_model([-97.1, -7.0, 1.0, float("nan")])
    array([ True, False,  True,  True])
    """
    phase = np.abs(np.asarray(phase_angle_deg, dtype=np.float64))
    low, high = PHASE_RANGE_DEG
    return ~((phase >= low) & (phase <= high))


def disk_reflectance(
    geometry: LunarGeometry, libration: Libration = "lon-lat"
) -> NDArray[np.float64]:
    r"""Disk-equivalent reflectance A in the 32 bands of ROLO 311g.

    .. math:: \ln A = \sum_{i=0}^{3} a_i g^i + \sum_{j=1}^{3} b_j F^{2j-1}
              + c_1 \phi + c_2 \theta + c_3 F \phi + c_4 F \theta
              + d_1 e^{-g/p_1} + d_2 e^{-g/p_2} + d_3 \cos((g - p_3)/p_4)

    with g the absolute phase (rad in the polynomial, deg in the d terms), F the
    sub-solar longitude (rad), phi and theta the observer's selenographic
    longitude and latitude (deg). No Apollo factor is applied.

    Source: Kieffer & Stone 2005, AJ 129, 2887, doi:10.1086/430185, eq. 10 and
    Table 4. The printed equation, taken by its letters, has c1 and c3 on the
    latitude and c2 and c4 on the longitude, and many codes follow it. We read
    that as an exchange of the two angles; the difference is 1.1 % rms, so that
    `libration` names the choice.

    Parameters
    ----------
    geometry
        Of any shape (...).
    libration
        ``lon-lat``: c1, c3 with the longitude, c2, c4 with the latitude.
        ``literal``: the other way round.

    Returns
    -------
    ndarray
        (..., 32), dimensionless. NaN where the phase lies outside 1.55 to 97
        deg (see `phase_outside_model`) or the geometry is NaN.

    Raises
    ------
    InputError
        Unknown libration convention.

    Examples
    --------
    >>> at = LunarGeometry(7.0, 7.0, 0.0, 0.0, 0.0, 1.0, 384400.0)
    >>> disk_reflectance(at)[wavelength_nm() == 865.3].round(6)
    array([0.138783])
    """
    if libration not in get_args(Libration):
        raise InputError(
            "libration", " | ".join(get_args(Libration)), repr(libration), "choose one of these"
        )
    coefficients, _ = _model()
    logarithm = _terms(geometry, libration) @ coefficients
    logarithm[phase_outside_model(geometry.phase_angle_deg)] = np.nan
    return np.exp(logarithm)


def _terms(geometry: LunarGeometry, libration: Libration) -> NDArray[np.float64]:
    """(..., 14): what multiplies each of the coefficients."""
    _, (p1, p2, p3, p4) = _model()
    g_deg = np.abs(geometry.phase_angle_deg)
    g, F = np.radians(g_deg), np.radians(geometry.sub_solar_longitude_deg)
    first, second = geometry.observer_longitude_deg, geometry.observer_latitude_deg
    if libration == "literal":
        first, second = second, first
    terms = (
        *(np.ones_like(g), g, g**2, g**3),
        *(F, F**3, F**5),
        *(first, second, F * first, F * second),
        *(np.exp(-g_deg / p1), np.exp(-g_deg / p2), np.cos((g_deg - p3) / p4)),
    )
    return np.stack(terms, axis=-1)


@cache
def _model() -> tuple[NDArray[np.float64], tuple[float, float, float, float]]:
    """(14, 32) coefficients, and p1..p4, which are common to all bands."""
    table = {name: tables.numbers("rolo_coefficients", name) for name in _COEFFICIENTS}
    p1, p2, p3, p4 = (float(tables.numbers("rolo_coefficients", f"p{i}")[0]) for i in range(1, 5))
    return np.stack(list(table.values())), (p1, p2, p3, p4)
