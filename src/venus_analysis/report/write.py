"""Put a report together: one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.errors import InputError, LedgerError
from venus_analysis.ledger import snapshot as keep_snapshot
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.plot.style import name_of
from venus_analysis.report.changes import Changes, changes_since
from venus_analysis.report.compared import (
    Compared,
    Section,
    compared_numbers,
    compared_of,
    sections_of,
)
from venus_analysis.report.drift_tables import drift_table, due_table, verdict_table
from venus_analysis.report.headline import band_line
from venus_analysis.report.looked_at import (
    LookedAt,
    looked_at,
    looked_at_numbers,
    looked_at_sections,
)
from venus_analysis.report.numbers import numbers, script_json
from venus_analysis.report.overview import overview
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
    pages, compared, looks
        What the tables are made from.
    changes
        Since the last meeting; None when no date was given.
    figures
        Name of a picture to its figure.
    """

    path: Path
    snapshot: str
    numbers: dict[str, Any]
    problems: tuple[str, ...]
    pages: Mapping[str, DriftPage] = field(repr=False)
    compared: Compared = field(repr=False)
    looks: LookedAt = field(repr=False)
    changes: Changes | None = field(repr=False)
    figures: Mapping[str, Any] = field(repr=False)


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
    compared = compared_of(project)
    looks = looked_at(project, pages)
    problems = (*problems, *compared.problems, *looks.problems)
    found = numbers(project, pages, snapshot, since)
    found |= compared_numbers(compared) | looked_at_numbers(looks)
    sections = sections_of(compared, bands) + looked_at_sections(looks, project, pages, bands)
    drawn = _figures(pages, bands)
    html = _html(project, pages, changes, problems, found, drawn, sections)
    path = Path(path)
    try:
        make_folder(path.parent)
        write_whole(path, html.encode())
    except OSError as error:
        raise InputError(path, "a folder to write to", str(error), "choose another") from error
    pictures = {"drift_overview": drawn.overview}
    for method, own in drawn.methods.items():
        pictures[f"updates_{method}"] = own.matrix
        pictures |= {f"drift_{method}_{band}": one for band, one in own.series.items()}
    for section in sections:
        pictures |= {name: figure for name, (_, figure) in section.figures.items()}
    return Report(path, snapshot, found, problems, pages, compared, looks, changes, pictures)


def _snapshot(project: Project) -> tuple[str, tuple[str, ...]]:
    """Keep the rows reported on; a ledger that is only read is reported on all the same."""
    try:
        return keep_snapshot(project.places.ledger, project.frame), ()
    except LedgerError as error:
        return "", (f"No snapshot was stored, so that this report cannot be made again: {error}.",)


@dataclass(frozen=True)
class _OfMethod:
    """Figures of one method: its verdicts, and the series of some bands."""

    matrix: Any
    series: dict[str, Any]


@dataclass(frozen=True)
class _Drawn:
    """Figures of the drift: all methods over wavelength, then each method."""

    overview: Any
    methods: dict[str, _OfMethod]


def _html(
    project: Project,
    pages: Mapping[str, DriftPage],
    changes: Changes | None,
    problems: Sequence[str],
    found: Mapping[str, Any],
    drawn: _Drawn,
    compared: Sequence[Section],
) -> str:
    from bokeh.document import Document
    from bokeh.embed import components
    from bokeh.resources import Resources

    figures = [drawn.overview]
    for own in drawn.methods.values():
        figures += [own.matrix, *own.series.values()]
    for section in compared:
        figures += [figure for _, figure in section.figures.values()]
    document = Document()
    with document.models.freeze():  # else every figure added goes through all the others again
        for one in figures:
            one.output_backend = "canvas"
            document.add_root(one)
    script, made = components(figures, wrap_script=False)
    divs = {figure.id: div for figure, div in zip(figures, made, strict=True)}
    document.clear()  # so that a notebook can show them, or a folder draw them
    matrix = overview(pages)
    return render(
        "report.html.j2",
        title=TITLE,
        simulated=project.simulated,
        bokeh=Resources(mode="inline", components=["bokeh"]).js_raw,
        script=script,
        numbers=script_json(found),
        overview_figure=divs[drawn.overview.id],
        matrix_html=matrix.html(),
        alerts_html=matrix.alerts_html(most=10),
        summary=_summary(pages),
        changes=changes,
        problems=problems,
        sections=[
            {
                "name": name_of(method),
                "anchor": f"method-{number}",
                "matrix": divs[drawn.methods[method].matrix.id],
                "figures": [
                    {"div": divs[figure.id], "line": band_line(page, band)}
                    for band, figure in drawn.methods[method].series.items()
                ],
                "verdicts": verdict_table(page),
                "drifts": drift_table(page),
                "due": due_table(page),
            }
            for number, (method, page) in enumerate(pages.items())
        ],
        compared=[
            {
                "name": one.name,
                "anchor": one.anchor,
                "facts": one.facts,
                "legend": one.legend,
                "details": one.details,
                "figures": [
                    {"div": divs[figure.id], "line": line, "beside": figure.sizing_mode == "fixed"}
                    for line, figure in one.figures.values()
                ],
            }
            for one in compared
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


def _figures(pages: Mapping[str, DriftPage], bands: Sequence[str]) -> _Drawn:
    from venus_analysis.plot.drift import DriftFigure, DriftOverview, VerdictMatrix

    methods = {}
    for method, page in pages.items():
        wanted = [band for band in bands if band in page.bands]
        shown = wanted or telling_bands(page)[:BANDS_OF_A_METHOD]
        methods[method] = _OfMethod(
            VerdictMatrix(page, height=90 + 34 * len(page.bands)).figure,
            {band: DriftFigure(page, [band], height=400).figure for band in shown},
        )
    return _Drawn(DriftOverview(list(pages.values()), height=420).figure, methods)


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
