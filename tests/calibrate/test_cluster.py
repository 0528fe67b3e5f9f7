"""Every piece comes back once, whatever becomes of the process that works on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from venus_analysis.calibrate.cluster import Lost, run
from venus_analysis.errors import UsageError

# Spawned workers import it by this name.
sys.path.insert(0, str(Path(__file__).parent))
from dying_work import square


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster(tmp_path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        found = results([""] * 5, scheduler=cluster.scheduler_address)
    assert found == {n: n * n for n in range(5)}


def test_no_such_scheduler(monkeypatch) -> None:
    monkeypatch.setattr("venus_analysis.calibrate.cluster_dask.CONNECT_SECONDS", 0.3)
    with pytest.raises(UsageError, match="no dask scheduler there"):
        results([""], scheduler="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="received 'proceses'"):
        results([""], scheduler="proceses")
