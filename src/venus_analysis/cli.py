"""The command line `venus-analysis`: a thin layer, heavy imports inside the commands."""

from __future__ import annotations

import os
import sys
from typing import Final

import typer

from venus_analysis.cli_lazy import LazyCommands
from venus_analysis.errors import VenusAnalysisError

WRONG_USAGE = 2
COMMANDS: Final = {
    "moon": "cli_moon:moon",
    "desert": "cli_desert:desert",
    "sno": "cli_sno:sno",
    "drift": "cli_drift:drift",
    "compare": "cli_compare:compare",
    "acceptance": "cli_compare:acceptance",
    "qualify": "cli_compare:qualify",
    "job": "cli_job:job",
    "serve": "cli_app:serve",
    "report": "cli_app:report",
    "simulate": "cli_simulate:app",
    "parameters": "cli_parameters:app",
    "ledger": "cli_ledger:app",
    "export": "cli_export:app",
    "decisions": "cli_decisions:app",
    "plan": "cli_plan:app",
}

app = typer.Typer(
    name="venus-analysis",
    cls=LazyCommands.of("venus_analysis", COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _root() -> None:
    """Calibrate the VENµS camera with the Moon, deserts and Sentinel-2."""


def main() -> None:
    """Run the command line; errors of ours end in a sentence, not a traceback."""
    # inputs and bands are worked on in threads of our own: more inside numpy only get in their way
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except VenusAnalysisError as error:
        typer.echo(f"venus-analysis: {error}", err=True)
        sys.exit(WRONG_USAGE)
