"""Pages inside a notebook: the same session as in a browser, its sidebar beside the body."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import panel as pn

from venus_analysis.app.query import Shown, to_query
from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.report.project import find_places

HEIGHT: Final = 760
"""Of a page below a cell, pixels: a cell's output has no height that a page could fill."""


def inline(
    folder: str | Path, page: str = "overview", *, sidebar: bool = True, **choices: Any
) -> Any:
    """Show one page of a project in a notebook; ``.show()`` opens it in a browser instead.

    Call ``panel.extension(inline=True)`` once in the notebook before it; otherwise Panel
    fetches its scripts from the network. The output is some 20 MB: do not save it.

    Parameters
    ----------
    folder
        As for `venus_analysis.report.project.find_places`.
    page
        Name of the page, see `venus_analysis.app.pages.PAGES`.
    sidebar
        Whether its choices stand beside it.
    **choices
        Fields of `venus_analysis.app.query.Shown`: ``band=("B1",)``, ``method="moon"``, ...

    Returns
    -------
    panel.Row
        A viewable of Panel.
    """
    shell = Shell(Store(find_places(folder)), to_query(Shown(page=page, **choices)), (page,))
    shell.complete()
    stamp = pn.pane.HTML(shell.stamp.object)
    body = pn.Column(stamp, shell.warnings, shell.body, sizing_mode="stretch_both")
    parts = [pn.Column(shell.sidebar.panel, width=290)] if sidebar and shell.sidebar else []
    return pn.Row(*parts, body, sizing_mode="stretch_width", height=HEIGHT, scroll=True)
