"""The command line `venus-analysis`: a thin layer, heavy imports inside the commands."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import typer

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
# options of `moon` that say what is read, or that nothing is
READ_OTHERWISE: Final = ("--help", "--band", "--reference-band", "--scheduler")


@cache
def command_line() -> typer.Typer:
    """Put the command line together; `app` is its name for tests."""
    import typer

    from venus_analysis.cli_lazy import LazyCommands

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

    return app


def __getattr__(name: str) -> typer.Typer:
    if name == "app":
        return command_line()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main() -> None:
    """Run the command line; errors of ours end in a sentence, not a traceback."""
    # inputs and bands are worked on in threads of our own: more inside numpy only get in their way
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with _reading_ahead(sys.argv[1:]):
        _run()


def _reading_ahead(arguments: list[str]) -> AbstractContextManager[None]:
    """Begin to read the scene of `moon SCENE` before the command line itself is imported."""
    command, scene, *options = [*arguments, "", ""]
    otherwise = any(option.startswith(READ_OTHERWISE) for option in options)
    if command != "moon" or otherwise or not scene or not Path(scene).is_dir():
        return nullcontext()
    from venus_analysis.collect.scene_ahead import reading_ahead

    return reading_ahead(Path(scene))


def _run() -> None:
    import typer

    from venus_analysis.errors import VenusAnalysisError

    try:
        command_line()()
    except VenusAnalysisError as error:
        typer.echo(f"venus-analysis: {error}", err=True)
        sys.exit(WRONG_USAGE)
