"""The commands `venus-analysis ledger ...`: look into, correct, tidy and hand on results."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from venus_analysis import cli_ledger_output as output
from venus_analysis.cli_options import AsJson, AsOf, Bands

NEGATIVE = 3

app = typer.Typer(
    help="Look into the ledger of results, withdraw rows, tidy and check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Ledger = Annotated[str, typer.Argument(metavar="DIR", help="Folder (or address) of the ledger.")]
Acquisitions = Annotated[
    list[str] | None, typer.Option("--acquisition", help="Only this one; may be given again.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=TEXT",
        help="Only such rows: site='Libya 4', reference=S2A, run_id=...; may be given again.",
    ),
]


@app.command()
def show(
    ledger: Ledger,
    as_of: AsOf = None,
    acquisition: Acquisitions = None,
    band: Bands = None,
    where: Where = None,
    everything: Annotated[
        bool, typer.Option("--history", help="Outdated and withdrawn rows as well.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows to print; 0 for all.")] = 40,
    json: AsJson = False,
) -> None:
    """Show the current rows. JSON: {"rows": all of them, "refused"}, each {"part", "reason"}.

    Example: venus-analysis ledger show results --band B3 --as-of 2024-01-31
    """
    with output.reported():
        from venus_analysis.ledger import history, load

        loaded = (history if everything else load)(ledger, as_of=as_of)
        rows = output.filtered(loaded.frame, acquisition, band, where)
        output.print_rows(rows, loaded.refused, limit, json=json)
        output.exit_if_refused(loaded.refused)


@app.command()
def withdraw(
    ledger: Ledger,
    acquisition: Annotated[str, typer.Option(help="Its exact name.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    who: Annotated[str, typer.Option(help="Who decides; kept with the decision.")],
    band: Bands = None,
    run: Annotated[str | None, typer.Option(help="Only rows of this run_id.")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Put rows back instead.")] = False,
    json: AsJson = False,
) -> None:
    """Take rows out of the current view, reversibly. JSON: {"part", "committed", "rows"}.

    Later runs of the same acquisition count again.

    Example: venus-analysis ledger withdraw results --acquisition LOOK_7 --reason clouds --who Ada
    """
    with output.reported():
        from venus_analysis.ledger import withdraw as withdraw_rows

        done = withdraw_rows(
            ledger,
            acquisition=acquisition,
            reason=reason,
            who=who,
            bands=band or (),
            run=run,
            restore=restore,
        )
        verb = "restored" if restore else "withdrawn"
        output.say({**dataclasses.asdict(done)}, f"{done.rows} rows {verb}", json=json)


@app.command()
def compact(ledger: Ledger, json: AsJson = False) -> None:
    """Merge the files of a ledger. JSON: {"parts_before", "parts_after", "rows", "refused"}.

    Example: venus-analysis ledger compact results
    """
    with output.reported():
        from venus_analysis.ledger import compact as compact_parts

        done = compact_parts(ledger)
        text = f"{done.parts_before} parts became {done.parts_after}; {done.rows} rows"
        output.say(dataclasses.asdict(done), text, json=json)
        output.exit_if_refused(done.refused)


@app.command()
def snapshot(ledger: Ledger, as_of: AsOf = None, json: AsJson = False) -> None:
    """Keep the current view under a name for --as-of. JSON: {"snapshot", "rows"}.

    Example: venus-analysis ledger snapshot results
    """
    with output.reported():
        from venus_analysis.ledger import load
        from venus_analysis.ledger import snapshot as keep

        loaded = load(ledger, as_of=as_of)
        name = keep(ledger, loaded.frame)
        output.say({"snapshot": name, "rows": len(loaded.frame)}, name, json=json)
        output.exit_if_refused(loaded.refused)


@app.command()
def diff(
    ledger: Ledger,
    run_a: Annotated[str, typer.Argument(help="run_id.")],
    run_b: Annotated[str, typer.Argument(help="run_id.")],
    across_configurations: Annotated[
        bool,
        typer.Option("--across-configurations", help="Options and parameter files may differ."),
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows to print; 0 for all.")] = 40,
    json: AsJson = False,
) -> None:
    """Compare two runs, the largest changes first. JSON: {"rows": all of them, "refused"}.

    Example: venus-analysis ledger diff results 20240101T000000Z-1a2b3c4d 20240201T000000Z-5e6f7a8b
    """
    with output.reported():
        from venus_analysis.ledger import diff as compare

        loaded = compare(ledger, run_a, run_b, across_configurations=across_configurations)
        output.print_rows(loaded.frame, loaded.refused, limit, json=json)
        if not json:
            sides = loaded.frame["side"].value_counts()
            typer.echo("  ".join(f"in {side}: {number}" for side, number in sides.items()))
        output.exit_if_refused(loaded.refused)


@app.command()
def check(ledger: Ledger, json: AsJson = False) -> None:
    """Read and verify everything; exit code 3 when something is damaged.

    JSON: {"parts": {name: rows}, "refused", "rows", "current", "withdrawn", "repeats",
    "conflicts", "ahead_of_clock", "leftovers"}.

    Example: venus-analysis ledger check results
    """
    with output.reported():
        from venus_analysis.ledger import check as read_all

        state = read_all(ledger)
        document = dataclasses.asdict(state)
        lines = [f"good  {part}  {rows} rows" for part, rows in state.parts.items()]
        lines += [
            f"{name}: {document[name]}" for name in _COUNTS if document[name] or name == "rows"
        ]
        lines += [f"unfinished or cut off: {name}" for name in state.leftovers]
        output.say(document, "\n".join(lines), json=json)
        output.name_refused(state.refused)
        if state.refused or state.conflicts:
            raise typer.Exit(NEGATIVE)


_COUNTS = ("rows", "current", "withdrawn", "repeats", "conflicts", "ahead_of_clock")


@app.command()
def export(
    ledger: Ledger,
    file: Annotated[Path, typer.Argument(help="File to write: .csv, .parquet or .nc.")],
    as_of: AsOf = None,
    acquisition: Acquisitions = None,
    band: Bands = None,
    where: Where = None,
    json: AsJson = False,
) -> None:
    """Write the current rows as CSV, Parquet or NetCDF. JSON: {"written", "rows", "refused"}.

    NetCDF holds one instrument, method, reference and configuration as a cube of acquisitions and
    bands. In CSV, texts that a spreadsheet would take for a formula get a leading apostrophe.

    Example: venus-analysis ledger export results rows.csv --where method=moon
    """
    with output.reported():
        from venus_analysis.ledger import export as write_file
        from venus_analysis.ledger import load

        loaded = load(ledger, as_of=as_of)
        rows = output.filtered(loaded.frame, acquisition, band, where)
        write_file(rows, file)
        refused = [dataclasses.asdict(part) for part in loaded.refused]
        document = {"written": str(file), "rows": len(rows), "refused": refused}
        output.say(document, f"written: {file} ({len(rows)} rows)", json=json)
        output.exit_if_refused(loaded.refused)
