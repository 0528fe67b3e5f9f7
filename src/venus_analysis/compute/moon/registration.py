"""Band-to-band registration: where the other bands' disks are, by the focal plane and by light."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.instrument import venus_bands

Array = NDArray[np.float64]
TRI_DETECTOR_STEP_RAD: Final = math.radians(0.42)
ARRAY_STEP_RAD: Final = 2e-3 / 1.75


def focal_plane_angle(band: str) -> float:
    """Nominal place of a band's array along the scan, rad from the first band's (B6).

    The four tri-detectors are 0.42 deg apart, the three arrays of each
    2 mm / 1.75 m, in the order in which the bands see the ground. Real offsets
    differ by some pixels and are found from the images.

    Examples
    --------
    >>> focal_plane_angle("B6"), round(focal_plane_angle("B2") / 7.42857e-6)
    (0.0, 3114)
    """
    order = {one.band: one.time_order - 1 for one in venus_bands()}[band]
    return (order // 3) * TRI_DETECTOR_STEP_RAD + (order % 3) * ARRAY_STEP_RAD


def predict_outline(outline: Outline, reference_band: str, band: str, ifov_rad: float) -> Outline:
    """Outline of a band's disk from another's, by the nominal focal plane.

    Parameters
    ----------
    outline
        Of the reference band, pixels.
    reference_band, band
        Band names.
    ifov_rad
        Angle of a column, rad.

    Returns
    -------
    Outline
        Of the same shape; a shear moves the column along.

    Examples
    --------
    >>> predict_outline(Outline(0.0, 9.0, 5.0, 2.0), "B6", "B4", 2e-3 / 1.75).centre_line
    2.0
    """
    angle = focal_plane_angle(band) - focal_plane_angle(reference_band)
    return moved(outline, angle / ifov_rad * outline.oversampling, 0.0)


def moved(outline: Outline, lines: float, columns: float) -> Outline:
    """Outline moved by lines, which a shear turns into columns too, and by columns.

    Examples
    --------
    >>> there = moved(Outline(50.0, 60.0, 20.0, shear=0.5), 10.0, 1.0)
    >>> there.centre_line, there.centre_column
    (60.0, 66.0)
    """
    return replace(
        outline,
        centre_line=outline.centre_line + lines,
        centre_column=outline.centre_column + outline.shear * lines + columns,
    )


def profile_shift(profile: Array, reference: Array) -> float:
    """Shift of a profile against a reference, samples.

    The largest cross-correlation of what rises above either's darkest fifth, to
    a part of a sample by a parabola. Their scales do not matter, nor how much
    sky lies on either side.

    Examples
    --------
    >>> x = np.arange(60.0)
    >>> bump = lambda at: np.exp(-((x - at) / 6.0) ** 2)
    >>> round(profile_shift(bump(33.3), bump(25.0)), 1)
    8.3
    """
    a, b = _above_sky(profile), _above_sky(reference)
    size = 2 * max(a.size, b.size)
    both = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    best = int(np.argmax(both))
    before, at, after = both[best - 1], both[best], both[(best + 1) % size]
    bend = before - 2.0 * at + after
    fine = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    shift = best + fine
    return float(shift - size if shift > size / 2 else shift)


def _above_sky(profile: Array) -> Array:
    filled = np.nan_to_num(profile)
    darkest = np.sort(filled)[: max(filled.size // 5, 1)]
    above = filled - darkest.mean()
    return np.asarray(np.where(above > 0.1 * above.max(), above, 0.0))
