"""Columns behind the figures of drift: plain dicts for Bokeh's data sources, no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.monthly import MEDIAN_OVER_MEAN
from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.calibrate.drift.selection import wavelength_nm
from venus_analysis.compute.drift.verdicts import EFFECTIVE, NOT_EFFECTIVE
from venus_analysis.plot import style

Columns = dict[str, list[Any]]

MOST_MARKS: Final = 3000
LABEL_ROOM: Final = 0.034
SYMBOLS: Final = {EFFECTIVE: "✓", NOT_EFFECTIVE: "✗"}
"""Signs beside the colour, for those who do not see it; "?" for what is not decidable."""
POINT_NAMES: Final = (
    "time", "band", "value", "lower", "upper",
    "acquisition_id", "site", "serial", "flags", "reason",
)  # fmt: skip


def point_columns(
    page: DriftPage,
    bands: Sequence[str] | None = None,
    since: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
    most: int = MOST_MARKS,
    theme: str = "light",
) -> dict[str, Columns]:
    """Give looks that count (``used``) and those left out (``excluded``).

    Parameters
    ----------
    page
        From `calibrate.drift.page.drift_page`.
    bands
        Only these.
    since, until
        Only looks of this window, as after a zoom.
    theme
        ``light`` or ``dark``.
    most
        When more looks than this would be drawn they become monthly medians by band,
        site and parameter set; over all sites when those are too many as well. So do
        those of a dense series, fitted by monthly medians, until a window is asked for.

    Returns
    -------
    dict
        ``used`` and ``excluded``: columns `POINT_NAMES`, ``colour`` and ``text``.
    """
    table = _chosen(page.points, bands)
    if since is not None:
        table = table[table["time"] >= pd.Timestamp(since)]
    if until is not None:
        table = table[table["time"] <= pd.Timestamp(until)]
    used, out = table[table["used"]], table[table["excluded"]]
    dense = page.monthly and since is None and until is None
    for by in (["site"], []):
        if len(used) > most or (dense and by):
            used = monthly(table[table["used"]], by)
    return {"used": _columns(used, theme), "excluded": _columns(out.tail(most), theme)}


def line_columns(
    page: DriftPage, bands: Sequence[str] | None = None, theme: str = "light"
) -> Columns:
    """Fitted lines and their interval, one entry per band and segment.

    Returns
    -------
    dict
        ``xs``, ``ys`` of the line, ``around_x``, ``around_y`` of the outline of the
        interval, ``band``, ``colour``, ``text`` (the drift in words).
    """
    said: dict[Any, str] = {
        (one["band"], one["segment"]): drift_text(one["drift"], one["lower"], one["upper"])
        for one in page.drifts.to_dict("records")
    }
    found: Columns = {
        name: [] for name in ("xs", "ys", "around_x", "around_y", "band", "colour", "text")
    }
    for key, part in _chosen(page.lines, bands).groupby(["band", "segment"], sort=False):
        time = style.milliseconds(part["time"])
        low, high = part["lower"].to_numpy(), part["upper"].to_numpy()
        known = np.isfinite(low)
        found["xs"].append(time)
        found["ys"].append(part["value"].to_numpy())
        found["around_x"].append(np.concatenate([time[known], time[known][::-1]]))
        found["around_y"].append(np.concatenate([low[known], high[known][::-1]]))
        found["band"].append(part["band"].iloc[0])
        found["colour"].append(style.band_colour(part["band"].iloc[0], theme))
        found["text"].append(said[key])
    return found


def marker_columns(page: DriftPage, bands: Sequence[str] | None = None) -> dict[str, Columns]:
    """Vertical lines: ``updates`` with what they did, ``events`` with their label.

    Returns
    -------
    dict
        ``updates``: x, label (the serial), result, verdict; ``events``: x, label, kind.
    """
    shown = list(page.bands if bands is None else bands)
    steps = _chosen(page.steps, shown)
    updates: Columns = {"x": [], "label": [], "result": [], "verdict": []}
    for time, serial in zip(page.updates.time, page.updates.serial, strict=True):
        own = steps[steps["serial"] == serial]
        updates["x"].append(style.milliseconds(time))
        updates["label"].append(f"update {serial}")
        verdict, text = _result(own)
        updates["result"].append(text)
        updates["verdict"].append(verdict)
    events: Columns = {"x": [], "label": [], "kind": []}
    for event in page.events:
        if any(event.concerns(band) for band in shown):
            events["x"].append(style.milliseconds(event.date))
            events["label"].append(_short(event.label))
            events["kind"].append(event.kind)
    return {"updates": updates, "events": events}


def verdict_columns(page: DriftPage) -> Columns:
    """Cells of the matrix bands x updates.

    Returns
    -------
    dict
        ``update``, ``band``, ``verdict``, ``symbol``, ``text`` (step seen and expected),
        ``sentence``.
    """
    steps = page.steps[page.steps["kind"] == "update"]
    found: Columns = {
        name: [] for name in ("update", "band", "verdict", "symbol", "text", "sentence")
    }
    for one in steps.to_dict("records"):
        found["update"].append(update_label(one["serial"], one["time"]))
        found["band"].append(one["band"])
        found["verdict"].append(one["verdict"])
        found["symbol"].append(SYMBOLS.get(one["verdict"], "?"))
        seen = one["observed"]
        text = f"{style.signed(100.0 * seen, 1)} of {_wanted(one['expected'], 1)} %"
        found["text"].append("no step fitted" if np.isnan(seen) else text)
        found["sentence"].append(one["sentence"])
    return found


def overview_columns(pages: Sequence[DriftPage]) -> list[Columns]:
    """Drift of the sensor's sensitivity in %/yr against wavelength, one dict per method.

    Returns
    -------
    list of dict
        ``wavelength`` (nm, moved apart a little by method and for bands that share
        it), ``drift``, ``lower``, ``upper``, ``band``, ``method``, ``text``.
    """
    found = []
    for number, page in enumerate(pages):
        table = page.sensor.dropna(subset=["wavelength_nm"])
        shift = 7.0 * (number - 0.5 * (len(pages) - 1))
        twin = table.groupby("wavelength_nm").cumcount() * 18.0
        percent = 100.0 * table[["drift", "lower", "upper"]]
        found.append(
            {
                "wavelength": (table["wavelength_nm"] + shift + twin).tolist(),
                **{str(name): percent[name].tolist() for name in percent},
                "band": table["band"].tolist(),
                "method": [page.method] * len(table),
                "text": [
                    drift_text(one["drift"], one["lower"], one["upper"])
                    for one in table.to_dict("records")
                ],
            }
        )
    return found


def overview_names(columns: Sequence[Columns]) -> Columns:
    """Where each band is named: amid its methods, above the highest of their intervals.

    Bands of one wavelength are named together.

    Examples
    --------
    >>> moon = {"band": ["B1"], "wavelength": [420.0], "upper": [0.1]}
    >>> overview_names([moon, moon | {"wavelength": [430.0], "upper": [0.4]}])
    {'band': ['B1'], 'wavelength': [425.0], 'upper': [0.4]}
    """
    rows = [
        one
        for own in columns
        for one in zip(own["band"], own["wavelength"], own["upper"], strict=True)
    ]
    table = pd.DataFrame(rows, columns=["band", "wavelength", "upper"])
    groups = table.groupby(table["band"].map(wavelength_nm), sort=False)
    found = groups.agg({"wavelength": "mean", "upper": "max"})
    found.insert(0, "band", groups["band"].unique().str.join(", "))
    return {str(name): found[name].tolist() for name in found}


def monthly(points: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Medians by band, month and parameter set, and further columns.

    Examples
    --------
    >>> day = np.array(["2020-01-01", "2020-01-03", "2020-02-01"], "datetime64[us]")
    >>> looks = pd.DataFrame({"time": day, "band": "B1", "value": [1.0, 1.2, 1.0], "serial": "",
    ...     "site": "Libya 4", "lower": 0.9, "upper": 1.1, "u": 0.1})
    >>> monthly(looks, ["site"])[["value", "acquisition_id"]].values.tolist()
    [[1.1, 'median of 2 looks'], [1.0, 'median of 1 looks']]
    """
    month = points["time"].dt.to_period("M").rename("month")
    groups = points.groupby([points["band"], month, points["serial"], *by])
    found = groups["value"].median().to_frame()
    looks = groups.size()
    u: pd.Series[Any] = MEDIAN_OVER_MEAN * groups["u"].median() / np.sqrt(looks)
    found["lower"], found["upper"] = (found["value"] * (1.0 + sign * u) for sign in (-1, 1))
    found["time"] = groups["time"].mean()
    found["acquisition_id"] = [f"median of {n} looks" for n in looks]
    found = found.reset_index()
    if "site" not in by:
        found["site"] = "all sites"
    return found.assign(flags="", reason="").sort_values("time")


def drift_text(drift: float, lower: float, upper: float) -> str:
    """Drift in percent per year with its interval.

    Examples
    --------
    >>> drift_text(-0.01, -0.012, -0.008), drift_text(0.0, np.nan, np.nan)
    ('−1.00 %/yr [−1.20, −0.80]', '0.00 %/yr')
    """
    text = f"{style.signed(100.0 * drift)} %/yr"
    ends = ", ".join(style.signed(100.0 * one) for one in (lower, upper))
    return text if np.isnan(lower) else f"{text} [{ends}]"


def update_label(serial: str, time: pd.Timestamp) -> str:
    """Name of an update on an axis.

    Examples
    --------
    >>> update_label("00008", pd.Timestamp("2019-06-01"))
    '00008 · 2019-06-01'
    """
    return f"{serial} · {time:%Y-%m-%d}"


def end_columns(
    page: DriftPage, bands: Sequence[str] | None = None, theme: str = "light"
) -> Columns:
    """Band names at the right ends of their lines, moved apart where they would overlap.

    Returns
    -------
    dict
        ``x``, ``y``, ``band``, ``colour``.
    """
    last = _chosen(page.lines, bands).dropna(subset=["value"]).drop_duplicates("band", keep="last")
    last = last.sort_values("value")
    room = 0.0
    if len(last) > 1:
        values = _chosen(page.lines, bands)["value"]
        room = LABEL_ROOM * float(values.max() - values.min())
    return {
        "x": style.milliseconds(last["time"]).tolist(),
        "y": spread(last["value"].to_numpy(np.float64), room).tolist(),
        "band": last["band"].tolist(),
        "colour": [style.band_colour(band, theme) for band in last["band"]],
    }


def spread(ascending: np.ndarray, room: float) -> np.ndarray:
    """Move ascending values apart to a least distance, their mean unchanged.

    Examples
    --------
    >>> spread(np.array([1.0, 1.0, 5.0]), 0.5).round(3)
    array([0.833, 1.333, 4.833])
    """
    moved = np.array(ascending, np.float64)
    for k in range(1, len(moved)):
        moved[k] = max(moved[k], moved[k - 1] + room)
    return moved - (moved - ascending).mean() if len(moved) else moved


def _short(label: str, most: int = 34) -> str:
    text = label.removeprefix("SIMULATED: ")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _result(steps: pd.DataFrame) -> tuple[str, str]:
    """Verdict that stands for all bands, and the result in words."""
    if len(steps) == 1:
        one = steps.iloc[0]
        seen = (
            "" if np.isnan(one["observed"]) else f"step {style.signed(100.0 * one['observed'])} %"
        )
        wanted = f"\nof {_wanted(one['expected'], 2)} %" if seen else ""
        symbol = SYMBOLS.get(one["verdict"], "?")
        return str(one["verdict"]), f"{symbol} {one['verdict']}\n{seen}{wanted}".strip()
    good, bad = ((steps["verdict"] == name).sum() for name in (EFFECTIVE, NOT_EFFECTIVE))
    parts = [f"✓ {good}", f"✗ {bad}", f"? {len(steps) - good - bad}"]
    verdict = NOT_EFFECTIVE if bad else EFFECTIVE if good else ""
    return verdict, "  ".join(parts) + " bands" if len(steps) else ""


def _wanted(step: float, digits: int) -> str:
    """Step expected, percent; ? where the change of Ak is not known."""
    return "?" if np.isnan(step) else style.signed(100.0 * step, digits)


def _chosen(table: pd.DataFrame, bands: Sequence[str] | None) -> pd.DataFrame:
    return table if bands is None else table[table["band"].isin(list(bands))]


def _columns(table: pd.DataFrame, theme: str) -> Columns:
    found: Columns = {name: table[name].tolist() for name in POINT_NAMES if name != "time"}
    found["time"] = style.milliseconds(table["time"]).tolist()
    found["colour"] = [style.band_colour(band, theme) for band in found["band"]]
    found["text"] = [
        f"{value:.4f} ± {0.5 * (high - low):.4f}"
        for value, low, high in zip(found["value"], found["lower"], found["upper"], strict=True)
    ]
    return found
