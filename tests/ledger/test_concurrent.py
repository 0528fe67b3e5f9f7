"""Two writers at once; compaction under readers and writers."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from venus_analysis import ledger
from venus_analysis.errors import LedgerError
from venus_analysis.ledger.store import LocalStore

WRITER = textwrap.dedent(
    """
    import sys, time
    from datetime import UTC, datetime
    from pathlib import Path
    from venus_analysis import ledger

    folder, run, batches = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    base = dict.fromkeys(("instrument", "method", "site", "reference",
                          "reference_acquisition_id", "parameter_digest", "configuration"), "x")
    (folder.parent / f"ready-{run}").touch()
    while not (folder.parent / "go").exists():
        time.sleep(0.001)
    for batch in range(batches):
        rows = [base | {"acquisition_id": f"LOOK_{batch}", "band": f"B{n}", "run_id": run,
                        "ratio": float(batch)} for n in range(3)]
        ledger.write(folder, rows, clock=lambda: datetime(2024, 1, 1, tzinfo=UTC))
    """
)


def start_writers(folder: Path, runs: list[str], batches: int) -> list[subprocess.Popen[bytes]]:
    """Processes that write the same keys, all with a clock that stands still."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), run, str(batches)])
        for run in runs
    ]
    while not all((folder.parent / f"ready-{run}").exists() for run in runs):
        assert all(writer.poll() is None for writer in writers)
    (folder.parent / "go").touch()
    return writers


def test_two_writers_at_once_both_land(tmp_path) -> None:
    folder, batches = tmp_path / "ledger", 30
    for writer in start_writers(folder, ["one", "two"], batches):
        assert writer.wait(60) == 0
    frame = ledger.history(folder).frame
    assert frame.groupby("run_id").size().to_dict() == {"one": 3 * batches, "two": 3 * batches}
    for _, own in frame.groupby("run_id"):
        commits = own.groupby("acquisition_id")["committed"].first().sort_values()
        assert commits.is_unique, "each writer's batches follow one another"
        assert commits.index.tolist() == [f"LOOK_{n}" for n in range(batches)]
    newest = frame.sort_values(["committed", "run_id"]).groupby(["acquisition_id", "band"]).last()
    current = ledger.load(folder).frame.set_index(["acquisition_id", "band"])
    assert current["run_id"].to_dict() == newest["run_id"].to_dict()


def test_reading_and_compacting_while_two_write(tmp_path) -> None:
    folder, batches = tmp_path / "ledger", 25
    writers = start_writers(folder, ["one", "two"], batches)
    seen = 0
    while any(writer.poll() is None for writer in writers):
        if (folder / "rows").is_dir():
            loaded = ledger.history(folder)
            assert loaded.refused == ()
            assert len(loaded.frame) >= seen, "rows never vanish"
            seen = len(loaded.frame)
            ledger.compact(folder)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(ledger.history(folder).frame) == 2 * 3 * batches


def test_two_compactions_at_once_lose_nothing(three_runs) -> None:
    class Meanwhile(LocalStore):
        """Another compaction takes place just before this one publishes."""

        def publish(self, folder: str, name: str, data: bytes) -> None:
            ledger.compact(self.root)
            super().publish(folder, name, data)

    before = ledger.history(three_runs).frame
    ledger.compact(Meanwhile(three_runs))
    assert ledger.history(three_runs).frame.equals(before)
    ledger.compact(three_runs)
    assert ledger.check(three_runs).repeats == 0


def test_compaction_between_listing_and_reading(three_runs) -> None:
    class Overtaken(LocalStore):
        """All parts are merged and deleted right after they were listed."""

        overtaken = False

        def read(self, folder: str, name: str) -> bytes:
            if not self.overtaken:
                self.overtaken = True
                ledger.compact(self.root)
            return super().read(folder, name)

    before = ledger.load(three_runs).frame
    loaded = ledger.load(Overtaken(three_runs))
    assert loaded.frame.equals(before)
    assert loaded.refused == ()


def test_compaction_between_two_reads(three_runs) -> None:
    class Overtaken(LocalStore):
        """Parts are merged after the first of them was read."""

        reads = 0

        def read(self, folder: str, name: str) -> bytes:
            data = super().read(folder, name)
            self.reads += 1
            if self.reads == 1:
                ledger.compact(self.root)
            return data

    before = ledger.history(three_runs).frame
    assert ledger.history(Overtaken(three_runs)).frame.equals(before)


def test_a_listing_taken_during_compaction(three_runs) -> None:
    class Torn(LocalStore):
        """The first listing shows neither the old parts nor yet the new one."""

        listings = 0

        def names(self, folder: str) -> list[str]:
            self.listings += 1
            return (
                ["20240101T010000000000-gone.parquet"]
                if self.listings == 1
                else (super().names(folder))
            )

    before = ledger.load(three_runs).frame
    assert ledger.load(Torn(three_runs)).frame.equals(before)


def test_parts_that_vanish_for_ever_are_an_error(three_runs) -> None:
    class Vanishing(LocalStore):
        def read(self, folder: str, name: str) -> bytes:
            raise FileNotFoundError(name)

    with pytest.raises(LedgerError, match="let the compactions end"):
        ledger.load(Vanishing(three_runs))


def test_views_are_stable_through_everything(three_runs, row) -> None:
    start = ledger.load(three_runs, as_of="2024-01-01T02:00").frame
    name = ledger.snapshot(three_runs, start)
    dates = [f"2024-01-01T0{hour}:30" for hour in range(4)]
    shown = {date: ledger.load(three_runs, as_of=date).frame for date in dates}

    def expect_the_same() -> None:
        assert ledger.load(three_runs, as_of=name).frame.equals(start)
        for date in dates:
            assert ledger.load(three_runs, as_of=date).frame.equals(shown[date]), date
        assert ledger.snapshot(three_runs, start) == name

    ledger.compact(three_runs)
    expect_the_same()
    ledger.write(three_runs, [row(run="run-late", ratio=0.1)])
    ledger.withdraw(three_runs, acquisition="LOOK_1", reason="clouds", who="Ada")
    expect_the_same()
    ledger.compact(three_runs)
    expect_the_same()
    # The same rows once more, as a retry after a crash writes them.
    again = start.drop(columns="committed")
    ledger.write(three_runs, again)
    expect_the_same()
    ledger.compact(three_runs)
    expect_the_same()
    assert ledger.check(three_runs).refused == ()
    assert np.isin(ledger.load(three_runs).frame["acquisition_id"], "LOOK_2").all()
