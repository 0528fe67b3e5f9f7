"""Site observations for the desert method, from DIMITRI files or plain tables."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.collect.archive import is_archive
from venus_analysis.collect.check import read_text, utc_time
from venus_analysis.collect.dimitri import METEO, SENSORS, read_dimitri
from venus_analysis.collect.observation_check import check_observations, check_units_in_names
from venus_analysis.collect.sade import is_sade, read_sade
from venus_analysis.collect.sites import Site
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

ANGLES: Final = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")
PRODUCT_SUFFIXES: Final = (".hdr", ".xml")
TEXTS: Final = ("site", "acquisition_id", "parameter_set", "mission_phase")
AIR: Final = tuple(name for name in METEO if name.startswith(("ozone", "pressure", "water")))


def read_observations(path: str | Path, sites: Iterable[Site] | None = None) -> xr.Dataset:
    """Reflectances of one sensor over one site, or over several.

    Parameters
    ----------
    path
        A DIMITRI file (.sav, see `read_dimitri`); a VENuS L1 product, folder,
        metadata file or archive (see `read_product_observations`); SADE-style
        rows (told by their head, see `read_sade`); or a table (.csv) with the
        columns ``time`` (ISO, UTC), ``solar_zenith_deg``,
        ``viewing_zenith_deg``, ``relative_azimuth_deg`` (0 with the Sun behind
        the sensor), one ``reflectance_BAND`` for each band and, where known,
        ``reflectance_sd_BAND``, ``absolute_gain_BAND``, ``ozone_du``,
        ``pressure_hpa``, ``water_vapour_g_cm2``, ``site``, ``acquisition_id``,
        ``parameter_set`` (serial of the PHGAIN file, leading zeros or not) and
        ``mission_phase``. Empty cells are missing. Lines that begin with # are
        skipped; one with the word SIMULATED marks the observations as such.
    sites
        Where a product is looked at; by default the desert sites of the package.

    Returns
    -------
    xarray.Dataset
        ``reflectance``, ``reflectance_sd`` (time, band), 1; the angles (degree)
        and air (time), NaN where unknown; ``site`` and ``acquisition_id`` (time)
        where given; attributes ``source`` and ``simulated``. Time is ascending;
        one look may stand twice.

    Raises
    ------
    InputError
        A missing column, a cell that is no number or time, no look; another unit,
        counts, radians, angles out of range (see `check_observations`).

    Examples
    --------
    >>> read_observations("absent.csv")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.csv: expected a file, ...
    """
    path = Path(path)
    return check_observations(path, _read(path, sites))


def is_product(path: str | Path) -> bool:
    """Tell by the name whether a path is an L1 product rather than a table.

    Examples
    --------
    >>> is_product("VE_VM01_VSC_L1VALD_ISRAEL03_20190204.HDR"), is_product("meris.csv")
    (True, False)
    """
    path = Path(path)
    return path.suffix.lower() in PRODUCT_SUFFIXES or is_archive(path) or path.is_dir()


def _read(path: Path, sites: Iterable[Site] | None) -> xr.Dataset:
    if path.suffix.lower() == ".sav":
        return read_dimitri(path)
    if is_product(path):
        from venus_analysis.collect.site_means import read_product_observations

        return read_product_observations(path, sites)
    text = read_text(path)
    if is_sade(text):
        return read_sade(path)
    lines = text.splitlines()
    rows = list(csv.reader(line for line in lines if line.strip() and not line.startswith("#")))
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(path, "a head and rows of one length", "another table", "correct the rows")
    cells = {name.strip(): [row[k] for row in rows[1:]] for k, name in enumerate(rows[0])}
    bands = [name.removeprefix("reflectance_") for name in cells if _is_band(name)]
    check_units_in_names(f"{path}: head", cells)
    for name in ("time", *ANGLES):
        if name not in cells:
            raise InputError(f"{path}: head", f"a column {name!r}", "none", "add it")
    if len(cells) < len(rows[0]):
        raise InputError(f"{path}: head", "each column once", "one twice", "remove one")
    if not bands:
        raise InputError(f"{path}: head", "columns reflectance_BAND", "none", "add them")
    return _dataset(
        path, cells, bands, simulated=any("SIMULATED" in x for x in lines if x[:1] == "#")
    )


def read_sensor_responses(source: str | Path, sensor: str) -> tuple[SpectralResponse, ...]:
    """Responses named as in the observations: DIMITRI's folder, or any file of responses.

    Parameters
    ----------
    source
        A folder with DIMITRI's ``RSR_SENSOR_BAND_n.txt`` (nm; response), whose
        bands get the names of `read_dimitri`; or whatever `read_responses` takes.
    sensor
        MERIS or AATSR; for a folder only.

    Raises
    ------
    InputError
        A folder without the sensor's files, or a file that is no response.
    """
    from venus_analysis.collect.response import read_responses

    folder = Path(source)
    if not folder.is_dir():
        return read_responses(source)
    found = []
    for k, centre in enumerate(SENSORS.get(sensor.upper(), ())):
        path = folder / f"RSR_{sensor.upper()}_BAND_{k}.txt"
        if centre is not None:
            found.append(_response(path, str(centre)))
    if not found:
        remedy = "name that sensor (--instrument, --reference-instrument), or give a file"
        raise InputError(folder, f"responses of {' or '.join(SENSORS)}", sensor, remedy)
    return tuple(found)


def _response(path: Path, band: str) -> SpectralResponse:
    try:
        table = np.array(
            [line.split(";") for line in read_text(path).split("\n")[1:] if line], float
        )
        return SpectralResponse(band, table[:, 0], table[:, 1])
    except (ValueError, IndexError) as error:
        raise InputError(path, "lines 'nm; response'", str(error), "correct the file") from error


def _is_band(name: str) -> bool:
    return name.startswith("reflectance_") and not name.startswith("reflectance_sd_")


def _dataset(
    path: Path, cells: dict[str, list[str]], bands: list[str], *, simulated: bool
) -> xr.Dataset:
    time = np.array([utc_time(f"{path}: time", cell) for cell in cells["time"]], "M8[us]")
    order = np.argsort(time, kind="stable")

    def numbers(name: str) -> NDArray[np.float64]:
        given = cells.get(name, [""] * len(time))
        try:
            return np.array([float(cell) if cell.strip() else np.nan for cell in given])[order]
        except ValueError as error:
            raise InputError(f"{path}: {name}", "numbers", str(error), "correct it") from error

    def table(prefix: str) -> tuple[tuple[str, str], NDArray[np.float64], dict[str, str]]:
        columns = [numbers(f"{prefix}_{band}") for band in bands]
        return ("time", "band"), np.stack(columns, axis=1), {"units": "1"}

    units = dict.fromkeys(ANGLES, "degree") | {name: METEO[name] for name in AIR}
    dataset = xr.Dataset(
        {
            "reflectance": table("reflectance"),
            "reflectance_sd": table("reflectance_sd"),
            **{name: ("time", numbers(name), {"units": unit}) for name, unit in units.items()},
        },
        {"time": time[order], "band": np.array(bands, object)},
        {"source": path.name, "simulated": int(simulated)},
    )
    for name in TEXTS:
        if name in cells:
            texts = [cell.strip() for cell in cells[name]]
            if name == "parameter_set":
                texts = [_serial(text) for text in texts]
            dataset[name] = ("time", np.array(texts, object)[order])
    if any(name.startswith("absolute_gain_") for name in cells):
        dataset["absolute_gain"] = table("absolute_gain")[:2]
    return dataset


def _serial(text: str) -> str:
    """Five digits of a serial, which a spreadsheet shortens to 7 or 7.0; other texts as they are.

    Examples
    --------
    >>> _serial("7"), _serial("7.0"), _serial("00007"), _serial("")
    ('00007', '00007', '00007', '')
    """
    whole = text.removesuffix(".0")
    return f"{int(whole):05d}" if whole.isascii() and whole.isdigit() else text
