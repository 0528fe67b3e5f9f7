"""What the target should see by the reference: one of three band adjustments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.ratio import Air, Sensor, modelled_reflectance
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]
Adjustment = Literal["surface", "toa", "none"]
ADJUSTMENTS: Final[tuple[Adjustment, ...]] = get_args(Adjustment)


def adjusted_reflectance(
    target: Looks,
    target_sensor: Sensor,
    reference: Looks,
    reference_sensor: Sensor,
    pairs: Pairs,
    partners: Mapping[str, str],
    *,
    adjustment: Adjustment = "surface",
    air: Air | None = None,
) -> Floats:
    """Reflectance that the target should see at the top of the atmosphere.

    - ``surface``: the reference's reflectances are taken to the surface, over
      wavelength by a spline, and up again at the target's geometry, see
      `modelled_reflectance`. Absorption and scattering differ between two bands
      much more than the surface does, so this is the default.
    - ``toa``: the spline goes through the reflectances at the top of the
      atmosphere. It mistakes absorption lines for the surface.
    - ``none``: the partner band's reflectance as it is.

    Parameters
    ----------
    target, target_sensor, reference, reference_sensor, pairs, air
        As for `modelled_reflectance`.
    partners
        Target band to reference band; see `partner_bands`.
    adjustment
        One of the above.

    Returns
    -------
    ndarray
        (pair, target band), 1; NaN for a band without partner.

    Raises
    ------
    InputError
        An unknown adjustment, or a partner that the reference lacks.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> from venus_analysis.instrument import SpectralResponse
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> day = np.array(["2004-05-01"], "M8[us]")
    >>> looks = make_looks(day, 25.0, 2.0, 60.0, [[0.30, 0.45, 0.55]])
    >>> pair = Pairs(np.array([0]), np.array([0]), np.array([False]))
    >>> adjusted_reflectance(looks, sensor, looks, sensor, pair, {"865": "865"}).round(3)
    array([[ nan,  nan, 0.55]])
    """
    if adjustment not in ADJUSTMENTS:
        raise InputError("adjustment", ", ".join(ADJUSTMENTS), repr(adjustment), "choose one")
    columns = partner_columns(target_sensor, reference_sensor, partners)
    has = columns >= 0
    modelled = np.full((len(pairs), len(columns)), np.nan)
    rho = reference.reflectance[pairs.reference]
    if adjustment == "none":
        modelled[:, has] = rho[:, columns[has]]
        return modelled
    if adjustment == "toa":
        transfer = BandTransfer(reference_sensor.responses, target_sensor.responses)
        whole = transfer.apply(rho)
    else:
        whole = modelled_reflectance(
            target, target_sensor, reference, reference_sensor, pairs, air=air
        )
    modelled[:, has] = whole[:, has]
    return modelled


def partner_columns(
    target: Sensor, reference: Sensor, partners: Mapping[str, str]
) -> NDArray[np.intp]:
    """Position of each target band's partner among the reference's bands, -1 for none.

    Raises
    ------
    InputError
        When the reference lacks a partner.

    Examples
    --------
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> from venus_analysis.instrument import SpectralResponse
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> partner_columns(sensor, sensor, {"660": "865"})
    array([-1,  2, -1])
    """
    absent = sorted(set(partners.values()) - set(reference.bands))
    if absent:
        raise InputError(
            "reference bands", ", ".join(partners.values()), f"none of {absent}", "give them"
        )
    position = {band: k for k, band in enumerate(reference.bands)}
    return np.array([position.get(partners.get(band, ""), -1) for band in target.bands], np.intp)
