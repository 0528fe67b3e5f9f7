"""The numbers of a report for programs, as in the tables people read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.report.project import Project

TABLES: Final = ("steps", "sensor", "due", "drifts", "latest")


def numbers(
    project: Project, pages: Mapping[str, DriftPage], snapshot: str, since: str
) -> dict[str, Any]:
    """Gather what a report says.

    Parameters
    ----------
    project, pages
        What is reported on.
    snapshot
        Name under which ``ledger.load(..., as_of=snapshot)`` gives the same rows again.
    since
        Date of the last meeting; empty for none.

    Returns
    -------
    dict
        ``snapshot``, ``since``, ``simulated``, ``rows`` and, for each method, the
        tables of `venus_analysis.calibrate.drift.page.DriftPage` named in `TABLES` as
        lists of objects; times as text, NaN as null.
    """
    return {
        "snapshot": snapshot,
        "since": since,
        "simulated": project.simulated,
        "rows": len(project.frame),
        "methods": {
            method: {name: _objects(getattr(page, name)) for name in TABLES}
            for method, page in pages.items()
        },
    }


def script_json(document: Mapping[str, Any]) -> str:
    r"""JSON that may stand inside a ``<script>`` element.

    Examples
    --------
    >>> script_json({"id": "</script>"})
    '{"id": "\\u003c/script\\u003e"}'
    """
    text = json.dumps(document, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _objects(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): plain(value) for name, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def plain(value: Any) -> Any:
    """Give a value that JSON can hold: times as ISO UTC, NaN and NaT as None.

    Examples
    --------
    >>> plain(float("nan")), plain(pd.Timestamp("2020-01-01"))
    (None, '2020-01-01T00:00:00.000000Z')
    """
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value.to_datetime64().astype('datetime64[us]')}Z"
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
