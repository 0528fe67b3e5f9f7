"""`venus-analysis decisions`: looks left out of fits, proposals, and who decided what and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from venus_analysis.cli_ledger_output import reported, say
from venus_analysis.cli_options import AsJson, Bands

Ledger = Annotated[Path, typer.Argument(metavar="LEDGER", help="Folder of the ledger.")]
Who = Annotated[str, typer.Option(help="Who decides; kept with the decision.")]
Why = Annotated[str, typer.Option(help="Why; kept with the decision.")]

app = typer.Typer(
    help="Leave looks out of fits, propose gains, and log who decided what and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def exclude(
    ledger: Ledger,
    acquisition: Annotated[str, typer.Option(help="Its exact name.")],
    who: Who,
    why: Why,
    band: Bands = None,
    json: AsJson = False,
) -> None:
    """Leave a look out of fits, reversibly; the ledger's rows stay. JSON: {"written"}.

    Example: venus-analysis decisions exclude results --acquisition LOOK_7 --who Ada --why clouds
    """
    with reported():
        from venus_analysis.calibrate.drift.exclusions import exclude as leave_out

        _known(ledger, acquisition, band or [])
        done = leave_out(ledger, acquisition, who=who, why=why, bands=band or ())
        _listed([vars(one) for one in done], "written", json)


@app.command()
def restore(
    ledger: Ledger,
    acquisition: Annotated[str, typer.Option(help="Its exact name.")],
    who: Who,
    why: Why,
    band: Bands = None,
    json: AsJson = False,
) -> None:
    """Let an excluded look count again. JSON: {"written"}.

    Example: venus-analysis decisions restore results --acquisition LOOK_7 --who Ada --why "clear"
    """
    with reported():
        from venus_analysis.calibrate.drift.exclusions import restore as take_back

        _there(ledger)
        done = take_back(ledger, acquisition, who=who, why=why, bands=band or ())
        _listed([vars(one) for one in done], "written", json)


@app.command()
def excluded(
    ledger: Ledger,
    history: Annotated[bool, typer.Option("--history", help="All decisions.")] = False,
    json: AsJson = False,
) -> None:
    """List the looks left out of fits. JSON: {"excluded", "damaged"}.

    Example: venus-analysis decisions excluded results --history
    """
    with reported():
        from venus_analysis.calibrate.drift.exclusions import exclusions

        _there(ledger)
        kept = exclusions(ledger)
        found = kept.history if history else kept.current
        _listed([vars(one) for one in found], "excluded", json, kept.damaged)


@app.command()
def propose(
    ledger: Ledger,
    parameters: Annotated[Path, typer.Option(help="Folder of the official parameter files.")],
    gain: Annotated[list[str], typer.Option(metavar="BAND=AK", help="May be given again.")],
    start: Annotated[str, typer.Option(help="First instant of validity, UTC.")],
    who: Who,
    why: Why,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the file; LEDGER/journal/proposed by default."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Write gains as the next PHGAIN serial and log the proposal. JSON: {"written"}.

    Bands not named keep the Ak in force at --start.

    Example: venus-analysis decisions propose results --parameters gipp --gain B2=0.652
    --start 2024-01-01 --who Ada --why "-1 % since 2022"
    """
    with reported():
        from venus_analysis.calibrate.drift import proposals

        _there(ledger)
        gains = {name: number(ak, text) for text in gain for name, _, ak in [text.partition("=")]}
        done = proposals.propose(ledger, parameters, gains, start, who=who, why=why, output=output)
        _listed([vars(done)], "written", json)


@app.command()
def decide(
    ledger: Ledger,
    proposal: Annotated[str, typer.Option(help="Its id, as in: decisions proposals.")],
    status: Annotated[str, typer.Option(help="accepted or refused.")],
    who: Who,
    why: Why,
    json: AsJson = False,
) -> None:
    """Log that a proposal was accepted or refused. JSON: {"written"}.

    Example: venus-analysis decisions decide results --proposal VE_TEST_GIP_PHGAIN_... --status
    accepted --who Bo --why "agreed on 3 May"
    """
    with reported():
        from venus_analysis.calibrate.drift import proposals

        _there(ledger)
        done = proposals.decide(ledger, proposal, status, who=who, why=why)
        _listed([vars(done)], "written", json)


@app.command("proposals")
def list_proposals(ledger: Ledger, json: AsJson = False) -> None:
    """List proposals with what became of them. JSON: {"proposals", "damaged"}.

    Example: venus-analysis decisions proposals results
    """
    with reported():
        from venus_analysis.calibrate.drift.proposals import proposals

        _there(ledger)
        kept = proposals(ledger)
        _listed([vars(one) for one in kept.current], "proposals", json, kept.damaged)


def _listed(
    entries: list[dict[str, Any]], name: str, json: bool, damaged: tuple[str, ...] = ()
) -> None:
    lines = ["  ".join(f"{key}: {value}" for key, value in one.items()) for one in entries]
    document = {name: entries} | ({} if name == "written" else {"damaged": damaged})
    say(document, "\n".join([*lines, *damaged]) or "none", json=json)


def _there(ledger: Path) -> None:
    from venus_analysis.ledger.store import existing

    existing(ledger)


def _known(ledger: Path, acquisition: str, bands: list[str]) -> None:
    from venus_analysis.ledger import choose, load

    rows = choose(load(ledger, columns=["acquisition_id", "band"]).frame,
                  acquisition_id=acquisition)  # fmt: skip
    for one in bands:
        choose(rows, band=one)


def number(ak: str, text: str) -> float:
    """Ak out of a text that names a band and its Ak."""
    from venus_analysis.errors import InputError

    try:
        return float(ak)
    except ValueError:
        raise InputError("gain", "a band and its Ak", repr(text), "such as B2 and 0.652") from None
