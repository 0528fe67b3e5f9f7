"""The command line `venus-analysis`: a thin layer, heavy imports inside the commands."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from functools import cache
from pathlib import Path
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING, Final

from venus_analysis.cli_end import end_in_time

if TYPE_CHECKING:
    import typer

WRONG_USAGE, INTERRUPTED = 2, 130
SECONDS_TO_KEEP_WORK: Final = 1.0
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

    from venus_analysis.cli_lazy import LazyCommands, root

    app = typer.Typer(
        name="venus-analysis",
        cls=LazyCommands.of("venus_analysis", COMMANDS),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    app.callback()(root)
    return app


def __getattr__(name: str) -> typer.Typer:
    if name == "app":
        return command_line()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main() -> None:
    """Run the command line; errors of ours and of the system end in a sentence, no traceback."""
    # inputs and bands are worked on in threads of our own: more inside numpy only get in their way
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with _one_interrupt(), _sentences(), _closing_output(), _reading_ahead(sys.argv[1:]):
        command_line()()


@contextmanager
def _sentences() -> Iterator[None]:
    from venus_analysis.errors import VenusAnalysisError, from_system

    try:
        yield
    except (VenusAnalysisError, OSError) as error:
        said = from_system(error) if isinstance(error, OSError) else error
        print(f"venus-analysis: {said}", file=sys.stderr)
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        print("venus-analysis: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)


@contextmanager
def _one_interrupt() -> Iterator[None]:
    """Take Ctrl-C once, while what was done is kept; after a second one more ends it at once.

    One that falls into a finalizer, where Python drops what is raised, is told again. No
    thread holds up the end that follows.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    begun: list[float] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        begun.append(time.monotonic())
        if len(begun) == 1:
            raise KeyboardInterrupt
        if begun[-1] - begun[0] > SECONDS_TO_KEEP_WORK:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def told_again(dropped: sys.UnraisableHookArgs) -> None:
        if dropped.exc_type is not KeyboardInterrupt:
            given(dropped)
            return
        begun.clear()
        Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()

    given, sys.unraisablehook = sys.unraisablehook, told_again
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except SystemExit as ended:
        if begun:
            end_in_time(int(ended.code or 0))
        raise
    finally:
        sys.unraisablehook = given
        if not begun:  # else threads that end their work are waited for after this
            signal.signal(signal.SIGINT, signal.default_int_handler)


class ClosingOutput(io.TextIOWrapper):
    """Standard output that may be closed by who reads it, as `head` does: the work goes on.

    What a command still writes, to a ledger or a file, is not lost with it.
    """

    def write(self, text: str) -> int:
        """Write, or drop what nobody reads."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what nobody reads."""
        try:
            super().flush()
        except BrokenPipeError:
            self._let_go()
            super().flush()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextmanager
def _closing_output() -> Iterator[None]:
    given = sys.stdout
    if type(given) is not io.TextIOWrapper:  # of a test or a notebook
        yield
        return
    output = ClosingOutput(
        given.buffer, given.encoding, given.errors, line_buffering=given.line_buffering
    )
    try:
        with redirect_stdout(output):
            yield
    finally:
        output.flush()
        output.detach()


def _reading_ahead(arguments: list[str]) -> AbstractContextManager[None]:
    """Begin to read the scene of `moon SCENE` before the command line itself is imported."""
    command, scene, *options = [*arguments, "", ""]
    otherwise = any(option.startswith(READ_OTHERWISE) for option in options)
    if command != "moon" or otherwise or not scene or not Path(scene).is_dir():
        return nullcontext()
    from venus_analysis.collect.scene_ahead import reading_ahead

    return reading_ahead(Path(scene))
