"""What a reader should look at first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from venus_analysis.calibrate.drift.steps import BESIDE_EVENT, STEP_SEEN
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
    noise: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather alerts, the gravest first.

    Alarms: an update that was not effective, an update that is due. Warnings: a sensor
    that drifts (99 % interval, at most 2 % false ones), a step at an event, an update that an
    event keeps from being judged, no model that fits, an update due within a year, residual
    noise that changes (99.9 % interval). Notes: rows left out.

    Parameters
    ----------
    sensor, steps, due, fits
        Tables of a `page.DriftPage`.
    notes
        Sentences on the rows.
    noise
        From `noise_change.noise_changes`.

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
    found: list[tuple[str, str, str, str]] = []
    for one in _records(steps):
        if one["verdict"] == NOT_EFFECTIVE:
            sentence = f"Update to {one['serial']}: {one['sentence']}"
            found.append(("alarm", one["band"], "update", sentence))
        elif BESIDE_EVENT in one["sentence"]:
            sentence = f"Update to {one['serial']}: {one['sentence']}"
            found.append(("warning", one["band"], "update", sentence))
        elif one["verdict"] == STEP_SEEN:
            found.append(("warning", one["band"], "event", one["sentence"]))
    for one in _records(due):
        if one["verdict"] == DUE:
            found.append(("alarm", one["band"], "due", one["sentence"]))
        elif pd.notna(one["due_on"]) and one["due_on"] <= one["when"]:
            found.append(("warning", one["band"], "due", one["sentence"]))
        elif pd.notna(one["due_on"]) and one["due_on"] - one["when"] < SOON:
            sentence = f"An update falls due about {one['due_on']:%Y-%m-%d}."
            found.append(("warning", one["band"], "due", sentence))
    for one in _records(sensor):
        if one["alarm"]:
            interval = f"[{one['lower']:+.2%}, {one['upper']:+.2%}]"
            sentence = (
                f"The sensor's sensitivity drifts by {one['drift']:+.2%} {interval} per year, the "
                "mean over all looks."
            )
            found.append(("warning", one["band"], "drift", sentence))
    for one in _records(fits):
        if not one["fits"]:
            found.append(("warning", one["band"], "fit", one["sentence"]))
    for one in _records(noise) if noise is not None else ():
        if one["sure"]:
            found.append(("warning", one["band"], "noise", one["sentence"]))
    found += [("note", "", "rows", text) for text in notes]
    found.sort(key=lambda alert: SEVERITIES.index(alert[0]))
    return pd.DataFrame(found, columns=["severity", "band", "kind", "sentence"])


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in one.items()} for one in table.to_dict("records")]
