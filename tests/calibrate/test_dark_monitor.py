"""Dark level from the deep sky of a synthetic scene whose dark error and drift are planted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from venus_analysis.calibrate.dark import monitor_dark
from venus_analysis.errors import InputError
from venus_analysis.parameters.propose import propose_darkcu
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

PLANTED_ERROR = 0.2
PLANTED_DRIFT = 0.2


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("dark")
    write_scene(simulate_scene(SceneSettings(scale=0.1, bands=("B1", "B2", "B5"))), folder)
    (scene,) = folder.glob("*.zarr")
    return scene, folder / "SIMULATED_gipp"


@pytest.mark.parametrize("band", ["B1", "B5"])
def test_planted_error_and_drift_come_back(files: tuple[Path, Path], band: str) -> None:
    found = monitor_dark(*files, band)
    assert found.simulated
    residual = found.residual
    spread = np.nanstd(residual.residual)
    assert spread == pytest.approx(PLANTED_ERROR, rel=0.15)
    assert np.nanmedian(residual.u_residual) < spread / 3
    known = np.isfinite(residual.profile)
    slope = np.polyfit(residual.line[known], residual.profile[known], 1)[0] * residual.lines
    assert slope == pytest.approx(PLANTED_DRIFT, rel=0.35)
    assert 0.5 < residual.chi_square < 2.0


def test_a_band_beside_it_needs_no_dark_level(files: tuple[Path, Path], tmp_path: Path) -> None:
    """B2 shares B1's tri-detector; where its Moon lies, its counts tell."""
    scene, gipp = files
    folder = shutil.copytree(gipp, tmp_path / "gipp")
    for path in folder.glob("*DARKCU*B02*"):
        path.unlink()
    found = monitor_dark(scene, folder, "B1")
    assert found.sky_lines == monitor_dark(scene, gipp, "B1").sky_lines


def test_the_proposal_takes_the_residual_away(files: tuple[Path, Path], tmp_path: Path) -> None:
    scene, gipp = files
    before = monitor_dark(scene, gipp, "B5")
    folder = tmp_path / "gipp"
    shutil.copytree(gipp, folder)
    propose_darkcu(folder, before.proposal.dark, "B5", (before.tdi,), "2019-02-01")
    after = monitor_dark(scene, folder, "B5")
    assert int(after.serial) == int(before.serial) + 1
    assert np.nanmax(np.abs(after.residual.residual)) < 0.01
    np.testing.assert_allclose(after.dark[520:], before.dark[520:], atol=1e-4)  # file: 4 decimals


def test_a_scene_with_a_missing_chunk_proposes_nothing(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    scene = shutil.copytree(files[0], tmp_path / files[0].name)
    (scene / "counts" / "c" / "2" / "0" / "0").unlink()
    with pytest.raises(InputError, match=r"band B5.*lines of only 0, as where a chunk is missing"):
        monitor_dark(scene, files[1], "B5")


def test_command_and_its_refusals(files: tuple[Path, Path], tmp_path: Path) -> None:
    scene, gipp = map(str, files)
    command = [sys.executable, "-m", "venus_analysis", "parameters", "dark", scene, gipp, "--json"]
    new = tmp_path / "new"
    done = subprocess.run(
        [*command, "--band", "B5", "--start", "2019-03-01", "--output", str(new)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert Path(answer["file"]).parent == new
    assert answer["simulated"]
    bad = subprocess.run([*command, "--band", "B7"], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert "expected B7, received B1, B2, B5" in bad.stderr
    with pytest.raises(InputError, match="a DARKCU file of B5 in force"):
        monitor_dark(scene, new, "B5")
