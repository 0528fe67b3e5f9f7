"""Ratios of a sensor to a reference over one desert site: per pair, per date, for the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.smac import (
    Atmosphere,
    smac_atmosphere,
    smac_direct,
    smac_inverse,
)
from venus_analysis.compute.desert.smac_coefficients import SmacCoefficients
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

Floats = NDArray[np.float64]

BLOCK: Final = 16384
ON_EARTH: Final = {
    "aot_550": (0.0, 5.0),
    "water_vapour_g_cm2": (0.0, 10.0),
    "ozone_du": (50.0, 700.0),
    "pressure_hpa": (300.0, 1100.0),
}
"""What air over land has; a value beyond is of another unit."""


@dataclass(frozen=True, eq=False)
class Sensor:
    """Bands of one sensor: names, responses and SMAC coefficients in one order.

    Parameters
    ----------
    bands, responses, coefficients
        One each for every band.
    smac_offset
        (band,) relative error of the coefficients against 6S, for the budget; 0
        where it is not known.

    Examples
    --------
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> boxes = [SpectralResponse(b, [int(b) - 9.0, int(b) + 9.0], [1.0, 1.0]) for b in bands]
    >>> Sensor(bands, boxes, coefficients).bands[2]
    '865'
    """

    bands: tuple[str, ...]
    responses: Sequence[SpectralResponse]
    coefficients: SmacCoefficients
    smac_offset: ArrayLike = 0.0

    def __post_init__(self) -> None:
        counts = (len(self.bands), len(self.responses), np.size(self.coefficients.tau_r))
        if len(set(counts)) > 1:
            raise InputError(
                "sensor",
                "as many responses and coefficients as bands",
                f"{counts[1]} and {counts[2]} for {counts[0]}",
                "select the same bands of all three",
            )


@dataclass(frozen=True)
class Air:
    """What is put in where looks do not state it.

    Parameters
    ----------
    aot_550
        Aerosol optical depth at 550 nm, taken for all looks.
    water_vapour_g_cm2, ozone_du, pressure_hpa
        For looks without. A target look without one of them takes the reference
        look's of the pair first.
    """

    aot_550: float = 0.2
    water_vapour_g_cm2: float = 1.5
    ozone_du: float = 300.0
    pressure_hpa: float = 1013.25


def require_air(air: Air) -> None:
    """Refuse air that there is not, such as an ozone column in atm cm.

    Raises
    ------
    InputError
        Naming the value, its range and its unit.

    Examples
    --------
    >>> require_air(Air(ozone_du=0.3))
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: air ozone_du: expected 50 to 700, received 0.3; \
look at its unit
    """
    for name, (lowest, highest) in ON_EARTH.items():
        value = getattr(air, name)
        if not lowest <= value <= highest:
            wanted = f"{lowest:g} to {highest:g}"
            raise InputError(f"air {name}", wanted, f"{value:g}", "look at its unit")


def modelled_reflectance(
    target: Looks,
    target_sensor: Sensor,
    reference: Looks,
    reference_sensor: Sensor,
    pairs: Pairs,
    *,
    air: Air | None = None,
    linear: bool = False,
    more: Air | None = None,
) -> Floats:
    """TOA reflectance that the target should see if it agreed with the reference.

    The reference's TOA reflectance is taken to the surface (SMAC at its own
    geometry), over wavelength to the target's bands, and up again at the
    target's geometry and air. That nothing is done about the few degrees between
    the two geometries is what the tolerances are for.

    Parameters
    ----------
    target, reference
        Looks; water vapour, ozone and pressure are used where known.
    target_sensor, reference_sensor
        Their bands; reference looks lacking a band are left out (NaN).
    pairs
        From `find_pairs`.
    air
        Default `Air()`.
    linear
        Straight lines instead of the spline over wavelength.
    more
        Amounts added to every look of both sensors, for sensitivities.

    Returns
    -------
    ndarray
        (pair, target band), 1.

    Examples
    --------
    A sensor that agrees with itself has modelled what it measured.

    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> day = np.array(["2004-05-01"], "M8[us]")
    >>> looks = make_looks(day, 25.0, 10.0, 60.0, [[0.30, 0.45, 0.55]])
    >>> itself = Pairs(np.array([0]), np.array([0]), np.array([False]))
    >>> modelled_reflectance(looks, sensor, looks, sensor, itself).round(3)
    array([[0.3 , 0.45, 0.55]])
    """
    sky = air or Air()
    change = more or Air(0.0, 0.0, 0.0, 0.0)
    surface = surface_reflectance(
        reference, reference_sensor, target_sensor, air=sky, linear=linear, more=change
    )
    own = air_of_looks(reference, None, sky)
    result = np.empty((len(pairs), len(target_sensor.bands)))
    for start in range(0, len(pairs), BLOCK):
        i = pairs.target[start : start + BLOCK]
        j = pairs.reference[start : start + BLOCK]
        looks = target.take(i)
        up = sensor_atmosphere(target_sensor, looks, air_of_looks(looks, own[j], sky), sky, change)
        result[start : start + BLOCK] = smac_direct(surface[j], up)
    return result


def surface_reflectance(
    looks: Looks,
    sensor: Sensor,
    wanted: Sensor,
    *,
    air: Air | None = None,
    linear: bool = False,
    more: Air | None = None,
) -> Floats:
    """Surface reflectance that one sensor's looks give in another sensor's bands.

    Parameters
    ----------
    looks, sensor
        TOA reflectances, and the bands they are in.
    wanted
        The sensor whose bands are wanted.
    air, linear, more
        As for `modelled_reflectance`.

    Returns
    -------
    ndarray
        (look, wanted band), 1; NaN for a look that lacks a band.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> day = np.array(["2004-05-01"], "M8[us]")
    >>> looks = make_looks(day, 25.0, 10.0, 60.0, [[0.30, 0.45, 0.55]])
    >>> surface_reflectance(looks, sensor, sensor).round(2)
    array([[0.3 , 0.47, 0.55]])
    """
    sky, change = air or Air(), more or Air(0.0, 0.0, 0.0, 0.0)
    below = np.empty((len(looks), len(sensor.bands)))
    for start in range(0, len(looks), BLOCK):
        block = looks.take(np.arange(start, min(start + BLOCK, len(looks))))
        up = sensor_atmosphere(sensor, block, air_of_looks(block, None, sky), sky, change)
        below[start : start + BLOCK] = smac_inverse(block.reflectance, up)
    return BandTransfer(sensor.responses, wanted.responses).apply(below, linear=linear)


def air_of_looks(looks: Looks, partner: Floats | None, air: Air) -> Floats:
    """Water vapour, ozone and pressure (look, 3): the look's own, its partner's, the default.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> looks = make_looks(np.array(["2004-05-01"], "M8[us]"), 25.0, 10.0, 60.0, [[0.3]])
    >>> air_of_looks(looks, np.array([[np.nan, 280.0, np.nan]]), Air())
    array([[   1.5 ,  280.  , 1013.25]])
    """
    found = np.column_stack([looks.water_vapour_g_cm2, looks.ozone_du, looks.pressure_hpa])
    if partner is not None:
        found = np.where(np.isnan(found), partner, found)
    default = (air.water_vapour_g_cm2, air.ozone_du, air.pressure_hpa)
    return np.where(np.isnan(found), default, found)


def sensor_atmosphere(
    sensor: Sensor, looks: Looks, conditions: Floats, air: Air, more: Air
) -> Atmosphere:
    """Atmosphere of each look in each band of a sensor, (look, band).

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> looks = make_looks(np.array(["2004-05-01"], "M8[us]"), 25.0, 10.0, 60.0, [[0.3, 0.4, 0.5]])
    >>> columns = air_of_looks(looks, None, Air())
    >>> nothing = Air(0.0, 0.0, 0.0, 0.0)
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> sensor_atmosphere(sensor, looks, columns, Air(), nothing).spherical_albedo.shape
    (1, 3)
    """
    water, ozone, pressure = conditions.T[:, :, None]
    return smac_atmosphere(
        sensor.coefficients,
        looks.solar_zenith_deg[:, None],
        looks.viewing_zenith_deg[:, None],
        looks.relative_azimuth_deg[:, None],
        aot_550=air.aot_550 + more.aot_550,
        water_vapour_g_cm2=water + more.water_vapour_g_cm2,
        ozone_du=ozone + more.ozone_du,
        pressure_hpa=pressure + more.pressure_hpa,
    )
