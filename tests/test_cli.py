"""The command line, as a user or a program meets it."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from venus_analysis.cli import _reading_ahead
from venus_analysis.collect.glod_export import write_glod
from venus_analysis.schema import NAMES

STANDARD = set(sys.stdlib_module_names)
# typer itself loads pydantic where it is installed
MAY_BE_IMPORTED = {"venus_analysis", "typer", "annotated_doc", "typing_extensions", "click"} | {
    "shellingham",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_inspection",
}


run = runpy.run_path(str(Path(__file__).with_name("in_process.py")))["run"]


def run_process(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "venus_analysis", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def document(result: subprocess.CompletedProcess[str]) -> dict:
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_moon_writes_the_documented_json(glod_file: Path) -> None:
    result = run_process("moon", glod_file, "--response", "venus", "--json")
    assert result.returncode == 0, result.stderr
    found = document(result)
    assert set(found) == {"rows", "failed"}
    assert found["failed"] == []
    assert len(found["rows"]) == 12
    assert tuple(found["rows"][0]) == NAMES
    assert found["rows"][0]["altitude_km"] is None
    assert 0 < found["rows"][0]["u_random"] < 0.001
    assert "[1/1] done" in result.stderr


def test_moon_prints_a_table_that_says_simulated(glod_file: Path) -> None:
    result = run("moon", glod_file, "--response", "venus", "--band", "B3", "--band", "B1")
    assert result.returncode == 0
    assert result.stdout.startswith("SIMULATED")
    assert "ROLO311g/apollo-relative/TSIS1/lon-lat" in result.stdout
    bands = [line.split()[0] for line in result.stdout.splitlines()[4:] if line]
    assert bands == ["B3", "B1"]


def test_a_file_that_states_no_irradiance_but_zero_is_printed(look, tmp_path: Path) -> None:
    none = look.assign(irradiance_stated=("band", [0.0] * look.sizes["band"]))
    result = run("moon", write_glod(tmp_path / "none.nc", none), "--response", "venus")
    assert result.returncode == 0, result.stderr
    assert "meas/stated" not in result.stdout


def test_bad_inputs_are_listed_and_the_others_done(glod_file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.nc"
    bad.write_bytes(b"nonsense")
    result = run("moon", bad, glod_file, tmp_path / "absent.nc", "--json")
    assert result.returncode == 1
    found = document(result)
    assert len(found["rows"]) == 12
    assert [Path(item["input"]).name for item in found["failed"]] == ["bad.nc", "absent.nc"]
    assert "expected a complete netCDF file" in found["failed"][0]["error"]
    text = run("moon", bad, glod_file)
    assert text.returncode == 1
    assert "FAILED" in text.stderr
    assert "Traceback" not in text.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moon"], "Missing argument"),
        (["moon", "FILE", "--response", "absent.nc"], "absent.nc: expected a file"),
        (["moon", "FILE", "--model-file", "absent.csv"], "absent.csv: expected a file"),
        (["moon", "FILE", "--spectral", "magic"], "magic"),
        (["simulate", "disk", "OUT", "--time", "2019-02-05T00:00:00"], "a phase angle of 1.55"),
        (["simulate", "disk", "OUT", "--time", "yesterday"], "a UTC time"),
        (["simulate", "disk", "OUT", "--diameter", "1"], "diameter_px"),
        (["export", "glod", "absent.nc", "OUT"], "absent.nc: expected a file"),
        (["fly"], "No such command"),
    ],
)
def test_wrong_usage(glod_file: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    names = {"FILE": str(glod_file), "OUT": str(tmp_path / "out.nc")}
    result = run(*(names.get(argument, argument) for argument in arguments))
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.nc").exists()


def test_another_models_file(glod_file: Path, tmp_path: Path) -> None:
    table = tmp_path / "model.csv"
    table.write_text(
        "reference,acquisition_id,band,irradiance_w_m2_um\n"
        "LIME,SIMULATED_MOON_2019-02-16T020000,B1,1e-3\n"
    )
    result = run("moon", glod_file, "--band", "B1", "--model-file", table, "--json")
    references = [row["reference"] for row in document(result)["rows"]]
    assert references == ["ROLO311g/apollo-relative/TSIS1/lon-lat", "LIME"]


def test_simulate_calibrate_export_read_again(tmp_path: Path) -> None:
    made = run("simulate", "disk", tmp_path / "new" / "a.nc", "--diameter", "50", "--ratio", "0.9")
    assert made.returncode == 0, made.stderr
    assert "SIMULATED" in made.stdout
    copied = run("export", "glod", tmp_path / "new" / "a.nc", tmp_path / "b.nc", "--band", "B7")
    assert copied.returncode == 0, copied.stderr
    read = ("moon", tmp_path / "b.nc", "--response", "venus", "--json")
    row = document(run(*read, "--extraction", "stated"))["rows"][0]
    assert row["measured"] == pytest.approx(row["stated"], rel=1e-8)
    assert document(run(*read))["rows"][0]["ratio"] == pytest.approx(0.9, abs=0.01)


def test_help_has_an_example_and_imports_little() -> None:
    assert "Example: venus-analysis moon" in run("moon", "--help").stdout
    program = """
import atexit, sys
before = set(sys.modules)
names = lambda: " ".join(sorted({name.split(".")[0] for name in set(sys.modules) - before}))
atexit.register(lambda: print("LOADED", names()))
sys.argv = ["venus-analysis", "moon", "--help"]
from venus_analysis.cli import main
main()
"""
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    loaded = {name for name in shown.split("LOADED")[1].split() if not name.startswith("_")}
    assert "typer" in loaded
    assert loaded - STANDARD <= MAY_BE_IMPORTED


@pytest.mark.parametrize(
    ("arguments", "begun"),
    [
        (["moon", "SCENE", "--parameters", "gipp"], True),
        (["moon", "SCENE", "--band=B7"], False),
        (["moon", "SCENE", "--help"], False),
        (["moon", "absent.zarr"], False),
        (["desert", "SCENE"], False),
        ([], False),
    ],
)
def test_a_scene_is_read_ahead_only_if_all_of_it_is_asked_for(
    arguments: list[str], begun: bool, tmp_path: Path
) -> None:
    given = [str(tmp_path) if one == "SCENE" else one for one in arguments]
    assert isinstance(_reading_ahead(given), nullcontext) != begun


def test_a_closed_pipe_is_no_traceback(glod_file: Path) -> None:
    command = f"{sys.executable} -m venus_analysis moon {glod_file} --json | head -c 1"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env=os.environ
    )
    assert "Traceback" not in result.stderr


def test_ledger_is_filled_once_and_the_second_run_reads_it(glod_file: Path, tmp_path: Path) -> None:
    command = ("moon", glod_file, "--response", "venus", "--ledger", tmp_path / "ledger", "--json")
    first = document(run(*command))["rows"]
    second = document(run(*command))["rows"]
    assert [row["band"] for row in second] == [row["band"] for row in first]
    assert [row["measured"] for row in second] == [row["measured"] for row in first]
    assert {row["run_id"] for row in second} == {row["run_id"] for row in first}
    forced = document(run(*command, "--force"))["rows"]
    assert {row["run_id"] for row in forced} != {row["run_id"] for row in first}
    kept = document(run("ledger", "show", tmp_path / "ledger", "--json"))["rows"]
    assert {row["run_id"] for row in kept} == {row["run_id"] for row in forced}
    assert len(kept) == 12
    other = document(run(*command, "--extraction", "stated"))["rows"]
    assert other[0]["configuration"] != first[0]["configuration"]
