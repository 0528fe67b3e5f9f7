"""The commands `venus-analysis ledger ...`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner, Result

from venus_analysis import ledger
from venus_analysis.cli_ledger import app

DONE, SOME_FAILED, WRONG_USAGE, NEGATIVE = 0, 1, 2, 3


def row(acquisition: str, band: str, run: str, ratio: float) -> dict[str, Any]:
    key = ("instrument", "method", "site", "reference")
    return dict.fromkeys(key, "x") | {
        "acquisition_id": acquisition,
        "band": band,
        "reference_acquisition_id": "",
        "parameter_digest": "",
        "configuration": "",
        "run_id": run,
        "ratio": ratio,
        "time": "2024-01-01T00:00:00",
        "flags": 4,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for run, ratio in (("run-a", 0.5), ("run-b", float("nan")), ("run-c", 0.75)):
        rows = [row(look, band, run, ratio) for look in ("L1", "L2") for band in ("B1", "B2")]
        ledger.write(tmp_path / "ledger", rows)
    return tmp_path / "ledger"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def run_json(*arguments: object, code: int = DONE) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout, parse_constant=pytest.fail)
    return document


def break_one(folder: Path) -> str:
    part = min((folder / "rows").iterdir())
    part.write_bytes(part.read_bytes()[:-3])
    return f"rows/{part.name}"


def test_show(folder) -> None:
    result = run("show", folder, "--band", "B2")
    assert result.exit_code == DONE
    assert result.stdout.count("B2") == 2
    assert "B1" not in result.stdout
    assert "0.75" in result.stdout
    assert "NO_RESPONSE" in result.stdout
    assert "2 more rows" in run("show", folder, "--limit", 2).stdout
    assert run("show", folder, "--as-of", "2001-01-01").stdout == "no rows\n"


def test_show_json(folder) -> None:
    document = run_json("show", folder, "--acquisition", "L1", "--where", "run_id=run-c")
    assert document["refused"] == []
    assert [(r["acquisition_id"], r["band"], r["ratio"]) for r in document["rows"]] == [
        ("L1", "B1", 0.75),
        ("L1", "B2", 0.75),
    ]
    first = document["rows"][0]
    assert first["u_model"] is None, "NaN as null"
    assert first["time"] == "2024-01-01T00:00:00.000000Z"
    assert first["simulated"] is False
    rows = run_json("show", folder, "--history")["rows"]
    assert len(rows) == 12
    assert sum(r["current"] for r in rows) == 4


def test_refused_parts_are_named_and_the_rest_is_shown(folder) -> None:
    name = break_one(folder)
    result = run("show", folder)
    assert result.exit_code == SOME_FAILED
    assert f"refused: {name}: expected the content" in result.stderr
    assert result.stdout.count("0.75") == 4
    document = run_json("show", folder, code=SOME_FAILED)
    assert [part["part"] for part in document["refused"]] == [name]
    assert len(document["rows"]) == 4


def test_check(folder) -> None:
    assert run("check", folder).exit_code == DONE
    assert run_json("check", folder)["rows"] == 12
    name = break_one(folder)
    result = run("check", folder)
    assert result.exit_code == NEGATIVE
    assert name in result.stderr
    assert result.stdout.count("good") == 2
    document = run_json("check", folder, code=NEGATIVE)
    assert document["refused"][0]["part"] == name
    assert (document["rows"], document["current"]) == (8, 4)


def test_withdraw_and_restore(folder) -> None:
    options = ("--acquisition", "L1", "--band", "B1", "--reason", "clouds", "--who", "Ada")
    assert "3 rows withdrawn" in run("withdraw", folder, *options).stdout
    assert len(run_json("show", folder)["rows"]) == 3
    assert "clouds" in run("show", folder, "--history").stdout
    assert run_json("withdraw", folder, *options, "--restore")["rows"] == 3
    assert len(run_json("show", folder)["rows"]) == 4
    result = run("withdraw", folder, *options, "--restore")
    assert result.exit_code == WRONG_USAGE
    assert "expected rows that are withdrawn" in result.stderr
    assert run("withdraw", folder, "--acquisition", "L1").exit_code == WRONG_USAGE


def test_compact_and_snapshot(folder) -> None:
    name = run_json("snapshot", folder)["snapshot"]
    before = run_json("show", folder)
    document = run_json("compact", folder)
    assert (document["parts_before"], document["parts_after"], document["rows"]) == (3, 1, 12)
    assert run_json("show", folder) == before
    ledger.write(folder, [row("L1", "B1", "run-d", 0.1)])
    assert run_json("show", folder, "--as-of", name) == before
    assert run_json("show", folder) != before


def test_diff(folder) -> None:
    document = run_json("diff", folder, "run-a", "run-c")
    assert {r["change"] for r in document["rows"]} == {0.5}
    assert {r["change"] for r in run_json("diff", folder, "run-a", "run-b")["rows"]} == {None}
    result = run("diff", folder, "run-a", "run-c")
    assert "in both: 4" in result.stdout
    assert run("diff", folder, "run-a", "run-x").exit_code == WRONG_USAGE


def test_export(folder, tmp_path) -> None:
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        document = run_json("export", folder, tmp_path / f"out{suffix}", "--band", "B1")
        assert document["rows"] == 2
        frame = read(document["written"])
        assert frame["ratio"].tolist() == [0.75, 0.75]
    assert run("export", folder, tmp_path / "out.nc").exit_code == DONE
    with xr.open_dataset(tmp_path / "out.nc") as data:
        assert dict(data.sizes)["band"] == 2
    result = run("export", folder, tmp_path / "out.doc")
    assert result.exit_code == WRONG_USAGE
    assert "choose one" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "{tmp}/none"), "expected a folder that holds rows/"),
        (("show", "{folder}", "--band", "B7"), "choose band from 'B1', 'B2'"),
        (("show", "{folder}", "--where", "colour=red"), "expected a text column"),
        (("show", "{folder}", "--where", "site"), "received ''"),
        (("show", "{folder}", "--as-of", "soon"), "write 2024-01-31"),
        (("show", "{folder}", "--as-of", "snapshot-0"), "it has none so far"),
        (("check", "{tmp}/none"), "expected a folder"),
        (("compact", "{tmp}/none"), "expected a folder"),
    ],
)
def test_wrong_usage_ends_in_a_sentence(folder, tmp_path, arguments, words) -> None:
    result = run(*(text.format(folder=folder, tmp=tmp_path) for text in arguments))
    assert result.exit_code == WRONG_USAGE
    assert words in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_names_cannot_steer_the_terminal(tmp_path) -> None:
    ledger.write(tmp_path, [row("L\x1b[2J\n1", "B1", "run-a", 0.5)])
    result = run("show", tmp_path)
    assert "\x1b" not in result.stdout
    assert len(result.stdout.splitlines()) == 2


def test_help_is_quick_and_has_examples() -> None:
    code = "import sys, venus_analysis.cli_ledger; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert not {"pandas", "pyarrow", "numpy", "xarray"} & set(loaded.split())
    commands = ("show", "withdraw", "compact", "snapshot", "diff", "check", "export")
    for command in commands:
        text = run(command, "--help").stdout
        assert f"Example: venus-analysis ledger {command} results" in text
