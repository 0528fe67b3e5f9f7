"""What all sessions share: the project, loaded once per version, and pages computed from it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, Final, TypeVar

from venus_analysis.report.project import Places, Project, load_project, version_of

KEPT: Final = 64
SECONDS_BETWEEN_LOOKS: Final = 1.0
T = TypeVar("T")


class Store:
    """Project and results derived from it; read by every session, on the server's one thread.

    Parameters
    ----------
    places
        As from `venus_analysis.report.project.find_places`.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._project: Project | None = None
        self._looked = float("-inf")
        self._derived: OrderedDict[Hashable, Any] = OrderedDict()

    def project(self) -> Project:
        """Load the project, again only when something in its folders changed.

        Raises
        ------
        InputError, LedgerError
            When the ledger cannot be read at all.
        """
        now = monotonic()
        if self._project is None or now - self._looked >= SECONDS_BETWEEN_LOOKS:
            version = version_of(self.places)
            if self._project is None or self._project.version != version:
                self._project = load_project(self.places)
                self._derived.clear()
            self._looked = now
        return self._project

    def changed(self) -> None:
        """Look for changes at the next question, however soon it comes."""
        self._looked = float("-inf")

    def has(self, key: Hashable) -> bool:
        """Whether a result is at hand."""
        return (self.project().version, key) in self._derived

    def derived(self, key: Hashable, compute: Callable[[Project], T]) -> T:
        """Give the result of a pure function of the project, kept while the project stays the same.

        Parameters
        ----------
        key
            Names the result: function and everything else it depends on.
        compute
            Makes it.
        """
        project = self.project()
        whole = (project.version, key)
        if whole in self._derived:
            self._derived.move_to_end(whole)
        else:
            self._derived[whole] = compute(project)
            while len(self._derived) > KEPT:
                self._derived.popitem(last=False)
        found: T = self._derived[whole]
        return found
