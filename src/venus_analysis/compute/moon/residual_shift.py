"""The shift of a ghost to a fraction of a column, from means over lines at every column."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates

from venus_analysis.compute.moon.residual_fine import (
    FineSky,
    Single,
    matches,
    power,
    sky_rest,
    source_light,
)
from venus_analysis.compute.moon.residual_sky import SkyMap
from venus_analysis.compute.moon.sky_templates import robust_scatter

Array = NDArray[np.float64]

# A ghost is blurred by about as much; the source's own noise is far finer.
BLUR_COLUMNS: Final = 1.5
BLUR_REACH: Final = 6
# Shifts tried on either side at first; twice as many while the likelihood has not died out.
REACH_COLUMNS: Final = 10
WIDENINGS: Final = 4
# Logarithm below the top at which a likelihood has died out.
DIED_OUT: Final = 8.0
STEPS_A_COLUMN: Final = 20
# Rows of the source that its noise is judged by; least light of the disk's, as shares.
ROW_STEP: Final = 5
LIT: Final = 0.1
LEAST_SHARP: Final = 0.1
# With this, planted ghosts of whole scenes lie within 2.5 uncertainties as often as normal
# errors do (98.8 %): what halos and drift leave of the sky is not quite white.
WIDER: Final = 1.15


def refine_shift(
    target: FineSky,
    source: FineSky,
    sky: SkyMap,
    model: Array,
    shift_columns: float,
    noise: float,
) -> tuple[float, float]:
    r"""Shift of a ghost, by the mean of its likelihood about a first guess.

    With the sky r less its model and the source's light t, both less their mean in
    each column of the sky, and g a blur of 1.5 columns,

    .. math:: \ln P(s) = \frac{\eta}{2\sigma^2} \frac{\bigl(g * \sum_{ij} r_{ij}\,
              t_{i,j-s}\bigr)^2}{\sum_{ij} t_{i,j-s}^2}

    at whole shifts, and between them by a spline. Sharp limbs make it a parabola,
    noise a tent with rough sides, of which the top says little; mean and
    standard deviation over P serve both. The source's noise makes edges where
    the ghost has none: the blur takes most of it away, and `eta` is the share
    of the rest of the light's steepness that is not noise.

    Parameters
    ----------
    target, source
        Both bands at every column.
    sky, model
        Of the target: what is sky (i, j), and what explains it without the ghost.
    shift_columns
        First guess.
    noise
        Standard deviation of the target's sky at one column.

    Returns
    -------
    float, float
        Shift and its standard uncertainty, columns.

    References
    ----------
    The mean over the likelihood has the least variance for the place of an edge:
    Ibragimov, I. A. & Has'minskii, R. Z. (1981), Statistical Estimation, chapter VII,
    doi:10.1007/978-1-4899-0027-2.

    Examples
    --------
    >>> from venus_analysis.compute.moon.ellipse import Outline
    >>> from venus_analysis.compute.moon.residual_fine import fine_sky
    >>> from venus_analysis.compute.moon.residual_sky import sky_map
    >>> from venus_analysis.compute.moon.sky_templates import BlockMap
    >>> line, column = np.arange(40)[:, None] * 4 + 1.5, np.arange(400.0)[None, :]
    >>> moon = Outline(79.5, 120.0, 40.0)
    >>> disk = 9.0 * (np.hypot(*moon.unit(line, column)) < 1.0)
    >>> noise = np.random.default_rng(1).normal(0.0, 0.01, disk.shape)
    >>> seen = disk + 0.05 * np.roll(disk, 173, axis=1) + noise
    >>> blocks = seen.reshape(40, 100, 4).mean(axis=2)
    >>> sky = sky_map(BlockMap(blocks, np.ones(blocks.shape), 0, (4, 4)), moon)
    >>> fine = fine_sky(seen.astype(np.float32), sky)
    >>> shift, doubt = refine_shift(fine, fine, sky, np.zeros(blocks.shape), 171.0, 0.01)
    >>> bool(abs(shift - 173.0) < 0.1), bool(doubt < 0.2)
    (True, True)
    """
    light, rows, start = source_light(target, source)
    sharp = _sharpness(light)
    middle, reach = round(shift_columns), REACH_COLUMNS
    for _ in range(WIDENINGS):
        shifts = middle + np.arange(-reach, reach + 1)
        gain = _gain(target, sky, model, (light, rows, start), shifts)
        likelihood = 0.5 * sharp * (np.maximum(gain, 0.0) / noise) ** 2
        top = float(likelihood.max())
        if top - max(likelihood[0], likelihood[-1]) > min(DIED_OUT, 0.9 * top):
            break
        middle, reach = int(shifts[np.argmax(likelihood)]), 2 * reach
    shift, doubt = likely_shift(shifts, likelihood)
    return shift, WIDER * doubt


def likely_shift(shifts: NDArray[np.intp], log_likelihood: Array) -> tuple[float, float]:
    """Mean and standard deviation of a likelihood known at whole shifts.

    Examples
    --------
    >>> shifts = np.arange(-9, 10)
    >>> mean, doubt = likely_shift(shifts, -0.5 * ((shifts - 0.3) / 0.4) ** 2)
    >>> round(mean, 3), round(doubt, 3)
    (0.3, 0.4)
    """
    place = np.linspace(shifts[0], shifts[-1], STEPS_A_COLUMN * (len(shifts) - 1) + 1)
    fine = map_coordinates(log_likelihood, [place - shifts[0]], order=3, mode="nearest")
    weight = np.exp(fine - fine.max())
    weight /= weight.sum()
    mean = float(weight @ place)
    return mean, math.sqrt(float(weight @ (place - mean) ** 2))


def _gain(
    target: FineSky,
    sky: SkyMap,
    model: Array,
    source: tuple[Single, slice, int],
    shifts: NDArray[np.intp],
) -> Array:
    """Match of the sky with the light at every shift, over the root of the light's power."""
    light, rows, start = source
    first = start + int(shifts[0]) - BLUR_REACH
    number = shifts.size + 2 * BLUR_REACH
    near = slice(max(first, 0), max(first + number - 1 + light.shape[1], 0))
    rest, used = sky_rest(target, sky, model, near)
    found = matches(rest[rows], light, first - near.start, number)
    # blurring the light or its match with the sky is the same
    match = gaussian_filter1d(found, BLUR_COLUMNS, radius=BLUR_REACH)[BLUR_REACH:-BLUR_REACH]
    seen = used[rows].astype(np.float32), used.sum(axis=0).astype(np.float32)
    left, right = (power(seen, light, start - near.start + int(shifts[k])) for k in (0, -1))
    return np.asarray(match / np.sqrt(np.linspace(left, right, shifts.size)))


def _sharpness(light: Single) -> float:
    """Share of the blurred light's squared slope that is not the source's own noise."""
    few = light[::ROW_STEP]
    bend = few[:, 2:] - 2.0 * few[:, 1:-1] + few[:, :-2]
    lit = few[:, 1:-1] > LIT * few.max(initial=0.0)
    noise = robust_scatter(bend[lit].astype(np.float64)) / math.sqrt(6.0)
    slope = np.gradient(gaussian_filter1d(few, BLUR_COLUMNS, axis=1, mode="constant"), axis=1)
    steep = float(np.vecdot(slope, slope).sum())
    noisy = few.size * noise**2 / (4.0 * math.sqrt(math.pi) * BLUR_COLUMNS**3)
    return max(1.0 - noisy / max(steep, 1e-300), LEAST_SHARP)
