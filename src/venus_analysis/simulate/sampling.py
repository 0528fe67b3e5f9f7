"""What a camera does last: blur, mean over pixels, and one value for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Array = NDArray[np.floating[Any]]
Sampled = TypeVar("Sampled", NDArray[np.float32], NDArray[np.float64])

# Disks are drawn on a grid this many times finer than the pixels; odd, so that one of its points
# is a pixel's centre.
FINER: Final = 3
# Places in a pixel, no two on a line or a column: an upright edge meets them one by one.
PLACES: Final = np.column_stack(
    [
        (np.arange(64) + 0.5) / 64 - 0.5,
        np.arange(64) * (5.0**0.5 - 1.0) / 2.0 % 1.0 - 0.5,
    ]
)


def sampled(fine: Sampled, transfer: Callable[[Array, Array], Array]) -> Sampled:
    """Blur an image and let pixels take their means of it, as a camera does.

    The blur acts before the pixel and the pixel before the sampling, so that a
    narrow blur aliases as much as it does in a camera and no more.

    Parameters
    ----------
    fine
        (line, column), `FINER` times finer than the pixels.
    transfer
        Of the blur without the pixel, of frequencies (cycles a pixel) along and
        across.

    Returns
    -------
    ndarray
        (line, column) means of pixels.

    Examples
    --------
    >>> image = np.zeros((15, 15), np.float32)
    >>> image[7, 7] = 9.0
    >>> sharp = sampled(image, lambda along, across: np.ones((along.size, across.size)))
    >>> sharp[1:4, 1:4].round(1) + 0.0
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    room = [fft.next_fast_len(n, real=True) for n in fine.shape]
    along = fft.fftfreq(room[0], 1.0 / FINER).astype(fine.dtype)
    across = fft.rfftfreq(room[1], 1.0 / FINER).astype(fine.dtype)
    spectrum = fft.rfft2(fine, s=room)
    spectrum *= transfer(along, across)
    for frequency in (along[:, None], across[None, :]):
        # a pixel is FINER grid cells wide, one of which the image already is a mean over
        spectrum *= np.sinc(frequency) / np.sinc(frequency / FINER)
    blurred = fft.irfft2(spectrum, s=room)
    middle = FINER // 2
    return np.ascontiguousarray(
        blurred[middle : fine.shape[0] : FINER, middle : fine.shape[1] : FINER]
    )
