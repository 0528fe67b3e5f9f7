"""What the columns of a report's tables are: unit and meaning, as a table beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from venus_analysis import schema

_COMMON: Final = {
    "band": ("", "Band."),
    "looks": ("1", "Looks fitted."),
    "sentence": ("", "The verdict and its numbers in words."),
    "segment": ("", "Segments between the dates at which the series may step, from 0."),
    "simulated": ("", "True when rows behind it are synthetic."),
    "time_utc": ("UTC", "Time of the look."),
    "wavelength_nm": ("nm", "Centre of the band."),
    "verdict": ("", "What is concluded, see sentence."),
    "more_looks": (
        "1", "Further looks after which it can probably be decided; empty when none will.",
    ),
}  # fmt: skip
_INTERVAL: Final = "end of the 95 % interval."
_DRIFT: Final = {
    "drift": ("1/yr", "Relative change per year, -0.01 for a loss of 1 %."),
    "lower": ("1/yr", f"Lower {_INTERVAL}"),
    "upper": ("1/yr", f"Upper {_INTERVAL}"),
    "u": ("1/yr", "Standard uncertainty (k = 1) of the drift."),
}
_OF: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "looks": {
        **dict.fromkeys(
            ("as_produced", "in_force", "re_based", "sensitivity"),
            ("1", "measured / modelled as it is drawn and fitted: effects of site, phase, "
             "libration and season are taken off where the report says so."),
        ),
        "raw": ("1", "The same before anything is taken off."),
        "lower": ("1", "The value less its standard uncertainty (k = 1)."),
        "upper": ("1", "The value and its standard uncertainty (k = 1)."),
        "serial": ("", "Serial of the PHGAIN file in use."),
        "flags": ("", "Names of the quality flags of the row."),
        "excluded": ("", "Whether the look is left out of the fits."),
        "reason": ("", "Why it is left out."),
    },
    "updates": {
        "kind": ("", "update of PHGAIN, or event of the mission."),
        "time": ("UTC", "First instant of the new Ak, or of the event."),
        "serial": ("", "Serial of the PHGAIN file; empty for an event."),
        "expected": ("1", "Relative step that the change of Ak makes: Ak before / after - 1."),
        "observed": ("1", "Relative step that is seen."),
        "lower": ("1", f"Lower {_INTERVAL}"),
        "upper": ("1", f"Upper {_INTERVAL}"),
        "u": ("1", "Standard uncertainty (k = 1) of the step that is seen."),
        "drift_before": ("1/yr", "Relative change per year in the segment before."),
        "drift_after": ("1/yr", "Relative change per year in the segment after."),
        "decidable_on": ("UTC", "When it can probably be decided."),
    },
    "sensor_drift": {**_DRIFT, "alarm": ("", "Whether the 99 % interval excludes 0.")},
    "drift_by_segment": {
        **_DRIFT,
        "start": ("UTC", "Begin of the segment."),
        "stop": ("UTC", "End of the segment."),
        "looks": ("1", "Looks fitted in the segment."),
    },
    "next_update": {
        "when": ("UTC", "Date the next update is judged at."),
        "departure": ("1", "Relative departure of the ratio from its target then."),
        "lower": ("1", f"Departure, lower {_INTERVAL}"),
        "upper": ("1", f"Departure, upper {_INTERVAL}"),
        "absolute_gain": (
            "counts / (W m-2 sr-1 um-1)", "Ak that would restore the target, of the TDI in use.",
        ),
        "u_absolute_gain": (
            "counts / (W m-2 sr-1 um-1)", "Standard uncertainty (k = 1) of that Ak.",
        ),
        "target": ("1", "Ratio to restore: that of the first look, by the model."),
        "due_on": ("UTC", "Day on which the departure reaches the criterion."),
    },
    "methods_agreement": {
        "quantity": ("", "What is compared: mean slope per year, or the step at a date."),
        "first": ("", "Method."),
        "second": ("", "Method."),
        "difference": ("1/yr for slopes, 1 for steps", "First less second, relative."),
        "u": ("as difference", "Standard uncertainty (k = 1) of the difference."),
        "en": ("1", "Difference over its expanded uncertainty (k = 2)."),
        "agree": ("", "Whether |en| is at most 1."),
    },
    "phases_step": {
        "estimate": ("", "A method, all of them, or all but one."),
        "time": ("UTC", "Date of the step: the middle of the gap between the phases."),
        "step": ("1", "Relative step of the sensor's sensitivity."),
        "u": ("1", "Standard uncertainty (k = 1) of the step."),
        "lower": ("1", f"Lower {_INTERVAL}"),
        "upper": ("1", f"Upper {_INTERVAL}"),
        "seen": ("", "Whether the interval excludes 0."),
        "looks": ("1", "Looks before and after."),
    },
    "ratio_residuals": {
        "u": ("1", "Relative standard uncertainty (k = 1) of the look."),
        "residual": ("1", "Relative residual of the ratio from the model in time."),
    },
    "moon_residual_noise_changes": {
        "quantity": ("", "Column of the ledger; % where the sentence says so, else counts."),
        "first": ("", "The line at the first look, in the unit of the sentence."),
        "last": ("", "The line at the last look, in the unit of the sentence."),
        "per_year": ("", "Change per year, in the unit of the sentence."),
        "lower": ("", f"Lower {_INTERVAL}"),
        "upper": ("", f"Upper {_INTERVAL}"),
        "sure": ("", "Whether the 99.9 % interval excludes 0 and the change is above a tenth."),
    },
    "moon_residual_noise": {},
}  # fmt: skip


def columns_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """List the columns of tables with unit and meaning.

    Parameters
    ----------
    tables
        Name to table; a name begins with its kind, as ``updates_moon``.

    Returns
    -------
    pandas.DataFrame
        table, column, unit, meaning; a unit is empty for texts and 1 for pure numbers.

    Raises
    ------
    KeyError
        For a column that nobody described.

    Examples
    --------
    >>> table = pd.DataFrame(columns=["band", "u"])
    >>> columns_table({"updates_moon": table})["unit"].tolist()
    ['', '1']
    """
    ledger = {column.name: (column.unit, column.sentence) for column in schema.COLUMNS}
    rows = []
    for name, table in tables.items():
        own = next(texts for kind, texts in _OF.items() if name.startswith(kind))
        for column in map(str, table.columns):
            unit, meaning = {**ledger, **_COMMON, **own}[column]
            rows.append((name, column, unit, meaning))
    return pd.DataFrame(rows, columns=["table", "column", "unit", "meaning"])
