"""Temporal noise from the image itself: variance against signal, and the model A, B."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.noise import QUANTISATION_VARIANCE

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Sixth difference: the optics pass hardly anything of what it keeps.
DIFFERENCE: Final = (1, -6, 15, -20, 15, -6, 1)
POWER: Final = 924.0
SPACING_LINES: Final = 14
BINS: Final = 24
LEAST_SAMPLES: Final = 200
CLIP_SIGMA: Final = 5.0
LIMB_RADII: Final = (0.95, 1.06)
MOST_SKY_SAMPLES: Final = 40_000
SKY_STEP: Final = 5
# Variance of the square of a normal number of unit variance; samples are 14 lines apart.
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
) -> tuple[Array, Array]:
    r"""Sixth differences along the scan, of unit noise gain, and the signal around them.

    .. math:: d = (x_{-3} - 6 x_{-2} + 15 x_{-1} - 20 x_0 + 15 x_1 - 6 x_2 + x_3) / \sqrt{924}

    within a column, so that column patterns cancel; centred near the Nyquist
    frequency, where blur and box of the scan leave little of the Moon's own
    markings. Taken every 14 lines of the disk, and on part of the sky; the limb
    is left out.

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
    ndarray, ndarray
        Differences (n), counts, and signal (n), counts above dark: the mean of
        the seven lines, which noise ties to no difference.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts = np.rint(60.0 + rng.normal(0.0, 2.0, (400, 90))).astype(np.uint16)
    >>> parts = counts, 0, Outline(200.0, 45.0, 30.0), np.full(90, 60.0), np.ones(90, bool)
    >>> difference, signal = noise_samples(*parts)
    >>> bool(abs(np.var(difference) - 4.0 - 1 / 12) < 0.2), bool(abs(signal.mean()) < 0.1)
    (True, True)
    """
    number = (len(counts) - len(DIFFERENCE)) // SPACING_LINES + 1
    usable = good & np.isfinite(dark)
    reach = 1.3 * outline.half_width_px
    column = np.flatnonzero(usable)
    inner = column[np.abs(column - outline.centre_column) <= reach]
    outer = column[np.abs(column - outline.centre_column) > reach]
    step = max(1, number * outer.size // MOST_SKY_SAMPLES)
    column = np.concatenate([inner, outer[::step]])
    if number < 1 or not column.size:
        return np.empty(0), np.empty(0)
    start = np.arange(number) * SPACING_LINES
    difference = np.zeros((number, column.size), np.float32)
    total = np.zeros((number, column.size), np.float32)
    for offset, share in enumerate(DIFFERENCE):
        part = counts[start + offset][:, column].astype(np.float32)
        difference += np.float32(share) * part
        total += part
    line = first_line + start + (len(DIFFERENCE) - 1) / 2.0
    u, v = outline.unit(line[:, None], column[None, :].astype(np.float64))
    square = u * u + v * v
    sky = square > LIMB_RADII[1] ** 2
    sky[:, : inner.size] &= np.arange(inner.size) % SKY_STEP == 0
    keep = sky | (square < LIMB_RADII[0] ** 2)
    signal = total / np.float32(len(DIFFERENCE)) - dark[column].astype(np.float32)
    return (
        np.asarray(difference[keep], np.float64) / math.sqrt(POWER),
        np.asarray(signal[keep], np.float64),
    )


def noise_against_signal(difference: Array, signal: Array) -> NoiseResidual:
    """Variance in bins of signal, and the line through it.

    Differences beyond 5 robust standard deviations of their bin (cosmic hits,
    craters' rims) are left out.

    Parameters
    ----------
    difference, signal
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
    >>> found = noise_against_signal(noise, signal + rng.normal(0.0, 0.3, signal.size))
    >>> round(found.a, 1), round(found.b, 3)
    (0.6, 0.015)
    """
    order = np.argsort(signal)
    level = signal[order]
    spread = 1.4826 * float(np.median(np.abs(signal - np.median(signal)))) if signal.size else 0.0
    bright = int(np.searchsorted(level, np.median(level) + 6.0 * spread)) if signal.size else 0
    if signal.size - bright < 4 * LEAST_SAMPLES:
        bright = 0
    bins = int(np.clip((signal.size - bright) // LEAST_SAMPLES, 0, BINS))
    parts = [order[:bright], *np.array_split(order[bright:], max(bins, 1))]
    found = [_bin(difference[part], signal[part]) for part in parts if part.size >= LEAST_SAMPLES]
    if not found:
        none = np.empty(0)
        nan = math.nan
        return NoiseResidual(none, none, none, np.empty(0, np.intp), nan, nan, nan, nan)
    at, variance, doubt, number = (np.array(one) for one in zip(*found, strict=True))
    a, u_a, b, u_b = _line(at, variance, doubt)
    return NoiseResidual(at, variance, doubt, number.astype(np.intp), a, u_a, b, u_b)


def _bin(difference: Array, signal: Array) -> tuple[float, float, float, float]:
    """Mean signal, variance without outliers, its uncertainty, samples kept."""
    square = difference**2
    limit = CLIP_SIGMA**2 * float(np.median(square)) / 0.4549
    kept = square <= max(limit, 1e-12)
    number = int(kept.sum())
    variance = float(square[kept].mean())
    return float(signal[kept].mean()), variance, variance * math.sqrt(NORMAL / number), number


def _line(signal: Array, variance: Array, doubt: Array) -> tuple[float, float, float, float]:
    """A, B and their uncertainties by weighted least squares, widened where a line does not fit."""
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
