"""Fits of many bands that may step at different dates: grouped, fitted together, drawn as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.looks import Floats, Looks
from venus_analysis.compute.drift.choice import NONE_FITS, Choice, choose_model
from venus_analysis.compute.drift.covariance import covariance_of, residual_correlation
from venus_analysis.compute.drift.design import STEPPED
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.intervals import t_quantile
from venus_analysis.compute.drift.models import Estimator, Fit, fit_model
from venus_analysis.compute.drift.series import prepare_series

SMOOTH: Final = ("constant", "linear", "exponential")
WITH_STEPS: Final = ("step", "step_linear", "step_slopes")
WITHOUT_STEPS: Final = {
    "step": "constant",
    "step_linear": "linear",
    "step_slopes": "linear",
    "step_ageing": "ageing",
}
FEWEST_DATES: Final = 2


@dataclass(frozen=True, eq=False)
class SharedFit:
    """A fit of several bands with what is computed of it once.

    Attributes
    ----------
    fit
        The kernel's fit.
    """

    fit: Fit

    @cached_property
    def correlation(self) -> Floats:
        """(member,) correlation of consecutive residuals."""
        return residual_correlation(self.fit, "design")

    @cached_property
    def covariance(self) -> tuple[Floats, Floats]:
        """(member, parameter, parameter) covariance, and (member,) degrees of freedom."""
        return covariance_of(self.fit, self.correlation)


@dataclass(frozen=True, eq=False)
class BandFit:
    """One band's place in a fit of several.

    Attributes
    ----------
    band
        Its name.
    shared
        Fit to ln(value) or value of all bands that step at the same dates.
    member
        Row of the band in that fit.
    breaks
        Dates at which it may step.
    fits
        False when no model tried fits, or none could be fitted.
    misfit_probability
        Of the lack-of-fit test; NaN where it cannot tell.
    sentence
        How the model was chosen, or why there is none.
    """

    band: str
    shared: SharedFit
    member: int
    breaks: NDArray[np.datetime64]
    fits: bool
    misfit_probability: float
    sentence: str

    @property
    def fit(self) -> Fit:
        """The kernel's fit."""
        return self.shared.fit

    @property
    def good(self) -> bool:
        """Whether the model could be fitted."""
        return not self.fit.reasons[self.member]

    @property
    def looks(self) -> int:
        """Number of looks fitted."""
        return int(self.fit.series.count[self.member])

    @property
    def correlation(self) -> float:
        """Correlation of consecutive residuals."""
        return float(self.shared.correlation[self.member])

    @property
    def scatter(self) -> float:
        """Standard deviation of the residuals, robust."""
        valid = self.fit.series.valid[self.member]
        residual = (self.fit.series.value - self.fit.fitted)[self.member, valid]
        return float(1.4826 * np.median(np.abs(residual))) if len(residual) else np.nan


def fit_bands(
    looks: Looks,
    breaks: Sequence[NDArray[np.datetime64]],
    models: Sequence[str] | None,
    estimator: Estimator = "huber",
    *,
    logarithm: bool = True,
    tested: bool = True,
) -> list[BandFit]:
    """Fit each band with the best of some models.

    Parameters
    ----------
    looks
        From `gather.looks_of`.
    breaks
        For each band, dates at which it may step. Those without looks on two dates on
        either side are left out for that band.
    models
        Names for `fit_model`; with several the choice is by AICc among those that fit.
        Models with steps lose them where no date is left. None tries all those with
        steps for a band that has a date, and all those without for one that has none.
    estimator
        ``huber`` or ``weighted``.
    logarithm
        Fit ln(value), so that slopes and steps are relative.
    tested
        Test whether a single model fits; a choice among several always does.

    Returns
    -------
    list of BandFit
        In the order of the bands; bands without a look are left out.

    Examples
    --------
    >>> days = np.datetime64("2018-01-01", "us") + 30 * np.arange(40) * np.timedelta64(1, "D")
    >>> value = np.exp(-0.02 * np.arange(40.0) * 30 / 365.25)
    >>> looks = Looks(("B1",), days[None], value[None], np.full((1, 40), 0.01),
    ...               np.ones((1, 40)), np.arange(40)[None], {})
    >>> (one,) = fit_bands(looks, [np.empty(0, "datetime64[s]")], ["linear"])
    >>> round(float(one.fit["slope"][one.member]), 6)
    -0.02
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    dates = [usable_breaks(*one) for one in zip(looks.time, looks.value, breaks, strict=True)]
    for k in np.flatnonzero(looks.count).tolist():
        groups.setdefault((*_varying(looks, k), *dates[k].tolist()), []).append(k)
    found: dict[int, BandFit] = {}
    for members in groups.values():
        steps = dates[members[0]]
        tried = models or (WITH_STEPS if len(steps) else SMOOTH)
        names = list(
            dict.fromkeys(one if len(steps) else WITHOUT_STEPS.get(one, one) for one in tried)
        )
        part = looks.of(members)
        value = np.log(part.value) if logarithm else part.value
        u = part.u if logarithm else part.u * np.abs(part.value)
        series = prepare_series(part.time, value, u, part.regressors)
        if not tested and len(names) == 1:
            fit = fit_model(series, names[0], break_times=steps, estimator=estimator)
            shared = SharedFit(fit)
            for place, k in enumerate(members):
                reason = fit.reasons[place]
                found[k] = BandFit(looks.bands[k], shared, place, steps, not reason, np.nan, reason)
            continue
        choice = choose_model(series, names, break_times=steps, estimator=estimator)
        every = [SharedFit(fit) for fit in choice.fits]
        for place, k in enumerate(members):
            found[k] = _band_fit(looks.bands[k], choice, every, names, place, steps)
    return [found[k] for k in sorted(found)]


def usable_breaks(
    time: NDArray[np.datetime64], value: Floats, breaks: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """Dates with looks on at least two dates between each and the next, and at both ends.

    Examples
    --------
    >>> days = np.datetime64("2020-01-01", "us") + np.arange(6) * np.timedelta64(1, "D")
    >>> usable_breaks(days, np.ones(6), days[[1, 3, 5]].astype("datetime64[s]"))
    array(['2020-01-04T00:00:00'], dtype='datetime64[s]')
    """
    dates = np.unique(time[np.isfinite(value) & ~np.isnat(time)])
    kept: list[np.datetime64] = []
    before = 0
    for one in np.unique(breaks):
        place = int(np.searchsorted(dates, one))
        if place - before >= FEWEST_DATES and len(dates) - place >= FEWEST_DATES:
            kept.append(one)
            before = place
    return np.array(kept, "datetime64[s]")


def line_at(one: BandFit, dates: NDArray[np.datetime64], confidence: float = 0.95) -> Interval:
    """Model at UTC dates with its AR(1) interval, (date,); regressors at their mean."""
    fit, k = one.fit, one.member
    value = fit.predict(dates).reshape(len(fit.series.count), -1)[k]
    return _interval(one, value, fit.columns(dates)[k], confidence)


def slope_at(one: BandFit, time: np.datetime64, confidence: float = 0.95) -> Interval:
    """Slope per year of the model at a date, with its AR(1) interval, (1,).

    The derivative by time of the model's columns gives the slope and, with the
    parameters' covariance, its uncertainty; so it serves the exponential model too.
    Models without a slope give 0 and no interval.
    """
    fit, k = one.fit, one.member
    half = np.timedelta64(43200, "s")
    around = np.array([time.astype("datetime64[s]") - half, time.astype("datetime64[s]") + half])
    years = np.diff(fit.series.years_of(around))[0]
    columns = np.diff(fit.columns(around)[k], axis=0) / years
    value = np.diff(fit.predict(around).reshape(len(fit.series.count), -1)[k]) / years
    return _interval(one, value, columns, confidence)


def mean_drift(one: BandFit, confidence: float = 0.95) -> Interval:
    """Mean slope per year between the first look and the last, steps left out, (1,).

    For models that are linear in their parameters.
    """
    fit, k = one.fit, one.member
    ends = fit.series.years[k, fit.series.valid[k]][[0, -1]]
    columns = np.diff(fit.columns(fit.series.date_of(ends))[k], axis=0) / np.diff(ends)
    columns[:, [name.startswith("step_") for name in fit.names]] = 0.0
    return _interval(one, columns @ fit.coefficients[k], columns, confidence)


def _interval(one: BandFit, value: Floats, columns: Floats, confidence: float) -> Interval:
    covariance, freedom = (part[one.member] for part in one.shared.covariance)
    variance = np.einsum("np,pq,nq->n", columns, covariance, columns)
    sigma = np.sqrt(np.where(variance > 0.0, variance, np.nan))
    reach = t_quantile(confidence, np.atleast_1d(freedom)) * sigma
    return Interval(value, sigma, value - reach, value + reach)


def segments_of(one: BandFit) -> list[tuple[np.datetime64, np.datetime64]]:
    """First and last date of each segment of a band: looks at the ends, breaks between."""
    years = one.fit.series.years[one.member, one.fit.series.valid[one.member]]
    first, last = one.fit.series.date_of([years[0], years[-1]])
    edges = [first, *(one.breaks if one.fit.model in STEPPED else ()), last]
    tick = np.timedelta64(1, "s")
    stops = [*(edge - tick for edge in edges[1:-1]), edges[-1]]
    return list(zip(edges[:-1], stops, strict=True))


def _band_fit(
    band: str,
    choice: Choice,
    every: Sequence[SharedFit],
    names: Sequence[str],
    place: int,
    steps: NDArray[np.datetime64],
) -> BandFit:
    best = choice.best[place]
    fits = best in names
    index = names.index(best) if fits else int(np.argmin(choice.aicc[:, place]))
    fit = choice.fits[index]
    if not fits and best != NONE_FITS and fit.reasons[place] == "":
        fits = True
    sentence = choice.sentences[place] or fit.reasons[place]
    misfit = float(choice.misfit_probability[index, place])
    return BandFit(band, every[index], place, steps, fits, misfit, sentence)


def _varying(looks: Looks, k: int) -> tuple[str, ...]:
    """Regressors that vary within a band: others would not be solvable."""
    return tuple(
        name
        for name, given in looks.regressors.items()
        if np.nanmax(given[k]) > np.nanmin(given[k])
    )
