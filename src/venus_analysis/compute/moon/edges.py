"""Edges of a small image by its Laplacian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
KERNEL_SIGMA = 4.0


def laplace_edges(image: Array, sigma_px: float = 1.5) -> tuple[Array, Array, Array, Array]:
    """Edges of an image: zero crossings of its Laplacian-of-Gaussian response.

    Parameters
    ----------
    image
        Radiance (line, column), no NaN; some hundred pixels a side, as each side
        is filtered by one product of matrices.
    sigma_px
        Sigma of the Gaussian.

    Returns
    -------
    line, column, down, right
        Crossings between neighbouring pixels (n), pixels, and the gradient of
        the smoothed image there (radiance per pixel).

    References
    ----------
    Marr, D. & Hildreth, E. (1980), doi:10.1098/rspb.1980.0020.

    Examples
    --------
    >>> image = np.zeros((20, 20))
    >>> image[:, 10:] = 1.0
    >>> line, column, down, right = laplace_edges(image)
    >>> bool(np.allclose(column[np.abs(right) > 0.1], 9.5, atol=0.01))
    True
    """
    lines, columns = (
        [gaussian_matrix(size, sigma_px, order) for order in range(3)] for size in image.shape
    )
    smooth_down, smooth_right = lines[0] @ image, image @ columns[0].T
    response = lines[2] @ smooth_right + smooth_down @ columns[2].T
    down, right = lines[1] @ smooth_right, smooth_down @ columns[1].T
    parts = []
    for axis in (0, 1):
        first = (slice(None, -1), slice(None))[:: 1 if axis == 0 else -1]
        second = (slice(1, None), slice(None))[:: 1 if axis == 0 else -1]
        row, col = np.nonzero(response[first] * response[second] < 0)
        before, after = response[first][row, col], response[second][row, col]
        t = before / (before - after)
        gradients = [(1 - t) * g[first][row, col] + t * g[second][row, col] for g in (down, right)]
        parts.append((row + t * (axis == 0), col + t * (axis == 1), *gradients))
    line, column, gl, gc = (np.concatenate(p) for p in zip(*parts, strict=True))
    return line, column, gl, gc


def gaussian_matrix(size: int, sigma_px: float, order: int) -> Array:
    """Matrix (size, size) that convolves with a Gaussian or one of its first two derivatives.

    The kernel ends at four sigma and its sum is one before it is derived; beyond
    the ends the last value goes on. `scipy.ndimage.gaussian_filter1d` does the
    same, but its package takes longer to import than the Moon to be found.

    Parameters
    ----------
    size
        Number of values.
    sigma_px
        Standard deviation.
    order
        Derivative: 0, 1 or 2.

    Examples
    --------
    >>> slope = gaussian_matrix(40, 2.0, 1) @ (3.0 * np.arange(40.0))
    >>> bool(np.allclose(slope[10:30], 3.0, rtol=0.01))
    True
    """
    reach = int(KERNEL_SIGMA * sigma_px + 0.5)
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    kernel = np.exp(-0.5 * (x / sigma_px) ** 2)
    kernel /= kernel.sum()
    variance = sigma_px**2
    kernel *= (np.ones_like(x), x / variance, (x * x / variance - 1.0) / variance)[order]
    line = np.arange(size)[:, None]
    matrix = np.zeros((size, size))
    np.add.at(matrix, (line, np.clip(line + x.astype(int), 0, size - 1)), kernel)
    return matrix
