"""A scene of up to twelve bands and its parameter files: one ledger row per band."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.row import (
    Row,
    configuration_of,
    new_row,
    new_run_id,
    software_version,
)
from venus_analysis.calibrate.scene_bands import (
    BandLook,
    Camera,
    Reference,
    find_reference,
    look_at_band,
)
from venus_analysis.collect.scene import open_scene, oversampling
from venus_analysis.collect.scene_digest import scene_digest
from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.compute.moon.registration import Registered, predict_outline
from venus_analysis.compute.moon.rolo import phase_outside_model
from venus_analysis.compute.moon.scene_irradiance import SceneIrradiance, scene_irradiance
from venus_analysis.compute.moon.scene_sky import (
    GhostGuess,
    SceneSky,
    SkyProblem,
    common_halo,
    find_ghost,
    ghost_template,
)
from venus_analysis.compute.moon.spectrum import (
    RoloModel,
    band_irradiance,
    response_outside_model,
)
from venus_analysis.compute.scene_radiance import band_coefficients
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse, venus_bands, venus_responses
from venus_analysis.parameters.parameter_set import ParameterSet, parameter_set
from venus_analysis.parameters.registry import Registry

ALGORITHM_VERSION: Final = 1
MOON_RADIUS_KM: Final = 1737.4
REFERENCE_ORDER: Final = (
    "B7", "B9", "B4", "B5", "B6", "B8", "B11", "B3", "B10", "B12", "B2", "B1",
)  # fmt: skip
GHOST_SIGMA: Final = 8.0
STRONG_GHOST: Final = 0.05
RANDOM_TERMS: Final = ("noise", "background", "pixel filter")


@dataclass(frozen=True)
class SceneOptions:
    """Everything that changes the numbers of a scene's calibration.

    Parameters
    ----------
    model
        The lunar model and its options.
    registration
        ``reference``: one band is solved, the others follow by the focal plane
        and their limbs; ``separate``: every band is solved by itself.
    reference_band
        None takes the first of B7, B9, B4 ... in which the Moon is found.
    oversampling
        ``attitude``: by the scene's scan rate; ``limb``: by the disk's shape.
    u_oversampling
        Relative standard uncertainty of the attitude's oversampling.
    ghost_u_factor
        Relative standard uncertainty (k = 1) of STRLGT's ghost factors.
    u_model
        As in `venus_analysis.calibrate.moon.MoonOptions`.
    """

    model: RoloModel = field(default_factory=RoloModel)
    registration: Literal["reference", "separate"] = "reference"
    reference_band: str | None = None
    oversampling: Literal["attitude", "limb"] = "attitude"
    u_oversampling: float = 0.0005
    ghost_u_factor: float = 0.1
    u_model: float = 0.05

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options; the model itself stands in `reference`."""
        return configuration_of({k: v for k, v in vars(self).items() if k != "model"})


def calibrate_scene(
    path: str | Path,
    parameters: str | Path | Registry,
    responses: Iterable[SpectralResponse] = (),
    options: SceneOptions | None = None,
    *,
    bands: Sequence[str] | None = None,
    threads: int = 2,
) -> list[Row]:
    """Calibrate a scene: one row per band of the scene, against ROLO.

    The Moon is found in one band by its Laplacian edges and its limb; the others
    are registered to it. Only chunks that hold a band's disk and the sky beside
    it are read. The irradiance counts the halo and leaves ghosts of other bands
    out (see `venus_analysis.compute.moon.scene_irradiance`).

    Parameters
    ----------
    path
        The scene, see `venus_analysis.collect.scene.open_scene`.
    parameters
        Folder of the official parameter files, or their registry.
    responses
        Spectral responses; those of VENuS unless given.
    options
        Everything that changes numbers.
    bands
        Bands wanted; None takes all of the scene.
    threads
        Bands worked on at once.

    Returns
    -------
    list of dict
        Ledger rows. A band that cannot be measured has NaN and flags that say why.

    Raises
    ------
    InputError
        The scene cannot be read, is of another layout, or shows no Moon in any
        band.
    """
    options = options or SceneOptions()
    scene = open_scene(path)
    try:
        return _calibrate(scene, parameters, responses, options, bands, threads)
    finally:
        scene.close()


def _calibrate(
    scene: xr.Dataset,
    parameters: str | Path | Registry,
    responses: Iterable[SpectralResponse],
    options: SceneOptions,
    bands: Sequence[str] | None,
    threads: int,
) -> list[Row]:
    names = [str(name) for name in scene["band"].values if bands is None or name in bands]
    if not names:
        raise InputError("bands", "some of the scene", f"{bands}", "name bands of the scene")
    digest = scene_digest(scene)
    known = _parameters(scene, parameters)
    table = known.to_dataset().isel(column=slice(0, scene.sizes["column"]))
    coefficients = {name: band_coefficients(table, name) for name in names}
    noise = {
        name: (float(table["noise_a"].sel(band=name)), float(table["noise_b"].sel(band=name)))
        for name in names
    }
    noise = {k: (float(np.nan_to_num(a)), float(np.nan_to_num(b))) for k, (a, b) in noise.items()}
    usable = [name for name in names if not _unusable(coefficients[name])]
    camera = _camera(scene)
    reference, tried = _reference(camera, usable, coefficients, options)

    def work(band: str) -> BandLook:
        if band not in usable:
            return BandLook(band, flags=Flag.NO_PARAMETERS, reason=f"{band}: no parameters")
        if reference is None:
            return BandLook(band, flags=Flag.DISK_NOT_FOUND, reason=tried)
        try:
            return look_at_band(
                camera,
                reference,
                band,
                coefficients[band],
                noise[band],
                separately=options.registration == "separate",
            )
        except VenusAnalysisError as error:
            return BandLook(band, flags=Flag.DISK_NOT_FOUND, reason=str(error))

    with ThreadPoolExecutor(threads) as pool:
        looks = dict(zip(names, pool.map(work, names), strict=True))
        posed = list(
            pool.map(
                lambda band: _sky_problem(looks, band, known, camera, reference, options), names
            )
        )
        halo = common_halo([one[0] for one in posed if one])
        skies = {
            name: (one[0].solve(halo), one[1]) if one else None
            for name, one in zip(names, posed, strict=True)
        }
    for name in names:
        digest.update(looks[name].digest.encode())
    stamp = {
        "run_id": new_run_id(),
        "input_digest": digest.hexdigest(),
        "parameter_digest": known.digest,
    } | {f"serial_{kind.lower()}": value for kind, value in known.serials.items()}
    stamp["parameter_set"] = known.serials.get("PHGAIN", "")
    by_band = {one.band: one for one in (*venus_responses(), *responses)}
    return _rows(scene, camera, reference, looks, skies, by_band, options, stamp)


def _parameters(scene: xr.Dataset, parameters: str | Path | Registry) -> ParameterSet:
    registry = parameters if isinstance(parameters, Registry) else Registry(parameters)
    stages = {
        str(band): int(one)
        for band, one in zip(scene["band"].values, scene["tdi_stages"].values, strict=True)
    }
    every = dict.fromkeys((one.band for one in venus_responses()), next(iter(stages.values())))
    return parameter_set(registry, _middle_time(scene), every | stages)


def _middle_time(scene: xr.Dataset) -> np.datetime64:
    moment: np.datetime64 = scene["time"].values[scene.sizes["line"] // 2]
    return moment


def _unusable(one: Any) -> bool:
    return bool(np.isnan(one.absolute_gain) or (one.unknown | one.defective).all())


def _camera(scene: xr.Dataset) -> Camera:
    ifov, sampling = float(scene.attrs["ifov_rad"]), oversampling(scene)
    middle = scene.sizes["line"] / 2.0
    distance = float(_geometry(scene, np.array([middle])).observer_distance_km[0])
    across = math.asin(MOON_RADIUS_KM / distance) / ifov
    lines = int(np.clip(round(across * sampling / 26.0), 2, 32))
    columns = max(1, round(across / 24.0))
    chunks = scene["counts"].encoding.get("chunks") or scene["counts"].shape
    step = int(chunks[1])
    if step > 1024:  # one large chunk: read what is needed, in steps of blocks
        step = 16 * lines
    return Camera(scene, ifov, sampling, across, (lines, columns), step)


def _reference(
    camera: Camera,
    usable: Sequence[str],
    coefficients: Mapping[str, Any],
    options: SceneOptions,
) -> tuple[Reference | None, str]:
    """First band of the order of preference in which the Moon is found."""
    order = [name for name in REFERENCE_ORDER if name in usable]
    if options.reference_band is not None and options.reference_band in usable:
        order = [options.reference_band, *order]
    reasons = []
    for name in order:
        try:
            return find_reference(camera, name, coefficients[name]), ""
        except VenusAnalysisError as error:
            reasons.append(str(error))
    return None, "; ".join(reasons)


def _sky_problem(
    looks: Mapping[str, BandLook],
    band: str,
    known: ParameterSet,
    camera: Camera,
    reference: Reference | None,
    options: SceneOptions,
) -> tuple[SkyProblem, Flag] | None:
    look = looks[band]
    if look.blocks is None or look.outline is None or reference is None:
        return None
    ghosts: list[tuple[NDArray[np.float64], GhostGuess]] = []
    flags = Flag(0)
    answer = known.answers.get(("STRLGT", band))
    listed = (
        {one.source_band: one for one in getattr(answer.file.content, "cross_talk", ())}
        if (answer)
        else {}
    )
    for name in _mates(band):
        source, present = _source(looks, name, camera, reference)
        if source is None or source.blocks is None:
            continue
        if name in listed:
            one = listed[name]
            shift = float(one.strips[0].shift)
            factor = one.strips[0].factor * float(one.kernel.values.sum())
            spread = options.ghost_u_factor * factor + 1e-9 if present else math.inf
        else:
            shift, significance = find_ghost(look.blocks, look.outline, source.blocks)
            if not present or significance < GHOST_SIGMA:
                continue
            factor, spread = 0.0, math.inf
        guess = GhostGuess(name, shift, factor, spread)
        template = ghost_template(source.blocks, look.blocks, shift)
        ghosts.append((template, guess))
        overlaps = _overlap(source, look, shift)
        flags |= Flag.GHOST_ON_DISK if overlaps else Flag(0)
    return SkyProblem(look.blocks, look.outline, ghosts), flags


def _mates(band: str) -> tuple[str, ...]:
    """Return the other bands of a band's tri-detector."""
    home = {one.band: one.tri_detector for one in venus_bands()}
    return tuple(other for other in home if home[other] == home[band] and other != band)


def _source(
    looks: Mapping[str, BandLook], name: str, camera: Camera, reference: Reference
) -> tuple[BandLook | None, bool]:
    """Return a ghost's source; without it the reference's disk where it should be."""
    found = looks.get(name)
    if found is not None and found.blocks is not None:
        return found, True
    base = looks.get(reference.band)
    if base is None or base.blocks is None:
        return None, False
    outline = predict_outline(reference.outline, reference.band, name, camera.ifov_rad)
    lines = outline.centre_line - reference.outline.centre_line
    blocks = replace(base.blocks, first_line=base.blocks.first_line + round(lines))
    registered = Registered(outline, math.inf, math.inf, 0, math.nan)
    return BandLook(name, registered=registered, blocks=blocks), False


def _overlap(source: BandLook, look: BandLook, shift: float) -> bool:
    if source.outline is None or look.outline is None:
        return False
    u, v = look.outline.unit(
        np.array(source.outline.centre_line), np.array(source.outline.centre_column + shift)
    )
    return bool(np.hypot(u, v) < 2.02)


def _geometry(scene: xr.Dataset, line: NDArray[np.float64]) -> LunarGeometry:
    time, position = _times(scene, line), scene["observer_position"]
    at = position.values
    if at.ndim == 2:
        number = np.arange(len(at))
        at = np.stack([np.interp(line, number, at[:, k]) for k in range(3)], axis=-1)
    return lunar_geometry(time, at, position.attrs["frame"])


def _times(scene: xr.Dataset, line: NDArray[np.float64]) -> NDArray[np.datetime64]:
    stamps = scene["time"].values.astype("datetime64[ns]")
    since = (stamps - stamps[0]).astype(np.int64)
    elapsed = np.interp(line, np.arange(len(stamps)), since.astype(np.float64))
    return np.asarray(stamps[0] + np.rint(elapsed).astype("timedelta64[ns]"))


def _rows(
    scene: xr.Dataset,
    camera: Camera,
    reference: Reference | None,
    looks: Mapping[str, BandLook],
    skies: Mapping[str, tuple[SceneSky, Flag] | None],
    responses: Mapping[str, SpectralResponse],
    options: SceneOptions,
    stamp: Mapping[str, Any],
) -> list[Row]:
    middle = scene.sizes["line"] / 2.0
    line = np.array(
        [look.outline.centre_line if look.outline else middle for look in looks.values()]
    )
    geometry = _geometry(scene, np.clip(line, 0, scene.sizes["line"] - 1))
    times = _times(scene, np.clip(line, 0, scene.sizes["line"] - 1))
    chosen = [responses[band] for band in looks if band in responses]
    modelled = np.atleast_2d(band_irradiance(geometry, chosen, options.model))
    where = {one.band: column for column, one in enumerate(chosen)}
    digest, text = options.configuration()
    instrument = f"{scene.attrs.get('platform', 'VENUS')}/{scene.attrs.get('instrument', 'VSSC')}"
    measured_late = not ephemeris.earth_orientation_is_measured(times).all()
    rows = []
    for row, (band, look) in enumerate(looks.items()):
        flags = look.flags
        if scene["observer_position"].attrs["frame"] == "ITRS" and measured_late:
            flags |= Flag.EARTH_ORIENTATION_PREDICTED
        if phase_outside_model(geometry.phase_angle_deg[row]):
            flags |= Flag.PHASE_OUTSIDE_MODEL
        values: dict[str, Any] = {name: float(v[row]) for name, v in vars(geometry).items()}
        if band in where:
            values["modelled"] = float(modelled[row, where[band]])
            if response_outside_model(responses[band], options.model):
                flags |= Flag.RESPONSE_OUTSIDE_MODEL
        else:
            values["modelled"] = math.nan
            flags |= Flag.NO_RESPONSE
        sky = skies[band]
        if sky is not None and reference is not None:
            found = _irradiance(camera, reference, look, sky[0], options)
            values |= _columns(camera, reference, look, sky[0], found)
            flags |= sky[1]
            if max(sky[0].factors, default=0.0) > STRONG_GHOST:
                flags |= Flag.OTHER_BRIGHT_OBJECT
        elif look.coefficients is not None:
            values["absolute_gain"] = look.coefficients.absolute_gain
        values["ratio"] = values.get("measured", math.nan) / values["modelled"]
        if look.reason:
            values["budget_text"] = json.dumps({"reason": look.reason})
        rows.append(
            new_row(
                instrument=instrument,
                acquisition_id=str(scene.attrs["acquisition_id"]),
                band=band,
                method="moon",
                site="THE_MOON",
                reference=options.model.reference,
                u_model=options.u_model,
                configuration=digest,
                configuration_text=text,
                time=times[row].astype("datetime64[us]"),
                mission_phase=str(scene.attrs.get("mission_phase", "")),
                simulated=bool(scene.attrs.get("simulated", 0)),
                algorithm_version=ALGORITHM_VERSION,
                software_version=software_version(),
                flags=int(flags),
                **values,
                **stamp,
            )
        )
    return rows


def _irradiance(
    camera: Camera, reference: Reference, look: BandLook, sky: SceneSky, options: SceneOptions
) -> SceneIrradiance:
    sums, coefficients = look.measured
    limb = options.oversampling == "limb"
    used = reference.outline.oversampling if limb else camera.oversampling
    doubt = reference.disk.u_oversampling / used if limb else options.u_oversampling
    return scene_irradiance(
        sums,
        sky,
        look.coverage,
        coefficients.absolute_gain,
        camera.ifov_rad**2,
        used,
        doubt,
    )


def _columns(
    camera: Camera, reference: Reference, look: BandLook, sky: SceneSky, found: SceneIrradiance
) -> dict[str, Any]:
    """Columns of the ledger that the measurement fills."""
    (sums, coefficients), registered = look.measured, look.place
    random = [value for name, value in found.budget.items() if name in RANDOM_TERMS]
    other = [value for name, value in found.budget.items() if name not in RANDOM_TERMS]
    more = {
        "budget": dict(found.budget),
        "sensitivity": dict(found.sensitivity),
        "halo_fraction": sky.halo_fraction,
        "ghost_factors": list(sky.factors),
        "u_ghost_factors": list(sky.u_factors),
        "sky_chi_square": sky.chi_square,
        "u_centre_px": [registered.u_line, registered.u_column],
        "filled_pixels": sums.filled,
        "spikes": int(sums.spikes.line.size),
        "suspect_columns": look.suspect,
        "reference_band": reference.band,
    }
    good = math.isfinite(found.irradiance)
    text = json.dumps(more, sort_keys=True, default=float).replace("NaN", "null")
    return {
        "measured": found.irradiance,
        "absolute_gain": coefficients.absolute_gain,
        "pixel_number": float(found.pixel_number),
        "oversampling": camera.oversampling,
        "oversampling_limb": reference.outline.oversampling,
        "u_oversampling_limb": reference.disk.u_oversampling,
        "centre_line": registered.outline.centre_line,
        "centre_column": registered.outline.centre_column,
        "across_px": registered.outline.across_px,
        "u_random": math.hypot(*random) if good else math.nan,
        "u_systematic_instrument": math.hypot(*other) if good else math.nan,
        "halo_outside_mask": found.halo_outside_mask / found.irradiance if good else math.nan,
        "background_removed": found.background_removed / found.irradiance if good else math.nan,
        "sensitivity_mask": max(found.sensitivity.values(), key=abs) if good else math.nan,
        "budget_text": text.replace("Infinity", "null"),
    }
