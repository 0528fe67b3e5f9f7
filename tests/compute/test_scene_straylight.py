"""Stray light planted into the counts of a scene is taken out of its radiance, lazy or not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import signal

from venus_analysis.compute import scene_straylight
from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.radiometry import radiance_to_counts
from venus_analysis.compute.scene_radiance import DIMS, scene_radiance
from venus_analysis.compute.straylight import BandFilters, GhostFilter, GhostStrip, HaloStrip
from venus_analysis.errors import InputError

SHAPE = (60, 130)
# Ak of the bands; a filter's factor is one of equalised counts, not of radiance
GAINS = {"B7": 2.0, "B8": 8.0}
SHIFT, FACTOR, HALO = 60, 0.08, 0.06
DEAD = 50
BLUR = np.outer([0.25, 0.5, 0.25], [0.25, 0.5, 0.25])


def halo_kernel() -> np.ndarray:
    line, column = np.indices((25, 25)) - 12
    values = np.exp(-np.hypot(line, column) / 3.0)
    return HALO * values / values.sum()


def true_counts() -> dict[str, np.ndarray]:
    """Equalised counts of two disks."""
    line, column = np.indices(SHAPE).astype(float)
    return {
        "B7": 600.0 * (np.hypot(line - 30.0, column - 100.0) < 18.0),
        "B8": 800.0 * (np.hypot(line - 26.0, column - 25.0) < 18.0),
    }


FILTERS = {
    "B7": BandFilters(
        [HaloStrip(0, SHAPE[1] - 1, halo_kernel())],
        [GhostFilter("B8", BLUR, [GhostStrip(0, SHAPE[1] - 1, FACTOR, SHIFT)])],
    ),
    "B8": BandFilters([HaloStrip(0, SHAPE[1] - 1, halo_kernel())]),
}


def scattered(image: np.ndarray) -> np.ndarray:
    return (1.0 - HALO) * image + signal.convolve(image, halo_kernel(), "same")


def ghosted(image: np.ndarray, source: np.ndarray) -> np.ndarray:
    out = image.copy()
    out[:, SHIFT:] += FACTOR * signal.convolve(source, BLUR, "same")[:, :-SHIFT]
    return out


@pytest.fixture(scope="module")
def planted() -> dict[str, tuple[xr.DataArray, xr.Dataset]]:
    """Counts that each order of the correction undoes, and parameters."""
    bands = list(GAINS)
    one = np.ones(SHAPE[1])
    defect = np.zeros((2, SHAPE[1]))
    defect[0, DEAD] = 1.0
    parameters = xr.Dataset(
        {
            "absolute_gain": ("band", list(GAINS.values())),
            "dark": (("band", "column"), np.full((2, SHAPE[1]), 30.0)),
            "first_slope": (("band", "column"), np.stack([one, 1.02 * one])),
            "second_slope": (("band", "column"), np.stack([one, one])),
            "break_level": (("band", "column"), np.full((2, SHAPE[1]), 200.0)),
            "defect": (("band", "column"), defect),
        },
        {"band": bands, "column": np.arange(SHAPE[1])},
    )
    true = true_counts()
    halo = {band: scattered(image) for band, image in true.items()}
    seen = {
        "TYPE2_TYPE1": {"B7": ghosted(halo["B7"], halo["B8"]), "B8": halo["B8"]},
        "TYPE1_TYPE2": {"B7": scattered(ghosted(true["B7"], true["B8"])), "B8": halo["B8"]},
        "TYPE1": halo,
        "TYPE2": {"B7": ghosted(true["B7"], true["B8"]), "B8": true["B8"]},
    }
    out = {}
    for scenario, images in seen.items():
        counts = []
        for i, band in enumerate(bands):
            names = ("dark", "first_slope", "second_slope", "break_level", "defect")
            at = BandCoefficients(GAINS[band], *(parameters[name].values[i] for name in names))
            counts.append(radiance_to_counts(images[band] / GAINS[band], at))
        out[scenario] = (xr.DataArray(np.stack(counts), {"band": bands}, DIMS), parameters)
    return out


@pytest.mark.parametrize("scenario", ["TYPE1", "TYPE2", "TYPE1_TYPE2", "TYPE2_TYPE1"])
def test_planted_stray_light_is_taken_out(planted, scenario):
    counts, parameters = planted[scenario]
    plain = scene_radiance(counts, parameters, quality=False).radiance
    found = scene_radiance(
        counts, parameters, quality=False, stray_light=scenario, filters=FILTERS
    ).radiance
    assert found.attrs["stray_light"] == scenario
    assert found.dtype == np.float32
    for band, true in true_counts().items():
        off, before = (
            np.delete(np.abs(one.sel(band=band).values * GAINS[band] - true), DEAD, axis=1)
            for one in (found, plain)
        )
        # half a count of rounding, and a little more where the deconvolution adds it up
        assert off.max() < 0.6
        if scenario != "TYPE2" or band == "B7":
            assert before.max() > 15.0


def test_lazy_counts_give_the_same_numbers(planted):
    da = pytest.importorskip("dask.array")
    counts, parameters = planted["TYPE1_TYPE2"]
    given = {"stray_light": "TYPE1_TYPE2", "filters": FILTERS}
    plain = scene_radiance(counts, parameters, **given)
    lazy = scene_radiance(
        counts.copy(data=da.from_array(counts.values, chunks=(1, 16, 40))), parameters, **given
    )
    assert lazy.radiance.chunks
    xr.testing.assert_identical(lazy.compute(scheduler="synchronous"), plain)


@pytest.mark.parametrize("scenario", ["TYPE1_TYPE2", "TYPE2_TYPE1"])
def test_blocks_of_lines_do_not_change_the_numbers(planted, monkeypatch, scenario):
    counts, parameters = planted[scenario]
    given = {"quality": False, "stray_light": scenario, "filters": FILTERS}
    whole = scene_radiance(counts, parameters, **given).radiance
    monkeypatch.setattr(scene_straylight, "BLOCK_LINES", 7)
    monkeypatch.setattr(scene_straylight, "BLOCK_REACHES", 0)
    parts = scene_radiance(counts, parameters, **given).radiance
    np.testing.assert_allclose(parts, whole, rtol=0.0, atol=1e-4)


def test_what_cannot_be_corrected_is_refused(planted):
    counts, parameters = planted["TYPE2"]
    with pytest.raises(InputError, match="TYPE3"):
        scene_radiance(counts, parameters, stray_light="TYPE3", filters=FILTERS)
    with pytest.raises(InputError, match="STRLGT"):
        scene_radiance(counts, parameters, stray_light="TYPE1")
    with pytest.raises(InputError, match="B8, which ghosts into it"):
        scene_radiance(counts[:1], parameters, stray_light="TYPE2", filters=FILTERS)
    part = counts.assign_coords(column=np.arange(SHAPE[1]))[:, :, 5:]
    with pytest.raises(InputError, match="all columns"):
        scene_radiance(part, parameters, stray_light="TYPE1", filters=FILTERS)
