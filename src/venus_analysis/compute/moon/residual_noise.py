"""Temporal noise from the image itself: variance against signal, and the model A, B."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import FULL_SCALE_COUNTS
from venus_analysis.compute.median import median
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.noise import QUANTISATION_VARIANCE

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Sixth difference: the optics pass hardly anything of what it keeps.
DIFFERENCE: Final = (1, -6, 15, -20, 15, -6, 1)
POWER: Final = 924.0
SPACING_LINES: Final = 14
BINS: Final = 24
QUANTILE_SAMPLES: Final = 5000
LEAST_SAMPLES: Final = 200
CLIP_SIGMA: Final = 5.0
LIMB_RADII: Final = (0.95, 1.06)
MOST_SKY_SAMPLES: Final = 15_000
# Rows of differences that hold B of a full disk within 2 %, and 7 % where it has 3 counts.
ENOUGH_ROWS: Final = 70
SKY_STEP: Final = 5
# Mean of the lines above which full scale cuts off noise; counts that stand at it have none.
MOST_COUNTS: Final = 0.95 * FULL_SCALE_COUNTS
# Variance of the square of a normal number of unit variance; samples share no line.
NORMAL: Final = 2.0


@dataclass(frozen=True, eq=False)
class NoiseResidual:
    """Temporal noise of one band, raw counts.

    `signal` (bin) above dark, `variance` (bin) of a count with rounding,
    `u_variance` its standard uncertainty, `samples` (bin). `a` and `b` with their
    uncertainties fit ``variance = A² + B signal + 1/12``; NaN where the bins do
    not hold them.
    """

    signal: Array
    variance: Array
    u_variance: Array
    samples: NDArray[np.intp]
    a: float
    u_a: float
    b: float
    u_b: float

    def signal_to_noise(self, signal: float) -> float:
        """Signal over the noise that the fit gives there; NaN without a fit."""
        variance = self.a**2 + self.b * max(signal, 0.0) + QUANTISATION_VARIANCE
        return signal / math.sqrt(variance) if variance > 0.0 else math.nan


def noise_samples(
    counts: NDArray[np.uint16], first_line: int, outline: Outline, dark: Array, good: Mask
) -> tuple[Single, Single, Mask]:
    r"""Sixth differences along the scan, of unit noise gain, and the signal around them.

    .. math:: d = (x_{-3} - 6 x_{-2} + 15 x_{-1} - 20 x_0 + 15 x_1 - 6 x_2 + x_3) / \sqrt{924}

    within a column, so that column patterns cancel; centred near the Nyquist
    frequency, where blur and box of the scan leave little of the Moon's own
    markings. Taken every 14 lines, or 28 of a large disk, and on part of the sky;
    the limb is left out, and so are counts within 5 % of full scale.

    Parameters
    ----------
    counts
        (line, column) raw counts from `first_line` of the scene on.
    first_line, outline
        Place of the disk, pixels of the scene.
    dark
        (column) dark level, counts; NaN leaves a column out.
    good
        (column) columns to be used.

    Returns
    -------
    ndarray, ndarray, ndarray of bool
        Differences (n), counts; signal (n), counts above dark: the mean of the
        seven lines, which noise ties to no difference; whether it is sky (n).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts = np.rint(60.0 + rng.normal(0.0, 2.0, (400, 90))).astype(np.uint16)
    >>> parts = counts, 0, Outline(200.0, 45.0, 30.0), np.full(90, 60.0), np.ones(90, bool)
    >>> difference, signal, sky = noise_samples(*parts)
    >>> bool(abs(np.var(difference) - 4.0 - 1 / 12) < 0.2), bool(abs(signal.mean()) < 0.1)
    (True, True)
    """
    spacing = SPACING_LINES * max(len(counts) // (SPACING_LINES * ENOUGH_ROWS), 1)
    number = max((len(counts) - len(DIFFERENCE)) // spacing + 1, 0)
    width, reach = counts.shape[1], 1.3 * outline.half_width_px
    left = int(np.clip(outline.centre_column - reach, 0, width))
    right = int(np.clip(outline.centre_column + reach, left, width))
    step = max(1, number * (width - right + left) // MOST_SKY_SAMPLES)
    usable = good & np.isfinite(dark)
    spans = (slice(left, right), slice(0, left, step), slice(right, width, step))
    column = np.concatenate([np.arange(width)[span] for span in spans])
    parts = [_differences(counts[:, span], number, spacing) for span in spans]
    difference, total = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
    line = first_line + np.arange(number) * spacing + (len(DIFFERENCE) - 1) / 2.0
    down = (line - outline.centre_line)[:, None]
    across = (column - outline.centre_column)[None, :] - outline.shear * down
    square = (across / outline.semi_axis_column_px) ** 2
    square += (down / outline.semi_axis_line_px) ** 2
    sky = square > LIMB_RADII[1] ** 2
    sky[:, : right - left] &= np.arange(right - left) % SKY_STEP == 0
    mean = total / np.float32(len(DIFFERENCE))
    keep = (sky | (square < LIMB_RADII[0] ** 2)) & usable[column] & (mean < MOST_COUNTS)
    signal = mean - dark[column].astype(np.float32)
    unit = np.float32(1.0 / math.sqrt(POWER))
    return difference[keep] * unit, signal[keep], sky[keep]


def _differences(counts: NDArray[np.uint16], number: int, spacing: int) -> tuple[Single, Single]:
    """Sixth differences every `spacing` lines, and sums of the same lines (group, column)."""
    difference = np.zeros((number, counts.shape[1]), np.float32)
    total = np.zeros_like(difference)
    for offset, share in enumerate(DIFFERENCE):
        part = counts[offset::spacing][:number].astype(np.float32)
        total += part
        part *= np.float32(share)
        difference += part
    return difference, total


def noise_against_signal(difference: Single, signal: Single, sky: Mask) -> NoiseResidual:
    """Variance in bins of signal, and the line through it.

    Differences beyond 5 robust standard deviations of their bin (cosmic hits,
    craters' rims) are left out.

    Parameters
    ----------
    difference, signal, sky
        From `noise_samples`.

    Returns
    -------
    NoiseResidual
        At most 24 bins of equal numbers of the disk's pixels and one of the sky;
        without 200 pixels none, and A and B are NaN.

    References
    ----------
    Janesick 2007, Photon Transfer, doi:10.1117/3.725073.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> signal = np.repeat([0.0, 20.0, 40.0], 20_000)
    >>> noise = rng.normal(0.0, np.sqrt(0.36 + 0.015 * signal + 1 / 12))
    >>> seen = signal + rng.normal(0.0, 0.3, signal.size)
    >>> found = noise_against_signal(noise, seen, signal == 0.0)
    >>> round(found.a, 1), round(found.b, 3)
    (0.6, 0.015)
    """
    disk = np.flatnonzero(~sky)
    bins = int(np.clip(disk.size // LEAST_SAMPLES, 1, BINS))
    some = signal[disk[:: 1 + disk.size // QUANTILE_SAMPLES]]
    edges = np.quantile(some, np.linspace(0.0, 1.0, bins + 1)) if disk.size else np.zeros(2)
    row = np.searchsorted(edges[1:-1], signal[disk]) if disk.size else disk
    order = disk[np.argsort(row.astype(np.uint8), kind="stable")]  # by radix
    cuts = np.cumsum(np.bincount(row, minlength=bins))[:-1]
    parts = [np.flatnonzero(sky), *np.split(order, cuts)]
    found = [_bin(difference[part], signal[part]) for part in parts if part.size >= LEAST_SAMPLES]
    if not found:
        none = np.empty(0)
        nan = math.nan
        return NoiseResidual(none, none, none, np.empty(0, np.intp), nan, nan, nan, nan)
    at, variance, doubt, number = (np.array(one) for one in zip(*found, strict=True))
    a, u_a, b, u_b = _line(at, variance, doubt)
    return NoiseResidual(at, variance, doubt, number.astype(np.intp), a, u_a, b, u_b)


def _bin(difference: Single, signal: Single) -> tuple[float, float, float, float]:
    """Mean signal, variance without outliers, its uncertainty, samples kept."""
    square = difference**2
    limit = CLIP_SIGMA**2 * float(median(square)) / 0.4549
    kept = square <= max(limit, 1e-12)
    number = int(kept.sum())
    variance = float(square[kept].mean(dtype=np.float64))
    level = float(signal[kept].mean(dtype=np.float64))
    return level, variance, variance * math.sqrt(NORMAL / number), number


def _line(signal: Array, variance: Array, doubt: Array) -> tuple[float, float, float, float]:
    """Fit A and B, with uncertainties that are widened where a line does not fit."""
    nan = math.nan
    value = variance - QUANTISATION_VARIANCE
    weight = 1.0 / np.maximum(doubt, 1e-12) ** 2
    total, middle = weight.sum(), (weight * signal).sum() / weight.sum()
    off = signal - middle
    power = float((weight * off**2).sum())
    if signal.size > 1 and power > 0.0:
        slope = float((weight * off * value).sum()) / power
        level = float((weight * value).sum() / total)
        rest = value - level - slope * off
        wide = max(1.0, float((weight * rest**2).sum()) / max(signal.size - 2, 1))
        u_slope = math.sqrt(wide / power)
        base = level - slope * middle
        u_base = math.hypot(math.sqrt(wide / total), u_slope * middle)
    else:
        slope = u_slope = nan
        base, u_base = float(value[0]), float(doubt[0])
    a = math.sqrt(max(base, 0.0))
    return a, u_base / (2.0 * a) if a > 0.0 else nan, slope, u_slope
