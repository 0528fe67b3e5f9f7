"""What a page says when there is nothing to draw, or not everything; no Panel in here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from venus_analysis.report.project import Places, Project
from venus_analysis.report.tables import render


def empty_ledger(places: Places, theme: str = "light", as_of: str = "") -> str:
    """Page of a ledger without rows, now or as of then: how to fill it."""
    if as_of:
        return _message(
            f"The ledger had no rows as of {as_of}",
            ["Clear the choice “Ledger as of” on the left to see what it holds now."],
            [],
            theme,
        )
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


def broken(error: Exception, page: str, theme: str = "light") -> str:
    """Page whose making met an error nobody foresaw.

    Examples
    --------
    >>> "KeyError: &#39;band&#39;" in broken(KeyError("band"), "Overview")
    True
    """
    return _message(
        f"The page {page} cannot be drawn",
        [
            f"{type(error).__name__}: {error}.",
            "This is an error of the program, not of what you chose; the server's log has the "
            "details. The other pages go on working, and no result is lost.",
        ],
        [],
        theme,
    )


def warnings_html(texts: Sequence[str], theme: str = "light") -> str:
    """Sentences above a page, each once; empty for none."""
    if not texts:
        return ""
    alerts = [("open", text) for text in dict.fromkeys(texts)]
    return render("alerts.html.j2", alerts=alerts, most=6, theme=theme)


def stamp_html(project: Project, as_of: str = "") -> str:
    """Where the data stands, in two lines for the header.

    Parameters
    ----------
    project
        As loaded.
    as_of
        The moment chosen; empty for now.
    """
    rows = len(project.frame)
    first = f"{rows} rows" + (f" · ledger as of {as_of}" if as_of else "") if rows else "no rows"
    second = f"data as of {str(project.data_as_of).replace('T', ' ')} UTC" if rows else ""
    mark = "<b>SIMULATED</b> · " if project.simulated else ""
    return f"{mark}{escape(first)}<br>{second}"


def _message(title: str, texts: Sequence[str], commands: Sequence[str], theme: str) -> str:
    return render("message.html.j2", title=title, texts=texts, commands=commands, theme=theme)
