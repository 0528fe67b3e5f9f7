"""A campaign through a real SLURM of one node, where it is installed and root may start it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from venus_analysis import ledger
from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.cluster_queue import (
    QueueSettings,
    job_options,
    kind_of,
    read_queue_settings,
)
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.run_log_read import runs
from venus_analysis.errors import UsageError
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_copies import copy_scenes
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

TOOL = Path(__file__).parents[2] / "tools" / "slurm_here.py"
CONFIGURATION = (
    'jobs = 2\nmemory = "800 MB"\nwalltime = "00:05:00"\nqueue = "here"\nlogs = "{logs}"\n'
)


def tool():
    spec = importlib.util.spec_from_file_location("slurm_here", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_campaign_through_slurm(tmp_path) -> None:
    pytest.importorskip("dask_jobqueue")
    slurm_here = tool()
    if slurm_here.missing() or os.geteuid() != 0:
        pytest.skip("SLURM: apt install slurm-wlm munge, and run as root")
    made = write_scene(simulate_scene(SceneSettings(scale=0.03, bands=("B7",))), tmp_path)
    scenes = copy_scenes(made.scene, tmp_path / "scenes", 6, {2: "no time"})
    (tmp_path / "cluster.toml").write_text(CONFIGURATION.format(logs=tmp_path / "jobs"))
    given = ["moon", *scenes, "--parameters", made.parameters, "--ledger", tmp_path / "slurm"]
    given += ["--scheduler", f"slurm:{tmp_path / 'cluster.toml'}", "--log", tmp_path / "runs"]
    with tempfile.TemporaryDirectory(prefix="slurm") as name, slurm_here.slurm(Path(name)) as env:
        command = [sys.executable, "-m", "venus_analysis", *map(str, given), "--brief"]
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=200, check=False
        )
    assert done.returncode == 1, done.stderr
    assert "5 done, 0 flagged, 1 failed" in done.stdout
    calibrate_inputs(
        scenes, MoonCampaign(parameters=made.parameters), ledger=tmp_path / "here", workers=2
    )
    both = [
        ledger.load(tmp_path / one).frame.drop(columns=["run_id", "committed"]).astype(str)
        for one in ("slurm", "here")
    ]
    assert both[0].to_dict("records") == both[1].to_dict("records")
    (run,) = runs(tmp_path / "runs")
    assert run.worker_notes == ("slurm: 0 to 2 jobs of 800 MB, as the work asks for",)
    assert len(list((tmp_path / "jobs").iterdir())) >= 1, "a job wrote its output"


def test_job_scripts_of_both_queues(tmp_path) -> None:
    """The head of a job says what the configuration says, in each queue's own words."""
    pytest.importorskip("dask_jobqueue")
    from dask_jobqueue.pbs import PBSJob
    from dask_jobqueue.slurm import SLURMJob

    (tmp_path / "cluster.toml").write_text(
        'memory = "3 GB"\nwalltime = "01:30:00"\nqueue = "fast"\naccount = "calval"\n'
        'prologue = ["source /opt/env.sh"]\ndirectives = ["-l place=scatter"]\n'
    )
    options = job_options(read_queue_settings(tmp_path / "cluster.toml"))
    scripts = [
        kind("tcp://127.0.0.1:8786", name="w", **options).job_script()
        for kind in (SLURMJob, PBSJob)
    ]
    for script, words in zip(
        scripts,
        (
            ("#SBATCH -p fast", "#SBATCH -A calval", "#SBATCH --mem=3G", "#SBATCH -t 01:30:00"),
            ("#PBS -q fast", "#PBS -A calval", "mem=", "walltime=01:30:00"),
        ),
        strict=True,
    ):
        for word in (*words, "source /opt/env.sh", "-l place=scatter", "--nthreads 1"):
            assert word in script


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('job = 2\n', "expected lines jobs, .* received 'job'"),
        ('jobs = "two"\n', "jobs: expected int, received 'two'"),
        ('jobs = 0\n', "least_jobs <= jobs"),
        ('jobs = \n', "expected a TOML file"),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_be_used(tmp_path, text, words) -> None:
    (tmp_path / "cluster.toml").write_text(text)
    with pytest.raises(UsageError, match=words):
        read_queue_settings(tmp_path / "cluster.toml")


def test_names_of_queues() -> None:
    assert [kind_of(name) for name in ("slurm", "pbs:x.toml", "threads")] == ["slurm", "pbs", None]
    assert job_options(QueueSettings(), 500_000_000)["memory"] == "500000000 B"
