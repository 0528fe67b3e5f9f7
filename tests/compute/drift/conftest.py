"""Noise with a planted correlation."""

from __future__ import annotations

import numpy as np
import pytest


def _noise(series, looks, correlation, seed):
    random = np.random.default_rng(seed)
    noise = random.standard_normal((series, looks))
    noise[:, 1:] *= np.sqrt(1.0 - correlation**2)
    for i in range(1, looks):
        noise[:, i] += correlation * noise[:, i - 1]
    return noise


@pytest.fixture(scope="session")
def ar1_noise():
    """Stationary AR(1) noise of variance 1, (series, look)."""
    return _noise
