"""Spectral responses from files: GSICS netCDF and plain tables."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from venus_analysis.collect.check import open_netcdf, read_text, require_unit, require_variables
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, sentinel2_responses, venus_responses

BUILT_IN = "venus"
SENTINEL_2 = ("S2A", "S2B")


def read_responses(source: str | Path) -> tuple[SpectralResponse, ...]:
    """Spectral responses of all bands in one file.

    Parameters
    ----------
    source
        ``venus``, ``s2a`` or ``s2b`` for the responses that come with this package; a ``.nc`` file
        in the GSICS spectral response layout (variables ``channel_id``,
        ``wavelength`` (sample, channel), ``srf`` (sample, channel)); or a table
        (CSV) with the column ``wavelength_nm`` and one column per band.

    Returns
    -------
    tuple of SpectralResponse
        Wavelengths in nm, ascending; fill removed.

    Raises
    ------
    InputError
        When the file is damaged, states no unit, or is no table of responses.

    Examples
    --------
    >>> [response.band for response in read_responses("venus")][:2]
    ['B1', 'B2']
    """
    if str(source) == BUILT_IN:
        return venus_responses()
    if str(source).upper() in SENTINEL_2:
        return sentinel2_responses(str(source).upper())
    path = Path(source)
    if path.suffix.lower() in {".nc", ".nc4", ".h5"}:
        return _read_gsics(path)
    return _read_table(path)


def _read_gsics(path: Path) -> tuple[SpectralResponse, ...]:
    with open_netcdf(path) as file:
        require_variables(path, file, ("channel_id", "wavelength", "srf"))
        unit = getattr(file["wavelength"], "units", None)
        factor = require_unit(f"{path}: wavelength", unit, {"nm": 1.0, "um": 1000.0})
        wavelength = np.asarray(file["wavelength"][:], dtype=np.float64)
        response = np.asarray(file["srf"][:], dtype=np.float64)
        names = [str(name).strip() for name in file["channel_id"][:]]
        fills = [getattr(file[name], "_FillValue", np.nan) for name in ("wavelength", "srf")]
    valid = (wavelength != fills[0]) & (response != fills[1]) & np.isfinite(wavelength + response)
    found = []
    for i, name in enumerate(names):
        order = np.argsort(wavelength[valid[:, i], i], kind="stable")
        in_nm = wavelength[valid[:, i], i][order] * factor
        found.append(SpectralResponse(name, in_nm, response[valid[:, i], i][order]))
    return tuple(found)


def _read_table(path: Path) -> tuple[SpectralResponse, ...]:
    lines = [line for line in read_text(path).splitlines() if line and not line.startswith("#")]
    rows = list(csv.reader(lines))
    if len(rows) < 3 or rows[0][0].strip() != "wavelength_nm":
        received = repr(lines[0][:60]) if lines else "no line"
        raise InputError(
            f"{path}: first line",
            "wavelength_nm,BAND,BAND,...",
            received,
            "name the columns so, wavelengths in nm",
        )
    try:
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError(f"rows of other lengths than the head, {len(rows[0])}")
        table = np.array(rows[1:], dtype=np.float64)
    except ValueError as error:
        raise InputError(path, "a table of numbers", str(error), "correct the row") from error
    return tuple(
        SpectralResponse(band.strip(), table[:, 0], table[:, i])
        for i, band in enumerate(rows[0][1:], start=1)
    )
