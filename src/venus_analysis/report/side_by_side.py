"""Methods and mission phases of a project side by side, for dashboard and report alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import Any

import numpy as np

from venus_analysis.calibrate.compare.acceptance import Acceptance, acceptance
from venus_analysis.calibrate.compare.chosen import (
    Settled,
    comparable_rows,
    default_epoch,
    settled_rows,
    two_phases,
)
from venus_analysis.calibrate.compare.comparison import phases_by_band
from venus_analysis.calibrate.compare.criteria import read_criteria
from venus_analysis.calibrate.compare.method_fits import MethodFits, fit_methods
from venus_analysis.calibrate.drift.selection import Selection, by_wavelength
from venus_analysis.compute.compare.mission_phases import Phase
from venus_analysis.errors import InputError
from venus_analysis.report.project import Project


class Comparison:
    """Methods of one project under one selection; every result is computed once.

    Parameters
    ----------
    project
        What is loaded.
    selection
        Period, phase and instrument; by default everything of the newest instrument.
    settled
        From `settled_rows` of this project and selection, where it is at hand.

    Attributes
    ----------
    rows
        Rows compared, of `Project.compared`: of a large ledger a sixth of its size.
    notes
        Sentences on what was chosen.
    bands
        By wavelength.
    """

    def __init__(
        self,
        project: Project,
        selection: Selection | None = None,
        settled: Settled | None = None,
    ) -> None:
        self.project, self.selection = project, selection
        asked = Selection() if selection is None else selection
        settled = settled or settled_rows(project.compared, asked)
        self.rows, self.notes = settled.within(asked)
        self.bands = by_wavelength(self.rows["band"].unique())
        self._fits: dict[str, MethodFits | None] = {}
        self._phases: Iterator[dict[str, Any]] | None = None
        self._found: dict[str, Any] = {}
        self._one_at_a_time = Lock()
        self._moved: dict[tuple[str, np.datetime64], MethodFits] = {}

    @cached_property
    def epoch(self) -> np.datetime64:
        """Day on which the methods are made equal, see `default_epoch`."""
        return default_epoch(self.rows)

    def fits(self, band: str, epoch: np.datetime64 | None = None) -> MethodFits:
        """Methods of one band, equal at a date.

        Raises
        ------
        InputError
            When no look of the band is usable.
        """
        self._fit([band])
        own = self._fits[band]
        if own is None:
            raise InputError(band, "usable looks", "none", "choose another band")
        if epoch is None:
            return own
        key = (band, epoch)
        if key not in self._moved:
            if len(self._moved) > 8 * len(self.bands):
                self._moved.clear()
            self._moved[key] = own.at(epoch)
        return self._moved[key]

    @property
    def every_is_ready(self) -> bool:
        """Whether `every` has been computed."""
        return all(band in self._fits for band in self.bands)

    def every(self) -> dict[str, MethodFits]:
        """Fits of all bands that have usable looks."""
        self._fit(self.bands)
        return {band: own for band, own in self._fits.items() if own is not None}

    def _fit(self, bands: Sequence[str]) -> None:
        missing = [band for band in bands if band not in self._fits]
        if missing:
            found = fit_methods(
                self.rows, missing, events=self.project.events,
                exclusions=self.project.exclusions, registry=self.project.registry,
                epoch=self.epoch,
            )  # fmt: skip
            fits = self._fits | {band: found.get(band) for band in missing}
            self._fits = {band: fits[band] for band in by_wavelength(fits)}

    @property
    def phases_are_ready(self) -> bool:
        """Whether `phases` has been computed."""
        return bool(self._found) and "to_come" not in self._found

    @property
    def acceptance_is_ready(self) -> bool:
        """Whether `acceptance` has been computed."""
        return "acceptance" in vars(self)

    def two_phases(self) -> tuple[Phase, Phase]:
        """Give the first and the last mission phase.

        Raises
        ------
        InputError
            When there are not two.
        """
        return self._two_phases

    @cached_property
    def _two_phases(self) -> tuple[Phase, Phase]:
        return two_phases(self.rows)

    @property
    def phases(self) -> dict[str, Any]:
        """Comparison of the first with the last mission phase.

        Raises
        ------
        InputError
            When there are not two phases.
        """
        return self.more_phases(len(self.bands))

    @property
    def phases_so_far(self) -> dict[str, Any]:
        """What `more_phases` gave last; empty before."""
        return self._found

    def more_phases(self, bands: int, still: Callable[[], bool] = lambda: True) -> dict[str, Any]:
        """Comparison of the phases in so many bands more than before, at most in all.

        Parameters
        ----------
        bands
            How many, at least 1.
        still
            Asked after each band whether somebody waits for the next.

        Returns
        -------
        dict
            As from `calibrate.compare.comparison.phases_by_band`.
        """
        with self._one_at_a_time:
            if self._phases is None:
                before, after = self.two_phases()
                project = self.project
                self._phases = phases_by_band(
                    self.rows, before, after, events=project.events,
                    exclusions=project.exclusions, registry=project.registry, outlook=False,
                )  # fmt: skip
            try:
                for found in islice(self._phases, max(bands, 1)):
                    self._found = found
                    if not still():
                        break
            except BaseException:
                self._phases = None  # what has failed cannot go on
                raise
            return self._found

    @cached_property
    def acceptance(self) -> Acceptance:
        """Verdicts on the default criteria, which look at columns beyond `COMPARED`."""
        before, after = self.two_phases()
        project = self.project
        rows, _ = comparable_rows(project.frame, self.selection)
        return acceptance(
            rows, before, after, read_criteria(None), events=project.events,
            exclusions=project.exclusions, registry=project.registry,
        )  # fmt: skip
