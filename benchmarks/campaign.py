"""Campaigns of many SIMULATED scenes: faults, memory, workers, and what the plan had said.

`python -m benchmarks.campaign [faults|memory|workers|plan|full] [--scenes N] [--scene FOLDER]`
prints one part; without a word all but `full`. `run` gives the rows of the table.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from venus_analysis import ledger
from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.estimate import plan_campaign
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.calibrate.run_log import RunLog
from venus_analysis.calibrate.run_log_read import Run, read_run
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_copies import DAMAGES, copy_scenes
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

SCALE, KILL_EVERY, BAD_EVERY = 0.1, 20, 20
PEAK = """
import resource, sys
from benchmarks.campaign import calibrated
calibrated(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)
"""


@contextmanager
def archive(
    number: int, bad_every: int = 0, scale: float = SCALE, **settings: object
) -> Iterator[tuple[list[Path], Path, Path]]:
    """Make scenes, some of them damaged; their paths, parameters, and a folder to work in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = write_scene(simulate_scene(SceneSettings(scale=scale, **settings)), folder)
        bad = range(bad_every // 2, number, bad_every) if bad_every else ()
        damages = {n: DAMAGES[k % len(DAMAGES)] for k, n in enumerate(bad)}
        scenes = copy_scenes(made.scene, folder / "scenes", number, damages)
        yield scenes, Path(made.parameters), folder


def comparable(kept: Path) -> list[dict]:
    """Rows of a ledger without what differs from run to run."""
    frame = ledger.load(kept, nan_replaces=True).frame
    return frame.drop(columns=["run_id", "committed"]).astype(str).to_dict("records")


def faults(number: int = 200) -> None:
    """Print what becomes of scenes of which 5 % are bad while workers are killed."""
    with archive(number, BAD_EVERY, 0.03, bands=("B7",)) as (scenes, parameters, folder):
        campaign = MoonCampaign(parameters=parameters)
        began = time.perf_counter()
        calibrate_inputs(scenes, campaign, ledger=folder / "calm")
        calm = time.perf_counter() - began
        reported, kills = count(1), []

        def kill_one(_: Outcome) -> None:
            if next(reported) % KILL_EVERY == 0 and (alive := multiprocessing.active_children()):
                kills.append(os.kill(alive[0].pid or 0, signal.SIGKILL))

        began = time.perf_counter()
        outcomes = calibrate_inputs(
            scenes,
            campaign,
            ledger=folder / "stormy",
            scheduler="processes",
            workers=2,
            report=kill_one,
            log=RunLog(folder / "run.jsonl", "storm", "moon"),
        )
        stormy = time.perf_counter() - began
        bad = [one for one in outcomes if one.problem]
        same = comparable(folder / "calm") == comparable(folder / "stormy")
        history = ledger.history(folder / "stormy").frame
        once = len(history) == len(history["acquisition_id"].unique())
        notes = read_run(folder / "run.jsonl").worker_notes
        print(
            f"{number} scenes, {len(kills)} workers killed, {len(notes)} deaths noticed: "
            f"{number - len(bad)} calibrated, each once: {once}; {len(bad)} listed as bad; "
            f"ledger as undisturbed: {same}; {stormy:.0f} s ({calm:.0f} s undisturbed)"
        )
        for one in bad:
            print("  ", one.path.name, one.problem.removeprefix(f"{one.path}: ")[:110])


def calibrated(scenes: str, parameters: str, kept: str, number: int) -> None:
    """Calibrate the first scenes of a folder through processes, rows to the ledger only."""
    paths = sorted(Path(scenes).glob("*.zarr"))[:number]
    campaign = MoonCampaign(parameters=Path(parameters))
    calibrate_inputs(
        paths, campaign, ledger=kept, scheduler="processes", workers=2, keep_rows=False
    )


def memory(few: int = 20, many: int = 200) -> list[float]:
    """Print the driver's peak for few and many scenes, MB."""
    peaks = []
    with archive(many, scale=0.03) as (scenes, parameters, folder):
        for number in (few, many):
            given = [scenes[0].parent, parameters, folder / f"kept_{number}", number]
            command = [sys.executable, "-c", PEAK, *map(str, given)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            peaks.append(float(done.stdout))
    print(f"driver: {peaks[0]:.0f} MB for {few} scenes of 12 bands, {peaks[1]:.0f} MB for {many}: "
          f"{100 * (peaks[1] / peaks[0] - 1):+.1f} %")  # fmt: skip
    return peaks


def timed(
    scenes: list[Path], parameters: Path, folder: Path, scheduler: str, workers: int
) -> tuple[float, Run]:
    """Seconds from the first outcome of every worker to the last, and the run's log."""
    log = RunLog(folder / f"{time.monotonic_ns()}.jsonl", "timed", "moon")
    campaign = MoonCampaign(parameters=parameters)
    began = time.perf_counter()
    calibrate_inputs(scenes, campaign, scheduler=scheduler, workers=workers, log=log)
    return time.perf_counter() - began, read_run(log.path or "")


def workers(number: int = 24) -> dict[str, float]:
    """Print how much two workers are faster than one: whole runs, and once all have begun."""
    whole: dict[int, list[float]] = {1: [], 2: []}
    steady: dict[int, list[float]] = {1: [], 2: []}
    with archive(number) as (scenes, parameters, _):
        for _ in range(2):
            for several in whole:
                ended: list[float] = []
                began = time.perf_counter()
                calibrate_inputs(
                    scenes,
                    MoonCampaign(parameters=parameters),
                    scheduler="processes",
                    workers=several,
                    report=lambda _, ended=ended: ended.append(time.perf_counter()),
                )
                whole[several].append(time.perf_counter() - began)
                steady[several].append((ended[-1] - ended[several - 1]) / (number - several))
    one, two = (min(steady[several]) for several in steady)
    print(
        f"{number} scenes of 12 bands: 1 worker {one:.2f} s a scene, 2 workers {two:.2f} s: "
        f"{one / two:.2f} times; whole runs with start {min(whole[1]):.1f} and "
        f"{min(whole[2]):.1f} s: {min(whole[1]) / min(whole[2]):.2f} times"
    )
    return {"one": one, "two": two}


def plan(numbers: tuple[int, ...] = (20, 100)) -> list[float]:
    """Print the estimate of campaigns beside what they took."""
    errors = []
    for number in numbers:
        with archive(number, scale=0.05, bands=("B4", "B7", "B9")) as (scenes, parameters, folder):
            said = plan_campaign(scenes, MoonCampaign(parameters=parameters), workers=2)
            took, run = timed(scenes, parameters, folder, "processes", 2)
        errors.append(said.seconds / took - 1.0)
        print(
            f"{number} scenes: planned {said.seconds:.1f} s, took {took:.1f} s "
            f"({100 * errors[-1]:+.0f} %); planned {said.worker_bytes / 1e6:.0f} MB a worker, "
            f"took {max(run.peak_bytes) / 1e6:.0f} MB"
        )
    return errors


def full(folder: Path, copies: int = 4) -> None:
    """Print the peak of workers on copies of a full scene."""
    scene, parameters = next(folder.glob("*.zarr")), next(folder.glob("*_gipp"))
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        scenes = copy_scenes(scene, Path(name) / "scenes", copies)
        seconds, run = timed(scenes, parameters, Path(name), "processes", 2)
    largest = max(run.peak_bytes) / 1e6
    print(f"{copies} full scenes, 2 workers: {seconds:.1f} s, largest worker {largest:.0f} MB")


def run() -> list[dict]:
    """Rows of the table: two workers beside one, a large archive beside a small one."""
    times = workers()
    few, many = memory()
    with archive(100, scale=0.03, bands=("B7",)) as (scenes, parameters, folder):
        large = timed(scenes, parameters, folder, "processes", 2)[0] / 100
        small = timed(scenes[:20], parameters, folder, "processes", 2)[0] / 20
    named = (
        ("a scene of a campaign, 2 workers", times["two"], "1 worker", times["one"], "s"),
        ("a scene of 100, start included", large, "a scene of 20", small, "s"),
        ("peak of the driver, 200 scenes", many, "20 scenes", few, "MB"),
    )
    return [
        {"name": n, "ours_s": o, "peer": p, "peer_s": t, "ratio": t / o, "unit": u}
        for n, o, p, t, u in named
    ]


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="")
    parser.add_argument("--scenes", type=int, default=0)
    parser.add_argument("--scene", type=Path)
    given = parser.parse_args()
    number = {"number": given.scenes} if given.scenes else {}
    if given.part in ("", "faults"):
        faults(**number)
    if given.part in ("", "memory"):
        memory()
    if given.part in ("", "workers"):
        workers(**number)
    if given.part in ("", "plan"):
        plan()
    if given.part == "full":
        full(given.scene)


if __name__ == "__main__":
    main()
