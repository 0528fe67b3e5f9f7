"""Figures of drift draw what the page says, refresh in place, and stay small."""

from __future__ import annotations

import re
from dataclasses import replace

import bokeh.embed
import numpy as np
import pandas as pd
import pytest
from bokeh.core.validation import check_integrity

from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.exclusions import Exclusion, Exclusions
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.page import DriftPage, drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.calibrate.row import new_row
from venus_analysis.plot import style
from venus_analysis.plot.drift import DriftFigure, DriftOverview, VerdictMatrix
from venus_analysis.plot.drift_columns import (
    end_columns,
    line_columns,
    marker_columns,
    overview_columns,
    point_columns,
    verdict_columns,
)
from venus_analysis.plot.save import save_html

UPDATE = np.datetime64("2020-06-01T00:00:00")
EVIL = "</script><script>alert(1)</script>"


def page_of(looks: int = 60, sites: int = 1, method: str = "moon", **more: object) -> DriftPage:
    """Two bands; the update works in B1 and does nothing in B3."""
    random = np.random.default_rng(6)
    time = np.datetime64("2018-06-01", "us") + np.arange(looks) * np.timedelta64(
        1460 * 86400 // looks, "s"
    )
    after = time >= UPDATE
    rows = [
        new_row(
            instrument="I",
            acquisition_id=f"LOOK_{k}_{site}",
            band=band,
            method=method,
            site=f"site {site}",
            reference="R",
            time=time[k] + np.timedelta64(site, "h"),
            parameter_set="00008" if after[k] else "00007",
            absolute_gain=1.96 if after[k] else 2.0,
            ratio=1.0 + 0.0204 * (after[k] and band == "B1") + 0.002 * random.standard_normal(),
            u_random=0.002,
            simulated=True,
        )
        for k in range(looks)
        for site in range(sites)
        for band in ("B1", "B3")
    ]
    return drift_page(pd.DataFrame(rows), Selection(method), **more)


@pytest.fixture(scope="module")
def planted_page() -> DriftPage:
    out = Exclusion("exclude", "LOOK_7_0", "B1", "Ada", "2024-01-01T00:00:00Z", "clouds")
    events = [
        Event(np.datetime64("2019-01-01T00:00:00"), "orbit", "SIMULATED: lower"),
        Event(np.datetime64("2019-05-01T00:00:00"), "tdi", EVIL, bands=("B3",)),
    ]
    return page_of(exclusions=Exclusions((out,)), events=events)


def test_points_lines_and_markers_are_those_of_the_page(planted_page: DriftPage) -> None:
    points = point_columns(planted_page, ["B1"])
    assert len(points["used"]["time"]) == 59
    assert points["excluded"]["acquisition_id"] == ["LOOK_7_0"]
    assert points["excluded"]["reason"] == ["clouds (Ada, 2024-01-01)"]
    first = planted_page.points[
        planted_page.points["used"] & (planted_page.points["band"] == "B1")
    ].iloc[0]
    assert points["used"]["value"][0] == first["value"]
    assert points["used"]["time"][0] == first["time"].timestamp() * 1e3
    lines = line_columns(planted_page, ["B1"])
    assert len(lines["xs"]) == 2
    assert all("%/yr" in text for text in lines["text"])
    assert all(len(x) == len(y) for x, y in zip(lines["xs"], lines["ys"], strict=True))
    markers = marker_columns(planted_page, ["B1"])
    assert markers["updates"]["label"] == ["update 00008"]
    assert markers["updates"]["result"][0].startswith("✓ effective\nstep +1.")
    assert markers["events"]["label"] == ["lower"]
    assert len(marker_columns(planted_page)["events"]["label"]) == 2
    assert marker_columns(planted_page)["updates"]["result"] == ["✓ 1  ✗ 1  ? 0 bands"]
    assert sorted(end_columns(planted_page)["band"]) == ["B1", "B3"]


def test_verdicts_and_overview_are_those_of_the_page(planted_page: DriftPage) -> None:
    cells = verdict_columns(planted_page)
    found = dict(zip(cells["band"], cells["symbol"], strict=True))
    assert found == {"B1": "✓", "B3": "✗"}
    (moon,) = overview_columns([planted_page])
    np.testing.assert_allclose(moon["drift"], 100.0 * planted_page.sensor["drift"])
    assert (np.array(moon["lower"]) < moon["drift"]).all()


def test_dense_series_are_drawn_as_medians_until_a_window_holds_few() -> None:
    dense = page_of(looks=600, sites=3, method="desert")
    assert len(dense.points) == 3600
    shown = point_columns(dense)["used"]
    months = dense.points["time"].dt.to_period("M").nunique()
    assert len(shown["time"]) == 2 * 3 * (months + 0)
    assert len(shown["time"]) < 3000
    assert shown["acquisition_id"][0].startswith("median of ")
    window = (np.datetime64("2019-01-01"), np.datetime64("2019-03-01"))
    raw = point_columns(dense, ["B1"], *window)["used"]
    assert raw["acquisition_id"][0].startswith("LOOK_")
    inside = dense.points["time"].between(*map(pd.Timestamp, window))
    assert len(raw["time"]) == (inside & (dense.points["band"] == "B1")).sum()
    pooled = point_columns(dense, most=150)["used"]
    assert len(pooled["time"]) <= 150
    assert set(pooled["site"]) == {"all sites"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_figure_is_built_once_and_refreshed_through_its_sources(planted_page, theme) -> None:
    drawn = DriftFigure(planted_page, theme=theme)
    renderers, sources = list(drawn.figure.renderers), dict(drawn.sources)
    assert drawn.figure.title.text.startswith("SIMULATED · Moon · B1, B3")
    assert drawn.figure.background_fill_color == style.THEMES[theme]["paper"]
    free = page_of(options=Options(view="sensitivity"))
    drawn.update(free, ["B3"])
    assert drawn.figure.renderers == renderers
    assert drawn.sources == sources
    assert set(drawn.sources["used"].data["band"]) == {"B3"}
    assert drawn.figure.yaxis.axis_label == "sensor sensitivity / Ak of the first look"
    assert drawn.figure.xaxis.axis_label == "date (UTC)"
    for other in (
        VerdictMatrix(planted_page, theme=theme),
        DriftOverview([planted_page], theme=theme),
    ):
        before = list(other.figure.renderers)
        other.update(planted_page) if isinstance(other, VerdictMatrix) else other.update(
            [planted_page, free]
        )
        assert other.figure.renderers == before
        assert other.figure.title.text.startswith("SIMULATED")
        check_integrity([other.figure])


def test_a_page_without_updates_or_looks_still_draws(planted_page: DriftPage) -> None:
    frame = planted_page.view.frame.drop(columns=["view_value", "view_gain", "view_flags"])
    bare = drift_page(frame.assign(parameter_set="00007", ratio=np.nan), Selection("moon"))
    assert len(bare.points) == 0
    DriftFigure(bare)
    VerdictMatrix(bare)
    DriftOverview([bare])


def test_saved_figures_open_offline_and_names_are_no_script(
    planted_page: DriftPage, tmp_path
) -> None:
    path = save_html(DriftFigure(planted_page).figure, tmp_path / "drift.html", title=EVIL)
    text = path.read_text()
    assert "<script>alert" not in text
    assert not re.search(r'<(script|link)[^>]*(src|href)="https?:', text)
    assert bokeh.embed.json_item(VerdictMatrix(planted_page).figure)


def test_a_model_without_drift_gives_none_and_a_long_axis_title_has_two_lines() -> None:
    page = page_of(options=Options(model="constant"))
    figure = DriftFigure(page, ["B3"])
    assert figure.figure.title.text.endswith("B3 · model without drift")
    figure.update(replace(page, label="measured / modelled, re-based to PHGAIN 00010 (sites off)"))
    assert figure.figure.yaxis.axis_label.splitlines()[1] == "(sites off)"


def test_events_beside_all_looks_are_not_written_into_the_frame() -> None:
    events = [
        Event(np.datetime64(f"{year}-01-01T00:00:00"), "anomaly", f"in {year}")
        for year in (2015, 2020)
    ]
    figure = DriftFigure(page_of(events=events))
    assert figure.sources["events"].data["label"] == ["in 2020"]


def test_segments_that_drift_alike_are_all_named(planted_page: DriftPage) -> None:
    """Two numbers that round alike are two segments; one slope throughout is one number."""
    line = planted_page.lines[planted_page.lines["band"] == "B1"]
    line = line[line["segment"] == line["segment"].min()]
    row = planted_page.drifts[planted_page.drifts["band"] == "B1"].head(1)
    lines = pd.concat([line.assign(segment=k) for k in range(3)], ignore_index=True)

    def title(*drifts: float) -> str:
        rows = [row.assign(segment=k, drift=one, lower=one - 0.001, upper=one + 0.001)
                for k, one in enumerate(drifts)]  # fmt: skip
        page = replace(planted_page, lines=lines, drifts=pd.concat(rows, ignore_index=True))
        return str(DriftFigure(page, ["B1"]).figure.title.text)

    assert title(-0.02, -0.005, -0.02).endswith("drift −2.00 → −0.50 → −2.00 %/yr")
    assert title(-0.01, -0.01, -0.01).endswith("drift −1.00 %/yr")


def test_a_change_of_gain_that_is_not_known_is_no_number(planted_page: DriftPage) -> None:
    page = replace(planted_page, steps=planted_page.steps.assign(expected=np.nan))
    assert all(text.endswith(" of ? %") for text in verdict_columns(page)["text"])
    (told,) = marker_columns(page, ["B1"])["updates"]["result"]
    assert told.endswith("\nof ? %")


def test_the_overview_names_only_methods_that_are_there(planted_page) -> None:
    figure = DriftOverview([planted_page]).figure
    shown = [item.label.value for item in figure.legend[0].items if item.visible]
    assert shown == ["Moon"]
