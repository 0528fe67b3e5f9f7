"""What a campaign will take, before it runs: time, memory and bytes, for an archive and a deadline.

Some inputs of the archive are calibrated in one process, as a worker would; the
rest is arithmetic::

    seconds = start + inputs * seconds_each / (workers * efficiency)

`start` is a new process until its first result beyond a usual one, which all
workers share. `efficiency` is what two processes side by side really reach: each
core waits for memory that another uses.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeGuard

import numpy as np

from venus_analysis.calibrate.cluster import run
from venus_analysis.calibrate.inputs import MoonCampaign, calibrate_input
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.pieces import Lost, Measured, cores, measured, memory_text
from venus_analysis.collect.place import as_place
from venus_analysis.collect.scene_digest import chunk_sizes
from venus_analysis.errors import InputError

TRIED: Final = 6
ROW_BYTES: Final = 1000
Found: TypeAlias = Measured | Lost


@dataclass(frozen=True)
class Plan:
    """Estimate of a campaign.

    Attributes
    ----------
    inputs, tried, failed
        Number of inputs; how many were tried for the estimate, and of these failed.
    workers, cores
        Processes at once; of this machine.
    seconds, seconds_each, start_s, efficiency
        Of the whole run on this machine or on as many machines like it as the
        workers need; of one input in one process alone; see the module.
    deadline_s, workers_needed
        The deadline, and the workers that keep it; None without one, or where
        none would do.
    worker_bytes, memory_bytes
        Peak of one worker; of all.
    archive_bytes, rows, ledger_bytes
        All bytes of the inputs (a scene is read in parts); rows, and bytes of
        the ledger they become (uncompacted, an upper bound).
    """

    inputs: int
    tried: int
    failed: int
    workers: int
    cores: int
    seconds: float
    seconds_each: float
    start_s: float
    efficiency: float
    deadline_s: float | None
    workers_needed: int | None
    worker_bytes: int
    memory_bytes: int
    archive_bytes: int
    rows: int
    ledger_bytes: int


def plan_campaign(
    paths: Sequence[str | Path],
    campaign: MoonCampaign,
    *,
    workers: int | None = None,
    deadline_s: float | None = None,
    inputs: int | None = None,
    tried: int = TRIED,
) -> Plan:
    """Estimate a campaign from a few of its inputs; nothing is kept.

    Parameters
    ----------
    paths
        Inputs, or a sample of them.
    campaign
        How they are to be calibrated.
    workers
        Processes at once; one per core by default.
    deadline_s
        Time the campaign may take.
    inputs
        Inputs of the archive, when `paths` is a sample.
    tried
        How many are tried, spread over `paths`.

    Raises
    ------
    InputError
        None of those tried could be calibrated.

    Examples
    --------
    >>> plan_campaign(["absent.zarr"], MoonCampaign())
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: plan: expected inputs that can be calibrated, received ...
    """
    known = list(dict.fromkeys(map(as_place, paths)))
    many = inputs or len(known)
    chosen = [known[k] for k in _spread(len(known), tried)]
    side_by_side = min(workers or cores(), cores())
    trial = _try(campaign, chosen, side_by_side)
    first = trial.good[0]
    rows = float(np.mean([len(one.result.rows) for one in trial.good]))
    share = len(trial.good) / len(trial.good + trial.failed)
    wanted = workers or cores()
    worker = max(one.peak_bytes for one in trial.good)
    plan = Plan(
        inputs=many,
        tried=len(trial.good + trial.failed),
        failed=len(trial.failed),
        workers=wanted,
        cores=cores(),
        seconds=0.0,
        seconds_each=trial.seconds_each,
        start_s=trial.start_s + max(first.seconds - trial.seconds_each, 0.0),
        efficiency=trial.efficiency,
        deadline_s=deadline_s,
        workers_needed=None,
        worker_bytes=worker,
        memory_bytes=worker * wanted,
        archive_bytes=round(many * float(np.mean([_size(path) for path in chosen]))),
        rows=round(many * share * rows),
        ledger_bytes=round(many * share * rows * ROW_BYTES),
    )
    needed = None if deadline_s is None else workers_needed(plan, deadline_s)
    return replace(plan, seconds=run_seconds(plan, wanted), workers_needed=needed)


def run_seconds(plan: Plan, workers: int) -> float:
    """Seconds of the run with so many workers.

    Whole rounds count: the last inputs occupy only some of the workers.
    """
    rounds = math.ceil(plan.inputs / max(workers, 1))
    slowed = plan.seconds_each / (plan.efficiency if workers > 1 else 1.0)
    return plan.start_s + rounds * slowed


def workers_needed(plan: Plan, deadline_s: float) -> int | None:
    """Fewest workers that keep a deadline; None where one input a worker is too slow still."""
    slowed = plan.seconds_each / plan.efficiency
    if run_seconds(plan, 1) <= deadline_s:
        return 1
    rounds = math.floor((deadline_s - plan.start_s) / slowed)
    return math.ceil(plan.inputs / rounds) if rounds >= 1 else None


def plan_text(plan: Plan) -> str:
    """Estimate for a reader."""
    lines = [
        f"{plan.inputs} inputs with {plan.workers} workers: {time_text(plan.seconds)} "
        f"({plan.seconds_each:.2f} s each, {time_text(plan.start_s)} to start, each worker at "
        f"{100 * plan.efficiency:.0f} % beside others; {plan.tried} tried)",
        f"memory: {memory_text(plan.worker_bytes)} a worker, {memory_text(plan.memory_bytes)} all",
        f"bytes: {memory_text(plan.archive_bytes)} of inputs, {plan.rows} rows, "
        f"{memory_text(plan.ledger_bytes)} of ledger at most",
    ]
    if plan.failed:
        lines.append(f"{plan.failed} of those tried cannot be calibrated")
    if plan.deadline_s is not None:
        need = f"{plan.workers_needed} workers" if plan.workers_needed else "no number of workers"
        lines.append(f"deadline of {time_text(plan.deadline_s)}: {need}, if machines are like this")
    return "\n".join(lines)


def time_text(seconds: float) -> str:
    """Seconds for a reader.

    Examples
    --------
    >>> time_text(42.4), time_text(600), time_text(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 120.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200.0 else f"{seconds / 3600:.1f} h"


@dataclass(frozen=True)
class _Trial:
    good: list[Measured]
    failed: list[Found]
    start_s: float
    seconds_each: float
    efficiency: float


def _try(campaign: MoonCampaign, chosen: Sequence[Path], workers: int) -> _Trial:
    """Calibrate inputs in one process, then the same ones in several."""
    work = partial(measured, partial(calibrate_input, campaign))
    alone, start_s = _timed(work, chosen, 1)
    good = [one for one in alone if _is_good(one)]
    if not good:
        reasons = "; ".join(_reason(one) for one in alone[:2]) or "none"
        raise InputError("plan", "inputs that can be calibrated", reasons, "give others")
    each = float(np.median([one.seconds for one in good[1:] or good]))
    efficiency = 1.0
    if workers > 1 and len(chosen) > workers:
        together, _ = _timed(work, list(chosen) * 2, workers)
        later = [one.seconds for one in together[workers:] if _is_good(one)]
        efficiency = min(each / float(np.median(later)), 1.0) if later else 1.0
    return _Trial(good, [one for one in alone if not _is_good(one)], start_s, each, efficiency)


def _timed(
    work: partial[Measured], chosen: Sequence[Path], workers: int
) -> tuple[list[Found], float]:
    """Results in the order in which they ended, and seconds that no input accounts for."""
    found: list[Found] = []
    began = time.perf_counter()
    run(
        work,
        dict(enumerate(chosen)),
        lambda _, result: found.append(result),
        scheduler="processes",
        workers=workers,
    )
    elapsed = time.perf_counter() - began
    return found, elapsed - sum(one.seconds for one in found if isinstance(one, Measured))


def _is_good(one: Found) -> TypeGuard[Measured]:
    return isinstance(one, Measured) and bool(one.result.rows)


def _reason(one: Found) -> str:
    if isinstance(one, Lost):
        return one.reason
    outcome: Outcome = one.result
    return outcome.problem or "no row"


def _spread(number: int, wanted: int) -> list[int]:
    """Places spread over so many inputs.

    Examples
    --------
    >>> _spread(100, 3), _spread(2, 6)
    ([0, 50, 99], [0, 1])
    """
    return sorted(
        {round(float(place)) for place in np.linspace(0, number - 1, min(wanted, number))}
    )


def _size(path: Path) -> int:
    return sum(chunk_sizes(path).values())
