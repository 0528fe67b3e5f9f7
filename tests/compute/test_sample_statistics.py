"""Statistics of samples that stand for more pixels, and of no pixels at all."""

import math

import numpy as np
import pytest

from venus_analysis.compute.sample_statistics import sample_statistics


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
