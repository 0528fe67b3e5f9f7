"""`venus-analysis parameters propose-stray-light`: measured ghosts become STRLGT files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from venus_analysis.cli_options import AsJson, Bands
from venus_analysis.cli_parameters_output import dump, table


def propose_stray_light(
    folder: Annotated[Path, typer.Argument(help="Folder of parameter files (.EEF, .HDR).")],
    ledger: Annotated[str, typer.Option(metavar="DIR", help="Ledger of Moon looks.")],
    start: Annotated[str, typer.Option(help="First second of validity, UTC.")],
    acquisition: Annotated[
        list[str] | None, typer.Option("--acquisition", help="Only this look; may be given again.")
    ] = None,
    band: Bands = None,
    significance: Annotated[
        float, typer.Option(help="Change only factors off by so many sigma.", min=0.0)
    ] = 2.0,
    output: Annotated[Path | None, typer.Option(help="Folder to write to; FOLDER itself.")] = None,
    file_class: Annotated[str, typer.Option("--class", help="File class.")] = "TEST",
    notes: Annotated[str, typer.Option(help="Text for the files' notes.")] = "",
    json: AsJson = False,
) -> None:
    """Write the ghosts (CT2) of Moon looks as the next STRLGT serials; older files stay untouched.

    JSON: {"ghosts": each with its mean over the looks, factor of equalised counts, and whether
    it changed a file, "looks": how many were used, "files": headers; kernels lie beside them}.

    Example: venus-analysis parameters propose-stray-light gipp --ledger results --start 2024-01-01
    """
    from venus_analysis.calibrate.ghost_proposal import (
        changing_ghosts,
        ghost_rows,
        measured_ghosts,
        propose_ghosts,
    )
    from venus_analysis.cli_ledger_output import filtered
    from venus_analysis.ledger import load
    from venus_analysis.parameters.header import marked

    rows = ghost_rows(filtered(load(ledger).frame, acquisition, None, None))
    looks, simulated = int(rows["acquisition_id"].nunique()), bool(rows["simulated"].any())
    ghosts = [one for one in measured_ghosts(rows) if not band or one.band in band]
    changing = changing_ghosts(folder, ghosts, significance=significance)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    files = propose_ghosts(
        folder,
        changing,
        start,
        significance=significance,
        output=output,
        file_class=file_class,
        notes=marked(
            notes or f"ghosts of {looks} Moon look{'s' * (looks > 1)}", simulated=simulated
        ),
    )
    told = [{**asdict(one), "changed": one in changing} for one in ghosts]
    if json:
        dump({"ghosts": told, "looks": looks, "files": [str(path) for path in files]})
        return
    _print(told, looks, simulated=simulated)
    for path in files:
        typer.echo(f"written: {path}, kernels in {path.stem}.DBL.DIR")
    if ghosts and not files:
        typer.echo(f"nothing to change: all within {significance:g} sigma of the newest files")


def _print(ghosts: list[dict[str, Any]], looks: int, *, simulated: bool) -> None:
    """Print the ghosts as a table whose last column says which go into a new file."""
    mark = "SIMULATED  " if simulated else ""
    typer.echo(f"{mark}ghosts of {looks} Moon look{'s' * (looks > 1)}")
    rows = [{**one, "changed": "yes" if one["changed"] else "no"} for one in ghosts]
    typer.echo(table(rows) if rows else "no ghosts")
