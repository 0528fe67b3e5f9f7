"""A disk that is full or fails: the ledger stays as it was, and a retry works."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from venus_analysis import ledger
from venus_analysis.errors import LedgerError


@contextmanager
def small_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, *, try_mount: bool) -> Iterator[bool]:
    """A file system of 256 kB; where mounting is not allowed, an os.write that fills up."""
    mount = shutil.which("mount") if try_mount else None
    options = ["-t", "tmpfs", "-o", "size=256k", "tmpfs"]
    mounted = (
        mount is not None
        and not subprocess.run(
            [mount, *options, str(folder)], capture_output=True, check=False
        ).returncode
    )
    if mounted:
        try:
            yield True
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if (room := (256 << 10) - used) <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[:room])

    monkeypatch.setattr(os, "write", write)
    yield False
    monkeypatch.undo()


@pytest.mark.parametrize("try_mount", [True, False])
def test_a_full_disk(tmp_path, row, monkeypatch, try_mount) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, monkeypatch, try_mount=try_mount) as real:
        folder = disk / "ledger"
        print("a real file system" if real else "an os.write that fills up")
        written, error = write_until_full(folder, row)
        assert written > 0, "something fitted"
        assert "No space left on device; the ledger is as it was: make room" in str(error)
        loaded = ledger.load(folder)
        assert loaded.refused == ()
        assert len(loaded.frame) == 300 * written, "all full batches, nothing of the last"
        assert ledger.check(folder).leftovers == ()
        fill(disk)
        with pytest.raises(LedgerError, match="no row is lost"):
            ledger.compact(folder)
        with pytest.raises(LedgerError, match="snapshot"):
            ledger.snapshot(folder, loaded.frame)
        assert ledger.load(folder).frame.equals(loaded.frame)
        (disk / "ballast").unlink()
        min((folder / "rows").iterdir()).unlink()
        ledger.write(folder, [row(f"LOOK_{written}_{n}") for n in range(300)])
        assert len(ledger.load(folder).frame) == 300 * written


def write_until_full(folder: Path, row: Any) -> tuple[int, LedgerError]:
    """Number of batches of 300 rows that fitted, and the error of the first that did not."""
    for number in range(200):
        try:
            ledger.write(folder, [row(f"LOOK_{number}_{n}") for n in range(300)])
        except LedgerError as error:
            return number, error
    raise AssertionError("the disk never filled up")


def fill(disk: Path) -> None:
    """Take all the room that is left."""
    descriptor = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, bytes(4096))
    except OSError:
        os.close(descriptor)


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_failing_disk(three_runs, row, monkeypatch, call) -> None:
    before = ledger.load(three_runs).frame
    with monkeypatch.context() as patch:

        def fail(*args: object, **more: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        patch.setattr(os, call, fail)
        with pytest.raises(LedgerError, match=r"expected to write 1 rows, received.*Input/output"):
            ledger.write(three_runs, [row("LOOK_9")])
    assert ledger.load(three_runs).frame.equals(before)
    assert ledger.check(three_runs).leftovers == ()


def test_the_writer_keeps_what_could_not_be_written(tmp_path, row, monkeypatch) -> None:
    writer = ledger.Writer(tmp_path, batch_rows=2)
    writer.add([row("LOOK_1")])
    with monkeypatch.context() as patch:

        def fail(*args: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(os, "write", fail)
        with pytest.raises(LedgerError):
            writer.add([row("LOOK_2")])
    writer.flush()
    assert len(ledger.load(tmp_path).frame) == 2


def test_a_file_where_the_ledger_should_be(tmp_path, row) -> None:
    (tmp_path / "ledger").write_text("a file")
    with pytest.raises(LedgerError, match="expected to write 1 rows"):
        ledger.write(tmp_path / "ledger", [row()])
