"""The story of a band in a line: the sensor's drift, and what the updates did."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.calibrate.drift.selection import wavelength_nm
from venus_analysis.plot.style import name_of
from venus_analysis.report.tables import render
from venus_analysis.report.wording import KINDS, MARKS, day, interval, percent, plural, records

Line = tuple[tuple[str, str], ...]
MOST_LINES = 3


def headline(page: DriftPage, bands: Sequence[str], theme: str = "light") -> str:
    """Tell what is drawn, in HTML.

    Parameters
    ----------
    page
        What is drawn.
    bands
        Bands drawn; the first few are told.
    theme
        ``light`` or ``dark``.
    """
    lines = [band_line(page, band) for band in bands[:MOST_LINES]]
    return render("headline.html.j2", lines=lines, facts=facts(page, bands), theme=theme)


def band_line(page: DriftPage, band: str) -> Line:
    """Pieces (kind, text) of a band's line."""
    sensor = page.sensor[page.sensor["band"] == band]
    pieces = [("", f"{_name(band)} · ")]
    if len(sensor):
        drift = sensor.iloc[0]
        verb = _verb(drift["alarm"], drift["lower"], drift["upper"])
        said = (
            f"the sensor {verb} {interval(drift['drift'], drift['lower'], drift['upper'])} per year"
        )
        pieces.append(("", said))
    else:
        pieces.append(("", "too few looks for a drift"))
    for one in records(page.steps[page.steps["band"] == band]):
        if one.verdict in MARKS:
            pieces.append(("", "  ·  "))
            said = f"{MARKS[one.verdict]}\u00a0{one.serial or 'event'} {one.verdict}"
            pieces.append((KINDS[one.verdict], said))
    return tuple(pieces)


def facts(page: DriftPage, bands: Sequence[str]) -> str:
    """Give method, number of looks, dates and view in a sentence."""
    points = page.points[page.points["band"].isin(list(bands))]
    if points.empty:
        return f"{name_of(page.method)}: no look of {', '.join(bands)} has a value in this view."
    excluded = int(points["excluded"].sum())
    last = page.latest[page.latest["band"].isin(list(bands))]
    latest = ", ".join(
        f"{one.band} {percent(one.value - 1.0)} on {day(one.time)}" for one in records(last)
    )
    first, until = points["time"].min(), points["time"].max()
    said = (
        f"{name_of(page.method)} · {plural(len(points), 'look')}"
        f"{f' ({excluded} left out)' if excluded else ''}, {day(first)} to {day(until)} · "
        f"view: {_view(page)}"
    )
    return f"{said} · latest: {latest}" if latest and len(bands) <= MOST_LINES else said


def _verb(alarm: bool, lower: float, upper: float) -> str:
    """Give what the interval of 99 % (`alarm`) and the one that is printed, of 95 %, say."""
    if alarm:
        return "drifts by"
    return "may drift by" if lower > 0.0 or upper < 0.0 else "shows no sure drift:"


def _view(page: DriftPage) -> str:
    """Name the view, and the parameter set it is re-based to."""
    _, _, serial = page.view.label.partition("re-based to PHGAIN ")
    return " ".join(filter(None, (page.view.view, serial and f"to {serial[:5]}")))


def _name(band: str) -> str:
    centre = wavelength_nm(band)
    return f"{band} ({centre:.0f} nm)" if np.isfinite(centre) else band
