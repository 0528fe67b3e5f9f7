"""Inter-band offsets: where each band's disk lies beside the nominal focal plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
FEWEST_BANDS: Final = 6
"""Bands from which a straight line through them leaves offsets worth the name."""


@dataclass(frozen=True, eq=False)
class BandOffsets:
    """Offsets and their standard uncertainties (k = 1), (band,), pixels across the scan."""

    along_px: Array
    u_along_px: Array
    across_px: Array
    u_across_px: Array


def band_offsets(
    place_px: ArrayLike,
    line: ArrayLike,
    column: ArrayLike,
    u_line: ArrayLike,
    u_column: ArrayLike,
    oversampling: float,
) -> BandOffsets:
    """Offsets of the bands from the focal plane, scan rate and roll taken off.

    Along the scan y = line / oversampling, across it y = column; of each

        offset = y - (a + b place)

    by plain least squares over all bands: b takes up an error of the scan rate
    (along) and the roll of the scan (across), which one look cannot tell from the
    focal plane. What is left is the same at every look, whatever the scan, as long
    as the focal plane is. That the Moon's direction moves evenly during a scan is
    assumed [our reading: the bend of the orbit leaves some 0.02 pixels].

    Parameters
    ----------
    place_px
        (band,) nominal place of the band's array along the scan, pixels: its angle
        over the IFOV.
    line, column
        (band,) centre of the disk, pixels of the scene; NaN where not found.
    u_line, u_column
        (band,) their standard uncertainties (k = 1), pixels.
    oversampling
        Lines per pixel.

    Returns
    -------
    BandOffsets
        NaN where the place is, and in all bands with fewer than 6 places. A band
        that is absent moves the line, and with it the others, by a fraction of its
        own offset.

    Examples
    --------
    A band 1 pixel off to the side, in a scan with roll:

    >>> place = np.arange(12) * 100.0
    >>> column = 2600.0 + 0.01 * place + (place == 500.0)
    >>> found = band_offsets(place, 1.3 * place, column, 0.02, 0.02, 1.3)
    >>> found.across_px.round(2)[3:8]
    array([-0.09, -0.09,  0.91, -0.08, -0.08])
    >>> bool(np.allclose(found.along_px, 0.0))
    True
    """
    place = np.asarray(place_px, np.float64)
    given = [np.asarray(one, np.float64) for one in (line, column)]
    u = [np.broadcast_to(np.asarray(one, np.float64), place.shape) for one in (u_line, u_column)]
    good = np.isfinite(place) & np.isfinite(given[0]) & np.isfinite(given[1])
    along, across = (
        _off_line(place, y, u_y, good)
        for y, u_y in zip(
            (given[0] / oversampling, given[1]), (u[0] / oversampling, u[1]), strict=True
        )
    )
    return BandOffsets(*along, *across)


def _off_line(place: Array, y: Array, u: Array, good: NDArray[np.bool_]) -> tuple[Array, Array]:
    off, u_off = np.full(place.shape, np.nan), np.full(place.shape, np.nan)
    if good.sum() < FEWEST_BANDS:
        return off, u_off
    design = np.column_stack([np.ones(int(good.sum())), place[good] - place[good].mean()])
    left = np.eye(len(design)) - design @ np.linalg.pinv(design)
    off[good] = left @ (y[good] - y[good].mean())
    u_off[good] = np.sqrt((left**2) @ (u[good] ** 2))
    return off, u_off
