"""Every piece comes back once, whatever becomes of the process that works on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dask
import pytest

from venus_analysis.calibrate.cluster import Lost, run
from venus_analysis.calibrate.cluster_dask import GONE
from venus_analysis.errors import UsageError

# Spawned workers import it by this name.
sys.path.insert(0, str(Path(__file__).parent))
from dying_work import slow_square, square


def results(fates: list[str], **options) -> dict[int, object]:
    found: dict[int, object] = {}

    def take(number: int, result: object) -> None:
        assert number not in found
        found[number] = result

    run(square, {n: (n, fate) for n, fate in enumerate(fates)}, take, **options)
    return found


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_every_piece_comes_back(scheduler) -> None:
    assert results([""] * 20, scheduler=scheduler, workers=3) == {n: n * n for n in range(20)}


def test_one_thread_keeps_the_order() -> None:
    seen: list[int] = []
    run(abs, {n: -n for n in range(12)}, lambda number, _: seen.append(number), workers=1)
    assert seen == list(range(12))


def test_a_killed_process_costs_its_own_piece_only(tmp_path) -> None:
    fates = ["", f"once:{tmp_path / 'mark'}", "", "always", "", ""]
    found = results(fates, scheduler="processes", workers=2)
    lost = {number for number, result in found.items() if isinstance(result, Lost)}
    assert lost == {3}, "the one that died once was tried again"
    assert {n: r for n, r in found.items() if n != 3} == {n: n * n for n in (0, 1, 2, 4, 5)}


def test_an_error_of_the_taker_ends_the_run() -> None:
    def full(number: int, result: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run(abs, {n: n for n in range(50)}, full)


@contextmanager
def own_scheduler(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A scheduler in another process, and its address."""
    script = Path(__file__).with_name("own_scheduler.py")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{script.parent}:{os.environ.get('PYTHONPATH', '')}",
    }
    started = subprocess.Popen(
        [sys.executable, str(script), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    assert started.stdout is not None
    try:
        yield started, started.stdout.readline().strip()
    finally:
        started.send_signal(signal.SIGINT)
        started.wait(30)
        started.stdout.close()


def test_a_cluster_goes_on_when_a_piece_kills_its_workers(tmp_path) -> None:
    pytest.importorskip("distributed")
    fates = ["", f"once:{tmp_path / 'mark'}", "", "always", ""]
    notes: list[str] = []
    with own_scheduler("nanny") as (_, address):
        found = results(fates, scheduler=address, note=notes.append)
    lost = {number for number, result in found.items() if isinstance(result, Lost)}
    assert lost == {3}
    assert {n: r for n, r in found.items() if n != 3} == {n: n * n for n in (0, 1, 2, 4)}
    assert any("input 3; it is tried once more, alone" in note for note in notes)


def test_a_scheduler_that_is_lost() -> None:
    pytest.importorskip("distributed")
    found: dict[int, object] = {}
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        own_scheduler() as (scheduler, address),
    ):

        def take(number: int, result: object) -> None:
            found[number] = result
            if len(found) == 3:
                scheduler.kill()

        run(slow_square, {n: n for n in range(40)}, take, scheduler=address)
    assert len(found) == 40, "all are accounted for"
    lost = [result for result in found.values() if isinstance(result, Lost)]
    assert len(lost) >= 30
    assert {one.reason for one in lost} == {GONE.reason}


def test_no_such_scheduler(monkeypatch) -> None:
    monkeypatch.setattr("venus_analysis.calibrate.cluster_dask.CONNECT_SECONDS", 0.3)
    with pytest.raises(UsageError, match="no dask scheduler there"):
        results([""], scheduler="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="received 'proceses'"):
        results([""], scheduler="proceses")
