"""The Moon before any blur: albedo and scattering law on the disk, pixel by pixel."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.simulate.albedo import AlbedoMap
from venus_analysis.simulate.lunar_scene import Disk
from venus_analysis.simulate.sampling import PLACES

Array = NDArray[np.floating[Any]]

ROWS_AT_ONCE: Final = 128
# Within so many pixels of the limb the brightness itself is drawn on the finer grid.
LIMB_ZONE_PX: Final = 4.0


def sharp_disk(
    disk: Disk,
    albedo: AlbedoMap,
    contrast: float,
    first: tuple[int, ...],
    size: tuple[int, ...],
    finer: int = 1,
) -> NDArray[np.float32]:
    """Relative radiance before blur, in pixels of a cut-out or parts of them.

    Where the limb crosses a pixel it is a mean of 64 samples. A finer grid serves
    the limb, on which a blur narrower than a pixel shows; away from it the parts
    of a pixel are alike.

    Parameters
    ----------
    disk, albedo, contrast
        As `moonlight`.
    first, size
        (line, column) of the cut-out's first pixel, and its shape.
    finer
        Parts of a pixel both ways.

    Returns
    -------
    ndarray
        float32, `finer` times `size`.

    Examples
    --------
    >>> full = Disk("B7", 20.0, 20.0, 10.0, 1.3, 0.0, np.eye(3), np.array([0.0, 0.0, 1.0]), 1.0)
    >>> image = sharp_disk(full, AlbedoMap(np.ones((2, 2))), 1.0, (0, 0), (41, 41))
    >>> round(float(2.0 * image.sum() / (np.pi * 10.0**2 * 1.3)), 2)
    1.0
    """
    out = np.empty((size[0] * finer, size[1] * finer), np.float32)
    for start in range(0, size[0], ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, size[0]))
        line, column = rows + float(first[0]), np.arange(size[1]) + float(first[1])
        part = _sharp_rows(disk, albedo, contrast, line, column, finer)
        out[start * finer : (rows[-1] + 1) * finer] = part
    return out


def _sharp_rows(
    disk: Disk, albedo: AlbedoMap, contrast: float, line: Array, column: Array, finer: int
) -> NDArray[np.float32]:
    u, v = _on_disk(disk, line[:, None], column[None, :])
    rho = np.hypot(u, v)
    # A pixel's corner is at most this far from its centre, on the unit disk.
    reach = 0.5 / disk.radius_px * (1.0 + abs(disk.shear) + 1.0 / disk.oversampling)
    zone = reach if finer == 1 else (2.0 * LIMB_ZONE_PX + 1.0) * reach
    inner = rho < 1.0 - zone
    whole = np.zeros(rho.shape, np.float32)
    whole[inner] = _brightness(disk, albedo, contrast, u[inner], v[inner])
    out = whole.repeat(finer, axis=0).repeat(finer, axis=1)
    rows, columns = np.nonzero(~inner & (rho <= 1.0 + reach))
    steps = (np.arange(finer) + 0.5) / finer - 0.5
    for down, i in zip(steps, range(finer), strict=True):
        for right, j in zip(steps, range(finer), strict=True):
            value = _near_limb(
                disk, albedo, contrast, line[rows] + down, column[columns] + right, finer
            )
            out[rows * finer + i, columns * finer + j] = value
    return out


def _near_limb(
    disk: Disk, albedo: AlbedoMap, contrast: float, line: Array, column: Array, finer: int
) -> Array:
    """Brightness of small pixels, by their centres or, where the limb crosses them, by samples."""
    u, v = _on_disk(disk, line, column)
    rho = np.hypot(u, v)
    reach = 0.5 / finer / disk.radius_px * (1.0 + abs(disk.shear) + 1.0 / disk.oversampling)
    out = _brightness(disk, albedo, contrast, u, v)
    on = np.flatnonzero(np.abs(rho - 1.0) <= reach)
    total = np.zeros(on.size)
    for down, right in PLACES / finer:
        u, v = _on_disk(disk, line[on] + down, column[on] + right)
        total += _brightness(disk, albedo, contrast, u, v)
    out[on] = total / len(PLACES)
    return out


def _on_disk(disk: Disk, line: Array, column: Array) -> tuple[Array, Array]:
    """Coordinates (u, v) on the unit disk."""
    down = line - disk.centre_line
    u = (column - disk.centre_column - disk.shear * down) / disk.radius_px
    return u, np.broadcast_to(down / disk.half_height, u.shape)


def _brightness(disk: Disk, albedo: AlbedoMap, contrast: float, u: Array, v: Array) -> Array:
    """Albedo times Lommel-Seeliger; 0 outside the disk and on the night side."""
    mu = np.sqrt(np.maximum(1.0 - u * u - v * v, 0.0))
    direction = np.tensordot(disk.axes.T, np.stack([u, v, mu]), axes=1)
    mu0 = np.tensordot(disk.sun, direction, axes=1)
    lit = (u * u + v * v <= 1.0) & (mu0 > 0.0)
    out = np.zeros(u.shape)
    out[lit] = albedo.sample(direction[:, lit]) ** contrast * mu0[lit] / (mu0[lit] + mu[lit])
    return out
