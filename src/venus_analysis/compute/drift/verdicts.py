"""Verdicts on parameter updates: the rules, and the sentences they are told in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.compute.drift.series import Floats

EFFECTIVE: Final = "effective"
NOT_EFFECTIVE: Final = "not effective"
NOT_DECIDABLE: Final = "not decidable"

_INTERVALS: Final = ("drift_before", "observed", "drift_after")
_PARTS: Final = ("value", "standard_uncertainty", "lower", "upper")


@dataclass(frozen=True)
class Judgement:
    """Updates judged on series, all arrays (..., update).

    Attributes
    ----------
    update_time
        (update,) UTC.
    drift_before, drift_after
        Relative drift per year in the segments before and after.
    expected
        Relative step that the change of Ak makes: Ak_before / Ak_after - 1.
    observed
        Relative step seen, with its interval.
    verdict
        `EFFECTIVE`, `NOT_EFFECTIVE` or `NOT_DECIDABLE`.
    sentence
        The verdict and its numbers in words.
    more_looks, decidable_on
        For what is not decidable: further looks at the present cadence after which
        it probably is, and their date; inf and NaT when no number of looks will.
        0 and NaT for what is decided.
    """

    update_time: NDArray[np.datetime64]
    drift_before: Interval
    expected: Floats
    observed: Interval
    drift_after: Interval
    verdict: NDArray[np.object_]
    sentence: NDArray[np.object_]
    more_looks: Floats
    decidable_on: NDArray[np.datetime64]


class Verdicts:
    """Results under construction, arrays (series, update)."""

    def __init__(self, updates: NDArray[np.datetime64], expected: Floats) -> None:
        shape = expected.shape
        self.updates, self.expected = updates, expected
        self.numbers = {
            name: {part: np.full(shape, np.nan) for part in _PARTS} for name in _INTERVALS
        }
        self.verdict = np.full(shape, NOT_DECIDABLE, object)
        self.sentence = np.full(shape, "", object)
        self.more_looks = np.full(shape, np.inf)
        self.decidable_on = np.full(shape, np.datetime64("NaT"), "datetime64[s]")

    def put(self, members: NDArray[np.intp], update: int, name: str, found: Interval) -> None:
        """Store one quantity of some series."""
        for part in _PARTS:
            self.numbers[name][part][members, update] = getattr(found, part).ravel()

    def explain(
        self,
        members: NDArray[np.intp],
        counts: NDArray[Any],
        pattern: NDArray[np.bool_],
        fewest: int,
    ) -> None:
        """Say which segments are too thin."""
        for update, date in enumerate(self.updates.astype("datetime64[D]")):
            for side, where in ((update, "before"), (update + 1, "after")):
                if pattern[side]:
                    continue
                for member, number in zip(members, counts[:, side], strict=True):
                    self.sentence[member, update] = (
                        f"Not decidable: looks on {number} dates next {where} the update of "
                        f"{date}, at least {fewest} are needed."
                    )

    def decide(
        self, members: NDArray[np.intp], update: int, refusal: Interval, reasons: tuple[str, ...]
    ) -> None:
        """Apply the rules of `judge_updates`."""
        for j, member in enumerate(members):
            if reasons[j]:
                self.sentence[member, update] = f"Not decidable: {reasons[j]}"
                continue
            seen = {part: self.numbers["observed"][part][member, update] for part in _PARTS}
            wanted = self.expected[member, update]
            if np.isnan(wanted):
                self.sentence[member, update] = "Not decidable: the change of Ak is not known."
                continue
            refused = not refusal.lower[j] <= wanted <= refusal.upper[j]
            nonzero = seen["lower"] > 0.0 if wanted > 0.0 else seen["upper"] < 0.0
            if refused:
                verdict = NOT_EFFECTIVE
            elif nonzero and wanted != 0.0:
                verdict = EFFECTIVE
            else:
                verdict = NOT_DECIDABLE
            decided = verdict != NOT_DECIDABLE
            self.verdict[member, update] = verdict
            self.more_looks[member, update] = 0.0 if decided else np.inf
            self.sentence[member, update] = (
                f"{verdict.capitalize()}: a step of {seen['value']:+.2%} "
                f"[{seen['lower']:+.2%}, {seen['upper']:+.2%}] where {wanted:+.2%} was expected."
            )

    def outlook(self, member: int, update: int, needed: float, date: np.datetime64) -> None:
        """Say when a step can be decided."""
        self.more_looks[member, update], self.decidable_on[member, update] = needed, date
        if self.expected[member, update] == 0.0:
            more = " Ak did not change: there is nothing to decide."
        elif np.isfinite(needed):
            more = (
                f" Probably decidable with {needed:.0f} more looks, about {date.astype('M8[D]')}."
            )
        else:
            more = " Further looks of this kind will not decide it."
        self.sentence[member, update] += more

    def judgement(self, lead: tuple[int, ...]) -> Judgement:
        """Give the finished arrays."""
        shape = (*lead, len(self.updates))
        found = {
            name: Interval(*(parts[part].reshape(shape) for part in _PARTS))
            for name, parts in self.numbers.items()
        }
        return Judgement(
            self.updates,
            found["drift_before"],
            self.expected.reshape(shape),
            found["observed"],
            found["drift_after"],
            self.verdict.reshape(shape),
            self.sentence.reshape(shape),
            self.more_looks.reshape(shape),
            self.decidable_on.reshape(shape),
        )
