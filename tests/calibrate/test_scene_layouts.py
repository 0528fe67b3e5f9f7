"""One scene in other files: every layout gives the same rows, damaged ones say what is wrong."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from zarr.codecs import BloscCodec, GzipCodec

from venus_analysis.calibrate.scene import calibrate_scene, planned_rows
from venus_analysis.collect.scene import open_scene
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.schema import KEY
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

BANDS = ("B4", "B7", "B9")


@dataclass(frozen=True)
class Files:
    """A scene on disk, its counts in memory, and what it came to."""

    scene: Path
    parameters: Path
    dataset: xr.Dataset
    result: object


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Files:
    settings = SceneSettings(scale=0.1, bands=BANDS)
    written = write_scene(simulate_scene(settings), tmp_path_factory.mktemp("layouts"))
    with xr.open_dataset(written.scene, engine="zarr", consolidated=False) as opened:
        dataset = opened.load()
    for one in dataset.variables.values():
        one.encoding = {}
    result = calibrate_scene(written.scene, written.parameters)
    return Files(Path(written.scene), Path(written.parameters), dataset, result)


def write_zarr(dataset: xr.Dataset, path: Path, chunks, version: int = 3) -> Path:
    encoding = {"counts": {"chunks": tuple(map(min, chunks, dataset["counts"].shape))}}
    dataset.to_zarr(path, consolidated=False, zarr_format=version, encoding=encoding)
    return path


@pytest.mark.parametrize(
    ("chunks", "version"),
    [
        ((3, 64, 520), 3),
        ((1, 64, 520), 2),
        ((1, 9999, 520), 3),
        ((2, 100, 170), 3),
        ((3, 9999, 520), 2),
    ],
)
def test_chunks_do_not_change_the_rows(files, tmp_path, chunks, version):
    path = write_zarr(files.dataset, tmp_path / "other.zarr", chunks, version)
    found = calibrate_scene(path, files.parameters)
    for one, other in zip(found.rows, files.result.rows, strict=True):
        for name in ("measured", "ratio", "u_random", "centre_line", "pixel_number"):
            assert one[name] == pytest.approx(other[name], rel=1e-9), name


def test_netcdf_gives_the_same_rows(files, tmp_path):
    encoding = {"counts": {"zlib": True, "chunksizes": (1, 52, 520)}}
    files.dataset.to_netcdf(tmp_path / "scene.nc", engine="netcdf4", encoding=encoding)
    found = calibrate_scene(tmp_path / "scene.nc", files.parameters)
    for one, other in zip(found.rows, files.result.rows, strict=True):
        assert one["ratio"] == other["ratio"]
        assert one["input_digest"] != other["input_digest"]


def test_a_truncated_chunk_costs_its_band_only(files, tmp_path):
    path = write_zarr(files.dataset, tmp_path / "cut.zarr", (1, 64, 520))
    for chunk in (path / "counts" / "c" / "0").glob("*/0"):
        chunk.write_bytes(chunk.read_bytes()[:50])
    rows = {row["band"]: row for row in calibrate_scene(path, files.parameters).rows}
    assert rows["B4"]["flags"] & Flag.DISK_NOT_FOUND
    assert math.isnan(rows["B4"]["measured"])
    assert "band B4" in rows["B4"]["budget_text"]
    assert all(math.isfinite(rows[band]["ratio"]) for band in ("B7", "B9"))


@pytest.mark.parametrize("how", ["zarr", "codecs of the library", "netCDF"])
def test_a_chunk_that_is_missing_is_no_black_sky(files, tmp_path, how):
    """Readers give 0 for a chunk whose file is not there, such as one that was not copied."""
    at, lines = files.result.band("B9").row["centre_line"], files.dataset.sizes["line"]
    first = int(at) // 64 * 64 + 64  # the chunk beyond that of the centre: half of the disk
    assert first + 64 < lines
    path = tmp_path / ("hole.nc" if how == "netCDF" else "hole.zarr")
    if how == "netCDF":
        hole = files.dataset.copy(deep=True)
        hole["counts"][BANDS.index("B9"), first : first + 64] = 0
        hole.to_netcdf(path, encoding={"counts": {"chunksizes": (1, 64, 520)}})
    else:
        codecs = {} if how == "zarr" else {"compressors": (BloscCodec(), GzipCodec())}
        encoding = {"counts": {"chunks": (1, 64, 520), **codecs}}
        files.dataset.to_zarr(path, consolidated=False, zarr_format=3, encoding=encoding)
        (path / "counts" / "c" / str(BANDS.index("B9")) / str(first // 64) / "0").unlink()
    rows = {row["band"]: row for row in calibrate_scene(path, files.parameters).rows}
    assert math.isnan(rows["B9"]["measured"])
    assert f"band B9, lines {first} to {first + 63}" in rows["B9"]["budget_text"]
    assert "a chunk is missing" in rows["B9"]["budget_text"]
    assert all(math.isfinite(rows[band]["ratio"]) for band in ("B4", "B7"))


def test_a_truncated_reference_band_gives_way_to_the_next(files, tmp_path):
    path = write_zarr(files.dataset, tmp_path / "cut.zarr", (1, 64, 520))
    for chunk in (path / "counts" / "c" / "1").glob("*/0"):
        chunk.write_bytes(b"")
    found = calibrate_scene(path, files.parameters)
    assert found.reference_band == "B9"
    assert not found.band("B7").measured
    assert found.band("B4").measured


def spoil(dataset: xr.Dataset, what: str) -> xr.Dataset:
    spoilt = dataset.copy(deep=True)
    if what == "units":
        spoilt["counts"].attrs["units"] = "W m-2"
    elif what == "frame":
        spoilt["observer_position"].attrs["frame"] = "TEME"
    elif what == "line_period_s":
        spoilt.attrs["line_period_s"] = -1e-3
    return spoilt


@pytest.mark.parametrize("what", ["units", "frame", "line_period_s"])
def test_wrong_metadata_is_refused_by_name(files, tmp_path, what):
    path = write_zarr(spoil(files.dataset, what), tmp_path / "wrong.zarr", (1, 64, 520))
    with pytest.raises(InputError, match=what):
        calibrate_scene(path, files.parameters)


def test_an_empty_zarr_is_refused(files, tmp_path):
    xr.Dataset().to_zarr(tmp_path / "empty.zarr", consolidated=False, zarr_format=3)
    with pytest.raises(InputError, match="variable counts"):
        calibrate_scene(tmp_path / "empty.zarr", files.parameters)


def test_planned_rows_have_the_keys_of_the_rows(files):
    with open_scene(files.scene) as scene:
        planned = planned_rows(scene, files.parameters)
    for before, after in zip(planned, files.result.rows, strict=True):
        assert {name: before[name] for name in KEY} == {name: after[name] for name in KEY}
        assert after["input_digest"].startswith(before["input_digest"] + "-")


def test_one_changed_pixel_that_was_read_changes_the_digest(files, tmp_path):
    other = files.dataset.copy(deep=True)
    middle = int(files.result.band("B7").outline.centre_line)
    other["counts"].values[1, middle, 260] += 1
    first, second = (
        write_zarr(one, tmp_path / name / "one.zarr", (1, 64, 520))
        for one, name in ((files.dataset, "a"), (other, "b"))
    )
    digests = {
        calibrate_scene(path, files.parameters).rows[0]["input_digest"].partition("-")[2]
        for path in (first, second)
    }
    assert len(digests) == 2


def test_results_travel_and_keep_what_pictures_need(files):
    band = pickle.loads(pickle.dumps(files.result)).band("B7")
    assert band.measured
    assert sum(band.rejected.values()) > 0
    radiance, line, column = band.crop()
    at = band.outline
    i, j = np.indices(radiance.shape)
    inside = np.hypot(*at.unit(i + float(line), j + float(column))) <= band.aperture
    total = float(radiance[inside].sum()) * band.pixel_solid_angle_sr / band.oversampling
    # as it was summed, but for the halo beyond the aperture
    beyond = band.row["measured"] * band.row["halo_outside_mask"]
    assert total + beyond == pytest.approx(band.row["measured"], rel=1e-3)
    assert band.disk.mean == pytest.approx(float(band.disk.values.mean()), rel=0.05)
    picture = band.cut_out(size=64)
    assert max(picture.radiance.shape) <= 64
    share = picture.mask.sum() * picture.step_lines * picture.step_columns
    assert share == pytest.approx(band.row["pixel_number"], rel=0.03)
    assert picture.radiance[picture.mask].mean() == pytest.approx(radiance[inside].mean(), rel=0.02)
    assert picture.reasons.any()
