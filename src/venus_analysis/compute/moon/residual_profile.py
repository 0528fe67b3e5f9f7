"""The halo as it lies beside the disk: radial profile, energy by distance, encircled energy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.residual_halo import HaloResidual
from venus_analysis.compute.moon.residual_halo_sender import ROOM_RADII, HaloSender
from venus_analysis.compute.moon.residual_sky import SkyMap

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
RINGS: Final = np.concatenate([np.arange(1.02, 1.5, 0.04), np.arange(1.5, 3.01, 0.1)])
INSIDE: Final = np.arange(0.1, 0.95, 0.1)
OUTSIDE: Final = np.arange(1.4, 3.01, 0.2)
FARTHEST: Final = 3.0
# All of these radii are multiples of a hundredth.
STEPS: Final = 100
GHOST_SHARE: Final = 0.02
# Room for a tail that falls slowly: less, and its other end comes back in (Fourier transform).
FAR_ROOM_RADII: Final = 5.0


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
    beyond = _everywhere(sky, halo) * sky.pixels
    scattered = max(halo.weight * float(sky.light.sum()) * sky.pixels, float(beyond[-1]))
    total = float(light[-1]) + scattered - float(_within(beyond, edge))
    inner = int(np.argmin(np.abs(radius - 1.05)))
    near_by = float(radius[inner])
    modelled = _between(beyond, near_by)
    place, weight = _steps(sky.radius), sky.weight * used
    share, found, fitted, model = (
        _cumulative(place, one)
        for one in (weight, rest * weight, halo.model * weight, halo.model * used)
    )
    excess = found - fitted
    far = modelled + _between(excess, near_by) * sky.pixels
    noise = halo.noise * sky.pixels * math.sqrt(_between(share, near_by))
    doubt = abs(halo.u_fraction / halo.fraction) * abs(modelled) if halo.fraction else 0.0
    seen = _between(model, near_by) * sky.pixels
    near = float(light[inner] - light[0])
    inside = _within(_cumulative(place, sky.light), INSIDE) * sky.pixels
    curve = _encircled(radius, light, inside, beyond, total)
    return HaloEnergy(
        *_profile(share, found, fitted, halo.noise, absolute_gain),
        near / total,
        _aperture_noise(sky, halo, near_by) / total,
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


def _steps(radius: Array) -> NDArray[np.intp]:
    """Radii in steps of which all rings are made; what is far off is in the last one."""
    return np.minimum(radius * STEPS, FARTHEST * STEPS).astype(np.intp).ravel()


def _cumulative(place: NDArray[np.intp], value: Array) -> Array:
    """Return sums within so many steps of the radius (step), the last one of all."""
    number = round(FARTHEST * STEPS) + 1
    return np.append(0.0, np.cumsum(np.bincount(place, value.ravel(), number)))


def _within(sums: Array, radius: Any) -> Any:
    """Sum within a radius, or within several."""
    return sums[np.rint(np.multiply(radius, STEPS)).astype(np.intp)]


def _between(sums: Array, radius: float) -> float:
    """Sum from a radius to the farthest."""
    return float(_within(sums, FARTHEST) - _within(sums, radius))


def _profile(
    share: Array, found: Array, fitted: Array, noise: float, gain: float
) -> tuple[Array, Array, Array, Array]:
    """Mean of each ring's sky; rings without any are left out."""
    share, found, fitted = (np.diff(_within(one, RINGS)) for one in (share, found, fitted))
    some = share > 1e-9
    middle, share = 0.5 * (RINGS[:-1] + RINGS[1:])[some], share[some]
    doubt = noise / gain / np.sqrt(share)
    return middle, found[some] / gain / share, doubt, fitted[some] / gain / share


def _everywhere(sky: SkyMap, halo: HaloResidual) -> Array:
    """Fitted halo within steps of the radius, of blocks out to the last one on all sides."""
    outline, scale = sky.outline, halo.scale_used_radii
    reach = FARTHEST * outline.semi_axis_line_px, FARTHEST * outline.half_width_px
    at = outline.centre_line - sky.first_line, outline.centre_column
    margins = [
        (max(math.ceil((far - centre) / size), 0), max(math.ceil((far + centre) / size) - n, 0))
        for far, centre, size, n in zip(reach, at, sky.size, sky.light.shape, strict=True)
    ]
    room = FAR_ROOM_RADII if halo.kernel == "power-law" else ROOM_RADII
    send = HaloSender(sky, room, margins)
    i, j = (np.arange(n) - m[0] for n, m in zip(send.shape, margins, strict=True))
    line = sky.first_line + (i + 0.5) * sky.size[0] - 0.5
    column = (j + 0.5) * sky.size[1] - 0.5
    u, v = outline.unit(line[:, None], column[None, :])
    return _cumulative(_steps(np.sqrt(u**2 + v**2)), halo.weight * send(halo.kernel, scale))


def _aperture_noise(sky: SkyMap, halo: HaloResidual, radius: float) -> float:
    """Noise of the counts between 1.0 and `radius` radii."""
    area = math.pi * sky.outline.across_px * sky.outline.semi_axis_line_px * (radius**2 - 1.0)
    return halo.noise * math.sqrt(area * sky.pixels)


def _encircled(
    radius: Array, light: Array, inside: Array, beyond: Array, total: float
) -> tuple[Array, Array]:
    """Share of all light within radii: blocks inside, apertures, then the fitted halo."""
    edge = float(radius[-1])
    far = OUTSIDE[edge + 0.01 < OUTSIDE]
    outside = light[-1] + _within(beyond, far) - _within(beyond, edge)
    at = np.concatenate([INSIDE, radius, far])
    return at, np.concatenate([inside, light, outside]) / total
