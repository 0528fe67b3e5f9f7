"""Events of a mission, from a TOML file: drawn on all series, usable as step dates."""

from __future__ import annotations

import datetime
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.dates import utc_dates
from venus_analysis.errors import InputError

KINDS: Final = ("anomaly", "manoeuvre", "temperature", "tdi", "gain", "orbit")
_NAMES: Final = ("date", "kind", "label", "end", "bands", "breaks")


@dataclass(frozen=True)
class Event:
    """Something that happened to the camera.

    Attributes
    ----------
    date
        UTC.
    kind
        One of `KINDS`.
    label
        A few words for a figure.
    end
        UTC, for what lasted.
    bands
        Bands concerned; empty for all.
    breaks
        Whether series may step there.
    simulated
        Whether the file says that it is of a simulated mission.
    """

    date: np.datetime64
    kind: str
    label: str
    end: np.datetime64 | None = None
    bands: tuple[str, ...] = ()
    breaks: bool = False
    simulated: bool = False

    def concerns(self, band: str) -> bool:
        """Whether it touches a band.

        Examples
        --------
        >>> Event(np.datetime64("2020-01-01"), "tdi", "TDI 16", bands=("B1",)).concerns("B2")
        False
        """
        return not self.bands or band in self.bands


def break_dates(events: Iterable[Event], bands: Sequence[str] = ()) -> NDArray[np.datetime64]:
    """Different dates at which series of these bands may step, ascending.

    Examples
    --------
    >>> day = np.datetime64("2020-01-01")
    >>> break_dates([Event(day, "gain", "x", breaks=True), Event(day + 9, "orbit", "y")])
    array(['2020-01-01T00:00:00'], dtype='datetime64[s]')
    """
    dates = [
        one.date
        for one in events
        if one.breaks and (not bands or any(one.concerns(band) for band in bands))
    ]
    return np.unique(np.array(dates, "datetime64[s]"))


def read_events(path: str | Path) -> tuple[Event, ...]:
    r"""Read an events file.

    Each event is a table ``[[event]]`` with `date` (a TOML date or date-time; with an
    offset it is converted, without one it is UTC), `kind` and `label`, and if wanted
    `end`, `bands` (list of names) and `breaks` (true or false). ``simulated = true``
    above them marks all.

    Parameters
    ----------
    path
        TOML file, UTF-8.

    Returns
    -------
    tuple of Event
        By date.

    Raises
    ------
    InputError
        A file that cannot be read, or an entry that is not as above; the message says
        which and what was expected.

    Examples
    --------
    >>> import tempfile
    >>> text = '[[event]]\ndate = 2020-03-15\nkind = "orbit"\nlabel = "VM2"\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "events.toml"
    ...     _ = path.write_text(text)
    ...     read_events(path)[0].date
    np.datetime64('2020-03-15T00:00:00')
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(path, "a readable TOML file", str(error), "correct it") from error
    unknown = sorted(set(document) - {"event", "simulated"})
    tables, simulated = document.get("event", []), bool(document.get("simulated", False))
    if unknown or not isinstance(tables, list):
        raise InputError(
            path,
            "tables [[event]] and `simulated` only",
            ", ".join(unknown) or "one [event]",
            "write [[event]]",
        )
    found = [
        replace(_event(f"{path}: event {k}", one), simulated=simulated)
        for k, one in enumerate(tables, start=1)
    ]
    return tuple(sorted(found, key=lambda one: (one.date, one.label)))


def write_events(path: str | Path, events: Iterable[Event], *, head: str = "") -> None:
    """Write an events file that `read_events` reads back.

    Parameters
    ----------
    path
        File to write.
    events
        In the order wanted.
    head
        Text for comment lines at the top.

    Examples
    --------
    >>> import tempfile
    >>> event = Event(np.datetime64("2020-01-01T12:00:00"), "tdi", 'say "x"', bands=("B1",))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_events(Path(folder) / "events.toml", [event])
    ...     read_events(Path(folder) / "events.toml") == (event,)
    True
    """
    events = tuple(events)
    lines = [f"# {line}" for line in head.splitlines()]
    lines += ["simulated = true"] if any(one.simulated for one in events) else []
    for one in events:
        lines += ["", "[[event]]", f"date = {one.date.astype('datetime64[s]')}Z"]
        lines += [f"kind = {json.dumps(one.kind)}", f"label = {json.dumps(one.label)}"]
        if one.end is not None:
            lines.append(f"end = {one.end.astype('datetime64[s]')}Z")
        if one.bands:
            lines.append(f"bands = {json.dumps(list(one.bands))}")
        lines.append(f"breaks = {json.dumps(one.breaks)}")
    Path(path).write_text("\n".join(lines).strip() + "\n", encoding="utf-8")


def _event(where: str, table: Any) -> Event:
    if not isinstance(table, Mapping):
        raise InputError(where, "a table", repr(table), "write [[event]] and its entries below")
    unknown = sorted(set(table) - set(_NAMES))
    if unknown:
        raise InputError(where, f"entries {', '.join(_NAMES)}", unknown[0], "correct the name")
    kind, label = table.get("kind"), table.get("label")
    if kind not in KINDS:
        raise InputError(f"{where}: kind", f"one of {', '.join(KINDS)}", repr(kind), "choose one")
    if not isinstance(label, str) or not label.strip():
        raise InputError(f"{where}: label", "a short text", repr(label), "say what happened")
    bands = table.get("bands", [])
    if not isinstance(bands, list) or not all(isinstance(band, str) for band in bands):
        raise InputError(f"{where}: bands", "a list of band names", repr(bands), 'as ["B1", "B2"]')
    breaks = table.get("breaks", False)
    if not isinstance(breaks, bool):
        raise InputError(f"{where}: breaks", "true or false", repr(breaks), "correct it")
    date = _date(f"{where}: date", table.get("date"))
    end = _date(f"{where}: end", table["end"]) if "end" in table else None
    if end is not None and end < date:
        raise InputError(f"{where}: end", f"a date from {date} on", str(end), "swap the dates")
    return Event(date, kind, label.strip(), end, tuple(bands), breaks)


def _date(where: str, given: Any) -> np.datetime64:
    if not isinstance(given, datetime.date):
        raise InputError(
            where, "a TOML date such as 2020-03-15, without quotes", repr(given), "write it so"
        )
    if not isinstance(given, datetime.datetime):
        return np.datetime64(given.isoformat(), "s")
    return np.datetime64(utc_dates(np.array([given], object))[0], "s")
