"""The report: its numbers are the ledger's, nothing in it runs or asks the network."""

from __future__ import annotations

import hashlib
import html
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.compare.criteria import read_criteria
from venus_analysis.calibrate.drift.exclusions import exclude
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.page import drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.errors import InputError
from venus_analysis.ledger import load, withdraw, write
from venus_analysis.parameters.registry import Registry
from venus_analysis.report import pdf
from venus_analysis.report.changes import changes_since
from venus_analysis.report.folder import write_folder
from venus_analysis.report.headline import headline
from venus_analysis.report.manifest import take_away
from venus_analysis.report.overview import AGREE, overview
from venus_analysis.report.pages import method_pages
from venus_analysis.report.project import find_places, load_project, version_of
from venus_analysis.report.wording import interval
from venus_analysis.report.write import write_report

Rows = Callable[..., pd.DataFrame]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def written(folder: Path, path: Path, **options: str) -> str:
    write_report(load_project(find_places(folder)), path, **options)
    return path.read_text(encoding="utf-8")


def embedded(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="numbers">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_its_numbers_are_those_of_the_ledger(small_project: Path, tmp_path: Path) -> None:
    page = written(small_project, tmp_path / "report.html")
    numbers = embedded(page)
    again = load(small_project / "ledger", as_of=numbers["snapshot"]).frame
    assert len(again) == numbers["rows"] == 60
    computed = drift_page(again, Selection("moon"), registry=Registry(small_project / "parameters"))
    for name in ("steps", "sensor", "due", "drifts"):
        rows = getattr(computed, name)
        assert len(numbers["methods"]["moon"][name]) == len(rows) > 0
        for told, row in zip(numbers["methods"]["moon"][name], rows.itertuples(), strict=True):
            for column in {"observed", "drift", "absolute_gain", "lower", "upper"} & set(told):
                assert told[column] == pytest.approx(getattr(row, column), rel=1e-12)
    step = computed.steps.iloc[0]
    text = html.unescape(page)
    assert interval(step["observed"], step["lower"], step["upper"]) in text
    assert step["verdict"] == "effective"
    assert "1 effective, 0 not effective" in text


def test_the_planted_truth_is_what_it_tells(small_project: Path, tmp_path: Path) -> None:
    moon = embedded(written(small_project, tmp_path / "report.html"))["methods"]["moon"]
    assert moon["steps"][0]["expected"] == pytest.approx(1.0 / 0.98 - 1.0)
    assert moon["steps"][0]["lower"] < 1.0 / 0.98 - 1.0 < moon["steps"][0]["upper"]
    assert moon["sensor"][0]["drift"] == pytest.approx(-0.0103, abs=0.001)


def test_a_snapshot_draws_it_again_after_later_runs(
    small_project: Path, tmp_path: Path, small_rows: Rows
) -> None:
    first = embedded(written(small_project, tmp_path / "first.html"))
    write(small_project / "ledger", small_rows().assign(ratio=0.5, run_id="r2"))
    second = embedded(written(small_project, tmp_path / "second.html"))
    assert second["methods"] != first["methods"]
    project = load_project(find_places(small_project), as_of=first["snapshot"])
    write_report(project, tmp_path / "again.html")
    assert embedded((tmp_path / "again.html").read_text())["methods"] == first["methods"]


def test_it_needs_no_network_and_says_simulated(
    small_project: Path, tmp_path: Path, small_rows: Rows
) -> None:
    page = written(small_project, tmp_path / "report.html")
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"'](?!data:)", page)
    assert "default-src 'none'" in page
    assert "SIMULATED: the rows of this report" in page
    assert str(small_project) not in page
    real = small_rows().assign(simulated=False, run_id="r2")
    write(small_project / "ledger", real)
    assert "SIMULATED" not in written(small_project, tmp_path / "real.html").split("<script>")[0]


def test_script_in_a_name_is_text(small_project: Path, tmp_path: Path, small_rows: Rows) -> None:
    write(
        small_project / "ledger",
        small_rows(HOSTILE).assign(site=HOSTILE, reference=HOSTILE, method="x"),
    )
    exclude(small_project / "ledger", f"{HOSTILE}_1", who=HOSTILE, why=HOSTILE)
    page = written(small_project, tmp_path / "report.html", since="2000-01-01")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_changed_since(small_project: Path, tmp_path: Path, small_rows: Rows) -> None:
    ledger = small_project / "ledger"
    first = load(ledger).frame["committed"].max()
    late = small_rows().assign(method="desert", site="Libya 4", run_id="r2")
    write(ledger, late)
    exclude(ledger, "LOOK_3", who="Ada", why="clouds")
    project = load_project(find_places(small_project))
    pages, _ = method_pages(project)
    told = " ".join(changes_since(project, pages, f"{first.isoformat()}").sentences)
    assert "Desert: 60 new rows of 60 acquisitions (2018-01-01 to 2021-11-17)." in told
    assert "Desert B2, update 00008: not seen yet → effective." in told
    assert "LOOK_3 (all bands): excluded by Ada, clouds." in told
    assert "Moon: " not in told
    everything = changes_since(project, pages, "2000-01-01").sentences
    assert everything[0].startswith("The ledger had no rows at 2000-01-01")
    assert changes_since(project, pages, "2100-01-01").sentences == (
        "Nothing changed since 2100-01-01.",
    )
    with pytest.raises(InputError, match="a date"):
        changes_since(project, pages, "last week")


def test_only_rows_withdrawn_or_put_back_since_are_a_change(small_project: Path) -> None:
    ledger = small_project / "ledger"
    committed = load(ledger).frame["committed"].max().to_pydatetime().replace(tzinfo=UTC)

    def after(seconds: int) -> datetime:
        return committed + timedelta(seconds=seconds)

    def decide(look: str, at: int, *, restore: bool = False) -> None:
        withdraw(ledger, acquisition=look, reason="clouds", who="Ada", restore=restore,
                 clock=lambda: after(at))  # fmt: skip

    def told(seconds: int) -> tuple[str, ...]:
        project = load_project(find_places(small_project))
        return changes_since(project, {}, after(seconds).isoformat()).sentences

    decide("LOOK_3", 10)
    decide("LOOK_4", 20)
    assert "2 rows of the ledger withdrawn." in told(5)
    assert "1 row of the ledger withdrawn." in told(15)
    assert not any("withdrawn" in one for one in told(25))
    decide("LOOK_3", 30, restore=True)
    assert "1 row of the ledger put back." in told(25)


def test_a_broken_part_is_named_and_the_rest_reported(
    small_project: Path, tmp_path: Path, small_rows: Rows
) -> None:
    part = next((small_project / "ledger" / "rows").iterdir())
    write(small_project / "ledger", small_rows("OTHER").assign(run_id="r2"))
    part.write_bytes(part.read_bytes()[:-100])
    (small_project / "events.toml").write_text("[[event]]\ndate = 'no date'\n")
    page = written(small_project, tmp_path / "report.html")
    assert part.name in page
    assert "The events are left out" in page
    assert embedded(page)["rows"] == 60


def test_an_empty_ledger_and_no_ledger_are_said(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    with pytest.raises(InputError, match="calibrate acquisitions first"):
        write_report(load_project(find_places(tmp_path)), tmp_path / "report.html")
    with pytest.raises(InputError, match="a folder that holds rows/"):
        find_places(tmp_path / "absent")
    with pytest.raises(InputError, match="--events"):
        find_places(tmp_path, events=tmp_path / "absent.toml")


def test_the_version_follows_every_input(small_project: Path, small_rows: Rows) -> None:
    places = find_places(small_project)
    seen = [version_of(places)]
    exclude(places.ledger, "LOOK_1", who="Ada", why="clouds")
    seen.append(version_of(places))
    write(places.ledger, small_rows().assign(run_id="r2"))
    seen.append(version_of(places))
    next((small_project / "parameters").glob("*00008*")).touch()
    seen.append(version_of(places))
    assert len(set(seen)) == 4
    assert version_of(places) == seen[-1]


def test_the_overview_and_the_acceptance_have_one_limit_of_agreement() -> None:
    (limit,) = (one.limit for one in read_criteria() if one.name == "agreement")
    assert limit == AGREE


def test_the_overview_compares_methods(small_project: Path, small_rows: Rows) -> None:
    rows = small_rows().assign(method="desert", site="Libya 4", run_id="r2")
    years = (rows["time"] - rows["time"].min()) / np.timedelta64(1, "D") / 365.25
    write(small_project / "ledger", rows.assign(ratio=rows["ratio"] * (1.0 + 0.03 * years)))
    pages, problems = method_pages(load_project(find_places(small_project)))
    found = overview(pages)
    assert problems == ()
    assert [name for name, _ in found.rows] == ["Moon", "Desert", "Drifts agree"]
    (square,) = found.rows[2][1]
    assert square.large == "≠"
    same = overview({"moon": pages["moon"], "sno": pages["moon"]})
    assert same.rows[2][1][0].large == "✓"
    assert same.rows[2][1][0].small == ("En 0.00",)
    assert "<table" in found.html("dark")
    moon = pages["moon"]
    vague = moon.sensor.assign(lower=moon.sensor["drift"] - 4.0, upper=moon.sensor["drift"] + 4.0)
    unsure = {"moon": moon, "sno": replace(moon, sensor=vague)}
    (square,) = overview(unsure).rows[2][1]
    assert square.large == "?"  # nobody could have seen a difference
    (square,) = overview(unsure | {"desert": moon}).rows[3][1]
    assert square.large == "✓"


def test_the_command_prints_the_documented_json(small_project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "venus_analysis", "report", str(small_project)]
    path = tmp_path / "out" / "meeting.html"
    done = subprocess.run(
        [*command, "-o", str(path), "--json"], capture_output=True, text=True, check=True
    )
    document = json.loads(done.stdout)
    times = [one["time"] for own in document["methods"].values() for one in own["latest"]]
    assert times
    assert all(time.endswith("Z") for time in times)
    assert set(document) == {
        "written",
        "pdf",
        "files",
        "agreement",
        "phases",
        "problems",
        "snapshot",
        "since",
        "simulated",
        "rows",
        "methods",
        "moon_image",
        "residual_noise",
        "ratio_residuals",
    }
    assert document["simulated"] is True
    assert document["methods"] == embedded(path.read_text())["methods"]
    in_process = runpy.run_path(str(Path(__file__).parents[1] / "in_process.py"))["run"]
    wrong = in_process(*command[5:], "--since", "soon")
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_a_second_configuration_hides_nothing(small_project: Path, small_rows: Rows) -> None:
    """Rows of a later run with other options: shown, as the newest, and said so."""
    rows = small_rows()
    rows["configuration"] = "other options"
    write(small_project / "ledger", rows)
    pages, problems = method_pages(load_project(find_places(small_project)))
    assert not problems
    assert set(pages["moon"].view.frame["configuration"]) == {"other options"}
    assert any("2 of configuration" in note for note in pages["moon"].notes)
    assert any("2 of configuration" in text for text in pages["moon"].alerts["sentence"])


@pytest.fixture
def two_phases(tmp_path: Path, two_phase_rows: pd.DataFrame) -> Path:
    rows = two_phase_rows[two_phase_rows["band"].isin(["B1", "B4"])]
    write(tmp_path / "project" / "ledger", rows)
    return tmp_path / "project"


def test_a_meeting_folder_has_report_and_tables_and_says_what_it_lacks(
    two_phases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    made = write_folder(load_project(find_places(two_phases)), tmp_path / "meeting")
    assert len(made.missing) == 1
    assert "Chromium" in made.missing[0]
    names = {path.name for path in made.written}
    assert all(path.is_file() for path in made.written)
    assert {"report.html", "acceptance.html", "acceptance.json"} <= names
    looks = pd.read_csv(tmp_path / "meeting/tables/SIMULATED_looks_moon.csv")
    rows = load(two_phases / "ledger").frame
    moon = rows[rows["method"] == "moon"].set_index(["band", "acquisition_id"])["ratio"]
    told = looks.set_index(["band", "acquisition_id"])["as_produced"]
    assert len(told) == len(moon) == 132
    assert (told - moon).abs().max() < 0.01
    assert looks["time_utc"].str.fullmatch(r"[-0-9]{10}T[:0-9]{8}\.\d{6}Z").all()
    raw = looks.set_index(["band", "acquisition_id"])["raw"]
    assert (raw - moon).abs().max() < 1e-12
    described = pd.read_csv(tmp_path / "meeting/tables/SIMULATED_columns.csv").set_index("table")
    tables = [path for path in made.written if path.parent.name == "tables"]
    assert len(tables) == described.index.nunique() + 1
    for path in tables:
        if not path.stem.endswith("columns"):
            own = described.loc[path.stem.removeprefix("SIMULATED_")]
            assert own["column"].tolist() == list(pd.read_csv(path).columns)
            assert own["meaning"].str.endswith(".").all()
    agree = pd.read_csv(tmp_path / "meeting/tables/SIMULATED_methods_agreement.csv")
    slopes = agree[agree["quantity"].str.startswith("mean")].set_index("band")["agree"]
    assert slopes.to_dict() == {"B1": True, "B4": False}
    steps = pd.read_csv(tmp_path / "meeting/tables/SIMULATED_phases_step_VM1_VM5.csv")
    joint = steps[(steps["band"] == "B1") & (steps["estimate"] == "all methods")].iloc[0]
    assert joint["lower"] < 0.015 < joint["upper"]
    assert joint["verdict"] == "not met"


def test_a_folder_used_again_keeps_nothing_of_the_last_report(
    two_phases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    project, folder = load_project(find_places(two_phases)), tmp_path / "meeting"
    first = write_folder(project, folder)
    own, edited = (
        folder / "tables" / f"{name}.csv" for name in ("mine", "SIMULATED_updates_desert")
    )
    own.write_text("mine")
    assert edited in first.written
    edited.write_text("with a remark of mine")
    moon = replace(project, frame=project.frame[project.frame["method"] == "moon"])
    again = write_folder(moon, folder)
    stale = set(first.written) - set(again.written)
    assert folder / "tables" / "SIMULATED_looks_desert.csv" in stale
    assert set(again.removed) == stale - {edited}
    assert not any(path.exists() for path in again.removed)
    assert own.read_text() == "mine"
    assert edited.read_text() == "with a remark of mine"
    files = {path for path in folder.rglob("*") if path.is_file()}
    kept = {own, edited, folder / "report_files.json"} & files
    assert files - kept == set(again.written) - kept


@pytest.mark.parametrize("text", ["{", "[]", '{"files": ["a"]}', '{"files": {"../x": "OUT"}}'])
def test_a_list_of_files_that_is_not_ours_removes_nothing(tmp_path: Path, text: str) -> None:
    outside, folder = tmp_path / "x", tmp_path / "meeting"
    folder.mkdir()
    outside.write_text("x")
    digest = hashlib.blake2b(b"x", digest_size=16).hexdigest()
    (folder / "report_files.json").write_text(text.replace("OUT", digest))
    assert take_away(folder, []) == ()
    assert outside.exists()


def test_the_report_tells_methods_and_phases(two_phases: Path, tmp_path: Path) -> None:
    page = written(two_phases, tmp_path / "report.html")
    numbers = embedded(page)
    assert {one["agree"] for one in numbers["agreement"]["B4"] if "slope" in one["quantity"]} == {
        False
    }
    assert [band["band"] for band in numbers["phases"]["bands"]] == ["B1", "B4"]
    text = html.unescape(page)
    assert "methods differ" in text
    assert "VM1 → VM5" in text
    assert "Not accepted" in text


def test_moon_image_noise_and_residuals_are_those_of_the_ledger(
    pictured_project: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    report = write_report(load_project(find_places(pictured_project)), path)
    numbers = embedded(path.read_text(encoding="utf-8"))
    rows = load(pictured_project / "ledger").frame
    seen = rows[rows["band"] == "B3"].sort_values("time")
    (image,) = numbers["moon_image"]
    assert (image["acquisition_id"], image["ratio"]) == ("SEEN_59", seen["ratio"].iloc[-1])
    noise = {one["acquisition_id"]: one["ct1_fraction"] for one in numbers["residual_noise"]}
    assert noise == seen.set_index("acquisition_id")["ct1_fraction"].to_dict()
    found = numbers["ratio_residuals"]["moon"]
    assert set(found) == {"phase_angle_deg", "centre_column"}
    phase = found["phase_angle_deg"]["B3"]
    assert phase["slope"] == pytest.approx(1e-4, abs=3.0 * phase["u_slope"])
    assert phase["probability"] < 1e-3
    assert {
        "moon_image_B3",
        "moon_halo_B3",
        "moon_ct1_fraction_over_time",
        "residuals_moon_against_phase_angle_deg",
        "residuals_moon_against_centre_column",
    } <= set(report.figures)
    page = html.unescape(path.read_text(encoding="utf-8"))
    assert "depends on phase angle" in page
    assert "left half" in page


def test_figures_are_drawn_as_wide_as_the_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def printed(_page: Path, *options: str) -> bytes:
        asked.extend(options)
        Path(options[-1].partition("=")[2]).write_bytes(b"%PDF")
        return b""

    monkeypatch.setattr(pdf, "run_chromium", printed)
    pdf.print_pdf(tmp_path / "report.html", tmp_path / "report.pdf")
    (size,) = (one for one in asked if one.startswith("--window-size="))
    template = (Path(pdf.__file__).parent / "templates" / "report.html.j2").read_text("utf-8")
    margin = re.search(r"@page { size: A4 landscape; margin: (\d+)mm; }", template)
    assert margin is not None
    paper = (297.0 - 2.0 * float(margin[1])) / 25.4 * 96.0
    assert int(size.partition("=")[2].partition(",")[0]) == pytest.approx(paper, abs=1.0)


def test_a_product_outside_its_folder_is_not_read(pictured_project: Path, tmp_path: Path) -> None:
    (pictured_project / "products").rename(pictured_project / "elsewhere")
    (pictured_project / "products").mkdir()
    rows = load(pictured_project / "ledger").frame
    late = rows[rows["product"] != ""].assign(product="../../elsewhere/r2/SEEN_59.zarr")
    write(pictured_project / "ledger", late.assign(run_id="r3", committed=None).to_dict("records"))
    report = write_report(load_project(find_places(pictured_project)), tmp_path / "report.html")
    assert any("within the folder of products" in text for text in report.problems)
    assert "moon_image_B3" not in report.figures


def test_a_headline_names_the_set_and_says_what_the_printed_interval_says(
    small_project: Path,
) -> None:
    project = load_project(find_places(small_project))
    found = drift_page(
        project.frame, Selection("moon"), Options(view="re-based", serial="00007"),
        registry=project.registry,
    )  # fmt: skip
    assert "view: re-based to 00007" in headline(found, ["B2"])
    assert "drifts by −1." in headline(found, ["B2"])
    unsure = found.sensor.assign(alarm=False)
    assert "may drift by −1." in headline(replace(found, sensor=unsure), ["B2"])
    open_ = unsure.assign(lower=-0.02, upper=0.01)
    assert "shows no sure drift" in headline(replace(found, sensor=open_), ["B2"])


def test_tables_of_a_meeting_hold_no_formula_that_a_spreadsheet_would_run(
    tmp_path: Path, small_rows: Rows
) -> None:
    rows = small_rows("=HYPERLINK(1)")
    (tmp_path / "project").mkdir()
    write(tmp_path / "project" / "ledger", rows)
    found = write_folder(load_project(find_places(tmp_path / "project")), tmp_path / "meeting")
    text = "".join(one.read_text() for one in found.written if one.suffix == ".csv")
    assert "'=HYPERLINK(1)" in text
    assert not [cell for line in text.splitlines() for cell in line.split(",") if cell[:1] == "="]
