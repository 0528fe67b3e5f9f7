"""The sites that are looked at: the table of the package, or the user's own."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from venus_analysis import tables
from venus_analysis.collect.check import read_text
from venus_analysis.errors import InputError

TABLE: Final = "desert_sites"
LARGEST_ROI_KM: Final = 100.0


@dataclass(frozen=True)
class Site:
    """A square on the ground.

    Parameters
    ----------
    name
        As it stands in the ledger: Libya 4.
    latitude_deg, longitude_deg
        Its centre, WGS84; north and east are positive.
    roi_km
        Its edge, along the map's axes.
    note
        What is known of the coordinates.

    Raises
    ------
    InputError
        A number out of range, or no name.

    Examples
    --------
    >>> Site("Libya 4", 28.55, 23.39, 20.0).latitude_deg
    28.55
    >>> Site("Libya 4", 2855.0, 23.39, 20.0)
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: site Libya 4: expected latitude_deg from -90 to 90, \
received 2855; give decimal degrees
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    roi_km: float
    note: str = ""

    def __post_init__(self) -> None:
        where = f"site {self.name}"
        if not self.name.strip():
            raise InputError("site", "a name", "none", "name each site")
        limits = {"latitude_deg": (-90, 90), "longitude_deg": (-180, 360)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(
                    where, f"{name} from {low} to {high}", f"{value:g}", "give decimal degrees"
                )
        if not 0.0 < self.roi_km <= LARGEST_ROI_KM:
            raise InputError(
                where, f"roi_km above 0, up to {LARGEST_ROI_KM:g}", f"{self.roi_km:g}", "give km"
            )


def read_sites(path: str | Path | None = None) -> dict[str, Site]:
    """Sites by name.

    Parameters
    ----------
    path
        None for the desert sites of the package; or a table (.csv) with the
        columns ``site, latitude_deg, longitude_deg, roi_km``; or a .toml file of
        ``[[site]]`` with ``name`` and the same numbers. Lines of a table that
        begin with # are skipped.

    Raises
    ------
    InputError
        A missing column or key, a number that is none, a site twice, no site.

    References
    ----------
    Cosnefroy, Leroy and Briottet 1996, doi:10.1016/0034-4257(95)00211-1.

    Examples
    --------
    >>> read_sites()["Libya 4"].roi_km
    20.0
    """
    if path is None:
        return _by_name(TABLE, map(dict, _records(tables.columns(TABLE))))
    path = Path(path)
    text = read_text(path)
    if path.suffix.lower() == ".toml":
        import tomllib

        try:
            found = tomllib.loads(text).get("site", [])
        except tomllib.TOMLDecodeError as error:
            raise InputError(path, "TOML", str(error), "correct the file") from error
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise InputError(path, "[[site]] entries", "something else", "correct the file")
        return _by_name(path, ({**item, "site": item.get("name", "")} for item in found))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return _by_name(path, csv.DictReader(lines, skipinitialspace=True))


def site_in_name(text: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that stands in a file's name, blanks and case aside.

    Examples
    --------
    >>> site_in_name("MERIS_3rd_Reprocessing_Libya4.sav", ["Libya 1", "Libya 4"])
    'Libya 4'
    >>> site_in_name("series.csv", ["Libya 4"]) is None
    True
    """
    plain = plain_name(text)
    found = [name for name in names if plain_name(name) in plain]
    return max(found, key=len) if found else None


def plain_name(text: str) -> str:
    """Letters and figures alone, in lower case: how names of sites are compared."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _records(columns: Mapping[str, tuple[str, ...]]) -> Iterable[zip[tuple[str, str]]]:
    return (zip(columns, cells, strict=True) for cells in zip(*columns.values(), strict=True))


def _by_name(where: str | Path, records: Iterable[Mapping[str, Any]]) -> dict[str, Site]:
    found: dict[str, Site] = {}
    for number, record in enumerate(records, start=1):
        site = _site(f"{where}: site {number}", record)
        if site.name in found:
            raise InputError(where, "each site once", f"{site.name!r} twice", "remove one")
        found[site.name] = site
    if not found:
        raise InputError(where, "sites", "none", "give at least one")
    return found


def _site(where: str, record: Mapping[str, Any]) -> Site:
    wanted = ("site", "latitude_deg", "longitude_deg", "roi_km")
    absent = [name for name in wanted if record.get(name) in (None, "")]
    if absent:
        raise InputError(where, ", ".join(wanted), f"no {', '.join(absent)}", "add it")
    try:
        latitude, longitude, roi = (float(record[name]) for name in wanted[1:])
    except (TypeError, ValueError) as error:
        raise InputError(where, "numbers", str(error), "correct it") from error
    if not all(map(math.isfinite, (latitude, longitude, roi))):
        raise InputError(where, "finite numbers", "another", "correct it")
    return Site(str(record["site"]).strip(), latitude, longitude, roi, _note(record))


def _note(record: Mapping[str, Any]) -> str:
    return f"coordinates {record['coordinates']}" if record.get("coordinates") else ""
