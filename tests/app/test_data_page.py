"""The data page shows the ledger's rows, whatever the file; and a past ledger as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import xarray as xr
from bokeh.models import ColumnDataSource

from venus_analysis.app.exports import in_worker, rows_file
from venus_analysis.app.inline import inline
from venus_analysis.app.query import Shown
from venus_analysis.app.rows import chosen_rows, in_order, of_look, rows_shown
from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.errors import InputError
from venus_analysis.ledger import load, snapshot, write
from venus_analysis.report.project import find_places


@pytest.fixture
def store(small_project: Path) -> Store:
    return Store(find_places(small_project))


def _awaited(make: Callable[[], bytes]) -> bytes:
    """Result of the worker, in a thread of its own: beside a browser this one has its loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(in_worker(make))).result()


def test_a_file_holds_the_rows_of_the_ledger(store: Store, tmp_path: Path) -> None:
    session = Shell(store, "?page=data&since=2020-01-01&sort=-ratio")
    session.complete()
    view = session.views["data"]
    whole = load(store.places.ledger).frame
    expected = whole[whole["time"] >= pd.Timestamp("2020-01-01")].sort_values(
        "ratio", ascending=False, kind="stable"
    )
    shown = view.frame.loc[view._order]
    pd.testing.assert_frame_equal(shown, expected)
    path = tmp_path / "rows.parquet"
    path.write_bytes(_awaited(lambda: rows_file(shown, ".parquet")))
    pd.testing.assert_frame_equal(
        pd.read_parquet(path), expected.reset_index(drop=True), check_dtype=False
    )
    path = tmp_path / "rows.nc"
    path.write_bytes(_awaited(lambda: rows_file(shown, ".nc")))
    with xr.open_dataset(path) as data:
        assert sorted(data["ratio"].to_numpy().ravel()) == sorted(expected["ratio"])
    with pytest.raises(InputError, match="ledger export"):
        rows_file(pd.DataFrame(index=range(200_000)), ".csv")


def test_rows_are_chosen_found_and_turned(store: Store) -> None:
    frame = store.project().frame
    assert len(chosen_rows(frame, Shown(method="moon", band=("B2",), until="2019-12-31"))) == 31
    assert of_look(frame, "LOOK_7")["acquisition_id"].tolist() == ["LOOK_7"]
    assert len(of_look(frame, "LOOK_1")) == 1
    assert len(of_look(frame, "OK_1")) == 11
    assert in_order(frame, "no such column").tolist() == in_order(frame, "-time").tolist()
    chosen = Shown(method="moon", band=("B2",), look="OK_1", sort="-ratio")
    whole = in_order(of_look(chosen_rows(frame, chosen), "OK_1"), "-ratio")
    assert rows_shown(frame, chosen).tolist() == whole.tolist()
    session = Shell(store, "?page=data")
    session.complete()
    view = session.views["data"]
    assert view.frame is frame, "no session has rows of its own"
    assert "1–12 of 60 rows" in view.place.object
    view.on.clicks += 1
    assert "13–24 of 60 rows" in view.place.object
    view.find.value = "LOOK_7"
    assert session.state.look == "LOOK_7"
    assert "The row of LOOK_7, B2, in full" in view.full.object


def test_every_page_shows_the_ledger_as_it_was(store: Store, small_rows) -> None:
    first = store.project()
    name = snapshot(store.places.ledger, first.frame)
    write(store.places.ledger, small_rows("LATER").assign(run_id="r2"))
    store.changed()
    for page in ("data", "drift", "residuals", "overview"):
        session = Shell(store, f"?page={page}&as_of={name}&axis=time")
        session.complete()
        assert "60 rows · ledger as of snapshot-" in session.stamp.object, page
        session.state.as_of = ""
        assert "120 rows" in session.stamp.object
    session.state.as_of = "2001-01-01"
    assert "The ledger had no rows as of 2001-01-01" in session.message.object
    session.state.as_of = "<b>no moment"
    assert "cannot be shown" in session.warnings.object
    assert "<b>no" not in session.warnings.object
    assert "120 rows" in session.stamp.object


def test_a_page_stands_in_a_notebook_with_its_choices(small_project: Path) -> None:
    row = inline(small_project, "drift", band=("B2",), view="sensitivity")
    model = row.get_root()
    sources = [
        one for one in model.select({"type": ColumnDataSource}) if "acquisition_id" in one.data
    ]
    assert max(len(one.data["acquisition_id"]) for one in sources) == 60
    labels = [
        one.data.label for one in model.references() if hasattr(getattr(one, "data", None), "label")
    ]
    assert "View" in labels
    assert len(inline(small_project, "data", sidebar=False)) == 1


def test_a_page_that_there_is_not_is_named(small_project: Path) -> None:
    with pytest.raises(InputError, match=r"page: expected one of overview, drift, .*'nope'"):
        inline(small_project, "nope")


def test_results_of_many_rows_are_forgotten_before_memory_is_full(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venus_analysis.app.store.ROWS_KEPT", 150)
    for name in ("old", "used", "new"):
        store.derived(name, lambda project: SimpleNamespace(points=project.frame))
        assert store.has("old") == (name == "old" or name == "used")
        if name != "old":
            assert store.has("used")
    store.derived("small", lambda _: "text")
    assert [store.has(name) for name in ("used", "new", "small")] == [True, True, True]
