"""Directional model of a site: planted weights, honest intervals, and a look of another sensor."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.site_model import fit_site_model, kernels
from venus_analysis.errors import InputError

PLANTED = np.array([[0.40, 0.55], [0.10, 0.12], [0.005, 0.01], [0.003, -0.004]])


def looks(seed, number=300):
    random = np.random.default_rng(seed)
    sun, view, azimuth = random.uniform([[20], [0], [0]], [[58], [38], [180]], (3, number))
    days = np.datetime64("2004-01-01", "us") + np.arange(number) * np.timedelta64(3, "D")
    return make_looks(days, sun, view, azimuth, np.full((number, 2), 0.4))


def test_planted_surface_comes_back_where_another_sensor_looks():
    reference, target = looks(1), looks(2, 40)
    model = fit_site_model(reference, kernels(reference) @ PLANTED)
    np.testing.assert_allclose(model.weights.T, PLANTED, atol=1e-9)
    rho, uncertainty = model.predict(target)
    np.testing.assert_allclose(rho, kernels(target) @ PLANTED, rtol=1e-9)
    assert (uncertainty < 1e-9).all()


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_stated_uncertainty_is_that_of_many_series(correlation):
    """Noise of 1.2 %, white or AR(1): errors over their sigma have a spread near 1."""
    reference, target = looks(3), looks(4, 12)
    truth, there = kernels(reference) @ PLANTED, kernels(target) @ PLANTED
    random, scores = np.random.default_rng(5), []
    for _ in range(150):
        noise = random.standard_normal(truth.shape)
        for k in range(1, len(noise)):
            noise[k] = correlation * noise[k - 1] + np.sqrt(1 - correlation**2) * noise[k]
        rho, uncertainty = fit_site_model(reference, truth * (1 + 0.012 * noise)).predict(target)
        scores.append((rho - there) / uncertainty)
    spread = np.std(scores)
    print(spread)
    assert 0.88 < spread < 1.12


@pytest.mark.parametrize("suns", [[30.0], [20.0, 30.0]], ids=["one geometry", "two"])
def test_geometries_that_cannot_tell_the_kernels_apart(suns):
    """The mean of n looks of one geometry, n as many as 12 or 6, is uncertain by s / sqrt(n)."""
    day = np.datetime64("2004-05-01", "us") + np.arange(12) * np.timedelta64(9, "D")
    same = make_looks(day, np.resize(suns, 12), 10.0, 60.0, np.full((12, 1), 0.4))
    surface = 0.4 + 0.004 * np.random.default_rng(7).standard_normal((12, 1))
    model = fit_site_model(same, surface)
    rho, uncertainty = model.predict(same)
    step = len(suns)
    np.testing.assert_allclose(rho[::step], surface[::step].mean(), rtol=1e-9)
    spread = model.scatter[0] * surface.mean() / np.sqrt(12 / step)
    np.testing.assert_allclose(uncertainty, spread, rtol=0.5)


def test_missing_reflectances_and_too_few_looks():
    reference = looks(6, 30)
    surface = kernels(reference) @ PLANTED
    surface[8:, 1] = np.nan
    surface[3, 0] = np.nan
    model = fit_site_model(reference, surface)
    assert model.number.tolist() == [29, 8]
    rho, uncertainty = model.predict(reference)
    assert np.isfinite(rho[:, 0]).all()
    assert np.isnan(rho[:, 1]).all()
    assert np.isnan(uncertainty[:, 1]).all()
    with pytest.raises(InputError, match="one row for each look"):
        fit_site_model(reference, surface[:5])
