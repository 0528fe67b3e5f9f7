"""One page on drift for each method of a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.newest import settle
from venus_analysis.calibrate.drift.page import DriftPage, drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.errors import InputError
from venus_analysis.report.project import Project

PREFERRED: Final = ("moon", "desert", "sno")
"""Methods in the order in which they are shown."""


def ordered_methods(methods: Sequence[str]) -> tuple[str, ...]:
    """Methods in the order of `PREFERRED`, further ones by name.

    Examples
    --------
    >>> ordered_methods(["sno", "rayleigh", "moon"])
    ('moon', 'sno', 'rayleigh')
    """
    first = [name for name in PREFERRED if name in methods]
    return (*first, *sorted(set(methods) - set(PREFERRED)))


def method_page(project: Project, method: str) -> DriftPage:
    """Page of a method, all bands, as produced.

    Raises
    ------
    InputError
        When its rows make no series.
    """
    selection, notes = settle(project.frame, Selection(method=method))
    return drift_page(
        project.frame,
        selection,
        registry=project.registry,
        events=project.events,
        exclusions=project.exclusions,
        notes=notes,
    )


def method_pages(
    project: Project, page_of: Callable[[Project, str], DriftPage] = method_page
) -> tuple[dict[str, DriftPage], tuple[str, ...]]:
    """Page of every method.

    Parameters
    ----------
    project
        What is loaded.
    page_of
        Makes the page of a method, or gives one that is at hand.

    Returns
    -------
    dict
        Method to its page.
    tuple of str
        A sentence for each method that has none.
    """
    pages: dict[str, DriftPage] = {}
    problems: list[str] = []
    for method in ordered_methods(project.frame["method"].unique().tolist()):
        try:
            pages[method] = page_of(project, method)
        except InputError as error:
            problems.append(f"The method {method} is left out: {error}.")
    return pages, tuple(problems)


def telling_bands(page: DriftPage) -> list[str]:
    """Bands by how much there is to see: refused updates first, then the strongest drift.

    Returns
    -------
    list of str
        Every band with a drift or an update.
    """
    refused = page.steps[page.steps["verdict"] == "not effective"].groupby("band").size()
    strength = page.sensor.set_index("band")["drift"].abs()
    found = pd.DataFrame({"refused": refused, "strength": strength}).fillna(0.0)
    order = np.lexsort((-found["strength"], -found["refused"]))
    return [str(found.index[k]) for k in order]
