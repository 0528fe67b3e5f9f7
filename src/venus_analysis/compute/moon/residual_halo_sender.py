"""Light of a disk sent through the kernels of a halo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from venus_analysis.compute.moon.residual_sky import SkyMap

Array = NDArray[np.float64]
HaloKernel = Literal["exponential", "gaussian", "power-law"]
KERNELS: Final[tuple[HaloKernel, ...]] = get_args(HaloKernel)
ROOM_RADII: Final = 2.0
KEPT: Final = 8


class HaloSender:
    """Sends the light of a disk through halo kernels, by Fourier transform.

    Parameters
    ----------
    sky
        Blocks of the band.
    room_radii
        Room around the blocks for light that leaves them.
    margins
        Blocks by which maps are larger than `sky`: before its first line and after
        its last, and of columns.
    """

    def __init__(
        self,
        sky: SkyMap,
        room_radii: float = ROOM_RADII,
        margins: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
    ) -> None:
        self._across = sky.outline.across_px
        step = (sky.size[0] / sky.outline.oversampling, float(sky.size[1]))
        room = [math.ceil(room_radii * self._across / one) for one in step]
        (top, bottom), (left, right) = margins
        rows, columns = sky.light.shape
        light = np.zeros((top + rows + bottom, left + columns + right), np.float32)
        light[top : top + rows, left : left + columns] = sky.light
        self.shape = light.shape
        self._size = [
            fft.next_fast_len(n + one, real=True) for n, one in zip(light.shape, room, strict=True)
        ]
        self._light = fft.rfft2(light, self._size)
        k2 = fft.fftfreq(self._size[0], step[0])[:, None] ** 2
        self._k2 = (k2 + fft.rfftfreq(self._size[1], step[1])[None, :] ** 2).astype(np.float32)
        self._kept = lru_cache(KEPT)(self._sent)

    def __call__(self, kernel: HaloKernel, scale_radii: float) -> Array:
        """Light (i, j) that a halo with all of the light would hold."""
        return self._kept(kernel, scale_radii)

    def _sent(self, kernel: HaloKernel, scale_radii: float) -> Array:
        turn = np.float32((2.0 * math.pi * scale_radii * self._across) ** 2) * self._k2
        if kernel == "exponential":
            turn += np.float32(1.0)
            transfer = np.float32(1.0) / (turn * np.sqrt(turn))
        elif kernel == "gaussian":
            transfer = np.exp(np.float32(-0.5) * turn)
        else:
            transfer = np.exp(-np.sqrt(turn))
        rows = fft.ifft(self._light * transfer, axis=0)[: self.shape[0]]
        sent = fft.irfft(rows, self._size[1], axis=1)
        return np.asarray(sent[:, : self.shape[1]], np.float64)
