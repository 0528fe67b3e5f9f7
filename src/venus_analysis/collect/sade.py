"""Rows of site observations as CNES's SADE data base exports them (SADE-style text)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.collect.check import read_text
from venus_analysis.collect.venus_angles import mean_direction, relative_azimuth_deg
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]

HEAD: Final = "PROCNAME"
SINGLE: Final = ("ACQDATE", "SITE", "SZA", "SAA")
FILL: Final = (-999.0, -9999.0)
AIR: Final = {"ozone_du": "DU", "pressure_hpa": "hPa", "water_vapour_g_cm2": "g cm-2"}
_DATE: Final = re.compile(
    r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[T_ -]?(\d{2}):?(\d{2})(?::?(\d{2})(\.\d{1,6})?)?Z?)?",
    re.ASCII,
)


def is_sade(text: str) -> bool:
    """Tell by the first line that is no comment.

    Examples
    --------
    >>> is_sade("PROCNAME;ACQDATE;SITE"), is_sade("time,reflectance_B1")
    (True, False)
    """
    return any(line.strip().upper().startswith(HEAD) for line in _lines(text)[:1])


def read_sade(path: str | Path) -> xr.Dataset:
    """Observations from SADE-style rows.

    Parameters
    ----------
    path
        A head ``PROCNAME ACQDATE PROCDATE SITE RHO_b STD_b VZA_b VAA_b NPIXS LAT LON
        SZA SAA`` with RHO, STD, VZA and VAA for each band b, then a row a look,
        separated by semicolons, tabs, commas or blanks. No specification of the
        export is public: ISO and plain dates (20190204T083437) are understood,
        -999, -9999, empty and NaN are missing, B01 is B1, angles are degrees and
        RHO a fraction. Lines that begin with # are skipped; the word SIMULATED in
        one marks the observations.

    Returns
    -------
    xarray.Dataset
        As `read_observations`, with ``site``, ``pixels``, ``acquisition_id``
        (PROCNAME), ``processed`` (PROCDATE), ``latitude_deg``, ``longitude_deg``.
        The view is the mean direction over the bands; ``..._by_band_deg`` keep
        each band's own. Air is not in the rows and NaN.

    Raises
    ------
    InputError
        A missing column, a cell that is no number or date, rows of another
        length, no row. The line is named.

    Examples
    --------
    >>> read_sade("absent.txt")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.txt: expected a file, ...
    """
    path = Path(path)
    text = read_text(path)
    lines = _lines(text)
    if not lines or not is_sade(text):
        raise InputError(path, f"a head that begins with {HEAD}", "another", "use SADE rows")
    head, rows = _rows(path, lines)
    bands = {name[4:]: _band(name[4:]) for name in head if name.startswith("RHO_")}
    wanted = [
        HEAD,
        *SINGLE,
        *(f"{kind}_{b}" for b in bands for kind in ("RHO", "STD", "VZA", "VAA")),
    ]
    absent = [name for name in wanted if name not in head]
    if absent or not bands:
        received = f"no {', '.join(absent[:6] or ['RHO_...'])}"
        raise InputError(
            f"{path}: head", "PROCNAME ACQDATE SITE RHO_b ... SZA SAA", received, "add"
        )
    if len(set(bands.values())) < len(bands):
        raise InputError(f"{path}: head", "each band once", ", ".join(bands), "rename one")
    cells = {name: [row[k] for row in rows] for k, name in enumerate(head)}
    simulated = any("SIMULATED" in line for line in text.splitlines() if line[:1] == "#")
    return _dataset(path, cells, bands, simulated)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _rows(path: Path, lines: list[str]) -> tuple[list[str], list[list[str]]]:
    mark = next((mark for mark in (";", "\t", ",") if mark in lines[0]), None)
    rows = [[cell.strip() for cell in line.split(mark)] for line in lines]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{path}: row {number}",
                f"{len(rows[0])} cells as in the head",
                f"{len(row)}",
                "separate by semicolons where names have blanks",
            )
    if len(rows) < 2:
        raise InputError(path, "rows below the head", "none", "export again")
    head = [name.upper() for name in rows[0]]
    if len(set(head)) < len(head):
        raise InputError(f"{path}: head", "each column once", "one twice", "remove one")
    return head, rows[1:]


def _band(name: str) -> str:
    match = re.fullmatch(r"B0*(\d{1,2})", name)
    return f"B{match[1]}" if match else name


def _dataset(
    path: Path, cells: dict[str, list[str]], bands: dict[str, str], simulated: bool
) -> xr.Dataset:
    def column(name: str) -> Floats:
        return np.array([_number(path, name, n, c) for n, c in enumerate(cells[name], 1)])

    def table(kind: str) -> Floats:
        return np.stack([column(f"{kind}_{band}") for band in bands], axis=1)

    time = np.array([_time(path, n, cell) for n, cell in enumerate(cells["ACQDATE"], 1)])
    reflectance, sun = table("RHO"), column("SAA")
    zeniths, azimuths = table("VZA"), table("VAA")
    zeniths[np.isnan(reflectance)] = np.nan
    zenith, azimuth = mean_direction(zeniths, azimuths)
    degree, one, both = {"units": "degree"}, {"units": "1"}, ("time", "band")
    found = xr.Dataset(
        {
            "reflectance": (both, reflectance, one),
            "reflectance_sd": (both, table("STD"), one),
            "solar_zenith_deg": ("time", column("SZA"), degree),
            "solar_azimuth_deg": ("time", sun, degree),
            "viewing_zenith_deg": ("time", zenith, degree),
            "viewing_azimuth_deg": ("time", azimuth, degree),
            "relative_azimuth_deg": ("time", relative_azimuth_deg(sun, azimuth), degree),
            "viewing_zenith_by_band_deg": (both, zeniths, degree),
            "relative_azimuth_by_band_deg": (
                both,
                relative_azimuth_deg(sun[:, None], azimuths),
                degree,
            ),
            **{name: ("time", np.full(len(time), np.nan), {"units": u}) for name, u in AIR.items()},
            "site": ("time", np.array(cells["SITE"], object)),
            "acquisition_id": ("time", np.array(cells[HEAD], object)),
        },
        {"time": time, "band": np.array(list(bands.values()), object)},
        {"source": path.name, "simulated": int(simulated)},
    )
    for name, label in (("NPIXS", "pixels"), ("LAT", "latitude_deg"), ("LON", "longitude_deg")):
        if name in cells:
            found[label] = ("time", column(name))
    if "PROCDATE" in cells:
        found["processed"] = ("time", np.array(cells["PROCDATE"], object))
    return found.sortby("time")


def _number(path: Path, name: str, row: int, cell: str) -> float:
    try:
        value = float(cell) if cell else np.nan
    except ValueError as error:
        raise InputError(f"{path}: row {row}, {name}", "a number", repr(cell), "correct") from error
    return np.nan if value in FILL or not np.isfinite(value) else value


def _time(path: Path, row: int, cell: str) -> np.datetime64:
    match = _DATE.fullmatch(cell)
    try:
        if match is None:
            raise ValueError(repr(cell))
        year, month, day, hour, minute, second, fraction = (part or "" for part in match.groups())
        clock = f"T{hour}:{minute}:{second or '00'}{fraction}" if hour else ""
        return np.datetime64(f"{year}-{month}-{day}{clock}", "us")
    except ValueError as error:
        where = f"{path}: row {row}, ACQDATE"
        raise InputError(where, "a date as 20190204T083437", str(error), "correct it") from error
