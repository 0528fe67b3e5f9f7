"""Single looks as a page shows them, those left out with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.exclusions import Exclusions
from venus_analysis.calibrate.drift.fits import BandFit
from venus_analysis.calibrate.drift.looks import Floats, Looks, group_of
from venus_analysis.calibrate.drift.updates import serial_of
from venus_analysis.calibrate.drift.views import View
from venus_analysis.flags import Flag, decode

UNUSABLE: Final = (
    Flag.EMPTY_IMAGE
    | Flag.MASK_TOUCHES_FRAME
    | Flag.SATURATED
    | Flag.DISK_OUTSIDE_FRAME
    | Flag.MISSING_PIXELS
    | Flag.DISK_NOT_FOUND
    | Flag.NO_PARAMETERS
)
"""Flags of a measurement that is known to be too low, or that is none."""


def left_out(rows: pd.DataFrame, exclusions: Exclusions | None = None) -> NDArray[np.object_]:
    """Why each row is not fitted; empty for rows that are.

    Examples
    --------
    >>> left_out(pd.DataFrame({"flags": [0, int(Flag.SATURATED)]}))
    array(['', 'flag SATURATED'], dtype=object)
    """
    flags = rows["flags"].to_numpy(np.int64) & int(UNUSABLE)
    texts = {bits: f"flag {', '.join(decode(int(bits)))}" for bits in np.unique(flags) if bits}
    reasons = np.array([texts.get(bits, "") for bits in flags], object)
    if exclusions is not None:
        said = exclusions.reasons(rows)
        reasons = np.where(said != "", said, reasons)
    return reasons


def points_table(
    view: View,
    value: Floats,
    reasons: NDArray[np.object_],
    fits: Sequence[BandFit],
    looks: Looks,
) -> pd.DataFrame:
    """One row per look that has a value, regressors' effects taken off.

    Parameters
    ----------
    view
        The rows.
    value
        (row,) value shown.
    reasons
        From `left_out`.
    fits, looks
        What was fitted to those that count.

    Returns
    -------
    pandas.DataFrame
        See `page.DriftPage.points`.
    """
    rows = view.frame
    corrected = value * np.exp(-_effects(rows, fits, looks, value))
    u = np.nan_to_num(rows["u_random"].to_numpy(np.float64))
    flags = rows["view_flags"].to_numpy(np.int64)
    texts = {bits: " ".join(decode(int(bits))) for bits in np.unique(flags)}
    table = pd.DataFrame(
        {
            "time": rows["time"],
            "band": rows["band"],
            "value": corrected,
            "lower": corrected * (1.0 - u),
            "upper": corrected * (1.0 + u),
            "u": u,
            "raw": value,
            "acquisition_id": rows["acquisition_id"],
            "site": rows["site"],
            "reference": rows["reference"],
            "serial": serial_of(rows),
            "flags": [texts[bits] for bits in flags],
            "excluded": reasons != "",
            "reason": reasons,
            "used": (reasons == "") & np.isfinite(value),
        }
    )
    return table[np.isfinite(value)].reset_index(drop=True)


def _effects(rows: pd.DataFrame, fits: Sequence[BandFit], looks: Looks, value: Floats) -> Floats:
    """Ln of what sites, phase, libration and season do to each row."""
    effect = np.zeros(len(rows))
    if looks.monthly:
        return _site_effects(rows, fits, value)
    for one in fits:
        if not one.good:
            continue
        series, k = one.fit.series, one.member
        own = looks.row[looks.bands.index(one.band)]
        for name, given in series.regressors.items():
            found = float(one.fit.coefficients[k, one.fit.names.index(name)])
            taken = series.valid[k]
            effect[own[series.order[k, taken]]] += found * given[k, taken]
    return effect


def _site_effects(rows: pd.DataFrame, fits: Sequence[BandFit], value: Floats) -> Floats:
    """Median of ln(value / model) of each band and site, for monthly medians."""
    log = np.log(np.where(value > 0.0, value, np.nan))
    model = np.full(len(rows), np.nan)
    time = rows["time"].to_numpy("datetime64[s]")
    for one in fits:
        here = np.flatnonzero((rows["band"] == one.band).to_numpy())
        if one.good and len(here):
            dates, inverse = np.unique(time[here], return_inverse=True)
            lines = one.fit.predict(dates).reshape(len(one.fit.series.count), -1)
            model[here] = lines[one.member][inverse]
    away = pd.Series(log - model)
    effect = away.groupby([rows["band"].to_numpy(), group_of(rows)]).transform("median")
    return np.asarray(np.nan_to_num(effect.to_numpy(np.float64)))
