"""How a page on drift is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from venus_analysis.calibrate.drift.in_force import Tdi
from venus_analysis.calibrate.drift.views import VIEWS, ViewName
from venus_analysis.compute.drift.design import MODELS
from venus_analysis.compute.drift.models import Estimator
from venus_analysis.compute.drift.updates import Slopes
from venus_analysis.errors import InputError

EstimatorName = Literal["huber", "weighted", "theil_sen"]
ESTIMATORS: Final = ("huber", "weighted", "theil_sen")
AUTO: Final = "auto"
SITE_WANDER: Final = {"desert": 0.003}
"""Relative standard uncertainty of a step beyond the scatter."""
YEARLY_WANDER: Final = {"desert": 0.0015}
"""Random walk of a site, relative, after a year (k = 1): sites are known to be stable
within 0.1 to 0.2 % a year."""


@dataclass(frozen=True)
class Options:
    """Choices of a page; every one has a default.

    Attributes
    ----------
    view, serial
        See `views.view_of`.
    model
        ``auto`` (by AICc), or one of `compute.drift.design.MODELS`.
    estimator
        ``huber``, ``weighted`` least squares, or ``theil_sen`` (a line; updates are
        then judged with Huber).
    slopes
        ``own`` in each segment when updates are judged, or ``common``.
    break_times
        Further dates at which all series may step, UTC.
    confidence
        Probability of the intervals; alarms on drift are raised on 99 %.
    criterion
        Relative departure that calls for an update.
    target
        Ratio an update should restore; None for the level at the first look, which
        corrects drift and leaves the method's absolute level alone.
    when
        Date at which an update's being due is judged; None for the last look.
    site_wander
        Relative standard uncertainty of steps and levels beyond the scatter; None for
        0.003 over deserts and 0 elsewhere.
    season, lunar, monthly
        See `gather.looks_of`.
    tdi, sites
        See `views.view_of`.
    """

    view: ViewName = "as produced"
    serial: str = ""
    model: str = AUTO
    estimator: EstimatorName = "huber"
    slopes: Slopes = "own"
    break_times: tuple[np.datetime64, ...] = ()
    confidence: float = 0.95
    criterion: float = 0.01
    target: float | None = None
    when: np.datetime64 | None = None
    site_wander: float | None = None
    season: bool = False
    lunar: bool | None = None
    monthly: bool | None = None
    tdi: Tdi = None
    sites: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for name, given, known in (
            ("view", self.view, VIEWS),
            ("model", self.model, (AUTO, *MODELS)),
            ("estimator", self.estimator, ESTIMATORS),
        ):
            if given not in known:
                raise InputError(name, f"one of {', '.join(known)}", repr(given), "choose one")
        if self.estimator == "theil_sen" and self.model not in (AUTO, "linear"):
            raise InputError(
                "estimator theil_sen", "the model linear", self.model, "choose huber instead"
            )
        if not self.criterion > 0.0:
            raise InputError("criterion", "a number above 0", f"{self.criterion}", "such as 0.01")

    @property
    def fitted_with(self) -> Estimator:
        """Estimator of models with more than a line: Huber in place of Theil–Sen."""
        return "weighted" if self.estimator == "weighted" else "huber"

    def wander(self, method: str) -> float:
        """Site wander of a method.

        Examples
        --------
        >>> Options().wander("desert"), Options(site_wander=0.001).wander("desert")
        (0.003, 0.001)
        """
        return SITE_WANDER.get(method, 0.0) if self.site_wander is None else self.site_wander
