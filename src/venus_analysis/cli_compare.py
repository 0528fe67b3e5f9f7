"""`venus-analysis compare`, `acceptance`, `qualify`: methods, phases, and verdicts on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis.cli_ledger_output import exit_if_refused, reported, say
from venus_analysis.cli_options import AsJson, AsOf
from venus_analysis.cli_output import try_places

if TYPE_CHECKING:
    import pandas as pd

NEGATIVE = 3

Before = Annotated[str, typer.Option(help="Mission phase before, as in the ledger.")]
After = Annotated[str, typer.Option(help="Mission phase after.")]
BeforeDates = Annotated[
    str, typer.Option(metavar="FIRST/LAST", help="Its dates, UTC, instead of the ledger's.")
]
AfterDates = Annotated[str, typer.Option(metavar="FIRST/LAST", help="The same of the later phase.")]
PhaseFile = Annotated[
    Path | None,
    typer.Option(help="Table of phases (CSV: phase, start, stop, altitude_km) instead."),
]
EventFile = Annotated[
    Path | None, typer.Option(help="Events of the mission (TOML), instead of the folder's.")
]
ParameterFolder = Annotated[
    Path | None,
    typer.Option(help="Official parameter files, for exact dates, instead of the folder's."),
]
LedgerFolder = Annotated[
    str,
    typer.Option(
        metavar="DIR", help="Folder with ledger/, parameters/ and events.toml, or a ledger itself."
    ),
]
Instrument = Annotated[str, typer.Option(help="Only this instrument.")]
Configuration = Annotated[
    list[str] | None,
    typer.Option(help="Only rows made with these options; may be given again, by method."),
]


def compare(
    ledger: LedgerFolder,
    before: Before = "VM1",
    after: After = "VM5",
    before_dates: BeforeDates = "",
    after_dates: AfterDates = "",
    phases: PhaseFile = None,
    instrument: Instrument = "",
    configuration: Configuration = None,
    events: EventFile = None,
    levels: Annotated[
        bool,
        typer.Option("--levels", help="Absolute levels of the methods instead; needs no phases."),
    ] = False,
    first_looks: Annotated[
        bool,
        typer.Option(
            "--first-looks", help="First lunar looks after against the earlier phase, extrapolated."
        ),
    ] = False,
    parameters: ParameterFolder = None,
    as_of: AsOf = None,
    serial: Annotated[
        str, typer.Option("--set", help="PHGAIN serial to re-base the phases' mean ratios to.")
    ] = "",
    wander: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD=PERCENT",
            help="Random walk in a year (k = 1) of a desert site, or of SNO's reference sensor; "
            "default desert=0.15.",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Compare methods and mission phases: steps by method and jointly, agreement, levels.

    JSON: {"simulated", "before", "after", "bands": [{"band", "steps", "phases", "agreement",
    "levels", "breaks"}], "set", "notes", "changes", "spectrum", "refused"}; steps, drifts and
    levels are relative (0.01 = 1 %), u at k = 1, intervals 95 %. With --levels: {"simulated",
    "levels": [{"band", "first", "second", "ratio_first", "ratio_second", "difference", "u",
    "en", "agree", "looks"}], "refused"}.

    Example: venus-analysis compare --ledger results --before VM1 --after VM5
    """
    with reported():
        import dataclasses

        from venus_analysis.calibrate.compare.comparison import compare_phases
        from venus_analysis.calibrate.compare.comparison_text import lines
        from venus_analysis.report.project import find_places

        if levels:
            _refuse_beside_levels(
                {"--set": serial, "--wander": wander, "--first-looks": first_looks,
                 "--phases": phases, "--before-dates": before_dates, "--after-dates": after_dates}
            )  # fmt: skip
        places = find_places(ledger, parameters, events)
        frame, refused = _rows(places.ledger, instrument, configuration, as_of)
        if levels:
            _say_levels(frame, _left_out(places.ledger), refused, json=json)
            return
        known = _known_phases(phases)
        both = _phases(frame, known, before, before_dates, after, after_dates)
        found = compare_phases(
            frame, *both, known_phases=known, serial=serial, events=_events(places.events),
            exclusions=_left_out(places.ledger), registry=_registry(places.parameters),
            wander=_wander(wander, frame), early=first_looks,
        )  # fmt: skip
        document = found | {"refused": [dataclasses.asdict(part) for part in refused]}
        say(document, "\n".join(lines(found)), json=json)
        exit_if_refused(refused)


def acceptance(
    ledger: LedgerFolder,
    before: Before = "VM1",
    after: After = "VM5",
    criteria: Annotated[
        Path | None, typer.Option(help="Criteria (TOML); default: those of the package.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the sheet: HTML, CSV, JSON.")
    ] = Path("acceptance"),
    before_dates: BeforeDates = "",
    after_dates: AfterDates = "",
    phases: PhaseFile = None,
    instrument: Instrument = "",
    configuration: Configuration = None,
    events: EventFile = None,
    statistics: Annotated[
        list[Path] | None,
        typer.Option(
            help="Statistics file with what the ledger does not hold (MTF); may be given again."
        ),
    ] = None,
    parameters: ParameterFolder = None,
    as_of: AsOf = None,
    json: AsJson = False,
) -> None:
    """Judge the camera after a change of orbit; exit code 3 unless all is met.

    JSON: {"accepted", "simulated", "before", "after", "criteria", "verdicts", "steps",
    "written"}; verdicts are met, not met or not enough data, with how many more looks.

    Example: venus-analysis acceptance --ledger results --before VM1 --after VM5 -o sheet
    """
    with reported():
        from venus_analysis.calibrate.compare.acceptance import acceptance as judge
        from venus_analysis.calibrate.compare.criteria import read_criteria
        from venus_analysis.report.acceptance import (
            acceptance_document,
            headline,
            write_acceptance,
        )
        from venus_analysis.report.project import find_places
        from venus_analysis.statistics import with_statistics

        try_places(None, folder=output)
        wanted = read_criteria(criteria)
        places = find_places(ledger, parameters, events)
        frame, refused = _rows(places.ledger, instrument, configuration, as_of)
        if statistics:
            frame = with_statistics(frame, statistics)
        both = _phases(frame, _known_phases(phases), before, before_dates, after, after_dates)
        found = judge(
            frame, *both, wanted, events=_events(places.events),
            exclusions=_left_out(places.ledger), registry=_registry(places.parameters),
        )  # fmt: skip
        written = write_acceptance(found, output)
        document = acceptance_document(found)
        document["written"] = {kind: str(path) for kind, path in written.items()}
        mark = "SIMULATED  " if found.simulated else ""
        say(document, f"{mark}{headline(found)}\nsheet: {written['html']}", json=json)
        exit_if_refused(refused)
        if not found.accepted:
            raise typer.Exit(NEGATIVE)


def qualify(
    reference_set: Annotated[
        Path,
        typer.Argument(metavar="REFERENCE_SET", help="Folder with qualify.toml and its inputs."),
    ],
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Run it and keep the results as what is expected.")
    ] = False,
    who: Annotated[str, typer.Option(help="Who freezes; kept with the results.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept with the results.")] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the sheet: HTML, CSV, JSON.")
    ] = Path("qualification"),
    json: AsJson = False,
) -> None:
    """Run a frozen reference set again after a change; exit code 3 unless all is within tolerance.

    qualify.toml names what to run, [[run]] with command and arguments, and what may change,
    [tolerance.COLUMN] with limit and unit. JSON: {"passed", "simulated", "looks", "frozen",
    "versions", "changed", "problems", "verdicts", "written"}, with --freeze {"frozen", "rows"}.

    Example: venus-analysis qualify reference_set --freeze --who Ada --reason "release 1.0"

    Example: venus-analysis qualify reference_set -o sheet
    """
    with reported():
        from venus_analysis.calibrate.qualification.qualify import freeze_set, qualify_set

        if freeze:
            path, rows = freeze_set(reference_set, who, reason)
            document = {"frozen": str(path), "rows": rows}
            say(document, f"frozen: {path} ({rows} rows)", json=json)
            return
        try_places(None, folder=output)
        from venus_analysis.report.qualification import (
            qualification_document,
            qualification_headline,
            write_qualification,
        )

        found = qualify_set(reference_set)
        written = write_qualification(found, output)
        paths = {kind: str(path) for kind, path in written.items()}
        mark = "SIMULATED  " if found.simulated else ""
        text = f"{mark}{qualification_headline(found)}\nsheet: {paths['html']}"
        say(qualification_document(found) | {"written": paths}, text, json=json)
        if not found.passed:
            raise typer.Exit(NEGATIVE)


def _refuse_beside_levels(options: dict[str, Any]) -> None:
    """Refuse options that absolute levels know nothing of."""
    from venus_analysis.errors import UsageError

    stray = ", ".join(name for name, value in options.items() if value)
    if stray:
        raise UsageError(f"{stray}: of phases, which --levels does not compare; leave it out")


def _say_levels(frame: pd.DataFrame, exclusions: Any, refused: Any, *, json: bool) -> None:
    import dataclasses

    from venus_analysis.calibrate.compare.levels import (
        compare_levels,
        level_documents,
        level_lines,
    )

    found, simulated = compare_levels(frame, exclusions), bool(frame["simulated"].any())
    document = {
        "simulated": simulated,
        "levels": level_documents(found),
        "refused": [dataclasses.asdict(part) for part in refused],
    }
    say(document, "\n".join(level_lines(found, simulated=simulated)), json=json)
    exit_if_refused(refused)


def _rows(
    ledger: str, instrument: str, configuration: list[str] | None, as_of: str | None
) -> tuple[Any, Any]:
    from venus_analysis.calibrate.drift.made_again import newest_looks
    from venus_analysis.errors import UsageError
    from venus_analysis.ledger import load

    loaded = load(ledger, as_of=as_of)
    frame = loaded.frame
    if instrument:
        there = ", ".join(sorted(map(str, frame["instrument"].unique()))) or "none"
        frame = frame[frame["instrument"] == instrument]
        if frame.empty:
            raise UsageError(f"--instrument {instrument}: expected one of the ledger's ({there})")
    for one in configuration or ():
        methods = frame.loc[frame["configuration"] == one, "method"].unique()
        if not len(methods):
            there = ", ".join(sorted(map(str, frame["configuration"].unique()))) or "none"
            raise UsageError(f"--configuration {one}: expected one of the ledger's ({there})")
        frame = frame[~frame["method"].isin(methods) | (frame["configuration"] == one)]
    frame, notes = newest_looks(frame)
    for note in notes:
        typer.echo(note, err=True)
    return frame.reset_index(drop=True), loaded.refused


def _known_phases(path: Path | None) -> Any:
    from venus_analysis.calibrate.compare.phase_table import mission_phases

    return None if path is None else mission_phases(path)


def _phases(frame: Any, known: Any, *named: str) -> tuple[Any, Any]:
    """Two phases, from the name and the dates of each."""
    from venus_analysis.calibrate.compare.phases import phase_named

    dated = [one.dates for one in known or () if one.dates is not None]
    before, first, after, second = named
    return phase_named(frame, before, first, dated), phase_named(frame, after, second, dated)


def _events(path: Path | None) -> Any:
    from venus_analysis.calibrate.drift.events import read_events

    return () if path is None else read_events(path)


def _registry(folder: Path | None) -> Any:
    from venus_analysis.parameters.registry import Registry

    return None if folder is None else Registry(folder)


def _wander(given: list[str] | None, frame: pd.DataFrame) -> dict[str, float]:
    from venus_analysis.calibrate.compare.gather import WANDER
    from venus_analysis.errors import UsageError

    found, known = dict(WANDER), sorted(map(str, frame["method"].unique()))
    for text in given or ():
        method, _, size = text.partition("=")
        try:
            found[method] = float(size) / 100.0
        except ValueError:
            raise UsageError(f"--wander {text}: expected METHOD=PERCENT, such as sno=0.1") from None
        if not 0.0 <= found[method] < 1.0:
            raise UsageError(f"--wander {text}: expected 0 to 100 percent; choose another")
        if method not in known:
            raise UsageError(f"--wander {text}: expected a method of {', '.join(known) or 'none'}")
    return found


def _left_out(ledger: str) -> Any:
    from venus_analysis.calibrate.drift.exclusions import exclusions

    return exclusions(ledger)
