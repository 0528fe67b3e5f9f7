"""The ghosts of the simulated camera: which, where, how strong, how blurred."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.instrument import tri_detector_mates
from venus_analysis.simulate.camera_settings import Ghost
from venus_analysis.simulate.scene_settings import BANDS, SceneSettings

# Widest and usual diameter of the Moon, columns of the full camera.
WIDEST_PX: Final = 1338.0
USUAL_PX: Final = 1240.0


def draw_ghosts(settings: SceneSettings) -> tuple[Ghost, ...]:
    """Give the planted ghosts, or draw two for each band from the camera's seed.

    A ghost lands beside the band's disk, and in the bands of `ghost_overlaps`
    the first one on it.

    Examples
    --------
    >>> [ghost.source_band for ghost in draw_ghosts(SceneSettings()) if ghost.band == "B5"]
    ['B1', 'B2']
    """
    optics = settings.optics
    if optics.ghosts is not None:
        return optics.ghosts
    rng = np.random.default_rng([settings.camera_seed, 2])
    ghosts = []
    for band in BANDS:
        sides = rng.permutation([-1.0, 1.0])
        for source, side in zip(tri_detector_mates(band), sides, strict=True):
            beside = rng.uniform(1.1, 1.35) * WIDEST_PX
            on_top = rng.uniform(0.2, 0.6) * USUAL_PX
            first = source == tri_detector_mates(band)[0]
            shift = on_top if first and band in optics.ghost_overlaps else beside
            factor = round(float(rng.uniform(*optics.ghost_factors)), 6)
            ghosts.append(Ghost(band, source, factor, round(side * shift * settings.scale)))
    return tuple(ghosts)


def ghost_kernel(sigma_px: float) -> NDArray[np.float32]:
    """Return the discrete blur of a ghost (row, column), of sum 1, as STRLGT holds it.

    Examples
    --------
    >>> kernel = ghost_kernel(1.5)
    >>> kernel.shape, round(float(kernel.sum()), 6)
    ((11, 11), 1.0)
    """
    profile = ghost_profile(sigma_px)
    return np.outer(profile, profile).astype(np.float32)


def ghost_profile(sigma_px: float) -> NDArray[np.float64]:
    """One axis of `ghost_kernel`."""
    half = int(np.ceil(3.0 * sigma_px))
    profile = np.exp(-0.5 * (np.arange(-half, half + 1) / max(sigma_px, 1e-6)) ** 2)
    return np.asarray(profile / profile.sum())
