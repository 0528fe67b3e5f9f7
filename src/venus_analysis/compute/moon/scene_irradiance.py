"""Irradiance of the Moon in one band of a scene: halo in, ghosts out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.aperture import APERTURES, MAIN_APERTURE, DiskSums
from venus_analysis.compute.moon.scene_sky import SceneSky

Array = NDArray[np.float64]
# A kernel unlike all templates leaves this share of the halo wrong even in a sky without noise:
# root mean square over 24 halos (exponential, Gaussian, three Gaussians, Moffat, r**-2 and r**-3,
# scales of 0.08 to 0.24 radii), beyond what the term "halo tail" already states of them.
OTHER_KERNELS: Final = 0.02


@dataclass(frozen=True)
class SceneIrradiance:
    """Irradiance (W m-2 um-1) of one band and its relative budget (k = 1) by term.

    `halo_outside_mask` was added, `background_removed` taken off (W m-2 um-1).
    """

    irradiance: float
    pixel_number: int
    halo_outside_mask: float
    background_removed: float
    budget: Mapping[str, float] = field(default_factory=dict)
    sensitivity: Mapping[str, float] = field(default_factory=dict)


def scene_irradiance(
    sums: DiskSums,
    sky: SceneSky,
    coverage: Sequence[Array],
    absolute_gain: float,
    pixel_solid_angle_sr: float,
    oversampling: float,
    u_oversampling: float,
) -> SceneIrradiance:
    r"""Irradiance from the aperture sums and the sky.

    .. math:: E = \frac{\Omega}{A_k\,o}
              \Bigl(\sum_{r<r_k} (Z - c - g - \text{ghosts}) + \text{halo beyond}\Bigr)

    Parameters
    ----------
    sums
        From `venus_analysis.compute.moon.aperture.disk_sums`.
    sky
        From `venus_analysis.compute.moon.scene_sky.SkyProblem`.
    coverage
        Pixels per block of each aperture, see
        `venus_analysis.compute.moon.aperture.pixels_per_block`.
    absolute_gain
        Ak, counts / (W m-2 sr-1 um-1).
    pixel_solid_angle_sr
        Solid angle of a pixel that is not oversampled.
    oversampling, u_oversampling
        Along the scan, and its relative standard uncertainty.

    Returns
    -------
    SceneIrradiance
        NaN where the aperture holds no light.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.aperture import pixels_per_block
    >>> from venus_analysis.compute.moon.pixels import Spikes
    >>> from venus_analysis.compute.moon.scene_sky import SkyProblem
    >>> from venus_analysis.compute.moon.sky_templates import BlockMap
    >>> moon, empty = Outline(39.5, 59.5, 20.0), np.empty(0, int)
    >>> blocks = BlockMap(np.zeros((20, 30)), np.ones((20, 30)), 0, (4, 4))
    >>> sky = SkyProblem(blocks, moon).solve()
    >>> sums = DiskSums(np.full(6, 5e4), np.full(6, 1257), 9.0, 0.0, {},
    ...                 Spikes(empty, empty, np.empty(0), np.empty(0)), 0, 0)
    >>> pixels = [pixels_per_block(moon, r, blocks, 120, slice(0, 80)) for r in APERTURES]
    >>> round(scene_irradiance(sums, sky, pixels, 10.0, 1e-10, 1.25, 0.0).irradiance, 12)
    4e-07
    """
    removed = np.array([sky.removed(one) for one in coverage])
    beyond = np.array([sky.halo_outside(one) for one in coverage])
    z = sums.total - removed + beyond
    main, pixels = float(z[MAIN_APERTURE]), int(sums.pixels[MAIN_APERTURE])
    if not main > 0.0:
        return SceneIrradiance(math.nan, pixels, math.nan, math.nan)
    scale = pixel_solid_angle_sr / (absolute_gain * oversampling)
    near = z[MAIN_APERTURE - 1 : MAIN_APERTURE + 2]
    u_halo, noise = sky.u_halo(coverage[MAIN_APERTURE]), sky.u_halo_noise(coverage[MAIN_APERTURE])
    budget = {
        "noise": math.sqrt(sums.noise_variance) / main,
        "background": sky.u_sum(coverage[MAIN_APERTURE]) / main,
        "halo": math.hypot(
            math.sqrt(u_halo**2 - noise**2) / main, OTHER_KERNELS * sky.halo_fraction
        ),
        "halo noise": noise / main,
        # anything from none to twice as much may lie where no pixel looks
        "halo tail": sky.halo_unseen / math.sqrt(3.0) / main,
        "aperture": float(np.ptp(near)) / math.sqrt(12.0) / main,
        "pixel filter": sums.u_filter / main,
        "oversampling": u_oversampling,
    }
    sensitivity: dict[str, Any] = {
        f"aperture {radius:g}": float(value) / main - 1.0
        for radius, value in zip(APERTURES, z, strict=True)
    }
    return SceneIrradiance(
        main * scale,
        pixels,
        float(beyond[MAIN_APERTURE]) * scale,
        float(removed[MAIN_APERTURE]) * scale,
        budget,
        sensitivity,
    )
