"""From what is shown to methods and phases side by side, kept for all sessions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from venus_analysis.app.drift_page import selection_of
from venus_analysis.app.later import beside
from venus_analysis.app.query import Shown
from venus_analysis.app.store import Store
from venus_analysis.calibrate.compare.chosen import settled_rows
from venus_analysis.errors import VenusAnalysisError
from venus_analysis.report.side_by_side import Comparison


def warm_comparison(store: Store) -> None:
    """Compute beside the server's thread what the first view of the two pages shows."""
    with suppress(VenusAnalysisError):
        comparison = comparison_of(store, Shown())
        comparison.two_phases()
        beside(lambda: (comparison.every(), comparison.phases))


def comparison_of(store: Store, shown: Shown) -> Comparison:
    """Comparison under the choices shown, kept while the ledger stays the same.

    Raises
    ------
    InputError
        When no method has a look under them.
    """
    selection = replace(selection_of(shown), method="", site="", reference="", configuration="")
    always = replace(selection, since=None, until=None)
    settled = store.derived(
        ("settled", always), lambda project: settled_rows(project.compared, always), shown.as_of
    )
    return store.derived(
        ("comparison", selection),
        lambda project: Comparison(project, selection, settled),
        shown.as_of,
    )
