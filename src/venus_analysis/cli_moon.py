"""`venus-analysis moon`: Moon scenes and images, from files to ledger rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis import cli_output
from venus_analysis.cli_lazy import importing
from venus_analysis.cli_options import AsJson, Bands, Log, Memory, Scheduler
from venus_analysis.errors import UsageError, VenusAnalysisError

if TYPE_CHECKING:
    from venus_analysis.calibrate.inputs import MoonCampaign
    from venus_analysis.calibrate.outcome import Outcome
    from venus_analysis.calibrate.run_log import RunLog

SOME_FAILED = 1

OPTIONS_OF_IMAGES = ("extraction", "background", "halo", "guard", "model_file", "figure")
OPTIONS_OF_SCENES = (
    "parameters",
    "reference_band",
    "separate",
    "products",
    "mtf",
    "residuals",
    "stray_light",
)


class Spectral(StrEnum):
    """How ROLO's 32 bands become a spectrum."""

    apollo_relative = "apollo-relative"
    apollo_plain = "apollo-plain"
    rimo_factors = "rimo-factors"
    interpolated = "interpolated"


class Extraction(StrEnum):
    """How the Moon is taken out of the image."""

    laplace = "laplace"
    stated = "stated"


class Background(StrEnum):
    """What is taken off as sky."""

    none = "none"
    far_sky = "far_sky"
    near_ring = "near_ring"


class Halo(StrEnum):
    """Whether scattered light outside the mask is added."""

    none = "none"
    fit = "fit"


class StrayLight(StrEnum):
    """What is taken off as stray light before anything is added up, and in which order."""

    none = "none"
    type1 = "TYPE1"
    type2 = "TYPE2"
    type1_type2 = "TYPE1_TYPE2"
    type2_type1 = "TYPE2_TYPE1"


class Libration(StrEnum):
    """Which libration coefficient goes with which angle."""

    lon_lat = "lon-lat"
    literal = "literal"


def moon(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(help="L1A scenes (Zarr folder, netCDF) or Moon images (GLOD netCDF)."),
    ],
    parameters: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Scenes: folder of the official parameter files (GIPP)."),
    ] = None,
    response: Annotated[
        list[str] | None,
        typer.Option(
            "--response",
            help="Spectral responses: a GSICS netCDF, a CSV table, or 'venus'. May be given again.",
        ),
    ] = None,
    band: Bands = None,
    reference_band: Annotated[
        str | None,
        typer.Option(help="Scenes: band that is solved; the others are registered to it."),
    ] = None,
    separate: Annotated[
        bool, typer.Option("--separate", help="Scenes: solve every band by itself.")
    ] = False,
    extraction: Annotated[
        Extraction,
        typer.Option(help="Images: find the disk, or take the file's own counts threshold."),
    ] = Extraction.laplace,
    background: Annotated[
        Background, typer.Option(help="Images: sky to take off; none for offset-free radiances.")
    ] = Background.none,
    halo: Annotated[
        Halo, typer.Option(help="Images: add scattered light outside the mask.")
    ] = Halo.none,
    guard: Annotated[int, typer.Option(help="Images: pixels the mask grows.", min=0, max=6)] = 3,
    spectral: Annotated[
        Spectral, typer.Option(help="From ROLO's bands to a spectrum.")
    ] = Spectral.apollo_relative,
    libration: Annotated[
        Libration, typer.Option(help="Libration coefficients' convention.")
    ] = Libration.lon_lat,
    model_file: Annotated[
        Path | None,
        typer.Option(help="Images: CSV of another lunar model's irradiances, one more reference."),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Keep rows there; what it has is not computed again."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Compute it all the same.")] = False,
    statistics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the statistics of this run (.csv or .nc). What the ledger had keeps those "
            "in the file, else it has the ledger's columns only.",
        ),
    ] = None,
    mtf: Annotated[
        bool,
        typer.Option("--mtf", help="Scenes: MTF by the limb, for the statistics (some seconds)."),
    ] = False,
    residuals: Annotated[
        bool,
        typer.Option(
            "--residuals", help="Scenes: CT1, CT2, temporal noise and column patterns as well."
        ),
    ] = False,
    stray_light: Annotated[
        StrayLight,
        typer.Option(help="Scenes: correction by STRLGT before light is added up."),
    ] = StrayLight.none,
    products: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Scenes: folder for pictures, DIR/RUN_ID/SCENE.zarr."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Images: folder for figures (HTML, opens offline).")
    ] = None,
    scheduler: Scheduler = "threads",
    workers: Annotated[
        int | None, typer.Option(help="Inputs worked on at once; else as memory allows.", min=1)
    ] = None,
    memory: Memory = None,
    log: Log = None,
    brief: Annotated[
        bool,
        typer.Option("--brief", help="Print how many and what failed; rows go to the ledger only."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Calibrate Moon scenes or images: measured over modelled irradiance, per band.

    What each file is, its content tells. Running again does only what the ledger lacks. Scenes with
    a band that cannot be used are listed as failed (exit code 1); their rows are kept, flagged.

    Example: venus-analysis moon scene.zarr --parameters gipp --ledger results

    Example: venus-analysis moon moon.nc --response srf.nc --figure figures
    """
    given = dict(locals())  # not context.params: what it holds differs between versions of typer
    kinds = _kinds(files)
    _refuse_stray_options(context, kinds)
    if kinds == {"scene"}:
        _refuse_unknown_bands([*(band or ()), *filter(None, [reference_band])])
    if mtf and statistics is None:
        raise UsageError("--mtf: goes into the statistics file; name it with --statistics FILE")
    if brief and (ledger is None or json or statistics or figure):
        raise UsageError(
            "--brief: keeps no rows in memory, so it needs --ledger and goes with neither --json "
            "nor --statistics nor --figure"
        )
    cli_output.try_places(ledger, statistics, folder=figure)
    with _reading_ahead(files, kinds, given):
        _check_statistics(statistics)
        campaign, record, outcomes = _outcomes(files, given)
    if brief:
        cli_output.print_counts(outcomes, record.counts)
    else:
        cli_output.print_outcomes(outcomes, json=json)
    cli_output.warn(record.trouble)
    if not brief:
        _name_inputs_without_model(outcomes, campaign)
    if statistics is not None:
        _write_statistics(statistics, outcomes)
    if figure is not None:
        _figures(outcomes, campaign, figure)
    if any(outcome.problem for outcome in outcomes):
        raise typer.Exit(SOME_FAILED)


def _outcomes(
    files: Sequence[Path], given: Mapping[str, Any]
) -> tuple[MoonCampaign, RunLog, list[Outcome]]:
    """Run the campaign; Ctrl-C ends it with a sentence."""
    with importing():
        from venus_analysis.calibrate.campaign import calibrate_inputs
        from venus_analysis.calibrate.inputs import registry

        campaign, ledger = _campaign(given), given["ledger"]
    record = cli_output.run_log(given["log"], campaign.run_id, "moon")
    if campaign.parameters is not None:
        registry(campaign)  # a wrong folder is wrong for every scene
    try:
        with cli_output.progress(len(dict.fromkeys(files))) as report:
            outcomes = calibrate_inputs(
                files,
                campaign,
                ledger=ledger,
                force=given["force"],
                scheduler=given["scheduler"],
                workers=given["workers"],
                memory_bytes=cli_output.memory_bytes(given["memory"]),
                report=report,
                log=record,
                keep_rows=not given["brief"],
            )
    except KeyboardInterrupt:
        kept = f"; what was done is in {ledger}, run again to go on" if ledger else ""
        typer.echo(f"venus-analysis: interrupted{kept}", err=True)
        raise typer.Exit(SOME_FAILED) from None
    return campaign, record, outcomes


def _reading_ahead(
    files: Sequence[Path], kinds: set[str], given: Mapping[str, Any]
) -> AbstractContextManager[None]:
    """Begin to read a single scene while all that calibrates it is still being imported."""
    if kinds != {"scene"} or len(files) > 1 or given["scheduler"] != "threads":
        return nullcontext()
    with importing():
        from venus_analysis.collect.scene_ahead import reading_ahead

    return reading_ahead(files[0], given["reference_band"] or "B7")


def _kinds(files: Sequence[Path]) -> set[str]:
    """Kinds of the inputs that can be read at all; the others fail later, one by one."""
    from venus_analysis.collect.kind import input_kind

    kinds = set()
    for path in files:
        try:
            kinds.add(str(input_kind(path)))
        except VenusAnalysisError:
            continue
    return kinds


def _refuse_stray_options(context: typer.Context, kinds: set[str]) -> None:
    """Refuse options that none of the inputs takes, and scenes without parameters."""
    given = [
        name
        for name in (*OPTIONS_OF_IMAGES, *OPTIONS_OF_SCENES)
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    ]
    if "scene" in kinds and "parameters" not in given:
        raise UsageError(
            "--parameters: L1A scenes hold raw counts, so the folder of the official parameter "
            "files (GIPP) is needed; name it with --parameters DIR"
        )
    for kind, others, names in (
        ("image", "L1A scenes", OPTIONS_OF_SCENES),
        ("scene", "Moon images (GLOD)", OPTIONS_OF_IMAGES),
    ):
        stray = [f"--{name.replace('_', '-')}" for name in given if name in names]
        if kinds == {kind} and stray:
            what = "an L1A scene" if kind == "scene" else "a Moon image"
            raise UsageError(
                f"{', '.join(stray)}: an option for {others}, but every input is {what}; "
                "leave it out"
            )


def _refuse_unknown_bands(names: Sequence[str]) -> None:
    from venus_analysis.parameters.names import BANDS

    unknown = ", ".join(name for name in names if name not in BANDS)
    if unknown:
        raise UsageError(f"--band: expected some of {', '.join(BANDS)}, received {unknown}")


def _campaign(given: Mapping[str, Any]) -> MoonCampaign:
    from venus_analysis.calibrate.inputs import MoonCampaign
    from venus_analysis.calibrate.measure import MeasureOptions
    from venus_analysis.calibrate.moon import MoonOptions
    from venus_analysis.calibrate.scene import SceneOptions
    from venus_analysis.collect.lunar_model import read_model_irradiances
    from venus_analysis.collect.response import read_responses
    from venus_analysis.compute.moon.spectrum import RoloModel

    responses = [item for source in given["response"] or () for item in read_responses(source)]
    model = RoloModel(spectral=given["spectral"].value, libration=given["libration"].value)
    image = MeasureOptions(
        given["extraction"].value, given["background"].value, given["halo"].value, given["guard"]
    )
    scene = SceneOptions(
        model=model,
        registration="separate" if given["separate"] else "reference",
        reference_band=given["reference_band"],
        residuals=given["residuals"],
        stray_light=given["stray_light"].value,
    )
    models = read_model_irradiances(given["model_file"]) if given["model_file"] else ()
    parameters, products = given["parameters"], given["products"]
    return MoonCampaign(
        parameters=parameters.absolute() if parameters else None,
        responses=tuple(responses),
        scene=scene,
        image=MoonOptions(model, image),
        bands=tuple(given["band"]) if given["band"] else None,
        other_models=tuple(models),
        products=products.absolute() if products else None,
        statistics=given["statistics"] is not None,
        mtf=given["mtf"],
    )


def _name_inputs_without_model(outcomes: Sequence[Outcome], campaign: MoonCampaign) -> None:
    """Warn of images that the table of another lunar model does not hold."""
    known = dict.fromkeys(model.acquisition_id for model in campaign.other_models)
    ours = dict.fromkeys(row["acquisition_id"] for one in outcomes for row in one.rows)
    lacking = [name for name in ours if name not in known]
    if known and lacking:
        cli_output.warn(
            f"--model-file: expected irradiances of {_some(lacking)}, received those of "
            f"{_some(list(known))}; write the image's acquisition_id into the table"
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _check_statistics(path: Path | None) -> None:
    """Refuse the statistics file before hours of work."""
    if path is None:
        return
    if path.suffix.lower() not in (".csv", ".nc"):
        raise UsageError(f"--statistics {path}: expected a name in .csv or .nc; choose one")
    if path.exists():
        from venus_analysis.calibrate.statistics_file import earlier_statistics

        earlier_statistics(path)


def _write_statistics(path: Path, outcomes: Sequence[Outcome]) -> None:
    from venus_analysis.calibrate.statistics_file import whole_statistics
    from venus_analysis.statistics import write_statistics

    rows = whole_statistics(path, outcomes)
    write_statistics(path, rows)
    typer.echo(f"statistics: {path} ({len(rows)} rows)", err=True)


def _figures(outcomes: Sequence[Outcome], campaign: MoonCampaign, folder: Path) -> None:
    from venus_analysis.collect.glod import read_glod
    from venus_analysis.collect.kind import input_kind
    from venus_analysis.plot.moon import moon_page
    from venus_analysis.plot.save import save_html

    for outcome in outcomes:
        if not outcome.error and input_kind(outcome.path) == "image":
            image = read_glod(outcome.path)
            name = f"{image.attrs['acquisition_id'].replace('/', '_')}_moon.html"
            page = moon_page(image, outcome.rows, campaign.responses, campaign.image)
            written = save_html(page, folder / name, title=image.attrs["acquisition_id"])
            typer.echo(f"figure: {written}", err=True)
