"""A campaign that goes on is told above every page, one that is over no longer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from venus_analysis.app.shell import Shell
from venus_analysis.app.store import Store
from venus_analysis.report.project import find_places


def log(folder: Path, name: str, started: np.datetime64, *lines: dict[str, object]) -> Path:
    """Write a log as a campaign does, one line a second."""
    start = {
        "event": "start", "run_id": name, "method": "moon", "inputs": 4, "scheduler": "threads",
        "workers": 2, "memory_bytes": None, "ledger": None, "software_version": "0",
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    texts = [
        json.dumps({"time": f"{started + np.timedelta64(k, 's')}Z", **line})
        for k, line in enumerate([start, *lines])
    ]
    path.write_text("\n".join(texts) + "\n")
    return path


def one(number: int, state: str) -> dict[str, object]:
    error = "no <b>Moon" if state == "failed" else ""
    return {
        "event": "input", "number": number, "input": f"look{number}", "state": state, "rows": 12,
        "simulated": True, "error": error, "seconds": 1.0, "peak_bytes": 1,
    }  # fmt: skip


def test_a_running_campaign_is_told_with_its_share_and_time_to_go(small_project: Path) -> None:
    now = np.datetime64("now", "s")
    log(small_project / "runs", "A", now - np.timedelta64(60, "D"))
    store = Store(find_places(small_project))
    session = Shell(store, "?page=overview")
    session.complete()
    assert not session.progress.visible
    log(small_project / "runs", "A", now - np.timedelta64(2, "h"), one(0, "done"))
    session.look_again()
    assert "may have been killed" in session.progress.object
    path = log(small_project / "runs", "B", now, one(0, "done"), one(1, "failed"))
    session.look_again()
    assert "moon campaign B: 2 of 4 inputs, 1 failed" in session.progress.object
    assert "min to go" in session.progress.object
    assert 'value="0.5"' in session.progress.object
    end = {"event": "end", "state": "finished", "error": "", "done": 1, "flagged": 0, "failed": 1,
           "ledger": 0, "seconds": 2.0}  # fmt: skip
    with path.open("a") as sink:
        sink.write(json.dumps({"time": f"{now}Z", **end}) + "\n{cut off")
    (small_project / "runs" / "A.jsonl").unlink()
    session.look_again()
    assert "finished" in session.progress.object
    log(small_project / "runs", "B", now - np.timedelta64(2, "h"), one(0, "done"), end)
    session.look_again()
    assert not session.progress.visible
