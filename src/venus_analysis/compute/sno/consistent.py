"""Scenes that a robust line does not explain."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.sno.lines import Floats, PairedSlopes

SIGMAS: Final = 3.5
FEWEST_SCENES: Final = 5


def consistent_points(
    reference: Floats, target: Floats, scene: NDArray[np.generic], sigmas: float = SIGMAS
) -> NDArray[np.bool_]:
    """Points of scenes that agree with the others; cloud and haze are whole-scene errors.

    The mean residual of a scene from the Theil–Sen line of all points may not
    exceed `sigmas` scaled median absolute deviations of these means. Residuals
    from a line, not ratios, so that an offset is not taken for outliers.

    Parameters
    ----------
    reference, target
        (point,) reflectances; points with a NaN are not consistent.
    scene
        (point,) labels.
    sigmas
        Limit.

    Returns
    -------
    ndarray
        (point,). With fewer than 5 scenes all points with values are kept.

    Examples
    --------
    >>> x = np.linspace(0.2, 0.7, 12)
    >>> y = 1.01 * x + 1e-4 * (-1.0) ** np.arange(12)
    >>> y[6:8] += 0.1
    >>> np.flatnonzero(~consistent_points(x, y, np.repeat(np.arange(6), 2)))
    array([6, 7])
    """
    kept = np.isfinite(reference) & np.isfinite(target)
    x, y = reference[kept], target[kept]
    labels, of = np.unique(scene[kept], return_inverse=True)
    if len(labels) < FEWEST_SCENES:
        return np.asarray(kept)
    (gain,), (offset,) = PairedSlopes(x, y, of).line(np.ones((1, len(labels))))
    if not np.isfinite(gain):
        return np.asarray(kept)
    mean = np.bincount(of, y - gain * x - offset) / np.bincount(of)
    away = np.abs(mean - np.median(mean))
    good = away <= sigmas * 1.4826 * max(float(np.median(away)), 1e-9)
    kept[np.flatnonzero(kept)] = good[of]
    return np.asarray(kept)
