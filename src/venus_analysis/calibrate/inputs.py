"""One input of a campaign, an L1A scene or a lunar image: planned, then calibrated.

This is what workers do: rows and small statistics come back, never an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from venus_analysis.calibrate.moon import MoonOptions, calibrate_image
from venus_analysis.calibrate.moon import planned_rows as planned_image_rows
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.product import scene_product
from venus_analysis.calibrate.row import Row, file_digest, new_run_id
from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene
from venus_analysis.calibrate.scene import planned_rows as planned_scene_rows
from venus_analysis.calibrate.scene_result import SceneResult
from venus_analysis.collect.glod import read_glod
from venus_analysis.collect.kind import input_kind
from venus_analysis.collect.lunar_model import ModelIrradiance
from venus_analysis.collect.product import write_product
from venus_analysis.collect.scene import open_look
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.instrument import SpectralResponse
from venus_analysis.parameters.registry import Registry


@dataclass(frozen=True)
class MoonCampaign:
    """How every input of a campaign is calibrated; sent to the workers as it is.

    Parameters
    ----------
    parameters
        Folder of the official parameter files (scenes).
    responses
        Spectral responses, matched by band name. Scenes take those of VENuS
        where none is given; an image's band without one gets no modelled
        irradiance and the flag NO_RESPONSE.
    scene, image
        Everything that changes the numbers of scenes, and of images.
    bands
        Bands wanted; None takes all.
    other_models
        Irradiances of further lunar models: one more row each (images).
    products
        Folder for the pictures of scenes; None writes none.
    statistics
        Whether outcomes of scenes carry rows of the statistics file.
    mtf
        Whether these hold MTF and point spread by the limb, which reads the limb
        once more and takes longer than the calibration itself.
    threads
        Bands of a scene worked on at once.
    run_id
        Identity of the run.
    """

    parameters: Path | None = None
    responses: tuple[SpectralResponse, ...] = ()
    scene: SceneOptions = field(default_factory=SceneOptions)
    image: MoonOptions = field(default_factory=MoonOptions)
    bands: tuple[str, ...] | None = None
    other_models: tuple[ModelIrradiance, ...] = ()
    products: Path | None = None
    statistics: bool = False
    mtf: bool = False
    threads: int = 1
    run_id: str = field(default_factory=new_run_id)


def calibrate_input(campaign: MoonCampaign, path: Path) -> Outcome:
    """Calibrate one input; whatever is wrong with it ends up in the outcome.

    Examples
    --------
    >>> calibrate_input(MoonCampaign(), Path("absent.nc")).error
    'absent.nc: expected a file, ...'
    """
    try:
        if input_kind(path) == "scene":
            return _scene(campaign, path)
        return _image(campaign, path)
    except VenusAnalysisError as error:
        return Outcome(path, error=str(error))
    except Exception as error:  # one input must not end a campaign of thousands
        return Outcome(path, error=f"{path}: {_unexpected(error)}")


def planned_rows(campaign: MoonCampaign, path: Path) -> list[Row]:
    """Rows of an input before anything is measured: key, digest, algorithm.

    `input_digest` of a scene is its first half.

    Raises
    ------
    InputError
        The input cannot be read.
    """
    if input_kind(path) == "image":
        image = read_glod(path, campaign.bands)
        stamp = {"input_digest": file_digest(path)}
        rows = planned_image_rows(image, campaign.image, campaign.other_models)
        return [row | stamp for row in rows]
    with open_look(path) as scene:
        return planned_scene_rows(scene, registry(campaign), campaign.scene, campaign.bands)


def registry(campaign: MoonCampaign) -> Registry:
    """Return the parameter files of a campaign, listed once in each process.

    Raises
    ------
    InputError
        The campaign names no folder, or it cannot be listed.
    """
    if campaign.parameters is None:
        raise InputError("parameters", "a folder of parameter files for scenes", "none", "name it")
    return _registry(campaign.parameters, campaign.run_id)


@lru_cache(maxsize=2)
def _registry(folder: Path, run_id: str) -> Registry:
    """Files that arrive while a worker of a cluster lives count from the next run on."""
    return Registry(folder)


def _scene(campaign: MoonCampaign, path: Path) -> Outcome:
    result = calibrate_scene(
        path,
        registry(campaign),
        campaign.responses,
        campaign.scene,
        bands=campaign.bands,
        threads=campaign.threads,
    )
    product, warnings = _kept_pictures(campaign, result)
    stamp = {"run_id": campaign.run_id, "product": product}
    rows = tuple(row | stamp for row in result.rows)
    statistics = _statistics(campaign, result, rows) if campaign.statistics else ()
    reasons = tuple(band.reason for band in result.bands if band.reason)
    warnings = (*warnings, *_noiseless(path, rows))
    return Outcome(path, rows, statistics=statistics, warnings=warnings, reasons=reasons)


def _noiseless(path: Path, rows: Sequence[Row]) -> tuple[str, ...]:
    """Say of which bands no noise is known, since nothing in their rows does."""
    bands = [row["band"] for row in rows if row["parameter_digest"] and not row["serial_noismo"]]
    if not bands:
        return ()
    return (
        f"{path}: no NOISMO is in force, so the noise of {' '.join(bands)} is taken as that of "
        "rounding alone: u_random is too small, and noise may pass for hits",
    )


def _statistics(
    campaign: MoonCampaign, result: SceneResult, rows: Sequence[Row]
) -> tuple[Row, ...]:
    from venus_analysis.calibrate.band_statistics import band_statistics

    return tuple(
        band_statistics(band, row, result.sun_direction_deg, mtf=campaign.mtf)
        for band, row in zip(result.bands, rows, strict=True)
    )


def _kept_pictures(campaign: MoonCampaign, result: SceneResult) -> tuple[str, tuple[str, ...]]:
    """Name of the product that was written, and what went wrong with it: never the numbers."""
    if campaign.products is None:
        return "", ()
    try:
        path = write_product(campaign.products / campaign.run_id, scene_product(result))
    except Exception as error:  # pictures are not worth a scene
        return "", (f"{result.path}: no product: {type(error).__name__}: {error}",)
    return path.name, ()


def _image(campaign: MoonCampaign, path: Path) -> Outcome:
    by_band = {one.band: one for one in campaign.responses}
    image = read_glod(path, campaign.bands)
    rows = calibrate_image(image, by_band, campaign.image, other_models=campaign.other_models)
    stamp = {"run_id": campaign.run_id, "input_digest": file_digest(path)}
    return Outcome(path, tuple(row | stamp for row in rows))


def _unexpected(error: Exception) -> str:
    """Return type, message and place of an error that nobody foresaw."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f" ({Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno})" if last else ""
    return f"unexpected {type(error).__name__}: {error}{place}; please report it"
