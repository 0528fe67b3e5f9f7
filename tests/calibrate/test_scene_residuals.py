"""Residuals of small planted scenes, before and after the correction by STRLGT filters."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from venus_analysis import ledger
from venus_analysis.calibrate.band_statistics import band_statistics
from venus_analysis.calibrate.ghost_proposal import measured_ghosts
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.resume import answered
from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene
from venus_analysis.cli_parameters import app
from venus_analysis.errors import InputError
from venus_analysis.ledger.rows import tidy
from venus_analysis.parameters.strlgt import HaloFilter, Kernel, StrayLight
from venus_analysis.simulate.camera_settings import Detector, Ghost, Optics
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings
from venus_analysis.statistics.columns import statistics_frame

HALO, SCALE_PX = 0.05, 100.0
# a tenth of the pixels across needs stray light ten times as strong
GHOSTS = (
    Ghost("B7", "B8", 0.03, 150),
    Ghost("B7", "B9", 0.02, -155),
    Ghost("B8", "B9", 0.02, 160),
    Ghost("B9", "B7", 0.015, -160),
)
BANDS = ("B7", "B8", "B9")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    optics = Optics(halo_fraction=HALO, halo_scale_px=SCALE_PX, ghosts=GHOSTS)
    settings = SceneSettings(
        scale=0.1, bands=BANDS, optics=optics, detector=Detector(dark_drift_counts=0.1)
    )
    files = write_scene(simulate_scene(settings), tmp_path_factory.mktemp("residuals"))
    return Path(files.scene), Path(files.parameters), json.loads(Path(files.truth).read_text())


@pytest.fixture(scope="module")
def before(scene):
    return calibrate_scene(scene[0], scene[1], options=SceneOptions(residuals=True))


def halo_kernel(share: float, oversampling: float) -> Kernel:
    """Exponential kernel of a tenth of the camera, lines by columns."""
    scale = 0.1 * SCALE_PX
    tall, wide = int(8 * scale * oversampling), int(8 * scale)
    line = np.arange(-tall, tall + 1)[:, None] / oversampling
    values = np.exp(-np.hypot(line, np.arange(-wide, wide + 1)[None, :]) / scale)
    return Kernel(share * values / values.sum())


def filters(scene, folder: Path, wrong: float) -> Path:
    """Parameters with halo filters, all stray light `wrong` times the true one."""
    out = folder / "gipp"
    shutil.copytree(scene[1], out)
    for path in sorted(out.glob("*STRLGT*.HDR")):
        light = StrayLight.read(path)
        path.unlink()
        shutil.rmtree(path.with_suffix(".DBL.DIR"))
        band = f"B{int(light.header.name.band.removeprefix('B'))}"
        if band not in BANDS:
            light.write(out)
            continue
        kernel = halo_kernel(wrong * HALO, scene[2]["bands"][band]["oversampling"])
        cross_talk = tuple(
            replace(one, strips=tuple(replace(s, factor=wrong * s.factor) for s in one.strips))
            for one in light.cross_talk
        )
        halo = (HaloFilter(0, 5199, kernel),)
        replace(light, halo=halo, cross_talk=cross_talk).write(out)
    return out


def planted(scene, band):
    return {one["source_band"]: one for one in scene[2]["bands"][band]["ghosts"]}


def test_of_several_strips_the_one_counts_that_holds_the_ghost(scene, before, tmp_path):
    """As the type-2 correction takes them: each says what lies in its own columns."""
    out = tmp_path / "gipp"
    shutil.copytree(scene[1], out)
    for path in sorted(out.glob("*STRLGT*.HDR")):
        light = StrayLight.read(path)
        path.unlink()
        shutil.rmtree(path.with_suffix(".DBL.DIR"))
        cross_talk = []
        for one in light.cross_talk:
            (true,) = one.strips
            lies_right = true.shift > 0
            wrong = replace(true, factor=9.0 * true.factor, shift=true.shift // 3)
            right, left = (true, wrong) if lies_right else (wrong, true)
            strips = (replace(left, last=259), replace(right, first=260))
            cross_talk.append(replace(one, strips=strips))
        replace(light, cross_talk=tuple(cross_talk)).write(out)
    found = calibrate_scene(scene[0], out, options=SceneOptions(residuals=True))
    for one in found.bands:
        same = before.band(one.band)
        assert [ghost.shift_columns for ghost in one.ghosts] == [
            ghost.shift_columns for ghost in same.ghosts
        ]
        assert one.row["measured"] == pytest.approx(same.row["measured"], rel=1e-6)
        for ghost, other in zip(one.residuals.ghosts, same.residuals.ghosts, strict=True):
            np.testing.assert_equal(ghost.listed_factor, other.listed_factor)
            np.testing.assert_equal(ghost.listed_shift_columns, other.listed_shift_columns)


def test_the_disks_mean_is_free_of_a_dark_level_that_is_off(scene, before, tmp_path):
    with xr.open_dataset(scene[0], engine="zarr", consolidated=False) as opened:
        other = opened.load()
    other["counts"] = other["counts"] + np.uint16(5)
    for one in other.variables.values():
        one.encoding = {}
    other.to_zarr(tmp_path / "scene.zarr", mode="w", consolidated=False, zarr_format=3)
    options = SceneOptions(residuals=True)
    after = calibrate_scene(tmp_path / "scene.zarr", scene[1], options=options)
    for one in before.bands:
        found = after.band(one.band).residuals.strength
        assert found == pytest.approx(one.residuals.strength, rel=0.01), one.band


def test_planted_residuals_come_back(scene, before):
    for result in before.bands:
        found = result.residuals
        halo = found.halo
        assert abs(halo.fraction - HALO) < max(0.1 * HALO, 2.5 * halo.u_fraction)
        # a tenth of the pixels: the limb's own rim is as wide as the nearest halo
        assert halo.scale_radii * result.outline.across_px == pytest.approx(10.0, rel=0.25)
        ghosts = {one.source_band: one for one in found.ghosts if one.residual.significant}
        true = planted(scene, result.band)
        assert set(ghosts) == set(true)
        for source, one in ghosts.items():
            factor, shift = true[source]["factor"], true[source]["shift_columns"]
            assert abs(one.factor - factor) < max(0.1 * factor, 2.5 * one.u_factor)
            assert abs(one.residual.shift_columns - shift) < 1.0
            assert one.listed_factor == pytest.approx(factor, rel=1e-4)
            assert one.listed_shift_columns == shift
        assert found.noise.a == pytest.approx(0.6, rel=0.1)
        assert found.noise.b == pytest.approx(0.015, rel=0.25)
        assert abs(found.sky_pattern.rms - 0.2) < max(0.03, 2.5 * found.sky_pattern.u_rms)
        assert found.noise_model == (0.6, 0.015)


def test_picture_of_the_sky_shows_the_ghosts(scene, before):
    left = {one.band: one.residuals for one in before.bands}
    for band, one in left.items():
        sky = one.sky
        line, column = np.indices(sky.radiance.shape)
        line = sky.first_line + (line + 0.5) * sky.step_lines - 0.5
        column = (column + 0.5) * sky.step_columns - 0.5
        for ghost in filter(lambda ghost: ghost.residual.significant, one.ghosts):
            source = left[ghost.source_band].strength
            inside = np.hypot(*ghost.outline.unit(line, column)) < 0.8
            seen = float(np.nanmean(sky.radiance[inside]))
            assert seen == pytest.approx(ghost.factor * source, rel=0.35), (band, ghost.source_band)


def test_ratios_do_not_depend_on_residuals(scene, before):
    plain = calibrate_scene(scene[0], scene[1])
    for one, other in zip(before.rows, plain.rows, strict=True):
        assert one["ratio"] == other["ratio"]
        assert one["configuration"] == other["configuration"]
        assert np.isnan(other["ct1_fraction"])


def test_lines_that_were_decoded_anyway_narrow_the_halo(scene, before, tmp_path):
    with xr.open_dataset(scene[0], engine="zarr", consolidated=False) as opened:
        dataset = opened.load()
    for one in dataset.variables.values():
        one.encoding = {}
    encoding = {"counts": {"chunks": (1, 3, 520)}}  # as a block of lines: none to spare
    dataset.to_zarr(tmp_path / "thin.zarr", consolidated=False, encoding=encoding)
    thin = calibrate_scene(tmp_path / "thin.zarr", scene[1], options=SceneOptions(residuals=True))
    narrower = []
    for one, other in zip(before.bands, thin.bands, strict=True):
        assert one.row["ratio"] == other.row["ratio"]
        far = [result.residuals.sky.radiance.shape[0] for result in (one, other)]
        assert far[0] > far[1]
        halo = other.residuals.halo
        assert abs(halo.fraction - HALO) < max(0.1 * HALO, 2.5 * halo.u_fraction)
        narrower.append(one.residuals.halo.detection_limit / halo.detection_limit)
    assert max(narrower) < 1.0
    assert min(narrower) < 0.95


@pytest.mark.parametrize("scenario", ["TYPE1_TYPE2", "TYPE2_TYPE1"])
def test_true_filters_leave_nothing_and_keep_the_ratio(scene, before, tmp_path, scenario):
    parameters = filters(scene, tmp_path, 1.0)
    options = SceneOptions(residuals=True, stray_light=scenario)
    plain = {one.band: one for one in before.bands}
    for result in calibrate_scene(scene[0], parameters, options=options).bands:
        # the halo counts once, wherever it lies
        true = scene[2]["bands"][result.band]["planted_ratio"]
        off, off_before = (one.row["ratio"] / true - 1.0 for one in (result, plain[result.band]))
        assert abs(off) < max(abs(off_before), 0.001)
        found = result.residuals
        assert abs(found.halo.fraction) < found.halo.detection_limit
        for one in found.ghosts:
            assert not one.residual.significant
            assert abs(one.factor) < one.detection_limit
        assert found.stray_light == scenario


def test_filters_that_are_wrong_leave_what_they_lack(scene, tmp_path):
    parameters = filters(scene, tmp_path, 0.8)
    options = SceneOptions(residuals=True, stray_light="TYPE1_TYPE2")
    for result in calibrate_scene(scene[0], parameters, options=options).bands:
        found = result.residuals
        assert abs(found.halo.fraction - 0.2 * HALO) < 2.5 * found.halo.u_fraction
        for source, one in planted(scene, result.band).items():
            left = max(
                (g for g in found.ghosts if g.source_band == source),
                key=lambda ghost: ghost.residual.significance,
            )
            assert abs(left.factor - 0.2 * one["factor"]) < 3.0 * left.u_factor


def test_proposed_files_take_the_ghosts_out(scene, before, tmp_path):
    parameters, book = tmp_path / "gipp", tmp_path / "ledger"
    shutil.copytree(scene[1], parameters)
    for path in sorted(parameters.glob("*STRLGT*")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    unmeasured = [
        row | {"acquisition_id": "OTHER", "ct2_detection_limit": math.nan} for row in before.rows
    ]
    ledger.write(book, [*before.rows, *unmeasured])

    def said(start, *more):
        given = ["propose-stray-light", parameters, "--ledger", book, "--start", start, *more]
        done = CliRunner().invoke(app, [str(one) for one in given])
        assert done.exit_code == 0, done.output
        return done.stdout

    def propose(start):
        return json.loads(said(start, "--json"))

    tried = said("2018-01-01", "--output", tmp_path / "tried")
    assert tried.startswith("SIMULATED  ghosts of 1 Moon look\n")
    for path in (tmp_path / "tried").glob("*.HDR"):
        assert f"written: {path}," in tried
    found = propose("2018-01-01")
    assert found["looks"] == 1
    assert all(one["changed"] for one in found["ghosts"])
    assert len(found["files"]) == 3
    gain = {row["band"]: row["absolute_gain"] for row in before.rows}
    for one in found["ghosts"]:
        band, source = one["band"], one["source_band"]
        true = planted(scene, band)[source]["factor"] * gain[band] / gain[source]
        assert abs(one["factor"] - true) < max(0.1 * true, 3 * one["u_factor"])
    light = StrayLight.read(found["files"][0])
    assert light.header.notes == "SIMULATED ghosts of 1 Moon look"
    options = SceneOptions(residuals=True, stray_light="TYPE2")
    for result in calibrate_scene(scene[0], parameters, options=options).bands:
        for one in result.residuals.ghosts:
            assert not one.residual.significant
    # measured again from the same looks, nothing is to be changed
    again = propose("2019-01-01")
    assert again["files"] == []
    assert not any(one["changed"] for one in again["ghosts"])


def test_rows_without_residuals_do_not_answer_for_them(scene, before, tmp_path):
    campaign = MoonCampaign(parameters=scene[1], scene=SceneOptions(residuals=True))
    for name, rows in (
        ("with", before.rows),
        ("without", [row | {"noise_a": math.nan} for row in before.rows]),
    ):
        ledger.write(tmp_path / name, rows)
        found = answered(tmp_path / name, campaign, [scene[0]])
        assert list(found) == ([scene[0]] if name == "with" else [])
    plain = replace(campaign, scene=SceneOptions())
    assert list(answered(tmp_path / "without", plain, [scene[0]])) == [scene[0]]


def test_what_a_correction_left_is_no_proposal(before):
    rows = [
        row | {"configuration_text": '{"stray_light": "TYPE2"}', "run_id": "r"}
        for row in before.rows
    ]
    with pytest.raises(InputError, match="--stray-light"):
        measured_ghosts(tidy(rows))


def test_rows_and_statistics_hold_the_residuals(before):
    rows = [
        band_statistics(one, one.row | {"run_id": "r"}, before.sun_direction_deg)
        for one in before.bands
    ]
    frame = statistics_frame(rows)
    assert np.isfinite(frame["ct1_fraction"]).all()
    assert set(frame["ct2_1_source"]) <= set(BANDS)
    for text in (
        *frame["halo_profile_text"],
        *frame["encircled_energy_text"],
        *frame["noise_text"],
    ):
        lists = json.loads(text)
        assert all(0 < len(one) <= 64 for one in lists.values())
    assert "ct2_1_factor" in tidy([row | {"run_id": "r"} for row in before.rows])
