"""`venus-analysis compare` and `acceptance` from a ledger to verdicts and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from venus_analysis.cli import app
from venus_analysis.ledger import write
from venus_analysis.simulate.mission_rows import mission_rows
from venus_analysis.simulate.mission_settings import MissionSettings


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One band of the default mission: +0.8 % planted in B5, none in B6; B12 on the Moon only."""
    folder = tmp_path_factory.mktemp("compare") / "ledger"
    rows = mission_rows(MissionSettings(seed=3))
    write(folder, rows[rows["band"].isin(["B5", "B6", "B10", "B12"])])
    return folder


def run(*arguments: object):
    return CliRunner().invoke(app, [str(one) for one in arguments])


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
    assert verdicts["ct1", "B5"]["verdict"] == "not enough data"
    assert verdicts["agreement", "B12"]["verdict"] == "not enough data"


def test_wrong_usage_is_2(ledger: Path, tmp_path: Path) -> None:
    assert run("acceptance", "--ledger", ledger, "--after", "VM7").exit_code == 2
    criteria = tmp_path / "criteria.toml"
    criteria.write_text("[colour]\n")
    assert run("acceptance", "--ledger", ledger, "--criteria", criteria).exit_code == 2
