"""A process killed at any point of a write leaves all or nothing, and can be run again."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from venus_analysis import ledger

SCRIPT = Path(__file__).with_name("killed_writer.py")
KILLED = runpy.run_path(str(SCRIPT))


def killed_folders(operation: str, base: Path, output: Path) -> tuple[list[Path], Path]:
    """Folders left by killed processes, and the one of the process that completed."""
    output.mkdir()
    command = [sys.executable, str(SCRIPT), operation, str(base), str(output)]
    subprocess.run(command, check=True, timeout=120)
    states = dict(line.split() for line in (output / "done").read_text().splitlines())
    *killed, last = sorted(states, key=int)
    assert states[last] == "0", "the last process completed"
    assert all(states[name] == "killed" for name in killed)
    assert len(killed) >= 9, "open, write (twice), fsync, close, replace and the folder's sync"
    left = {what_is_left(output / name): output / name for name in reversed(killed)}
    return [*left.values()], output / last


def what_is_left(folder: Path) -> frozenset[tuple[str, bytes]]:
    """Files and what they hold: moments that leave the same are looked at once."""
    files = {(".", b"")} if folder.is_dir() else set()
    for path in folder.rglob("*"):
        name = "temporary" if path.name.startswith(".") else path.name
        content = path.read_bytes() if path.is_file() else b""
        files.add((str(path.relative_to(folder).with_name(name)), content))
    return frozenset(files)


@pytest.mark.parametrize("base", ["no ledger yet", "a ledger"])
def test_killed_while_writing(three_runs, tmp_path, base) -> None:
    start = three_runs if base == "a ledger" else tmp_path / "nothing"
    before = 4 if base == "a ledger" else 0
    killed, completed = killed_folders("write", start, tmp_path / "killed")
    counts = set()
    for folder in killed:
        if folder.is_dir():
            loaded = ledger.load(folder)
            new = loaded.frame[loaded.frame["run_id"] == KILLED["NEW_RUN"]]
            counts.add(len(new))
            assert loaded.refused == ()
            assert len(loaded.frame) - len(new) == before
        again = ledger.write(folder, KILLED["batch"](), clock=KILLED["clock"])
        assert again.rows == 12
        assert len(ledger.load(folder).frame) == before + 12
        assert ledger.check(folder).refused == ()
    assert counts == {0, 12}, "killed before it was there, and after"
    assert len(ledger.load(completed).frame) == before + 12


def test_killed_while_withdrawing(three_runs, tmp_path) -> None:
    killed, completed = killed_folders("withdraw", three_runs, tmp_path / "killed")
    left = set()
    for folder in [*killed, completed]:
        loaded = ledger.load(folder)
        assert loaded.refused == ()
        left.add(len(loaded.frame))
    assert left == {2, 4}
    assert len(ledger.load(completed).frame) == 2


def test_killed_while_compacting(three_runs, tmp_path) -> None:
    ledger.withdraw(three_runs, acquisition="LOOK_2", reason="clouds", who="Ada", bands=["B1"])
    ledger.withdraw(three_runs, acquisition="LOOK_2", reason="haze", who="Ada", bands=["B2"])
    view, everything = ledger.load(three_runs).frame, ledger.history(three_runs).frame
    early = ledger.load(three_runs, as_of="2024-01-01T01:30").frame
    killed, completed = killed_folders("compact", three_runs, tmp_path / "killed")
    for folder in [*killed, completed]:
        assert ledger.load(folder).frame.equals(view)
        assert ledger.history(folder).frame.equals(everything)
        assert ledger.load(folder, as_of="2024-01-01T01:30").frame.equals(early)
        ledger.compact(folder)
        state = ledger.check(folder)
        assert sorted(state.parts.values()) == [6, 12], "two decisions about three rows each"
        assert (state.refused, state.repeats) == ((), 0)
        assert ledger.load(folder).frame.equals(view)


def test_killed_while_keeping_a_snapshot(three_runs, tmp_path) -> None:
    killed, completed = killed_folders("snapshot", three_runs, tmp_path / "killed")
    (kept,) = [path.stem for path in (completed / "snapshots").iterdir()]
    for folder in killed:
        state = ledger.check(folder)
        assert state.refused == ()
        runs = ledger.load(three_runs, as_of="2024-01-01T02:00").frame
        assert ledger.snapshot(folder, runs) == kept
        assert set(ledger.load(folder, as_of=kept).frame["run_id"]) == {"run-b"}


def test_leftovers_are_seen_and_swept_when_old(three_runs, tmp_path) -> None:
    import os

    killed, _ = killed_folders("write", three_runs, tmp_path / "killed")
    folder = next(f for f in killed if ledger.check(f).leftovers)
    ledger.compact(folder)
    (name,) = ledger.check(folder).leftovers
    yesterday = (folder / name).stat().st_mtime - 90_000
    os.utime(folder / name, (yesterday, yesterday))
    ledger.compact(folder)
    assert ledger.check(folder).leftovers == ()
