"""The blur of the camera from the whole lit limb: one fit, all sectors, both directions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from venus_analysis.compute.moon.edge_spread import (
    Boxes,
    EdgeGrid,
    fit_window,
    gaussian_blur,
    inside_shapes,
    transfer,
)
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_pixels import LimbPixels, limb_pixels
from venus_analysis.compute.moon.limb_shift import PixelSource
from venus_analysis.compute.moon.limb_texture import (
    NODES,
    Texture,
    likeliest_roughness,
    node_covariance,
)
from venus_analysis.errors import InputError

Array = NDArray[np.float64]

OUTLIER_SIGMA: Final = 5.0
LARGEST_SIGMA_PX: Final = 6.0
LEAST_VARIANCE_PX2: Final = 0.02
MOST_SHIFT_PX: Final = 3.0
CLOSE_ENOUGH: Final = 0.02
TURNS: Final = 12
RENEWALS: Final = 2
PARTS: Final = (1.0, 0.4, 0.1, 0.02)
LEAST_NOISE: Final = 3e-3
SHALLOWER: Final = 0.75
FIRST_ROUGHNESS: Final = 0.03
# sky, its slope, brightness inside, its change along the limb, shift of the limb
OWN: Final = 5
# the variances along lines and columns, and the darkening that all sectors have in common
VARIANCES: Final = 2
POWERS: Final = 2
DARKENING_SPREAD: Final = 0.5
# the outline's centre, half-axes and shear
FIGURES: Final = 5
FIGURE_SPREAD_PX: Final = 1.0
FIRST_RELIEF_PX: Final = 0.1
RELIEFS_PX: Final = np.geomspace(0.01, 1.0, 25)


@dataclass(frozen=True, eq=False)
class BlurFit:
    """Blur of the camera by the limb, and what the fit left over.

    Parameters
    ----------
    variance_px2
        Variances of the Gaussian along lines' and columns' axes.
    covariance
        (2, 2) of these variances, by the scatter of the sectors, and of the pixels at least.
    boxes
        Pixel and scan box that are not in the variances.
    pixels
        As used.
    distance, residual
        (sector, pixel) distance from the sector's own fitted limb, pixels, and
        value less fit; of the markings fitted only what differs from sector to sector,
        and no darkening besides the scattering law's where the phase angle was given.
    darkened_residual
        The same with the common darkening that was fitted.
    weight
        (sector, pixel) one over the scatter expected, 1 in the sky.
    edge
        Each sector's step in radiance at the limb, at least 0.
    """

    variance_px2: tuple[float, float]
    covariance: Array
    boxes: Boxes
    pixels: LimbPixels
    distance: Array
    residual: Array
    darkened_residual: Array
    weight: Array
    edge: Array


def fit_blur(
    image: PixelSource,
    outline: Outline,
    sun_direction_deg: float,
    boxes: Boxes,
    *,
    phase_angle_deg: float | None = None,
    first_sigma_px: float = 1.0,
) -> BlurFit:
    """Generalised least squares of all pixels near the lit limb for two variances of a Gaussian.

    Each sector has its own sky, sky slope, relief and brightness at the limb (with a
    change along it), convolved with Gaussian and boxes along its normal. In common are
    the variances, five corrections of the outline, and how the surface darkens besides
    its scattering law: the exponential of p(mu) + q(t), parabolas of mu and of
    t = mu / (mu0 + mu). Reliefs scatter as widely as the sectors themselves say. The
    Moon's markings count as noise that the same blur has smoothed: a random field in
    depth (`limb_texture`), as rough as the pixels say. So an edge is trusted where
    markings cannot imitate it. Gauss-Newton, the sectors' own numbers eliminated, the
    scatter renewed in between. The covariance of the variances is a jackknife over the
    sectors, though not less than least squares gives for noise and markings; the squared
    change with a window three quarters as deep; and, where the fit has not settled, how
    far it moved in its last steps.

    Parameters
    ----------
    image
        Radiance (line, column), any unit; NaN is left out.
    outline
        Of the disk, within about a pixel.
    sun_direction_deg
        Direction of the Sun on the unit disk, from +u towards +v.
    boxes
        Widths of pixel and scan box.
    phase_angle_deg
        Gives the scattering law, Lommel-Seeliger; None leaves all darkening to the
        common numbers.
    first_sigma_px
        First guess.

    Returns
    -------
    BlurFit

    Raises
    ------
    InputError
        Too little limb, or a blur beyond 6 pixels.

    References
    ----------
    Jackknife: MacKinnon & White (1985), Journal of Econometrics 29, 305-325.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> line, column = np.indices((120, 120)).astype(float)
    >>> truth = Outline(60.2, 59.6, 40.0)
    >>> image = 10.0 * ndtr(-truth.distance(line, column) / 1.3)
    >>> found = fit_blur(image, truth, 45.0, Boxes((), ()))
    >>> [round(math.sqrt(one), 2) for one in found.variance_px2]
    [1.3, 1.3]
    """
    variance = (first_sigma_px**2, first_sigma_px**2)
    now = np.array([*variance, *np.zeros(2 * POWERS + FIGURES)])
    blur = _widest(now, boxes)
    for renewals in (0, RENEWALS, RENEWALS, RENEWALS):
        window = fit_window(blur)
        pixels = limb_pixels(image, outline, sun_direction_deg, window)
        model = _Model.of(pixels, boxes, phase_angle_deg, window)
        fitted = _fit(model, now, np.zeros(pixels.sectors), renewals)
        now, last = fitted.now, blur
        if now[:VARIANCES].max() > LARGEST_SIGMA_PX**2:
            raise InputError(
                "lit limb", f"a blur of at most {LARGEST_SIGMA_PX:g} pixels", "a wider one",
                "check outline and Sun's direction",
            )  # fmt: skip
        blur = _widest(now, boxes)
        if renewals and abs(blur / last - 1.0) < 0.1:
            break
    apart = _shallower(fitted, window[0]).now[:VARIANCES] - now[:VARIANCES]
    found = fitted.result()
    return replace(found, covariance=found.covariance + np.outer(apart, apart))


def _widest(now: Array, boxes: Boxes) -> float:
    """Blur with the boxes, along the axis where it is widest."""
    return max(
        gaussian_blur(v, b) for v, b in zip(now[:VARIANCES], boxes.variance_px2, strict=True)
    )


def _shallower(fitted: _Fitted, depth_px: float) -> _Fitted:
    """Fit once more without the deepest pixels, where the disk's markings pull differently."""
    model, scatter = fitted.model, fitted.scatter
    kept = model.pixels.distance > -SHALLOWER * depth_px
    texture = Texture.of(scatter.texture.columns * kept[..., None], scatter.texture.precision)
    return _descend(
        replace(model, pixels=replace(model.pixels, used=model.pixels.used & kept)),
        replace(scatter, weight=scatter.weight * kept, texture=texture),
        fitted.now,
        fitted.relief,
        fitted.used & kept,
    )


@dataclass(frozen=True, eq=False)
class _Model:
    """What sectors should look like, and what they are.

    `sharp` (sector, node, frequency) is the unblurred brightness per node of the
    albedo, `laws` (sector, shape, node) are the shapes that darkening may take.
    """

    pixels: LimbPixels
    boxes: Boxes
    grid: EdgeGrid
    nodes: Array
    laws: Array
    sharp: NDArray[np.complex128]
    law_known: bool

    @classmethod
    def of(
        cls,
        pixels: LimbPixels,
        boxes: Boxes,
        phase_angle_deg: float | None,
        window: tuple[float, float],
    ) -> _Model:
        grid = EdgeGrid.for_window(max(window))
        phase = math.nan if phase_angle_deg is None else math.radians(abs(phase_angle_deg))
        facing = math.sin(phase) * np.cos(np.deg2rad(pixels.off_deg))
        deepest = math.sqrt(2.0 * (window[0] + 1.0) / float(pixels.radius_px.min()))
        nodes = np.linspace(0.0, min(deepest, 0.9), NODES)
        shapes = inside_shapes(grid, pixels.radius_px, facing, math.cos(phase), nodes)
        # take off the grid's own averaging and interpolation
        sharp = np.fft.rfft(shapes, axis=-1) / np.sinc(grid.frequency * grid.step_px) ** 3
        power = np.arange(1, POWERS + 1)[:, None]
        # scattering laws differ by mu / (mu0 + mu)
        slant = 0.5 * math.pi if phase_angle_deg is None else phase
        mu0 = math.sin(slant) * np.maximum(np.cos(np.deg2rad(pixels.off_deg)), 0.0)[:, None]
        mu0 = mu0 * np.sqrt(1.0 - nodes**2) + math.cos(slant) * nodes
        grazing = nodes / np.maximum(mu0 + nodes, 1e-3)
        depth = np.broadcast_to(nodes / nodes[-1], grazing.shape)
        laws = np.concatenate([one[:, None] ** power for one in (depth, grazing)], axis=1)
        return cls(pixels, boxes, grid, nodes, laws, sharp, phase_angle_deg is not None)

    def curves(self, variance: Array, x: Array, order: int) -> Array:
        """Brightness (sector, pixel, node) at distances x; `order` 1 its slope, 2 half its bend."""
        pair = (float(variance[0]), float(variance[1]))
        blurred = (
            self.sharp
            * transfer(self.grid.frequency, self.pixels.normal, pair, self.boxes)[:, None, :]
        )
        factor = (2.0j * np.pi * self.grid.frequency) ** order / max(order, 1)
        return _sample(np.fft.irfft(blurred * factor, self.grid.size), x, self.grid)

    def edge_columns(self, curves: Array, x: Array, darkening: Array) -> Array:
        """Sky, its slope, brightness inside, its change along the limb: (sector, pixel, column)."""
        inside = _along(curves, darkening)
        sky = np.ones(x.shape), np.maximum(x, 0.0)
        return np.stack([*sky, inside, inside * self.pixels.along], axis=-1)

    def darkening(self, shape: Array) -> Array:
        """Relative brightness at the nodes: (sector, node), of common `shape`."""
        return np.asarray(np.exp((self.laws * shape[: 2 * POWERS, None]).sum(axis=1)))

    def distance(self, now: Array, relief: Array) -> Array:
        """Distances from the fitted limb: the outline's own change, and each sector's relief."""
        moved = self.pixels.figure @ now[-FIGURES:] + relief
        return np.asarray(
            self.pixels.distance - np.clip(moved, -MOST_SHIFT_PX, MOST_SHIFT_PX)[:, None]
        )

    def light(self, variance: Array, x: Array) -> Array:
        """Share of the disk's light at distances x."""
        return np.asarray(ndtr(-x / math.sqrt(variance.max() + max(self.boxes.variance_px2))))


@dataclass(frozen=True, eq=False)
class _Scatter:
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


def _fit(model: _Model, now: Array, relief: Array, renewals: int) -> _Fitted:
    """Fit from first common numbers and reliefs, the scatter renewed in between."""
    pixels = model.pixels
    used = pixels.used
    scatter = _scatter(model, now, relief, used)
    # what is further off than the whole disk is bright would lead the first fit astray
    used = used & (np.abs(_step(model, scatter, now, relief).residual) < scatter.level)
    _require_edge(used, pixels.used)
    scatter = _scatter(model, now, relief, used)
    fitted = _descend(model, scatter, now, relief, used)
    for _ in range(renewals):
        step = fitted.step
        share = np.abs(step.residual) * scatter.weight / step.spread[:, None]
        typical = 1.4826 * float(np.median(share[used]))
        used = used & (share <= OUTLIER_SIGMA * max(typical, 1.0))
        _require_edge(used, pixels.used)
        scatter = _scatter(model, fitted.now, fitted.relief, used, scatter, step)
        fitted = _descend(model, scatter, fitted.now, fitted.relief, used)
    return fitted


def _descend(
    model: _Model, scatter: _Scatter, now: Array, relief: Array, used: NDArray[np.bool_]
) -> _Fitted:
    """Gauss-Newton with sectors weighed once, steps shortened where they do not lead down."""
    step = _step(model, scatter, now, relief)
    scatter = replace(scatter, spread=step.spread)
    step = _step(model, scatter, now, relief)
    way = [now[:VARIANCES]]
    for _ in range(TURNS):
        close = CLOSE_ENOUGH * np.sqrt(np.diag(step.covariance)[:VARIANCES])
        if (np.abs(step.common[:VARIANCES]) < close).all():
            way = way[-1:]
            break
        for part in PARTS:
            moved = now + part * step.common
            before = now[:VARIANCES]
            moved[:VARIANCES] = np.clip(moved[:VARIANCES], 0.5 * before, 2.0 * before)
            moved[:VARIANCES] = np.maximum(moved[:VARIANCES], LEAST_VARIANCE_PX2)
            raised = relief + part * step.shift
            further = _step(model, scatter, moved, raised)
            if further.cost <= step.cost:
                break
        else:
            break
        now, relief, step = moved, raised, further
        way.append(now[:VARIANCES])
    apart = now[:VARIANCES] - way[len(way) // 2]
    return _Fitted(model, scatter, now, relief, used, step, apart)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Where a fit ended; `unsettled` is how far the variances moved in its last half."""

    model: _Model
    scatter: _Scatter
    now: Array
    relief: Array
    used: NDArray[np.bool_]
    step: _Step
    unsettled: Array

    def result(self) -> BlurFit:
        """Give numbers and what is left over."""
        model, now, step = self.model, self.now, self.step
        kept, distance = replace(model.pixels, used=self.used), model.distance(now, self.relief)
        weight = self.scatter.sky_noise * self.scatter.weight
        found = (float(now[0]), float(now[1]))
        covariance = step.covariance[:VARIANCES, :VARIANCES]
        covariance = covariance + np.outer(self.unsettled, self.unsettled)
        # a blur that is no Gaussian must not pass for another darkening where the law is known
        common = now.copy()
        if model.law_known:
            common[VARIANCES:-FIGURES] = 0.0
        residual, darkened = (
            one.residual + self.used * _in_common(model, one, distance, now[:VARIANCES])
            for one in (_step(model, self.scatter, common, self.relief), step)
        )
        return BlurFit(
            found, covariance, model.boxes, kept, distance, residual, darkened, weight, step.edge
        )


def _require_edge(used: NDArray[np.bool_], given: NDArray[np.bool_]) -> None:
    """Refuse a limb most of whose pixels follow no edge."""
    if used.sum() < 0.5 * given.sum():
        raise InputError(
            "lit limb", "pixels that follow an edge", f"{int(used.sum())} of {int(given.sum())}",
            "check outline and Sun's direction",
        )  # fmt: skip


def _scatter(
    model: _Model,
    now: Array,
    shift: Array,
    used: NDArray[np.bool_],
    last: _Scatter | None = None,
    step: _Step | None = None,
) -> _Scatter:
    """Noise in sky and light and roughness of the markings, by what the fit leaves over."""
    value = model.pixels.value
    x = model.distance(now, shift)
    variance = now[:VARIANCES]
    light = model.light(variance, x)
    inside, outside = used & (light > 0.9), used & (light < 0.1)
    if min(inside.sum(), outside.sum()) < OWN:
        raise InputError(
            "lit limb", "pixels on either side", f"{int(inside.sum())} inside", "check the outline"
        )
    if last is None or step is None:
        level = abs(float(value[inside].mean() - np.median(value[outside])))
        sky = 1.4826 * float(np.median(np.abs(value[outside] - np.median(value[outside]))))
        noise, shot = sky, 0.0
        level = max(level, sky)
        if not level > 0.0:
            raise InputError("lit limb", "an edge", "an even image", "check the outline")
    else:
        level = max(float(np.median(step.edge)), 0.1 * last.level)
        noise2, disk = (
            float(np.sum(step.residual[part] ** 2) / np.sum(step.freedom[part]))
            for part in (outside, inside)
        )
        noise, shot = math.sqrt(noise2), max(disk - noise2, 0.0)
    noise = max(noise, LEAST_NOISE * level)
    weight = used / np.sqrt(noise**2 + shot * light)
    nodes = model.curves(variance, x, 0)
    roughness = FIRST_ROUGHNESS
    if last is not None:
        edge = model.edge_columns(nodes, x, model.darkening(now[VARIANCES:]))
        columns = np.concatenate([edge, nodes], axis=-1)
        roughness = likeliest_roughness(
            columns * weight[..., None], value * weight, last.precision, model.nodes, level
        )
    precision = np.asarray(np.linalg.inv(node_covariance(model.nodes, roughness)) / level**2)
    relief = (
        FIRST_RELIEF_PX if last is None or step is None else _likeliest_relief(step, shift, last)
    )
    texture = Texture.of(nodes * weight[..., None], precision)
    return _Scatter(weight, noise, texture, level, relief)


def _likeliest_relief(step: _Step, relief: Array, last: _Scatter) -> float:
    """Estimate the standard deviation of the sectors' reliefs by maximum likelihood."""
    own = 1.0 / np.maximum(1.0 / step.relief_variance - last.relief_px**-2, 1e-12)
    value = relief * own / step.relief_variance
    variance = own * step.spread**2 + RELIEFS_PX[:, None] ** 2
    # Student's t with four degrees of freedom: a few sectors may be far off
    cost = (np.log(variance) + 5.0 * np.log1p(value**2 / variance / 4.0)).sum(axis=1)
    return float(RELIEFS_PX[cost.argmin()])


@dataclass(frozen=True, eq=False)
class _Step:
    """Gauss-Newton step, and what was left over before it.

    `residual` is without the likeliest `markings` (sector, node); `freedom` is how much of
    each pixel's scatter is left in it.
    """

    common: Array
    covariance: Array
    shift: Array
    residual: Array
    freedom: Array
    spread: Array
    relief_variance: Array
    edge: Array
    markings: Array
    cost: float


def _in_common(model: _Model, step: _Step, x: Array, variance: Array) -> Array:
    """Part of the likeliest markings that goes with the limb's direction: the blur's shape."""
    design = np.stack([step.edge * n**2 for n in model.pixels.normal], axis=-1)
    shape = np.linalg.lstsq(design, step.markings, rcond=None)[0]
    return _along(model.curves(variance, x, 0), design @ shape)


def _step(model: _Model, scatter: _Scatter, now: Array, shift: Array) -> _Step:
    pixels, weight, texture = model.pixels, scatter.weight, scatter.texture
    x = model.distance(now, shift)
    variance, darkening = now[:VARIANCES], model.darkening(now[VARIANCES:])
    curves = model.curves(variance, x, 0)
    own = model.edge_columns(curves, x, darkening) * weight[..., None]
    value = (pixels.value * weight)[..., None]
    prior = np.zeros((OWN, OWN))
    prior[range(OWN - 1), range(OWN - 1)] = scatter.precision
    prior[-1, -1] = scatter.relief_px**-2
    turned = np.swapaxes(own, 1, 2)
    normal = turned @ texture.whitened(own) + prior[:-1, :-1]
    linear = np.linalg.solve(normal, turned @ texture.whitened(value))[..., 0]
    brightness = linear[:, 2:3] * weight
    slope, bend = (
        _along(model.curves(variance, x, order), darkening) * brightness for order in (1, 2)
    )
    own = np.concatenate([own, -slope[..., None]], axis=-1)
    powers = curves @ np.swapaxes(model.laws * darkening[:, None], 1, 2) * brightness[..., None]
    parts = [bend * n[:, None] ** 2 for n in pixels.normal]
    parts += list(np.moveaxis(powers, -1, 0))
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
    cost = float((each / np.square(weights)).sum() + (_weak(now) * now**2).sum())
    leverage = _leverage(own, texture, prior)
    scale = np.where(weight > 0.0, 1.0 / np.maximum(weight, 1e-300), 0.0)
    edge = np.maximum(linear[:, 2], 0.0)
    return _Step(
        change,
        covariance,
        raised,
        rest[..., 0] * scale,
        1.0 - leverage,
        spread,
        relief_variance,
        edge,
        markings[..., 0],
        cost,
    )


def _sample(curves: Array, x: Array, grid: EdgeGrid) -> Array:
    """Curves (sector, shape, grid) at the pixels' distances: (sector, pixel, shape)."""
    place = np.clip(x / grid.step_px + grid.size // 2, 0.0, grid.size - 1.001)
    index = place.astype(np.intp)
    part = (place - index)[..., None]
    rows = np.arange(len(x))[:, None]
    table = np.ascontiguousarray(np.swapaxes(curves, 1, 2))
    low = table[rows, index]
    return np.asarray(low + part * (table[rows, index + 1] - low))


def _along(basis: Array, numbers: Array) -> Array:
    """Sum of columns (sector, pixel, column) times a sector's numbers (sector, column)."""
    return np.asarray((basis @ numbers[:, :, None])[..., 0])


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
    weak = _weak(now)
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


def _weak(now: Array) -> Array:
    """Prior precision of the common numbers."""
    weak = np.where(np.arange(now.size) < VARIANCES, 0.0, DARKENING_SPREAD**-2)
    weak[-FIGURES:] = FIGURE_SPREAD_PX**-2
    return weak
