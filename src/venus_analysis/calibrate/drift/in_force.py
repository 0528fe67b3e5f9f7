"""What a registry puts in force at the dates of many rows: gains, and the other serials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.names import BAND_TYPES, BANDS, MOON, TDI, band_name
from venus_analysis.parameters.parameter_file import ParameterFile
from venus_analysis.parameters.registry import Registry, Segment

Tdi = int | Mapping[str, int] | None
Serials = dict[str, NDArray[np.object_]]

OTHER_TYPES: Final = ("DARKCU", "RELSEN", "OUTORD", "STRLGT")
UNRECORDED: Final = "not recorded"
SAME_AK: Final = 1e-4
"""Relative difference of an Ak from the same one, rounded; those of two TDI differ by more."""


def gains_in_force(
    frame: pd.DataFrame,
    registry: Registry,
    tdi: Tdi = None,
    sites: Mapping[str, str] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Ak and PHGAIN serial in force at each row's date; NaN and "" where there is none.

    Parameters
    ----------
    frame
        Rows with band, site and time.
    registry, tdi, sites
        As for `views.view_of`.

    Returns
    -------
    tuple of ndarray
        (row,) counts / (W m-2 sr-1 um-1), and the serials, five digits.
    """
    gain, serial = np.full(len(frame), np.nan), np.full(len(frame), "", object)
    for nick, rows in _by_site(frame, sites):
        segments = registry.timeline("PHGAIN", site=nick)
        place = _place(segments, rows["time"])
        for k, segment in enumerate(segments):
            here = rows.index[place == k]
            serial[here] = f"{segment.file.name.serial:05d}"
            for band, group in rows.loc[here].groupby("band"):
                gain[group.index] = gain_at(segment.file, str(band), tdi)
    return gain, serial


def gain_at(file: ParameterFile, band: str, tdi: Tdi = None) -> float:
    """Ak of a band in a PHGAIN file; NaN where it has none.

    Raises
    ------
    InputError
        When Ak differs by TDI and the TDI is not given, a TDI the camera does not have,
        or the file cannot be read.
    """
    content: Any = file.content
    row = content.gain[BANDS.index(band_name(band))]
    stage = tdi.get(band) if isinstance(tdi, Mapping) else tdi
    if stage is not None:
        if stage not in TDI:
            raise InputError("TDI", f"one of {', '.join(map(str, TDI))}", str(stage), "choose one")
        return float(row[TDI.index(stage)])
    known = np.unique(row[np.isfinite(row)])
    if len(known) > 1:
        raise InputError(
            f"{file.path.name}: {band}",
            "a TDI, as Ak differs by TDI",
            "none",
            "name the TDI of the acquisitions",
        )
    return float(known[0]) if len(known) else np.nan


def recorded_tdi(frame: pd.DataFrame, registry: Registry) -> dict[str, int]:
    """TDI of each band by the Ak that its rows record; rows do not record the TDI itself.

    Parameters
    ----------
    frame
        Rows with band, absolute_gain, and the PHGAIN serial in either of its columns.
    registry
        Holds the sets that the rows name.

    Returns
    -------
    dict
        Band to TDI. A band is left out where its set is not at hand, where Ak is the
        same for several TDI, and where its rows were taken with more than one TDI.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.parameters.header import new_header
    >>> from venus_analysis.parameters.phgain import PhysicalGain
    >>> rows = pd.DataFrame({"band": ["B5"], "absolute_gain": [8.0], "serial_phgain": ["00007"],
    ...                      "parameter_set": [""]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     header = new_header("PHGAIN", 7, "2017-08-01", created="2018-01-01")
    ...     gain = np.tile([1.0, 4.0, 8.0, 16.0, 32.0], (12, 1))
    ...     _ = PhysicalGain(header=header, gain=gain).write(folder)
    ...     recorded_tdi(rows, Registry(folder))
    {'B5': 8}
    """
    serial = frame["serial_phgain"].where(frame["serial_phgain"] != "", frame["parameter_set"])
    pairs = frame[["band", "absolute_gain"]].assign(serial=serial).drop_duplicates()
    sets = {
        f"{file.name.serial:05d}": file
        for file in registry.files
        if file.name.file_type == "PHGAIN" and file.error is None
    }
    found: dict[str, set[int]] = {}
    for band, gain, name in pairs.itertuples(index=False):
        if band in BANDS and name in sets and gain > 0.0:
            content: Any = sets[name].content
            row = content.gain[BANDS.index(band)]
            alike = {
                tdi for tdi, one in zip(TDI, row, strict=True) if abs(one / gain - 1) < SAME_AK
            }
            found[band] = found.get(band, alike) & alike
    return {band: min(stages) for band, stages in found.items() if len(stages) == 1}


def tdi_or_recorded(frame: pd.DataFrame, registry: Registry | None, tdi: Tdi) -> Tdi:
    """Give the TDI asked for, else those that the rows' Ak tell; None where nothing does.

    Examples
    --------
    >>> tdi_or_recorded(pd.DataFrame(), None, 8)
    8
    """
    if tdi is not None or registry is None:
        return tdi
    return recorded_tdi(frame, registry) or None


def set_of_serial(registry: Registry, serial: str) -> ParameterFile:
    """PHGAIN file with a serial, the one of all sites first.

    Raises
    ------
    InputError
        When there is none; it names the serials there are.
    """
    files = [file for file in registry.files if file.name.file_type == "PHGAIN"]
    found = [file for file in files if serial.isdigit() and file.name.serial == int(serial)]
    if not found:
        there = ", ".join(sorted({f"{file.name.serial:05d}" for file in files})) or "no file"
        raise InputError("PHGAIN serial", f"one of {there}", repr(serial), "choose one of them")
    return min(found, key=lambda file: file.name.nick != "ALLSITES")


def serials_in_force(
    frame: pd.DataFrame,
    registry: Registry | None,
    tdi: Tdi = None,
    sites: Mapping[str, str] | None = None,
) -> tuple[Serials, Serials, list[str]]:
    """Give the serials that rows record and those wanted, by type, for `rebase_ratio`.

    Wanted is what is in force at the row's date, of all bands joined as rows record it.
    Of a type the registry has no file of, wanted is the serial of the band's latest
    row; when no row records one either, both sides say so and agree.

    Returns
    -------
    tuple
        Type to (row,) texts as recorded, the same as wanted, and sentences on types
        without files.
    """
    have: Serials = {}
    want: Serials = {}
    notes = []
    held = set() if registry is None else {file.name.file_type for file in registry.files}
    for kind in OTHER_TYPES:
        recorded = frame[f"serial_{kind.lower()}"].fillna("").to_numpy(object)
        if registry is not None and kind in held:
            have[kind], want[kind] = recorded, _joined(frame, registry, kind, tdi, sites)
            continue
        latest = frame.groupby("band")[f"serial_{kind.lower()}"].transform("last")
        have[kind] = np.where(recorded == "", UNRECORDED, recorded)
        wanted = latest.fillna("").to_numpy(object)
        want[kind] = np.where(wanted == "", UNRECORDED, wanted)
    absent = [kind for kind in OTHER_TYPES if kind not in held]
    if absent:
        notes.append(
            f"No {', '.join(absent)} file at hand: rows are compared with the serials of the "
            "latest look of their band."
        )
    return have, want, notes


def _joined(
    frame: pd.DataFrame,
    registry: Registry,
    kind: str,
    tdi: Tdi,
    sites: Mapping[str, str] | None,
) -> NDArray[np.object_]:
    """Join the serials of all bands in force at each row's date by ``+``, as rows record them."""
    found = np.full(len(frame), "", object)
    for nick, rows in _by_site(frame, sites):
        when = np.unique(rows["time"].to_numpy("datetime64[s]"))
        bands: Sequence[str | None] = BANDS if kind in BAND_TYPES else (None,)
        parts = [_serials(registry, kind, band, tdi, nick, when) for band in bands]
        joined = np.array(["+".join(sorted({*one} - {""})) for one in zip(*parts, strict=True)])
        found[rows.index] = joined[np.searchsorted(when, rows["time"].to_numpy("datetime64[s]"))]
    return found


def _serials(
    registry: Registry,
    kind: str,
    band: str | None,
    tdi: Tdi,
    nick: str | None,
    when: NDArray[np.datetime64],
) -> list[str]:
    stage = tdi.get(band or "") if isinstance(tdi, Mapping) else tdi
    segments = registry.timeline(kind, band, stage, nick)
    names = [f"{segment.file.name.serial:05d}" for segment in segments] + [""]
    return [names[k] for k in _place(segments, when)]


def _place(segments: Sequence[Segment], time: Any) -> NDArray[np.intp]:
    """Index of the segment that holds each time, -1 for none."""
    when = np.asarray(time, "datetime64[s]")
    starts = np.array([one.start for one in segments], "datetime64[s]")
    stops = np.array([one.stop for one in segments], "datetime64[s]")
    place = np.searchsorted(starts, when, side="right") - 1
    inside = place >= 0
    inside[inside] = when[inside] <= stops[place[inside]]
    return np.where(inside, place, -1)


def _by_site(
    frame: pd.DataFrame, sites: Mapping[str, str] | None
) -> list[tuple[str | None, pd.DataFrame]]:
    """Site, time and band of the rows by the nick of their site, index from 0 as in the frame."""
    rows = frame[["site", "time", "band"]].reset_index(drop=True)
    nick = rows["site"].map({MOON: MOON} | dict(sites or {}))
    groups = [(str(name), group) for name, group in rows.groupby(nick)]
    rest = rows[nick.isna()]
    return [*groups, *([(None, rest)] if len(rest) else [])]
