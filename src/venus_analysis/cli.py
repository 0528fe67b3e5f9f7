"""The command line `venus-analysis`: a thin layer, heavy imports inside the commands."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from venus_analysis import cli_desert, cli_ledger, cli_output, cli_parameters, cli_simulate
from venus_analysis.errors import VenusAnalysisError

DONE, SOME_FAILED, WRONG_USAGE = 0, 1, 2

app = typer.Typer(
    name="venus-analysis",
    help="Calibrate the VENµS camera with the Moon, deserts and Sentinel-2.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
simulate = typer.Typer(help="Make synthetic data with planted truth.", no_args_is_help=True)
export = typer.Typer(help="Write results or images in formats of others.", no_args_is_help=True)
app.add_typer(simulate, name="simulate")
app.add_typer(cli_parameters.app, name="parameters")
app.add_typer(cli_ledger.app, name="ledger")
app.add_typer(export, name="export")


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


class Libration(StrEnum):
    """Which libration coefficient goes with which angle."""

    lon_lat = "lon-lat"
    literal = "literal"


AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else.")]
Bands = Annotated[
    list[str] | None, typer.Option("--band", help="Only this band; may be given again.")
]


@app.command()
def moon(
    files: Annotated[list[Path], typer.Argument(help="Moon images (GLOD netCDF).")],
    response: Annotated[
        list[str] | None,
        typer.Option(
            "--response",
            help="Spectral responses: a GSICS netCDF, a CSV table, or 'venus'. May be given again.",
        ),
    ] = None,
    band: Bands = None,
    extraction: Annotated[
        Extraction, typer.Option(help="Find the disk, or take the file's own counts threshold.")
    ] = Extraction.laplace,
    background: Annotated[
        Background, typer.Option(help="Sky to take off; none for offset-free radiances.")
    ] = Background.none,
    halo: Annotated[Halo, typer.Option(help="Add scattered light outside the mask.")] = Halo.none,
    guard: Annotated[int, typer.Option(help="Pixels the mask grows.", min=0, max=6)] = 3,
    ledger: Annotated[
        str | None, typer.Option(help="Keep rows there; what it has is not computed again.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Compute it all the same.")] = False,
    spectral: Annotated[
        Spectral, typer.Option(help="From ROLO's bands to a spectrum.")
    ] = Spectral.apollo_relative,
    libration: Annotated[
        Libration, typer.Option(help="Libration coefficients' convention.")
    ] = Libration.lon_lat,
    model_file: Annotated[
        Path | None,
        typer.Option(help="CSV of another lunar model's irradiances: one more reference."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Folder for figures (HTML, opens offline).")
    ] = None,
    json: AsJson = False,
) -> None:
    """Calibrate Moon images: measured over modelled irradiance, per band.

    Example: venus-analysis moon moon.nc --response srf.nc --figure figures
    """
    from venus_analysis.calibrate.measure import MeasureOptions
    from venus_analysis.calibrate.moon import MoonOptions, calibrate_files
    from venus_analysis.collect.lunar_model import read_model_irradiances
    from venus_analysis.collect.response import read_responses
    from venus_analysis.compute.moon.spectrum import RoloModel

    responses = [item for source in response or () for item in read_responses(source)]
    options = MoonOptions(
        RoloModel(spectral=spectral.value, libration=libration.value),
        MeasureOptions(extraction.value, background.value, halo.value, guard),
    )
    models = read_model_irradiances(model_file) if model_file else ()
    outcomes = cli_output.with_progress(
        calibrate_files(
            files,
            responses,
            options,
            bands=band,
            other_models=models,
            ledger=ledger,
            force=force,
        ),
        len(files),
    )
    cli_output.print_outcomes(outcomes, json=json)
    if figure is not None:
        _moon_figures(outcomes, responses, options, figure)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(SOME_FAILED)


def _moon_figures(outcomes: Any, responses: Any, options: Any, folder: Path) -> None:
    from venus_analysis.collect.glod import read_glod
    from venus_analysis.plot.moon import moon_page
    from venus_analysis.plot.save import save_html

    for outcome in outcomes:
        if not outcome.error:
            image = read_glod(outcome.path)
            name = f"{image.attrs['acquisition_id'].replace('/', '_')}_moon.html"
            page = moon_page(image, outcome.rows, responses, options)
            written = save_html(page, folder / name, title=image.attrs["acquisition_id"])
            typer.echo(f"figure: {written}", err=True)


@simulate.command("disk")
def simulate_disk(
    output: Annotated[Path, typer.Argument(help="GLOD netCDF to write.")],
    time: Annotated[str, typer.Option(help="UTC of the look.")] = "2019-02-16T02:00:00",
    diameter: Annotated[float, typer.Option(help="Diameter across the scan, pixels.")] = 200.0,
    oversampling: Annotated[float, typer.Option(help="Along-scan oversampling.")] = 1.3,
    ratio: Annotated[float, typer.Option(help="Ratio planted in the middle band.")] = 0.97,
    seed: Annotated[int, typer.Option(help="Seed of noise and texture.")] = 1,
) -> None:
    """Write a SIMULATED Moon image in all VENµS bands; its planted ratios are printed.

    Example: venus-analysis simulate disk synthetic_moon.nc --ratio 0.98
    """
    from venus_analysis.collect.glod_export import write_glod
    from venus_analysis.simulate.look import simulate_look

    image = simulate_look(
        time, diameter_px=diameter, oversampling=oversampling, ratio=ratio, seed=seed
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    write_glod(output, image)
    planted = image["planted_ratio"].to_series()
    typer.echo(f"SIMULATED Moon image written: {output}")
    typer.echo("planted ratios: " + "  ".join(f"{b} {r:.4f}" for b, r in planted.items()))


app.command("desert")(cli_desert.desert)
simulate.command("scene")(cli_simulate.simulate_scene)


@export.command("glod")
def export_glod(
    source: Annotated[Path, typer.Argument(help="Moon image to read.")],
    output: Annotated[Path, typer.Argument(help="GLOD netCDF to write.")],
    band: Bands = None,
) -> None:
    """Write a Moon image as a GSICS Lunar Observation Dataset file.

    Example: venus-analysis export glod moon.nc moon_vis006.nc --band VIS006
    """
    from venus_analysis.calibrate.moon import with_measured_irradiance
    from venus_analysis.collect.glod import read_glod
    from venus_analysis.collect.glod_export import write_glod

    write_glod(output, with_measured_irradiance(read_glod(source, band)))
    typer.echo(f"written: {output}")


def main() -> None:
    """Run the command line; errors of ours end in a sentence, not a traceback."""
    try:
        app()
    except VenusAnalysisError as error:
        typer.echo(f"venus-analysis: {error}", err=True)
        sys.exit(WRONG_USAGE)
