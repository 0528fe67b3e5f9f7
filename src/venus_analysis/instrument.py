"""The camera: its bands and their spectral responses, from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis import tables
from venus_analysis.errors import InputError

SHORTEST_WAVELENGTH_NM = 100.0
IFOV_RAD = 13e-6 / 1.75
"""Angle of a column: 13 um at a focal length of 1.75 m."""
DETECTOR_COLUMNS = 5200


@dataclass(frozen=True, eq=False)
class SpectralResponse:
    """Relative spectral response of one band of any instrument.

    Linear between the samples and zero outside them; only its shape matters,
    never its scale.

    Parameters
    ----------
    band
        The instrument's own band name.
    wavelength_nm
        (sample,) strictly increasing, nm.
    response
        (sample,) relative response, any scale. Small negative samples of a
        measured response are kept; the integral must be positive.

    Raises
    ------
    InputError
        Shapes differ, fewer than 2 samples, NaN, wavelengths that do not
        increase or look like micrometres, or no positive integral.

    Examples
    --------
    >>> SpectralResponse("R", [600.0, 650.0, 700.0], [0.0, 1.0, 0.0]).response
    array([0., 1., 0.])
    >>> SpectralResponse("R", [0.6, 0.7], [1.0, 1.0])
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: response R: expected wavelengths in nm, above 100, \
received 0.6; multiply micrometres by 1000
    """

    band: str
    wavelength_nm: NDArray[np.float64]
    response: NDArray[np.float64]

    def __post_init__(self) -> None:
        where = f"response {self.band}"
        wavelength, response = checked_samples(where, self.wavelength_nm, self.response)
        integral = float(np.trapezoid(response, wavelength))
        if integral <= 0.0:
            raise InputError(
                where, "a positive integral", f"{integral:g}", "check the sign and the column"
            )
        object.__setattr__(self, "wavelength_nm", wavelength)
        object.__setattr__(self, "response", response)


def checked_samples(
    where: str, wavelength_nm: ArrayLike, values: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check a sampled curve over wavelength; return it as read-only copies.

    Raises
    ------
    InputError
        Named `where`: shapes differ, fewer than 2 samples, NaN, wavelengths
        that do not increase or look like micrometres.

    Examples
    --------
    >>> checked_samples("flat", [400, 500], [1, 1])
    (array([400., 500.]), array([1., 1.]))
    """
    wavelength = np.array(wavelength_nm, dtype=np.float64)
    curve = np.array(values, dtype=np.float64)
    if wavelength.ndim != 1 or wavelength.shape != curve.shape or wavelength.size < 2:
        raise InputError(
            where,
            "wavelengths and values of one shape (sample,), at least 2 samples",
            f"{wavelength.shape} and {curve.shape}",
            "give one value for each wavelength",
        )
    if not (np.isfinite(wavelength).all() and np.isfinite(curve).all()):
        raise InputError(where, "finite numbers", "NaN or infinity", "leave fill values out")
    if not (np.diff(wavelength) > 0.0).all():
        raise InputError(
            where, "strictly increasing wavelengths", "another order", "sort, drop duplicates"
        )
    if wavelength[0] < SHORTEST_WAVELENGTH_NM:
        raise InputError(
            where,
            f"wavelengths in nm, above {SHORTEST_WAVELENGTH_NM:g}",
            f"{wavelength[0]:g}",
            "multiply micrometres by 1000",
        )
    wavelength.flags.writeable = curve.flags.writeable = False
    return wavelength, curve


@dataclass(frozen=True)
class Band:
    """One band of the VENuS camera (VSSC), as tables/venus_bands.csv states it.

    `solar_irradiance_w_m2_um` is the product's own E0 at 1 au,
    `absolute_gain_2019_02` the gain Ak of February 2019 in
    counts / (W m-2 sr-1 um-1), `time_order` the order in which the bands see
    a place on the ground.
    """

    band: str
    central_wavelength_nm: float
    fwhm_nm: float
    solar_irradiance_w_m2_um: float
    absolute_gain_2019_02: float
    polarisation_coefficient: float
    tri_detector: int
    time_order: int


@cache
def venus_bands() -> tuple[Band, ...]:
    """Return the twelve VENuS bands, B1 to B12.

    Examples
    --------
    >>> [band.band for band in venus_bands() if band.tri_detector == 3]
    ['B7', 'B8', 'B9']
    """
    rows = zip(*tables.columns("venus_bands").values(), strict=True)
    return tuple(_band(*row) for row in rows)


def tri_detector_mates(band: str) -> tuple[str, ...]:
    """Return the other bands of a band's tri-detector, in the camera's order; none of a stranger.

    Examples
    --------
    >>> tri_detector_mates("B5")
    ('B1', 'B2')
    """
    home = {one.band: one.tri_detector for one in venus_bands()}
    return tuple(one for one in home if band in home and home[one] == home[band] and one != band)


@cache
def venus_responses() -> tuple[SpectralResponse, ...]:
    """Return the spectral responses of the twelve VENuS bands (CESBIO, 2.5 nm).

    Examples
    --------
    >>> red = venus_responses()[6]
    >>> red.band, float(red.wavelength_nm[red.response.argmax()])
    ('B7', 662.5)
    """
    wavelength = tables.numbers("venus_rsr", "wavelength_nm")
    names = [name for name in tables.columns("venus_rsr") if name != "wavelength_nm"]
    return tuple(
        SpectralResponse(name, wavelength, tables.numbers("venus_rsr", name)) for name in names
    )


@cache
def sentinel2_responses(sensor: str) -> tuple[SpectralResponse, ...]:
    """Return the spectral responses of S2A or S2B, B1 to B8A (ESA, 2.5 nm).

    Raises
    ------
    InputError
        Another sensor.

    Examples
    --------
    >>> [response.band for response in sentinel2_responses("S2A")][-2:]
    ['B8', 'B8A']
    """
    columns = tables.columns("sentinel2_rsr")
    own = np.array(columns["sensor"]) == sensor
    if not own.any():
        raise InputError("sensor", "S2A or S2B", repr(sensor), "give a file of responses")
    wavelength = tables.numbers("sentinel2_rsr", "wavelength_nm")
    response = tables.numbers("sentinel2_rsr", "response")
    bands = np.array(columns["band"], object)
    return tuple(
        SpectralResponse(
            str(band), wavelength[own & (bands == band)], response[own & (bands == band)]
        )
        for band in dict.fromkeys(bands[own])
    )


def _band(name: str, *cells: str) -> Band:
    *numbers, tri_detector, time_order = cells
    centre, width, sun, gain, polarisation = map(float, numbers)
    return Band(name, centre, width, sun, gain, polarisation, int(tri_detector), int(time_order))
