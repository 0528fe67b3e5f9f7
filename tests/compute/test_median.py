"""Our median is numpy's, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.median import median


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_that_of_numpy(size, dtype):
    values = np.random.default_rng(size).normal(size=(3, size, 4)).astype(dtype)
    values[0, 0, 1] = np.nan
    for axis in (None, 0, 1, -1):
        expected = np.median(values, axis=axis)
        found = median(values, axis)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype
    assert median(values[1]) == np.median(values[1])


def test_nothing_has_no_median():
    assert np.isnan(median(np.empty(0)))
