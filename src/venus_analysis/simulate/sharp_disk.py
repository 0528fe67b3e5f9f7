"""The Moon before any blur: albedo and scattering law on the disk, pixel by pixel."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.simulate.albedo import AlbedoMap
from venus_analysis.simulate.lunar_scene import Disk

Array = NDArray[np.floating[Any]]

SUBSAMPLES: Final = 8
ROWS_AT_ONCE: Final = 128


def sharp_disk(
    disk: Disk, albedo: AlbedoMap, contrast: float, first: tuple[int, ...], size: tuple[int, ...]
) -> NDArray[np.float64]:
    """Relative radiance of each pixel of a cut-out before blur; limb pixels by many samples.

    Parameters
    ----------
    disk, albedo, contrast
        As `moonlight`.
    first, size
        (line, column) of the cut-out's first pixel, and its shape.

    Examples
    --------
    >>> full = Disk("B7", 20.0, 20.0, 10.0, 1.3, 0.0, np.eye(3), np.array([0.0, 0.0, 1.0]), 1.0)
    >>> image = sharp_disk(full, AlbedoMap(np.ones((2, 2))), 1.0, (0, 0), (41, 41))
    >>> round(float(2.0 * image.sum() / (np.pi * 10.0**2 * 1.3)), 2)
    1.0
    """
    out = np.zeros(size)
    for start in range(0, size[0], ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, size[0]))
        line, column = rows + float(first[0]), np.arange(size[1]) + float(first[1])
        out[rows] = _sharp_rows(disk, albedo, contrast, line, column)
    return out


def _sharp_rows(
    disk: Disk, albedo: AlbedoMap, contrast: float, line: Array, column: Array
) -> NDArray[np.float64]:
    u, v = _on_disk(disk, line[:, None], column[None, :])
    rho = np.hypot(u, v)
    # A pixel's corner is at most this far from its centre, on the unit disk.
    reach = 0.5 / disk.radius_px * (1.0 + abs(disk.shear) + 1.0 / disk.oversampling)
    out = np.zeros(rho.shape)
    inner = rho < 1.0 - reach
    out[inner] = _brightness(disk, albedo, contrast, u[inner], v[inner])
    rows, columns = np.nonzero(np.abs(rho - 1.0) <= reach)
    steps = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5
    for down in steps:
        for right in steps:
            u, v = _on_disk(disk, line[rows] + down, column[columns] + right)
            out[rows, columns] += _brightness(disk, albedo, contrast, u, v) / SUBSAMPLES**2
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
