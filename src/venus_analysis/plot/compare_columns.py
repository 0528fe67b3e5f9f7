"""Columns behind the figures that compare methods: plain dicts for Bokeh's data sources."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from venus_analysis.calibrate.compare.method_fits import MethodFits
from venus_analysis.compute.compare.joint import Joint
from venus_analysis.compute.compare.methods import (
    COVERAGE,
    Agreement,
    aligned,
    normalised_error,
    spectral_check,
)
from venus_analysis.plot import style
from venus_analysis.plot.drift_columns import Columns
from venus_analysis.plot.style import name_of

AGREES, DIFFERS, UNKNOWN = "agree", "differ", "not known"
COLOURS: Final = {
    AGREES: style.VERDICT_COLOURS["effective"],
    DIFFERS: style.VERDICT_COLOURS["not effective"],
    UNKNOWN: style.VERDICT_COLOURS["not decidable"],
}
DATES: Final = 160
"""Points of a drawn curve."""


def reference_method(methods: Sequence[str]) -> str:
    """Give the method that differences are counted from: the Moon, else the first.

    Examples
    --------
    >>> reference_method(["desert", "moon"]), reference_method(["sno", "desert"])
    ('moon', 'sno')
    """
    return "moon" if "moon" in methods else methods[0]


def monthly_columns(fits: MethodFits) -> dict[str, Columns]:
    """Monthly means of each method, in percent from what its own fit reads at the epoch.

    Returns
    -------
    dict
        Method to ``time``, ``value``, ``lower``, ``upper`` (k = 2), ``method``,
        ``band``, ``text``.
    """
    return {method: _monthly(fits, method) for method in fits.methods}


def _monthly(fits: MethodFits, method: str) -> Columns:
    time, value, u = _relative(fits.alone[method])
    reach = COVERAGE * u
    return {
        "time": style.milliseconds(time).tolist(),
        **{"value": _percent(value), "lower": _percent(value - reach)},
        "upper": _percent(value + reach),
        "method": [name_of(method)] * len(time),
        "band": [fits.band] * len(time),
        "text": [f"{100 * v:+.2f} ± {100 * r:.2f} %" for v, r in zip(value, reach, strict=True)],
    }


def _relative(alone: Joint) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dates, change since the epoch, and its standard uncertainty (that of a month)."""
    found = aligned(alone)
    log = found.value[0] / np.exp(_at_epoch(alone))
    return found.time, log - 1.0, found.u[0] / np.exp(_at_epoch(alone))


def _at_epoch(joint: Joint) -> float:
    """Sum the steps that lie before the epoch, ln."""
    return float(joint.trend.columns(joint.trend.epoch)[0] @ joint.value[: len(joint.trend.names)])


def curve_columns(fits: MethodFits) -> Columns:
    """Joint sensitivity in percent from the epoch, a line for each stretch between steps.

    Returns
    -------
    dict
        ``xs``, ``ys``; ``around_x``, ``around_y``: outline of the 95 % interval.
    """
    joint = fits.joint
    found: Columns = {name: [] for name in ("xs", "ys", "around_x", "around_y")}
    for dates in _stretches(joint):
        weights = np.zeros((len(dates), len(joint.names)))
        columns = joint.trend.columns(dates) - joint.trend.columns(joint.trend.epoch)
        weights[:, : columns.shape[1]] = columns
        log, x = joint.combination(weights), style.milliseconds(dates)
        low, high = (100.0 * np.expm1(part) for part in (log.lower, log.upper))
        found["xs"].append(x)
        found["ys"].append(100.0 * np.expm1(log.value))
        found["around_x"].append(np.concatenate([x, x[::-1]]))
        found["around_y"].append(np.concatenate([low, high[::-1]]))
    return found


def _stretches(joint: Joint) -> list[np.ndarray]:
    """Dates to draw, for each stretch between two steps."""
    times = np.sort(np.concatenate([one.time for one in joint.series]))
    ends = [times[0], *sorted(joint.trend.step_times), times[-1]]
    found = []
    for since, until in itertools.pairwise(ends):
        inside = times[(times >= since) & (times <= until)]
        if len(inside) > 1:
            seconds = np.linspace(0.0, (inside[-1] - inside[0]) / np.timedelta64(1, "s"), DATES)
            found.append(inside[0] + seconds.astype("timedelta64[s]"))
    return found


def step_columns(fits: MethodFits) -> Columns:
    """Give the steps of the joint fit: ``x``, ``y`` (share of the height), ``label``."""
    found: Columns = {"x": [], "y": [], "label": []}
    for time in sorted(fits.joint.trend.step_times):
        step = fits.joint.step(time)
        value, reach = float(step.value), 0.5 * float(step.upper - step.lower)
        found["x"].append(float(style.milliseconds(time)))
        found["y"].append((0.97, 0.84)[len(found["y"]) % 2])
        size = style.signed(100 * value)
        name = fits.breaks[time] if fits.breaks[time].startswith("update") else "step"
        found["label"].append(f"{name}\n{size} ± {100 * reach:.2f} %")
    return found


def difference_columns(fits: MethodFits) -> dict[str, Columns]:
    """Each further method less the reference method, month by month.

    The uncertainty of a month holds that of both methods in it and that of making them
    equal at the epoch, which all months share.

    Returns
    -------
    dict
        Method to ``time``, ``value``, ``lower``, ``upper`` (percent, U at k = 2),
        ``en``, ``line``, ``method``, ``band``, ``text``; a month with abs(En) above 1
        is filled, others are hollow (``fill``).
    """
    base = reference_method(fits.methods)
    return {method: _difference(fits, method, base) for method in fits.methods if method != base}


def _difference(fits: MethodFits, method: str, base: str) -> Columns:
    parts = [_relative(fits.alone[name]) for name in (method, base)]
    time, first, second = np.intersect1d(parts[0][0], parts[1][0], return_indices=True)
    gap = parts[0][1][first] - parts[1][1][second]
    levels = [fits.level(name, fits.epoch) for name in (method, base)]
    align = [float(one.standard_uncertainty / one.value) for one in levels]
    u = np.sqrt(parts[0][2][first] ** 2 + parts[1][2][second] ** 2 + align[0] ** 2 + align[1] ** 2)
    en = normalised_error(gap, 0.0, u, 0.0)
    reach = COVERAGE * u
    words = f"{name_of(method)} − {name_of(base)}"
    return {
        "time": style.milliseconds(time).tolist(),
        **{"value": _percent(gap), "lower": _percent(gap - reach), "upper": _percent(gap + reach)},
        "en": en.tolist(),
        "outside": (np.abs(en) > 1.0).tolist(),
        "method": [words] * len(time),
        "band": [fits.band] * len(time),
        "text": [f"{100 * g:+.2f} % , En {e:+.2f}" for g, e in zip(gap, en, strict=True)],
    }


def spectrum_columns(fits: Mapping[str, MethodFits], epoch: np.datetime64) -> dict[str, Columns]:
    """Ratio at the epoch against wavelength, and bands that leave their neighbours.

    Returns
    -------
    dict
        Method to ``wavelength``, ``ratio``, ``lower``, ``upper`` (95 %), ``band``,
        ``expected`` (of the smooth course of the other bands; NaN below 6 bands),
        ``leaves``, ``method``, ``text``. Bands of one wavelength are moved apart.
    """
    methods = dict.fromkeys(name for one in fits.values() for name in one.methods)
    return {method: _spectrum(fits, epoch, method) for method in methods}


def _spectrum(fits: Mapping[str, MethodFits], epoch: np.datetime64, method: str) -> Columns:
    own = [one for one in fits.values() if method in one.methods and one.wavelength_nm > 0.0]
    levels = [one.level(method, epoch) for one in own]
    known = [(one, level) for one, level in zip(own, levels, strict=True) if level.value > 0.0]
    wave = np.array([one.wavelength_nm for one, _ in known])
    value, u, low, high = (
        np.array([getattr(level, name) for _, level in known], np.float64)
        for name in ("value", "standard_uncertainty", "lower", "upper")
    )
    names = [one.band for one, _ in known]
    checked = {one.band: one for one in spectral_check(names, wave, value, u)}
    said = [checked.get(name) for name in names]
    twin = np.array([int((wave[:k] == wave[k]).sum()) for k in range(len(wave))])
    return {
        "wavelength": (wave + 6.0 * twin).tolist(),
        **{"ratio": value.tolist(), "lower": low.tolist(), "upper": high.tolist()},
        "band": names,
        "expected": [one.expected if one else np.nan for one in said],
        "leaves": [bool(one and one.leaves) for one in said],
        "method": [name_of(method)] * len(names),
        "text": [
            f"{v:.4f} ± {s:.4f} (k = 1)" + (f", En {one.en:+.1f} of its neighbours" if one else "")
            for v, s, one in zip(value, u, said, strict=True)
        ],
    }


def agreement_columns(fits: Mapping[str, MethodFits]) -> Columns:
    """Cells of the matrix of bands by pairs of methods, for slope and step.

    Returns
    -------
    dict
        ``cell`` (pair, slope or step), ``band``, ``verdict``, ``label`` (En), ``text``.
        Of several steps in a band the one with the largest abs(En) stands for all.
    """
    found: Columns = {name: [] for name in ("cell", "band", "verdict", "label", "text")}
    for band, one in fits.items():
        worst: dict[tuple[str, str], Agreement] = {}
        for each in one.agreement:
            kind = each.quantity.partition(" ")[0].replace("mean", "slope")
            cell = (pair_name(each.first, each.second), kind)
            old = worst.get(cell)
            if old is None or np.isnan(old.en) or abs(each.en) > abs(old.en):
                worst[cell] = each
        for cell, each in worst.items():
            found["cell"].append(cell)
            found["band"].append(band)
            found["verdict"].append({True: AGREES, False: DIFFERS, None: UNKNOWN}[each.agree])
            digits = 2 if each.agree is False else 1  # an En of 1.04 must not read 1.0
            found["label"].append("?" if np.isnan(each.en) else style.signed(each.en, digits))
            found["text"].append(agreement_text(each))
    return found


def pair_name(first: str, second: str) -> str:
    """Name of a pair of methods.

    Examples
    --------
    >>> pair_name("moon", "desert")
    'Moon − Desert'
    """
    return f"{name_of(first)} − {name_of(second)}"


def agreement_text(one: Agreement) -> str:
    """Tell a comparison in a sentence.

    Examples
    --------
    >>> agreement_text(Agreement("step 2020-01-01", "moon", "sno", 0.004, 0.001, 2.0, False))
    'step 2020-01-01: +0.40 % ± 0.20 % (k = 2), En +2.00'
    """
    if np.isnan(one.en):
        return f"{one.quantity}: not determined by both"
    size, reach = 100.0 * one.difference, 100.0 * COVERAGE * one.u
    return f"{one.quantity}: {size:+.2f} % ± {reach:.2f} % (k = 2), En {one.en:+.2f}"


def _percent(values: Any) -> list[float]:
    return (100.0 * np.asarray(values)).tolist()  # type: ignore[no-any-return]
