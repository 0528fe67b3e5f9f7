"""Small kernels in place of scipy's, beside scipy's own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft, ndimage, special

from venus_analysis.compute.moon.connected import connected_parts, largest_near
from venus_analysis.compute.moon.edges import gaussian_matrix
from venus_analysis.compute.moon.sky_templates import _fast_length
from venus_analysis.compute.normal import normal_integral


def test_the_normal_integral_is_that_of_scipy() -> None:
    z = np.append(np.linspace(-12.0, 12.0, 100_001), [-np.inf, np.inf, np.nan])
    np.testing.assert_allclose(normal_integral(z), special.ndtr(z), rtol=0.0, atol=1e-11)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.45, 1.0])
def test_connected_parts_are_those_of_scipy(share: float) -> None:
    mask = np.random.default_rng(7).random((61, 47)) < share
    ours = connected_parts(mask)
    theirs, number = ndimage.label(mask, np.ones((3, 3)))
    assert ours.max(initial=0) == number
    assert np.array_equal(ours > 0, mask)
    assert len(set(zip(ours[mask].tolist(), theirs[mask].tolist(), strict=True))) == number


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_gaussian_matrix_filters_as_scipy(order: int) -> None:
    values = np.random.default_rng(8).normal(size=(30, 5))
    theirs = ndimage.gaussian_filter1d(values, 1.5, axis=0, order=order, mode="nearest")
    np.testing.assert_allclose(gaussian_matrix(30, 1.5, order) @ values, theirs, atol=1e-12)


@pytest.mark.parametrize(("beyond", "mode"), [("edge", "nearest"), ("wrap", "wrap")])
def test_the_largest_nearby_is_that_of_scipy(beyond, mode) -> None:
    values = np.random.default_rng(9).normal(size=50)
    theirs = ndimage.maximum_filter1d(values, 7, mode=mode)
    assert np.array_equal(largest_near(values, 3, beyond), theirs)


def test_lengths_of_transforms_are_those_of_scipy() -> None:
    lengths = range(1, 3000)
    assert [_fast_length(n) for n in lengths] == [fft.next_fast_len(n, real=True) for n in lengths]
