"""Reading the logs of runs: how far one is, what failed, how long the rest takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from venus_analysis.calibrate.run_log import STATES
from venus_analysis.errors import InputError


@dataclass(frozen=True, eq=False)
class Run:
    """A run as its log tells.

    Attributes
    ----------
    path
        The log; ``-`` when it was made from lines.
    run_id, method, scheduler, workers, memory_bytes, ledger, inputs
        As the run began; `inputs` is a number.
    started, latest
        UTC of the first and of the last line. A run that was killed has no end:
        it stays ``running`` while `latest` grows old.
    state
        running, finished, interrupted or error.
    error
        What ended it.
    counts
        Inputs done, flagged, failed, and in the ledger already.
    failures
        (input, reason) of those failed and flagged.
    worker_notes
        What happened to workers.
    seconds, peak_bytes
        Of each input that a worker brought back.
    simulated
        Whether any row is.
    """

    path: Path
    run_id: str
    method: str
    scheduler: str
    workers: int | None
    memory_bytes: int | None
    ledger: str | None
    inputs: int
    started: np.datetime64
    latest: np.datetime64
    state: str
    error: str
    counts: Mapping[str, int]
    failures: tuple[tuple[str, str], ...]
    worker_notes: tuple[str, ...]
    seconds: tuple[float, ...]
    peak_bytes: tuple[int, ...]
    simulated: bool

    @property
    def finished_share(self) -> float:
        """Share of the inputs that are through, 0 to 1; 0 while their number is not known."""
        if not self.inputs:
            return float(self.state != "running")
        return sum(self.counts.values()) / self.inputs

    @property
    def remaining_s(self) -> float | None:
        """Seconds to go at the pace so far; None where nothing tells."""
        computed = sum(self.counts.values()) - self.counts["ledger"]
        if self.state != "running" or not computed or not self.inputs:
            return None
        elapsed = float((self.latest - self.started) / np.timedelta64(1, "s"))
        return elapsed / computed * (self.inputs - sum(self.counts.values()))


def read_run(path: str | Path) -> Run:
    """Read a log, also of a run that goes on.

    Raises
    ------
    InputError
        It cannot be read, or is no log of a run.

    Examples
    --------
    >>> read_run("absent.jsonl")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: absent.jsonl: expected the log of a run, ...
    """
    path = Path(path)
    try:
        return parsed_run(path.read_text(encoding="utf-8").splitlines(), path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            path, "the log of a run", f"{type(error).__name__}: {error}", "give one that --log made"
        ) from None


def runs(folder: str | Path) -> list[Run]:
    """Read the logs in a folder, newest first; what is no log is left out.

    Examples
    --------
    >>> runs("no/such/folder")
    []
    """
    found = []
    for path in Path(folder).glob("*.jsonl"):
        try:
            found.append(read_run(path))
        except InputError:
            continue
    return sorted(found, key=lambda run: (run.started, run.run_id), reverse=True)


def parsed_run(lines: Iterable[str], path: Path = Path("-")) -> Run:
    """Read the lines of a log; a last one that is cut off does not count.

    Examples
    --------
    >>> start = {"time": "2026-01-01T00:00:00.000Z", "event": "start", "run_id": "r1",
    ...     "method": "moon", "inputs": 2, "scheduler": "threads"}
    >>> done = {"time": "2026-01-01T00:00:09.000Z", "event": "input", "input": "a.zarr",
    ...     "state": "done"}
    >>> run = parsed_run([json.dumps(start), json.dumps(done), '{"time": "2026-01-0'])
    >>> run.state, run.finished_share, run.remaining_s
    ('running', 0.5, 9.0)
    """
    events = [one for line in lines if (one := _event(line)) is not None]
    starts = [n for n, one in enumerate(events) if one["event"] == "start"]
    if not starts:
        raise ValueError("no start of a run in it")
    start, *events = events[starts[-1] :]  # runs may share a file; the last one counts
    inputs = [one for one in events if one["event"] == "input"]
    end = next((one for one in events if one["event"] == "end"), {})
    through = [one for one in inputs if one.get("seconds") is not None]
    return Run(
        path=path,
        run_id=str(start["run_id"]),
        method=str(start["method"]),
        scheduler=str(start["scheduler"]),
        workers=start.get("workers"),
        memory_bytes=start.get("memory_bytes"),
        ledger=start.get("ledger"),
        inputs=int(start["inputs"]),
        started=_time(start),
        latest=_time(events[-1] if events else start),
        state=str(end.get("state", "running")),
        error=str(end.get("error", "")),
        counts={state: sum(one["state"] == state for one in inputs) for state in STATES},
        failures=tuple(
            (str(one["input"]), str(one["error"])) for one in inputs if one.get("error")
        ),
        worker_notes=tuple(str(one["reason"]) for one in events if one["event"] == "worker"),
        seconds=tuple(float(one["seconds"]) for one in through),
        peak_bytes=tuple(int(one["peak_bytes"]) for one in through if one.get("peak_bytes")),
        simulated=any(one.get("simulated") for one in inputs),
    )


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _time(event: Mapping[str, Any]) -> np.datetime64:
    return np.datetime64(str(event["time"]).removesuffix("Z"), "ms")
