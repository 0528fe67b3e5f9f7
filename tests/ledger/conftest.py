"""Rows and stores for the ledger's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from venus_analysis import ledger

Row = dict[str, Any]


def _row(acquisition: str = "LOOK_1", band: str = "B1", run: str = "run-a", **more: Any) -> Row:
    return {
        "instrument": "VENUS/VSSC",
        "acquisition_id": acquisition,
        "band": band,
        "method": "moon",
        "site": "THE_MOON",
        "reference": "ROLO311g",
        "reference_acquisition_id": "",
        "parameter_digest": "p1",
        "configuration": "c1",
        "run_id": run,
        "time": datetime(2024, 1, 1, tzinfo=UTC),
        "ratio": 0.99,
        "measured": 2.0,
        "input_digest": "d1",
        "algorithm_version": 1,
    } | more


@pytest.fixture(scope="session")
def row() -> Callable[..., Row]:
    """Make one row; any column may be given."""
    return _row


@pytest.fixture(scope="session")
def ticking() -> Callable[..., Callable[[], datetime]]:
    """Make a clock that goes on by one hour at each reading."""

    def make(start: str = "2024-01-01T00:00:00", step_h: float = 1.0) -> Callable[[], datetime]:
        now = [datetime.fromisoformat(start).replace(tzinfo=UTC)]

        def clock() -> datetime:
            now[0] += timedelta(hours=step_h)
            return now[0]

        return clock

    return make


@pytest.fixture
def three_runs(tmp_path: Path, ticking: Any) -> Path:
    """Ledger of two acquisitions and two bands in three runs, committed at 1, 2 and 3 h."""
    folder, clock = tmp_path / "ledger", ticking()
    for number, run in enumerate(("run-a", "run-b", "run-c")):
        rows = [
            _row(acquisition, band, run, ratio=0.9 + 0.01 * number)
            for acquisition in ("LOOK_1", "LOOK_2")
            for band in ("B1", "B2")
        ]
        ledger.write(folder, rows, clock=clock)
    return folder


class MemoryStore:
    """Files of a ledger in a dictionary; shows that the ledger needs no more than this."""

    label = "memory"

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], bytes] = {}

    def is_ledger(self) -> bool:
        return True

    def names(self, folder: str) -> list[str]:
        return sorted(name for where, name in self.files if where == folder)

    def read(self, folder: str, name: str) -> bytes:
        try:
            return self.files[folder, name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def publish(self, folder: str, name: str, data: bytes) -> None:
        self.files[folder, name] = data

    def remove(self, folder: str, name: str) -> None:
        self.files.pop((folder, name), None)

    def leftovers(self, folder: str, min_age_s: float) -> list[str]:
        return []


@pytest.fixture(scope="session")
def memory_store() -> type[MemoryStore]:
    return MemoryStore


@pytest.fixture(scope="session")
def ratios() -> Callable[[Any], dict[tuple[str, str, str], float]]:
    """Look up ratios by acquisition, band and run: what a view shows, whatever its order."""

    def make(frame: pd.DataFrame) -> dict[tuple[str, str, str], float]:
        names = ["acquisition_id", "band", "run_id", "ratio"]
        return {row[:3]: row[3] for row in frame[names].itertuples(index=False, name=None)}

    return make
