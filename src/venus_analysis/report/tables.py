"""HTML tables, the same in dashboard and report; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from venus_analysis.report import wording

THEMES: Final = ("light", "dark")


@dataclass(frozen=True)
class Cell:
    """Text of a table's cell.

    Parameters
    ----------
    text
        What it says.
    kind
        ``good``, ``bad``, ``open``, ``none`` for its colour, ``number`` to align it
        right, ``words`` for a sentence that needs room; empty for plain text.
    note
        Smaller text below.
    """

    text: str
    kind: str = ""
    note: str = ""


def verdict(word: str) -> Cell:
    """Cell of a verdict: mark, word and colour.

    Examples
    --------
    >>> verdict("effective")
    Cell(text='✓ effective', kind='good', note='')
    """
    mark = wording.MARKS.get(word, "")
    return Cell(f"{mark} {word}".strip(), wording.KINDS.get(word, ""))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell | str]],
    *,
    caption: str,
    theme: str = "light",
    empty: str = "Nothing to show.",
) -> str:
    """Make a table.

    Parameters
    ----------
    head
        Headings, with units.
    rows
        Cells; the first of each row is its heading.
    caption
        What the table shows, for those who cannot see the rest.
    theme
        ``light`` or ``dark``.
    empty
        Sentence instead of a table without rows.

    Returns
    -------
    str
        HTML with its style.

    Examples
    --------
    >>> "&lt;script&gt;" in table(["name"], [["<script>"]], caption="names")
    True
    """
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    return render("table.html.j2", head=head, rows=cells, caption=caption, theme=theme, empty=empty)


def render(template: str, **values: Any) -> str:
    """Fill a template of this package; every value is escaped."""
    html: str = _environment().get_template(template).render(**values)
    return html


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("venus_analysis.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["wording"] = wording
    return environment
