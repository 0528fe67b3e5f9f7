"""The matrix of bands and methods: latest ratio, drift, last look, updates, agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.page import DriftPage
from venus_analysis.calibrate.drift.selection import by_wavelength, wavelength_nm
from venus_analysis.plot.style import name_of
from venus_analysis.report.tables import render
from venus_analysis.report.wording import (
    KINDS,
    MARKS,
    day,
    interval,
    number,
    percent,
    records,
    typeset,
)

SEVERITIES: Final = ("alarm", "warning", "note")
NOT_SEEN: Final = "–"
AGREE: Final = 1.6
"""Largest En of drifts that agree, as in the acceptance: some 30 pairs are looked at at once, of
which one or two lie above 1 by chance; below 1.6 all of them stay in 19 of 20 healthy cameras."""
TELLING: Final = 0.01
"""Difference of drifts, relative per year, that two methods must be able to see to agree."""


@dataclass(frozen=True)
class Square:
    """One square of the matrix.

    Parameters
    ----------
    kind
        ``good``, ``bad``, ``open`` or ``none``: its colour.
    large
        What is read from afar.
    small
        Lines below.
    sentence
        The same in words, shown on hover.
    """

    kind: str
    large: str
    small: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class Overview:
    """The matrix, and what to look at first.

    Parameters
    ----------
    bands
        Names, by wavelength.
    rows
        Heading, and a square for each band.
    methods
        Methods of the first rows.
    alerts
        (kind, text), worst first.
    newest
        Day of the newest look of any method; last looks are counted from it.
    """

    bands: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square, ...]], ...]
    methods: tuple[str, ...]
    alerts: tuple[tuple[str, str], ...]
    newest: np.datetime64

    def html(self, theme: str = "light", *, link: str = "", chosen: str = "") -> str:
        """Draw the matrix as an HTML table.

        Parameters
        ----------
        theme
            ``light`` or ``dark``.
        link
            Query of an address that leads from a square to its series once ``&method=``
            and ``&band=`` are added; none for no links.
        chosen
            Phase and period of the looks, if not all are shown: ``of VM1 from 2019-01-01``.
        """
        wavelengths = [f"{wavelength_nm(band):.0f} nm" for band in self.bands]
        return render(
            "overview.html.j2",
            overview=self,
            wavelengths=[text if "nan" not in text else "" for text in wavelengths],
            agree=AGREE,
            theme=theme,
            link=link,
            chosen=chosen,
        )

    def alerts_html(self, theme: str = "light", most: int = 12) -> str:
        """List the alerts, the worst first."""
        return render("alerts.html.j2", alerts=self.alerts, most=most, theme=theme)


def overview(pages: Mapping[str, DriftPage]) -> Overview:
    """Gather the matrix from one page for each method.

    Drifts are those of the sensor's sensitivity, which no update changes.

    Parameters
    ----------
    pages
        Method to its page, in the order of the rows.

    Returns
    -------
    Overview
        With an agreement row where two methods or more have drifts. Its squares
        give the largest En = abs(d1 - d2) / sqrt(U1² + U2²) of two methods, U the half
        width of the 95 % interval; above 1.6 they disagree. Below, they agree if some pair
        could have told drifts 1 % per year apart.
    """
    bands = tuple(by_wavelength({band for page in pages.values() for band in page.latest["band"]}))
    newest = [np.datetime64(page.latest["time"].max(), "D") for page in pages.values()]
    last = max((date for date in newest if not np.isnat(date)), default=np.datetime64("NaT", "D"))
    rows = [(name_of(name), _squares(page, bands, last)) for name, page in pages.items()]
    if len(pages) > 1:
        rows.append(("Drifts agree", tuple(_agreement(pages, band) for band in bands)))
    alerts = [
        (SEVERITIES.index(alert.severity), _alert_text(name, alert.band, alert.sentence))
        for name, page in pages.items()
        for alert in records(page.alerts)
    ]
    alerts.sort(key=lambda one: one[0])
    worded = tuple((KINDS[SEVERITIES[severity]], text) for severity, text in alerts)
    return Overview(bands, tuple(rows), tuple(pages), worded, last)


def _alert_text(method: str, band: str, sentence: str) -> str:
    return f"{' '.join(filter(None, (name_of(method), band)))}: {typeset(sentence)}"


def _squares(page: DriftPage, bands: tuple[str, ...], newest: np.datetime64) -> tuple[Square, ...]:
    latest = {one.band: one for one in records(page.latest)}
    sensor = {one.band: one for one in records(page.sensor)}
    return tuple(
        _square(
            band,
            latest[band],
            sensor.get(band),
            page.steps[page.steps["band"] == band],
            page.alerts[page.alerts["band"] == band],
            newest,
        )
        if band in latest
        else Square("none", NOT_SEEN, sentence=f"{band}: no looks")
        for band in bands
    )


def _square(
    band: str,
    latest: Any,
    sensor: Any,
    steps: pd.DataFrame,
    alerts: pd.DataFrame,
    newest: np.datetime64,
) -> Square:
    marks = " ".join(MARKS[one] for one in steps["verdict"] if one in MARKS)
    days = (newest - np.datetime64(latest.time, "D")) / np.timedelta64(1, "D")
    ratio = f"{number(latest.value, 3)}"
    small: tuple[str, ...] = (f"ratio {ratio}", f"{number(days, 0)} d", marks)
    worst = min((SEVERITIES.index(one) for one in alerts["severity"]), default=None)
    kind = "good" if worst is None else KINDS[SEVERITIES[worst]]
    drift = "no drift fitted"
    large = NOT_SEEN
    if sensor is not None and np.isfinite(sensor.drift):
        large = number(sensor.drift * 100.0, 2, sign=True)
        half = number((sensor.upper - sensor.lower) * 50.0, 2)
        drift = f"sensor {interval(sensor.drift, sensor.lower, sensor.upper)} per year"
        small = (f"± {half}", *small)
    sentence = (
        f"{band}: {drift}; latest ratio {ratio} on {day(latest.time)}"
        + (f"; updates {', '.join(steps['verdict'])}" if len(steps) else "")
        + (f"; {typeset(' '.join(alerts['sentence']))}" if len(alerts) else "")
    )
    return Square("good" if kind == "none" else kind, large, small, sentence)


def _agreement(pages: Mapping[str, DriftPage], band: str) -> Square:
    drifts = []
    for page in pages.values():
        found = page.sensor[(page.sensor.band == band) & page.sensor.drift.notna()]
        if len(found):
            one = found.iloc[0]
            drifts.append((one["drift"], 0.5 * (one["upper"] - one["lower"])))
    if len(drifts) < 2:
        return Square("none", NOT_SEEN, sentence=f"{band}: fewer than two methods have a drift")
    pairs = list(combinations(drifts, 2))
    reach = [float(np.hypot(first[1], second[1])) for first, second in pairs]
    apart = [abs(first[0] - second[0]) for first, second in pairs]
    number_en = max(one / own for one, own in zip(apart, reach, strict=True))
    agree = number_en <= AGREE
    if agree and min(reach) > TELLING:
        least = percent(min(reach), 0, sign=False)
        sentence = f"{band}: {len(drifts)} methods, too uncertain to tell drifts {least}/yr apart"
        return Square("none", "?", (f"En {number_en:.2f}",), sentence)
    word = "agree" if agree else "differ"
    sentence = f"{band}: {len(drifts)} methods {word}, largest En of their drifts {number_en:.2f}"
    return Square(
        "good" if agree else "open", "✓" if agree else "≠", (f"En {number_en:.2f}",), sentence
    )
