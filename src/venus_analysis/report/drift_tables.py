"""Tables of a page on drift: verdicts, drifts by segment, updates that are due, points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.due import doubt_in
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.plot.style import name_of
from venus_analysis.report.tables import Cell, table, verdict
from venus_analysis.report.wording import KINDS, day, interval, number, percent, records, typeset

POINT_COLUMNS: Final = (
    "time",
    "band",
    "value",
    "raw",
    "lower",
    "upper",
    "acquisition_id",
    "site",
    "reference",
    "serial",
    "flags",
    "excluded",
    "reason",
)


def verdict_table(page: DriftPage, bands: Sequence[str] = (), theme: str = "light") -> str:
    """Tell what each update did in each band: step expected and seen, drift before and after."""
    steps = _of(page.steps, bands)
    rows = [
        [
            one.band,
            Cell(one.serial or "event", note=day(one.time)),
            verdict(one.verdict),
            Cell(percent(one.expected), "number"),
            Cell(interval(one.observed, one.lower, one.upper), "number"),
            Cell(_per_year(one.drift_before), "number"),
            Cell(_per_year(one.drift_after), "number"),
            Cell(typeset(one.sentence)),
        ]
        for one in records(steps)
    ]
    return table(
        ["band", "update", "verdict", "step expected", "step seen [95 %]", "drift before / yr",
         "drift after / yr", "in words"],
        rows,
        caption=f"{name_of(page.method)}: parameter updates in the view {page.view.view!r}",
        theme=theme,
        empty="No parameter update lies between the looks that are shown.",
    )  # fmt: skip


def drift_table(page: DriftPage, bands: Sequence[str] = (), theme: str = "light") -> str:
    """Drift in each segment between updates, and how good the fit is."""
    fits = {one.band: one for one in records(page.fits)}
    rows = [
        [
            one.band,
            f"{day(one.start)} to {day(one.stop)}",
            Cell(interval(one.drift, one.lower, one.upper), "number"),
            Cell(str(one.looks), "number"),
            fits[one.band].model,
            Cell("fits" if fits[one.band].fits else "does not fit",
                 "good" if fits[one.band].fits else "open"),
            Cell(percent(fits[one.band].scatter, sign=False), "number"),
        ]
        for one in records(_of(page.drifts, bands))
    ]  # fmt: skip
    return table(
        [
            "band",
            "segment",
            "drift per year [95 %]",
            "looks of the fit",
            "model",
            "lack of fit",
            "scatter",
        ],
        rows,
        caption=f"{name_of(page.method)}: {page.label}",
        theme=theme,
        empty="No series could be fitted; the alerts say why.",
    )


def due_table(page: DriftPage, bands: Sequence[str] = (), theme: str = "light") -> str:
    """Tell which update the series proposes: Ak per band, and whether it is due."""
    rows = [
        [
            one.band,
            Cell(one.verdict, KINDS.get(one.verdict, ""), note=doubt_in(one.sentence)),
            Cell(interval(one.departure, one.lower, one.upper), "number"),
            Cell(f"{number(one.absolute_gain, 5)} ± {number(one.u_absolute_gain, 5)}", "number"),
            day(one.due_on),
        ]
        for one in records(_of(page.due, bands))
    ]
    return table(
        ["band", "update", "departure [95 %]", "Ak proposed ± u (k = 1)", "due on"],
        rows,
        caption=(
            f"{name_of(page.method)}: Ak in counts / (W m⁻² sr⁻¹ µm⁻¹) that would restore the "
            "level of the first look; the absolute level of the method is not corrected"
        ),
        theme=theme,
        empty="No proposal: no series could be fitted.",
    )


def points_csv(page: DriftPage, bands: Sequence[str] = ()) -> pd.DataFrame:
    """Give looks as drawn, for a download: see `POINT_COLUMNS`."""
    points = _of(page.points, bands)[list(POINT_COLUMNS)].copy()
    points.insert(0, "simulated", page.simulated)
    return points.rename(columns={"value": _column_name(page), "time": "time_utc"})


def _of(frame: pd.DataFrame, bands: Sequence[str]) -> pd.DataFrame:
    return frame[frame["band"].isin(list(bands))] if bands else frame


def _per_year(drift: float) -> str:
    return percent(drift) if np.isfinite(drift) else "–"


def _column_name(page: DriftPage) -> str:
    return page.view.view.replace(" ", "_").replace("-", "_")
