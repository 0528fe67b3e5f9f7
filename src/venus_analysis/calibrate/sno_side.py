"""One of the two sensors of simultaneous looks: its looks or cells, named and screened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.desert import acquisition_names, looks_of
from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.ratio import Sensor
from venus_analysis.compute.desert.screen import LookFlag, screen_looks
from venus_analysis.compute.sno.matchup import (
    SimultaneousTolerances,
    screen_cells,
    simultaneous_pairs,
)
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]
ANGLES = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")


@dataclass(frozen=True, eq=False)
class Side:
    """Looks of one sensor.

    Attributes
    ----------
    looks
        One a look or cell.
    cell
        (look,) name of the cell; empty for a site as a whole.
    scene
        (look,) name of the acquisition.
    cloud_share, saturated_share, valid_share
        (look, band); 0, 0 and 1 where the observations do not say.
    simulated
        Whether the observations are synthetic.
    reasons
        Reason to number of looks that `screened` left out.
    """

    looks: Looks
    cell: NDArray[np.object_]
    scene: NDArray[np.object_]
    cloud_share: Floats
    saturated_share: Floats
    valid_share: Floats
    simulated: bool
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def has_cells(self) -> bool:
        """Whether looks are cells of images."""
        return bool(self.cell.size and self.cell[0])

    def screened(self, sigmas: float) -> Side:
        """Leave out what a series of looks without masks shows as cloud; cells all stay."""
        if self.has_cells or not len(self.looks):
            return self
        found = screen_looks(self.looks, sigmas=sigmas)
        good = found == 0
        names = ("cell", "scene", "cloud_share", "saturated_share", "valid_share")
        counts = {str(flag.name): int((found & flag > 0).sum()) for flag in LookFlag}
        return replace(
            self,
            looks=self.looks.take(good),
            reasons=counts,
            **{name: getattr(self, name)[good] for name in names},
        )

    def cell_reasons(self, most_scatter: float, least_valid: float) -> NDArray[np.uint8]:
        """Why not to compare, (look, band), see `screen_cells`; a whole site may be uneven."""
        return screen_cells(
            self.looks.reflectance,
            self.looks.reflectance_sd,
            cloud_share=self.cloud_share,
            saturated_share=self.saturated_share,
            valid_share=self.valid_share,
            most_scatter=most_scatter if self.has_cells else np.inf,
            least_valid=least_valid,
        )


def side_of(observations: xr.Dataset, sensor: Sensor, name: str) -> Side:
    """Make a side of observations; what is given twice is taken once.

    Parameters
    ----------
    observations
        As `read_observations` or `macro_cells` give them.
    sensor
        Whose bands are wanted.
    name
        Of the sensor, for looks without ``acquisition_id``.

    Raises
    ------
    InputError
        As `looks_of`.
    """
    once = observations.isel(time=_first_of_each(observations))
    looks = looks_of(once, sensor.bands, repeated="keep")
    number = len(looks)
    if "cell" in once:
        cell = once["cell"].values.astype(object)
        scene = once["acquisition_id"].values.astype(object)
    else:
        cell = np.full(number, "", object)
        scene = np.array(acquisition_names(once, looks, name), object)
    return Side(
        looks,
        cell,
        scene,
        _share(once, "cloud_share", sensor, 0.0),
        _share(once, "saturated_share", sensor, 0.0),
        _share(once, "valid_share", sensor, 1.0),
        bool(int(observations.attrs.get("simulated", 0))),
    )


def pairs_of(target: Side, reference: Side, tolerances: SimultaneousTolerances) -> Pairs:
    """Pairs of looks at one cell within the tolerances.

    Raises
    ------
    InputError
        When one side has cells and the other looks at a site as a whole.
    """
    if len(target.looks) and len(reference.looks) and target.has_cells != reference.has_cells:
        raise InputError(
            "sno inputs",
            "cells of images on both sides, or looks at a site on both",
            "one of each",
            "give products with products, tables with tables",
        )
    cells = np.concatenate([target.cell, reference.cell]).astype(str)
    number = np.unique(cells, return_inverse=True)[1]
    own, others = np.split(number, [len(target.cell)])
    return simultaneous_pairs(
        target.looks, reference.looks, tolerances, target_cell=own, reference_cell=others
    )


def _share(observations: xr.Dataset, name: str, sensor: Sensor, otherwise: float) -> Floats:
    shape = (observations.sizes["time"], len(sensor.bands))
    if name not in observations:
        return np.full(shape, otherwise)
    given = observations[name]
    if "band" in given.dims:
        return np.asarray(given.sel(band=list(sensor.bands)).values, np.float64)
    return np.array(np.broadcast_to(given.values[:, None], shape), np.float64)


def _first_of_each(observations: xr.Dataset) -> NDArray[np.intp]:
    columns = [observations["time"].values.astype("M8[us]").astype(np.float64)]
    columns += [observations[name].values.astype(np.float64) for name in ANGLES]
    if "cell" in observations:
        cells = observations["cell"].values.astype(str)
        columns.append(np.unique(cells, return_inverse=True)[1].astype(np.float64))
    _, first = np.unique(np.column_stack(columns), axis=0, return_index=True)
    return np.sort(first)
