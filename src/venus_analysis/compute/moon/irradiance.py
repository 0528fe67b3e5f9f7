"""Irradiance of the Moon from an image: the sum of radiance over a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def threshold_mask(counts: NDArray[np.integer], threshold: float) -> NDArray[np.bool_]:
    """Pixels of the Moon by the rule of lunar observation files: counts >= threshold.

    Parameters
    ----------
    counts
        Raw counts, any shape; fill must lie below the threshold.
    threshold
        Counts from which on a pixel belongs to the Moon, itself included. NaN
        gives an empty mask.

    Returns
    -------
    array of bool
        As `counts`.

    Examples
    --------
    >>> threshold_mask(np.array([51, 53, 60]), 53)
    array([False,  True,  True])
    """
    return np.asarray(counts >= threshold)


def masked_irradiance(
    radiance: NDArray[np.float64],
    mask: NDArray[np.bool_],
    pixel_solid_angle_sr: float,
    oversampling: float,
) -> float:
    """Irradiance at the observer from the radiance inside a mask.

    ``E = sum(L) * pixel_solid_angle / oversampling``: with oversampling along
    the scan each part of the disk is seen that many times.

    Parameters
    ----------
    radiance
        Radiance (line, column), W m-2 sr-1 um-1; NaN outside the mask is ignored.
    mask
        Pixels of the Moon, same shape.
    pixel_solid_angle_sr
        Solid angle of one pixel, sr.
    oversampling
        Oversampling along the scan.

    Returns
    -------
    float
        Irradiance, W m-2 um-1. NaN when the mask is empty or a pixel inside it is NaN.

    References
    ----------
    Kieffer & Stone 2005, AJ 129, 2887, doi:10.1086/430185, eq. 8.

    Examples
    --------
    >>> radiance = np.array([[0.0, 10.0], [20.0, 0.0]])
    >>> masked_irradiance(radiance, radiance > 0, 2e-9, 1.5)
    4.000...e-08
    """
    if not mask.any():
        return float("nan")
    total = float(np.sum(radiance[mask], dtype=np.float64))
    return total * pixel_solid_angle_sr / oversampling


def touches_frame(mask: NDArray[np.bool_]) -> bool:
    """Whether the largest connected part of a mask (line, column) reaches the frame's edge.

    Specks of noise at the edge do not count.

    Examples
    --------
    >>> touches_frame(np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]], bool))
    False
    """
    from scipy.ndimage import label

    parts, number = label(mask)
    if number == 0:
        return False
    moon = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    return any(bool(edge.any()) for edge in (moon[0], moon[-1], moon[:, 0], moon[:, -1]))
