"""What a page says when there is nothing to draw, or not everything; no Panel in here."""

from __future__ import annotations

from collections.abc import Sequence

from venus_analysis.report.project import Places, Project
from venus_analysis.report.tables import render


def empty_ledger(places: Places, theme: str = "light") -> str:
    """Page of a ledger without rows: how to fill it."""
    return _message(
        "The ledger has no rows yet",
        [
            f"Nothing was calibrated into {places.ledger} so far. Calibrate acquisitions, or make "
            "a synthetic mission to look around; this page shows the first rows by itself.",
        ],
        [
            f"venus-analysis moon YOUR_MOON_IMAGE.nc --response venus --ledger {places.ledger}",
            "venus-analysis simulate mission demo-output",
        ],
        theme,
    )


def no_series(reason: str, theme: str = "light") -> str:
    """Page of choices that make no series: why, and what to change."""
    return _message(
        "These choices show no series",
        [f"{reason}.", "Change the choices on the left."],
        [],
        theme,
    )


def failed(reason: str, places: Places, theme: str = "light") -> str:
    """Page of a ledger that cannot be read."""
    return _message(
        "The ledger cannot be read",
        [f"{reason}.", "Results are not lost by this: the parts on disk never change."],
        [f"venus-analysis ledger check {places.ledger}"],
        theme,
    )


def warnings_html(texts: Sequence[str], theme: str = "light") -> str:
    """Sentences above a page, each once; empty for none."""
    if not texts:
        return ""
    alerts = [("open", text) for text in dict.fromkeys(texts)]
    return render("alerts.html.j2", alerts=alerts, most=6, theme=theme)


def provenance(project: Project) -> str:
    """Where the data stands, in a line for the header."""
    rows = len(project.frame)
    stamp = str(project.data_as_of).replace("T", " ")
    return f"{rows} rows, data as of {stamp} UTC" if rows else "no rows"


def _message(title: str, texts: Sequence[str], commands: Sequence[str], theme: str) -> str:
    return render("message.html.j2", title=title, texts=texts, commands=commands, theme=theme)
