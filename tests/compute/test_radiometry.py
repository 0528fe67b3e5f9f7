"""Counts to radiance and back: planted counts, an independent formula, any chunking."""

from __future__ import annotations

import dataclasses
import tracemalloc
from typing import Any

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis.compute.coefficients import BandCoefficients, RadiometryOptions
from venus_analysis.compute.columns import find_gaps
from venus_analysis.compute.noise import NoiseModel
from venus_analysis.compute.pixel_flags import pixel_flags
from venus_analysis.compute.pixel_noise import pixel_noise_variance
from venus_analysis.compute.radiometry import counts_to_radiance, radiance_to_counts
from venus_analysis.compute.scene_radiance import DIMS, scene_radiance
from venus_analysis.errors import InputError
from venus_analysis.flags import PIXEL_SENTENCES, PixelFlag, decode, describe

BREAKS = ("equalised", "dark-subtracted")
EVERY_COUNT = np.arange(1024, dtype=np.uint16)[:, None]


def coefficients(columns: int, seed: int = 0, **given: Any) -> BandCoefficients:
    random = np.random.default_rng(seed)
    values: dict[str, Any] = {
        "absolute_gain": random.uniform(0.2, 2.3),
        "dark": random.uniform(0.0, 80.0, columns),
        "first_slope": random.uniform(0.8, 1.2, columns),
        "second_slope": random.uniform(0.8, 1.2, columns),
        "break_level": random.uniform(100.0, 700.0, columns),
    }
    return BandCoefficients(**(values | given))


def plain_formula(counts: np.ndarray, c: BandCoefficients, break_on: str) -> np.ndarray:
    """The two-slope response in double precision, written as the text has it."""
    y = counts - c.dark
    if break_on == "equalised":
        above = c.break_level + (y - c.first_slope * c.break_level) / c.second_slope
        z = np.where(y <= c.first_slope * c.break_level, y / c.first_slope, above)
    else:
        above = c.break_level / c.first_slope + (y - c.break_level) / c.second_slope
        z = np.where(y <= c.break_level, y / c.first_slope, above)
    return z / c.absolute_gain


@pytest.mark.parametrize("break_on", BREAKS)
@pytest.mark.parametrize("seed", range(5))
def test_radiance_is_the_formula_to_single_precision(break_on: str, seed: int) -> None:
    band = coefficients(300, seed)
    counts = np.broadcast_to(EVERY_COUNT, (1024, 300))
    radiance = counts_to_radiance(counts, band, RadiometryOptions(break_on=break_on))
    truth = plain_formula(counts, band, break_on)
    count = 1.0 / (band.absolute_gain * 0.8)
    assert radiance.dtype == np.float32
    np.testing.assert_allclose(radiance, truth, rtol=1e-6, atol=2e-5 * count)


@pytest.mark.parametrize("break_on", BREAKS)
@pytest.mark.parametrize("seed", range(5))
def test_every_count_comes_back(break_on: str, seed: int) -> None:
    band, options = coefficients(300, seed), RadiometryOptions(break_on=break_on)
    counts = np.ascontiguousarray(np.broadcast_to(EVERY_COUNT, (1024, 300)))
    back = radiance_to_counts(counts_to_radiance(counts, band, options), band, options)
    np.testing.assert_array_equal(back, counts)


@pytest.mark.parametrize("break_on", BREAKS)
def test_radiance_comes_back_within_half_a_count(break_on: str) -> None:
    band, options = coefficients(200, 3), RadiometryOptions(break_on=break_on)
    planted = np.random.default_rng(1).uniform(0.0, 600.0, (100, 200)) / band.absolute_gain
    back = counts_to_radiance(radiance_to_counts(planted, band, options), band, options)
    half = 0.5 / np.minimum(band.first_slope, band.second_slope) / band.absolute_gain
    assert (np.abs(back - planted) <= half * (1 + 1e-5)).all()


@pytest.mark.parametrize("break_on", BREAKS)
def test_the_response_is_continuous_at_the_break(break_on: str) -> None:
    options = RadiometryOptions(break_on=break_on)
    for knee in (300.0 - 1e-9, 300.0 + 1e-9):
        a1 = 0.9 if break_on == "equalised" else 1.0
        band = BandCoefficients(1.0, [0.0], [0.9], [1.1], [knee / a1])
        found = counts_to_radiance(np.array([[300]], np.uint16), band, options)
        assert found[0, 0] == pytest.approx(300.0 / 0.9, rel=1e-6)


def test_noise_of_the_simulator_has_the_variance_of_the_model() -> None:
    band = coefficients(400, 2)
    model = NoiseModel(1.1, 0.02)
    radiance = np.full((2000, 400), 200.0 / band.absolute_gain)
    counts = radiance_to_counts(radiance, band, noise=model, seed=5)
    again = radiance_to_counts(radiance, band, noise=model, seed=np.random.default_rng(5))
    np.testing.assert_array_equal(counts, again)
    planted = model.variance(radiance_to_counts(radiance, band), band.dark)[0]
    measured = counts.var(axis=0, ddof=1)
    assert np.mean(measured / planted) == pytest.approx(1.0, abs=0.005)
    stated = pixel_noise_variance(counts, band, model, unit="counts").mean(axis=0)
    np.testing.assert_allclose(stated, planted, rtol=0.01)


@pytest.mark.parametrize("signal", ["dark-subtracted", "raw"])
def test_noise_of_the_radiance_is_the_scatter_of_the_radiance(signal: Any) -> None:
    """Both sides of the break, from the simulator's noise alone."""
    band = coefficients(200, 4, break_level=np.full(200, 250.0))
    model = NoiseModel(1.0, 0.01, signal)
    for level in (80.0, 450.0):
        radiance = np.full((4000, 200), level / band.absolute_gain)
        counts = radiance_to_counts(radiance, band, noise=model, seed=1)
        scatter = counts_to_radiance(counts, band).var(axis=0, ddof=1)
        stated = pixel_noise_variance(counts, band, model).mean(axis=0)
        assert np.mean(scatter / stated) == pytest.approx(1.0, abs=0.01)


def test_simulated_counts_are_clipped_and_defective_columns_read_zero() -> None:
    band = coefficients(3, first_slope=np.ones(3), second_slope=np.ones(3), defect=[0, 0, 1])
    counts = radiance_to_counts(np.full((1, 3), 1e5), band)
    np.testing.assert_array_equal(counts, [[1023, 1023, 0]])
    np.testing.assert_array_equal(radiance_to_counts(np.full((1, 3), -1e5), band), [[0, 0, 0]])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=30), st.integers(0, 5), st.booleans())
def test_gaps_up_to_the_width_are_linear_and_others_masked(
    defect: list[bool], widest: int, masks: bool
) -> None:
    if all(defect):
        return
    columns = len(defect)
    one = np.ones(columns)
    band = BandCoefficients(1.0, 0 * one, one, one, 9e3 * one, defect=defect)
    options = RadiometryOptions(defective="mask" if masks else "interpolate", widest_gap=widest)
    ramp = 10 * np.arange(columns, dtype=np.uint16)[None, :] + 5
    found = counts_to_radiance(ramp, band, options)[0]
    bits = pixel_flags(ramp, band, options)[0]
    edges = np.flatnonzero(~np.array(defect))
    for column in range(columns):
        left, right = edges[edges <= column], edges[edges >= column]
        if not defect[column]:
            fine, name = True, []
        else:
            inner = len(left) > 0 and len(right) > 0
            fine = inner and right[0] - left[-1] - 1 <= widest and not masks
            name = ["DEFECTIVE_INTERPOLATED" if fine else "DEFECTIVE_MASKED"]
        assert decode(bits[column], PixelFlag) == name
        assert (
            found[column] == pytest.approx(ramp[0, column], rel=1e-6)
            if fine
            else np.isnan(found[column])
        )


def test_variance_of_an_interpolated_pixel_is_that_of_the_weighted_mean() -> None:
    one = np.ones(4)
    band = BandCoefficients(1.0, 0 * one, one, one, 9e3 * one, defect=[0, 1, 1, 0])
    counts = np.array([[100, 0, 0, 400]], np.uint16)
    found = pixel_noise_variance(counts, band, NoiseModel(0.0, 1.0))[0]
    ends = np.array([100.0, 400.0]) + 1 / 12
    expected = [ends[0], ends @ [4 / 9, 1 / 9], ends @ [1 / 9, 4 / 9], ends[1]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    in_counts = pixel_noise_variance(counts, band, NoiseModel(0.0, 1.0), unit="counts")[0]
    assert np.isnan(in_counts).tolist() == [False, True, True, False]


def test_flags_of_counts_and_of_what_is_interpolated_from_them() -> None:
    dark = np.array([0.0, 0.0, 0.0, np.nan, 0.0, 0.0, 0.0])
    one = np.ones(7)
    band = BandCoefficients(1.0, dark, one, one, 9e3 * one, defect=[0, 1, 0, 0, 1, 0, 1])
    counts = np.array([[1000, 0, 1023, 7, 9, 1024, 9], [0, 1023, 7, 7, 7, 7, 0]], np.uint16)
    options = RadiometryOptions(saturation_counts=1000)
    bits = pixel_flags(counts, band, options)
    radiance = counts_to_radiance(counts, band, options)
    P = PixelFlag
    filled = P.DEFECTIVE_INTERPOLATED
    expected = [
        [
            P.SATURATED,
            filled | P.SATURATED,
            P.SATURATED,
            P.NO_COEFFICIENTS,
            filled | P.NO_COEFFICIENTS | P.SATURATED | P.INVALID_COUNT,
            P.SATURATED | P.INVALID_COUNT,
            P.DEFECTIVE_MASKED,
        ],
        [
            P.ZERO_COUNT,
            filled | P.ZERO_COUNT,
            0,
            P.NO_COEFFICIENTS,
            filled | P.NO_COEFFICIENTS,
            0,
            P.DEFECTIVE_MASKED,
        ],
    ]
    np.testing.assert_array_equal(bits, np.array(expected, np.uint8))
    # NaN in the radiance is always explained by a flag, and the other way round
    nan_bits = P.INVALID_COUNT | P.NO_COEFFICIENTS | P.DEFECTIVE_MASKED
    np.testing.assert_array_equal(np.isnan(radiance), (bits & int(nan_bits)) > 0)


def test_every_pixel_flag_fits_a_byte_and_has_a_sentence() -> None:
    assert set(PIXEL_SENTENCES) == set(PixelFlag)
    assert max(PixelFlag) < 256
    assert describe(4, PixelFlag) == [PIXEL_SENTENCES[PixelFlag.SATURATED]]
    assert decode(512, PixelFlag) == ["UNKNOWN_BIT_9"]


def test_what_stands_in_defective_columns_does_not_matter() -> None:
    nonsense = dict.fromkeys(("dark", "first_slope", "second_slope"), np.array([1.0, 0.0, 1.0]))
    nonsense["break_level"] = np.array([100.0, np.inf, 100.0])
    band = BandCoefficients(1.0, **nonsense, defect=[0, 2, 0])
    radiance = counts_to_radiance(np.array([[11, 0, 31]], np.uint16), band)
    np.testing.assert_allclose(radiance, [[10.0, 20.0, 30.0]])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-2, 0.3]),
    st.integers(1, 1024),
    st.booleans(),
)
def test_a_pixel_does_not_depend_on_the_others(
    seed: int, bend: float, lines: int, whole: bool
) -> None:
    """Bit for bit, however little the slopes differ and wherever the break is."""
    random = np.random.default_rng(seed)
    first = random.uniform(0.5, 2.0, 40)
    second = first * (1.0 + bend * random.choice([-1.0, 1.0], 40))
    dark = random.integers(0, 80, 40) if whole else random.uniform(0.0, 80.0, 40)
    level = random.integers(1, 900, 40) if whole else random.uniform(-50.0, 1100.0, 40)
    band = BandCoefficients(random.uniform(0.2, 2.3), dark, first, second, level)
    options = RadiometryOptions(break_on="dark-subtracted")
    counts = np.repeat(EVERY_COUNT, 40, axis=1)
    together = counts_to_radiance(random.permuted(counts, axis=0), band, options)
    cuts = [counts_to_radiance(counts[i : i + lines], band, options) for i in range(0, 1024, lines)]
    apart = np.concatenate(cuts)
    alone = counts_to_radiance(counts, band, options)
    np.testing.assert_array_equal(apart, alone)
    np.testing.assert_array_equal(np.sort(together, axis=0), np.sort(alone, axis=0))
    count = 1.0 / (band.absolute_gain * 0.5)
    truth = plain_formula(counts, band, "dark-subtracted")
    np.testing.assert_allclose(alone, truth, rtol=1e-6, atol=3e-5 * count)


# the whole scene


def scene(seed: int = 0, lines: int = 70, columns: int = 23) -> tuple[xr.DataArray, xr.Dataset]:
    random = np.random.default_rng(seed)
    bands, shape, dims = ["B7", "B1", "B12"], (4, columns), ("band", "column")
    defect = np.zeros(shape, np.uint8)
    defect[:, [4, 5, 11]], defect[1, 14:20], defect[2, [0, columns - 1]] = 2, 1, 4
    dark = random.uniform(0.0, 60.0, shape)
    dark[0, 8] = np.nan
    parameters = xr.Dataset(
        {
            "dark": (dims, dark),
            "first_slope": (dims, random.uniform(0.9, 1.1, shape)),
            "second_slope": (dims, random.uniform(0.9, 1.1, shape)),
            "break_level": (dims, random.uniform(100.0, 700.0, shape)),
            "defect": (dims, defect),
            "absolute_gain": ("band", random.uniform(0.2, 2.0, 4)),
            "noise_a": ("band", [1.0, 1.1, 0.9, 1.3]),
            "noise_b": ("band", [0.02, 0.0, -0.001, 0.03]),
        },
        {"band": ["B1", "B3", "B7", "B12"]},
    )
    counts = random.integers(0, 1026, (3, lines, columns)).astype(np.uint16)
    counts[0, :32, :] //= 16  # a whole block of lines below every break
    return xr.DataArray(counts, {"band": bands, "line": np.arange(lines)}, DIMS), parameters


def chunks_of(length: int) -> st.SearchStrategy[tuple[int, ...]]:
    cuts = st.sets(st.integers(1, length - 1), max_size=6)
    return cuts.map(lambda c: tuple(int(n) for n in np.diff([0, *sorted(c), length])))


@settings(max_examples=25, deadline=None)
@given(chunks_of(3), chunks_of(70), chunks_of(23), st.sampled_from([0, 1, 3, 8]))
def test_dask_is_numpy_for_any_chunking(
    bands: tuple[int, ...], lines: tuple[int, ...], columns: tuple[int, ...], widest: int
) -> None:
    counts, parameters = scene()
    options = RadiometryOptions(widest_gap=widest)
    plain = scene_radiance(counts, parameters, options, noise_signal="dark-subtracted")
    lazy_counts = counts.copy(data=da.from_array(counts.values, chunks=(bands, lines, columns)))
    lazy = scene_radiance(lazy_counts, parameters, options, noise_signal="dark-subtracted")
    assert all(lazy[name].chunks for name in ("radiance", "quality", "noise_variance"))
    xr.testing.assert_identical(lazy.compute(scheduler="synchronous"), plain)
    assert [str(lazy[name].dtype) for name in lazy] == ["float32", "uint8", "float32"]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(threads: int) -> None:
    counts, parameters = scene(lines=130)
    one = scene_radiance(counts, parameters, noise_signal="raw", threads=1)
    many = scene_radiance(counts, parameters, noise_signal="raw", threads=threads)
    xr.testing.assert_identical(one, many)


def test_bands_and_columns_are_matched_by_name() -> None:
    counts, parameters = scene()
    parameters = parameters.assign_coords(column=np.arange(23))
    whole = scene_radiance(counts.assign_coords(column=np.arange(23)), parameters)
    cut = counts.assign_coords(column=np.arange(23)).isel(column=slice(7, 14), band=[2])
    part = scene_radiance(cut.transpose("column", "line", "band"), parameters)
    # gaps at the cut's edge have lost a neighbour; none lies there
    xr.testing.assert_identical(part, whole.isel(column=slice(7, 14), band=[2]))
    own = parameters.sel(band="B1")
    rows = (own[n].values for n in ("dark", "first_slope", "second_slope", "break_level", "defect"))
    coefficients = BandCoefficients(float(own["absolute_gain"]), *rows)
    truth = plain_formula(counts.sel(band="B1").values, coefficients, "equalised")
    truth[counts.sel(band="B1").values > 1023] = np.nan
    np.testing.assert_allclose(whole.radiance.sel(band="B1")[:, :3], truth[:, :3], rtol=1e-4)


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    counts, parameters = scene()

    def explode(block: np.ndarray) -> np.ndarray:
        raise AssertionError("computed")

    lazy = da.from_array(counts.values, chunks=(1, 35, 23)).map_blocks(explode, dtype=np.uint16)
    scene_radiance(counts.copy(data=lazy), parameters)


def test_memory_beyond_the_result_is_less_than_a_band() -> None:
    counts, parameters = scene(lines=600, columns=1000)
    scene_radiance(counts, parameters)
    tracemalloc.start()
    result = scene_radiance(counts, parameters, quality=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - result.radiance.nbytes < result.radiance[0].nbytes


# bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"absolute_gain": -1.0}, "absolute_gain: expected numbers above 0"),
        ({"absolute_gain": 0.0}, "absolute_gain"),
        ({"absolute_gain": np.inf}, "absolute_gain"),
        ({"first_slope": [1.0, 0.0]}, "first_slope"),
        ({"second_slope": [1.0, -0.5]}, "second_slope"),
        ({"dark": [np.inf, 0.0]}, "dark: expected finite numbers or NaN"),
        ({"dark": [1.0]}, "arrays of one shape"),
        ({"defect": [1, 1]}, "at least one good column"),
        ({"defect": [1, 1, 0]}, "arrays of one shape"),
    ],
)
def test_bad_coefficients_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(coefficients(2), **change)


def test_empty_coefficients_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1 column"):
        coefficients(0)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.zeros((2, 2)), "unsigned integers"),
        (np.zeros((2, 2), np.int32), "unsigned integers"),
        (np.zeros((2, 3), np.uint16), r"shape \(line, 2\)"),
        (np.zeros((0, 2), np.uint16), "at least 1 line"),
        (np.zeros(2, np.uint16), r"shape \(line, 2\)"),
    ],
)
def test_bad_counts_are_refused(counts: np.ndarray, message: str) -> None:
    band = coefficients(2)
    for call in (
        counts_to_radiance,
        pixel_flags,
        lambda c, b: pixel_noise_variance(c, b, NoiseModel(1.0, 0.0)),
    ):
        with pytest.raises(InputError, match=message):
            call(counts, band)


def test_other_bad_arguments_are_refused() -> None:
    band, counts = coefficients(2), np.zeros((1, 2), np.uint16)
    with pytest.raises(InputError, match="out: expected float32"):
        counts_to_radiance(counts, band, out=np.zeros((1, 2)))
    with pytest.raises(InputError, match="NaN"):
        radiance_to_counts(np.full((1, 2), np.nan), band)
    with pytest.raises(InputError, match="seed"):
        radiance_to_counts(np.ones((1, 2)), band, noise=NoiseModel(1.0, 0.0))
    with pytest.raises(InputError, match="unit"):
        pixel_noise_variance(counts, band, NoiseModel(1.0, 0.0), unit="kelvin")
    with pytest.raises(InputError, match="signal"):
        NoiseModel(1.0, 0.0, "loud")
    with pytest.raises(InputError, match="finite"):
        NoiseModel(np.inf, 0.0)
    bad: list[dict[str, Any]] = [
        {"break_on": "Y"},
        {"defective": "keep"},
        {"widest_gap": -1},
        {"saturation_counts": 4095},
    ]
    for wrong in bad:
        with pytest.raises(InputError, match=next(iter(wrong))):
            RadiometryOptions(**wrong)


def test_bad_scenes_are_refused() -> None:
    counts, parameters = scene()
    cases: list[tuple[xr.DataArray, xr.Dataset, str]] = [
        (counts.astype(float), parameters, "unsigned"),
        (counts.drop_vars("band"), parameters, "coordinate band"),
        (counts.isel(band=0), parameters, "dimensions"),
        (counts.isel(line=slice(0)), parameters, "at least 1 pixel"),
        (counts.isel(column=slice(9)), parameters, "23 columns"),
        (counts, parameters.drop_sel(band="B7"), "none for B7"),
        (counts, parameters.drop_vars("defect"), "no defect"),
        (counts, parameters.isel(band=0), "band and column"),
        (counts, parameters.assign(absolute_gain=-parameters.absolute_gain), "of B7"),
    ]
    for given_counts, given_parameters, message in cases:
        with pytest.raises(InputError, match=message):
            scene_radiance(given_counts, given_parameters)
    with pytest.raises(InputError, match="noise_b"):
        scene_radiance(counts, parameters.drop_vars("noise_b"), noise_signal="raw")


def test_gaps_of_good_columns_only_are_none() -> None:
    gaps = find_gaps(np.zeros(5, bool))
    assert gaps.column.size == gaps.masked.size == 0
