"""Ratios per pair gathered: per date, and for the site."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.desert.matchup import Pairs

Floats = NDArray[np.float64]
SIGMAS: Final = 3.5
FEWEST_STEPS: Final = 8


@dataclass(frozen=True, eq=False)
class DateRatios:
    """Ratio of each target look, from all its reference looks.

    Attributes
    ----------
    look
        (date,) positions of the target looks that have a usable pair.
    ratio, modelled
        (date, band) median over the pairs of measured / modelled, and of modelled.
    scatter
        (date, band) robust standard deviation over the pairs, relative; NaN for
        fewer than 3.
    number
        (date,) usable pairs.
    """

    look: NDArray[np.intp]
    ratio: Floats
    modelled: Floats
    scatter: Floats
    number: NDArray[np.intp]


def ratios_per_date(measured: Floats, modelled: Floats, pairs: Pairs) -> DateRatios:
    """Median over the pairs of each target look.

    Parameters
    ----------
    measured
        (look, band) the target's reflectances.
    modelled
        (pair, band) from `modelled_reflectance`.
    pairs
        Sorted by target, as `find_pairs` gives them.

    Returns
    -------
    DateRatios
        Of the looks that have a pair with a value; NaN for a band without.

    Examples
    --------
    >>> pairs = Pairs(np.array([4, 4, 4]), np.array([0, 1, 2]), np.zeros(3, bool))
    >>> modelled = np.array([[0.40], [0.41], [0.50]])
    >>> ratios_per_date(np.full((5, 1), 0.41), modelled, pairs).ratio
    array([[1.]])
    """
    ratio = measured[pairs.target] / modelled
    usable = np.isfinite(ratio).any(axis=1)
    ratio, modelled = ratio[usable], modelled[usable]
    look, start, number = np.unique(pairs.target[usable], return_index=True, return_counts=True)
    shape = (len(look), modelled.shape[1])
    found = {name: np.full(shape, np.nan) for name in ("ratio", "modelled", "scatter")}
    for k, (first, count) in enumerate(zip(start, number, strict=True)):
        own = slice(first, first + count)
        whole = np.isfinite(ratio[own]).all(axis=0)
        found["ratio"][k, whole] = np.median(ratio[own, whole], axis=0)
        found["modelled"][k, whole] = np.median(modelled[own, whole], axis=0)
        if count > 2:
            away = np.abs(ratio[own, whole] - found["ratio"][k, whole])
            found["scatter"][k, whole] = 1.4826 * np.median(away, axis=0) / found["ratio"][k, whole]
    return DateRatios(look, number=number, **found)


@dataclass(frozen=True, eq=False)
class SiteRatio:
    """Mean over the dates, with what scatters and what does not.

    Attributes
    ----------
    ratio
        (band,) mean over dates, outliers beyond 3.5 robust sigma left out.
    scatter
        (band,) standard deviation over those dates, relative.
    number
        (band,) dates used.
    """

    ratio: Floats
    scatter: Floats
    number: NDArray[np.intp]


def site_ratio(dates: DateRatios, sigmas: float = SIGMAS) -> SiteRatio:
    """Mean ratio of the site.

    Parameters
    ----------
    dates
        From `ratios_per_date`.
    sigmas
        Dates further from the median, in scaled median absolute deviations,
        are left out.

    Returns
    -------
    SiteRatio
        NaN for a band without dates.

    Examples
    --------
    >>> values = np.array([[1.01], [1.03], [1.02], [1.02], [5.0]])
    >>> dates = DateRatios(np.arange(5), values, values, values, np.ones(5, int))
    >>> site_ratio(dates).ratio.round(6), site_ratio(dates).number
    (array([1.02]), array([4]))
    """
    bands = dates.ratio.shape[1]
    ratio, scatter = np.full(bands, np.nan), np.full(bands, np.nan)
    number = np.zeros(bands, np.intp)
    for b in range(bands):
        values = dates.ratio[np.isfinite(dates.ratio[:, b]), b]
        if not values.size:
            continue
        away = np.abs(values - np.median(values))
        kept = values[away <= sigmas * 1.4826 * max(np.median(away), 1e-9)]
        ratio[b], number[b] = kept.mean(), kept.size
        if kept.size > 1:
            scatter[b] = kept.std(ddof=1) / ratio[b]
    return SiteRatio(ratio, scatter, number)


def random_scatter(time: ArrayLike, ratio: Floats, found: SiteRatio) -> Floats:
    """How much the ratio changes from one date to the next, relative to its mean.

    From differences of dates that follow each other, those beyond 3.5 robust sigma left
    out: they hold little of a drift of the sensor or of a step, which the standard
    deviation over some years does hold.

    Parameters
    ----------
    time
        (date,) in any order.
    ratio
        (date, band); NaN does not count.
    found
        From `site_ratio`.

    Returns
    -------
    array
        (band,) one standard deviation; the scatter of `found` for fewer than 9 dates.

    Examples
    --------
    >>> noise = 0.01 * np.random.default_rng(1).standard_normal((400, 1))
    >>> ratio = 1.0 + 0.1 * np.linspace(0.0, 1.0, 400)[:, None] + noise
    >>> found = site_ratio(DateRatios(np.arange(400), ratio, ratio, ratio, np.ones(400, int)))
    >>> found.scatter.round(2), random_scatter(np.arange(400), ratio, found).round(2)
    (array([0.03]), array([0.01]))
    """
    order = np.argsort(np.asarray(time), kind="stable")
    each = [_successive(one[np.isfinite(one)]) for one in (ratio / found.ratio)[order].T]
    return np.where(np.isfinite(each), each, found.scatter)


def _successive(values: Floats) -> float:
    """Root mean square of half the squared differences, those of outliers left out."""
    steps = np.abs(np.diff(values))
    if len(steps) < FEWEST_STEPS:
        return math.nan
    kept = steps[steps <= SIGMAS * 1.4826 * max(np.median(steps), 1e-9)]
    return math.sqrt(np.mean(kept**2) / 2.0)
