"""Sizing of a campaign: the arithmetic, and a plan of a small SIMULATED archive."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis.calibrate.estimate import Plan, run_seconds, workers_needed
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_copies import copy_scenes
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

PLAN = Plan(
    inputs=100, tried=6, failed=0, workers=2, cores=2, seconds=0.0, seconds_each=3.0, start_s=5.0,
    efficiency=0.75, deadline_s=None, workers_needed=None, worker_bytes=1, memory_bytes=2,
    archive_bytes=1, rows=1, ledger_bytes=1,
)  # fmt: skip


def test_seconds_by_hand() -> None:
    assert run_seconds(PLAN, 1) == 5.0 + 100 * 3.0, "one worker stands beside no other"
    assert run_seconds(PLAN, 2) == 5.0 + 50 * 4.0
    assert run_seconds(PLAN, 30) == 5.0 + 4 * 4.0, "the last round is not full"
    assert run_seconds(PLAN, 1000) == 9.0
    assert workers_needed(PLAN, 8.0) is None


@settings(max_examples=50, deadline=None)
@given(inputs=st.integers(1, 500), deadline=st.floats(10.0, 2000.0))
def test_the_workers_needed_are_the_fewest(inputs: int, deadline: float) -> None:
    plan = replace(PLAN, inputs=inputs)
    needed = workers_needed(plan, deadline)
    assert needed is not None
    assert run_seconds(plan, needed) <= deadline
    assert needed == 1 or run_seconds(plan, needed - 1) > deadline


def test_a_plan_of_an_archive(tmp_path: Path) -> None:
    made = write_scene(simulate_scene(SceneSettings(scale=0.03, bands=("B7",))), tmp_path)
    scenes = copy_scenes(made.scene, tmp_path / "scenes", 3, {1: "no time"})
    command = ["plan", "campaign", *scenes, "--parameters", made.parameters, "--inputs", 300]
    command += ["--workers", 1, "--deadline", 0.0001, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "venus_analysis", *map(str, command)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    plan = json.loads(done.stdout)
    assert (plan["inputs"], plan["tried"], plan["failed"], plan["workers"]) == (300, 3, 1, 1)
    assert plan["rows"] == 200, "a third cannot be calibrated"
    chunks = [one for one in scenes[0].rglob("*") if one.is_file() and one.name != "zarr.json"]
    size = sum(one.stat().st_size for one in chunks)
    assert plan["archive_bytes"] == pytest.approx(300 * size, rel=0.1)
    assert plan["seconds"] > 300 * plan["seconds_each"]
    assert 50e6 < plan["worker_bytes"] < 1e9
    assert plan["workers_needed"] is None, "no worker is done in a third of a second"
