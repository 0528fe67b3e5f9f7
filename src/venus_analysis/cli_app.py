"""The commands `venus-analysis serve` and `venus-analysis report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from venus_analysis.cli_options import AsJson
from venus_analysis.cli_output import try_places

if TYPE_CHECKING:
    from venus_analysis.report.project import Project

Where = Annotated[
    str,
    typer.Argument(
        metavar="FOLDER",
        help="Folder with ledger/, parameters/ and events.toml, or a ledger itself.",
    ),
]
Parameters = Annotated[
    Path | None, typer.Option(help="Folder of official parameter files, instead of the folder's.")
]
Events = Annotated[Path | None, typer.Option(help="TOML file of events, instead of the folder's.")]
Products = Annotated[
    Path | None, typer.Option(help="Folder of the pictures of `moon`, instead of the folder's.")
]


def serve(
    where: Where,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 5006,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help="What users type, if other than the address; may be given again.",
        ),
    ] = None,
    parameters: Parameters = None,
    events: Events = None,
    products: Products = None,
) -> None:
    """Show the dashboard in a browser; on this machine only, unless a login is set up.

    Any other address needs a login. Its secrets are read from the environment: passwords from
    the file VENUS_ANALYSIS_USERS_FILE, or OAuth from VENUS_ANALYSIS_OAUTH_PROVIDER, _KEY and
    _SECRET; and VENUS_ANALYSIS_COOKIE_SECRET (or _COOKIE_SECRET_FILE) to sign cookies. A monitor
    can ask /health.

    Example: venus-analysis serve demo-output --port 5006
    """
    from venus_analysis.app.access import access, free_port
    from venus_analysis.report.project import find_places

    allowed = access(address, port or free_port(address), origin or ())
    places = find_places(where, parameters, events, products)

    from venus_analysis.app.serve import serve as serve_forever
    from venus_analysis.app.store import Store

    store = Store(places)
    serve_forever(store, allowed, typer.echo)


def _check(project: Project, since: str, bands: Sequence[str]) -> None:
    """Refuse what the ledger does not have, before the report is drawn."""
    from venus_analysis.errors import InputError
    from venus_analysis.ledger.moment import until

    known = sorted(project.frame["band"].unique(), key=lambda band: (len(band), band))
    absent = ", ".join(band for band in bands if band not in known)
    if absent and known:
        raise InputError("--band", f"some of {', '.join(known)}", absent, "choose among these")
    newest = project.frame["committed"].max()
    if since and until(since, "--since") > newest:
        said = f"later than the newest row ({newest:%Y-%m-%d}), so no row is new"
        typer.echo(f"--since {since}: {said}", err=True)


def report(
    where: Where,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    since: Annotated[
        str, typer.Option(help="Date of the last meeting: what changed since is told first.")
    ] = "",
    as_of: Annotated[
        str | None, typer.Option(help="The ledger as it was: a date, or a snapshot's name.")
    ] = None,
    band: Annotated[
        list[str] | None,
        typer.Option("--band", help="Band to draw; may be given again. Default: the most telling."),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="A PDF beside it, with Chromium.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Instead of one file a folder: report, PDF, PNG figures, CSV tables. Used again, "
            "what the last report left there and this one does not write is removed.",
        ),
    ] = None,
    parameters: Parameters = None,
    events: Events = None,
    statistics: Annotated[
        list[Path] | None,
        typer.Option(
            help="Statistics file, for the acceptance sheet: what the ledger does not hold (MTF); "
            "may be given again."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Write the report a meeting takes home: one HTML file that needs no network.

    The very rows it shows are kept as a snapshot of the ledger, so that --as-of draws them
    again. JSON: {"written", "pdf", "files", "snapshot", "since", "simulated", "rows",
    "problems", "methods": {method: {"steps", "sensor", "due", "drifts", "latest"}},
    "agreement": {band: [...]}, "phases", "moon_image": [...], "residual_noise": [...],
    "ratio_residuals": {method: {condition: {band: {...}}}}}; files are those of --folder.

    Example: venus-analysis report demo-output --folder meeting --since 2024-01-31
    """
    from venus_analysis.report.project import find_places, load_project
    from venus_analysis.report.write import write_report
    from venus_analysis.statistics import with_statistics

    try_places(None, None if folder else output, folder=folder)
    project = load_project(find_places(where, parameters, events), as_of)
    project = replace(project, frame=with_statistics(project.frame, statistics or ()))
    _check(project, since, band or ())
    printed, files = None, []
    if folder is not None:
        from venus_analysis.report.folder import write_folder

        made = write_folder(project, folder, since=since, bands=band or ())
        done, files = made.report, list(made.written)
        printed = next((path for path in files if path.suffix == ".pdf"), None)
        for sentence in made.missing:
            typer.echo(sentence, err=True)
        if made.removed:
            typer.echo(f"removed of the last report: {len(made.removed)} files", err=True)
    else:
        done = write_report(project, output, since=since, bands=band or ())
    if pdf and printed is None:
        from venus_analysis.report.pdf import print_pdf

        printed = print_pdf(done.path, done.path.with_suffix(".pdf"))
    for problem in done.problems:
        typer.echo(problem, err=True)
    if json:
        import json as json_module

        document: dict[str, object] = {
            "written": str(done.path),
            "pdf": str(printed) if printed else None,
        }
        document |= {"files": list(map(str, files)), "problems": list(done.problems)}
        document |= done.numbers
        typer.echo(json_module.dumps(document, allow_nan=False))
        return
    if folder is not None:
        typer.echo(f"{len(files)} files in {folder}")
    for path in filter(None, (done.path, printed)):
        typer.echo(f"report: {path}")
    typer.echo(f"snapshot: {done.snapshot or 'none'}")
