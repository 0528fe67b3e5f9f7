"""A planted scene gives back the planted ratios; a spoilt one says what is wrong with it."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.scene import SceneOptions
from venus_analysis.calibrate.scene import calibrate_scene as calibrate_scene_whole
from venus_analysis.compute.moon.registration import focal_plane_angle
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.simulate.camera_settings import Ghost, Optics
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

SOME = ("B2", "B7", "B8", "B9")


@dataclass(frozen=True)
class Planted:
    """A scene on disk, its counts in memory, and the truth."""

    scene: Path
    parameters: Path
    truth: dict
    dataset: xr.Dataset

    def spoilt(self, folder: Path, change) -> Path:
        """Write a copy of the scene with other counts."""
        other = self.dataset.copy(deep=True)
        changed = change(other)
        path = folder / "spoilt.zarr"
        changed = other if changed is None else changed
        for one in changed.variables.values():
            one.encoding = {}
        changed.to_zarr(path, mode="w", consolidated=False, zarr_format=3)
        return path


def plant(folder: Path, settings: SceneSettings) -> Planted:
    files = write_scene(simulate_scene(settings), folder)
    truth = json.loads(Path(files.truth).read_text())
    with xr.open_dataset(files.scene, engine="zarr", consolidated=False) as opened:
        dataset = opened.load()
    return Planted(Path(files.scene), Path(files.parameters), truth, dataset)


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Planted:
    return plant(tmp_path_factory.mktemp("all"), SceneSettings(scale=0.1))


@pytest.fixture(scope="module")
def some(tmp_path_factory) -> Planted:
    return plant(tmp_path_factory.mktemp("some"), SceneSettings(scale=0.1, bands=SOME))


def calibrate_scene(*arguments, **options) -> list[dict]:
    return calibrate_scene_whole(*arguments, **options).rows


def by_band(rows: list[dict]) -> dict[str, dict]:
    return {row["band"]: row for row in rows}


def uncertainty(row: dict) -> float:
    return math.hypot(row["u_random"], row["u_systematic_instrument"])


def test_planted_ratios_come_back(planted):
    rows = calibrate_scene(planted.scene, planted.parameters)
    assert len(rows) == 12
    for row in rows:
        truth = planted.truth["bands"][row["band"]]
        error = row["ratio"] / truth["planted_ratio"] - 1.0
        # a tenth of the pixels across: noise and patterns count ten times as much
        assert abs(error) < (0.006 if row["band"] == "B1" else 0.002), row["band"]
        assert abs(error) < 3.5 * uncertainty(row), row["band"]
        assert uncertainty(row) < (0.01 if row["band"] == "B1" else 0.003), row["band"]
        # a disk of 60 pixels: its markings move the limb's fit ten times as far as in a full scene
        assert abs(row["centre_line"] - truth["centre_line"]) < 0.15
        assert abs(row["centre_column"] - truth["centre_column"]) < 0.15
    places = np.array([planted.truth["bands"][row["band"]]["focal_plane_px"] for row in rows])
    nominal = [focal_plane_angle(row["band"]) for row in rows]
    line = np.column_stack([np.ones(12), nominal])
    planted_offsets = places - line @ np.linalg.lstsq(line, places, rcond=None)[0]
    assert np.ptp(planted_offsets, axis=0).min() > 0.5  # pixels: something is planted
    for name, offsets in zip(("along", "across"), planted_offsets.T, strict=True):
        found = np.array([row[f"offset_{name}_px"] for row in rows])
        stated = np.array([row[f"u_offset_{name}_px"] for row in rows])
        assert (np.abs(found - offsets) < 0.08).all(), name
        assert (np.abs(found - offsets) < 5.0 * stated).all(), name
        assert bool(row["flags"] & Flag.GHOST_ON_DISK) == truth["ghost_overlaps_disk"]
        assert all(row[name] for name in ("parameter_digest", "input_digest", "simulated"))


def test_pixels_of_disk_and_sky_are_those_without_the_ghost(tmp_path):
    """Every percentile, as the mean; the same noise with and without a ghost half on the disk."""

    def samples(name, *ghosts):
        optics = Optics(ghosts=ghosts, halo_fraction=0.0)
        settings = SceneSettings(scale=0.1, bands=("B3", "B4"), optics=optics)
        files = plant(tmp_path / name, settings)
        (band,) = (
            one
            for one in calibrate_scene_whole(files.scene, files.parameters).bands
            if one.band == "B4"
        )
        return band.disk, band.sky

    bare = samples("bare")
    found = samples("ghost", Ghost("B4", "B3", 0.03, -70))
    shares = (5, 25, 50, 75, 95)
    for one, other, floor in zip(bare, found, (0.05, 0.02), strict=True):
        expected = np.percentile(one.values, shares)
        assert np.percentile(other.values, shares) == pytest.approx(expected, rel=4e-3, abs=floor)
    assert found[0].mean == pytest.approx(bare[0].mean, rel=2e-3)


def test_two_runs_give_identical_rows(some):
    first, second = (calibrate_scene(some.scene, some.parameters, threads=n) for n in (1, 2))
    for one, other in zip(first, second, strict=True):
        same = {k for k in one if k not in ("run_id", "committed")}
        assert {k: str(one[k]) for k in same} == {k: str(other[k]) for k in same}


def test_a_row_does_not_depend_on_which_bands_are_asked_for(some):
    """Halo, ghosts and place come from all bands of the scene in any case."""
    for options in (SceneOptions(), SceneOptions(registration="separate", residuals=True)):
        (whole,) = (
            row
            for row in calibrate_scene(some.scene, some.parameters, options=options)
            if row["band"] == "B8"
        )
        (alone,) = calibrate_scene(some.scene, some.parameters, options=options, bands=["B8"])
        told = {"run_id", "processed_at"}
        same = {key for key in whole if key not in told}
        np.testing.assert_equal({k: alone[k] for k in same}, {k: whole[k] for k in same})


def test_bands_that_are_not_there_are_named(some):
    with pytest.raises(InputError, match="expected some of B2, B7, B8, B9, received B99;"):
        calibrate_scene(some.scene, some.parameters, bands=["B99"])
    with pytest.raises(InputError, match=r"reference_band: expected one of B1, .*received B99"):
        SceneOptions(reference_band="B99")


def test_registered_bands_agree_with_separately_solved_ones(some):
    together = by_band(calibrate_scene(some.scene, some.parameters))
    apart = by_band(
        calibrate_scene(some.scene, some.parameters, options=SceneOptions(registration="separate"))
    )
    for band in SOME:
        one, other = together[band], apart[band]
        assert abs(one["measured"] / other["measured"] - 1.0) < 0.0005, band
        for name in ("centre_line", "centre_column"):
            assert abs(one[name] - other[name]) < 0.1, (band, name)


def test_cosmic_hits_do_not_count(some, tmp_path):
    clean = by_band(calibrate_scene(some.scene, some.parameters))
    rng = np.random.default_rng(3)

    def hits(scene):
        counts = scene["counts"].values
        for band in range(len(counts)):
            line = rng.integers(0, counts.shape[1], 60)
            column = rng.integers(0, counts.shape[2], 60)
            old = counts[band, line, column].astype(int)
            counts[band, line, column] = np.clip(old + 400, 0, 1022)

    hit = by_band(calibrate_scene(some.spoilt(tmp_path, hits), some.parameters))
    for band in SOME:
        assert abs(hit[band]["measured"] / clean[band]["measured"] - 1.0) < 0.001, band


@pytest.mark.parametrize("side", ["first line", "last line", "left", "right"])
def test_cut_moon_is_flagged(some, tmp_path, side):
    truth = some.truth["bands"]
    first = min(one["centre_line"] for band, one in truth.items() if band in SOME)
    last = max(one["centre_line"] for band, one in truth.items() if band in SOME)
    column = truth["B7"]["centre_column"]
    half = 0.6 * truth["B7"]["semi_axis_column_px"]

    def cut(scene):
        if side == "first line":
            return scene.isel(line=slice(int(first - 40), None))
        if side == "last line":
            return scene.isel(line=slice(0, int(last + 40)))
        counts = scene["counts"].values
        shift = int(column - half) if side == "left" else int(column + half) - counts.shape[2]
        moved = np.roll(counts, -shift, axis=2)
        empty = slice(-shift, None) if shift > 0 else slice(0, -shift)
        moved[:, :, empty] = np.random.default_rng(1).normal(62.0, 0.7, moved[:, :, empty].shape)
        scene["counts"] = (scene["counts"].dims, moved)
        return scene

    rows = calibrate_scene(some.spoilt(tmp_path, cut), some.parameters)
    flags = [Flag(row["flags"]) for row in rows]
    assert any(one & Flag.DISK_OUTSIDE_FRAME or one & Flag.DISK_NOT_FOUND for one in flags)


def test_dark_band_and_missing_band(some, tmp_path):
    def darken(scene):
        counts = scene["counts"].values
        counts[SOME.index("B2")] = 60
        return scene.isel(band=[0, 1, 3])

    rows = by_band(calibrate_scene(some.spoilt(tmp_path, darken), some.parameters))
    assert set(rows) == {"B2", "B7", "B9"}
    assert rows["B2"]["flags"] & Flag.DISK_NOT_FOUND
    assert math.isnan(rows["B2"]["measured"])
    assert math.isnan(rows["B2"]["ratio"])
    truth = some.truth["bands"]["B9"]["planted_ratio"]
    assert rows["B9"]["ratio"] == pytest.approx(truth, rel=0.002)


def test_dark_reference_band_leaves_the_others(some, tmp_path):
    def darken(scene):
        scene["counts"].values[SOME.index("B7")] = 60

    rows = by_band(calibrate_scene(some.spoilt(tmp_path, darken), some.parameters))
    assert rows["B7"]["flags"] & Flag.DISK_NOT_FOUND
    truth = some.truth["bands"]["B9"]["planted_ratio"]
    assert rows["B9"]["ratio"] == pytest.approx(truth, rel=0.002)


def test_saturated_disk_is_flagged(some, tmp_path):
    def saturate(scene):
        counts = scene["counts"].values
        band = SOME.index("B8")
        counts[band] = np.where(counts[band] > 120, 1023, counts[band])

    rows = by_band(calibrate_scene(some.spoilt(tmp_path, saturate), some.parameters))
    assert rows["B8"]["flags"] & Flag.SATURATED
    assert not rows["B9"]["flags"] & Flag.SATURATED


def test_missing_parameters_of_one_band(some, tmp_path):
    folder = tmp_path / "gipp"
    shutil.copytree(some.parameters, folder)
    for path in folder.glob("*DARKCU*B08*"):
        path.unlink()
    rows = by_band(calibrate_scene(some.scene, folder))
    assert rows["B8"]["flags"] & Flag.NO_PARAMETERS
    assert math.isnan(rows["B8"]["measured"])
    assert math.isfinite(rows["B7"]["ratio"])


def test_many_dead_columns_are_flagged(some, tmp_path):
    def kill(scene):
        rng = np.random.default_rng(5)
        band = SOME.index("B8")
        dead = rng.choice(520, 90, replace=False)
        scene["counts"].values[band][:, dead] = 0

    rows = by_band(calibrate_scene(some.spoilt(tmp_path, kill), some.parameters))
    assert rows["B8"]["flags"] & Flag.DEFECTIVE_COLUMNS
    assert not rows["B7"]["flags"] & Flag.DEFECTIVE_COLUMNS


def test_strong_ghost_is_flagged(tmp_path):
    ghosts = (Ghost("B7", "B8", 0.3, 170),)
    settings = SceneSettings(scale=0.1, bands=("B7", "B8"), optics=Optics(ghosts=ghosts))
    planted = plant(tmp_path, settings)
    for path in planted.parameters.glob("*STRLGT*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    rows = by_band(calibrate_scene(planted.scene, planted.parameters))
    assert rows["B7"]["flags"] & Flag.OTHER_BRIGHT_OBJECT


def test_no_moon_at_all(some, tmp_path):
    def darken(scene):
        scene["counts"].values[:] = 60

    rows = calibrate_scene(some.spoilt(tmp_path, darken), some.parameters)
    assert all(row["flags"] & Flag.DISK_NOT_FOUND for row in rows)


def test_absent_scene_is_an_error(tmp_path):
    with pytest.raises(InputError):
        calibrate_scene(tmp_path / "absent.zarr", tmp_path)
