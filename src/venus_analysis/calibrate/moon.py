"""Moon calibration: one image in, one ledger row per band and reference out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from venus_analysis.calibrate.measure import MeasureOptions, measure
from venus_analysis.calibrate.row import (
    Row,
    configuration_of,
    file_digest,
    new_row,
    new_run_id,
    software_version,
)
from venus_analysis.collect.glod import read_glod
from venus_analysis.collect.lunar_model import ModelIrradiance
from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.compute.moon.rolo import phase_outside_model
from venus_analysis.compute.moon.spectrum import (
    RoloModel,
    band_irradiance,
    response_outside_model,
)
from venus_analysis.errors import VenusAnalysisError
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse

ALGORITHM_VERSION = 2
ROLO_ABSOLUTE_UNCERTAINTY = 0.05


@dataclass(frozen=True)
class MoonOptions:
    """Everything that changes the numbers of a Moon calibration.

    Parameters
    ----------
    model
        The lunar model and its options.
    measure
        How the irradiance is taken out of the image.
    u_model
        Relative standard uncertainty (k = 1) of the model's absolute level. The
        authors of ROLO give 5-10 % (Kieffer & Stone 2005, doi:10.1086/430185);
        which multiple of sigma they mean is not stated, 5 % is taken as k = 1.
    """

    model: RoloModel = field(default_factory=RoloModel)
    measure: MeasureOptions = MeasureOptions()  # noqa: RUF009  frozen
    u_model: float = ROLO_ABSOLUTE_UNCERTAINTY

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options; the model itself stands in `reference`."""
        return configuration_of({**vars(self.measure), "u_model": self.u_model})


@dataclass(frozen=True)
class Outcome:
    """What became of one input: its rows, new or from the ledger, or what stopped it."""

    path: Path
    rows: tuple[Row, ...] = ()
    error: str = ""
    from_ledger: bool = False


def calibrate_files(
    paths: Sequence[str | Path],
    responses: Iterable[SpectralResponse] = (),
    options: MoonOptions | None = None,
    *,
    bands: Sequence[str] | None = None,
    other_models: Sequence[ModelIrradiance] = (),
    ledger: str | Path | None = None,
    force: bool = False,
) -> Iterator[Outcome]:
    """Calibrate Moon images one by one; a bad one does not stop the others.

    Parameters
    ----------
    paths
        Files in the GSICS Lunar Observation Dataset layout.
    responses
        Spectral responses, matched to the images by band name. A band without
        one gets no modelled irradiance and the flag NO_RESPONSE.
    options
        Everything that changes numbers.
    bands
        Bands wanted; None takes all.
    other_models
        Irradiances of further lunar models: one more row each.
    ledger
        Where rows are kept. What is there for the same input, options and
        algorithm is not computed again; its rows are handed out instead.
    force
        Computes it all the same.

    Yields
    ------
    Outcome
        In the order of `paths`, each as soon as it is done and safe in the
        ledger.

    Raises
    ------
    LedgerError
        When the ledger cannot be written.
    """
    options = options or MoonOptions()
    run_id = new_run_id()
    by_band = {response.band: response for response in responses}
    for path in map(Path, paths):
        try:
            image = read_glod(path, bands)
            stamp = {"run_id": run_id, "input_digest": file_digest(path)}
            planned = [row | stamp for row in planned_rows(image, options, other_models)]
            known = [] if ledger is None or force else _known(ledger, planned)
            if known:
                yield Outcome(path, tuple(known), from_ledger=True)
                continue
            found = calibrate_image(image, by_band, options, other_models=other_models)
        except VenusAnalysisError as error:
            yield Outcome(path, error=str(error))
            continue
        rows = tuple(row | stamp for row in found)
        if ledger is not None:
            _keep(ledger, rows)
        yield Outcome(path, rows)


def calibrate_image(
    image: xr.Dataset,
    responses: dict[str, SpectralResponse],
    options: MoonOptions | None = None,
    *,
    other_models: Sequence[ModelIrradiance] = (),
) -> list[Row]:
    """Rows of one Moon image: per band one for ROLO, one for each further model.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.
    responses
        Spectral response by band name.
    options, other_models
        As in `calibrate_files`.

    Returns
    -------
    list of dict
        Ledger rows; `run_id`, `input_digest` and `committed` are still empty.
        Quantities that cannot be had are NaN and a flag says why.
    """
    options = options or MoonOptions()
    position = image["observer_position"]
    time = image["time"].values
    geometry = lunar_geometry(time, position.values, position.attrs["frame"])
    seen = _geometry_flags(geometry, time, position.attrs["frame"])
    distance_km = float(geometry.observer_distance_km)
    measured = {
        str(band): measure(image.sel(band=band), options.measure, observer_distance_km=distance_km)
        for band in image["band"].values
    }
    rows = []
    for planned in planned_rows(image, options, other_models):
        band = planned["band"]
        found = measured[band]
        row = planned | {name: float(value) for name, value in vars(geometry).items()}
        row |= found.columns()
        flags = seen | found.flags
        if row["reference"] == options.model.reference:
            row["modelled"], doubt = _modelled(geometry, responses.get(band), options.model)
            flags |= doubt
        else:
            flags &= ~Flag.PHASE_OUTSIDE_MODEL
        row["ratio"] = row["measured"] / row["modelled"]
        row["flags"] = int(flags)
        rows.append(row)
    return rows


def planned_rows(
    image: xr.Dataset, options: MoonOptions, other_models: Sequence[ModelIrradiance] = ()
) -> list[Row]:
    """Rows of an image before anything is measured: what is looked at, and against what.

    Further models have their irradiance in `modelled` already.
    """
    digest, text = options.configuration()
    rows = []
    for band in map(str, image["band"].values):
        row = new_row(
            instrument=image.attrs["instrument"],
            acquisition_id=image.attrs["acquisition_id"],
            band=band,
            method="moon",
            site="THE_MOON",
            reference=options.model.reference,
            u_model=options.u_model,
            configuration=digest,
            configuration_text=text,
            time=image["time"].values.astype("datetime64[us]")[()],
            stated=float(image["irradiance_stated"].sel(band=band)),
            simulated=bool(image.attrs.get("simulated", 0)),
            algorithm_version=ALGORITHM_VERSION,
            software_version=software_version(),
        )
        rows.append(row)
        rows += [
            row
            | {
                "reference": model.reference,
                "modelled": model.irradiance,
                "u_model": model.relative_uncertainty,
            }
            for model in other_models
            if (model.acquisition_id, model.band) == (row["acquisition_id"], band)
        ]
    return rows


def with_measured_irradiance(
    image: xr.Dataset, options: MeasureOptions | None = None
) -> xr.Dataset:
    """Image whose stated irradiance and pixel number are those measured here.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.
    options
        How to measure; None takes the image's own rule, so that a reader of the
        written file finds them again.

    Returns
    -------
    xarray.Dataset
        With `irradiance_stated` (W m-2 um-1) and `pixel_number_stated` replaced.
    """
    options = options or MeasureOptions(extraction="stated")
    found = [measure(image.sel(band=band), options) for band in image["band"].values]
    return image.assign(
        irradiance_stated=("band", [one.irradiance for one in found]),
        pixel_number_stated=("band", [float(one.pixel_number) for one in found]),
    )


def _geometry_flags(geometry: LunarGeometry, time: np.ndarray, frame: str) -> Flag:
    flags = Flag(0)
    if phase_outside_model(geometry.phase_angle_deg).any():
        flags |= Flag.PHASE_OUTSIDE_MODEL
    if frame == "ITRS" and not ephemeris.earth_orientation_is_measured(time).all():
        flags |= Flag.EARTH_ORIENTATION_PREDICTED
    return flags


def _modelled(
    geometry: LunarGeometry, response: SpectralResponse | None, model: RoloModel
) -> tuple[float, Flag]:
    if response is None:
        return float("nan"), Flag.NO_RESPONSE
    outside = response_outside_model(response, model)
    doubt = Flag.RESPONSE_OUTSIDE_MODEL if outside else Flag(0)
    return float(band_irradiance(geometry, (response,), model)[..., 0]), doubt


def _known(ledger: str | Path, planned: Sequence[Row]) -> list[Row]:
    """Rows of the ledger that answer all that is planned; none if any is missing."""
    from venus_analysis.ledger import load, missing
    from venus_analysis.schema import KEY

    if missing(ledger, planned).any():
        return []
    frame = load(ledger, nan_replaces=True).frame
    frame = frame[frame["acquisition_id"] == planned[0]["acquisition_id"]]
    cells = zip(*(frame[name].to_numpy() for name in frame), strict=True)
    rows = [dict(zip(map(str, frame.columns), row, strict=True)) for row in cells]
    found = {tuple(row[name] for name in KEY): row for row in rows}
    keys = [tuple(row[name] for name in KEY) for row in planned]
    return [found[key] for key in keys] if all(key in found for key in keys) else []


def _keep(ledger: str | Path, rows: Sequence[Row]) -> None:
    from venus_analysis.ledger import write

    write(ledger, rows)
