"""`venus-analysis job` as a process: exit codes, streams, being stopped."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from venus_analysis import ledger
from venus_analysis.collect.glod_export import write_glod

DOCS = Path(__file__).parents[1] / "docs"
COMMAND = [sys.executable, "-m", "venus_analysis", "job"]
LOOKS = 30  # so many that a stop asked after the first comes before the last, on a busy machine too
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (DEBUG|INFO|PROGRESS|WARNING|ERROR) \S+ \d{3} .+"
)


def job(order: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, str(order)], capture_output=True, text=True, timeout=120, check=False
    )


def write_order(folder: Path, *, scheduler: str = "threads") -> Path:
    """Order of the documentation with the paths of a folder, its Moon task alone."""
    text = (DOCS / "example-order.xml").read_text().replace("/data/", f"{folder}/")
    tasks = text.split("<Ipf_Proc>")
    text = f"{tasks[0]}<Ipf_Proc>{tasks[1]}</List_of_Ipf_Procs>\n</Ipf_Job_Order>\n"
    text = text.replace('Procs count="2"', 'Procs count="1"').replace("VSC_1AVALD", "VA_MOONIMG")
    text = text.replace(r"MOON_.*\.zarr", r"MOON_\d+\.nc")
    for name in ("config", "l1a", "gipp"):
        (folder / name).mkdir()
    (folder / "config" / "calibration.toml").write_text(
        f'[processor]\nworkers = 1\nscheduler = "{scheduler}"\n[moon]\nresponses = ["venus"]\n'
    )
    order = folder / "order.xml"
    order.write_text(text)
    return order


def lines(text: str) -> list[str]:
    found = text.splitlines()
    assert all(LINE.fullmatch(one) for one in found), text
    return found


def test_the_example_order_runs(look, tmp_path) -> None:
    order = write_order(tmp_path)
    write_glod(tmp_path / "l1a" / "MOON_1.nc", look.isel(band=[3]))
    result = job(order)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    assert {one.split()[1] for one in lines(result.stdout)} == {"PROGRESS"}
    assert lines(result.stdout)[-1].split()[2:4] == ["MOON", "100"]
    assert (tmp_path / "out" / "moon_report.xml").exists()
    assert (tmp_path / "out" / "VA_STATIST_R000123_MOON.csv").exists()


def test_an_order_that_is_none(tmp_path) -> None:
    (tmp_path / "order.xml").write_text("<Order/>")
    result = job(tmp_path / "order.xml")
    assert result.returncode == 2
    assert "expected the root Ipf_Job_Order, received Order" in lines(result.stderr)[0]
    assert "Traceback" not in result.stderr
    assert job(tmp_path / "absent.xml").returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_from_outside(look, tmp_path, number, heeds_interrupts) -> None:
    order = write_order(tmp_path)
    for k in range(LOOKS):
        one = look.isel(band=[3]).assign_attrs(acquisition_id=f"S{k}")
        write_glod(tmp_path / "l1a" / f"MOON_{k}.nc", one)
    with subprocess.Popen(
        [*COMMAND, str(order)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_interrupts,
    ) as process:
        assert process.stdout is not None
        while ".nc: done" not in process.stdout.readline():
            pass
        process.send_signal(number)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()  # or the end of the block would wait for it
    assert process.returncode == 8
    assert "stopped from outside" in lines(errors)[-1]
    assert 1 <= len(ledger.load(tmp_path / "ledger").frame) < LOOKS
    assert not list((tmp_path / "out").iterdir()), "no report, no statistics, no lock"
    assert job(order).returncode == 0
    assert len(ledger.load(tmp_path / "ledger").frame) == LOOKS


STUCK = """
import os, threading, time
from venus_analysis import cli, cli_end
from venus_analysis.calibrate.job import run

def stuck(order):
    threading.Thread(target=threading.Event().wait).start()
    try:
        os.kill(os.getpid(), NUMBER)
        time.sleep(20.0)
    except KeyboardInterrupt:
        return 8

run.run_order = stuck
cli_end.SECONDS_TO_END = 0.2
cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_thread_that_never_ends_does_not_hold_up_the_end(number, heeds_interrupts) -> None:
    """An interrupt may leave a lock locked for which a worker's thread then waits."""
    script = STUCK.replace("NUMBER", str(int(number)))
    command = [sys.executable, "-c", script, "job", "order.xml"]
    ended = subprocess.run(
        command, timeout=60, check=False, capture_output=True, preexec_fn=heeds_interrupts
    )
    assert ended.returncode == 8, ended.stderr


def test_a_lock_that_is_never_released_does_not_keep_a_stopped_job() -> None:
    script = STUCK.replace("NUMBER", str(int(signal.SIGTERM))).replace(
        "return 8", "threading.Event().wait()"
    )
    script = script.replace("cli.main()", "cli_job.SECONDS_TO_STOP = 1\ncli.main()")
    script = script.replace("import cli, cli_end", "import cli, cli_end, cli_job")
    command = [sys.executable, "-c", script, "job", "order.xml"]
    ended = subprocess.run(command, timeout=60, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGALRM, ended.stderr


def test_two_at_once(look, tmp_path) -> None:
    order = write_order(tmp_path)
    for k in range(6):
        one = look.isel(band=[3]).assign_attrs(acquisition_id=f"S{k}")
        write_glod(tmp_path / "l1a" / f"MOON_{k}.nc", one)
    with subprocess.Popen([*COMMAND, str(order)], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        while ".nc: done" not in first.stdout.readline():
            pass
        first.send_signal(signal.SIGSTOP)
        try:
            second = job(order)
        finally:
            first.send_signal(signal.SIGCONT)
        first.communicate(timeout=120)
    assert (first.returncode, second.returncode) == (0, 6)
    assert "a lock held by another" in lines(second.stderr)[0]
    assert len(ledger.history(tmp_path / "ledger").frame) == 6
    assert not list((tmp_path / "out").glob(".*"))


def test_nobody_reads_the_log(look, tmp_path) -> None:
    order = write_order(tmp_path)
    write_glod(tmp_path / "l1a" / "MOON_1.nc", look.isel(band=[3]))
    with subprocess.Popen([*COMMAND, str(order)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0
    assert (tmp_path / "out" / "moon_report.xml").exists()


def test_the_page_shows_the_example_and_every_code_and_type() -> None:
    from venus_analysis.calibrate.job.exit_codes import ExitCode
    from venus_analysis.calibrate.job.file_types import ROLES
    from venus_analysis.calibrate.job.settings import SECTIONS

    page = (DOCS / "operational-chain.md").read_text()
    assert (DOCS / "example-order.xml").read_text().strip() in page
    for code in ExitCode:
        assert re.search(rf"^\| {int(code)} \|", page, re.MULTILINE), code
    for name in ROLES:
        assert f"`{name}`" in page
    for name, kind in SECTIONS.items():
        assert f"`[{name}]`" in page
        for option in kind.__dataclass_fields__:
            assert f"`{option}`" in page, f"{name}.{option}"
