"""Criteria on columns of the Moon's looks: a quantity after the change of orbit, or its change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.compare.mission_phases import MET, NOT_ENOUGH, NOT_MET, judge
from venus_analysis.compute.drift.intervals import t_quantile

Floats = NDArray[np.float64]
FEWEST: Final = 3
"""Looks from which a mean has an interval."""


SHARE: Final[Mapping[str, float]] = {"%": 0.01, "1": 1.0}
"""Units of shares and of relative changes, with their size."""


@dataclass(frozen=True)
class ColumnRule:
    """How a criterion looks at columns of the ledger or the statistics file.

    ``relative change`` and ``change`` compare means before and after, ``level`` looks
    at the mean after. The worst column counts. `one_sided` takes a gain for nothing, and
    so what of the interval is a gain. `units` are those its limit may be given in.
    """

    kind: Literal["relative change", "change", "level"]
    columns: tuple[str, ...]
    one_sided: bool = False
    units: Mapping[str, float] = field(default_factory=lambda: SHARE)


RULES: Final[Mapping[str, ColumnRule]] = {
    "signal_to_noise": ColumnRule("relative change", ("signal_to_noise_median",), one_sided=True),
    "mtf_across": ColumnRule("relative change", ("mtf_nyquist_across",)),
    "mtf_along": ColumnRule("relative change", ("mtf_nyquist_along",)),
    "ct1": ColumnRule("level", ("ct1_fraction",)),
    "ct2": ColumnRule("level", ("ct2_1_factor", "ct2_2_factor")),
    "fixed_pattern": ColumnRule("level", ("column_pattern_disk",)),
    "inter_band_offset": ColumnRule(
        "change", ("offset_along_px", "offset_across_px"), units={"pixel": 1.0}
    ),
}


@dataclass(frozen=True)
class Found:
    """What looks say of a criterion: verdict, value, half width of its 95 % interval.

    `missing` are looks that lack before and after, where there are too few.
    """

    verdict: str
    value: float = float("nan")
    expanded: float = float("nan")
    more_looks: float = 0.0
    missing: tuple[int, int] = (0, 0)
    column: str = ""


def judge_columns(
    rule: ColumnRule, looks: Mapping[str, tuple[Floats, Floats]], limit: float
) -> Found:
    """Judge the mean of looks, or its change, beside a limit; the worst column counts.

    Parameters
    ----------
    rule
        Of the criterion.
    looks
        Column to its finite values before and after.
    limit
        In the unit of the column (1 for relative changes).

    Returns
    -------
    Found

    Examples
    --------
    >>> before, after = np.array([0.10, 0.12, 0.11, 0.11]), np.array([0.41, 0.39, 0.40, 0.41])
    >>> found = judge_columns(ColumnRule("change", ("x",)), {"x": (before, after)}, 0.1)
    >>> found.verdict, round(found.value, 2)
    ('not met', 0.29)
    """
    judged = [_judged(rule, name, *looks[name], limit) for name in rule.columns]
    enough = [one for one in judged if not any(one.missing)]
    if not enough or (rule.kind != "level" and len(enough) < len(judged)):
        return min(judged, key=lambda one: -sum(one.missing))
    order = (NOT_MET, NOT_ENOUGH, MET)
    return min(enough, key=lambda one: (order.index(one.verdict), -abs(one.value)))


def _judged(rule: ColumnRule, name: str, first: Floats, second: Floats, limit: float) -> Found:
    before = 0 if rule.kind == "level" else max(FEWEST - len(first), 0)
    missing = before, max(FEWEST - len(second), 0)
    if any(missing):
        return Found(NOT_ENOUGH, more_looks=float(sum(missing)), missing=missing, column=name)
    value, u, freedom = _value(rule, first, second)
    size, gain = (-value, max(value, 0.0)) if rule.one_sided else (abs(value), 0.0)
    value = value - gain
    expanded = float(t_quantile(0.95, np.array([float(freedom)]))[0] * u)
    expanded = max(expanded - gain, 0.0)
    verdict = judge(value, expanded, limit)
    more = _needed(len(second), size, u, limit) if verdict == NOT_ENOUGH else 0.0
    return Found(verdict, value, expanded, more, column=name)


def _value(rule: ColumnRule, first: Floats, second: Floats) -> tuple[float, float, int]:
    after, u_after = float(second.mean()), _u_of_mean(second)
    if rule.kind == "level":
        return after, u_after, len(second) - 1
    before, u_before = float(first.mean()), _u_of_mean(first)
    freedom = min(len(first), len(second)) - 1
    if rule.kind == "change":
        return after - before, float(np.hypot(u_before, u_after)), freedom
    ratio = after / before
    return ratio - 1.0, abs(ratio) * float(np.hypot(u_before / before, u_after / after)), freedom


def _u_of_mean(looks: Floats) -> float:
    return float(looks.std(ddof=1) / np.sqrt(len(looks)))


def _needed(number: int, size: float, u: float, limit: float) -> float:
    """Count looks that shrink the mean's uncertainty to half the room there is."""
    room = abs(limit - size)
    if room == 0.0:
        return float("inf")
    return float(np.ceil(max(number * ((2.0 * u / room) ** 2 - 1.0), 1.0)))
