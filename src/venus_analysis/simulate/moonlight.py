"""The light of one band's Moon in the focal plane: sharp disk, blur and halo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from venus_analysis.simulate.albedo import AlbedoMap
from venus_analysis.simulate.camera_settings import Optics
from venus_analysis.simulate.lunar_scene import Disk
from venus_analysis.simulate.sampling import FINER, sampled
from venus_analysis.simulate.sharp_disk import sharp_disk

Array = NDArray[np.floating[Any]]

# Half-width of a kernel that is drawn, in its scale; the power law never ends.
PSF_REACH: Final = {"gaussian": 7.0, "exponential": 14.0}
HALO_REACH: Final = {"gaussian": 7.0, "exponential": 20.0, "power-law": 40.0}
# The halo is drawn on a grid this many times finer than its scale.
HALO_STEPS: Final = 16


@dataclass(frozen=True, eq=False)
class Moonlight:
    """Radiance of one band's Moon over all space, W m-2 sr-1 um-1.

    Parameters
    ----------
    core
        (line, column) float32: the blurred disk without halo, on a cut-out.
    first
        Line and column of its first pixel.
    halo
        (row, column) float32 on a coarser grid, or None.
    halo_first, halo_step
        Scene coordinates of the grid's first point; lines and columns per step.
    """

    core: NDArray[np.float32]
    first: tuple[int, int]
    halo: NDArray[np.float32] | None = None
    halo_first: tuple[float, float] = (0.0, 0.0)
    halo_step: tuple[int, int] = (1, 1)

    def window(self, lines: slice, columns: int, shift: int = 0) -> NDArray[np.float32]:
        """Radiance of `lines` in columns 0 to `columns`, all moved by `shift` columns."""
        shape = (lines.stop - lines.start, columns)
        out = np.zeros(shape, np.float32) if self.halo is None else self._halo(lines, shape, shift)
        rows, from_rows = _common(self.first[0] - lines.start, len(self.core), shape[0])
        across, from_across = _common(self.first[1] + shift, self.core.shape[1], columns)
        out[rows, across] += self.core[from_rows, from_across]
        return out

    def _halo(self, lines: slice, shape: tuple[int, int], shift: int) -> NDArray[np.float32]:
        """Bilinear between the points of the coarse grid, 0 outside."""
        assert self.halo is not None  # noqa: S101
        start = (lines.start, -shift)
        (row, up), (column, right) = (
            _between(np.arange(n) + a, first, step, size)
            for n, a, first, step, size in zip(
                shape, start, self.halo_first, self.halo_step, self.halo.shape, strict=True
            )
        )
        low, high = row.min(), row.max() + 2
        part = self.halo[low:high]
        across = part[:, column] + right * (part[:, column + 1] - part[:, column])
        row -= low
        out = across[row + 1] - across[row]
        out *= up[:, None]
        out += across[row]
        return np.asarray(out, np.float32)

    def total(self) -> float:
        """Sum of the radiance over all space."""
        halo = 0.0 if self.halo is None else float(self.halo.sum(dtype=np.float64))
        return float(self.core.sum(dtype=np.float64)) + halo * np.prod(self.halo_step)


def _between(
    place: NDArray[np.integer], first: float, step: int, size: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Index of the grid point before each place, and the weight of the next one."""
    position = np.clip((place - first) / step, 0.0, size - 1.001)
    index = position.astype(np.intp)
    return index, (position - index).astype(np.float32)


def _common(offset: int, size: int, limit: int) -> tuple[slice, slice]:
    """Slices of a frame of `limit` and of a piece of `size` that begins at `offset` in it."""
    start, stop = max(offset, 0), min(offset + size, limit)
    stop = max(stop, start)
    return slice(start, stop), slice(start - offset, stop - offset)


def moonlight(
    disk: Disk, optics: Optics, albedo: AlbedoMap, contrast: float, *,
    scale: float, pixel_solid_angle_sr: float,
) -> Moonlight:  # fmt: skip
    """Draw the light of one band: ``E = sum(L) * pixel_solid_angle_sr / oversampling``.

    The sum goes over all space, the halo included. The disk is of
    Lommel-Seeliger brightness times ``albedo ** contrast``, drawn three times
    finer than the pixels; the blur, then
    the pixel, act before the sampling.

    Parameters
    ----------
    disk
        Place, light and irradiance.
    optics
        Blur and halo.
    albedo, contrast
        The map, and the band's exponent of it.
    scale
        Of the camera: shrinks the halo.
    pixel_solid_angle_sr
        IFOV², sr.

    Returns
    -------
    Moonlight

    References
    ----------
    Lommel-Seeliger law: Hapke, B. (2012), doi:10.1017/CBO9781139025683.

    Examples
    --------
    >>> from venus_analysis.simulate.lunar_scene import LunarScene
    >>> from venus_analysis.simulate.scene_settings import SceneSettings
    >>> disk = LunarScene(SceneSettings(scale=0.02)).disks[0]
    >>> light = moonlight(disk, Optics(), AlbedoMap(np.ones((2, 2))), 1.0, scale=0.02,
    ...                   pixel_solid_angle_sr=1e-8)
    >>> bool(abs(light.total() * 1e-8 / disk.oversampling / disk.irradiance - 1) < 1e-5)
    True
    """
    box = disk.oversampling if optics.scan_box_px is None else optics.scan_box_px
    reach = PSF_REACH[optics.psf_kernel]
    margin = (
        reach * optics.psf_sigma_along_px + box / 2.0 + 2.0,
        reach * optics.psf_sigma_across_px + 2.0,
    )
    centre, half = (disk.centre_line, disk.centre_column), (disk.half_height, disk.half_width)
    first, size = zip(
        *(
            (int(np.floor(c - h - m)), int(np.ceil(2.0 * (h + m))) + 2)
            for c, h, m in zip(centre, half, margin, strict=True)
        ),
        strict=True,
    )
    fine = sharp_disk(disk, albedo, contrast, first, size, FINER)
    pixels = fine.reshape(size[0], FINER, size[1], FINER)
    sharp = pixels.mean(axis=(1, 3), dtype=np.float64)
    unit = disk.irradiance * disk.oversampling / pixel_solid_angle_sr / sharp.sum()
    sharp *= unit
    core = sampled(fine, lambda along, across: psf_transfer(optics, box, along, across))
    core *= unit * (1.0 - optics.halo_fraction)
    light = Moonlight(core, first)
    if optics.halo_fraction == 0.0:
        return light
    return _with_halo(light, sharp, optics, scale, disk.oversampling)


def psf_transfer(optics: Optics, box: float, along: Array, across: Array) -> Array:
    """Transfer function of Gaussian (or exponential) and box; frequencies in cycles a pixel.

    Examples
    --------
    >>> psf_transfer(Optics(), 1.3, np.array([0.0]), np.array([0.0]))
    array([[1.]])
    """
    x = (2.0 * np.pi * optics.psf_sigma_along_px * np.asarray(along)[:, None]) ** 2
    y = (2.0 * np.pi * optics.psf_sigma_across_px * np.asarray(across)[None, :]) ** 2
    scan = np.sinc(box * np.asarray(along))[:, None]
    if optics.psf_kernel == "gaussian":
        return np.asarray((np.exp(-0.5 * x) * scan) * np.exp(-0.5 * y))
    core: Array = (1.0 + (x + y) / 3.0) ** -1.5
    core *= scan
    return core


def _with_halo(
    light: Moonlight, sharp: Array, optics: Optics, scale: float, oversampling: float
) -> Moonlight:
    """Add the halo, drawn on a grid that suits its scale."""
    radius = optics.halo_scale_px * scale
    scales = (radius * oversampling, radius)
    step = tuple(max(1, int(s // HALO_STEPS)) for s in scales)
    # An even number of margin points on either side; the outermost stay empty.
    reach = HALO_REACH[optics.halo_kernel]
    margin = [int(np.ceil(reach * s / d)) + 2 for s, d in zip(scales, step, strict=True)]
    cells = [-(-n // d) for n, d in zip(sharp.shape, step, strict=True)]
    pads = [(0, c * d - n) for c, d, n in zip(cells, step, sharp.shape, strict=True)]
    coarse = np.pad(sharp, pads).reshape(cells[0], step[0], cells[1], step[1]).mean(axis=(1, 3))
    size = [fft.next_fast_len(c + 2 * m, real=True) for c, m in zip(cells, margin, strict=True)]
    # Frequencies in radians per scale of the kernel.
    along = 2.0 * np.pi * scales[0] / step[0] * fft.fftfreq(size[0])[:, None]
    across = 2.0 * np.pi * scales[1] / step[1] * fft.rfftfreq(size[1])[None, :]
    spectrum = fft.rfft2(coarse, s=size)
    spectrum *= optics.halo_fraction * halo_transfer(optics.halo_kernel, along**2 + across**2)
    halo = np.roll(fft.irfft2(spectrum, s=size), margin, axis=(0, 1))
    for edge in (0, -1):
        halo[edge] = halo[:, edge] = 0.0
    first = [f - m * d + (d - 1) / 2.0 for f, m, d in zip(light.first, margin, step, strict=True)]
    return Moonlight(
        light.core, light.first, halo.astype(np.float32), (first[0], first[1]), (step[0], step[1])
    )


def halo_transfer(kernel: str, squared: Array) -> Array:
    """Transfer function of a halo of scale 1, of the squared frequency (radians)².

    Examples
    --------
    >>> [float(halo_transfer(name, np.array(0.0))) for name in HALO_REACH]
    [1.0, 1.0, 1.0]
    """
    if kernel == "gaussian":
        return np.asarray(np.exp(-0.5 * squared))
    if kernel == "exponential":
        return np.asarray((1.0 + squared) ** -1.5)
    return np.asarray(np.exp(-np.sqrt(squared)))
