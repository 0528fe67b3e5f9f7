"""Table of all pairs of a desert calibration: geometry, ratio, and why kept or not."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.desert import DesertOptions, screened_looks
from venus_analysis.calibrate.desert_rows import acquisition_names
from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs, find_pairs
from venus_analysis.compute.desert.ratio import Sensor, modelled_reflectance
from venus_analysis.compute.desert.screen import LookFlag

Table = dict[str, NDArray[Any]]

KEPT: Final = "kept"
ANGLES: Final = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")


def pair_table(
    target: xr.Dataset,
    target_sensor: Sensor,
    reference: xr.Dataset,
    reference_sensor: Sensor,
    *,
    instrument: str,
    reference_name: str,
    site: str,
    options: DesertOptions | None = None,
) -> Table:
    """Pairs within the tolerances, those with a spoilt look included.

    Parameters
    ----------
    target, target_sensor, reference, reference_sensor, instrument, reference_name, \
site, options
        As for `venus_analysis.calibrate.desert.calibrate_site`.

    Returns
    -------
    dict
        Column to (pair,) array: ``site``; ``target`` and ``reference``
        (acquisition names), ``target_time``, ``reference_time`` (UTC); ``days``
        and, degrees, ``d_solar_zenith_deg``, ``d_viewing_zenith_deg``,
        ``d_relative_azimuth_deg``: target less reference (less the exchanged
        angle where ``reciprocal``); ``status``, "kept" or the reasons, each look's
        after its side; and ``ratio_BAND``, measured / modelled. NaN for a ratio
        that a missing reflectance forbids. The ratio of a look in the ledger is the
        median over its pairs that are kept.

    Examples
    --------
    >>> from venus_analysis.calibrate.desert import sensor_of
    >>> from venus_analysis.instrument import venus_responses
    >>> venus = sensor_of("VENUS", venus_responses())
    >>> band, one = np.array(venus.bands, object), ("time", [1.0])
    >>> looks = xr.Dataset(
    ...     {"reflectance": (("time", "band"), np.full((1, 12), 0.4)), "ozone_du": one,
    ...      "reflectance_sd": (("time", "band"), np.full((1, 12), 0.01)),
    ...      "solar_zenith_deg": one, "viewing_zenith_deg": one, "relative_azimuth_deg": one,
    ...      "water_vapour_g_cm2": one, "pressure_hpa": ("time", [1000.0])},
    ...     {"time": np.array(["2018-05-01"], "M8[us]"), "band": band})
    >>> table = pair_table(looks, venus, looks, venus, instrument="VENUS",
    ...                    reference_name="VENUS", site="Libya 4")
    >>> table["status"], table["ratio_B7"].round(2)
    (array(['kept'], dtype=object), array([1.]))
    """
    options = options or DesertOptions()
    looks, reasons = screened_looks(target, target_sensor, options)
    others, spoilt = screened_looks(reference, reference_sensor, options)
    pairs = find_pairs(looks, others, options.tolerances)
    i, j = pairs.target, pairs.reference
    modelled = modelled_reflectance(
        looks, target_sensor, others, reference_sensor, pairs, air=options.air
    )
    ratio = looks.reflectance[i] / modelled
    status = [f"{instrument} {text}" if text else "" for text in _words(reasons)]
    status_reference = [f"{reference_name} {text}" if text else "" for text in _words(spoilt)]
    dead = [not np.isfinite(one).any() for one in ratio]
    texts = [
        "; ".join(filter(None, (status[a], status_reference[b], "no reflectance" * none))) or KEPT
        for a, b, none in zip(i, j, dead, strict=True)
    ]
    names = np.array(acquisition_names(target, looks, instrument), object)
    other_names = np.array(acquisition_names(reference, others, reference_name), object)
    return {
        "site": np.full(len(pairs), site, object),
        "target": names[i],
        "reference": other_names[j],
        "target_time": looks.time[i],
        "reference_time": others.time[j],
        "days": (looks.time[i] - others.time[j]) / np.timedelta64(1, "D"),
        **_differences(looks, others, pairs),
        "reciprocal": pairs.reciprocal,
        "status": np.array(texts, object),
        **{f"ratio_{band}": ratio[:, b] for b, band in enumerate(target_sensor.bands)},
    }


def write_pairs(path: str | Path, tables: Iterable[Table], *, simulated: bool = False) -> Path:
    """Write pairs of one or more sites as one CSV table.

    Parameters
    ----------
    path
        File to write; its folder is made when absent.
    tables
        From `pair_table`, of the same bands.
    simulated
        Whether any of the observations are: the first line then says SIMULATED.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> import tempfile
    >>> table = {"site": np.array(["Libya 4"], object), "ratio_B1": np.array([np.nan])}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_pairs(Path(folder) / "pairs.csv", [table]).read_text().splitlines()
    ['site,ratio_B1', 'Libya 4,']
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        if simulated:
            file.write("# SIMULATED observations\n")
        writer = csv.writer(file, lineterminator="\n")
        for number, table in enumerate(tables):
            if number == 0:
                writer.writerow(table)
            writer.writerows(zip(*map(_texts, table.values()), strict=True))
    return path


def _differences(looks: Looks, others: Looks, pairs: Pairs) -> Table:
    here = np.stack([getattr(looks, name) for name in ANGLES])[:, pairs.target]
    there = np.stack([getattr(others, name) for name in ANGLES])[:, pairs.reference]
    exchanged = there[[1, 0, 2]]
    apart = here - np.where(pairs.reciprocal, exchanged, there)
    return {f"d_{name}": one for name, one in zip(ANGLES, apart, strict=True)}


def _words(reasons: NDArray[np.uint8]) -> list[str]:
    return ["+".join(flag.name or "" for flag in LookFlag if flag & int(one)) for one in reasons]


def _texts(values: NDArray[Any]) -> list[str]:
    if values.dtype.kind == "M":
        return [f"{one}Z" for one in np.datetime_as_string(values, unit="s")]
    if values.dtype.kind == "f":
        return ["" if np.isnan(one) else f"{one:.6g}" for one in values]
    return [str(one) for one in values]
