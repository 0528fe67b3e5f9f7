"""`venus-analysis parameters propose-stray-light`: measured ghosts become STRLGT files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from venus_analysis.cli_parameters_output import dump, table


def propose_stray_light(
    folder: Annotated[Path, typer.Argument(help="Folder of parameter files (.EEF, .HDR).")],
    ledger: Annotated[str, typer.Option(metavar="DIR", help="Ledger of Moon looks.")],
    start: Annotated[str, typer.Option(help="First second of validity, UTC.")],
    acquisition: Annotated[
        list[str] | None, typer.Option("--acquisition", help="Only this look; may be given again.")
    ] = None,
    band: Annotated[
        list[str] | None, typer.Option("--band", help="Only this band; may be given again.")
    ] = None,
    significance: Annotated[
        float, typer.Option(help="Change only factors off by so many sigma.", min=0.0)
    ] = 2.0,
    output: Annotated[Path | None, typer.Option(help="Folder to write to; FOLDER itself.")] = None,
    file_class: Annotated[str, typer.Option("--class", help="File class.")] = "TEST",
    notes: Annotated[str, typer.Option(help="Text for the files' notes.")] = "",
    json: Annotated[
        bool, typer.Option("--json", help="JSON on standard output, nothing else.")
    ] = False,
) -> None:
    """Write the ghosts (CT2) of Moon looks as the next STRLGT serials; older files stay untouched.

    JSON: {"ghosts": each with its mean over the looks, factor of equalised counts, "files"}.

    Example: venus-analysis parameters propose-stray-light gipp --ledger results --start 2024-01-01
    """
    from venus_analysis.calibrate.ghost_proposal import measured_ghosts, propose_ghosts
    from venus_analysis.cli_ledger_output import filtered
    from venus_analysis.ledger import load

    rows = filtered(load(ledger).frame, acquisition, None, None)
    ghosts = [one for one in measured_ghosts(rows) if not band or one.band in band]
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    simulated = "SIMULATED " if rows["simulated"].any() else ""
    files = propose_ghosts(
        folder,
        ghosts,
        start,
        significance=significance,
        output=output,
        file_class=file_class,
        notes=f"{simulated}{notes or f'ghosts of {rows.acquisition_id.nunique()} Moon looks'}",
    )
    if json:
        dump({"ghosts": [asdict(one) for one in ghosts], "files": [str(path) for path in files]})
        return
    typer.echo(table([asdict(one) for one in ghosts]) if ghosts else "no ghosts")
    for path in files:
        typer.echo(f"written: {path}")
    if ghosts and not files:
        typer.echo(f"nothing to change: all within {significance:g} sigma of the newest files")
