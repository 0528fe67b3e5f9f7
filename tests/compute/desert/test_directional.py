"""Kernels against their published properties, and a planted site."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.desert.directional import (
    air_mass,
    directional_regressors,
    fit_directional,
    li_sparse_kernel,
    ross_thick_kernel,
)


def test_kernels_vanish_for_sun_and_view_at_zenith_and_are_reciprocal():
    random = np.random.default_rng(1)
    sun, view, azimuth = random.uniform(0, 70, 50), random.uniform(0, 70, 50), np.linspace(0, 180)
    for kernel in (ross_thick_kernel, li_sparse_kernel):
        assert kernel(0.0, 0.0, 77.0) == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(
            kernel(sun, view, azimuth), kernel(view, sun, azimuth), atol=1e-12
        )
        np.testing.assert_allclose(
            kernel(sun, view, azimuth), kernel(sun, view, 360.0 - azimuth), atol=1e-9
        )


def test_hot_spot_has_a_closed_form():
    """Sun behind the sensor at one zenith t: no phase angle, no shadow seen."""
    zenith = np.array([10.0, 30.0, 55.0])
    secant = 1.0 / np.cos(np.deg2rad(zenith))
    np.testing.assert_allclose(
        ross_thick_kernel(zenith, zenith, 0.0), np.pi / 4 * (secant - 1.0), atol=1e-7
    )
    np.testing.assert_allclose(
        li_sparse_kernel(zenith, zenith, 0.0), secant * (secant - 1.0), atol=1e-6
    )
    assert (li_sparse_kernel(zenith, zenith, 0.0) > li_sparse_kernel(zenith, zenith, 180.0)).all()


def test_angles_out_of_range_are_no_number():
    assert np.isnan(ross_thick_kernel(90.0, 0.0, 0.0))
    assert np.isnan(li_sparse_kernel(30.0, -1.0, 0.0))
    assert np.isnan(air_mass(np.nan, 0.0))


def test_planted_site_comes_back_with_outliers_and_gaps():
    random = np.random.default_rng(2)
    days = np.sort(random.uniform(0.0, 3000.0, 500))
    time = np.datetime64("2002-05-01T00:00:00") + (days * 86400).astype("timedelta64[s]")
    angles = {
        "solar_zenith_deg": 40.0 - 18.0 * np.cos(2 * np.pi * days / 365.25),
        "viewing_zenith_deg": random.uniform(2.0, 35.0, 500),
        "relative_azimuth_deg": random.uniform(0.0, 180.0, 500),
    }
    terms = directional_regressors(**angles)
    rho = 0.3 + 0.02 * terms["volume_kernel"] + 0.03 * terms["surface_kernel"]
    rho = rho + 0.004 * terms["air_mass"] - 0.0006 * (days - days.mean()) / 365.25
    rho[::50] += 0.1
    rho[7] = np.nan
    fit = fit_directional(time, [rho, rho], angles)
    np.testing.assert_allclose(fit["slope"], -0.0006, atol=1e-6)
    np.testing.assert_allclose(fit["volume_kernel"], 0.02, atol=1e-4)
    np.testing.assert_allclose(fit["surface_kernel"], 0.03, atol=1e-4)
    np.testing.assert_allclose(fit["air_mass"], 0.004, atol=1e-4)
