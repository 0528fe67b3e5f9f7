"""`venus-analysis compare` and `acceptance` from a ledger to verdicts and exit codes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from venus_analysis.calibrate.compare.criteria import read_criteria
from venus_analysis.cli import app
from venus_analysis.ledger import write
from venus_analysis.simulate.mission import simulate_mission
from venus_analysis.simulate.mission_methods import ImageSettings
from venus_analysis.simulate.mission_parameters import write_mission_parameters
from venus_analysis.simulate.mission_rows import mission_rows, mission_statistics
from venus_analysis.simulate.mission_settings import MissionSettings, good_mission
from venus_analysis.statistics import write_statistics


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the default mission: +0.8 % in B5, none in B6; an update the wrong way in B2."""
    folder = tmp_path_factory.mktemp("compare") / "ledger"
    rows = mission_rows(MissionSettings(seed=3))
    write(folder, rows[rows["band"].isin(["B2", "B5", "B6", "B10", "B12"])])
    return folder


def run(*arguments: object):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_phases_under_one_set_of_gains(ledger: Path, tmp_path: Path) -> None:
    settings = MissionSettings(seed=3)
    write_mission_parameters(settings, tmp_path / "gipp")
    done = run("compare", "--ledger", ledger, "--parameters", tmp_path / "gipp", "--set", "00007",
               "--first-looks", "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    (band,) = (one for one in document["bands"] if one["band"] == "B10")
    early = {one["number"]: one["departure"] for one in band["first_looks"]}
    assert list(early) == [1, 2, 3, 6, 12]
    assert all(abs(one["value"] + 0.012) < 3.0 * one["u"] for one in early.values())
    means = {(one["method"], one["phase"]): one["mean_ratio"] for one in band["phases"]}
    # B10 does not age: under one set only the planted step and the method's level are left
    level = 1.0 + settings.moon.level[9]
    assert means["moon", "VM1"] == pytest.approx(level, abs=0.002)
    assert means["moon", "VM5"] == pytest.approx(level * (1.0 - 0.012), abs=0.002)
    assert run("compare", "--ledger", ledger, "--set", "00007").exit_code == 2


def test_phases_the_wrong_way_round_are_refused(ledger: Path, tmp_path: Path) -> None:
    both = ("--before", "VM5", "--after", "VM1")
    for command in ("compare", *both), ("acceptance", *both, "-o", tmp_path / "sheet"):
        done = run(command[0], "--ledger", ledger, *command[1:])
        assert done.exit_code == 2
        assert "exchange them" in done.stderr
    assert not (tmp_path / "sheet").exists()


def test_a_folder_gives_its_parameters_and_events(ledger: Path, tmp_path: Path) -> None:
    """As the dashboard takes them: what its own files say of an event is not left out."""
    shutil.copytree(ledger, tmp_path / "ledger")
    (tmp_path / "events.toml").write_text(
        '[[event]]\ndate = 2022-12-20\nkind = "gain"\nlabel = "gain changed"\nbreaks = true\n'
    )
    document = json.loads(run("compare", "--ledger", tmp_path, "--json").stdout)
    assert all("gain changed" in {b["why"] for b in one["breaks"]} for one in document["bands"])
    document = json.loads(run("compare", "--ledger", tmp_path / "ledger", "--json").stdout)
    assert not any("gain changed" in {b["why"] for b in one["breaks"]} for one in document["bands"])


def test_compare_tells_steps_by_method_and_jointly(ledger: Path) -> None:
    done = run("compare", "--ledger", ledger, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["simulated"] is True
    bands = {one["band"]: one for one in document["bands"]}
    joint = {name: one["steps"][0] for name, one in bands.items()}
    for name, planted in (("B5", 0.008), ("B6", 0.0), ("B10", -0.012)):
        assert abs(joint[name]["step"] - planted) < 3.0 * joint[name]["u"], name
    assert joint["B10"]["seen"]
    assert not joint["B6"]["seen"]
    assert abs(joint["B2"]["step"]) < 3.0 * joint["B2"]["u"] < 0.006
    assert [(one["time"][:10], one["why"][:12]) for one in bands["B2"]["breaks"]] == [
        ("2022-12-01", "update 00010")
    ]
    clean = {(one["phase"], one["clean"]) for one in bands["B2"]["phases"]}
    assert clean == {("VM1", True), ("VM5", False)}
    assert not any(bands[name]["breaks"] for name in ("B5", "B6", "B10", "B12"))
    own = {one["estimate"]: one["verdict"] for one in bands["B12"]["steps"]}
    assert "desert" not in own
    assert {one["phase"] for one in bands["B5"]["phases"]} == {"VM1", "VM5"}


def test_acceptance_writes_a_sheet_and_ends_with_3(ledger: Path, tmp_path: Path) -> None:
    criteria = tmp_path / "criteria.toml"
    criteria.write_text('[looks]\nlimit = 10\nunit = "looks"\nreason = "enough"\n')
    good = run("acceptance", "--ledger", ledger, "--criteria", criteria, "-o", tmp_path / "a")
    assert good.exit_code == 0, good.output
    bad = run("acceptance", "--ledger", ledger, "-o", tmp_path / "b", "--json")
    assert bad.exit_code == 3
    document = json.loads(bad.stdout)
    assert {Path(one).name for one in document["written"].values()} == {
        "acceptance.html", "acceptance.csv", "acceptance.json",
    }  # fmt: skip
    verdicts = {(one["criterion"], one["band"]): one for one in document["verdicts"]}
    assert verdicts["mtf_across", "B5"]["verdict"] == "not enough data"
    assert ("agreement", "B12") not in verdicts


def test_good_mission_from_files_meets_the_default_criteria(tmp_path: Path) -> None:
    files = simulate_mission(tmp_path / "good", good_mission(4))
    done = run(
        "acceptance", "--ledger", files.ledger, "--events", files.events,
        "--statistics", files.statistics, "-o", tmp_path / "sheet", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["accepted"] is True
    assert {one["criterion"] for one in document["verdicts"]} == {c.name for c in read_criteria()}
    assert {one["band"] for one in document["verdicts"]} == {f"B{k}" for k in range(1, 13)}


def test_report_and_acceptance_judge_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MTF stands in the statistics alone; the report's sheet says what the command says."""
    settings = good_mission(4)
    rows = mission_rows(settings)
    rows = rows[rows["band"].isin(["B6", "B7"])].reset_index(drop=True)
    write(tmp_path / "ledger", rows)
    write_statistics(tmp_path / "looks.csv", mission_statistics(settings, rows))
    monkeypatch.setenv("PATH", str(tmp_path))  # without Chromium
    sheet, meeting = tmp_path / "sheet", tmp_path / "meeting"
    named = ("--statistics", tmp_path / "looks.csv")
    assert run("acceptance", "--ledger", tmp_path / "ledger", *named, "-o", sheet).exit_code == 0
    assert run("report", tmp_path / "ledger", *named, "--folder", meeting).exit_code == 0
    found = [json.loads((one / "acceptance.json").read_text()) for one in (sheet, meeting)]
    assert found[0]["verdicts"] == found[1]["verdicts"]
    assert "mtf_across" in {one["criterion"] for one in found[0]["verdicts"]}


def test_image_that_suffered_fails_by_name(tmp_path: Path) -> None:
    change = {
        "signal_to_noise": -40.0, "mtf_across": -0.03, "mtf_along": 0.03, "ct1": 0.01,
        "ct2": 0.004, "fixed_pattern": 0.004, "offset_across": 0.4,
    }  # fmt: skip
    settings = replace(good_mission(4), image=ImageSettings(change=change, bands=("B7",)))
    rows = mission_rows(settings)
    rows = rows[rows["band"].isin(["B6", "B7"])].reset_index(drop=True)
    write(tmp_path / "ledger", rows)
    statistics, options = mission_statistics(settings, rows), []
    for phase in ("VM1", "VM5"):
        own = statistics[statistics["mission_phase"] == phase]
        write_statistics(tmp_path / f"{phase}.csv", own)
        options += ["--statistics", tmp_path / f"{phase}.csv"]
    sheet = tmp_path / "sheet"
    done = run("acceptance", "--ledger", tmp_path / "ledger", *options, "-o", sheet, "--json")
    assert done.exit_code == 3, done.output
    verdicts = json.loads(done.stdout)["verdicts"]
    failed = {(one["criterion"], one["band"]) for one in verdicts if one["verdict"] == "not met"}
    names = {*change} - {"offset_across"} | {"inter_band_offset"}
    assert failed == {(name, "B7") for name in names}
    assert all(one["verdict"] == "met" for one in verdicts if one["band"] != "B7")


def test_wrong_usage_is_2(ledger: Path, tmp_path: Path) -> None:
    assert run("acceptance", "--ledger", ledger, "--after", "VM7").exit_code == 2
    criteria = tmp_path / "criteria.toml"
    criteria.write_text("[colour]\n")
    assert run("acceptance", "--ledger", ledger, "--criteria", criteria).exit_code == 2


@pytest.mark.parametrize("wander", ["desrt=0.1", "desert=-0.1", "desert=nan", "desert"])
def test_a_wander_that_cannot_be_meant_is_refused(ledger: Path, wander: str) -> None:
    done = run("compare", "--ledger", ledger, "--wander", wander)
    assert done.exit_code == 2
    assert f"--wander {wander}: expected" in done.output
