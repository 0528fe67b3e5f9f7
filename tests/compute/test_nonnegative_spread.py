"""The spread of non-negative unknowns against sums over a fine grid."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.nonnegative import nonnegative_minimum
from venus_analysis.compute.nonnegative_spread import nonnegative_spread


@pytest.mark.parametrize(
    ("middle", "most"),
    [((0.3, 0.2), 1.5), ((0.3, -0.5), 1.0), ((-1.0, -2.0), 0.2), ((2.0, 1.0), 4.0)],
    ids=["both", "one", "none", "far"],
)
def test_spread_of_two_unknowns_that_replace_each_other(middle, most):
    matrix = np.linalg.inv([[0.10, -0.08], [-0.08, 0.09]])
    right = matrix @ np.array(middle)
    best = nonnegative_minimum(matrix, right)
    at = np.linspace(0.0, most, 401)
    x = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 2)
    power = x @ right - 0.5 * np.einsum("ni,ij,nj->n", x, matrix, x)
    density = np.exp(power - power.max())
    away = x - best
    expected = (away * density[:, None]).T @ away / density.sum()
    found = nonnegative_spread(matrix, right, best)
    np.testing.assert_allclose(found, expected, rtol=0.12, atol=0.03 * expected.max())
