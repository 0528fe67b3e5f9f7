"""Whether the next update is due, and which Ak it would carry, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.fits import BandFit, fit_bands
from venus_analysis.calibrate.drift.looks import Floats, Looks
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.compute.drift.due import DueUpdate, update_due
from venus_analysis.compute.drift.intervals import predicted
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.verdicts import NOT_EFFECTIVE

SMOOTH_DRIFT: Final = ("linear", "ageing")
STEPPED_DRIFT: Final = ("step_linear", "step_ageing")
DOUBT: Final = "But first find out why the update to"
DUE_COLUMNS: Final = (
    "band", "when", "departure", "lower", "upper", "absolute_gain", "u_absolute_gain", "target",
    "verdict", "due_on", "sentence",
)  # fmt: skip


def due_table(
    looks: Looks,
    gain: Floats,
    first_gain: Floats,
    breaks: Sequence[NDArray[np.datetime64]],
    when: np.datetime64,
    options: Options,
    wander: float,
) -> pd.DataFrame:
    """Tell for each band whether an update is due and which Ak it would carry.

    The sensor's sensitivity is fitted with a line, or with ageing (a line and a loss that
    slows down), whichever AICc prefers, with steps where `breaks` says so, and taken to
    `when`.

    Parameters
    ----------
    looks
        Sensor sensitivity, ratio * Ak.
    gain, first_gain
        (band,) Ak in force, and that of the first look.
    breaks
        For each band, dates at which the sensitivity steps.
    when
        Date to judge at.
    options
        Criterion, confidence, and the target: a ratio, or None for the ratio that the
        model had at the first look, whose uncertainty is then added.
    wander
        Relative standard uncertainty beyond the scatter.

    Returns
    -------
    pandas.DataFrame
        Columns `DUE_COLUMNS`, one row per band that could be fitted.
    """
    ratio = looks.scaled(1.0 / gain)
    stepping = np.array([len(one) > 0 for one in breaks], np.bool_)
    fits: list[BandFit] = []
    for chosen, models in ((~stepping, SMOOTH_DRIFT), (stepping, STEPPED_DRIFT)):
        members = np.flatnonzero(chosen & np.isfinite(gain) & (looks.count > 0))
        if len(members):
            steps = [breaks[int(k)] for k in members]
            fits += fit_bands(ratio.of(members), steps, models, logarithm=False)
    shift = dict(zip(looks.bands, gain / first_gain, strict=True))
    now = dict(zip(looks.bands, gain, strict=True))
    rows: dict[str, tuple[object, ...]] = {}
    for fit in {id(one.fit): one.fit for one in fits}.values():
        own = sorted((one for one in fits if one.fit is fit), key=lambda one: one.member)
        every = [one for one in fits if one.fit.series is fit.series]
        bands = [one.band for one in sorted(every, key=lambda one: one.member)]
        aim, u_aim = _target(fit, [shift[band] for band in bands], options.target)
        found = update_due(
            fit,
            when,
            np.array([now[band] for band in bands]),
            target=aim,
            criterion=options.criterion,
            further_uncertainty=np.hypot(wander, u_aim),
            confidence=options.confidence,
        )
        rows |= {one.band: _due(one, found, aim, when) for one in own if one.good}
    table = [rows[band] for band in looks.bands if band in rows]
    return pd.DataFrame(table, columns=list(DUE_COLUMNS))


def doubted(due: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Add to the sentences which Ak rests on a doubtful one, since an update failed.

    Parameters
    ----------
    due
        From `due_table`: the Ak it gives comes from ratio * Ak as recorded.
    steps
        From `steps.step_table`, of the same bands.

    Examples
    --------
    >>> due = pd.DataFrame({"band": ["B1", "B2"], "sentence": ["Due.", "Due."]})
    >>> steps = pd.DataFrame({"band": ["B2"], "serial": ["00009"], "verdict": ["not effective"]})
    >>> for sentence in doubted(due, steps)["sentence"]:
    ...     print(sentence)
    Due.
    Due. But first find out why the update to 00009 was not effective: the Ak in use may not \
be the one recorded.
    """
    failed = steps[steps["verdict"] == NOT_EFFECTIVE].groupby("band")["serial"].last()
    doubts = due["band"].map(failed)
    told = (
        f" {DOUBT} "
        + doubts.astype(object)
        + " was not effective: the Ak in use may not be the one recorded."
    )
    return due.assign(sentence=due["sentence"] + told.where(doubts.notna(), ""))


def doubt_in(sentence: str) -> str:
    """Give the part of a sentence on a proposal that `doubted` added; empty for none.

    Examples
    --------
    >>> doubt_in("Due."), doubt_in("Due. But first find out why the update to 9 failed.")
    ('', 'But first find out why the update to 9 failed.')
    """
    place = sentence.find(DOUBT)
    return sentence[place:] if place >= 0 else ""


def _target(fit: Fit, shift: Sequence[float], target: float | None) -> tuple[Floats, Floats]:
    """Ratio to restore, (member,), and its relative standard uncertainty."""
    if target is not None:
        return np.full(len(shift), target), np.zeros(len(shift))
    first = fit.series.date_of([fit.series.years[fit.series.valid].min()])
    level = predicted(fit, first)
    ratio = np.where(level.value[:, 0] > 0.0, level.value[:, 0], 1.0)
    return ratio * np.array(shift), np.nan_to_num(level.standard_uncertainty[:, 0] / ratio)


def _due(one: BandFit, found: DueUpdate, aim: Floats, when: np.datetime64) -> tuple[object, ...]:
    k = one.member
    departure, gain = found.departure, found.absolute_gain
    return (
        one.band,
        when.astype("datetime64[s]"),
        departure.value[k],
        departure.lower[k],
        departure.upper[k],
        gain.value[k],
        gain.standard_uncertainty[k],
        aim[k],
        str(found.verdict[k]),
        found.due_on[k],
        str(found.sentence[k]),
    )
