"""The command line `venus-analysis`: a thin layer, heavy imports inside the commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from venus_analysis import (
    cli_app,
    cli_compare,
    cli_decisions,
    cli_desert,
    cli_drift,
    cli_job,
    cli_ledger,
    cli_moon,
    cli_parameters,
    cli_plan,
    cli_simulate,
    cli_sno,
)
from venus_analysis.errors import VenusAnalysisError

WRONG_USAGE = 2

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
app.add_typer(cli_decisions.app, name="decisions")


Bands = Annotated[
    list[str] | None, typer.Option("--band", help="Only this band; may be given again.")
]


app.command()(cli_moon.moon)


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
app.command("sno")(cli_sno.sno)
app.command("drift")(cli_drift.drift)
app.command("compare")(cli_compare.compare)
app.command("acceptance")(cli_compare.acceptance)
app.command("qualify")(cli_compare.qualify)
app.add_typer(cli_plan.app, name="plan")
simulate.command("sno")(cli_sno.simulate_sno)
simulate.command("scene")(cli_simulate.simulate_scene)
simulate.command("l1c")(cli_simulate.simulate_l1c)
simulate.command("mission")(cli_simulate.simulate_mission)
simulate.command("desert")(cli_simulate.simulate_desert)


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


app.command("job")(cli_job.job)
app.command("serve")(cli_app.serve)
app.command("report")(cli_app.report)


def main() -> None:
    """Run the command line; errors of ours end in a sentence, not a traceback."""
    # matrices here are small: threads of the linear algebra only wait for each other, 7x the time
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        app()
    except VenusAnalysisError as error:
        typer.echo(f"venus-analysis: {error}", err=True)
        sys.exit(WRONG_USAGE)
