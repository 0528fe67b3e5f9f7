"""Statistics from values and from histograms, against numpy on the values themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis.compute.sample_statistics import histogram_statistics, sample_statistics


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 1023), max_size=300))
def test_a_histogram_gives_what_its_values_give(counts: list[int]) -> None:
    histogram = np.bincount(np.array(counts, np.int64), minlength=1024)
    found = histogram_statistics(np.arange(1024.0), histogram)
    assert found.pixels == len(counts)
    if not counts:
        assert math.isnan(found.mean)
        return
    assert found.mean == pytest.approx(np.mean(counts))
    assert (found.minimum, found.maximum) == (min(counts), max(counts))
    if len(counts) > 1:
        assert found.standard_deviation == pytest.approx(np.std(counts, ddof=1), abs=1e-9)
    for share, value in found.percentiles.items():
        assert value == pytest.approx(np.percentile(counts, share))


def test_blocks_add_up() -> None:
    rng = np.random.default_rng(3)
    blocks = [rng.integers(0, 900, (16, 400)) for _ in range(5)]
    total = sum(np.bincount(block.ravel(), minlength=1024) for block in blocks)
    found = histogram_statistics(np.arange(1024.0), np.asarray(total))
    every = np.concatenate(blocks)
    assert found.percentiles[99] == np.percentile(every, 99)
    assert found.mean == pytest.approx(every.mean())


def test_a_sample_keeps_the_number_and_mean_of_all() -> None:
    found = sample_statistics(np.array([1.0, np.nan, 3.0]), pixels=500, mean=1.9)
    assert (found.pixels, found.mean, found.minimum) == (500, 1.9, 1.0)
    assert found.standard_deviation == pytest.approx(math.sqrt(2.0))


def test_nothing_is_nan_without_a_warning() -> None:
    found = sample_statistics(np.full(4, np.nan), pixels=7)
    assert found.pixels == 7
    assert math.isnan(found.mean)
    assert math.isnan(found.percentiles[50])
    assert math.isnan(sample_statistics(np.array([2.0])).standard_deviation)
