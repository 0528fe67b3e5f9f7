"""Scenes opened without xarray say what xarray says, or are left to it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from venus_analysis.collect.plain_scene import PlainScene, open_plain
from venus_analysis.collect.plain_zarr import plain_array
from venus_analysis.collect.scene import open_look, open_scene
from venus_analysis.collect.scene_ahead import counts_of, reading_ahead
from venus_analysis.collect.scene_chunks import SceneCounts
from venus_analysis.collect.scene_digest import scene_digest
from venus_analysis.errors import InputError

SHAPE = (2, 40, 20)
COUNTS = np.random.default_rng(20261121).integers(0, 1024, SHAPE).astype(np.uint16)


def dataset() -> xr.Dataset:
    start = np.datetime64("2019-02-22T16:00:00.123456789", "ns")
    times = start + np.arange(40) * np.timedelta64(800_001, "ns")
    position = np.linspace(7.1e6, 7.2e6, 120).reshape(40, 3)
    return xr.Dataset(
        {
            "counts": (("band", "line", "column"), COUNTS, {"units": "1"}),
            "observer_position": (("line", "xyz"), position, {"frame": "GCRS", "units": "m"}),
            "temperature": ("line", np.linspace(-3.0, 3.0, 40), {"units": "degC"}),
        },
        coords={
            "band": ("band", np.array(["B7", "B10"], dtype=object)),
            "time": ("line", times, {"long_name": "UTC"}),
        },
        attrs={
            "acquisition_id": "MOON_1",
            "line_period_s": 8e-4,
            "scan_rate_rad_per_s": 7.142857e-3,
            "tdi_stages": [8, 16],
        },
    )


def write(folder: Path, version: int = 3, chunks=(1, 16, 20), data: xr.Dataset | None = None):
    path = folder / "scene.zarr"
    (dataset() if data is None else data).to_zarr(
        path, zarr_format=version, consolidated=False, encoding={"counts": {"chunks": chunks}}
    )
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("chunks", [(1, 16, 20), (2, 64, 7), (1, 40, 20)])
def test_both_ways_of_opening_agree_in_everything(tmp_path, version, chunks):
    path = write(tmp_path, version, chunks)
    plain, whole = open_look(path), open_scene(path)
    assert isinstance(plain, PlainScene)
    assert plain.attrs == whole.attrs
    assert plain.sizes == dict(whole.sizes)
    assert set(plain.variables) == set(map(str, whole.variables))
    for name, variable in plain.variables.items():
        assert variable.dims == whole[name].dims
        assert variable.dtype == whole[name].dtype
        assert variable.attrs == whole[name].attrs
        np.testing.assert_array_equal(variable.values, whole[name].values)
    assert scene_digest(plain).hexdigest() == scene_digest(whole).hexdigest()
    counts = SceneCounts(plain)
    np.testing.assert_array_equal(counts.read("B10", slice(3, 37)), COUNTS[1, 3:37])


def test_what_is_read_ahead_is_handed_out_once_however_often_it_was_begun(tmp_path):
    path = write(tmp_path)
    with reading_ahead(path):
        with reading_ahead(path, ["B7"]):
            scene = open_look(path)
            first, second = counts_of(scene), counts_of(scene)
        np.testing.assert_array_equal(first.read("B10", slice(3, 37)), COUNTS[1, 3:37])
    assert first is not second
    np.testing.assert_array_equal(second.read("B10", slice(3, 37)), COUNTS[1, 3:37])


def test_a_chunk_that_is_not_there_is_named_and_the_others_are_read(tmp_path):
    path = write(tmp_path)
    (path / "counts" / "c" / "1" / "1" / "0").unlink()
    counts = SceneCounts(open_look(path))
    with pytest.raises(InputError, match=r"band B10, lines 16 to 31: .* a chunk is missing"):
        counts.read("B10", slice(0, 40))
    np.testing.assert_array_equal(counts.read("B10", slice(0, 16)), COUNTS[1, :16])


def _change(path: Path, **changes) -> None:
    file = path / "zarr.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    "attributes",
    [
        {"scale_factor": 2.0},
        {"units": "seconds"},
        {"units": "days since 2000-01-01"},
        {"_FillValue": "AAAAAAAAAAA="},
        {"coordinates": "absent"},
    ],
)
def test_what_xarray_would_change_is_left_to_it(tmp_path, attributes):
    path = write(tmp_path)
    assert open_plain(path) is not None
    _change(path / "temperature", attributes=attributes)
    assert open_plain(path) is None


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("codecs", [{"name": "crc32c"}]),
        ("codecs", [{"name": "bytes", "configuration": {"endian": "big"}}]),
        ("chunk_grid", {"name": "rectangular"}),
        ("node_type", "group"),
        ("data_type", "complex128"),
        ("codecs", None),
    ],
)
def test_other_arrays_are_left_to_the_library(tmp_path, name, changes):
    path = write(tmp_path)
    assert plain_array(path / "counts") is not None
    _change(path / "counts", **{name: changes})
    assert plain_array(path / "counts") is None
    assert open_plain(path) is None


def test_a_fill_value_among_times_is_followed_by_xarray(tmp_path):
    data = dataset()
    data["time"].encoding["_FillValue"] = -1
    path = write(tmp_path, data=data)
    assert open_plain(path) is None
    np.testing.assert_array_equal(open_look(path)["time"].values, data["time"].values)


@pytest.mark.parametrize("name", ["time", "band", "observer_position"])
def test_damaged_small_variables_are_errors(tmp_path, name):
    path = write(tmp_path)
    chunk = next(one for one in (path / name / "c").rglob("*") if one.is_file())
    chunk.write_bytes(b"no codec wrote this")
    with pytest.raises(InputError, match=name):
        open_look(path)
