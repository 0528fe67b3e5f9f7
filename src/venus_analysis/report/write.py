"""Put a report together: one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.errors import InputError, LedgerError
from venus_analysis.ledger import snapshot as keep_snapshot
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.report.changes import Changes, changes_since
from venus_analysis.report.drift_tables import drift_table, due_table, verdict_table
from venus_analysis.report.headline import band_line
from venus_analysis.report.numbers import numbers, script_json
from venus_analysis.report.overview import name_of, overview
from venus_analysis.report.pages import method_pages, telling_bands
from venus_analysis.report.project import Project
from venus_analysis.report.provenance import exclusion_rows, provenance_rows
from venus_analysis.report.tables import render, table
from venus_analysis.report.wording import plural

BANDS_OF_A_METHOD: Final = 3
TITLE: Final = "VENµS calibration report"


@dataclass(frozen=True)
class Report:
    """A report that is written.

    Attributes
    ----------
    path
        The HTML file.
    snapshot
        Name of the ledger's snapshot that holds the very rows; empty when the ledger
        could not be written to.
    numbers
        See `venus_analysis.report.numbers.numbers`.
    problems
        Sentences on what is left out.
    """

    path: Path
    snapshot: str
    numbers: dict[str, Any]
    problems: tuple[str, ...]


def write_report(
    project: Project, path: str | Path, *, since: str = "", bands: Sequence[str] = ()
) -> Report:
    """Write the report of a project.

    Parameters
    ----------
    project
        As loaded.
    path
        HTML file to write; it appears whole or not at all.
    since
        Date of the last meeting; what changed since then is told first.
    bands
        Bands to draw; by default the most telling ones of each method.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        When the ledger has no rows, `since` is no date, or the file cannot be written.
    """
    if project.frame.empty:
        raise InputError(
            project.places.ledger, "rows to report on", "none", "calibrate acquisitions first"
        )
    pages, problems = method_pages(project)
    if not pages:
        raise InputError(project.places.ledger, "a series", " ".join(problems), "see above")
    snapshot, unkept = _snapshot(project)
    problems = (*project.problems, *problems, *unkept)
    changes = changes_since(project, pages, since) if since else None
    found = numbers(project, pages, snapshot, since)
    html = _html(project, pages, changes, problems, found, bands)
    path = Path(path)
    try:
        make_folder(path.parent)
        write_whole(path, html.encode())
    except OSError as error:
        raise InputError(path, "a folder to write to", str(error), "choose another") from error
    return Report(path, snapshot, found, problems)


def _snapshot(project: Project) -> tuple[str, tuple[str, ...]]:
    """Keep the rows reported on; a ledger that is only read is reported on all the same."""
    try:
        return keep_snapshot(project.places.ledger, project.frame), ()
    except LedgerError as error:
        return "", (f"No snapshot was stored, so that this report cannot be made again: {error}.",)


def _html(
    project: Project,
    pages: Mapping[str, DriftPage],
    changes: Changes | None,
    problems: Sequence[str],
    found: Mapping[str, Any],
    bands: Sequence[str],
) -> str:
    from bokeh.embed import components
    from bokeh.resources import Resources

    figures, places = _figures(pages, bands)
    script, divs = components(figures, wrap_script=False)
    matrix = overview(pages)
    return render(
        "report.html.j2",
        title=TITLE,
        simulated=project.simulated,
        bokeh=Resources(mode="inline", components=["bokeh"]).js_raw,
        script=script,
        numbers=script_json(found),
        overview_figure=divs[0],
        matrix_html=matrix.html(),
        alerts_html=matrix.alerts_html(most=10),
        summary=_summary(pages),
        changes=changes,
        problems=problems,
        sections=[
            {
                "name": name_of(method),
                "anchor": f"method-{number}",
                "matrix": divs[places[method][0]],
                "figures": [
                    {"div": divs[place], "line": band_line(page, band)}
                    for band, place in places[method][1].items()
                ],
                "verdicts": verdict_table(page),
                "drifts": drift_table(page),
                "due": due_table(page),
            }
            for number, (method, page) in enumerate(pages.items())
        ],
        left_out=table(
            ["acquisition", "bands", "reason", "who", "when"],
            exclusion_rows(project),
            caption="Looks left out of the fits by hand",
            empty="No look is left out by hand.",
        ),
        provenance=table(
            ["what", "value"],
            provenance_rows(project, str(found["snapshot"])),
            caption="What the numbers of this report depend on",
        ),
    )


def _figures(
    pages: Mapping[str, DriftPage], bands: Sequence[str]
) -> tuple[list[Any], dict[str, tuple[int, dict[str, int]]]]:
    """Figures, and for each method where its matrix and the series of its bands stand."""
    from venus_analysis.plot.drift import DriftFigure, DriftOverview, VerdictMatrix

    figures = [DriftOverview(list(pages.values()), height=420).figure]
    places: dict[str, tuple[int, dict[str, int]]] = {}
    for method, page in pages.items():
        height = 90 + 34 * len(page.bands)
        figures.append(VerdictMatrix(page, height=height).figure)
        first = len(figures) - 1
        wanted = [band for band in bands if band in page.bands]
        drawn = wanted or telling_bands(page)[:BANDS_OF_A_METHOD]
        places[method] = (first, {band: first + 1 + k for k, band in enumerate(drawn)})
        figures += [DriftFigure(page, [band], height=400).figure for band in drawn]
    for one in figures:
        one.output_backend = "canvas"
    return figures, places


def _summary(pages: Mapping[str, DriftPage]) -> list[str]:
    """Say a sentence for each method: verdicts counted, updates that are due."""
    sentences = []
    for method, page in pages.items():
        steps = page.steps[page.steps["serial"] != ""]
        words = ("effective", "not effective", "not decidable")
        counts = ", ".join(f"{int((steps['verdict'] == word).sum())} {word}" for word in words)
        due = list(page.due.loc[page.due["verdict"] == "due", "band"])
        drifting = list(page.sensor.loc[page.sensor["alarm"], "band"])
        sentences.append(
            f"{name_of(method)}: of {plural(len(steps), 'update')} judged (band by band) {counts}. "
            f"Sensor drift seen in {', '.join(drifting) or 'no band'}; "
            f"an update is due in {', '.join(due) or 'no band'}."
        )
    return sentences
