"""Options that several commands share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer


def above_zero(value: float) -> float:
    """Refuse what is no factor or size.

    Examples
    --------
    >>> above_zero(0.98)
    0.98
    """
    if not 0.0 < value < math.inf:
        raise typer.BadParameter(f"expected a number above 0, received {value:g}; choose another")
    return value


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
Seed = Annotated[int, typer.Option(help="Seed of all random numbers.", min=0)]
Extracts = Annotated[
    Path | None,
    typer.Option(
        help="Folder that keeps what is read of products: a run that is repeated or was "
        "interrupted reads only the others."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else.")]
Bands = Annotated[
    list[str] | None, typer.Option("--band", help="Only this band; may be given again.")
]
AsOf = Annotated[
    str | None,
    typer.Option(help="As it was then: a date, a UTC time, or the name of a snapshot."),
]
