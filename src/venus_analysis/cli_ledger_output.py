"""What the ledger commands print, and how their errors end."""

from __future__ import annotations

import dataclasses
import json as json_module
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from venus_analysis.cli_output import aligned
from venus_analysis.errors import LedgerError, VenusAnalysisError

if TYPE_CHECKING:
    import pandas as pd

    from venus_analysis.ledger import Refused

SOME_FAILED, WRONG_USAGE = 1, 2


@contextmanager
def reported() -> Iterator[None]:
    """Turn our errors into one sentence on standard error and an exit code."""
    try:
        yield
    except LedgerError as error:
        typer.echo(f"venus-analysis: {error}", err=True)
        raise typer.Exit(SOME_FAILED) from None
    except VenusAnalysisError as error:
        typer.echo(f"venus-analysis: {error}", err=True)
        raise typer.Exit(WRONG_USAGE) from None


def filtered(
    frame: pd.DataFrame,
    acquisitions: Sequence[str] | None,
    bands: Sequence[str] | None,
    where: Sequence[str] | None,
) -> pd.DataFrame:
    """Keep the rows that were asked for; `where` holds texts COLUMN=TEXT."""
    from venus_analysis.ledger import choose

    wanted: dict[str, list[str]] = {}
    pairs = [text.partition("=")[::2] for text in where or ()]
    pairs += [("acquisition_id", text) for text in acquisitions or ()]
    for name, value in [*pairs, *(("band", text) for text in bands or ())]:
        choose(frame, **{name: value})
        wanted.setdefault(name, []).append(value)
    for name, values in wanted.items():
        frame = frame[frame[name].isin(values)]
    return frame


def print_rows(rows: pd.DataFrame, refused: Sequence[Refused], limit: int, *, json: bool) -> None:
    """Print rows as one JSON object, or the first of them as a table."""
    if json:
        from venus_analysis.calibrate.row import as_json

        cells = zip(*(rows[name].to_numpy() for name in rows), strict=True)
        records = [as_json(dict(zip(rows.columns, row, strict=True))) for row in cells]
        document = {"rows": records, "refused": [dataclasses.asdict(part) for part in refused]}
        typer.echo(json_module.dumps(document, allow_nan=False))
        return
    typer.echo(_table(rows.head(limit) if limit else rows))
    if limit and len(rows) > limit:
        typer.echo(f"... {len(rows) - limit} more rows: --limit 0 shows them, export writes them")


_SHOWN = (
    "time", "acquisition_id", "band", "method", "site", "reference", "ratio", "u_random",
    "ratio_a", "ratio_b", "change", "side", "flags", "run_id", "current", "withdrawn", "reason",
)  # fmt: skip
_ONLY_IN_HISTORY = ("run_id", "current", "withdrawn", "reason")


def _table(rows: pd.DataFrame) -> str:
    from venus_analysis.flags import decode

    if rows.empty:
        return "no rows"
    names = [name for name in _SHOWN if name in rows]
    if "current" not in rows:
        names = [name for name in names if name not in _ONLY_IN_HISTORY]
    shown = rows[names].copy()
    if "flags" in shown:
        shown["flags"] = [" ".join(decode(int(flags))) for flags in shown["flags"]]
    if "simulated" in rows and rows["simulated"].any():
        shown.insert(0, "origin", rows["simulated"].map({True: "SIMULATED", False: "real"}))
    cells = [[str(name) for name in shown], *(list(map(_cell, row)) for row in shown.to_numpy())]
    return "\n".join(aligned(cells))


def _cell(value: object) -> str:
    text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def say(document: dict[str, Any], text: str, *, json: bool) -> None:
    """Print what was done: as JSON or as text."""
    typer.echo(json_module.dumps(document, default=str, allow_nan=False) if json else text)


def name_refused(refused: Sequence[Refused]) -> None:
    """Name every part that was left out, on standard error."""
    for part in refused:
        typer.echo(f"refused: {part}", err=True)


def exit_if_refused(refused: Sequence[Refused]) -> None:
    """End with the exit code for some failed inputs when parts were left out."""
    name_refused(refused)
    if refused:
        raise typer.Exit(SOME_FAILED)
