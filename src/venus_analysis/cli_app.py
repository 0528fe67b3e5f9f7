"""The commands `venus-analysis serve` and `venus-analysis report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    places = find_places(where, parameters, events)

    from venus_analysis.app.serve import serve as serve_forever
    from venus_analysis.app.store import Store

    store = Store(places)
    serve_forever(store, allowed, typer.echo)
