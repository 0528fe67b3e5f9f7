"""`venus-analysis export`: results or images in formats of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from venus_analysis.cli_options import Bands

app = typer.Typer(help="Write results or images in formats of others.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """One command so far, yet a group of them."""


@app.command("glod")
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
