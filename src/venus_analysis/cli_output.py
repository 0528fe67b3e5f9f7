"""What the command line prints: tables for people, JSON for programs, progress."""

from __future__ import annotations

import json as json_module
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from venus_analysis.errors import UsageError

if TYPE_CHECKING:
    from venus_analysis.calibrate.outcome import Outcome
    from venus_analysis.calibrate.run_log import RunLog

HEAD = (
    "band", "phase deg", "measured", "modelled", "ratio", "u k=2 %", "meas/stated-1", "flags"
)  # fmt: skip


@contextmanager
def progress(total: int) -> Iterator[Callable[[Outcome], None]]:
    """Give a function that reports outcomes: a bar on a terminal, else a line each."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("calibrating", total=total)
            yield lambda outcome: bar.advance(task)
        return
    number = count(1)

    def line(outcome: Outcome) -> None:
        state = "failed" if outcome.error else "in the ledger" if outcome.from_ledger else "done"
        state += ", see its flags" if outcome.problem and not outcome.error else ""
        print(f"[{next(number)}/{total}] {state}: {outcome.path}", file=sys.stderr, flush=True)

    yield line


def print_outcomes(outcomes: Sequence[Outcome], *, json: bool) -> None:
    """Rows and failures: one JSON object, or a table and a list; warnings beside them."""
    for outcome in outcomes:
        for warning in outcome.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    if json:
        rows = [row for outcome in outcomes for row in outcome.rows]
        print_rows(rows, [(str(o.path), o.problem) for o in outcomes if o.problem])
        return
    for outcome in outcomes:
        if outcome.rows or not outcome.error:
            print(table(outcome.rows))
        if outcome.problem:
            print(f"FAILED {outcome.problem}", file=sys.stderr)


def print_rows(rows: Sequence[dict[str, Any]], failed: Sequence[tuple[str, str]]) -> None:
    """Print rows, and what failed with the reason, as one JSON object."""
    from venus_analysis.calibrate.row import as_json

    document = {
        "rows": [as_json(row) for row in rows],
        "failed": [{"input": path, "error": error} for path, error in failed],
    }
    print(json_module.dumps(document, allow_nan=False))


def print_counts(outcomes: Sequence[Outcome], counts: Mapping[str, int]) -> None:
    """Print how many inputs ended how, and why each failed."""
    print(", ".join(f"{number} {state}" for state, number in counts.items()))
    for outcome in outcomes:
        if outcome.problem:
            print(f"FAILED {outcome.problem}", file=sys.stderr)


def warn(text: str) -> None:
    """Print a warning; an empty one says nothing."""
    if text:
        print(f"warning: {text}", file=sys.stderr)


def try_places(ledger: str | None, *files: Path | None, folder: Path | None = None) -> None:
    """Refuse a ledger, files and a folder that cannot be written, before hours of work."""
    from venus_analysis.collect.place import require_writable

    if ledger is not None:
        require_writable(ledger)
        require_writable(Path(ledger) / "rows")
    if folder is not None:
        require_writable(folder)
    for path in files:
        if path is not None:
            require_writable(path.parent)
        if path is not None and path.is_dir():
            raise UsageError(f"{path}: expected a file, received a folder; name a file in it")


def run_log(place: Path | None, run_id: str, method: str) -> RunLog:
    """Log of a run, which writes nothing when `place` is None."""
    from venus_analysis.calibrate.run_log import RunLog

    return RunLog(place, run_id, method)


def memory_bytes(text: str | None) -> int | None:
    """Read an amount of memory; None for None.

    Examples
    --------
    >>> memory_bytes("1.5 GB"), memory_bytes("800MB"), memory_bytes(None)
    (1500000000, 800000000, None)
    """
    if text is None:
        return None
    units = {"GB": 1e9, "GiB": 2**30, "MB": 1e6, "MiB": 2**20}
    number, unit = text.rstrip("GiMB"), text[len(text.rstrip("GiMB")) :]
    try:
        size = float(number) * units[unit]
    except (ValueError, KeyError):
        size = 0.0
    if not 1e6 <= size < 1e15:
        raise UsageError(f"--memory: expected an amount as 1GB or 800MB, received {text!r}")
    return int(size)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows of one acquisition as text, one block per reference; irradiances in W m-2 um-1.

    Examples
    --------
    >>> print(table([]))
    no rows
    """
    if not rows:
        return "no rows"
    first = rows[0]
    mark = "SIMULATED  " if first["simulated"] else ""
    lines = [f"{mark}{first['acquisition_id']}  {first['instrument']}  {first['time']}Z"]
    for reference in dict.fromkeys(row["reference"] for row in rows):
        own = [row for row in rows if row["reference"] == reference]
        lines.append(f"against {reference}, irradiance in W m-2 um-1 at the observer;")
        model = (
            f", {200.0 * own[0]['u_model']:g} % of the model beside" if own[0]["u_model"] else ""
        )
        lines.append(f"u k=2 of the measured irradiance{model}:")
        lines += _block(own)
    return "\n".join([*lines, ""])


def _block(rows: Sequence[dict[str, Any]]) -> list[str]:
    cells = [HEAD, *(_cells(row) for row in rows)]
    shown = [i for i in range(len(HEAD)) if any(line[i] for line in cells[1:])]
    return aligned([[line[i] for i in shown] for line in cells])


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells in columns, each as wide as its widest cell.

    Examples
    --------
    >>> aligned([["band", "ratio"], ["B1", "0.98"]])
    ['band  ratio', 'B1    0.98']
    """
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from venus_analysis.flags import decode

    stated = row["stated"]
    doubt = 200.0 * math.hypot(row["u_random"], row["u_systematic_instrument"])
    return (
        row["band"],
        f"{row['phase_angle_deg']:+.2f}",
        f"{row['measured']:.5e}",
        f"{row['modelled']:.5e}",
        f"{row['ratio']:.4f}",
        f"{doubt:.2f}" if math.isfinite(doubt) else "",
        f"{row['measured'] / stated - 1.0:+.1e}" if math.isfinite(stated) and stated else "",
        " ".join(decode(row["flags"])),
    )


def keep(ledger: str, rows: list[dict[str, Any]]) -> None:
    """Write what the ledger lacks."""
    from venus_analysis.ledger import missing, write

    lacking = missing(ledger, rows)
    if lacking.any():
        write(ledger, [row for row, lacks in zip(rows, lacking, strict=True) if lacks])
