"""Many scenes and images of the Moon: through dask, resumed, and kept in the ledger.

Workers return rows; only this driver writes the ledger, in batches. What was
computed before an error, Ctrl-C or a kill stays there and is not computed
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from venus_analysis.calibrate.cluster import LOCAL, Lost, check_scheduler, cores, run
from venus_analysis.calibrate.inputs import MoonCampaign, calibrate_input
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.pieces import Measured, measured
from venus_analysis.calibrate.resume import answered
from venus_analysis.calibrate.row import Row
from venus_analysis.calibrate.run_log import RunLog
from venus_analysis.collect.kind import input_kind
from venus_analysis.collect.place import as_place
from venus_analysis.errors import VenusAnalysisError
from venus_analysis.schema import KEY

if TYPE_CHECKING:
    from venus_analysis.ledger import Writer

MEMORY_BYTES = 1_000_000_000
BASE_BYTES = 200_000_000
SCENE_SHARE = 0.6

Report = Callable[[Outcome], None]


def calibrate_inputs(
    paths: Sequence[str | Path],
    campaign: MoonCampaign | None = None,
    *,
    ledger: str | Path | None = None,
    force: bool = False,
    scheduler: str = "threads",
    workers: int | None = None,
    memory_bytes: int | None = None,
    report: Report | None = None,
    log: RunLog | None = None,
    keep_rows: bool = True,
    batch_rows: int = 5000,
    batch_seconds: float = 30.0,
) -> list[Outcome]:
    """Calibrate Moon scenes and images; a bad one does not stop the others.

    Parameters
    ----------
    paths
        L1A scenes (Zarr, netCDF) and lunar observation files (GLOD netCDF), told
        apart by content; one that is named twice counts once.
    campaign
        How they are calibrated.
    ledger
        Where rows are kept. What is there for the same input, options and
        algorithm is not computed again; its rows are handed out instead.
    force
        Computes it all the same.
    scheduler, workers
        See `venus_analysis.calibrate.cluster.run`. With threads, `workers`
        defaults to what fits into `memory_bytes`, and the bands of a scene share
        the cores that are left.
    memory_bytes
        Memory of a worker; 1 GB of this process, where its threads are the
        workers. A process that takes more is ended and its input is tried once
        more; None sets processes no bound, and leaves jobs to their configuration.
    report
        Called with each outcome as soon as it is there.
    log
        Where the run writes what happens; see `venus_analysis.calibrate.run_log`.
    keep_rows
        False hands out outcomes without rows, for archives whose rows need not
        fit into the memory of this process; what their flags say stands in
        `error`, and `report` sees them whole.
    batch_rows, batch_seconds
        When rows are written, see `venus_analysis.ledger.Writer`; what was
        computed since is lost if this process is killed, and only that.

    Returns
    -------
    list of Outcome
        In the order of `paths`.

    Raises
    ------
    UsageError
        No such scheduler.
    LedgerError
        When the ledger cannot be written; what was written before stays.

    Examples
    --------
    >>> [outcome.error for outcome in calibrate_inputs(["absent.nc"])]
    ['absent.nc: expected a file, ...']
    """
    campaign = campaign or MoonCampaign()
    check_scheduler(scheduler)
    inputs = list(dict.fromkeys(map(as_place, paths)))
    log = log or RunLog(None, campaign.run_id, "moon")
    book = _Book(inputs, report or (lambda outcome: None), log, campaign.bands or (), keep_rows)
    known = answered(ledger, campaign, inputs) if ledger is not None and not force else {}
    waiting = {n: path for n, path in enumerate(inputs) if path not in known}
    if scheduler == "threads":
        workers = workers or _fitting(list(waiting.values()), memory_bytes or MEMORY_BYTES)
        campaign = replace(campaign, threads=max(cores() // workers, 1))
    elif scheduler not in LOCAL:  # the workers of a cluster stand in another folder
        waiting = {n: path.absolute() for n, path in waiting.items()}
    with ExitStack() as stack:
        stack.enter_context(log)
        log.start(
            inputs=len(inputs),
            scheduler=scheduler,
            workers=workers,
            memory_bytes=memory_bytes,
            ledger=ledger,
        )
        for number, path in enumerate(inputs):
            if path in known:
                book.close(number, book.once(number, Outcome(path, known[path], from_ledger=True)))
        if ledger is not None:
            from venus_analysis.ledger import Writer

            book.writer = stack.enter_context(
                Writer(ledger, batch_rows=batch_rows, batch_seconds=batch_seconds)
            )
        run(
            partial(measured, partial(calibrate_input, campaign)),
            waiting,
            book.take,
            scheduler=scheduler,
            workers=workers,
            memory_bytes=memory_bytes,
            note=log.worker,
        )
    return [book.outcomes[number] for number in range(len(inputs))]


@dataclass
class _Book:
    """Outcomes as they come in: rows to the ledger, a word to whoever watches."""

    inputs: list[Path]
    report: Report
    log: RunLog
    bands: Sequence[str] = ()
    keep_rows: bool = True
    writer: Writer | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    owner: dict[bytes, int] = field(default_factory=dict)

    def take(self, number: int, found: Measured | Lost) -> None:
        """Keep what a worker brought back; a lost one or a repeat is a failure."""
        path = self.inputs[number]
        if isinstance(found, Lost):
            return self.close(number, Outcome(path, error=f"{path}: {found.reason}"))
        result = self.once(number, replace(found.result, path=path))
        if self.writer is not None and result.rows:
            self.writer.add(result.rows)
        return self.close(number, result, found.seconds, found.peak_bytes)

    def once(self, number: int, outcome: Outcome) -> Outcome:
        """Give the outcome, or a failure where another input gave a row of the same key before."""
        first = self.inputs[self._owner(number, outcome.rows)]
        if first == outcome.path:
            return outcome
        remedy = "give each acquisition once"
        error = f"{outcome.path}: the same acquisition as {first}; {remedy}"
        return Outcome(outcome.path, error=error)

    def close(self, number: int, outcome: Outcome, *measured: Any) -> None:
        present = {row["band"] for row in outcome.rows}
        absent = [band for band in self.bands if present and band not in present]
        if absent:
            outcome = replace(outcome, error=f"{outcome.path}: no band {', '.join(absent)} in it")
        self.log.input(number, outcome, *measured)
        self.report(outcome)
        if not self.keep_rows:
            outcome = Outcome(outcome.path, (), outcome.problem, outcome.from_ledger)
        self.outcomes[number] = outcome

    def _owner(self, number: int, rows: Sequence[Row]) -> int:
        """Input that gave a row of the same key before, or this one."""
        keys = [_short(row) for row in rows]
        for key in keys:
            if key in self.owner:
                return self.owner[key]
        self.owner.update(dict.fromkeys(keys, number))
        return number


def _short(row: Row) -> bytes:
    """Key of a row, short enough to keep millions."""
    text = repr([row[name] for name in KEY])
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _fitting(paths: Sequence[Path], memory_bytes: int) -> int:
    """Scenes that may be worked on at once in one process within so much memory."""
    if len(paths) <= 1:
        return 1
    largest = max((_counts_bytes(path) for path in paths), default=0)
    room = (memory_bytes - BASE_BYTES) / max(SCENE_SHARE * largest, 1.0)
    return max(min(int(room), cores()), 1)


def _counts_bytes(path: Path) -> int:
    from venus_analysis.collect.scene import open_look

    try:
        if input_kind(path) == "image":
            return path.stat().st_size
        with open_look(path) as scene:
            return int(scene["counts"].nbytes)
    except VenusAnalysisError:
        return 0
