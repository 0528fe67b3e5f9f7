"""What a reader should look at first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from venus_analysis.calibrate.drift.judge import STEP_SEEN
from venus_analysis.compute.drift.due import DUE
from venus_analysis.compute.drift.verdicts import NOT_EFFECTIVE

SEVERITIES: Final = ("alarm", "warning", "note")
SOON: Final = pd.Timedelta(days=365)


def alerts(
    sensor: pd.DataFrame,
    steps: pd.DataFrame,
    due: pd.DataFrame,
    fits: pd.DataFrame,
    notes: Sequence[str] = (),
) -> pd.DataFrame:
    """Gather alerts, the gravest first.

    Alarms: an update that was not effective, an update that is due. Warnings: a sensor
    that drifts (99 % interval, at most 2 % false ones), a step at an event, no model
    that fits, an update due within a year. Notes: rows left out.

    Parameters
    ----------
    sensor, steps, due, fits
        Tables of a `page.DriftPage`.
    notes
        Sentences on the rows.

    Returns
    -------
    pandas.DataFrame
        severity, band (empty for all), kind, sentence.

    Examples
    --------
    >>> empty = pd.DataFrame(columns=["band", "verdict", "alarm", "fits", "due_on", "when"])
    >>> alerts(empty, empty, empty, empty, ["3 rows need reprocessing."])["severity"].tolist()
    ['note']
    """
    found = [
        ("alarm", one.band, "update", f"Update to {one.serial}: {one.sentence}")
        for one in steps.itertuples()
        if one.verdict == NOT_EFFECTIVE
    ]
    found += [
        ("alarm", one.band, "due", one.sentence) for one in due.itertuples() if one.verdict == DUE
    ]
    found += [
        (
            "warning",
            one.band,
            "drift",
            f"The sensor's sensitivity drifts by {one.drift:+.2%} "
            f"[{one.lower:+.2%}, {one.upper:+.2%}] per year.",
        )
        for one in sensor.itertuples()
        if one.alarm
    ]
    found += [
        ("warning", one.band, "event", one.sentence)
        for one in steps.itertuples()
        if one.verdict == STEP_SEEN
    ]
    found += [
        ("warning", one.band, "fit", one.sentence) for one in fits.itertuples() if not one.fits
    ]
    found += [
        ("warning", one.band, "due", f"An update falls due about {one.due_on:%Y-%m-%d}.")
        for one in due.itertuples()
        if one.verdict != DUE and pd.notna(one.due_on) and one.due_on - one.when < SOON
    ]
    found += [("note", "", "rows", text) for text in notes]
    return pd.DataFrame(found, columns=["severity", "band", "kind", "sentence"])
