"""What changed since the last meeting: rows, files, decisions, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.ledger import history
from venus_analysis.ledger.moment import until
from venus_analysis.plot.style import name_of
from venus_analysis.report.pages import method_pages
from venus_analysis.report.project import Project, load_project
from venus_analysis.report.wording import day, plural, records
from venus_analysis.schema import IDENTITY


@dataclass(frozen=True)
class Changes:
    """Sentences on what happened after a date.

    Attributes
    ----------
    since
        The date as asked for.
    sentences
        What happened, the verdicts first.
    """

    since: str
    sentences: tuple[str, ...]


def changes_since(project: Project, pages: Mapping[str, DriftPage], since: str) -> Changes:
    """Compare a project with what its ledger held at the end of a day.

    Verdicts of then are those the present software finds on the rows of then, which
    name no later parameter file; events and exclusions that came later are left out.

    Parameters
    ----------
    project, pages
        Now.
    since
        Date or UTC time, as for `venus_analysis.ledger.load`.

    Returns
    -------
    Changes

    Raises
    ------
    InputError
        When `since` is no date.
    """
    moment = until(since)
    old = load_project(project.places, as_of=since)
    sentences = list(_verdicts(old, moment, pages))
    sentences += _rows(project, moment)
    sentences += _files(project, moment)
    sentences += [
        f"Event of {day(one.date)}: {one.label}." for one in project.events if one.date > moment
    ]
    decided = project.exclusions.history if project.exclusions is not None else ()
    sentences += [
        f"{one.acquisition_id} {one.band or '(all bands)'}: {one.action}d by {one.who}, {one.why}."
        for one in decided
        if _is_after(one.when, moment)
    ]
    return Changes(since, tuple(sentences) or (f"Nothing changed since {since}.",))


def _verdicts(old: Project, moment: np.datetime64, pages: Mapping[str, DriftPage]) -> list[str]:
    if old.frame.empty:
        return [f"The ledger had no rows at {day(moment)}: everything below is new."]
    if old.exclusions is not None:
        kept = tuple(one for one in old.exclusions.history if not _is_after(one.when, moment))
        old = replace(old, exclusions=replace(old.exclusions, history=kept))
    old = replace(old, events=tuple(one for one in old.events if one.date <= moment))
    before = {
        (method, one.band, one.serial, one.time): one.verdict
        for method, page in method_pages(old)[0].items()
        for one in records(page.steps)
    }
    found = []
    for method, page in pages.items():
        for one in records(page.steps):
            then = before.get((method, one.band, one.serial, one.time), "not seen yet")
            if then != one.verdict and one.serial:
                found.append(
                    f"{name_of(method)} {one.band}, update {one.serial}: {then} → {one.verdict}."
                )
    return found


def _rows(project: Project, moment: np.datetime64) -> list[str]:
    rows = history(project.places.ledger).frame
    new = rows[rows["committed"].to_numpy() > moment]
    found = []
    for method, part in new[new["current"]].groupby("method"):
        looks = part["acquisition_id"].nunique()
        dates = f"{day(part['time'].min())} to {day(part['time'].max())}"
        found.append(
            f"{name_of(str(method))}: {plural(len(part), 'new row')} of "
            f"{plural(looks, 'acquisition')} ({dates})."
        )
    then = _withdrawn(history(project.places.ledger, as_of=moment).frame)
    now = _withdrawn(rows)
    for word, changed in (("withdrawn", now - then), ("put back", then - now)):
        if changed:
            found.append(f"{plural(len(changed), 'row')} of the ledger {word}.")
    return found


def _withdrawn(rows: pd.DataFrame) -> set[tuple[str, ...]]:
    """Identities of the rows that are withdrawn."""
    return set(rows.loc[rows["withdrawn"], list(IDENTITY)].itertuples(index=False, name=None))


def _files(project: Project, moment: np.datetime64) -> list[str]:
    if project.registry is None:
        return []
    return [
        f"Parameter file {file.path.name}, valid from {day(file.validity[0])}."
        for file in project.registry.files
        if file.error is None and file.header.creation > moment
    ]


def _is_after(when: str, moment: np.datetime64) -> bool:
    """Whether a decision, known to the second, is later."""
    return bool(np.datetime64(when.removesuffix("Z"), "s") >= moment.astype("datetime64[s]"))
