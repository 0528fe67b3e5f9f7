"""Each look against the site's directional model instead of single reference looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.desert.budget import median_over_looks
from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.ratio import (
    Air,
    Sensor,
    air_of_looks,
    sensor_atmosphere,
    surface_reflectance,
)
from venus_analysis.compute.desert.site_model import fit_site_model
from venus_analysis.compute.desert.site_ratio import DateRatios
from venus_analysis.compute.desert.smac import smac_direct

Floats = NDArray[np.float64]


def directional_ratios(
    target: Looks,
    target_sensor: Sensor,
    reference: Looks,
    reference_sensor: Sensor,
    pairs: Pairs,
    *,
    air: Air | None = None,
) -> tuple[DateRatios, Floats]:
    """Ratio of each look to the Ross–Li model of the reference's looks at the look's own geometry.

    All looks of the reference are taken to the surface and to the target's
    bands; the model is fitted to them and taken up again at the target's
    geometry and air. The few degrees that pairs may differ by play no part; the
    kernels' shape does. Looks without any pair are left out, so that the model
    is asked only where the reference has looked.

    Parameters
    ----------
    target, target_sensor, reference, reference_sensor, air
        As for `modelled_reflectance`.
    pairs
        From `find_pairs`: which looks are covered, and whose air a look without
        its own takes (the mean of its partners').

    Returns
    -------
    tuple
        `DateRatios` (`scatter` is NaN, there are no pairs to scatter), and (band,)
        the relative standard uncertainty of the site's mean that comes from the
        model: of the fit, and of what kernels of this shape cannot follow, which
        is how far the paired reference looks lie off the model on average.

    Examples
    --------
    A sensor against the model of its own looks.

    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> from venus_analysis.compute.desert.matchup import find_pairs
    >>> from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
    >>> from venus_analysis.instrument import SpectralResponse
    >>> bands, coefficients = built_in_coefficients("aatsr")
    >>> lines = [SpectralResponse(b, [int(b) - 1.0, int(b) + 1.0], [1.0, 1.0]) for b in bands]
    >>> sensor = Sensor(bands, lines, coefficients)
    >>> day = np.datetime64("2004-05-01", "us") + np.arange(40) * np.timedelta64(9, "D")
    >>> looks = make_looks(day, 20.0 + np.arange(40) % 23, np.arange(40) % 17, 60.0,
    ...                    np.full((40, 3), 0.4))
    >>> dates, _ = directional_ratios(looks, sensor, looks, sensor, find_pairs(looks, looks))
    >>> bool(abs(dates.ratio.mean(axis=0) - 1.0).max() < 1e-3)
    True
    """
    sky, nothing = air or Air(), Air(0.0, 0.0, 0.0, 0.0)
    surface = surface_reflectance(reference, reference_sensor, target_sensor, air=sky)
    model = fit_site_model(reference, surface)
    look, start, number = np.unique(pairs.target, return_index=True, return_counts=True)
    covered = target.take(look)
    rho, u_rho = model.predict(covered)
    air_of_reference = air_of_looks(reference, None, sky)
    partner = _sums(air_of_reference[pairs.reference], start) / number[:, None]
    columns = air_of_looks(covered, partner, sky)
    up = sensor_atmosphere(target_sensor, covered, columns, sky, nothing)
    modelled = smac_direct(rho, up)
    fitted = median_over_looks(smac_direct(rho + u_rho, up) / modelled - 1.0)
    off = (surface / model.predict(reference)[0] - 1.0)[pairs.reference]
    known = np.isfinite(off)
    sums, counts = (_sums(values, start) for values in (np.where(known, off, 0.0), known * 1.0))
    missed = median_over_looks(sums / np.where(counts > 0.0, counts, np.nan))
    none = np.full_like(modelled, np.nan)
    dates = DateRatios(look, covered.reflectance / modelled, modelled, none, number)
    return dates, np.hypot(fitted, missed)


def _sums(values: Floats, start: NDArray[np.intp]) -> Floats:
    """Add consecutive rows, (group, column)."""
    return np.add.reduceat(values, start, axis=0) if start.size else values[:0]
