"""Moon calibration: one image in, one ledger row per band and reference out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from venus_analysis.calibrate.measure import MeasureOptions, measure
from venus_analysis.calibrate.row import Row, configuration_of, new_row, software_version
from venus_analysis.collect.lunar_model import ModelIrradiance
from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.compute.moon.rolo import phase_outside_model
from venus_analysis.compute.moon.spectrum import (
    RoloModel,
    band_irradiance,
    response_outside_model,
)
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse

if TYPE_CHECKING:
    import xarray as xr

ALGORITHM_VERSION = 4
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
        Spectral response by band name. A band without one gets no modelled
        irradiance and the flag NO_RESPONSE.
    options, other_models
        Everything that changes numbers, and the irradiances of further lunar
        models: one more row each.

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


def with_measured_irradiance(image: xr.Dataset) -> xr.Dataset:
    """Image whose stated irradiance and pixel number are those measured here.

    By the image's own rule, so that a reader of the written file finds them again.

    Parameters
    ----------
    image
        As `venus_analysis.collect.glod.read_glod` returns it.

    Returns
    -------
    xarray.Dataset
        With `irradiance_stated` (W m-2 um-1) and `pixel_number_stated` replaced.
    """
    options = MeasureOptions(extraction="stated")
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
