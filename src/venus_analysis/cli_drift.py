"""`venus-analysis drift`: fits, verdicts on updates and figures of series."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis.cli_decisions import number
from venus_analysis.cli_ledger_output import exit_if_refused, reported, say
from venus_analysis.cli_options import AsJson, AsOf, Bands
from venus_analysis.cli_output import try_places
from venus_analysis.errors import UsageError

if TYPE_CHECKING:
    from venus_analysis.calibrate.drift.page import DriftPage
    from venus_analysis.calibrate.drift.what_if import TypedGain


class View(StrEnum):
    """Under which gains a series is shown."""

    produced = "as produced"
    in_force = "in force"
    rebased = "re-based"
    sensitivity = "sensitivity"


class Model(StrEnum):
    """Model of drift."""

    auto = "auto"
    constant = "constant"
    linear = "linear"
    exponential = "exponential"
    ageing = "ageing"
    step = "step"
    step_linear = "step_linear"
    step_slopes = "step_slopes"
    step_ageing = "step_ageing"


class Estimator(StrEnum):
    """How a model is fitted."""

    huber = "huber"
    weighted = "weighted"
    theil_sen = "theil_sen"


Project = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="Folder with ledger/, parameters/ and events.toml, or a ledger itself.",
    ),
]


def drift(
    folder: Project,
    parameters: Annotated[
        Path | None,
        typer.Option(help="Folder of the official parameter files, instead of the folder's."),
    ] = None,
    method: Annotated[str, typer.Option(help="moon, desert, sno, ...; all by default.")] = "",
    band: Bands = None,
    site: Annotated[str, typer.Option(help="Only this site.")] = "",
    reference: Annotated[str, typer.Option(help="Only this model or sensor.")] = "",
    configuration: Annotated[str, typer.Option(help="Only rows made with these options.")] = "",
    view: Annotated[View, typer.Option(help="Under which gains.")] = View.produced,
    serial: Annotated[str, typer.Option("--set", help="PHGAIN serial to re-base to.")] = "",
    model: Annotated[
        Model,
        typer.Option(
            help="Of the fitted lines: figures and JSON drifts (by segment), fits, latest. The "
            "sensor drift printed is the mean over all looks whatever it is. auto: the best by "
            "AICc."
        ),
    ] = Model.auto,
    estimator: Annotated[
        Estimator,
        typer.Option(
            help="How models are fitted. theil_sen: a line, for figures and JSON drifts; all "
            "else, the sensor drift printed too, is then fitted with huber."
        ),
    ] = Estimator.huber,
    since: Annotated[str | None, typer.Option(help="First date, UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Last date, UTC, inclusive.")] = None,
    break_at: Annotated[
        list[str] | None, typer.Option("--break", help="A date to test for a step.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="Events of the mission (TOML), instead of the folder's.")
    ] = None,
    try_gain: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="BAND:DATE:AK",
            help="Ak to try from a date on: for values and the next update; past updates stay "
            "judged as recorded.",
        ),
    ] = None,
    criterion: Annotated[float, typer.Option(help="Departure that calls for an update.")] = 0.01,
    tdi: Annotated[int | None, typer.Option(help="TDI, where Ak differs by TDI.")] = None,
    as_of: AsOf = None,
    figure: Annotated[
        Path | None, typer.Option(help="Folder for figures (HTML, opens offline).")
    ] = None,
    json: AsJson = False,
) -> None:
    """Show drifts, what each parameter update did, and whether the next is due.

    Looks excluded beside the ledger (see: decisions) are not fitted. JSON: {"pages": [one per
    method: {"method", "view", "label", "simulated", "sensor", "drifts", "steps", "due", "fits",
    "latest", "noise", "alerts", "updates", "events", "notes", "excluded"}], "refused"}; drifts,
    steps and departures are relative (0.01 = 1 %), noise in its own unit, times UTC.

    Example: venus-analysis drift mission --method moon --band B2 --figure out
    """
    with reported():
        if serial and view is not View.rebased:
            raise UsageError(f"--set {serial}: re-bases only with --view {View.rebased.value!r}")
        try_places(None, folder=figure)
        from venus_analysis.calibrate.drift import events as event_files
        from venus_analysis.calibrate.drift.exclusions import exclusions
        from venus_analysis.calibrate.drift.options import Options
        from venus_analysis.calibrate.drift.page import drift_page
        from venus_analysis.calibrate.drift.selection import Selection
        from venus_analysis.ledger import load
        from venus_analysis.parameters.instants import last_second
        from venus_analysis.parameters.registry import Registry
        from venus_analysis.report.project import find_places

        places = find_places(folder, parameters, events)
        loaded = load(places.ledger, as_of=as_of)
        options = Options(
            view=view.value,
            serial=serial,
            model=model.value,
            estimator=estimator.value,
            break_times=tuple(_date(one, "break") for one in break_at or ()),
            criterion=criterion,
            tdi=tdi,
        )
        first = None if since is None else _date(since, "since")
        last = None if until is None else last_second(until, "until")
        if first is not None and last is not None and first > last:
            raise UsageError(
                f"--since {since} --until {until}: expected the earlier date first; exchange them"
            )
        methods = [method] if method else sorted(map(str, loaded.frame["method"].unique()))
        pages = [
            drift_page(
                loaded.frame,
                Selection(
                    method=one,
                    bands=tuple(band or ()),
                    site=site,
                    reference=reference,
                    configuration=configuration,
                    since=first,
                    until=last,
                ),
                options,
                registry=None if places.parameters is None else Registry(places.parameters),
                events=() if places.events is None else event_files.read_events(places.events),
                exclusions=exclusions(places.ledger),
                typed=[_typed(text) for text in try_gain or ()],
            )
            for one in methods or [""]
        ]
        _say(pages, loaded.refused, json)
        if figure is not None:
            _draw(pages, figure)
        exit_if_refused(loaded.refused)


def _say(pages: list[DriftPage], refused: Any, json: bool) -> None:
    from venus_analysis import cli_drift_output as output

    if json:
        say(output.document(pages, refused), "", json=True)
        return
    typer.echo("\n\n".join(output.text(page) for page in pages))


def _draw(pages: list[DriftPage], folder: Path) -> None:
    from bokeh.layouts import column

    from venus_analysis.plot.drift import DriftFigure, DriftOverview, VerdictMatrix
    from venus_analysis.plot.save import save_html

    drawn = {"drift_overview": [DriftOverview(pages).figure]} | {
        f"drift_{page.method}": [DriftFigure(page).figure, VerdictMatrix(page).figure]
        for page in pages
    }
    for name, figures in drawn.items():
        layout = column(*figures, sizing_mode="stretch_width")
        written = save_html(layout, folder / f"{name}.html", title=name.replace("_", " "))
        typer.echo(f"figure: {written}", err=True)


def _date(text: str, where: str) -> Any:
    from venus_analysis.parameters.instants import instant

    return instant(text, where)


def _typed(text: str) -> TypedGain:
    from venus_analysis.calibrate.drift.what_if import TypedGain
    from venus_analysis.errors import InputError

    band, _, rest = text.partition(":")
    date, _, ak = rest.rpartition(":")
    if not date:
        raise InputError("what-if", "BAND:DATE:AK", repr(text), "such as B2:2020-06-01:0.652")
    return TypedGain(band, _date(date, "what-if"), number(ak, text))
