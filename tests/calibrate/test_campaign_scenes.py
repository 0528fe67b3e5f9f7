"""A campaign of SIMULATED scenes: resumed by their content, with pictures and statistics."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from venus_analysis import ledger
from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.collect.product import product_path, read_product
from venus_analysis.collect.scene import open_scene
from venus_analysis.parameters.names import BANDS as VENUS_BANDS
from venus_analysis.parameters.propose import propose_phgain, scaled_gain
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

BANDS = ("B7", "B9")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    """Two scenes of two bands and their parameters."""
    folder = tmp_path_factory.mktemp("made")
    gipp = folder / "gipp"
    scenes = [
        write_scene(
            simulate_scene(SceneSettings(scale=0.05, bands=BANDS, seed=seed)),
            folder,
            parameters=gipp,
        ).scene
        for seed in (1, 2)
    ]
    return scenes, gipp


@pytest.fixture
def scenes(made: tuple[list[Path], Path], tmp_path: Path) -> list[Path]:
    """Copies that a test may spoil."""
    return [shutil.copytree(scene, tmp_path / "in" / scene.name) for scene in made[0]]


def campaign(made: tuple[list[Path], Path], run_id: str, **options) -> MoonCampaign:
    return MoonCampaign(parameters=made[1], run_id=run_id, **options)


def comparable(folder: Path) -> list[dict]:
    frame = ledger.load(folder).frame.drop(columns=["run_id", "committed"])
    return frame.astype(str).to_dict("records")


def test_two_runs_differ_in_run_and_commit_time_only(made, scenes, tmp_path) -> None:
    for name, scheduler in (("one", "threads"), ("two", "processes")):
        calibrate_inputs(
            scenes,
            campaign(made, name, products=tmp_path / "products"),
            ledger=tmp_path / name,
            scheduler=scheduler,
            workers=2,
        )
    rows = comparable(tmp_path / "one")
    assert len(rows) == 4
    assert rows == comparable(tmp_path / "two")
    for name in ("one", "two"):
        for row in ledger.load(tmp_path / name).frame.to_dict("records"):
            with read_product(product_path(tmp_path / "products", row)) as product:
                assert product.attrs["acquisition_id"] == row["acquisition_id"]


def test_a_killed_campaign_of_scenes_ends_the_same(made, scenes, tmp_path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    calibrate_inputs(scenes, campaign(made, "whole"), ledger=whole)
    script = Path(__file__).with_name("killed_campaign.py")
    command = [sys.executable, script, "threads", broken, "1", "--parameters", made[1], *scenes]
    killed = subprocess.run([str(part) for part in command], timeout=120, check=False)
    assert killed.returncode == -9
    assert len(ledger.load(broken).frame) == 2
    outcomes = calibrate_inputs(scenes, campaign(made, "rest"), ledger=broken)
    assert [one.from_ledger for one in outcomes] == [True, False]
    assert comparable(broken) == comparable(whole)


def test_changed_counts_are_computed_again(made, scenes, tmp_path) -> None:
    kept = tmp_path / "kept"
    calibrate_inputs(scenes[:1], campaign(made, "one"), ledger=kept)
    (same,) = calibrate_inputs(scenes[:1], campaign(made, "two"), ledger=kept)
    assert same.from_ledger
    with open_scene(scenes[0]) as scene:
        chunk = next(one for one in sorted((scenes[0] / "counts").rglob("*")) if _is_chunk(one))
        assert scene.sizes["band"] == 2
    chunk.write_bytes(chunk.read_bytes())  # the same bytes, written after the row
    (again,) = calibrate_inputs(scenes[:1], campaign(made, "three"), ledger=kept)
    assert not again.from_ledger, "what was written since is not taken on trust"
    assert again.rows[0]["input_digest"] == same.rows[0]["input_digest"]


def _is_chunk(path: Path) -> bool:
    return path.is_file() and path.name != "zarr.json"


def test_other_options_and_parameters_are_other_results(made, scenes, tmp_path) -> None:
    from venus_analysis.calibrate.scene import SceneOptions

    kept = tmp_path / "kept"
    calibrate_inputs(scenes[:1], campaign(made, "one"), ledger=kept)
    separate = campaign(made, "two", scene=SceneOptions(registration="separate"))
    (other,) = calibrate_inputs(scenes[:1], separate, ledger=kept)
    assert not other.from_ledger
    gipp = shutil.copytree(made[1], tmp_path / "gipp")
    for path in gipp.glob("*RELSEN*B07*"):
        path.unlink()
    (fewer,) = calibrate_inputs(
        scenes[:1], MoonCampaign(parameters=gipp, run_id="three"), ledger=kept
    )
    assert not fewer.from_ledger
    assert len(ledger.load(kept).frame) == 6, "three results of two bands stand side by side"


def test_a_parameter_file_of_the_moon_precedes_those_of_all_sites(made, scenes, tmp_path) -> None:
    gipp = shutil.copytree(made[1], tmp_path / "gipp")
    (before,) = calibrate_inputs(scenes[:1], MoonCampaign(parameters=gipp))
    gains = {row["band"]: 2.0 * row["absolute_gain"] for row in before.rows}
    of_all = scaled_gain(gipp, {}, "2018-01-01")
    for band, gain in gains.items():
        of_all[VENUS_BANDS.index(band)] = gain
    propose_phgain(
        gipp, of_all, "2018-01-01", applicability="S", nick="THE_MOON",
        sites=("VE_TEST_MPL_SITDEF_O_THE_MOON",),
    )  # fmt: skip
    (after,) = calibrate_inputs(scenes[:1], MoonCampaign(parameters=gipp))
    assert {row["band"]: row["absolute_gain"] for row in after.rows} == pytest.approx(gains)
    ratios = [row["ratio"] for row in before.rows]
    assert [2.0 * row["ratio"] for row in after.rows] == pytest.approx(ratios, rel=1e-5)


def test_residuals_of_other_options_do_not_answer(made, scenes, tmp_path) -> None:
    def run(run_id: str, **options) -> list[float]:
        settings = campaign(made, run_id, scene=SceneOptions(**options))
        (found,) = calibrate_inputs(scenes[:1], settings, ledger=tmp_path / "ledger")
        return [float(row["noise_a"]) for row in found.rows]

    assert np.isnan(run("one")).all(), "none were asked for"
    assert np.isfinite(run("two", oversampling="limb", residuals=True)).all()
    assert np.isfinite(run("three", residuals=True)).all(), "run two had other options"


def test_noise_that_is_not_known_is_said(made, scenes, tmp_path) -> None:
    gipp = shutil.copytree(made[1], tmp_path / "gipp")
    settings = MoonCampaign(parameters=gipp, run_id="one", bands=("B7",))
    assert not calibrate_inputs(scenes[:1], settings)[0].warnings
    for path in gipp.glob("*NOISMO*"):
        path.unlink()
    (outcome,) = calibrate_inputs(scenes[:1], dataclasses.replace(settings, run_id="two"))
    (said,) = outcome.warnings
    assert "no NOISMO is in force, so the noise of B7 is taken" in said
    assert np.isfinite(outcome.rows[0]["ratio"])


def test_bands_that_cannot_be_used_are_a_problem_and_kept(made, scenes, tmp_path) -> None:
    gipp = shutil.copytree(made[1], tmp_path / "gipp")
    for path in gipp.glob("*DARKCU*B09*"):
        path.unlink()
    settings = MoonCampaign(parameters=gipp, run_id="one", bands=("B2", "B7", "B9"))
    for _ in range(2):
        (outcome,) = calibrate_inputs(scenes[:1], settings, ledger=tmp_path / "kept")
        assert "no band B2 in it" in outcome.problem
        assert "B9: NO_PARAMETERS" in outcome.problem
        assert "B7" not in outcome.problem
    assert outcome.from_ledger
    frame = ledger.load(tmp_path / "kept", nan_replaces=True).frame.set_index("band")
    assert np.isfinite(frame["ratio"]["B7"])
    assert np.isnan(frame["ratio"]["B9"])


def test_statistics_of_bands(made, scenes) -> None:
    (outcome,) = calibrate_inputs(scenes[:1], campaign(made, "one", statistics=True, mtf=True))
    rows = outcome.statistics_rows()
    assert [row["band"] for row in rows] == list(BANDS)
    for row in rows:
        assert row["disk_percentile_05"] < row["disk_mean"] < row["disk_percentile_95"]
        assert abs(row["sky_mean"]) < 0.05 * row["disk_mean"]
        assert 0.0 < row["mtf_nyquist_across"] < row["mtf_half_nyquist_across"] < 1.0
        assert row["run_id"] == "one"
