"""Fits as tables: lines to draw, drifts by segment, the sensor's own drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.fits import (
    BandFit,
    fit_bands,
    line_at,
    mean_drift,
    segments_of,
    slope_at,
)
from venus_analysis.calibrate.drift.looks import Looks
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.selection import wavelength_nm
from venus_analysis.compute.drift.dates import years_between
from venus_analysis.compute.drift.design import AGEING
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.models import Estimator, Fit
from venus_analysis.compute.drift.random_walk import slope_uncertainty
from venus_analysis.compute.drift.series import Series
from venus_analysis.compute.drift.theil_sen import theil_sen

DATES_OF_A_LINE: Final = 25
FAR: Final = np.timedelta64(183 * 86400, "s")
ALARM_CONFIDENCE: Final = 0.99
LOOKS_PER_PARAMETER: Final = 4
_LINE = ("band", "segment", "time", "value", "lower", "upper")
_DRIFT = (
    "band", "wavelength_nm", "segment", "start", "stop", "drift", "lower", "upper", "u", "looks",
)  # fmt: skip
_SENSOR = ("band", "wavelength_nm", "drift", "lower", "upper", "u", "alarm", "looks")
_FIT = (
    "band", "model", "estimator", "looks", "fits", "misfit_probability", "correlation", "scatter",
    "sentence",
)  # fmt: skip


def line_tables(fits: Sequence[BandFit], options: Options) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines with their interval along each segment, and the drift in each.

    Returns
    -------
    tuple of pandas.DataFrame
        Columns as `page.DriftPage.lines` and `.drifts`. The drift of a curve, an
        exponential or ageing, is that at the end of the segment.
    """
    lines: list[pd.DataFrame] = []
    drifts: list[tuple[Any, ...]] = []
    for one in fits:
        if not one.good:
            continue
        parts = [_near_looks(one, *part) for part in segments_of(one)]
        dates = np.concatenate([_dates(*part) for part in parts])
        segment = np.repeat(np.arange(len(parts)), DATES_OF_A_LINE)
        if options.estimator == "theil_sen":
            value, slope = _theil_sen_line(one, dates, options.confidence)
        else:
            value, slope = _line(one, dates, options.confidence), None
        lines.append(
            pd.DataFrame(
                {
                    "band": one.band,
                    "segment": segment,
                    "time": dates,
                    **{name: np.exp(given) for name, given in zip(_LINE[3:], value, strict=True)},
                }
            )
        )
        counts = _looks_of(one)
        for k, (start, stop) in enumerate(parts):
            curved = one.fit.model in ("exponential", *AGEING)
            at = stop if curved else start + (stop - start) // 2
            found = slope or slope_at(one, at, options.confidence)
            drifts.append(
                (one.band, wavelength_nm(one.band), k, start, stop, *_numbers(found), counts[k])
            )
    table = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=list(_LINE))
    return table, pd.DataFrame(drifts, columns=list(_DRIFT))


def sensor_table(
    sensitivity: Looks,
    breaks: Sequence[NDArray[np.datetime64]],
    estimator: Estimator,
    walk: float = 0.0,
) -> pd.DataFrame:
    """Mean drift of the sensor's sensitivity over all looks, steps at known faults left out.

    The trend is ageing, a line and a loss that slows down, or a line where there are
    fewer than four looks for each parameter. Of a loss that slows down a line alone
    gives about the slope of the longest stretch without a step, and an interval that
    does not hold the mean.

    Parameters
    ----------
    sensitivity
        ratio * Ak, (band, look).
    breaks
        For each band, dates at which it steps.
    estimator
        ``huber`` or ``weighted``.
    walk
        Random walk of the place looked at, relative, after a year (k = 1); the scatter of
        the looks tells little of it, so that it is added to the uncertainty.

    Returns
    -------
    pandas.DataFrame
        Relative drift per year with its 95 % interval; `alarm` when the 99 % interval
        excludes 0.
    """
    rows = []
    curves = fit_bands(sensitivity, breaks, ["step_ageing"], estimator, tested=False)
    enough = [one.good and one.looks >= LOOKS_PER_PARAMETER * len(one.fit.names) for one in curves]
    lines = curves
    if not all(enough):
        lines = fit_bands(sensitivity, breaks, ["step_linear"], estimator, tested=False)
    for curve, shown, line in zip(curves, enough, lines, strict=True):
        one = curve if shown else line
        if not one.good:
            continue
        spans = [float(years_between(start, np.asarray(stop))) for start, stop in segments_of(one)]
        more = slope_uncertainty(spans, walk)
        found, wide = (_widened(mean_drift(one, level), more) for level in (0.95, ALARM_CONFIDENCE))
        alarm = bool(wide.lower[0] > 0.0 or wide.upper[0] < 0.0)
        rows.append((one.band, wavelength_nm(one.band), *_numbers(found), alarm, one.looks))
    return pd.DataFrame(rows, columns=list(_SENSOR))


def fit_table(fits: Sequence[BandFit], options: Options) -> pd.DataFrame:
    """How each band was fitted; columns as `page.DriftPage.fits`."""
    rows = [
        (one.band, one.fit.model, options.estimator, one.looks, one.fits, one.misfit_probability,
         one.correlation, one.scatter, one.sentence)
        for one in fits
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(_FIT))


def latest_table(points: pd.DataFrame, bands: Sequence[str]) -> pd.DataFrame:
    """Latest look of each band that counts.

    Examples
    --------
    >>> points = pd.DataFrame({"band": "B1", "time": [1, 2], "value": [0.9, 1.0], "u": 0.0,
    ...                        "acquisition_id": ["a", "b"], "used": [True, False]})
    >>> latest_table(points, ["B1"])["acquisition_id"].tolist()
    ['a']
    """
    last = points[points["used"]].drop_duplicates("band", keep="last").set_index("band")
    kept = last.reindex([band for band in bands if band in last.index])
    return kept[["time", "value", "u", "acquisition_id"]].reset_index()


def _numbers(found: Interval) -> tuple[float, float, float, float]:
    return (
        float(found.value[0]),
        float(found.lower[0]),
        float(found.upper[0]),
        float(found.standard_uncertainty[0]),
    )


def _widened(found: Interval, more: float) -> Interval:
    """Add a standard uncertainty in quadrature."""
    sigma = np.hypot(found.standard_uncertainty, more)
    reach = 0.5 * (found.upper - found.lower) * sigma / found.standard_uncertainty
    return Interval(found.value, sigma, found.value - reach, found.value + reach)


def _dates(start: np.datetime64, stop: np.datetime64) -> NDArray[np.datetime64]:
    share = np.linspace(0.0, 1.0, DATES_OF_A_LINE)
    span = (stop - start) / np.timedelta64(1, "s")
    return np.asarray(start + np.round(share * span).astype("timedelta64[s]"))


def _looks_of(one: BandFit) -> list[int]:
    """Count the fitted looks of each segment."""
    series = one.fit.series
    dates = series.date_of(series.years[one.member, series.valid[one.member]])
    return [int(((dates >= start) & (dates <= stop)).sum()) for start, stop in segments_of(one)]


def _near_looks(
    one: BandFit, start: np.datetime64, stop: np.datetime64
) -> tuple[np.datetime64, np.datetime64]:
    """Move the ends of a segment to the next look where that is half a year away or more."""
    series = one.fit.series
    dates = series.date_of(series.years[one.member, series.valid[one.member]])
    inside = dates[(dates >= start) & (dates <= stop)]
    first, last = inside.min(), inside.max()
    return (
        first if first - start > FAR else start,
        last if stop - last > FAR else stop,
    )


def _line(one: BandFit, dates: NDArray[np.datetime64], confidence: float) -> list[Any]:
    found = line_at(one, dates, confidence)
    return [found.value, found.lower, found.upper]


def _theil_sen_line(
    one: BandFit, dates: NDArray[np.datetime64], confidence: float
) -> tuple[list[Any], Interval]:
    """Theil–Sen on what is left when the fit's regressors are taken off."""
    found = theil_sen(_bare(one.fit, one.member), confidence, one.correlation)
    slope = found["slope"]
    level, middle = float(found["level"].value[0]), float(slope.value[0])
    years = one.fit.series.years_of(dates)
    value = level + middle * years
    ends = [(float(end[0]) - middle) * years for end in (slope.lower, slope.upper)]
    return [value, value + np.minimum(*ends), value + np.maximum(*ends)], slope


def _bare(fit: Fit, member: int) -> Series:
    series = fit.series
    effect = np.zeros_like(series.value[member])
    for name, given in series.regressors.items():
        effect += fit.coefficients[member, fit.names.index(name)] * given[member]
    one = slice(member, member + 1)
    return replace(
        series,
        lead=(1,),
        years=series.years[one],
        value=series.value[one] - effect,
        uncertainty=series.uncertainty[one],
        count=series.count[one],
        order=series.order[one],
        notes=series.notes[one],
        regressors={},
    )
