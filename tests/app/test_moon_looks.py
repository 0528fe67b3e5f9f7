"""From a ledger row to its pictures: what was planted is drawn, what is not there is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from bokeh.document import Document
from bokeh.models import Scatter

from venus_analysis.app.moon_looks import chosen_look, look_product, moon_rows
from venus_analysis.app.query import Shown
from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.errors import InputError
from venus_analysis.plot.moon_picture import moon_picture
from venus_analysis.plot.residuals import NAMES
from venus_analysis.report.project import Places, find_places


@pytest.fixture(scope="module")
def store(pictured: Path) -> Store:
    return Store(find_places(pictured))


def test_a_picture_is_laid_about_the_disks_centre(planted_product: xr.Dataset) -> None:
    disk = moon_picture(planted_product, "B3")
    assert disk is not None
    assert disk.centre == pytest.approx((50.0, 60.0))
    assert (disk.left, disk.top, disk.width, disk.height) == pytest.approx((-60.5, -50.5, 120, 100))
    assert np.hypot(*disk.limb) == pytest.approx(30.0)
    assert np.hypot(*disk.aperture) == pytest.approx(33.0)
    faint = moon_picture(planted_product, "B3", "faint light")
    assert faint is not None
    assert float(faint.values[0, 0]) == pytest.approx(100.0 * 0.1 / 40.1, rel=0.01)
    rejected = moon_picture(planted_product, "B3", "rejected pixels")
    assert rejected is not None
    assert np.argwhere(rejected.rejected).tolist() == [[50, 58], [50, 59]]
    assert [(name, number) for name, _, number in rejected.reasons] == [("spike", 2)]
    (ghost,) = moon_picture(planted_product, "B3", "ghosts").ghosts  # type: ignore[union-attr]
    assert ghost.found
    assert ghost.text == "B4: 0.200 ± 0.040 %"
    assert ghost.xs.mean() == pytest.approx(40.0, abs=0.5)
    hidden = planted_product.assign(ct2_factor=planted_product["ct2_factor"] * np.nan)
    (ghost,) = moon_picture(hidden, "B3", "ghosts").ghosts  # type: ignore[union-attr]
    assert "nan" not in ghost.text
    without = planted_product.drop_vars("sky")
    assert moon_picture(without, "B3", "ghosts") is None
    blind = planted_product.assign(limb_line=planted_product["limb_line"] * np.nan)
    assert moon_picture(blind, "B3") is None


def test_a_session_shows_the_look_that_was_tapped_and_says_when_it_cannot(store: Store) -> None:
    looks = moon_rows(store, Shown())[1]
    (look,) = looks["acquisition_id"]
    session = Shell(store, f"?page=moon_image&look={look}&band=B4&band=B3&picture=ghosts")
    session.complete()
    view = session.views["moon_image"]
    assert view.band == "B4"
    assert "B4 · ratio" in view.headline.object
    assert "no ghost found" in view.headline.object
    view.controls.band.value = "B3"
    assert session.state.band[0] == "B3"
    assert "ghost of B4" in view.headline.object
    view.controls.blink.value = True
    assert view.figure.sources["blink"].data == {"on": [1]}
    session.state.look = "NONE"
    assert "No picture was kept of NONE" in view.remark.object


def test_a_click_that_blinks_waits_for_the_lock_that_figures_need(store: Store) -> None:
    session = Shell(store, "?page=moon_image&band=B3")
    session.complete()
    view = session.views["moon_image"]
    view._document = Document()
    view.controls.blink.value = True
    blinks = view.figure.sources["blink"]
    assert blinks.data == {"on": [0]}
    for waiting in view._document.session_callbacks:
        waiting.callback()
    assert blinks.data == {"on": [1]}
    session.state.theme = "dark"
    assert not view.controls.blink.value
    assert view.figure.sources["blink"].data == {"on": [0]}


def test_a_point_of_the_drift_leads_to_its_image(store: Store) -> None:
    (look,) = moon_rows(store, Shown())[1]["acquisition_id"]
    session = Shell(store, "?page=drift&method=moon&band=B3")
    session.complete()
    drift = session.views["drift"]
    points = drift.figure.sources["used"]
    range_before = drift.figure.figure.x_range.start = 5.0
    points.selected.indices = [list(points.data["acquisition_id"]).index(look)]
    assert session.state.look == look
    assert drift.figure.figure.x_range.start == range_before, "a tap must not end the zoom"
    assert drift.link.panel.visible
    drift.link.button.clicks += 1
    assert session.views["moon_image"].look["acquisition_id"] == look
    assert f"look={look}" in session.state.query()


def test_products_are_read_from_their_folder_only(store: Store, tmp_path: Path) -> None:
    looks = moon_rows(store, Shown())[1]
    row = looks.iloc[0].copy()
    row["product"] = "../../../elsewhere.zarr"
    with pytest.raises(InputError, match="within the folder of products"):
        look_product(store, row)
    bare = Store(Places(store.places.ledger))
    with pytest.raises(InputError, match="--products"):
        look_product(bare, looks.iloc[0])
    with pytest.raises(InputError, match="--residuals"):
        chosen_look(looks.iloc[:0], "")


@pytest.mark.parametrize(("page", "source"), [("drift", "used"), ("residuals", "looks")])
def test_no_point_stays_marked_where_another_look_came(
    store: Store, page: str, source: str
) -> None:
    session = Shell(store, f"?page={page}&method=moon&band=B3")
    session.complete()
    points = session.views[page].figure.sources[source]
    points.selected.indices = [3]
    assert session.state.look == points.data["acquisition_id"][3]
    assert points.selected.indices == [3]
    session.state.band = ("B4",)
    assert points.selected.indices == []


def test_a_long_axis_title_has_lines_and_a_tap_leaves_the_other_looks(store: Store) -> None:
    session = Shell(store, "?page=moon_image&band=B3&quantity=ct2_2_factor")
    session.complete()
    figure = session.views["moon_image"].details.figure.figure
    title = figure.yaxis[0].axis_label
    assert " ".join(title.splitlines()) == NAMES["ct2_2_factor"][0]
    assert max(map(len, title.splitlines())) <= 26
    (marks,) = (one for one in figure.renderers if isinstance(one.glyph, Scatter))
    assert marks.nonselection_glyph.fill_alpha == 1.0
