"""A session without a browser: choices, figures, gains and exclusions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from venus_analysis.app.drift_page import full_page, shown_page
from venus_analysis.app.phgain import phgain_download
from venus_analysis.app.query import Gain, Shown
from venus_analysis.app.shell import Shell
from venus_analysis.app.state import State
from venus_analysis.app.store import Store
from venus_analysis.app.try_gain import first_start, gain_at, proposed
from venus_analysis.app.views.moon_controls import MoonControls
from venus_analysis.calibrate.drift.exclusions import exclude
from venus_analysis.errors import InputError
from venus_analysis.ledger import write
from venus_analysis.parameters.check import check_folder
from venus_analysis.parameters.read import read_parameters
from venus_analysis.report.project import find_places


@pytest.fixture
def store(small_project: Path) -> Store:
    return Store(find_places(small_project))


def shell(store: Store, query: str = "?page=drift") -> Shell:
    made = Shell(store, query)
    made.complete()
    return made


def test_a_change_updates_the_figure_and_the_address(store: Store) -> None:
    session = shell(store)
    view = session.views["drift"]
    figure = view.figure.figure
    before = view.figure.sources["used"].data
    session.state.view = "sensitivity"
    assert view.figure.figure is figure
    assert view.figure.sources["used"].data is not before
    assert "view=sensitivity" in session.state.query()
    assert session.sidebar.widgets["view"].value == "sensitivity"
    session.sidebar.widgets["view"].value = "as produced"
    assert session.state.view == "as produced"
    session.state.show("?page=drift&view=sensitivity")
    assert session.sidebar.widgets["view"].value == "sensitivity"


def test_sessions_share_the_data_and_not_the_choices(store: Store) -> None:
    first, second = shell(store), shell(store)
    first.state.view = "sensitivity"
    assert second.state.view == "as produced"
    assert second.views["drift"].drawn.page.view.view == "as produced"
    assert first.store.project() is second.store.project()


def test_the_project_is_loaded_again_only_when_it_changed(
    store: Store, small_project: Path, small_rows: pd.DataFrame
) -> None:
    first = store.project()
    store.changed()
    assert store.project() is first
    write(small_project / "ledger", small_rows("NEW").assign(run_id="r2"))
    store.changed()
    assert len(store.project().frame) == 120


def test_results_are_computed_once_and_forgotten_with_their_data(
    store: Store, small_project: Path
) -> None:
    shown = Shown(method="moon", band=("B2",))
    first = full_page(store, shown)
    assert shown_page(store, shown) is first
    exclude(small_project / "ledger", "LOOK_3", who="Ada", why="clouds")
    store.changed()
    again = shown_page(store, shown)
    assert again is not first
    assert again.points["excluded"].sum() == 1


def test_a_gain_tried_out_divides_the_ratios_after_its_start(store: Store) -> None:
    shown = Shown(method="moon", band=("B2",), gain=(Gain("B2", "2020-01-01", 1.96 * 1.02),))
    tried = shown_page(store, shown).points.set_index("acquisition_id")
    recorded = shown_page(store, shown, tried=False).points.set_index("acquisition_id")
    later = recorded["time"] >= np.datetime64("2020-01-01")
    change = tried["raw"] / recorded["raw"]
    np.testing.assert_allclose(change[later], 1.0 / 1.02, rtol=1e-12)
    np.testing.assert_allclose(change[~later], 1.0, rtol=1e-12)


def test_typing_dragging_and_clearing_a_gain(store: Store) -> None:
    session = shell(store)
    details = session.views["drift"].details
    details.panel.active = 1
    card = details.what_if
    assert card.start.value == date(2020, 1, 1)
    assert card.gain.value == "1.96000"
    for wrong in ("-1", "abc", "nan", "inf"):
        card.gain.value = wrong
        assert session.state.gain == ()
        assert repr(wrong) in unescape(card.error.object)
    card.gain.value = "2,0"
    assert not card.error.visible
    assert session.state.gain == (Gain("B2", "2020-01-01", 2.0),)
    assert card.change.value == pytest.approx((2.0 / 1.96 - 1.0) * 100.0)
    marks = session.views["drift"].figure.sources["tried"]
    assert marks.data["label"] == ["tried out: B2 Ak 2"]
    assert marks.data["x"] == [np.datetime64("2020-01-01", "ms").astype(int)]
    card.clear.clicks += 1
    assert session.state.gain == ()
    assert marks.data["x"] == []
    assert card.gain.value == "1.96000"
    card.all.clicks += 1
    (gain,) = session.state.gain
    # the sensor kept 96.1 % of its 2.0 by the last look; the ratio then is to be the first one
    assert gain.absolute_gain == pytest.approx(2.0 * (1.0 - 0.01 * 3.877), rel=0.003)


def test_where_a_gain_comes_from(store: Store) -> None:
    page = full_page(store, Shown(method="moon", band=("B2",)))
    assert gain_at(page, "B2", date(2019, 5, 1)) == 2.0
    assert gain_at(page, "B2", date(2020, 5, 1)) == pytest.approx(1.96)
    assert gain_at(page, "B2", date(2030, 1, 1)) == pytest.approx(1.96)
    assert np.isnan(gain_at(page, "B7", date(2020, 1, 1)))
    assert first_start(page) == date(2020, 1, 1)
    assert [gain.band for gain in proposed(page, date(2021, 1, 1))] == ["B2"]


def test_gains_become_parameter_files_that_pass_the_check(
    small_project: Path, tmp_path: Path
) -> None:
    parameters = small_project / "parameters"
    gains = [Gain("B2", "2021-01-01", 1.9), Gain("B3", "2022-01-01", 0.5)]
    name, data = phgain_download(parameters, gains, simulated=True)
    assert name == "PHGAIN_what_if.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(parameters)
        paths = [parameters / one for one in archive.namelist()]
    assert [one for one in check_folder(parameters) if one.severity == "error"] == []
    first, second = map(read_parameters, paths)
    assert (first.at("B2", 8), second.at("B2", 8), second.at("B3", 8)) == (1.9, 1.9, 0.5)
    assert second.header.name.serial == first.header.name.serial + 1 == 10
    assert first.at("B7", 8) == second.at("B7", 8)
    with pytest.raises(InputError, match="type one first"):
        phgain_download(parameters, [])
    with pytest.raises(InputError, match="--parameters"):
        phgain_download(None, gains)


def test_an_exclusion_needs_a_look_a_person_and_a_reason(store: Store) -> None:
    session = shell(store)
    details = session.views["drift"].details
    details.panel.active = 4
    card = details.exclusion
    card.choose("LOOK_5", "B2")
    assert card.band.value == "B2"
    card.leave_out.clicks += 1
    assert "expected a text" in card.answer.object or "expected" in card.answer.object
    card.who.value, card.why.value = "Ada", "clouds"
    card.leave_out.clicks += 1
    points = session.views["drift"].drawn.page.points
    assert list(points.loc[points["excluded"], "acquisition_id"]) == ["LOOK_5"]
    card.choose("<b>NO_SUCH")
    card.leave_out.clicks += 1
    assert "&lt;b&gt;NO_SUCH" in card.answer.object


def test_an_unreadable_ledger_is_a_page(store: Store, small_project: Path) -> None:
    session = shell(store)
    (small_project / "ledger").rename(small_project / "elsewhere")
    store.changed()
    session.look_again()
    assert "The ledger cannot be read" in session.message.object
    assert session.body.objects == [session.message]


def test_choices_without_a_series_are_a_page(store: Store) -> None:
    session = shell(store, "?page=drift&since=2050-01-01")
    assert "These choices show no series" in session.message.object
    session.state.since = ""
    assert session.body.objects == [session.views["drift"].panel]


def test_an_error_nobody_foresaw_is_a_page_once_served(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = shell(store, "?page=overview")

    def fail(*_: object) -> None:
        raise RuntimeError("<b>nobody foresaw this</b>")

    monkeypatch.setattr(session.views["overview"], "refresh", fail)
    with pytest.raises(RuntimeError):
        session.refresh()
    session.document = object()
    session.refresh()
    assert "cannot be drawn" in session.message.object
    assert "RuntimeError: &lt;b&gt;nobody" in session.message.object
    assert "nobody foresaw this" in caplog.text


def test_what_was_foreseen_is_not_computed_again(store: Store) -> None:
    made: list[str] = []
    store.foresee("key", lambda project: made.append(project.version) or "found")
    assert store.derived("key", lambda _: made.append("again")) in ("found", None)
    assert len(made) == 1
    store.foresee("key", lambda _: made.append("once more"))
    assert len(made) == 1


def test_another_method_takes_no_site_of_the_last_one_with_it(
    small_project: Path, small_rows: Callable[..., pd.DataFrame]
) -> None:
    rows = small_rows("D").assign(method="desert", reference="MERIS_3rd", run_id="r2")
    rows["site"] = np.where(np.arange(60) % 2, "Libya 4", "Niger 2")
    write(small_project / "ledger", rows)
    store = Store(find_places(small_project))
    session = shell(store, "?page=drift&method=desert&site=Niger+2&reference=MERIS_3rd")
    assert set(session.views["drift"].drawn.page.points["site"]) == {"Niger 2"}
    session.sidebar.widgets["method"].value = "moon"
    assert session.state.query() == "?page=drift&method=moon"
    assert session.warnings.object == ""


@pytest.mark.parametrize(
    ("page", "method"), [("overview", "moon"), ("moon_vs_desert", "moon"), ("moon_image", "desert")]
)
def test_a_page_says_nothing_of_choices_it_does_not_follow(
    small_project: Path, small_rows: Callable[..., pd.DataFrame], page: str, method: str
) -> None:
    rows = small_rows("D").assign(method="desert", site="Libya 4", reference="M", run_id="r2")
    write(small_project / "ledger", rows)
    query = f"?page={page}&method={method}&site=Libya+4&reference=M&axis=ozone_du"
    assert shell(Store(find_places(small_project)), query).warnings.object == ""


def test_a_square_leads_to_its_series_under_the_same_choices(store: Store) -> None:
    session = shell(
        store, "?page=overview&since=2019-01-01&estimator=weighted&theme=dark&as_of=2999-01-01"
    )
    found = unescape(session.views["overview"].matrix.object)
    assert "Only looks from 2019-01-01." in found
    asked = (
        "?page=drift&since=2019-01-01&estimator=weighted&as_of=2999-01-01&theme=dark"
        "&method=moon&band=B2"
    )
    assert f'href="{asked}"' in found


def test_what_an_address_asked_wrongly_is_said_until_something_is_chosen(store: Store) -> None:
    session = shell(store, "?page=drift&view=sideways")
    assert "&#39;sideways&#39;" in session.warnings.object
    session.sidebar.widgets["model"].value = "linear"
    assert session.warnings.object == ""
    session.state.show("?page=drift&model=cubic")
    assert "&#39;cubic&#39;" in session.warnings.object


def test_residuals_are_drawn_again_for_a_page_at_the_address_of_one_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page computed anew may lie in memory where the last one lay."""
    session = shell(store, "?page=residuals")
    view, before = session.views["residuals"], session.views["residuals"].residuals
    monkeypatch.setattr("venus_analysis.app.views.residuals.id", lambda _: 1, raising=False)
    for _ in range(2):
        store._derived.clear()
        session.refresh()
        assert view.residuals is not before
        before = view.residuals


def test_looks_of_one_minute_can_both_be_chosen() -> None:
    looks = pd.DataFrame(
        {
            "time": pd.to_datetime(["2020-01-01T00:00:40", "2020-01-01T00:00:10"]),
            "acquisition_id": ["SIMULATED_2", "SIMULATED_1"],
            "phase_angle_deg": [7.02, 7.01],
            "mission_phase": "VM1",
        }
    )
    controls = MoonControls(State())
    controls.fill(looks, "SIMULATED_2", ["B1", "B2"], "B1")
    assert list(controls.look.options.values()) == ["SIMULATED_2", "SIMULATED_1"]
