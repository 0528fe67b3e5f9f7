"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Scheduler = Annotated[
    str,
    typer.Option(
        help="threads, processes, slurm or pbs (slurm:FILE.toml), or a dask scheduler as "
        "tcp://host:8786."
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(help="Bound of a worker's memory, as 1GB; a process beyond it is ended."),
]
Log = Annotated[
    Path | None,
    typer.Option(help="Log of the run, JSON lines: a file, or a folder for RUN_ID.jsonl."),
]
Extracts = Annotated[
    Path | None,
    typer.Option(
        help="Folder that keeps what is read of products: a run that is repeated or was "
        "interrupted reads only the others."
    ),
]
