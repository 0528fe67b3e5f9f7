"""The halo as it lies beside the disk: radial profile, energy by distance, encircled energy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.residual_halo import HaloResidual, HaloSender
from venus_analysis.compute.moon.residual_sky import SkyMap

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
RINGS: Final = np.concatenate([np.arange(1.02, 1.5, 0.04), np.arange(1.5, 3.01, 0.1)])
INSIDE: Final = np.arange(0.1, 0.95, 0.1)
OUTSIDE: Final = np.arange(1.4, 3.01, 0.2)
FARTHEST: Final = 3.0
GHOST_SHARE: Final = 0.02


@dataclass(frozen=True, eq=False)
class HaloEnergy:
    """Where a band's light is found, shares of all of it.

    Parameters
    ----------
    radius, radiance, u_radiance, fitted
        (ring) distance from the disk's centre in radii; mean radiance of the
        ring's sky, W m-2 sr-1 um-1, its standard uncertainty by noise, and the
        fitted halo's mean over the same sky.
    near, u_near
        Share between 1.00 and 1.05 radii, most of it the blurred limb.
    far, u_far
        Share between 1.05 and 3 radii: measured where the scene was read, by the
        fitted halo elsewhere.
    seen
        Share of `far` that was measured.
    encircled_radius, encircled_energy
        (n) radii, and the share of the light within them.
    """

    radius: Array
    radiance: Array
    u_radiance: Array
    fitted: Array
    near: float
    u_near: float
    far: float
    u_far: float
    seen: float
    encircled_radius: Array
    encircled_energy: Array


def halo_energy(
    sky: SkyMap,
    halo: HaloResidual,
    apertures: tuple[Sequence[float], Sequence[float]],
    absolute_gain: float,
    ghosts: Sequence[tuple[Array, float]] = (),
) -> HaloEnergy:
    """Profile and energy of a band's halo.

    Parameters
    ----------
    sky, halo
        The band's blocks and its fitted halo, which also gives the sky's level.
    apertures
        Radii (from 1.0 on, with 1.05 among them) and the equalised counts within
        them, level taken off.
    absolute_gain
        Ak, counts / (W m-2 sr-1 um-1).
    ghosts
        Templates (i, j) with their factors: blocks that hold a noticeable ghost
        are left out, and the fitted halo stands in for them.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.residual_halo import HaloProblem
    >>> from venus_analysis.compute.moon.residual_sky import sky_map
    >>> from venus_analysis.compute.moon.sky_templates import BlockMap
    >>> moon = Outline(119.5, 179.5, 60.0)
    >>> empty = BlockMap(np.zeros((60, 90)), np.ones((60, 90)), 0, (4, 4))
    >>> disk = 40.0 * (np.hypot(*moon.unit(*empty.centres())) < 1.0)
    >>> sky = sky_map(BlockMap(disk, empty.weight, 0, (4, 4)), moon)
    >>> total = 16.0 * disk.sum()
    >>> found = halo_energy(sky, HaloProblem(sky).solve(), ([1.0, 1.05], [total, total]), 8.0)
    >>> abs(round(found.near, 6)), abs(round(found.far, 6))
    (0.0, 0.0)
    """
    rest = sky.value - np.nan_to_num(halo.level)[None, :] - halo.drift
    used = (sky.weight > 0.0) & np.isfinite(halo.level)[None, :] & ~_covered(ghosts, rest.shape)
    rest = rest - sum((factor * template for template, factor in ghosts), np.zeros(rest.shape))
    radius, light = np.asarray(apertures[0]), np.asarray(apertures[1], np.float64)
    edge = float(radius[-1])
    around, distance = _everywhere(sky, halo)
    beyond = around * sky.pixels
    total = float(light[-1] + beyond[distance > edge].sum() + _lost(sky, halo, beyond))
    inner = int(np.argmin(np.abs(radius - 1.05)))
    ring = distance > radius[inner]
    modelled = float(beyond[ring & (distance <= FARTHEST)].sum())
    here = used & (sky.radius > radius[inner]) & (sky.radius <= FARTHEST)
    excess = float(((rest - halo.model)[here] * sky.weight[here]).sum()) * sky.pixels
    far = modelled + excess
    noise = halo.noise * sky.pixels * math.sqrt(float(sky.weight[here].sum()))
    doubt = abs(halo.u_fraction / halo.fraction) * abs(modelled) if halo.fraction else 0.0
    seen = float(halo.model[here].sum()) * sky.pixels
    near = float(light[inner] - light[0])
    curve = _encircled(sky, radius, light, beyond, distance, total)
    return HaloEnergy(
        *_profile(rest, halo.model, used, sky, halo.noise, absolute_gain),
        near / total,
        math.hypot(_aperture_noise(sky, halo, float(radius[inner])), 0.0) / total,
        far / total,
        math.hypot(noise, doubt) / total,
        seen / modelled if modelled > 0.0 else math.nan,
        *curve,
    )


def _covered(ghosts: Sequence[tuple[Array, float]], shape: tuple[int, ...]) -> Mask:
    """Blocks that a ghost's disk lies on."""
    covered = np.zeros(shape, np.bool_)
    for template, _ in ghosts:
        covered |= template > GHOST_SHARE * float(template.max(initial=0.0))
    return covered


def _profile(
    rest: Array, model: Array, used: Mask, sky: SkyMap, noise: float, gain: float
) -> tuple[Array, Array, Array, Array]:
    """Mean of each ring's sky; rings without any are left out."""
    ring = np.digitize(sky.radius[used], RINGS)
    weight = sky.weight[used]
    share = np.bincount(ring, weight, len(RINGS) + 1)[1:-1]
    seen, fitted = (
        np.bincount(ring, weight * one[used], len(RINGS) + 1)[1:-1] / gain for one in (rest, model)
    )
    some = share > 0.0
    middle = 0.5 * (RINGS[:-1] + RINGS[1:])
    share = share[some]
    doubt = noise / gain / np.sqrt(share)
    return middle[some], seen[some] / share, doubt, fitted[some] / share


def _everywhere(sky: SkyMap, halo: HaloResidual) -> tuple[Array, Array]:
    """Fitted halo (i, j) with room on all sides, and the distance of its blocks in radii."""
    scale = halo.scale_used_radii
    send = HaloSender(sky, around=True)
    i, j = (np.arange(n) - before for n, before in zip(send.shape, send.before, strict=True))
    line = sky.first_line + (i + 0.5) * sky.size[0] - 0.5
    distance = np.hypot(
        *sky.outline.unit(line[:, None], ((j + 0.5) * sky.size[1] - 0.5)[None, :].astype(float))
    )
    return halo.weight * send(halo.kernel, scale), np.asarray(distance)


def _lost(sky: SkyMap, halo: HaloResidual, beyond: Array) -> float:
    """Halo that leaves even the room around the scene."""
    return max(halo.weight * float(sky.light.sum()) * sky.pixels - float(beyond.sum()), 0.0)


def _aperture_noise(sky: SkyMap, halo: HaloResidual, radius: float) -> float:
    """Noise of the counts between 1.0 and `radius` radii."""
    area = math.pi * sky.outline.across_px * sky.outline.semi_axis_line_px * (radius**2 - 1.0)
    return halo.noise * math.sqrt(area * sky.pixels)


def _encircled(
    sky: SkyMap, radius: Array, light: Array, beyond: Array, distance: Array, total: float
) -> tuple[Array, Array]:
    """Share of all light within radii: blocks inside, apertures, then the fitted halo."""
    inside = [float(sky.light[sky.radius <= r].sum()) * sky.pixels for r in INSIDE]
    edge = float(radius[-1])
    far = OUTSIDE[edge + 0.01 < OUTSIDE]
    outside = [light[-1] + float(beyond[(distance > edge) & (distance <= r)].sum()) for r in far]
    at = np.concatenate([INSIDE, radius, far])
    return at, np.concatenate([inside, light, outside]) / total
