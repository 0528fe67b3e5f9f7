"""Pages of methods and phases in a session without a browser."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from venus_analysis.app.comparisons import comparison_of
from venus_analysis.app.query import Shown
from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.calibrate.compare.chosen import comparable_rows, two_phases
from venus_analysis.calibrate.compare.comparison import compare_phases
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.ledger import write
from venus_analysis.plot.phases import PhaseSteps
from venus_analysis.report.comparison import phases_headline
from venus_analysis.report.project import find_places
from venus_analysis.report.side_by_side import Comparison


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, two_phase_rows: pd.DataFrame) -> Store:
    folder = tmp_path_factory.mktemp("compared")
    write(folder / "ledger", two_phase_rows[two_phase_rows["band"].isin(["B1", "B4"])])
    return Store(find_places(folder))


def shell(store: Store, query: str) -> Shell:
    made = Shell(store, query)
    made.complete()
    return made


def test_a_band_and_an_epoch_update_the_figures_in_place(store: Store) -> None:
    session = shell(store, "?page=moon_vs_desert&band=B1")
    view = session.views["moon_vs_desert"]
    figure, before = view.methods.series, view.methods.sources["moon"].data
    assert "agree in slope" in view.headline.object
    assert list(view.matrix.figure.y_range.factors) == ["B4", "B1"]
    session.state.band = ("B4",)
    assert view.methods.series is figure
    assert view.methods.sources["moon"].data is not before
    assert "methods differ" in view.headline.object
    session.state.epoch = "2023-01-01"
    time, value = (np.array(view.methods.sources["desert"].data[k]) for k in ("time", "value"))
    near = np.abs(time - np.datetime64("2023-01-01", "ms").astype(float)) < 40 * 86.4e6
    assert np.abs(value[near]).max() < 0.5
    assert "epoch=2023-01-01" in session.state.query()
    assert "2023-01-01" in view.spectrum.figure.title.text


def test_phases_and_acceptance_are_told(store: Store) -> None:
    session = shell(store, "?page=altitude_phase&theme=dark")
    view = session.views["altitude_phase"]
    assert "not met in" in view.headline.object
    assert view.steps.verdicts.data["band"] == ["B1", "B4"]
    assert view.acceptance.object == ""
    view.tabs.active = 1
    assert "Not accepted" in view.acceptance.object
    assert 'class="va dark"' in view.acceptance.object


def test_sessions_share_what_is_computed(store: Store) -> None:
    first, second = (shell(store, "?page=altitude_phase") for _ in range(2))
    views = [session.views["altitude_phase"] for session in (first, second)]
    assert views[0].comparison is views[1].comparison
    assert views[0].steps is not views[1].steps


def test_one_phase_is_said_instead_of_compared(store: Store) -> None:
    session = shell(store, "?page=altitude_phase&until=2020-01-01")
    assert "looks in two of them" in session.message.object
    assert session.body.objects == [session.message]


def test_a_period_gives_what_the_ledger_s_own_rows_give(store: Store) -> None:
    project, period = store.project(), Selection(since=np.datetime64("2018-06-01", "s"))
    shown = comparison_of(store, Shown(since="2018-06-01"))
    rows, notes = comparable_rows(project.frame, period)
    assert 0 < len(rows) < len(project.frame)
    assert shown.notes == notes
    pd.testing.assert_frame_equal(
        shown.rows.astype(rows.dtypes[shown.rows.columns]), rows[shown.rows.columns]
    )
    before, after = two_phases(rows)
    assert shown.phases == compare_phases(rows, before, after, outlook=False)


def test_phases_come_band_by_band(store: Store) -> None:
    project = store.project()
    by_band, at_once = Comparison(project), Comparison(project).phases
    first = by_band.more_phases(12, still=lambda: False)
    assert by_band.phases_so_far is first
    assert first["to_come"] == ["B4"]
    assert not by_band.phases_are_ready
    assert [one["band"] for one in first["bands"]] == ["B1"]
    assert list(PhaseSteps(first).figure.x_range.factors) == ["B1", "B4"]
    assert "1 more band" in phases_headline(first)
    assert by_band.phases == at_once
    assert by_band.phases_are_ready


def test_a_page_of_one_band_shows_the_one_chosen_last(store: Store) -> None:
    session = shell(store, "?page=moon_vs_desert&band=B1&band=B4")
    bands = session.sidebar.widgets["band"]
    assert bands.value == ["B1"]
    bands.value = ["B1", "B4"]
    assert session.state.band == ("B4",)
    assert bands.value == ["B4"]
    assert session.views["moon_vs_desert"].headline.object.count("B4: ") == 1
    session.state.page = "drift"
    bands.value = ["B4", "B1"]
    assert session.state.band == ("B4", "B1")
