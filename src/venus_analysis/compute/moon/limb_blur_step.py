"""One Gauss-Newton step of the limb's blur, sectors' own numbers eliminated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.limb_blur_model import (
    VARIANCES,
    BlurModel,
    along,
    prior_precision,
)
from venus_analysis.compute.moon.limb_texture import Texture

Array = NDArray[np.float64]

# sky, its slope, brightness inside, its change along the limb, shift of the limb
OWN: Final = 5


@dataclass(frozen=True, eq=False)
class Scatter:
    """How pixels scatter: 1 over their noise (0 where unused), markings, and the disk's level."""

    weight: Array
    sky_noise: float
    texture: Texture
    level: float
    relief_px: float
    spread: Array | None = None

    @property
    def precision(self) -> Array:
        """Weak priors of a sector's own numbers."""
        spread = np.array([10.0, 10.0, 3.0, 0.3]) * self.level
        return np.asarray(spread**-2)


@dataclass(frozen=True, eq=False)
class Step:
    """Gauss-Newton step, and what was left over before it.

    `residual` is without the likeliest markings; `freedom` is how much of each pixel's
    scatter is left in it.
    """

    common: Array
    covariance: Array
    shift: Array
    residual: Array
    freedom: Array
    spread: Array
    relief_variance: Array
    edge: Array
    cost: float


def step_of(model: BlurModel, scatter: Scatter, now: Array, shift: Array) -> Step:
    """Linearise at common numbers `now` and limb `shift`s, and solve.

    Examples
    --------
    At the true blur there is no way to go:

    >>> from scipy.special import ndtr
    >>> from venus_analysis.compute.moon.edge_spread import Boxes
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.limb_pixels import limb_pixels
    >>> from venus_analysis.compute.moon.limb_blur_scatter import scatter_of
    >>> disk, window = Outline(60.2, 59.6, 40.0), (8.0, 6.0)
    >>> image = 10.0 * ndtr(-disk.distance(*np.indices((120, 120)).astype(float)) / 1.3)
    >>> pixels = limb_pixels(image, disk, 45.0, window)
    >>> model = BlurModel.of(pixels, Boxes((), ()), None, window)
    >>> now, relief = np.array([1.69, 1.69, *np.zeros(9)]), np.zeros(pixels.sectors)
    >>> scatter = scatter_of(model, now, relief, pixels.used)
    >>> bool((np.abs(step_of(model, scatter, now, relief).common[:2]) < 0.03).all())
    True
    """
    pixels, weight, texture = model.pixels, scatter.weight, scatter.texture
    x = model.distance(now, shift)
    darkening = model.darkening(now[VARIANCES:])
    curves = model.curves(now, x, 0)
    own = model.edge_columns(curves, x, darkening) * weight[..., None]
    value = (pixels.value * weight)[..., None]
    prior = np.zeros((OWN, OWN))
    prior[range(OWN - 1), range(OWN - 1)] = scatter.precision
    prior[-1, -1] = scatter.relief_px**-2
    turned = np.swapaxes(own, 1, 2)
    normal = turned @ texture.whitened(own) + prior[:-1, :-1]
    linear = np.linalg.solve(normal, turned @ texture.whitened(value))[..., 0]
    brightness = linear[:, 2:3] * weight
    slope, bend = (along(model.curves(now, x, order), darkening) * brightness for order in (1, 2))
    own = np.concatenate([own, -slope[..., None]], axis=-1)
    powers = curves @ np.swapaxes(model.laws * darkening[:, None], 1, 2) * brightness[..., None]
    parts = [bend * n[:, None] ** 2 for n in pixels.normal]
    parts += list(np.moveaxis(powers, -1, 0))
    parts += [along(one, darkening) * brightness for one in model.wings(now, x)]
    parts += [-slope * part[:, None] for part in pixels.figure.T]
    common = np.stack(parts, axis=-1)
    left = value - own[..., :-1] @ linear[..., None]
    markings = texture.likeliest(left)
    rest = left - texture.columns @ markings
    used = pixels.used & (weight > 0.0)
    # a sector that follows no edge scatters more than it should, and counts less
    scatter2 = (left * rest).sum(axis=(1, 2)) / np.maximum(used.sum(axis=1) - OWN, 1)
    spread = np.sqrt(np.maximum(scatter2, 1.0))
    pull = np.concatenate([linear, shift[:, None]], axis=1) @ prior
    weights = spread if scatter.spread is None else scatter.spread
    change, covariance, raised, relief_variance = _eliminate(
        own, common, rest, texture, prior, pull, weights, now
    )
    numbers = np.concatenate([linear, shift[:, None]], axis=1)
    each = (left * rest).sum(axis=(1, 2)) + (numbers * pull).sum(axis=1)
    cost = float((each / np.square(weights)).sum() + (prior_precision(now) * now**2).sum())
    leverage = _leverage(own, texture, prior)
    scale = np.where(weight > 0.0, 1.0 / np.maximum(weight, 1e-300), 0.0)
    edge = np.maximum(linear[:, 2], 0.0)
    return Step(
        change,
        covariance,
        raised,
        rest[..., 0] * scale,
        1.0 - leverage,
        spread,
        relief_variance,
        edge,
        cost,
    )


def _leverage(own: Array, texture: Texture, prior: Array) -> Array:
    """Share of each pixel's scatter that sectors' own numbers and the markings take."""
    both = np.concatenate([own, texture.columns], axis=-1)
    normal = np.swapaxes(both, 1, 2) @ both
    normal[:, :OWN, :OWN] += prior
    normal[:, OWN:, OWN:] += texture.precision
    return np.asarray(((both @ np.linalg.inv(normal)) * both).sum(axis=-1))


def _eliminate(
    own: Array,
    common: Array,
    rest: Array,
    texture: Texture,
    prior: Array,
    pull: Array,
    spread: Array,
    now: Array,
) -> tuple[Array, Array, Array, Array]:
    """Give the common step, its covariance and the limb's shifts."""
    turned = np.swapaxes(own, 1, 2)
    inverse = np.linalg.inv(turned @ texture.whitened(own) + prior)
    seen = texture.whitened(common)
    mixed = turned @ seen
    score = turned @ rest - pull[..., None]
    passed = np.swapaxes(mixed, 1, 2) @ inverse
    share = 1.0 / np.square(spread)[:, None]
    across = np.swapaxes(common, 1, 2)
    normals = (across @ seen - passed @ mixed) * share[..., None]
    scores = (across @ rest - passed @ score)[..., 0] * share
    weak = prior_precision(now)
    normal = normals.sum(axis=0) + np.diag(weak)
    formal = np.linalg.pinv(normal)
    step = formal @ (scores.sum(axis=0) - weak * now)
    change = np.einsum("kij,kj->ki", np.linalg.pinv(normal - normals), scores - normals @ step)
    covariance = (change.T @ change) * (len(change) - 1) / len(change)
    # the scatter of eight sectors is small by chance, but never below what noise explains
    by_noise, by_sectors = np.diag(formal), np.maximum(np.diag(covariance), 1e-12)
    larger = np.sqrt(np.clip(by_noise / by_sectors, 1.0, 1e6))
    covariance = covariance * np.outer(larger, larger)
    shift = (inverse @ (score - (mixed @ step)[..., None]))[:, -1, 0]
    return step, covariance, shift, np.asarray(inverse[:, -1, -1])
