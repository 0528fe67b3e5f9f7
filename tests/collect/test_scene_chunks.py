"""Several threads read one scene: each chunk is written once, before anybody sees it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np
import pytest
import xarray as xr

from venus_analysis.collect.scene import DIMS
from venus_analysis.collect.scene_chunks import SceneCounts

SHAPE = (2, 40, 16)
VALUES = np.random.default_rng(20261121).integers(1, 4000, SHAPE).astype(np.uint16)


class SlowCounts(SceneCounts):
    """Spoils a chunk's place first, as decoders may, and finishes when it is told to."""

    def __init__(self, path) -> None:
        with xr.open_dataset(path, engine="zarr", consolidated=False) as scene:
            super().__init__(scene.assign_coords(band=["B1", "B2"]))
        assert self._decode is not None
        self.begun, self.go_on, self.decoded = Event(), Event(), 0
        self.library, self._decode = self._decode, self.slowly

    def slowly(self, place: Any, out: Any) -> Any:
        self.decoded += 1
        out[...] = 7
        self.begun.set()
        assert self.go_on.wait(20.0)
        return self.library(place, out)


@pytest.fixture(params=[(1, 40, 16), (2, 10, 16)], ids=["band at a time", "bands together"])
def counts(request, tmp_path) -> SlowCounts:
    scene = xr.Dataset({"counts": (DIMS, VALUES)})
    encoding = {"counts": {"chunks": request.param}}
    scene.to_zarr(tmp_path / "scene.zarr", consolidated=False, zarr_format=3, encoding=encoding)
    return SlowCounts(tmp_path / "scene.zarr")


def test_a_chunk_asked_for_twice_is_decoded_once(counts):
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(counts.read, "B1", slice(0, 10)) for _ in range(2)]
        assert counts.begun.wait(20.0)
        assert not any(one.done() for one in asked)
        counts.go_on.set()
        for one in asked:
            np.testing.assert_array_equal(one.result(), VALUES[0, :10])
    assert counts.decoded == 1


def test_a_band_released_while_it_is_read_is_read_anew(counts):
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(counts.read_many, {"B1": slice(0, 10)})
        assert counts.begun.wait(20.0)
        counts.release("B1")
        counts.go_on.set()
        first.result()
        np.testing.assert_array_equal(counts.read("B1", slice(0, 10)), VALUES[0, :10])
    # a chunk of both bands was kept for the other one
    assert counts.decoded == (2 if counts.chunk[0] == 1 else 1)


def test_what_is_read_ahead_is_kept_and_changes_no_digest(tmp_path) -> None:
    path, bright = tmp_path / "scene.zarr", np.ones(SHAPE, np.uint16)
    bright[:, 10:20] = VALUES[:, 10:20]  # one chunk of four that takes room
    scene = xr.Dataset({"counts": (DIMS, bright)})
    encoding = {"counts": {"chunks": (1, 10, 16)}}
    scene.to_zarr(path, consolidated=False, zarr_format=3, encoding=encoding)
    scene = scene.assign_coords(band=["B1", "B2"])
    scene.encoding["source"] = str(path)
    plain, ahead = SceneCounts(scene), SceneCounts(scene)
    ahead.read_ahead(["B2", "B9"], lambda: False)
    assert ahead._read == {("B2", 1)}
    for counts in (plain, ahead):
        np.testing.assert_array_equal(counts.read("B1", slice(0, 20)), bright[0, :20])
    assert ahead.digest() == plain.digest()
    ahead.read("B2", slice(10, 12))
    assert ahead.digest() != plain.digest()


def test_a_chunk_of_several_bands_is_decoded_once_for_all(counts):
    counts.go_on.set()
    counts.read("B1", slice(0, 40))
    counts.read_many({"B1": slice(0, 40), "B2": slice(10, 30)}, last=True)
    np.testing.assert_array_equal(counts.read("B2", slice(10, 30)), VALUES[1, 10:30])
    bands, lines = counts.chunk[:2]
    assert counts.decoded == (2 if bands == 1 else 40 // lines)
    # what was kept for lines that nobody asked for is gone
    np.testing.assert_array_equal(counts.read("B2", slice(30, 40)), VALUES[1, 30:])
    assert counts.decoded == (2 if bands == 1 else 40 // lines + 1)
