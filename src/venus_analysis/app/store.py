"""What all sessions share: the project, loaded once per version, and pages computed from it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from venus_analysis.app.later import beside
from venus_analysis.calibrate.run_log_read import Run, read_run
from venus_analysis.errors import InputError
from venus_analysis.report.project import Places, Project, load_project, version_of
from venus_analysis.report.run_progress import latest_run

KEPT: Final = 256
ROWS_KEPT: Final = 5_000_000
"""Rows that the results kept may hold together, at 300 to 500 bytes each; about ten times
a ledger of ten years. A result alone may hold more."""
MOMENTS_KEPT: Final = 2
"""Views of the past kept beside the present: each holds the whole ledger in memory."""
SECONDS_BETWEEN_LOOKS: Final = 1.0
RUNS_READ: Final = 4
"""Newest logs, by name, that are looked into for a campaign that goes on."""
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
        self._projects: OrderedDict[str, Project] = OrderedDict()
        self._version = ""
        self._stamps: tuple[tuple[str, int], ...] = ()
        self._runs: list[Run] = []
        self._looked = float("-inf")
        self._derived: OrderedDict[Hashable, Any] = OrderedDict()
        self._foreseen: dict[Hashable, Future[Any]] = {}

    def project(self, as_of: str = "") -> Project:
        """Load the project, again only when something in its folders changed.

        Parameters
        ----------
        as_of
            The ledger as it was, as `venus_analysis.ledger.load` takes it; empty for now.
            Parameter files, events and exclusions are those of now.

        Raises
        ------
        InputError, LedgerError
            When the ledger cannot be read at all, or not as of then.
        """
        self._look()
        if as_of not in self._projects:
            self._projects[as_of] = load_project(self.places, as_of or None)
            past = [name for name in self._projects if name]
            for name in past[: -MOMENTS_KEPT or None]:
                del self._projects[name]
        return self._projects[as_of]

    def _look(self) -> None:
        """Forget everything when something in the folders changed."""
        now = monotonic()
        if now - self._looked >= SECONDS_BETWEEN_LOOKS:
            version = version_of(self.places)
            if self._version != version:
                self._projects.clear()
                self._derived.clear()
                self._foreseen.clear()
            self._version, self._looked = version, now

    def run(self) -> Run | None:
        """Campaign worth a line, from the newest logs; read again only when one changed."""
        folder = self.places.runs
        if folder is None or not folder.is_dir():
            return None
        logs = sorted(folder.glob("*.jsonl"), key=lambda path: path.name)[-RUNS_READ:]
        stamps = tuple((path.name, path.stat().st_size) for path in logs)
        if stamps != self._stamps:
            self._stamps, self._runs = stamps, [run for run in map(_run, logs) if run is not None]
        runs = sorted(self._runs, key=lambda run: run.started, reverse=True)
        return latest_run(runs, np.datetime64("now", "s"))

    def changed(self) -> None:
        """Look for changes at the next question, however soon it comes."""
        self._looked = float("-inf")

    def has(self, key: Hashable, as_of: str = "") -> bool:
        """Whether a result is at hand."""
        return (self.project(as_of).version, as_of, key) in self._derived

    def derived(self, key: Hashable, compute: Callable[[Project], T], as_of: str = "") -> T:
        """Give the result of a pure function of the project, kept while the project stays the same.

        Parameters
        ----------
        key
            Names the result: function and everything else it depends on.
        compute
            Makes it.
        as_of
            As for `project`.
        """
        project = self.project(as_of)
        whole = (project.version, as_of, key)
        if whole in self._derived:
            self._derived.move_to_end(whole)
        else:
            self._derived[whole] = self._made(whole, lambda: compute(project))
            self._forget_oldest()
        found: T = self._derived[whole]
        return found

    def _forget_oldest(self) -> None:
        """Drop what was asked for longest ago until the rest is few and small enough."""
        held = {key: rows_held(result) for key, result in self._derived.items()}
        while len(held) > KEPT or (len(held) > 1 and sum(held.values()) > ROWS_KEPT):
            oldest, _ = self._derived.popitem(last=False)
            del held[oldest]

    def foresee(self, key: Hashable, compute: Callable[[Project], T], as_of: str = "") -> None:
        """Compute a result beside the server's thread before anybody asks for it.

        Parameters
        ----------
        key, compute, as_of
            As for `derived`; what fails there is left for it to say.
        """
        project = self.project(as_of)
        whole = (project.version, as_of, key)

        if whole not in self._derived and whole not in self._foreseen:
            self._foreseen[whole] = beside(lambda: compute(project))

    def _made(self, whole: Hashable, compute: Callable[[], T]) -> T:
        """Wait for a result that is on its way; else compute it now."""
        coming = self._foreseen.pop(whole, None)
        if coming is None or coming.cancel():
            return compute()
        found: T = coming.result()
        return found


def rows_held(result: object) -> int:
    """Rows of the frames that a result is, or has as attributes as a page or a comparison does.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rows_held(SimpleNamespace(points=pd.DataFrame({"ratio": [1.0, 1.0]}), notes=()))
    2
    """
    own = (result, *getattr(result, "__dict__", {}).values())
    return sum(len(one) for one in own if isinstance(one, pd.DataFrame | pd.Index))


def _run(path: Path) -> Run | None:
    try:
        return read_run(path)
    except InputError:
        return None
