"""Moon calibration: one image in, one ledger row per band and reference out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

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
from venus_analysis.compute.moon import ephemeris, irradiance
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

ALGORITHM_VERSION = 1
ROLO_ABSOLUTE_UNCERTAINTY = 0.05


@dataclass(frozen=True)
class MoonOptions:
    """Everything that changes the numbers of a Moon calibration.

    Parameters
    ----------
    model
        The lunar model and its options.
    u_model
        Relative standard uncertainty (k = 1) of the model's absolute level. The
        authors of ROLO give 5-10 % (Kieffer & Stone 2005, doi:10.1086/430185);
        which multiple of sigma they mean is not stated, 5 % is taken as k = 1.
    """

    model: RoloModel = field(default_factory=RoloModel)
    u_model: float = ROLO_ABSOLUTE_UNCERTAINTY

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options; the model itself stands in `reference`."""
        return configuration_of({"mask": "stated-threshold", "u_model": self.u_model})


@dataclass(frozen=True)
class Outcome:
    """What became of one input: its rows, or the error that stopped it."""

    path: Path
    rows: tuple[Row, ...] = ()
    error: str = ""


def calibrate_files(
    paths: Sequence[str | Path],
    responses: Iterable[SpectralResponse] = (),
    options: MoonOptions | None = None,
    *,
    bands: Sequence[str] | None = None,
    other_models: Sequence[ModelIrradiance] = (),
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

    Yields
    ------
    Outcome
        In the order of `paths`, each as soon as it is done.
    """
    run_id = new_run_id()
    by_band = {response.band: response for response in responses}
    for path in map(Path, paths):
        try:
            image = read_glod(path, bands)
            rows = calibrate_image(image, by_band, options, other_models=other_models)
            stamp = {"run_id": run_id, "input_digest": file_digest(path)}
            yield Outcome(path, tuple(row | stamp for row in rows))
        except VenusAnalysisError as error:
            yield Outcome(path, error=str(error))


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
    flags = _geometry_flags(geometry, time, position.attrs["frame"])
    rows = []
    for band in map(str, image["band"].values):
        measured, pixels, seen = measure(image.sel(band=band))
        modelled, doubt = _modelled(geometry, responses.get(band), options.model)
        common = _common(image, band, options, geometry) | {
            "measured": measured,
            "pixel_number": float(pixels),
        }
        row = common | {"reference": options.model.reference, "u_model": options.u_model}
        rows.append(_complete(row, modelled, flags | seen | doubt))
        rows += _other_rows(common, flags | seen, other_models)
    return rows


def measure(plane: xr.Dataset) -> tuple[float, int, Flag]:
    """Irradiance of one band by the file's own rule, pixels in the mask, flags.

    The rule: pixels whose counts reach the stated threshold; a file without a
    threshold gives NaN and the flag EMPTY_IMAGE.
    """
    mask = irradiance.threshold_mask(plane["counts"].values, float(plane["counts_threshold"]))
    measured = irradiance.masked_irradiance(
        plane["radiance"].values,
        mask,
        float(plane["pixel_solid_angle_sr"]),
        float(plane["oversampling"]),
    )
    if not mask.any():
        return measured, 0, Flag.EMPTY_IMAGE
    flags = Flag.MASK_TOUCHES_FRAME if irradiance.touches_frame(mask) else Flag(0)
    return measured, int(mask.sum()), flags


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


def _common(
    image: xr.Dataset, band: str, options: MoonOptions, geometry: LunarGeometry
) -> dict[str, object]:
    digest, text = options.configuration()
    plane = image.sel(band=band)
    return {
        "instrument": image.attrs["instrument"],
        "acquisition_id": image.attrs["acquisition_id"],
        "band": band,
        "method": "moon",
        "site": "THE_MOON",
        "configuration": digest,
        "configuration_text": text,
        "time": image["time"].values.astype("datetime64[us]")[()],
        "stated": float(plane["irradiance_stated"]),
        "oversampling": float(plane["oversampling"]),
        "simulated": bool(image.attrs.get("simulated", 0)),
        "algorithm_version": ALGORITHM_VERSION,
        "software_version": software_version(),
        **{name: float(value) for name, value in vars(geometry).items()},
    }


def _other_rows(
    common: dict[str, object], flags: Flag, models: Sequence[ModelIrradiance]
) -> list[Row]:
    identity = (common["acquisition_id"], common["band"])
    return [
        _complete(
            common | {"reference": model.reference, "u_model": model.relative_uncertainty},
            model.irradiance,
            flags & ~Flag.PHASE_OUTSIDE_MODEL,
        )
        for model in models
        if (model.acquisition_id, model.band) == identity
    ]


def _complete(values: dict[str, object], modelled: float, flags: Flag) -> Row:
    row = new_row(**values, modelled=modelled, flags=int(flags))
    row["ratio"] = row["measured"] / modelled
    return row


def with_measured_irradiance(image: xr.Dataset) -> xr.Dataset:
    """Image whose stated irradiance and pixel number are those measured here.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.

    Returns
    -------
    xarray.Dataset
        With `irradiance_stated` (W m-2 um-1) and `pixel_number_stated` replaced.
    """
    measured = [measure(image.sel(band=band)) for band in image["band"].values]
    return image.assign(
        irradiance_stated=("band", [m[0] for m in measured]),
        pixel_number_stated=("band", [float(m[1]) for m in measured]),
    )
