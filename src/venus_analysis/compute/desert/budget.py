"""What a desert ratio is uncertain by, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.ratio import (
    Air,
    Sensor,
    modelled_reflectance,
    surface_reflectance,
)
from venus_analysis.compute.desert.site_model import kernels, site_weights
from venus_analysis.compute.desert.spectrum import centroid_nm

Floats = NDArray[np.float64]

CHANGES: Final[Mapping[str, Air]] = {
    "aerosol": Air(0.1, 0.0, 0.0, 0.0),
    "water_vapour": Air(0.0, 0.5, 0.0, 0.0),
    "ozone": Air(0.0, 0.0, 15.0, 0.0),
}
"""By how much (k = 1) the air of both sensors may be wrong for a whole site."""

SITE_PER_YEAR: Final = 0.0015
"""Relative change of a site in a year, k = 1; in n years sqrt(n) times that.

Desert sites are known to be stable within 0.1 to 0.2 % a year; that they wander as
a random walk is our reading."""

MOST_PAIRS: Final = 2000


@dataclass(frozen=True, eq=False)
class Budget:
    """Relative standard uncertainties (k = 1) of a site's ratio.

    Attributes
    ----------
    terms
        Name to (band,): ``aerosol``, ``water_vapour``, ``ozone``: the change of
        the ratio with the air of both sensors; ``spectral``: spline against
        straight lines; ``directional``: what the difference of the pairs'
        geometries does, by a Ross–Li model of the surface; ``site``: what the site
        itself may have changed between the mean dates of both sensors' looks;
        ``smac``: what both sensors' coefficients miss of 6S, as if the two did
        not cancel.
    """

    terms: dict[str, Floats]

    @property
    def model(self) -> Floats:
        """(band,) root sum of squares of all terms."""
        return np.asarray(np.sqrt(sum(term**2 for term in self.terms.values())))


def desert_budget(
    target: Looks,
    target_sensor: Sensor,
    reference: Looks,
    reference_sensor: Sensor,
    pairs: Pairs,
    *,
    air: Air | None = None,
    changes: Mapping[str, Air] = CHANGES,
) -> Budget:
    """Systematic uncertainty of the modelled reflectance, by repeating it with a change.

    Each term is the absolute median over the pairs (2000 at most, evenly taken)
    of the relative change of the modelled reflectance.

    Parameters
    ----------
    target, target_sensor, reference, reference_sensor, pairs, air
        As for `modelled_reflectance`.
    changes
        Amounts added to both sensors' air, k = 1.

    Returns
    -------
    Budget
        NaN for a band without a value.

    Examples
    --------
    One sensor against itself, 4 degrees of the Sun apart.

    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> from venus_analysis.instrument import SpectralResponse
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> day = np.datetime64("2004-05-01", "us") + np.arange(2) * np.timedelta64(9, "D")
    >>> looks = make_looks(day, [25.0, 29.0], 10.0, 60.0, [[0.30, 0.45, 0.55]] * 2)
    >>> pair = Pairs(np.array([1]), np.array([0]), np.array([False]))
    >>> budget = desert_budget(looks, sensor, looks, sensor, pair)
    >>> (100 * budget.terms["ozone"]).round(3)
    array([0.007, 0.003, 0.   ])
    """
    some = _evenly(pairs)
    given = (target, target_sensor, reference, reference_sensor, some)
    plain = modelled_reflectance(*given, air=air)
    terms = {
        name: median_over_looks(modelled_reflectance(*given, air=air, more=more) / plain - 1.0)
        for name, more in changes.items()
    }
    straight = modelled_reflectance(*given, air=air, linear=True)
    terms["spectral"] = median_over_looks(straight / plain - 1.0)
    surface = surface_reflectance(reference, reference_sensor, target_sensor, air=air)
    terms["directional"] = median_over_looks(geometry_effect(target, reference, surface, some))
    terms["site"] = np.full(len(target_sensor.bands), _site(target, reference, some))
    terms["smac"] = _smac(target_sensor, reference_sensor)
    return Budget(terms)


def geometry_effect(target: Looks, reference: Looks, surface: Floats, pairs: Pairs) -> Floats:
    """Relative difference of surface reflectance between the geometries of each pair.

    A Ross–Li model is fitted to the reference's surface reflectances by least
    squares and asked at both geometries.

    Parameters
    ----------
    target, reference
        Looks; only their angles are used.
    surface
        (reference look, band) from `surface_reflectance`, 1.
    pairs
        From `find_pairs`. Between reciprocal geometries the kernels are equal.

    Returns
    -------
    ndarray
        (pair, band): surface at the target's geometry over that at the
        reference's, less 1; NaN for a band with fewer than 10 looks.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> day = np.datetime64("2004-05-01", "us") + np.arange(12) * np.timedelta64(9, "D")
    >>> looks = make_looks(day, 20.0 + np.arange(12), 10.0, 60.0, np.full((12, 1), 0.4))
    >>> pair = Pairs(np.array([0]), np.array([5]), np.array([False]))
    >>> abs(geometry_effect(looks, looks, np.full((12, 1), 0.4), pair)).round(9)
    array([[0.]])
    """
    there = kernels(reference)
    weights = site_weights(there, surface).T
    here, there = kernels(target) @ weights, there @ weights
    return np.asarray(here[pairs.target] / there[pairs.reference] - 1.0)


def _site(target: Looks, reference: Looks, pairs: Pairs) -> float:
    if not len(pairs):
        return float("nan")
    apart = target.time[pairs.target] - reference.time[pairs.reference]
    years = (apart / np.timedelta64(1, "D")).mean() / 365.25
    return float(SITE_PER_YEAR * np.sqrt(abs(years)))


def _smac(target: Sensor, reference: Sensor) -> Floats:
    at = [centroid_nm(response) for response in target.responses]
    from_nm = np.array([centroid_nm(response) for response in reference.responses])
    order = np.argsort(from_nm)
    offset = np.broadcast_to(reference.smac_offset, from_nm.shape)
    return np.asarray(np.hypot(target.smac_offset, np.interp(at, from_nm[order], offset[order])))


def _evenly(pairs: Pairs) -> Pairs:
    step = max(1, -(-len(pairs) // MOST_PAIRS))
    return Pairs(pairs.target[::step], pairs.reference[::step], pairs.reciprocal[::step])


def median_over_looks(change: Floats) -> Floats:
    """Absolute median of each column, NaN left out and where there is nothing else, (band,).

    Examples
    --------
    >>> median_over_looks(np.array([[-0.1, np.nan], [-0.3, np.nan], [0.0, np.nan]]))
    array([0.1, nan])
    """
    found = np.full(change.shape[1], np.nan)
    for band, values in enumerate(change.T):
        known = values[np.isfinite(values)]
        if known.size:
            found[band] = abs(np.median(known))
    return found
