"""Proposing parameters: the next serial with a validity of its own; older files stay untouched."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.darkcu import DarkCurrent, Spike
from venus_analysis.parameters.gain_base import completed, gain_base, gain_series
from venus_analysis.parameters.header import Header, marked, new_header
from venus_analysis.parameters.instants import Instant
from venus_analysis.parameters.names import BANDS, TDI, band_name, check_tdi
from venus_analysis.parameters.parameter_file import Series
from venus_analysis.parameters.phgain import DECIMALS, PhysicalGain
from venus_analysis.parameters.registry import Registry

CREATOR = "VENUS_ANALYSIS"


def propose_phgain(
    folder: Path | str,
    gain: ArrayLike | Mapping[str, float],
    start: Instant,
    *,
    output: Path | str | None = None,
    created: Instant | None = None,
    file_class: str = "TEST",
    applicability: str = "L",
    nick: str = "ALLSITES",
    sites: tuple[str, ...] = (),
    notes: str = "",
) -> Path:
    """Write absolute gains as the next PHGAIN serial.

    The new file has the serial above the highest of its series, its own start
    and the stop 9999-12-31. An Ak set that restores ``ratio = 1`` is
    ``Ak * ratio``.

    Parameters
    ----------
    folder
        Folder with the older files; they are not changed.
    gain
        Ak, counts / (W m-2 sr-1 um-1): shape (12, 5) with NaN for entries
        left out, or (12,) for all TDI alike, or band to Ak, of the TDI it is
        near where Ak differs by TDI, see `gain_base.completed`; bands that are
        not named keep the Ak in force at `start`, see `gain_base.gain_base`.
        Rounded to five decimals, the most that product headers hold.
    start
        First second of validity, UTC.
    output
        Folder to write to, `folder` when absent; serials in it count as well.
    created
        Date of issue; now when absent.
    file_class, applicability, nick, sites, notes
        See `new_header`.

    Returns
    -------
    pathlib.Path
        The new file.

    Raises
    ------
    InputError
        When a gain is not above 0 and finite, or near that of no TDI, or serials
        are used up.
    """
    registry = Registry(folder)
    series = gain_series(applicability, nick)
    table = _gain_table(registry, series, gain, start)
    header = next_header(
        registry, output, series, start, created, file_class=file_class, sites=sites, notes=notes
    )
    return PhysicalGain(header=header, gain=table).write(output or folder)


def _gain_table(
    registry: Registry,
    series: Series,
    gain: ArrayLike | Mapping[str, float],
    start: Instant,
) -> NDArray[np.float64]:
    if isinstance(gain, Mapping):
        named = {band_name(band): value for band, value in gain.items()}
        table = completed(gain_base(registry, series, start), named)
    else:
        table = np.array(gain, np.float64)
        table = np.repeat(table[:, None], len(TDI), axis=1) if table.ndim == 1 else table
    table = np.round(table, DECIMALS)
    if not (table[~np.isnan(table)] > 0.0).all() or np.isinf(table).any():
        raise InputError("gain", "numbers above 0", f"{np.nanmin(table)}", "correct the gains")
    return table


def scaled_gain(
    folder: Path | str,
    ratio: Mapping[str, float],
    start: Instant,
    applicability: str = "L",
    nick: str = "ALLSITES",
) -> NDArray[np.float64]:
    """Multiply the Ak in force at a date by a ratio per band.

    Ak_new = Ak * ratio restores ratio = 1: a sensor that lost 1 % reads 0.99.

    Parameters
    ----------
    folder, applicability, nick
        See `propose_phgain`.
    ratio
        Band to measured / modelled; other bands keep their Ak.
    start
        First second of validity of the new Ak, see `gain_base.gain_base`.

    Returns
    -------
    ndarray
        Ak, shape (12, 5), for `propose_phgain`.
    """
    table = completed(gain_base(Registry(folder), gain_series(applicability, nick), start), {})
    for band, value in ratio.items():
        table[BANDS.index(band_name(band))] *= value
    return table


def propose_darkcu(
    folder: Path | str,
    dark: ArrayLike,
    band: str,
    tdi: tuple[int, ...],
    start: Instant,
    *,
    spikes: tuple[Spike, ...] | None = None,
    decimals: int = 4,
    output: Path | str | None = None,
    created: Instant | None = None,
    file_class: str = "TEST",
    applicability: str = "L",
    nick: str = "ALLSITES",
    sites: tuple[str, ...] = (),
    notes: str = "",
) -> Path:
    """Write a dark level as the next DARKCU serial of a band.

    Parameters
    ----------
    folder
        Folder with the older files; they are not changed.
    dark
        Counts, shape (5200,), in the file's own column order; finite, >= 0.
    band, tdi
        Band, and the TDI the level is for.
    start
        First second of validity, UTC.
    spikes
        Spiking pixels; by default those of the highest serial that has all
        these TDI are carried over unchanged, none when there is no such file.
    decimals
        Decimals the level is rounded to.
    output, created, file_class, applicability, nick, sites, notes
        See `propose_phgain`.

    Returns
    -------
    pathlib.Path
        The new file.
    """
    registry, band, tdi = Registry(folder), band_name(band), check_tdi(tdi)
    series = Series("DARKCU", applicability, nick, band)
    if spikes is None:
        spikes = _carried_spikes(registry, series, tdi)
    header = next_header(
        registry,
        output,
        series,
        start,
        created,
        tdi=tdi,
        file_class=file_class,
        sites=sites,
        notes=notes,
    )
    level = np.asarray(np.round(np.asarray(dark, np.float64), decimals), np.float64)
    return DarkCurrent(header=header, dark=level, spikes=spikes).write(output or folder)


def _carried_spikes(registry: Registry, series: Series, tdi: tuple[int, ...]) -> tuple[Spike, ...]:
    files = [
        file for file in registry.series().get(series, ()) if set(tdi) <= set(file.name.tdi or ())
    ]
    return DarkCurrent.read(files[-1].path).spikes if files else ()


def next_header(
    registry: Registry,
    output: Path | str | None,
    series: Series,
    start: Instant,
    created: Instant | None,
    *,
    file_class: str,
    sites: tuple[str, ...],
    notes: str,
    tdi: tuple[int, ...] | None = None,
) -> Header:
    """Header of the next serial of a series, above all that `registry` and `output` hold.

    Where an older file of the series says SIMULATED in its notes, so does the new one.
    """
    folders = [registry] if output is None else [registry, Registry(output)]
    serial = max(1, *(one.highest_serial(series) + 1 for one in folders))
    if serial > 99999:
        raise InputError("serial", "a serial up to 99999", str(serial), "start a new series")
    now = datetime.datetime.now(datetime.UTC)
    header = new_header(
        series.file_type,
        serial,
        start,
        created=now if created is None else created,
        band=series.band,
        tdi=tdi,
        file_class=file_class,
        applicability=series.applicability,
        nick=series.nick,
        sites=sites,
        creator=CREATOR,
    )
    older = [file for one in folders for file in one.series().get(series, ())]
    simulated = any(file.error is None and file.header.simulated for file in older)
    return replace(header, notes=marked(notes, simulated=simulated))
