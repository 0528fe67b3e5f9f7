"""Does the residual noise of Moon images change over the years? CT1, CT2, noise, columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from venus_analysis.compute.drift.intervals import intervals_at
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series

FEWEST_LOOKS: Final = 6
SURE: Final = 0.999
"""Probability of the interval that has to leave 0 out: 60 series of a camera are looked at."""
LEAST_SHARE: Final = 0.1
"""Least change between first and last look, over the mean, that is spoken of."""


class Noise(NamedTuple):
    """How a column of the ledger is spoken of: its name, the factor to its unit, the unit.

    ``{source}`` in the name is the band that the ghosts are of.
    """

    name: str
    scale: float
    unit: str


QUANTITIES: Final = {
    "ct1_fraction": Noise("halo CT1", 100.0, "% of the light"),
    "ct1_far": Noise("light between 1.05 and 3 radii", 100.0, "%"),
    "ct2_1_factor": Noise("ghost CT2 of {source}", 100.0, "%"),
    "ct2_2_factor": Noise("ghost CT2 of {source}", 100.0, "%"),
    "noise_a": Noise("noise A", 1.0, "counts"),
    "noise_b": Noise("noise B", 1.0, "counts"),
    "column_pattern_sky": Noise("column pattern on the sky", 1.0, "counts"),
    "column_pattern_disk": Noise("column pattern on the disk", 100.0, "%"),
}
WATCHED: Final = tuple(one for one in QUANTITIES if one not in ("ct1_far", "noise_b"))
"""Those that are warned of; the others tell much the same."""
SOURCES: Final = {"ct2_1_factor": "ct2_1_source", "ct2_2_factor": "ct2_2_source"}
NOISE: Final = (
    *(name for one in WATCHED for name in (one, f"u_{one}")),
    *SOURCES.values(),
)
"""Columns of the ledger that are read for them."""
COLUMNS: Final = (
    "band", "quantity", "looks", "first", "last", "per_year", "lower", "upper", "sure", "sentence"
)  # fmt: skip


def noise_changes(rows: pd.DataFrame, quantities: Iterable[str] = WATCHED) -> pd.DataFrame:
    """Fit a line to each residual of each band, and tell which ones change for sure.

    Lines are Huber's, looks weighed by their uncertainties, intervals of correlated
    noise (`compute.drift.intervals`).

    Parameters
    ----------
    rows
        Ledger rows of the Moon: time, band, the quantities and their ``u_...``.
    quantities
        Some of `QUANTITIES`; those without a column in `rows` are skipped.

    Returns
    -------
    pandas.DataFrame
        One row per band and quantity of 6 looks or more: looks, ``first`` and ``last``
        (the line at the first and the last look), ``per_year`` with its 95 % interval,
        in the quantity's unit; ``sure`` where its 99.9 % interval leaves 0 out and the
        change is more than a tenth of the mean; a sentence.

    Examples
    --------
    >>> time = np.datetime64("2018-02-01") + 60 * np.arange(30)
    >>> share = 0.003 + 1e-4 * np.arange(30) + 1e-5 * (np.arange(30) % 3)
    >>> rows = pd.DataFrame({"time": time, "band": "B5", "ct1_fraction": share})
    >>> print(noise_changes(rows.assign(u_ct1_fraction=1e-5))["sentence"][0])
    Halo CT1 went from 0.301 to 0.591 % of the light: +0.061 [+0.061, +0.061] a year.
    """
    found = []
    for name in quantities:
        if name in rows:
            own = rows[rows[name].notna()].sort_values("time", kind="stable")
            groups = {
                str(band): one for band, one in own.groupby("band") if len(one) >= FEWEST_LOOKS
            }
            if groups:
                found += _changes(groups, name)
    return pd.DataFrame(found, columns=list(COLUMNS))


def _changes(groups: dict[str, pd.DataFrame], name: str) -> list[tuple[object, ...]]:
    looks = max(map(len, groups.values()))
    time, value, u = (
        np.stack([_padded(one[column], looks) for one in groups.values()])
        for column in ("time", name, f"u_{name}")
    )
    words, unit = QUANTITIES[name], QUANTITIES[name].scale
    fit = fit_model(prepare_series(time, unit * value, unit * u), "linear", estimator="huber")
    usual, wide = (one["slope"] for one in intervals_at(fit, (0.95, SURE)))
    slope, level = fit["slope"], fit["level"]
    first, last = level + slope * fit.series.years_of(time[:, [0, -1]]).T
    sure = (wide.lower * wide.upper > 0.0) & (
        np.abs(last - first) > LEAST_SHARE * np.abs(0.5 * (first + last))
    )
    sources = [_source(one, name) for one in groups.values()]
    rows = zip(
        groups.items(), sources, first, last, slope, usual.lower, usual.upper, sure, strict=True
    )
    return [
        (band, name, len(one), *line, bool(seen), _sentence(words, source, *line))
        for (band, one), source, *line, seen in rows
        if np.isfinite(line).all()
    ]


def _padded(values: pd.Series, looks: int) -> np.ndarray:
    """Values of a band, the last one's date (or NaN) after them."""
    array = values.to_numpy()
    fill = array[-1] if array.dtype.kind == "M" else np.nan
    return np.concatenate([array, np.full(looks - len(array), fill, array.dtype)])


def _source(rows: pd.DataFrame, name: str) -> str:
    """Give the band whose ghosts these are, where it is one."""
    column = SOURCES.get(name, "")
    known = list(rows[column].unique()) if column in rows else []
    return str(known[0]) if len(known) == 1 and known[0] else "another band"


def _sentence(
    words: Noise, source: str, first: float, last: float, slope: float, lower: float, upper: float
) -> str:
    name = words.name.format(source=source)
    return (
        f"{name[0].upper()}{name[1:]} went from {first:.3g} to {last:.3g} "
        f"{words.unit}: {slope:+.2g} [{lower:+.2g}, {upper:+.2g}] a year."
    )
