"""The commands `venus-analysis drift` and `venus-analysis decisions ...`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from venus_analysis import ledger
from venus_analysis.calibrate.row import new_row
from venus_analysis.cli import app
from venus_analysis.parameters.check import check_folder
from venus_analysis.parameters.registry import Registry
from venus_analysis.simulate.gains import simulate_gains

DONE, SOME_FAILED, WRONG_USAGE = 0, 1, 2
AFTER = np.datetime64("2020-03-01")


def run(*arguments: object, code: int = DONE) -> Result:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


def document(*arguments: object) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json").stdout, parse_constant=pytest.fail)


def rows(ratio: Any, method: str = "moon", days: Any = None, **more: Any) -> list[dict[str, Any]]:
    """Looks every 20 days of one band, Ak halved in percent at the second update."""
    values = np.atleast_1d(np.asarray(ratio, float))
    days = 20 * np.arange(len(values)) if days is None else np.asarray(days)
    time = np.datetime64("2019-07-01", "us") + days * np.timedelta64(1, "D")
    serial = np.where(time < AFTER, "00008", "00009")
    row = {
        "instrument": "VENUS/VSSC", "band": "B1", "method": method, "site": "X",
        "reference": "R", "u_random": 0.002, "run_id": "run", "simulated": True,
    }  # fmt: skip
    return [
        new_row(**row | {
            "acquisition_id": f"LOOK_{k}", "time": time[k], "ratio": values[k],
            "parameter_set": str(serial[k]), "serial_phgain": str(serial[k]),
            "absolute_gain": 0.20 if time[k] < AFTER else 0.198,
        } | more)
        for k in range(len(values))
    ]  # fmt: skip


@pytest.fixture
def stepped() -> np.ndarray:
    """Forty ratios that follow the update: 0.2 / 0.198 - 1 = +1.01 %."""
    days = np.datetime64("2019-07-01") + 20 * np.arange(40)
    noise = 0.001 * np.random.default_rng(2).standard_normal(40)
    return np.where(days < AFTER, 0.98, 0.98 * 0.2 / 0.198) + noise


@pytest.fixture
def folder(tmp_path: Path, stepped: np.ndarray) -> Path:
    ledger.write(tmp_path / "ledger", rows(stepped))
    return tmp_path / "ledger"


def test_table_says_what_the_update_did(folder: Path) -> None:
    said = run("drift", folder).stdout
    assert said.startswith("SIMULATED  moon: 40 looks")
    (line,) = [one for one in said.splitlines() if one.startswith("00009")]
    assert line.split()[2:4] == ["B1", "+1.01"]
    assert line.endswith(" ok")


def test_json_is_as_documented(folder: Path) -> None:
    found = document("drift", folder, "--method", "moon")
    assert set(found) == {"pages", "refused"}
    (page,) = found["pages"]
    assert set(page) == {
        "method", "view", "label", "simulated", "sensor", "drifts", "steps", "due", "fits",
        "latest", "noise", "alerts", "updates", "events", "notes", "excluded",
    }  # fmt: skip
    (step,) = page["steps"]
    assert step["verdict"] == "effective"
    assert step["expected"] == pytest.approx(0.2 / 0.198 - 1.0)
    assert step["lower"] < step["expected"] < step["upper"]
    assert step["time"].endswith("Z")
    help_text = " ".join(run("drift", "--help").stdout.split())
    assert all(f'"{name}"' in help_text for name in page)


def test_views_need_what_they_need(folder: Path, tmp_path: Path) -> None:
    said = run("drift", folder, "--view", "in force", code=WRONG_USAGE)
    assert "a folder of parameter files" in said.stderr
    simulate_gains(tmp_path / "gipp")
    more = ("--parameters", tmp_path / "gipp", "--view", "re-based", "--set")
    (page,) = document("drift", folder, *more, "00008")["pages"]
    assert page["view"] == "re-based"
    said = run("drift", folder, *more, "00099", code=WRONG_USAGE)
    assert "one of 00007, 00008, 00009, 00010" in said.stderr


def test_one_page_per_method_and_a_window(folder: Path) -> None:
    ledger.write(folder, rows(np.full(30, 1.0) + 1e-3 * np.sin(np.arange(30)), "desert"))
    pages = document("drift", folder)["pages"]
    assert [page["method"] for page in pages] == ["desert", "moon"]
    window = ("--method", "moon", "--since", "2020-01-01", "--until", "2020-06-30")
    (page,) = document("drift", folder, *window)["pages"]
    assert page["latest"][0]["time"] <= "2020-06-30T23:59:59Z"
    assert page["fits"][0]["looks"] == 9
    for option, text in (("--since", "soon"), ("--break", "2020-13-01")):
        assert "a date" in run("drift", folder, option, text, code=WRONG_USAGE).stderr
    said = run("drift", folder, "--method", "stars", code=WRONG_USAGE).stderr
    assert "method: expected one of 'desert', 'moon', received 'stars'" in said


def test_events_and_figures(folder: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.toml"
    events.write_text(
        '[[event]]\ndate = 2020-10-01\nkind = "orbit"\nlabel = "VM2"\nbreaks = true\n'
    )
    said = run("drift", folder, "--events", events, "--figure", tmp_path / "figures")
    assert "no step seen" in said.stdout
    for name in ("drift_overview.html", "drift_moon.html"):
        text = (tmp_path / "figures" / name).read_text()
        assert "SIMULATED" in text
        assert not re.search(r'<(script|link)[^>]*(src|href)="https?:', text)
    assert run("drift", tmp_path).stdout == run("drift", folder, "--events", events).stdout
    assert run("drift", tmp_path).stdout != run("drift", folder).stdout
    events.write_text("[[event]]\nkind = 'orbit'\n")
    said = run("drift", folder, "--events", events, code=WRONG_USAGE).stderr
    assert "label: expected a short text" in said


def test_what_if(folder: Path) -> None:
    (page,) = document("drift", folder, "--what-if", "B1:2020-03-01T00:00:00Z:0.2")["pages"]
    assert page["view"] == "what if"
    assert page["latest"][0]["value"] == pytest.approx(0.98, abs=0.005)
    assert page["due"][0]["verdict"] == "not due"
    said = run("drift", folder, "--what-if", "B1:2020-03-01T00:00:00Z:0.2").stdout
    assert "the verdicts on past updates" in said
    for text in ("B1=3", "B1:2020-01-01:much"):
        run("drift", folder, "--what-if", text, code=WRONG_USAGE)


@pytest.mark.parametrize(
    ("looks", "options", "sentence"),
    [
        (rows([1.0, 1.01]), (), "2 looks; at least 3 are needed"),
        (rows(np.ones(4), days=[3] * 4), ("--model", "linear"), "do not tell"),
        (rows([np.nan] * 4), (), "B1 has no look that could be fitted"),
        (rows(np.linspace(1.0, 0.99, 9), u_random=0.0), (), "sensor drift"),
        (
            [*rows(np.linspace(1.0, 0.99, 8)), *rows([0.99], days=[300], u_random=np.nan,
                                                      acquisition_id="late")],
            (),
            "1 of 9 uncertainties were zero or missing",
        ),
        (rows(np.linspace(1.0, 0.99, 9)), ("--break", "2031-01-01"), "lies outside the series"),
        (rows(np.linspace(1.0, 0.99, 9)), ("--break", "2018-01-01"), "lies outside the series"),
        (rows(np.linspace(1.0, 0.99, 9))[::-1], (), "sensor drift"),
    ],
    ids=["two", "equal dates", "NaN", "zero u", "missing u", "date after", "date before", "order"],
)  # fmt: skip
def test_bad_series_are_answered(
    tmp_path: Path, looks: list[dict[str, Any]], options: tuple[str, ...], sentence: str
) -> None:
    ledger.write(tmp_path, looks)
    said = " ".join(run("drift", tmp_path, *options).stdout.split())
    assert sentence in said
    document("drift", tmp_path, *options)


def test_dates_with_a_zone_count_as_what_they_are(tmp_path: Path) -> None:
    looks = rows(np.linspace(1.0, 0.99, 9))
    for one in looks:
        one["time"] = pd.Timestamp(one["time"], tz="UTC").tz_convert("Asia/Jerusalem")
    ledger.write(tmp_path / "zoned", looks)
    ledger.write(tmp_path / "plain", rows(np.linspace(1.0, 0.99, 9)))
    zoned, plain = (document("drift", tmp_path / name)["pages"] for name in ("zoned", "plain"))
    assert zoned == plain


def test_no_ledger_and_a_broken_part(folder: Path, tmp_path: Path) -> None:
    assert "a folder that holds rows/" in run("drift", tmp_path / "x", code=WRONG_USAGE).stderr
    (part,) = (folder / "rows").iterdir()
    ledger.write(folder, rows([1.0] * 3, "desert"))
    part.write_bytes(part.read_bytes()[:-3])
    said = run("drift", folder, code=SOME_FAILED)
    assert "refused: rows/" in said.stderr
    assert "desert: 3 looks" in said.stdout


def test_excluding_a_look_and_taking_it_back(folder: Path) -> None:
    person = ("--who", "Ada", "--why", "clouds")
    look = ("--acquisition", "LOOK_7")
    before = ledger.load(folder).frame
    run("decisions", "exclude", folder, *look, *person, "--band", "B1")
    (page,) = document("drift", folder)["pages"]
    assert [one["acquisition_id"] for one in page["excluded"]] == ["LOOK_7"]
    assert page["fits"][0]["looks"] == 39
    (kept,) = document("decisions", "excluded", folder)["excluded"]
    assert (kept["who"], kept["why"], kept["band"]) == ("Ada", "clouds", "B1")
    said = run("decisions", "exclude", folder, "--acquisition", "L", *person, code=WRONG_USAGE)
    assert "acquisition_id: expected one that the rows have" in said.stderr
    run("decisions", "restore", folder, *look, *person, "--band", "B1")
    assert document("decisions", "excluded", folder)["excluded"] == []
    assert len(document("decisions", "excluded", folder, "--history")["excluded"]) == 2
    pd.testing.assert_frame_equal(ledger.load(folder).frame, before)


def test_proposing_and_deciding(folder: Path, tmp_path: Path) -> None:
    simulate_gains(tmp_path / "gipp")
    person = ("--who", "Ada", "--why", "drift")
    asked = ("--parameters", tmp_path / "gipp", "--gain", "B1=0.1875", "--start", "2024-06-01")
    (made,) = document("decisions", "propose", folder, *asked, *person)["written"]
    proposed = folder / "journal" / "proposed"
    assert [one for one in check_folder(proposed) if one.severity != "note"] == []
    file = Registry(proposed).in_force("PHGAIN", "2024-06-01").file
    assert file.content.at("B1", 8) == 0.1875
    assert file.header.notes == "SIMULATED Proposed: drift"
    assert (made["base"], made["warnings"]) == ("00010", [])
    early = run("decisions", "propose", folder, *asked[:-1], "2018-06-01", *person)
    assert "base: 00007" in early.stdout
    assert "also replaces what starts after 2018-06-01" in early.stdout
    decision = ("--proposal", made["id"], "--status", "accepted")
    run("decisions", "decide", folder, *decision, *person)
    kept, _ = document("decisions", "proposals", folder)["proposals"]
    assert (kept["status"], kept["gains"]) == ("accepted", {"B1": 0.1875})
    run("decisions", "propose", folder, *asked[:2], "--gain", "B1", *asked[4:], *person,
        code=WRONG_USAGE)  # fmt: skip
