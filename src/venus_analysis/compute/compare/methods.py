"""Methods side by side: differences, agreement, and what differs over wavelength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.compare.joint import Joint, joint_sensitivity, relative
from venus_analysis.compute.compare.joint_parts import Noise
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.trend import Trend, utc_second
from venus_analysis.compute.drift.dates import Dates, utc_dates
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

COVERAGE: Final = 2.0
"""Coverage factor k of expanded uncertainties in En."""


def normalised_error(
    first: ArrayLike,
    second: ArrayLike,
    u_first: ArrayLike,
    u_second: ArrayLike,
    coverage: float = COVERAGE,
) -> Floats:
    """Give En = difference / sqrt(U1² + U2²) with U = k u; two values agree if |En| <= 1.

    Parameters
    ----------
    first, second
        Values of one unit; NaN gives NaN.
    u_first, u_second
        Standard uncertainties (k = 1) of that unit, of what the two do not share.
    coverage
        k.

    References
    ----------
    ISO/IEC 17043:2023, annex B; ISO 13528:2022, 9.7.

    Examples
    --------
    >>> float(normalised_error(1.03, 1.00, 0.012, 0.009).round(9))
    1.0
    """
    size = coverage * np.hypot(np.asarray(u_first, np.float64), np.asarray(u_second, np.float64))
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(difference / size)


@dataclass(frozen=True, eq=False)
class Aligned:
    """Methods made equal at the reference epoch, in bins of time that several have.

    Attributes
    ----------
    methods
        Names, (method,).
    time
        (bin,) UTC, middle of the month.
    value
        (method, bin) sensitivity over that at the epoch; NaN where a method has no
        look.
    u
        (method, bin) standard uncertainty: scatter, and wander of the sites since
        the epoch; not that of the alignment, which is common to a method's bins.
    """

    methods: tuple[str, ...]
    time: Dates
    value: Floats
    u: Floats

    def difference(self, first: str, second: str) -> tuple[Dates, Floats, Floats]:
        """Difference series where both have looks: dates, value, standard uncertainty."""
        a, b = (self.methods.index(name) for name in (first, second))
        both = np.isfinite(self.value[a]) & np.isfinite(self.value[b])
        difference = (self.value[a] - self.value[b])[both]
        return self.time[both], difference, np.hypot(self.u[a], self.u[b])[both]


def aligned(joint: Joint) -> Aligned:
    """Give each method's monthly mean, levels and regressors taken off.

    Parameters
    ----------
    joint
        Joint estimate; its levels align the methods at its reference epoch.

    Returns
    -------
    Aligned

    Examples
    --------
    >>> dates = np.datetime64("2018-01-15") + 30 * np.arange(12)
    >>> given = [MethodSeries(name, name, dates, np.full(12, level), np.full(12, 0.01))
    ...          for name, level in (("moon", 0.1), ("desert", 0.2))]
    >>> found = aligned(joint_sensitivity(given, Trend(dates[0], "constant")))
    >>> bool(np.allclose(found.value, 1.0)), found.difference("moon", "desert")[1].shape
    (True, (12,))
    """
    methods = tuple(joint.noise)
    months = np.unique(np.concatenate([one.time.astype("datetime64[M]") for one in joint.series]))
    weight, total, walk = (np.zeros((len(methods), len(months))) for _ in range(3))
    for one in joint.series:
        m, noise = methods.index(one.method), joint.noise[one.method]
        place = np.searchsorted(months, one.time.astype("datetime64[M]"))
        inverse = 1.0 / (noise.scale * one.u) ** 2
        smooth = joint.trend.columns(one.time) @ joint.value[: len(joint.trend.names)]
        np.add.at(weight[m], place, inverse)
        np.add.at(total[m], place, inverse * (smooth + joint.residuals[one.name]))
        years = np.abs(one.years_since(utc_second(joint.trend.epoch)))
        variance = np.zeros(len(months))
        variance[place] = one.wander**2 * years
        own = np.bincount(place, inverse, len(months))
        walk[m] += own**2 * variance
    seen = weight > 0.0
    safe = np.where(seen, weight, 1.0)
    inflation = np.array([(1 + n.correlation) / (1 - n.correlation) for n in joint.noise.values()])
    log = np.where(seen, total / safe, np.nan)
    u = np.sqrt(inflation[:, None] / safe + walk / safe**2)
    middle = months.astype("datetime64[D]") + 14
    return Aligned(methods, utc_dates(middle), np.exp(log), np.where(seen, np.exp(log) * u, np.nan))


@dataclass(frozen=True)
class Agreement:
    """Two methods compared in one quantity; everything relative, u at k = 1.

    `en` is NaN, and `agree` None, where either method does not determine it.
    """

    quantity: str
    first: str
    second: str
    difference: float
    u: float
    en: float
    agree: bool | None


def separate(
    series: Sequence[MethodSeries], trend: Trend, start: Mapping[str, Noise] | None = None
) -> dict[str, Joint]:
    """Fit each method alone, by method; `start` as for `joint_sensitivity`.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-15") + 30 * np.arange(12)
    >>> given = [MethodSeries(name, name, dates, np.zeros(12), np.ones(12)) for name in "ab"]
    >>> list(separate(given, Trend(dates[0], "constant")))
    ['a', 'b']
    """
    kept = [one for one in series if len(one)]
    return {
        method: joint_sensitivity([one for one in kept if one.method == method], trend, start)
        for method in dict.fromkeys(one.method for one in kept)
    }


def agreement(alone: dict[str, Joint], coverage: float = COVERAGE) -> list[Agreement]:
    """Compare methods two by two in the slope and in each step, by En.

    Levels are not compared: they differ by design, and alignment makes them equal.

    Parameters
    ----------
    alone
        From `separate`: the methods share no noise there.
    coverage
        k.

    Returns
    -------
    list of Agreement
        Quantities are ``mean slope per year`` (between the first and the last look
        of both methods, without steps), and ``step DATE``.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(40)
    >>> noise = 0.003 * np.random.default_rng(1).standard_normal((2, 40))
    >>> years = np.arange(40) * 30 / 365.25
    >>> drifts = {"moon": 0.0, "desert": 0.02}
    >>> given = [MethodSeries(name, name, dates, drift * years + e, np.full(40, 0.003))
    ...          for (name, drift), e in zip(drifts.items(), noise)]
    >>> found = agreement(separate(given, Trend(dates[0], "linear")))
    >>> [(one.quantity, one.agree) for one in found]
    [('mean slope per year', False)]
    """
    names = list(alone)
    found = []
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            pair = (alone[first], alone[second])
            compared = {"mean slope per year": [_mean_slope(one, pair) for one in pair]}
            for time in pair[0].trend.step_times:
                date = str(utc_second(time))[:10]
                compared[f"step {date}"] = [one.step(time) for one in pair]
            for quantity, (a, b) in compared.items():
                en = float(
                    normalised_error(
                        a.value, b.value, a.standard_uncertainty, b.standard_uncertainty, coverage
                    )
                )
                u = float(np.hypot(a.standard_uncertainty, b.standard_uncertainty))
                agree = None if np.isnan(en) else abs(en) <= 1.0
                gap = float(a.value - b.value)
                found.append(Agreement(quantity, first, second, gap, u, en, agree))
    return found


def _mean_slope(joint: Joint, pair: tuple[Joint, Joint]) -> Interval:
    """Mean yearly change of the smooth part over the time both methods cover."""
    first = max(min(one.time[0] for one in each.series) for each in pair)
    last = min(max(one.time[-1] for one in each.series) for each in pair)
    return mean_slope(joint, first, last)


def mean_slope(joint: Joint, first: np.datetime64, last: np.datetime64) -> Interval:
    """Mean relative change per year of the smooth part between two dates, without steps.

    NaN where `last` is not later.

    Examples
    --------
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(40)
    >>> moon = MethodSeries("moon", "moon", dates, 0.01 * np.arange(40) * 30 / 365.25, np.ones(40))
    >>> found = joint_sensitivity([moon], Trend(dates[0], "linear"))
    >>> round(float(mean_slope(found, dates[0], dates[-1]).value), 6)
    0.01005
    """
    weights = np.zeros(len(joint.names))
    years = float((last - first) / np.timedelta64(1, "s")) / 31557600.0
    if years <= 0.0:
        return Interval(*(np.array(np.nan) for _ in range(4)))
    columns = joint.trend.columns(np.array([first, last]))
    smooth = len(joint.trend.names) - len(joint.trend.step_times)
    smooth -= len(joint.trend.slope_times)
    weights[:smooth] = (columns[1] - columns[0])[:smooth] / years
    return relative(joint.combination(weights))


@dataclass(frozen=True)
class SpectralCheck:
    """A band beside the smooth curve through the other bands; relative numbers."""

    band: str
    wavelength_nm: float
    value: float
    expected: float
    en: float
    leaves: bool


def spectral_check(
    bands: Sequence[str],
    wavelength_nm: ArrayLike,
    value: ArrayLike,
    u: ArrayLike,
    *,
    u_curve: float = 0.005,
    coverage: float = COVERAGE,
) -> list[SpectralCheck]:
    """Name bands that leave the smooth course of the others over wavelength.

    Each band is compared with a parabola in ln wavelength through all others,
    robustly weighted (Tukey's biweight), by En. `u_curve` is what a healthy
    camera's ratios depart from a parabola [an assumption: 0.5 %].

    Parameters
    ----------
    bands, wavelength_nm, value, u
        (band,); bands with NaN are left out; u standard (k = 1).
    u_curve
        Standard uncertainty (k = 1) of the curve as a model.
    coverage
        k of En.

    Returns
    -------
    list of SpectralCheck
        Empty with fewer than 6 bands: a parabola through 5 others leaves too little.

    Examples
    --------
    >>> wave = np.array([420.0, 443, 490, 555, 620, 667, 702, 742, 782, 865])
    >>> ratio = 1.0 + 1e-4 * (wave - 600.0)
    >>> ratio[4] += 0.03
    >>> found = spectral_check([f"B{k}" for k in range(10)], wave, ratio, np.full(10, 0.002))
    >>> [one.band for one in found if one.leaves]
    ['B4']
    """
    wave, ratio, sigma = (np.asarray(one, np.float64) for one in (wavelength_nm, value, u))
    if not wave.shape == ratio.shape == sigma.shape == (len(bands),):
        raise InputError("spectral check", f"{len(bands)} numbers", str(wave.shape), "one a band")
    good = np.flatnonzero(np.isfinite(wave) & np.isfinite(ratio) & np.isfinite(sigma))
    if len(good) < 6:
        return []
    x = np.log(wave[good] / np.median(wave[good]))
    design = np.column_stack([np.ones(len(x)), x, x**2])
    total = np.hypot(sigma[good], u_curve)
    found = []
    for i, k in enumerate(good.tolist()):
        others = np.arange(len(good)) != i
        curve, covariance = _robust(design[others], ratio[good][others], total[others])
        expected = float(design[i] @ curve)
        u_expected = float(np.sqrt(design[i] @ covariance @ design[i]))
        en = float(normalised_error(ratio[k], expected, total[i], u_expected, coverage))
        found.append(
            SpectralCheck(bands[k], float(wave[k]), float(ratio[k]), expected, en, abs(en) > 1.0)
        )
    return found


def _robust(
    design: Floats, value: Floats, sigma: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a parabola with biweights; residuals beyond 6 standard uncertainties do not count."""
    weight = np.ones(len(value))
    for _ in range(20):
        scaled = design * (np.sqrt(weight) / sigma)[:, None]
        covariance = np.linalg.pinv(scaled.T @ scaled)
        found = covariance @ (scaled.T @ (value * np.sqrt(weight) / sigma))
        z = (value - design @ found) / sigma
        limit = 6.0 * max(1.0, 1.4826 * float(np.median(np.abs(z))) / 2.0)
        weight = np.where(np.abs(z) < limit, (1.0 - (z / limit) ** 2) ** 2, 1e-9)
    return found, np.asarray(covariance, np.float64)
