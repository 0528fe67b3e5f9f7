"""Texts of the address and of the ledger that mean harm: told or renamed, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
import pytest
from bokeh.models import SaveTool

from venus_analysis.app.pages import PAGES
from venus_analysis.app.query import Shown
from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.ledger import write
from venus_analysis.report.folder import write_folder
from venus_analysis.report.names import file_stem
from venus_analysis.report.project import find_places, load_project

HOSTILE = {
    "path": "../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "Windows": "..\\..\\C:\\CON",
    "NUL": "LOOK\0.csv",
    "newline": "LOOK\r\nSet-Cookie: user=ada",
    "quotes": "\"'`;rm -rf ~;`'\"",
    "long": "L" * 300,
    "script": "<script>alert(1)</script>",
    "unicode": "\u202egnp.exe \U0001f311",
    "dots": "...",
}
SAFE = re.compile(r"[A-Za-z0-9+-][A-Za-z0-9.+_-]{0,125}[A-Za-z0-9+]")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_name_made_of_it_is_a_safe_name_that_still_tells(text: str) -> None:
    stem = file_stem("drift", text, "B2", simulated=True)
    assert SAFE.fullmatch(stem)
    assert ".." not in stem
    assert stem.startswith("SIMULATED_drift_")
    assert file_stem(text) != ""
    if len(text) > 100:
        assert stem != file_stem("drift", text[:-1] + "M", "B2", simulated=True)


@pytest.fixture(scope="module")
def hostile_store(tmp_path_factory: pytest.TempPathFactory, small_rows: Callable) -> Store:
    """Ledger of a method, site and acquisitions whose names mean harm."""
    folder = tmp_path_factory.mktemp("hostile")
    name = "".join(HOSTILE.values())
    rows: pd.DataFrame = small_rows(name)
    rows = rows.assign(method=name, site=name, reference=name, phase_angle_deg=rows.index * 0.5)
    write(folder / "ledger", rows)
    return Store(find_places(folder))


def test_downloads_of_such_rows_have_safe_names(hostile_store: Store) -> None:
    for page in ("drift", "residuals", "data"):
        session = Shell(hostile_store, f"?page={page}")
        session.complete()
        view = session.views[page]
        match page:
            case "drift":
                view.details.panel.active = 3
                names = [view.details.csv.filename]
            case "residuals":
                names = [view.csv.filename]
            case _:
                names = [button.filename for button in view.files.values()]
        if page != "data":
            names += [one.filename for one in view.figure.figure.tools if isinstance(one, SaveTool)]
        for name in names:
            assert SAFE.fullmatch(name), name
            assert name.startswith(f"SIMULATED_{'ledger' if page == 'data' else page}_")


def test_no_table_of_the_report_leaves_its_folder(
    hostile_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no Chromium: no pictures
    made = write_folder(load_project(hostile_store.places), tmp_path / "a" / "meeting")
    assert {path.resolve() for path in made.written} <= set((tmp_path / "a").rglob("*"))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["meeting"]
    assert all(SAFE.fullmatch(path.name) for path in made.written)


@pytest.mark.parametrize("page", PAGES)
def test_an_address_of_it_shows_a_page(hostile_store: Store, page: str) -> None:
    texts = [name for name, kind in vars(Shown()).items() if isinstance(kind, str)]
    for text in HOSTILE.values():
        asked = dict.fromkeys([*texts, "band", "gain"], text) | {"page": page}
        session = Shell(hostile_store, f"?{urlencode(asked)}")
        session.complete()
        assert session.state.page == page
        assert "The address asks for view" in session.warnings.object
        assert "<script>" not in session.warnings.object
