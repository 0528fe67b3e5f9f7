"""What `venus-analysis drift` prints: tables for people, one JSON object for programs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from venus_analysis.cli_output import aligned

if TYPE_CHECKING:
    import pandas as pd

    from venus_analysis.calibrate.drift.page import DriftPage
    from venus_analysis.ledger import Refused

TABLES = ("sensor", "drifts", "steps", "due", "fits", "latest", "noise", "alerts")
SIGNS = {"effective": "ok", "not effective": "NOT EFFECTIVE", "not decidable": "?"}


def document(pages: Sequence[DriftPage], refused: Sequence[Refused]) -> dict[str, Any]:
    """Pages as plain values: NaN and missing dates as None, times in ISO form, UTC."""
    return {
        "pages": [_page(page) for page in pages],
        "refused": [dataclasses.asdict(part) for part in refused],
    }


def text(page: DriftPage) -> str:
    """One page as lines for a terminal."""
    mark = "SIMULATED  " if page.simulated else ""
    looks = int(page.points["used"].sum())
    head = f"{mark}{page.method}: {looks} looks, {page.label}"
    lines = [head, "", *_bands(page), *_without_drift(page), "", *_updates(page), ""]
    lines += [f"{one['severity']}: {one['band']} {one['sentence']}".replace("  ", " ")
              for one in page.alerts.to_dict("records")]  # fmt: skip
    return "\n".join(lines).rstrip()


def _bands(page: DriftPage) -> list[str]:
    from venus_analysis.calibrate.drift.selection import wavelength_nm

    head = ("band", "nm", "looks", "model", "sensor drift %/yr [95 %]", "latest", "next update")
    sensor, due, fits, latest = (
        {one["band"]: one for one in table.to_dict("records")}
        for table in (page.sensor, page.due, page.fits, page.latest)
    )
    rows = [head]
    for band in page.bands:
        fit, own, last = fits.get(band), sensor.get(band), latest.get(band)
        nm = wavelength_nm(band)
        rows.append(
            (
                band,
                "" if math.isnan(nm) else f"{nm:.0f}",
                str(fit["looks"]) if fit else "0",
                ("none fits" if not fit["fits"] else fit["model"]) if fit else "",
                f"{100 * own['drift']:+.2f} [{100 * own['lower']:+.2f}, {100 * own['upper']:+.2f}]"
                if own
                else "",
                f"{last['value']:.4f}" if last else "",
                _next(due.get(band)),
            )
        )
    return aligned(rows)


def _without_drift(page: DriftPage) -> list[str]:
    """Say why bands have no drift, below the table."""
    fits = {one["band"]: one["sentence"] for one in page.fits.to_dict("records")}
    missing = [band for band in page.bands if band not in set(page.sensor["band"])]
    return [f"no drift of {band}: {fits.get(band) or 'no look can be fitted'}" for band in missing]


def _next(due: dict[Any, Any] | None) -> str:
    if due is None:
        return ""
    gain = f"Ak {due['absolute_gain']:.5g} ± {due['u_absolute_gain']:.1g}"
    return f"{due['verdict']}, {gain}" if due["verdict"] == "due" else str(due["verdict"])


def _updates(page: DriftPage) -> list[str]:
    if page.steps.empty:
        return ["no update or event within the series"]
    head = ("update", "from", "band", "expected %", "seen % [95 %]", "verdict")
    rows = [head]
    for one in page.steps.to_dict("records"):
        seen = (
            f"{100 * one['observed']:+.2f} [{100 * one['lower']:+.2f}, {100 * one['upper']:+.2f}]"
        )
        rows.append(
            (
                one["serial"] or "event",
                f"{one['time']:%Y-%m-%d}",
                one["band"],
                f"{100 * one['expected']:+.2f}" if one["serial"] else "",
                "" if math.isnan(one["observed"]) else seen,
                SIGNS.get(one["verdict"], one["verdict"]),
            )
        )
    return aligned(rows)


def _page(page: DriftPage) -> dict[str, Any]:
    left_out = page.points[page.points["excluded"]]
    return {
        "method": page.method,
        "view": page.view.view,
        "label": page.label,
        "simulated": page.simulated,
        **{name: _records(getattr(page, name)) for name in TABLES},
        "updates": [
            {"time": f"{time}Z", "serial": serial}
            for time, serial in zip(page.updates.time, page.updates.serial, strict=True)
        ],
        "events": [
            {"date": f"{one.date}Z", "kind": one.kind, "label": one.label} for one in page.events
        ],
        "notes": list(page.notes),
        "excluded": _records(left_out[["acquisition_id", "band", "time", "reason"]]),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    from venus_analysis.calibrate.row import as_json

    columns = [table[name].to_numpy() for name in table]
    return [
        as_json(dict(zip(map(str, table.columns), row, strict=True)))
        for row in zip(*columns, strict=True)
    ]
