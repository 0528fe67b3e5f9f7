"""A campaign of many SIMULATED scenes while workers die, inputs are bad and disks fill up."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pandas as pd
import pytest

from venus_analysis import ledger
from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.run_log import RunLog
from venus_analysis.calibrate.run_log_read import read_run
from venus_analysis.errors import LedgerError
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_copies import DAMAGES, copy_scenes
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

SCENES, KILL_EVERY = 16, 5
BAD = dict(zip(range(3, SCENES, 4), DAMAGES, strict=True))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    """Scenes of one small band, some of them damaged, and their parameters."""
    folder = tmp_path_factory.mktemp("archive")
    made = write_scene(simulate_scene(SceneSettings(scale=0.03, bands=("B7",))), folder)
    return copy_scenes(made.scene, folder / "scenes", SCENES, BAD), made.parameters


@pytest.fixture(scope="module")
def undisturbed(archive, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Outcome]]:
    """Ledger and outcomes of a run in which nothing happened."""
    kept = tmp_path_factory.mktemp("undisturbed") / "ledger"
    return kept, calibrate_inputs(archive[0], campaign(archive), ledger=kept)


def campaign(archive: tuple[list[Path], Path], run_id: str = "one") -> MoonCampaign:
    return MoonCampaign(parameters=archive[1], run_id=run_id)


def comparable(frame: pd.DataFrame) -> list[dict]:
    return frame.drop(columns=["run_id", "committed"]).astype(str).to_dict("records")


def current(folder: Path) -> list[dict]:
    return comparable(ledger.load(folder, nan_replaces=True).frame)


def test_bad_scenes_are_listed_with_reasons(undisturbed) -> None:
    problems = {n: one.problem for n, one in enumerate(undisturbed[1]) if one.problem}
    assert set(problems) == set(BAD)
    words = {
        "truncated": "expected complete chunks",
        "scrambled": "expected complete chunks",
        "no metadata": "without Zarr metadata",
        "no time": "expected the variable time",
    }
    for number, damage in BAD.items():
        assert words[damage] in problems[number]


def test_workers_that_are_killed_cost_nothing(archive, undisturbed, tmp_path) -> None:
    reported, kills = count(1), []

    def kill_one(_: Outcome) -> None:
        if next(reported) % KILL_EVERY == 0 and (alive := multiprocessing.active_children()):
            kills.append(os.kill(alive[0].pid or 0, signal.SIGKILL))

    calibrate_inputs(
        archive[0],
        campaign(archive, "two"),
        ledger=tmp_path / "ledger",
        scheduler="processes",
        workers=2,
        report=kill_one,
        log=RunLog(tmp_path, "two", "moon"),
    )
    assert len(kills) >= SCENES // KILL_EVERY - 1
    assert current(tmp_path / "ledger") == current(undisturbed[0])
    history = ledger.history(tmp_path / "ledger").frame
    assert len(history) == len(history["acquisition_id"].unique()), "each was kept once"
    run = read_run(tmp_path / "two.jsonl")
    assert run.state == "finished"
    assert run.finished_share == 1.0
    assert {Path(name) for name, _ in run.failures} == {archive[0][n] for n in BAD}
    assert len(run.worker_notes) >= len(kills) - 1, "one may die when nothing is left to do"
    assert run.simulated


def test_a_scene_beyond_the_memory_bound_is_named(archive, tmp_path) -> None:
    outcomes = calibrate_inputs(
        archive[0][:1],
        campaign(archive),
        ledger=tmp_path / "ledger",
        scheduler="processes",
        workers=1,
        memory_bytes=60_000_000,
    )
    assert "took more than the 60 MB a worker may have" in outcomes[0].error


def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(
    archive, undisturbed, tmp_path, monkeypatch
) -> None:
    kept = tmp_path / "ledger"
    publish, room = ledger.store.LocalStore.publish, count()

    def full(self: object, folder: str, name: str, data: bytes) -> None:
        if next(room) >= 5:
            raise OSError(28, "No space left on device")
        publish(self, folder, name, data)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(ledger.store.LocalStore, "publish", full)
        with pytest.raises(LedgerError, match="make room"):
            calibrate_inputs(
                archive[0],
                campaign(archive),
                ledger=kept,
                batch_rows=1,
                log=RunLog(tmp_path / "log.jsonl", "one", "moon"),
            )
    assert len(ledger.history(kept).frame) == 5
    ended = read_run(tmp_path / "log.jsonl")
    assert (ended.state, "No space left" in ended.error) == ("error", True)
    outcomes = calibrate_inputs(archive[0], campaign(archive, "two"), ledger=kept)
    assert sum(one.from_ledger for one in outcomes) == 5
    assert current(kept) == current(undisturbed[0])


def test_a_full_disk_costs_the_log_not_the_run(archive, tmp_path, monkeypatch) -> None:
    log = RunLog(tmp_path / "log.jsonl", "one", "moon")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    (outcome,) = calibrate_inputs(archive[0][:1], campaign(archive), log=log)
    assert not outcome.error
    assert "the log ends here" in log.trouble


def test_a_damaged_part_of_the_ledger_is_computed_again(archive, undisturbed, tmp_path) -> None:
    kept = tmp_path / "ledger"
    calibrate_inputs(archive[0][:4], campaign(archive), ledger=kept)
    calibrate_inputs(archive[0][:8], campaign(archive, "two"), ledger=kept)
    part = min((kept / "rows").iterdir())
    spoilt = bytearray(part.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    part.write_bytes(spoilt)
    assert len(ledger.check(kept).refused) == 1
    calibrate_inputs(archive[0], campaign(archive, "three"), ledger=kept)
    assert current(kept) == current(undisturbed[0])


def test_a_clock_that_was_set_back(archive, tmp_path, monkeypatch) -> None:
    """A row from the future vouches for no scene; the new row is the newer one all the same."""
    from datetime import UTC, datetime

    kept = tmp_path / "ledger"
    later = datetime(2031, 1, 1, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setattr(ledger.Writer.__init__, "__kwdefaults__", _with_clock(lambda: later))
        calibrate_inputs(archive[0][:1], campaign(archive, "future"), ledger=kept)
    assert ledger.check(kept).ahead_of_clock == 1
    (again,) = calibrate_inputs(archive[0][:1], campaign(archive, "now"), ledger=kept)
    assert not again.from_ledger
    frame = ledger.load(kept).frame
    assert list(frame["run_id"]) == ["now"]
    assert frame["committed"][0] > pd.Timestamp(later.replace(tzinfo=None))


def _with_clock(clock: object) -> dict[str, object]:
    return {**(ledger.Writer.__init__.__kwdefaults__ or {}), "clock": clock}


def test_two_campaigns_into_one_ledger(archive, undisturbed, tmp_path) -> None:
    command = _command(archive, tmp_path / "ledger")
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=-3) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [1, 1], "bad scenes are in both"
    assert current(tmp_path / "ledger") == current(undisturbed[0])
    assert ledger.check(tmp_path / "ledger").conflicts == 0


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_control_c_at_any_moment(
    archive, undisturbed, tmp_path, scheduler, heeds_interrupts
) -> None:
    kept = tmp_path / "ledger"
    command = _command(archive, kept, "--scheduler", scheduler)
    _interrupted(command, tmp_path / "starting", heeds_interrupts)
    # small scenes on a busy machine may all be done before the signal comes: then once more
    states = (
        _interrupted([*command, "--force"], tmp_path / str(attempt), heeds_interrupts, working=True)
        for attempt in range(20)
    )
    assert "interrupted" in states
    subprocess.run([*command, "--brief"], check=False, timeout=120, capture_output=True)
    assert current(kept) == current(undisturbed[0])


def test_an_interrupt_between_making_a_log_and_its_first_line(tmp_path, monkeypatch) -> None:
    """The line that tells the end brings the start with it, so that the log can be read."""
    write, written = os.write, count()

    def interrupted_once(descriptor: int, data: bytes) -> int:
        if next(written) == 0:
            raise KeyboardInterrupt
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", interrupted_once)
    with pytest.raises(KeyboardInterrupt), RunLog(tmp_path / "r1.jsonl", "r1", "moon") as log:
        log.start(inputs=2, scheduler="threads")
    run = read_run(tmp_path / "r1.jsonl")
    assert (run.run_id, run.inputs, run.state) == ("r1", 2, "interrupted")


def test_an_interrupt_before_the_start_leaves_no_log(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt), RunLog(tmp_path / "r1.jsonl", "r1", "moon"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def _interrupted(
    command: list[str], runs: Path, heeds_interrupts: Callable[[], None], *, working: bool = False
) -> str:
    """State, as its log tells, of a run that gets Ctrl-C as it starts or as it works."""
    running = subprocess.Popen(
        [*command, "--log", str(runs / "run.jsonl")],
        stdout=-3,
        stderr=-3,
        start_new_session=True,
        preexec_fn=heeds_interrupts,
    )
    log, deadline = runs / "run.jsonl", time.monotonic() + (60.0 if working else 0.3)
    while time.monotonic() < deadline and not (
        working and log.exists() and '"input"' in log.read_text()
    ):
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(timeout=60) in (1, 130, -signal.SIGINT)
    return read_run(log).state if log.exists() else "no log"


def _command(archive: tuple[list[Path], Path], kept: Path, *more: object) -> list[str]:
    given = ["moon", *archive[0], "--parameters", archive[1], "--ledger", kept, *more]
    return [sys.executable, "-m", "venus_analysis", *map(str, given)]


def test_a_lost_scene_folder(archive, tmp_path) -> None:
    """A scene that vanishes between the resume and its turn costs only itself."""
    scenes = [shutil.copytree(one, tmp_path / one.name) for one in archive[0][:3]]

    def vanish(_: Outcome) -> None:
        shutil.rmtree(scenes[2], ignore_errors=True)

    outcomes = calibrate_inputs(scenes, campaign(archive), workers=1, report=vanish)
    assert [bool(one.error) for one in outcomes] == [False, False, True]
