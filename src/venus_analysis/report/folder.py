"""The folder a meeting works from: report, PDF, pictures and tables under names that tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from venus_analysis.errors import InputError
from venus_analysis.ledger.convert import csv_bytes
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.report.acceptance import write_acceptance
from venus_analysis.report.drift_tables import points_csv
from venus_analysis.report.looked_at import looked_at_tables
from venus_analysis.report.manifest import take_away
from venus_analysis.report.names import file_stem
from venus_analysis.report.pdf import print_pdf
from venus_analysis.report.pictures import write_pictures
from venus_analysis.report.project import Project
from venus_analysis.report.table_columns import columns_table
from venus_analysis.report.write import Report, write_report

TABLES: Final = {"steps": "updates", "sensor": "sensor_drift", "due": "next_update",
                 "drifts": "drift_by_segment"}  # fmt: skip


@dataclass(frozen=True)
class MeetingFolder:
    """A folder that is written.

    Attributes
    ----------
    report
        The report in it.
    written
        Every file.
    missing
        A sentence for each kind of file that could not be made, and why.
    removed
        Files of the run before that this one did not write again.
    """

    report: Report
    written: tuple[Path, ...]
    missing: tuple[str, ...]
    removed: tuple[Path, ...] = ()


def write_folder(
    project: Project, folder: str | Path, *, since: str = "", bands: Sequence[str] = ()
) -> MeetingFolder:
    """Write everything a meeting needs.

    ``report.html`` and ``report.pdf``; ``figures/*.png``, the figures of the report;
    ``tables/*.csv``, what they are drawn from, with units and meanings in ``columns.csv``;
    ``acceptance.html``, ``.csv`` and ``.json`` where there are two mission phases. Names of
    figures and tables made from synthetic rows begin with SIMULATED; pages say it themselves.

    Parameters
    ----------
    project, since, bands
        As for `venus_analysis.report.write.write_report`.
    folder
        Made when it is not there; files of the same name are replaced, and what the run
        before wrote and this one does not is removed, see `manifest.take_away`.

    Returns
    -------
    MeetingFolder
        Without Chromium there is neither PDF nor PNG, and `missing` says so.

    Raises
    ------
    InputError
        As `write_report` does.
    """
    place, simulated = Path(folder), project.simulated
    report = write_report(project, place / "report.html", since=since, bands=bands)
    written = [report.path, *_tables(report, place / "tables", simulated)]
    if report.compared.acceptance is not None:
        written += write_acceptance(report.compared.acceptance, place).values()
    missing = []
    try:
        written.append(print_pdf(report.path, place / "report.pdf"))
        figures = {
            file_stem(name, simulated=simulated): one for name, one in report.figures.items()
        }
        written += write_pictures(figures, place / "figures")
    except InputError as error:
        missing.append(f"PDF and PNG are not complete: {error}.")
    removed = take_away(place, written)
    return MeetingFolder(report, tuple(written), tuple(missing), removed)


def _tables(report: Report, folder: Path, simulated: bool) -> Iterator[Path]:
    make_folder(folder)
    tables = dict(_frames(report))
    tables["columns"] = columns_table(tables)
    for name, table in tables.items():
        path = folder / f"{file_stem(name, simulated=simulated)}.csv"
        write_whole(path, csv_bytes(table))
        yield path


def _frames(report: Report) -> Iterator[tuple[str, pd.DataFrame]]:
    for method, page in report.pages.items():
        yield f"looks_{method}", points_csv(page)
        for name, words in TABLES.items():
            yield f"{words}_{method}", getattr(page, name).assign(simulated=page.simulated)
    yield from looked_at_tables(report.looks)
    fits = report.compared.fits
    rows: list[dict[str, Any]] = [
        {"band": band, **asdict(each), "simulated": one.simulated}
        for band, one in fits.items()
        for each in one.agreement
    ]
    if rows:
        yield "methods_agreement", pd.DataFrame(rows)
    found = report.compared.phases
    if found is not None:
        yield (
            f"phases_step_{found['before']['name']}_{found['after']['name']}",
            pd.DataFrame(
                [
                    {"band": band["band"], **one, "simulated": found["simulated"]}
                    for band in found["bands"]
                    for one in band["steps"]
                ]
            ),
        )
