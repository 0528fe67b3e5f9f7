"""Which rows of the ledger make a series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.made_again import LOOK, OF_A_SERIES, newest_looks
from venus_analysis.calibrate.drift.noise_change import NOISE
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands

SINGLE: Final = ("instrument", "method", "configuration")
TEXTS: Final = ("instrument", "method", "site", "reference", "configuration", "mission_phase")
SERIALS: Final = ("serial_phgain", "serial_darkcu", "serial_relsen", "serial_outord")
COLUMNS: Final = (
    *TEXTS,
    "acquisition_id",
    "reference_acquisition_id",
    "band",
    "time",
    "parameter_set",
    *SERIALS,
    "serial_strlgt",
    "absolute_gain",
    "ratio",
    "u_random",
    "flags",
    "phase_angle_deg",
    "observer_longitude_deg",
    "observer_latitude_deg",
    "simulated",
)
"""Columns of the ledger that the study of drift reads."""


@dataclass(frozen=True)
class Selection:
    """Rows asked for; an empty text or tuple asks for all.

    Attributes
    ----------
    method
        moon, desert, sno, or an importer's own.
    bands
        Band names; all bands by default.
    instrument, site, reference, configuration, mission_phase
        Texts as in the ledger.
    since, until
        First and last UTC time, both inclusive.
    """

    method: str = ""
    bands: tuple[str, ...] = ()
    instrument: str = ""
    site: str = ""
    reference: str = ""
    configuration: str = ""
    mission_phase: str = ""
    since: np.datetime64 | None = None
    until: np.datetime64 | None = None


def choices(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Values there are of each column a `Selection` may name, bands by wavelength.

    Examples
    --------
    >>> choices(pd.DataFrame({"band": ["B10", "B2"], "method": ["moon", "moon"]}))
    {'method': ['moon'], 'band': ['B2', 'B10']}
    """
    found = {name: sorted(map(str, frame[name].unique())) for name in TEXTS if name in frame}
    found["band"] = by_wavelength(frame["band"].unique())
    return found


def select(frame: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """Rows of one series per band, sorted by time, with `COLUMNS`, of the Moon with `NOISE`.

    A look that was calibrated again with other parameter files counts once, see
    `made_again`.

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`.
    selection
        What to keep. Several sites or references may be left: they are pooled
        with an offset each.

    Returns
    -------
    pandas.DataFrame
        A new index from 0; rows without a time are left out.

    Raises
    ------
    InputError
        When nothing is left, or more than one instrument, method or configuration,
        or a look twice (two models of one Moon); it names what there is.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> when = np.array(["2020-01-02", "2020-01-01"], "datetime64[us]")
    >>> rows = pd.DataFrame([new_row(band="B1", method="moon", acquisition_id=str(day), time=day)
    ...                      for day in when])
    >>> select(rows, Selection("moon"))["acquisition_id"].str[:10].tolist()
    ['2020-01-01', '2020-01-02']
    """
    return selected(frame, selection)[0]


def selected(frame: pd.DataFrame, selection: Selection) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows as `select` gives them, and sentences on rows that do not count.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([new_row(band="B1", method="moon", acquisition_id="A",
    ...                              time=np.datetime64("2020-01-01", "us"), parameter_set=serial)
    ...                      for serial in ("00009", "00010")])
    >>> rows["committed"] = pd.to_datetime(["2020-01-03", "2020-02-01"])
    >>> kept, notes = selected(rows, Selection("moon"))
    >>> kept["parameter_set"].tolist(), len(notes)
    (['00010'], 1)
    """
    kept = np.ones(len(frame), bool)
    for name in TEXTS:
        kept = _and(kept, frame, name, getattr(selection, name))
    for band in selection.bands:
        _and(kept, frame, "band", band)
    if selection.bands:
        kept &= frame["band"].isin(selection.bands).to_numpy()
    kept &= in_period(frame["time"], selection.since, selection.until)
    shown = (*COLUMNS, *NOISE) if selection.method in ("", "moon") else COLUMNS
    wanted = dict.fromkeys([*shown, *OF_A_SERIES, "committed"])
    rows = frame[[name for name in wanted if name in frame]]
    rows = rows if kept.all() else rows[kept]
    if rows.empty:
        raise InputError(
            "selection", "rows", _asked(selection), "widen it, or calibrate acquisitions first"
        )
    for name in SINGLE:
        _single(rows, name)
    rows, notes = newest_looks(rows)
    if rows.duplicated(LOOK).any():
        _single(rows, "reference")
        raise InputError("rows", "each look once", "some twice", "choose what tells them apart")
    rows = rows[[name for name in shown if name in rows]]
    return rows.sort_values(["time", "acquisition_id", "band"], ignore_index=True), notes


def by_wavelength(bands: Any) -> list[str]:
    """Bands in the order of their wavelength, those without one last and by name.

    Examples
    --------
    >>> by_wavelength(["B11", "B3", "665", "?"])
    ['B3', '665', 'B11', '?']
    """

    def key(band: str) -> tuple[float, str]:
        centre = wavelength_nm(band)
        return (math.inf if math.isnan(centre) else centre, band.rjust(8))

    return sorted(map(str, bands), key=key)


def wavelength_nm(band: str) -> float:
    """Centre of a band, nm: of the camera's bands, or the number that is its name; else NaN.

    Examples
    --------
    >>> wavelength_nm("B11"), wavelength_nm("412"), wavelength_nm("VIS006")
    (861.0, 412.0, nan)
    """
    for one in venus_bands():
        if one.band == band:
            return one.central_wavelength_nm
    try:
        return float(band)
    except ValueError:
        return math.nan


def in_period(
    time: pd.Series, since: np.datetime64 | None, until: np.datetime64 | None
) -> NDArray[np.bool_]:
    """Whether times are known and lie from `since` to `until`, both inclusive.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", None]))
    >>> in_period(days, np.datetime64("2020-01-02"), None).tolist()
    [False, True, False]
    """
    kept = np.array(time.notna(), bool)
    if since is not None:
        kept &= (time >= pd.Timestamp(since)).to_numpy()
    if until is not None:
        kept &= (time <= pd.Timestamp(until)).to_numpy()
    return kept


def with_texts(
    frame: pd.DataFrame, selection: Selection, names: Sequence[str] = TEXTS
) -> NDArray[np.bool_]:
    """Whether rows have the texts asked for; none need have them.

    Examples
    --------
    >>> rows = pd.DataFrame({"method": ["moon", "sno"]})
    >>> with_texts(rows, Selection("sno"), ["method"]).tolist()
    [False, True]
    """
    kept = np.ones(len(frame), bool)
    for name in names:
        wanted = getattr(selection, name)
        if wanted:
            kept &= (frame[name] == wanted).to_numpy(bool)
    return kept


def _and(kept: NDArray[np.bool_], frame: pd.DataFrame, name: str, wanted: str) -> NDArray[np.bool_]:
    """Rows kept that also have a text; no row is copied until all choices are known."""
    if not wanted:
        return kept
    found = kept & (frame[name] == wanted).to_numpy(bool)
    if not found.any():
        values = frame.loc[kept, name].unique()
        there = ", ".join(map(repr, sorted(map(str, values))[:12])) or "no rows"
        raise InputError(name, f"one of {there}", repr(wanted), "choose one that the rows have")
    return found


def _single(rows: pd.DataFrame, name: str) -> None:
    there = sorted(map(str, rows[name].unique()))
    if len(there) > 1:
        raise InputError(
            "rows",
            f"one {name}",
            f"{len(there)} of them",
            f"choose {name} from {', '.join(map(repr, there[:12]))}",
        )


def _asked(selection: Selection) -> str:
    given = [
        f"{name} {', '.join(value) if isinstance(value, tuple) else value}"
        for name, value in vars(selection).items()
        if value is not None and str(value) not in ("", "()")
    ]
    return f"none for {', '.join(given) or 'anything'}"
