"""SIMULATED desert observations as files that `venus-analysis desert` reads."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from venus_analysis.compute.desert.ratio import Sensor
from venus_analysis.errors import InputError
from venus_analysis.simulate.desert import DesertSeries, simulate_desert
from venus_analysis.simulate.desert_settings import REFERENCES, DesertSeriesSettings

RESPONSE_STEP_NM = 0.5
SIGNIFICANT = "%.7g"


@dataclass(frozen=True)
class DesertFiles:
    """Where a pair of series was written."""

    target: Path
    reference: Path
    responses: Path
    truth: Path


def write_desert(folder: str | Path, settings: DesertSeriesSettings | None = None) -> DesertFiles:
    """Simulate one site and write it.

    Parameters
    ----------
    folder
        Made when absent. Files are named after sensor and site; those of the
        same names are refused, not replaced. The responses serve all sites.
    settings
        What to plant; default `DesertSeriesSettings()`.

    Returns
    -------
    DesertFiles
        Observations of VENµS and the reference and the reference's responses
        (CSV), and the truth (netCDF).

    Raises
    ------
    InputError
        A file is already there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_desert(folder, DesertSeriesSettings(looks=5, reference_looks=5))
    >>> files.target.name
    'SIMULATED_venus_libya4.csv'
    """
    settings, folder = settings or DesertSeriesSettings(), Path(folder)
    place, name = settings.site.replace(" ", "").lower(), settings.reference.lower()
    files = DesertFiles(
        folder / f"SIMULATED_venus_{place}.csv",
        folder / f"SIMULATED_{name}_{place}.csv",
        folder / f"SIMULATED_{name}_responses.csv",
        folder / f"SIMULATED_truth_{place}.nc",
    )
    for path in (files.target, files.reference, files.truth):
        if path.exists():
            raise InputError(path, "no file", "one", "name another folder or site")
    folder.mkdir(parents=True, exist_ok=True)
    series = simulate_desert(settings)
    write_observations(files.target, series.target)
    write_observations(files.reference, series.reference)
    write_responses(files.responses, series.reference_sensor)
    write_truth(files.truth, series, settings)
    return files


def write_observations(path: Path, observations: xr.Dataset) -> None:
    """Write the table that `collect.observations.read_observations` reads.

    Numbers have seven digits; what is (time, band) becomes one column a band,
    named NAME_BAND. The first line says SIMULATED where the observations are.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.collect.observations import read_observations
    >>> series = simulate_desert(DesertSeriesSettings(looks=3, reference_looks=3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_observations(Path(folder) / "o.csv", series.reference)
    ...     back = read_observations(Path(folder) / "o.csv")
    >>> bool(np.allclose(back.reflectance, series.reference.reflectance, rtol=1e-6))
    True
    """
    columns: dict[str, Any] = {"time": np.datetime_as_string(observations["time"].values, unit="s")}
    for name, variable in observations.data_vars.items():
        if variable.dims == ("time",):
            columns[str(name)] = variable.values
            continue
        for band in observations["band"].values:
            columns[f"{name}_{band}"] = variable.sel(band=band).values
    texts = [_texts(values) for values in columns.values()]
    with path.open("w", newline="", encoding="utf-8") as file:
        mark = "SIMULATED " if observations.attrs.get("simulated") else ""
        file.write(f"# {mark}{observations.attrs.get('source', '')}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*texts, strict=True))


def write_responses(path: Path, sensor: Sensor) -> None:
    """Write responses as the table that `collect.response.read_responses` reads.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.collect.response import read_responses
    >>> series = simulate_desert(DesertSeriesSettings(looks=3, reference_looks=3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_responses(Path(folder) / "r.csv", series.reference_sensor)
    ...     read_responses(Path(folder) / "r.csv")[0].band
    '412'
    """
    ends = [one.wavelength_nm[[0, -1]] for one in sensor.responses]
    first, last = np.floor(np.min(ends)) - 1.0, np.ceil(np.max(ends)) + 1.0
    nm = np.arange(first, last + RESPONSE_STEP_NM, RESPONSE_STEP_NM)
    table = [nm] + [
        np.interp(nm, one.wavelength_nm, one.response, left=0.0, right=0.0)
        for one in sensor.responses
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write("# SIMULATED boxes of the published centres and widths\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["wavelength_nm", *sensor.bands])
        writer.writerows([SIGNIFICANT % x for x in row] for row in np.column_stack(table))


def write_truth(path: Path, series: DesertSeries, settings: DesertSeriesSettings) -> None:
    """Write what was planted, as netCDF.

    Examples
    --------
    >>> import tempfile
    >>> settings = DesertSeriesSettings(looks=3, reference_looks=3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "truth.nc"
    ...     write_truth(path, simulate_desert(settings), settings)
    ...     xr.load_dataset(path, engine="netcdf4").attrs["reference"]
    'MERIS'
    """
    passing = REFERENCES[settings.reference]
    truth = series.truth.assign_attrs(reference=passing.instrument)
    truth = truth.assign(cloudy=truth["cloudy"].astype("int8"))
    truth.assign_coords(band=truth["band"].astype(str)).to_netcdf(path, engine="netcdf4")


def _texts(values: np.ndarray) -> list[str]:
    if values.dtype.kind == "f":
        return ["" if np.isnan(x) else SIGNIFICANT % x for x in values]
    return [f"{x}Z" if values.dtype.kind == "U" else str(x) for x in values]
