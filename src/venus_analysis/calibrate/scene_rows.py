"""Results of a scene's bands, and their ledger rows: planned first, then filled."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row, new_row, plain, software_version
from venus_analysis.calibrate.scene_inputs import SceneInputs, geometry_at, times_at
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.calibrate.scene_result import BandResult
from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.rolo import phase_outside_model
from venus_analysis.compute.moon.spectrum import band_irradiance, response_outside_model
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse

if TYPE_CHECKING:
    from venus_analysis.collect.plain_scene import Scene

ALGORITHM_VERSION: Final = 10
RANDOM_TERMS: Final = ("noise", "background", "halo noise", "pixel filter")


def plan_rows(
    scene: Scene, bands: Sequence[str], options: SceneOptions, stamp: Mapping[str, Any]
) -> list[Row]:
    """Rows of a scene before anything is measured: what is looked at, with what, against what."""
    digest, text = options.configuration()
    middle = scene["time"].values[scene.sizes["line"] // 2]
    at = scene.attrs
    return [
        new_row(
            instrument=f"{at.get('platform', 'VENUS')}/{at.get('instrument', 'VSSC')}",
            acquisition_id=str(at["acquisition_id"]),
            band=band,
            method="moon",
            site="THE_MOON",
            reference=options.model.reference,
            u_model=options.u_model,
            configuration=digest,
            configuration_text=text,
            time=middle.astype("datetime64[us]"),
            mission_phase=str(at.get("mission_phase", "")),
            simulated=bool(at.get("simulated", 0)),
            algorithm_version=ALGORITHM_VERSION,
            software_version=software_version(),
            **stamp,
        )
        for band in bands
    ]


def fill_models(
    inputs: SceneInputs,
    rows: Sequence[Row],
    lines: NDArray[np.float64],
    responses: Mapping[str, SpectralResponse],
    options: SceneOptions,
) -> None:
    """Fill in time, geometry and modelled irradiance at each band's own line; flags add up."""
    scene = inputs.scene
    lines = np.clip(lines, 0, inputs.lines - 1)
    geometry, times = geometry_at(scene, lines), times_at(scene, lines)
    chosen = [responses[row["band"]] for row in rows if row["band"] in responses]
    modelled = np.atleast_2d(band_irradiance(geometry, chosen, options.model))
    where = {one.band: column for column, one in enumerate(chosen)}
    fixed = scene["observer_position"].attrs["frame"] == "ITRS"
    predicted = fixed and not ephemeris.earth_orientation_is_measured(times).all()
    common = Flag.EARTH_ORIENTATION_PREDICTED if predicted else Flag(0)
    for number, row in enumerate(rows):
        flags, band = common, row["band"]
        row["time"] = times[number].astype("datetime64[us]")
        row |= {name: float(value[number]) for name, value in vars(geometry).items()}
        if phase_outside_model(geometry.phase_angle_deg[number]):
            flags |= Flag.PHASE_OUTSIDE_MODEL
        if band not in where:
            flags |= Flag.NO_RESPONSE
        else:
            row["modelled"] = float(modelled[number, where[band]])
            if response_outside_model(responses[band], options.model):
                flags |= Flag.RESPONSE_OUTSIDE_MODEL
        row["flags"] = int(flags)


def fill_measured(result: BandResult, columns: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    """Fill in what was measured; `more` goes into the text of the budget."""
    row = result.row
    row |= columns
    row["ratio"] = row["measured"] / row["modelled"]
    row["flags"] = int(Flag(row["flags"]) | result.flags)
    if not result.measured:
        if result.reason:
            row["budget_text"] = json.dumps({"reason": result.reason})
        return
    row["u_random"] = _combined(result.budget, random=True)
    row["u_systematic_instrument"] = _combined(result.budget, random=False)
    row["sensitivity_mask"] = max(result.sensitivity.values(), key=abs)
    text = {"budget": dict(result.budget), "sensitivity": dict(result.sensitivity), **more}
    row["budget_text"] = _json(text)


def _combined(budget: Mapping[str, float], *, random: bool) -> float:
    return math.hypot(*(u for name, u in budget.items() if (name in RANDOM_TERMS) is random))


def _json(content: Any) -> str:
    """Text without NaN and infinities, which JSON has no words for."""
    return json.dumps(plain(content), sort_keys=True)


def by_band(responses: Iterable[SpectralResponse]) -> dict[str, SpectralResponse]:
    """Responses by their band's name; later ones replace earlier ones."""
    return {one.band: one for one in responses}
