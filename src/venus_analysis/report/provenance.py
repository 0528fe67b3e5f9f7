"""Where a report's numbers come from: rows, software, parameters, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from venus_analysis.report.project import Project
from venus_analysis.report.wording import day, plural

SHOWN = 12


def provenance_rows(project: Project, snapshot: str) -> list[list[str]]:
    """Name and text of everything the numbers depend on.

    Parameters
    ----------
    project
        What is loaded.
    snapshot
        Name of the stored snapshot; empty when none could be stored.
    """
    frame = project.frame
    rows = [
        ["ledger", Path(project.places.ledger).name],
        ["snapshot", snapshot or "not stored"],
        ["data as of", f"{str(project.data_as_of).replace('T', ' ')} UTC"],
        ["rows", f"{len(frame)}, {plural(frame['run_id'].nunique(), 'run')}"],
        ["looks", f"{day(frame['time'].min())} to {day(frame['time'].max())}"],
    ]
    rows += [
        [words, _listed(frame[name])]
        for name, words in (
            ("instrument", "instruments"),
            ("reference", "references"),
            ("configuration", "configurations"),
            ("parameter_set", "parameter sets (PHGAIN)"),
            ("algorithm_version", "algorithm versions"),
            ("software_version", "software that calibrated"),
        )
    ]
    return [*rows, ["software of this report", _version()]]


def exclusion_rows(project: Project) -> list[list[str]]:
    """List looks left out by hand, with reason, person and date."""
    current = project.exclusions.current if project.exclusions is not None else ()
    return [
        [one.acquisition_id, one.band or "all bands", one.why, one.who, one.when[:10]]
        for one in current
    ]


def _listed(values: pd.Series[Any]) -> str:
    there: Sequence[Any] = sorted(values.unique().tolist())
    texts = [str(one) or "(none)" for one in there[:SHOWN]]
    return ", ".join(texts) + (f" and {len(there) - SHOWN} more" if len(there) > SHOWN else "")


def _version() -> str:
    from importlib.metadata import version

    return f"venus_analysis {version('venus-analysis')}"
