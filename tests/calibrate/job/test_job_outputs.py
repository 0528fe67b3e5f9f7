"""Outputs that cannot be written, and two runs at once: a documented code, nothing half."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from venus_analysis import ledger
from venus_analysis.calibrate.job.lock import BusyError, held


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def in_place_of_a_folder(tmp_path: Path) -> Path:
    (tmp_path / "a_file").write_text("not a folder")
    return tmp_path / "a_file" / "report.xml"


def a_folder_where_the_file_should_be(tmp_path: Path) -> Path:
    (tmp_path / "report.xml").mkdir()
    return tmp_path / "report.xml"


def on_a_system_that_takes_no_files(tmp_path: Path) -> Path:
    return Path("/proc/report.xml")


@pytest.mark.parametrize(
    "place",
    [in_place_of_a_folder, a_folder_where_the_file_should_be, on_a_system_that_takes_no_files],
)
def test_a_report_that_cannot_be_written_stops_the_order_at_once(run, moon, tmp_path, place):
    path = place(tmp_path)
    outputs = [one for one in moon.outputs if one[0] != "VA_REPORT_"]
    ended = run(replace(moon, outputs=[*outputs, ("VA_REPORT_", "Physical", str(path))]))
    assert ended.code == 5
    assert str(path.parent) in ended.said()
    assert not (tmp_path / "ledger").exists(), "nothing was computed"


def test_a_file_where_the_ledger_should_be(run, moon, tmp_path) -> None:
    (tmp_path / "ledger").write_text("a file")
    ended = run(moon)
    assert ended.code == 5
    assert "expected a folder" in ended.said()
    assert (tmp_path / "ledger").read_text() == "a file"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_a_read_only_disk(run, moon, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    with mounted(tmp_path / "out", "size=1m,ro") as real:
        if not real:
            pytest.skip("mounting is not allowed here")
        ended = run(moon)
        assert ended.code == 5
        assert "Read-only file system" in ended.said()
        assert names(tmp_path / "out") == []


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[bool]:
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = mount and not subprocess.run(command, capture_output=True, check=False).returncode
    try:
        yield bool(done)
    finally:
        if done:
            subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> Iterator[None]:
    """A file system of `size` bytes; where mounting is not allowed, an os.write that fills up."""
    folder.mkdir()
    with mounted(folder, f"size={size}") as real:
        if not real:
            write = os.write

            def limited(descriptor: int, data: bytes) -> int:
                path = Path(f"/proc/self/fd/{descriptor}").readlink()
                used = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
                if folder in path.parents and used + len(data) > size:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return write(descriptor, data)

            monkeypatch.setattr(os, "write", limited)
        yield
        monkeypatch.undo()


def test_a_full_disk_under_the_ledger(run, moon, report, tmp_path, monkeypatch) -> None:
    with small_disk(tmp_path / "ledger", monkeypatch, 4096):
        ended = run(moon)
        assert ended.code == 5
        assert "No space left on device; the ledger is as it was" in ended.said()
        assert len(ledger.load(tmp_path / "ledger").frame) == 0
        assert ledger.check(tmp_path / "ledger").leftovers == ()
    assert report()["exit_code"] == 5
    assert names(tmp_path / "out") == ["report.json", "report.xml"]
    assert run(moon).code == 0
    assert len(ledger.load(tmp_path / "ledger").frame) == 6


def test_a_full_disk_under_the_reports(run, moon, tmp_path, monkeypatch) -> None:
    with small_disk(tmp_path / "out", monkeypatch, 16384):
        ended = run(moon)
        assert ended.code == 5
        assert "No space left on device" in ended.said()
        assert not [one for one in names(tmp_path / "out") if one.startswith(".")]
        assert "report.xml" not in names(tmp_path / "out"), "its presence says all is there"
        assert "statistics.csv" not in names(tmp_path / "out")
        assert len(ledger.load(tmp_path / "ledger").frame) == 6, "what was computed is kept"
    ended = run(moon)
    assert ended.code == 0
    assert ended.said().count("in the ledger") == 3
    assert names(tmp_path / "out") == ["report.json", "report.xml", "statistics.csv"]


HOLDER = """
import sys, time
from pathlib import Path
from venus_analysis.calibrate.job.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(30)
"""


@contextmanager
def another_run(report: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(report)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_two_at_once_on_the_same_outputs(run, moon, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    with another_run(tmp_path / "out" / "report.xml"):
        ended = run(moon)
        assert ended.code == 6
        assert "a lock held by another" in ended.said()
        assert names(tmp_path / "out") == [".report.xml.lock"]
        assert not (tmp_path / "ledger").exists()
    assert names(tmp_path / "out") == [".report.xml.lock"], "killed, it left the file"
    assert run(moon).code == 0, "which is no lock any more"
    assert names(tmp_path / "out") == ["report.json", "report.xml", "statistics.csv"]


def test_another_order_on_the_same_ledger_is_not_kept_waiting(run, moon, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    with another_run(tmp_path / "out" / "other.xml"):
        assert run(moon).code == 0


def test_a_lock_whose_file_went_away_meanwhile_is_taken_again(tmp_path, monkeypatch) -> None:
    path = tmp_path / ".report.xml.lock"
    real, calls = fcntl.flock, []

    def remove_first(descriptor: int, operation: int) -> None:
        real(descriptor, operation)
        if not calls:
            path.unlink()
        calls.append(descriptor)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with held(tmp_path / "report.xml"):
        assert path.exists()
        assert len(calls) == 2
        with pytest.raises(BusyError), held(tmp_path / "report.xml"):
            pass
    assert not path.exists()
