"""The halo of a Moon image that holds no more than the Moon and some sky: profile and share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from venus_analysis.compute.moon.disk import LunarDisk
from venus_analysis.compute.moon.mask import lit_mask
from venus_analysis.compute.moon.sun import degrees_from_sun

Array = NDArray[np.float64]
EDGES_PX: Final = (1.0, 3.0, 6.0, 10.0, 15.0, 25.0, 40.0, 60.0, 90.0, 130.0, 200.0, 300.0)
HALF_ARC_DEG: Final = 60.0


@dataclass(frozen=True, eq=False)
class LimbHalo:
    """Sky beside the lit limb.

    `distance_px` (bin) from the limb, `radiance` (bin) mean and `u_radiance`
    (bin) the standard uncertainty of the mean by the scatter of its pixels, which
    neighbours share in part; `share` of all light within `reach_px` of the lit
    part that lies outside it.
    """

    distance_px: Array
    radiance: Array
    u_radiance: Array
    share: float
    reach_px: float


def limb_halo(
    image: NDArray[np.floating[Any]],
    disk: LunarDisk,
    *,
    half_arc_deg: float = HALF_ARC_DEG,
    reach_px: float = 90.0,
) -> LimbHalo:
    """Measure the sky by its distance from the lit limb.

    No halo is fitted and no background taken off: for radiances that are free of
    an offset, as those of lunar observation files are.

    Parameters
    ----------
    image
        Radiance (line, column); NaN is left out.
    disk
        Found in it, see `venus_analysis.compute.moon.disk.find_disk`.
    half_arc_deg
        Limb used on either side of the Sun's direction.
    reach_px
        Distance from the lit part up to which light is added up.

    Returns
    -------
    LimbHalo
        At most 11 bins; the unit of the image.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.disk import find_disk
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> moon = 9.0 * (np.hypot(line - 60.0, column - 60.0) < 30.0)
    >>> image = ndimage.gaussian_filter(moon, 1.0)
    >>> found = limb_halo(image, find_disk(image))
    >>> bool(found.radiance[-1] < 1e-9), bool(0.0 < found.share < 0.1)
    (True, True)
    """
    line = np.arange(image.shape[0], dtype=np.float64)[:, None]
    column = np.arange(image.shape[1], dtype=np.float64)[None, :]
    u, v = disk.outline.unit(line, column)
    distance = disk.outline.distance(line, column)
    off = degrees_from_sun(u, v, disk.sun_direction_deg)
    known = np.isfinite(image)
    used = known & (np.abs(off) <= half_arc_deg) & (distance >= EDGES_PX[0])
    ring = np.digitize(distance[used], EDGES_PX) - 1
    value, bins = np.asarray(image[used], np.float64), len(EDGES_PX)
    number = np.bincount(ring, minlength=bins)[: bins - 1]
    some = number > 1
    mean = np.bincount(ring, value, bins)[: bins - 1][some] / number[some]
    square = np.bincount(ring, value**2, bins)[: bins - 1][some] / number[some]
    middle = 0.5 * (np.array(EDGES_PX[:-1]) + EDGES_PX[1:])[some]
    doubt = np.sqrt(np.maximum(square - mean**2, 0.0) / number[some])
    lit = lit_mask(np.asarray(image, np.float64), disk, 0)
    near = known & (ndimage.distance_transform_edt(~lit) < reach_px)
    total = float(np.sum(image[near], dtype=np.float64))
    outside = float(np.sum(image[near & ~lit], dtype=np.float64))
    return LimbHalo(middle, mean, doubt, outside / total, reach_px)
