"""Desert and ice series from ESA's DIMITRI database (IDL .sav files)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.collect.idl_save import read_idl_table
from venus_analysis.errors import InputError

FILL: Final = -999.0
GEOMETRY: Final = (
    "viewing_zenith_deg",
    "viewing_azimuth_deg",
    "solar_zenith_deg",
    "solar_azimuth_deg",
)
METEO: Final = {
    "ozone_du": "DU",
    "pressure_hpa": "hPa",
    "relative_humidity_percent": "percent",
    "zonal_wind_m_s": "m s-1",
    "meridional_wind_m_s": "m s-1",
    "water_vapour_g_cm2": "g cm-2",
}
_BEFORE_BANDS: Final = 1 + len(GEOMETRY) + 2 * len(METEO)


# Band centres, nm, in file order; None for thermal channels, which hold
# brightness temperatures and are left out.
SENSORS: Final[dict[str, tuple[int | None, ...]]] = {
    "MERIS": (412, 443, 490, 510, 560, 620, 665, 681, 708, 753, 761, 778, 865, 885, 900),
    "AATSR": (555, 660, 865, 1610, None, None, None),
}


def read_dimitri(path: str | Path, bands: Sequence[int | None] | None = None) -> xr.Dataset:
    """Read one site and sensor.

    Parameters
    ----------
    path
        An IDL .sav file holding the variable ``data``, one row per look.
    bands
        Band centres, nm, in file order, None for channels to leave out. By default
        those of MERIS or AATSR, when the file's name begins so.

    Returns
    -------
    xarray.Dataset
        ``reflectance`` and ``reflectance_sd`` (time, band), 1, top of atmosphere
        mean and scatter over the region; ``viewing_zenith_deg``,
        ``viewing_azimuth_deg``, ``solar_zenith_deg``, ``solar_azimuth_deg``,
        ``relative_azimuth_deg`` (folded to 0–180, 0 with the Sun behind the
        sensor); ozone (DU), pressure (hPa), relative humidity (percent), winds
        (m s-1) and water vapour (g cm-2), each with its scatter in ``..._sd``;
        all (time). ``time`` is UTC, ascending, ``band`` the centre in nm as text.
        Fill (-999), and 0 in a band, which means empty, are NaN. There is no
        cloud flag: screen by robust residuals. Several views of one AATSR
        overpass are looks at one time.

    Raises
    ------
    InputError
        When the file is absent, too large, compressed, damaged, or holds
        something else.

    Notes
    -----
    The decimal year counts days of the year from 1: 1 January 00:00 is
    year + 1/365 (1/366). Only so do the dates give the solar zenith angles in
    the files.

    References
    ----------
    DIMITRI, ESA and ARGANS, doi:10.1109/TGRS.2012.2226590.

    Examples
    --------
    >>> read_dimitri("absent.sav")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.sav: expected a file, ...
    """
    path = Path(path)
    table = _table(path)
    centres = _bands(path, bands, table.shape[1])
    table = table[np.argsort(table[:, 0], kind="stable")]
    _check_ranges(path, table)
    table[table == FILL] = np.nan
    kept = [k for k, centre in enumerate(centres) if centre is not None]
    names = np.array([str(centres[k]) for k in kept], object)
    columns = np.array(kept, np.intp) + _BEFORE_BANDS
    reflectance = table[:, columns]
    scatter = table[:, columns + len(centres)]
    empty = ~(reflectance > 0.0)
    variables: dict[str, tuple[str, NDArray[np.float64], dict[str, str]]] = {
        name: ("time", table[:, 1 + k], {"units": "degree"}) for k, name in enumerate(GEOMETRY)
    }
    turn = np.abs(table[:, 2] - table[:, 4]) % 360.0
    folded = np.where(turn > 180.0, 360.0 - turn, turn)
    variables["relative_azimuth_deg"] = ("time", folded, {"units": "degree"})
    for k, (name, unit) in enumerate(METEO.items()):
        first = 1 + len(GEOMETRY) + 2 * k
        variables[name] = ("time", table[:, first], {"units": unit})
        variables[f"{name}_sd"] = ("time", table[:, first + 1], {"units": unit})
    dims, one = ("time", "band"), {"units": "1"}
    dataset = xr.Dataset(
        {
            "reflectance": (dims, np.where(empty, np.nan, reflectance), one),
            "reflectance_sd": (dims, np.where(empty, np.nan, scatter), one),
            **variables,
        },
        {"time": _utc(table[:, 0]), "band": names},
    )
    dataset.attrs = {"source": path.name, "terms": "ESA DIMITRI data, GPL-2 or later"}
    return dataset


def _utc(decimal_year: NDArray[np.float64]) -> NDArray[np.datetime64]:
    year = np.floor(decimal_year).astype(np.int64)
    january = (year - 1970).astype("datetime64[Y]").astype("datetime64[us]")
    next_january = (year - 1969).astype("datetime64[Y]").astype("datetime64[us]")
    length = (next_january - january).astype(np.float64)
    after = (decimal_year - year) * length - 86400e6
    return np.asarray(january + np.round(after).astype("timedelta64[us]"))


def _bands(path: Path, bands: Sequence[int | None] | None, columns: int) -> tuple[int | None, ...]:
    found = (columns - _BEFORE_BANDS) // 2
    if bands is None:
        sensor = next((name for name in SENSORS if path.name.upper().startswith(name)), None)
        if sensor is None:
            raise InputError(
                path, f"a name that begins with {' or '.join(SENSORS)}", path.name, "give `bands`"
            )
        bands = SENSORS[sensor]
    if len(bands) != found or (columns - _BEFORE_BANDS) % 2:
        raise InputError(
            f"{path}: data",
            f"{_BEFORE_BANDS + 2 * len(bands)} columns for {len(bands)} bands",
            f"{columns} columns",
            "give the bands of this file",
        )
    return tuple(bands)


def _check_ranges(path: Path, table: NDArray[np.float64]) -> None:
    limits = {0: ("years", 1970.0, 2100.0), 1: (GEOMETRY[0], 0.0, 90.0), 3: (GEOMETRY[2], 0.0, 180)}
    for column, (name, low, high) in limits.items():
        given = table[:, column]
        if not ((given >= low) & (given <= high)).all():
            raise InputError(
                f"{path}: column {column} of data",
                f"{name} from {low:g} to {high:g}",
                f"{given.min():g} to {given.max():g}",
                "use a file in the DIMITRI layout",
            )


def _table(path: Path) -> NDArray[np.float64]:
    """Variable ``data`` as (look, column); either order in the file is understood."""
    table = read_idl_table(path, "DATA")
    if not _years(table[:, 0]) and _years(table[0]):
        table = table.T
    if table.shape[1] <= _BEFORE_BANDS:
        raise InputError(
            f"{path}: data",
            f"more than {_BEFORE_BANDS} columns",
            f"shape {table.shape}",
            "use a file in the DIMITRI layout",
        )
    return np.array(table, order="C")


def _years(column: NDArray[np.float64]) -> bool:
    return bool(((column > 1970.0) & (column < 2100.0)).all())
