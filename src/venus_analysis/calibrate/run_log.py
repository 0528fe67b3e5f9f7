"""The log of a run: JSON lines that a person, a program or the dashboard can follow.

Each line has ``time`` (UTC), ``event`` and what belongs to it:

- ``start``: run_id, method, inputs (number; 0 where it shows later), scheduler,
  workers, memory_bytes (bound of a worker), ledger, software_version;
- ``input``: number, input, state (done, flagged, failed, ledger), rows,
  simulated, error, seconds and peak_bytes (of the worker; null when no worker
  brought it back);
- ``worker``: reason, when workers die or jobs are asked for;
- ``end``: state (finished, interrupted, error), error, done, flagged, failed,
  ledger (numbers), seconds.

A line is written at once, so that a reader never sees half of one but the last
of a run that was killed. A run that is interrupted before its start is written
down has no log, or one that holds its start as well as its end.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.row import Row

STATES: Final = ("done", "flagged", "failed", "ledger")


def state_of(outcome: Outcome) -> str:
    """State of an input: done, flagged, failed, or ledger when nothing was computed.

    Examples
    --------
    >>> state_of(Outcome(Path("moon.nc"), error="moon.nc: expected a file, ..."))
    'failed'
    """
    if outcome.error:
        return "failed"
    if outcome.from_ledger:
        return "ledger"
    return "flagged" if outcome.problem else "done"


class RunLog:
    """Writes the log of a run; a disk that is full costs the log, not the run.

    Parameters
    ----------
    place
        File, or folder for a file ``RUN_ID.jsonl``: one that is there, or a name
        without suffix. None writes nothing.
    run_id, method
        Of the run; method is moon, desert or sno.

    Attributes
    ----------
    path
        The file; None when nothing is written.
    trouble
        Why lines are missing; empty when none is.

    Examples
    --------
    >>> with RunLog(None, "r1", "moon") as log:
    ...     log.start(inputs=1, scheduler="threads")
    ...     log.input(0, Outcome(Path("moon.nc")))
    >>> log.path is None, log.counts["done"]
    (True, 1)
    """

    def __init__(self, place: str | Path | None, run_id: str, method: str) -> None:
        self.run_id, self.method, self.trouble = run_id, method, ""
        self.path = None if place is None else file_in(Path(place), run_id)
        self.counts: Counter[str] = Counter(dict.fromkeys(STATES, 0))
        self._began = time.monotonic()
        self._started, self._unwritten = False, ""

    def start(
        self,
        *,
        inputs: int,
        scheduler: str,
        workers: int | None = None,
        memory_bytes: int | None = None,
        ledger: str | Path | None = None,
    ) -> None:
        """Write what the run is about."""
        from venus_analysis.calibrate.row import software_version

        self._write(
            "start",
            run_id=self.run_id,
            method=self.method,
            inputs=inputs,
            scheduler=scheduler,
            workers=workers,
            memory_bytes=memory_bytes,
            ledger=None if ledger is None else str(ledger),
            software_version=software_version(),
        )

    def input(
        self,
        number: int,
        outcome: Outcome,
        seconds: float | None = None,
        peak_bytes: int | None = None,
    ) -> None:
        """Write what became of an input."""
        state = state_of(outcome)
        self.counts[state] += 1
        self._write(
            "input",
            number=number,
            input=str(outcome.path),
            state=state,
            rows=len(outcome.rows),
            simulated=any(row["simulated"] for row in outcome.rows),
            error=outcome.problem,
            seconds=None if seconds is None else round(seconds, 3),
            peak_bytes=peak_bytes,
        )

    def site(self, name: str, rows: Sequence[Row], error: str = "") -> None:
        """Write what became of a site, which stands for an input where sites are calibrated."""
        number = sum(self.counts.values())
        self.input(number, Outcome(Path(name), tuple(rows), error and f"{name}: {error}"))

    def worker(self, reason: str) -> None:
        """Write what happened to workers."""
        self._write("worker", reason=reason)

    def end(self, state: str, error: str = "") -> None:
        """Write how the run ended."""
        seconds = round(time.monotonic() - self._began, 3)
        self._write("end", state=state, error=error, **self.counts, seconds=seconds)

    def _write(self, event: str, **facts: Any) -> None:
        if self.path is None or self.trouble or not (self._started or event == "start"):
            return  # interrupted before it began: no log is better than one without a start
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "event": event, **facts}, allow_nan=False) + "\n"
        self._unwritten += line  # an interrupt here leaves it to the line that tells its end
        self._started = True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                os.write(descriptor, self._unwritten.encode())
                self._unwritten = ""
            finally:
                os.close(descriptor)
        except OSError as error:
            self.trouble = f"{self.path}: the log ends here: {error}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.end("interrupted")
        elif error is not None:
            self.end("error", f"{type(error).__name__}: {error}")
        else:
            self.end("finished")


def file_in(place: Path, run_id: str) -> Path:
    """File of a run's log.

    Examples
    --------
    >>> file_in(Path("runs"), "r1").as_posix(), file_in(Path("moon.jsonl"), "r1").as_posix()
    ('runs/r1.jsonl', 'moon.jsonl')
    """
    return place / f"{run_id}.jsonl" if place.is_dir() or not place.suffix else place
