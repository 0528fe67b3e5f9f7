"""What a user does wrong ends in a sentence and the documented exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from venus_analysis.cli import ClosingOutput, _one_interrupt, command_line
from venus_analysis.cli_lazy import LazyCommands
from venus_analysis.errors import from_system

run = runpy.run_path(str(Path(__file__).with_name("in_process.py")))["run"]

DONE, SOME_FAILED, WRONG_USAGE = 0, 1, 2


@pytest.fixture
def here(small_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Working folder with a file, an empty folder and a project; no path in a test is absolute."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "afile").touch()
    (tmp_path / "empty").mkdir()
    return tmp_path


def refused(arguments: str, *words: str) -> None:
    """Demand exit code 2 and all words in a short text that is no traceback."""
    result = run(*arguments.split())
    assert result.returncode == WRONG_USAGE, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= 4, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "simulate sno afile --side 1200",
        "simulate disk afile/x.nc --diameter 20",
        "simulate scene afile --scale 0.02 --band B7",
        "simulate desert afile",
        "simulate l1c afile --sampling 500",
        "simulate mission afile",
        "parameters propose project/parameters --start 2024-01-01 --ratio B5=0.9 --output afile",
        "parameters export project/parameters afile/a.csv --date 2019-02-04 --tdi 8",
        "parameters export project/parameters afile/a.nc --date 2019-02-04 --tdi 8",
        "ledger export project/ledger afile/x.csv",
        "ledger export project/ledger /proc/nowhere/x.csv",
        "drift project/ledger --figure afile/x",
        "report project --output afile/report.html",
        "decisions propose project/ledger --parameters project/parameters --gain B2=0.6 "
        "--start 2024-01-01 --who Ada --why test --output afile",
    ],
)
def test_a_place_that_cannot_be_written_to(here: Path, arguments: str) -> None:
    refused(arguments, "expected", "received")


@pytest.mark.parametrize(
    "arguments",
    [
        "acceptance --ledger nowhere --output afile",
        "qualify nowhere --output afile",
        "report nowhere --output afile/report.html",
        "report nowhere --folder afile",
        "drift nowhere --figure afile",
    ],
)
def test_a_place_is_tried_before_the_input_is_read(here: Path, arguments: str) -> None:
    refused(arguments, "afile")


def test_a_look_is_not_calibrated_for_a_place_that_cannot_be_written_to(
    here: Path, glod_file: Path
) -> None:
    for option in ("--ledger afile", "--ledger /proc/x", "--statistics afile/s.csv",
                   "--figure afile/x"):  # fmt: skip
        result = run("moon", glod_file, *option.split())
        assert result.returncode == WRONG_USAGE
        assert "expected a folder that can be written to" in result.stderr
        assert "[1/1]" not in result.stderr
        assert result.stdout == ""
    (here / "folder.csv").mkdir()
    refused("moon look.nc --statistics folder.csv", "expected a file, received a folder")
    assert not list((here / "empty").iterdir())


def test_trying_a_place_leaves_nothing(here: Path, glod_file: Path) -> None:
    result = run("moon", "absent.nc", "--ledger", "empty/new", "--statistics", "empty/s.csv")
    assert result.returncode == SOME_FAILED
    assert not (here / "empty" / "new").exists()
    assert [one.name for one in (here / "empty").iterdir()] == ["s.csv"]


@pytest.mark.parametrize("method", ["desert", "sno"])
def test_deserts_and_sno_try_their_places_first(here: Path, method: str) -> None:
    for option in ("--ledger afile", "--figure afile/p.html"):
        refused(f"{method} absent.csv --reference absent.csv {option}", "can be written to")
    if method == "desert":
        refused("desert absent.csv --reference absent.csv --pairs afile/p.csv", "can be written to")


def test_figures_and_images_name_the_place(here: Path, glod_file: Path) -> None:
    refused("export glod look.nc afile/g.nc", "afile/g.nc: expected a folder to write to")
    refused("drift project/ledger --figure afile/x", "expected a folder that can be written")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("simulate sno out --time foo", "--time: expected ISO times, UTC, received 'foo'"),
        ("simulate sno out --gain -1", "'--gain': expected a number above 0, received -1"),
        ("simulate sno out --gain nan", "'--gain': expected a number above 0"),
        ("simulate sno out --side 100", "expected a multiple of 60"),
        ("simulate sno out --sensor S3A", "S3A"),
        ("simulate disk out.nc --seed -1", "'--seed'"),
        ("simulate disk out.nc --ratio 0", "'--ratio': expected a number above 0"),
        ("simulate mission out --seed -1", "'--seed'"),
        ("simulate mission out --scenes -1", "'--scenes'"),
        ("simulate scene out --hits -1", "'--hits'"),
        ("simulate l1c out --sampling 0", "'--sampling': expected a number above 0"),
        ("simulate l1c out --site Atlantis", "received 'Atlantis'"),
        ("simulate desert out --gain inf", "'--gain': expected a number above 0"),
    ],
)
def test_wrong_values_of_simulate(here: Path, arguments: str, words: str) -> None:
    refused(arguments, words)
    assert not (here / "out").exists()
    assert not (here / "out.nc").exists()


def test_a_pair_is_not_simulated_over_another(here: Path) -> None:
    assert run("simulate", "sno", "pair", "--side", "1200").returncode == DONE
    before = {one: one.stat().st_mtime_ns for one in (here / "pair").rglob("*")}
    refused("simulate sno pair --side 1200 --gain 0.5", "expected a name that is free")
    assert {one: one.stat().st_mtime_ns for one in (here / "pair").rglob("*")} == before


def commands(group: LazyCommands | Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(group, "list_commands"):
        yield name, group
        return
    for one in group.list_commands(None):
        yield from commands(group.get_command(None, one), f"{name} {one}".strip())


def test_every_option_of_an_example_exists() -> None:
    import typer

    examples = 0
    for name, command in commands(typer.main.get_command(command_line())):
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        for example in re.findall(r"Example: (venus-analysis .+?)(?:\n\n|\Z)", command.help, re.S):
            assert example.startswith(f"venus-analysis {name} "), example
            assert set(re.findall(r"(?<!\S)--?[a-z][\w-]*", example)) <= known, example
            examples += 1
    assert examples > 30


def test_the_example_of_ledger_export(here: Path) -> None:
    done = run("ledger", "export", "project/ledger", "rows.csv", "--where", "method=moon")
    assert done.returncode == DONE, done.stderr


def test_a_snapshot_does_not_unmake_an_empty_ledger(here: Path) -> None:
    assert run("ledger", "show", "empty").stdout == "no rows\n"
    assert run("ledger", "snapshot", "empty").returncode == DONE
    assert run("ledger", "show", "empty").stdout == "no rows\n"
    (here / "empty" / "notes.txt").touch()
    refused("ledger show empty", "expected a folder that holds rows/")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("parameters check empty", "empty: expected parameter files (.EEF, .HDR), received none"),
        ("parameters list project/parameters --type FOO", "--type: expected PHGAIN, "),
        ("decisions excluded nowhere", "ledger nowhere: expected a folder that holds rows/"),
        ("decisions proposals nowhere", "ledger nowhere: expected a folder"),
        ("drift project/ledger --since 2024-01-01 --until 2020-01-01", "the earlier date first"),
        ("report project --since 31.1.2024", "--since: expected a date or a time, received '31.1"),
        ("report project --band B77", "--band: expected some of B2, received B77"),
        ("desert a.sav --reference b.sav --response empty", "name that sensor (--instrument"),
        ("drift project/ledger --set 00008", "re-bases only with --view 're-based'"),
        ("drift project --tdi 9 --view re-based --set 00008", "TDI: expected one of 1, 4, 8, 16,"),
        ("compare --ledger project --levels --configuration xx", "--configuration xx: expected"),
        ("compare --ledger project --levels --set 00008", "--set: of phases, which --levels does"),
        ("compare --ledger project --levels --first-looks", "--first-looks: of phases"),
    ],
)
def test_wrong_requests(here: Path, arguments: str, words: str) -> None:
    refused(arguments, words)
    assert not (here / "nowhere").exists()
    assert not (here / "report.html").exists()


def test_a_type_without_files_is_no_mistake(here: Path) -> None:
    result = run("parameters", "list", "project/parameters", "--type", "REMANE")
    assert (result.returncode, result.stdout) == (DONE, "no files\n")


def test_a_day_alone_is_a_period(here: Path) -> None:
    refused("drift project/ledger --since 1999-01-01 --until 1999-01-01", "expected rows")


def test_report_says_that_nothing_is_newer(here: Path) -> None:
    asked = ("report", "project", "--output", "r.html", "--since")
    assert "no row is new" in run(*asked, "2930-01-01").stderr
    assert "no row is new" not in run(*asked, "2020-01-01").stderr


def test_images_that_a_model_file_lacks_are_named(here: Path, glod_file: Path) -> None:
    head = "reference,acquisition_id,band,irradiance_w_m2_um\n"
    (here / "model.csv").write_text(f"{head}LIME,OTHER_LOOK,B1,1e-3\n")
    asked = ("moon", glod_file, "--band", "B1", "--model-file", "model.csv")
    said = run(*asked).stderr
    assert (
        "expected irradiances of SIMULATED_MOON_2019-02-16T020000, received those of OTHER_LOOK"
        in said
    )
    (here / "model.csv").write_text(f"{head}LIME,SIMULATED_MOON_2019-02-16T020000,B1,1e-3\n")
    assert "--model-file" not in run(*asked).stderr


def test_bands_that_no_scene_has(here: Path) -> None:
    (here / "scene.zarr").mkdir()
    for option in ("--band", "--reference-band"):
        refused(f"moon scene.zarr --parameters empty {option} B99", "expected some of B1, B2")


def test_sno_of_what_is_not_there(here: Path) -> None:
    result = run("sno", "nowhere", "--reference", "nothing.SAFE")
    assert result.returncode == SOME_FAILED
    for name in ("nowhere", "nothing.SAFE"):
        assert f"FAILED {name}: expected a file or folder, received none" in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_version_is_that_of_the_package() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout) == (
        DONE, f"venus-analysis {version('venus-analysis')}\n"
    )  # fmt: skip


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ENOSPC, errno.EIO, None])
def test_errors_of_the_system_say_what_and_where(number: int | None) -> None:
    error = OSError("told by a library") if number is None else OSError(number, "told", "place")
    said = from_system(error)
    assert (said.where, said.received) == (
        ("a file", "'told by a library'") if number is None else ("place", "'told'")
    )
    assert said.expected
    assert said.remedy


def test_output_that_nobody_reads_does_not_stop_the_work() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with ClosingOutput(os.fdopen(writer, "wb"), "utf-8") as output:
        output.write("first\n")
        output.flush()
        print("second", file=output)


def test_a_command_whose_output_is_closed_ends_as_it_would_have(here: Path) -> None:
    command = f"{sys.executable} -W error -m venus_analysis ledger show project/ledger"
    result = subprocess.run(
        ["bash", "-c", f'{command} --limit 0 --json | true; exit "${{PIPESTATUS[0]}}"'],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (DONE, "")


def test_control_c_counts_once_while_work_is_kept() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    kept = []

    def interrupted_while_keeping() -> None:
        with _one_interrupt():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)
                kept.append("rows")

    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted_while_keeping()
    finally:
        signal.signal(signal.SIGINT, before)
    assert kept == ["rows"]


def test_control_c_is_as_before_when_none_came() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with _one_interrupt():
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_that_falls_into_a_finalizer_is_not_lost(heeds_interrupts) -> None:
    """Python drops what is raised in `__del__`."""
    script = """
import signal, time
from venus_analysis.cli import _one_interrupt

class Last:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.01)

try:
    with _one_interrupt():
        last = Last()
        del last
        time.sleep(20)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=heeds_interrupts,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")
