"""The small non-negative solver, beside scipy's and its own conditions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from venus_analysis.compute.nonnegative import nonnegative_minimum


@given(seed=st.integers(0, 2**31), number=st.integers(0, 7), lean=st.floats(-1.0, 1.0))
@settings(max_examples=200, deadline=None)
def test_it_is_the_non_negative_least_squares_of_scipy(seed, number, lean):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(number + 5, number)) + lean
    value = rng.normal(size=number + 5)
    found = nonnegative_minimum(design.T @ design, design.T @ value)
    expected = nnls(design, value)[0] if number else np.zeros(0)
    np.testing.assert_allclose(found, expected, atol=1e-8 * (1.0 + np.abs(expected).max(initial=0)))


def test_nearly_alike_columns_keep_the_conditions_of_the_least():
    rng = np.random.default_rng(3)
    base = rng.normal(size=(40, 1)) + 1e-4 * rng.normal(size=(40, 5))
    matrix, right = base.T @ base, base.T @ (base @ np.array([1.0, 0.0, 2.0, 0.0, 0.5]))
    x = nonnegative_minimum(matrix, right)
    slope = right - matrix @ x
    assert (x >= 0.0).all()
    assert (slope <= 1e-9).all()
    assert abs(x @ slope) < 1e-9


def test_nan_ends_in_an_error():
    with pytest.raises(np.linalg.LinAlgError):
        nonnegative_minimum(np.eye(2), np.array([np.nan, 1.0]))
