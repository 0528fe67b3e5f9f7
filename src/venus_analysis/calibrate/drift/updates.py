"""Parameter updates that a series went through: dates, serials and the steps they should make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.in_force import Tdi, gain_at, tdi_or_recorded
from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.parameters.registry import Registry


@dataclass(frozen=True, eq=False)
class Updates:
    """Changes of the absolute gain, in the order of time.

    Attributes
    ----------
    time
        (update,) UTC, the first instant of the new gain.
    serial
        PHGAIN serial of each.
    bands
        Bands of the arrays below.
    gain_before, gain_after
        (band, update) Ak; NaN where a band has no look on that side.
    notes
        Sentences on looks that do not follow the order of the sets.
    """

    time: NDArray[np.datetime64]
    serial: tuple[str, ...]
    bands: tuple[str, ...]
    gain_before: NDArray[np.float64]
    gain_after: NDArray[np.float64]
    notes: tuple[str, ...] = ()

    @property
    def expected(self) -> NDArray[np.float64]:
        """(band, update) relative step expected of measured / modelled: Ak before / after - 1."""
        return np.asarray(self.gain_before / self.gain_after - 1.0)

    def of(self, bands: Sequence[str]) -> Updates:
        """Give those of some bands, in their order.

        Examples
        --------
        >>> gain = np.array([[2.0], [3.0]])
        >>> when = np.array(["2020-01-01"], "datetime64[s]")
        >>> Updates(when, ("00008",), ("B1", "B2"), gain, gain).of(["B2"]).gain_after
        array([[3.]])
        """
        rows = [self.bands.index(band) for band in bands]
        return Updates(
            self.time,
            self.serial,
            tuple(bands),
            self.gain_before[rows],
            self.gain_after[rows],
            self.notes,
        )


def updates_seen(frame: pd.DataFrame, registry: Registry | None = None) -> Updates:
    """Find the updates that the looks themselves record: each first look with a new serial.

    Parameters
    ----------
    frame
        Rows as from `selection.select`.
    registry
        Gives the date of an update exactly, where a file of that serial starts between
        the last look before and the first look after.

    Returns
    -------
    Updates
        Empty when the rows record no serial or only one.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([
    ...     new_row(band="B1", parameter_set="0000" + "78"[k // 3], time=day,
    ...             absolute_gain=2.0 - 0.01 * (k // 3))
    ...     for k, day in enumerate(np.datetime64("2020-01-01", "us") + 30 * np.arange(6) *
    ...                             np.timedelta64(1, "D"))])
    >>> found = updates_seen(rows)
    >>> found.serial, found.expected.round(4)
    (('00008',), array([[0.005]]))
    """
    codes, names = _serials(frame)
    band, unsorted = pd.factorize(frame["band"])
    found = list(map(str, unsorted))
    bands = tuple(by_wavelength(found))
    gain = frame["absolute_gain"].to_numpy(np.float64)
    time = frame["time"].to_numpy("datetime64[s]")
    named = (names != "")[codes] & np.isfinite(gain) & ~np.isnat(time)
    time, codes, gain = time[named], codes[named], gain[named]
    first = {k: time[codes == k].min() for k in map(int, np.unique(codes))}
    order = sorted(first, key=lambda k: first[k])
    dates, notes = [], []
    for number, k in enumerate(order[1:], 1):
        after = time >= first[k]
        late = int((after & np.isin(codes, order[:number])).sum())
        if late:
            notes.append(
                f"{late} looks after the update to {names[k]} still carry an older set; "
                "they are left out where steps are judged."
            )
        last = time[~after].max() if not after.all() else first[k]
        dates.append(_start(registry, str(names[k]), last, first[k]))
    medians = pd.Series(gain).groupby(band[named] * len(names) + codes).median()
    every = [found.index(one) * len(names) + k for one in bands for k in order]
    used = medians.reindex(every).to_numpy(float).reshape(len(bands), len(order))
    serials = [str(names[k]) for k in order]
    before, after = used[:, :-1], used[:, 1:]
    when = np.array(dates, "datetime64[s]")
    return Updates(when, tuple(serials[1:]), bands, before, after, tuple(notes))


def updates_in_force(
    frame: pd.DataFrame, registry: Registry, tdi: Tdi = None, site: str | None = None
) -> Updates:
    """Find the changes of gain that the registry, as it is today, makes within the series.

    Parameters
    ----------
    frame
        Rows as from `selection.select`: their bands and first and last date count.
    registry, tdi
        As for `views.view_of`.
    site
        Nick of a site; None for files of all sites.
    """
    tdi = tdi_or_recorded(frame, registry, tdi)
    bands = tuple(by_wavelength(frame["band"].unique()))
    time = frame["time"].to_numpy("datetime64[s]")
    segments = [
        one
        for one in registry.timeline("PHGAIN", site=site)
        if one.stop >= time.min() and one.start <= time.max()
    ]
    gains = np.array([[gain_at(one.file, band, tdi) for one in segments] for band in bands])
    gains = gains.reshape(len(bands), len(segments))
    return Updates(
        np.array([one.start for one in segments[1:]], "datetime64[s]"),
        tuple(f"{one.file.name.serial:05d}" for one in segments[1:]),
        bands,
        gains[:, :-1],
        gains[:, 1:],
    )


def serial_of(frame: pd.DataFrame) -> NDArray[np.object_]:
    """PHGAIN serial of each row, from either of the two columns that may hold it.

    Examples
    --------
    >>> serial_of(pd.DataFrame({"serial_phgain": ["", "00008"], "parameter_set": ["00007", ""]}))
    array(['00007', '00008'], dtype=object)
    """
    codes, names = _serials(frame)
    return np.asarray(names[codes])


def _serials(frame: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Give each row's number of a serial, and the serials; a pair of texts is looked at once."""
    (own, named), (other, sets) = (
        pd.factorize(frame[name]) for name in ("serial_phgain", "parameter_set")
    )
    pair = (own + 1) * (len(sets) + 1) + other + 1
    there = np.flatnonzero(np.bincount(pair))
    texts = [["", *map(str, one)] for one in (named, sets)]
    serials = [texts[0][k // len(texts[1])] or texts[1][k % len(texts[1])] for k in there]
    names = np.array(sorted(set(serials)), object)
    number = np.zeros(pair.max(initial=0) + 1, np.intp)
    number[there] = [int(np.flatnonzero(names == one)[0]) for one in serials]
    return number[pair], names


def _start(
    registry: Registry | None, serial: str, last: np.datetime64, first: np.datetime64
) -> np.datetime64:
    """Start of a file of that serial between two looks, else the later look."""
    for file in registry.files if registry is not None else ():
        if file.name.file_type == "PHGAIN" and f"{file.name.serial:05d}" == serial:
            start = file.validity[0]
            if last < start <= first:
                return start
    return first
