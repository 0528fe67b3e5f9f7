"""The fit to all pixels of the limb, part by part."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from venus_analysis.compute.moon.ellipse import NAMES, Outline
from venus_analysis.compute.moon.limb_fit import fit_limb
from venus_analysis.compute.moon.limb_light import blurred_powers, limb_light
from venus_analysis.compute.moon.limb_model import LimbState, limb_band, limb_columns
from venus_analysis.simulate.disk import DiskSettings, simulate_disk


@pytest.mark.parametrize("z", [-6.0, -1.3, 0.0, 0.8])
def test_blurred_powers_are_the_convolution(z):
    power, slope = blurred_powers(np.array([z]), 5)

    def convolved(p, at):
        def integrand(q):  # t = q**2 takes the singular slope out
            return 2.0 * q ** (p + 1) * np.exp(-0.5 * (at + q * q) ** 2) / np.sqrt(2.0 * np.pi)

        return integrate.quad(integrand, 0.0, 5.0, epsabs=1e-12)[0]

    for p in range(6):
        assert power[p][0] == pytest.approx(convolved(p, z), rel=1e-4)
        numeric = (convolved(p, z + 1e-4) - convolved(p, z - 1e-4)) / 2e-4
        assert slope[p][0] == pytest.approx(numeric, rel=1e-3)


def test_limb_light_is_the_law_over_the_whole_window():
    angle, phase, widest = np.array([0.0, 50.0, -70.0]), 60.0, np.array([0.1, 0.2, 0.3])
    q = np.linspace(0.3, 1.0, 8)
    lommel, lambert = limb_light(angle, phase, widest) @ (q[:, None] ** np.arange(6)).T
    emission = q * widest[:, None]
    sunward = np.sin(np.deg2rad(phase)) * np.cos(np.deg2rad(angle))[:, None]
    sunward = sunward * np.sqrt(1.0 - emission**2) + 0.5 * emission
    assert lambert == pytest.approx(sunward, rel=1e-4)
    assert lommel == pytest.approx(sunward / (sunward + emission), rel=5e-3)


@pytest.mark.parametrize("axis", ["line", "column"])
@pytest.mark.parametrize("name", NAMES)
def test_moves_are_the_derivatives_of_the_distance(axis, name):
    numbers = {
        "centre_line": 50.0,
        "centre_column": 48.0,
        "across_px": 30.0,
        "oversampling": 1.4,
        "shear": 0.2,
    }
    outline = Outline(**numbers, scan_axis=axis)
    line, column = outline.boundary(np.arange(0.0, 360.0, 10.0))
    step = 1e-5
    plus = Outline(**(numbers | {name: numbers[name] + step}), scan_axis=axis)
    minus = Outline(**(numbers | {name: numbers[name] - step}), scan_axis=axis)
    numeric = (plus.distance(line, column) - minus.distance(line, column)) / (2.0 * step)
    assert outline.moves(line, column, [name])[4][:, 0] == pytest.approx(numeric, abs=1e-5)


def test_columns_are_the_derivatives_of_the_model():
    outline = Outline(45.3, 44.1, 30.0, oversampling=1.2)
    band = limb_band(np.random.default_rng(0).random((110, 90)), outline, 20.0, 80.0, 0.9)
    free = list(NAMES[:4])
    sectors = band.value.shape[0]
    rng = np.random.default_rng(1)
    state = LimbState(outline, np.log([0.9, 1.1]), 0.8, np.zeros(sectors))
    design, _ = limb_columns(band, state, free)
    linear = np.zeros(design.shape[2])
    own, common = rng.random((sectors, 10)), rng.random(linear.size - 10)
    common[: len(free) + 3] = 0.0
    own[:, 0] = 0.0

    def model(changed):
        columns, _ = limb_columns(band, changed, free)
        return np.einsum("kmj,kj->km", columns[..., :10], own) + columns[..., 10:] @ common

    state.light = own, common
    design, _ = limb_columns(band, state, free)
    for index in (0, 1):
        blur = state.log_blur.copy()
        blur[index] += 1e-5
        moved = LimbState(outline, blur, state.phase_rad, state.shift_px)
        still = LimbState(outline, state.log_blur, state.phase_rad, state.shift_px)
        numeric = (model(moved) - model(still)) / 1e-5
        column = design[..., 10 + len(free) + index]
        # wings, the sky's slope and the curvature are left out of the derivative
        assert np.corrcoef(numeric.ravel(), column.ravel())[0, 1] > 0.99
    shifted = LimbState(outline, state.log_blur, state.phase_rad, np.full(sectors, 1e-5))
    numeric = (model(shifted) - model(still)) / 1e-5
    assert np.corrcoef(numeric.ravel(), design[..., 0].ravel())[0, 1] > 0.99


@pytest.mark.parametrize("scattering", ["lommel-seeliger", "lambert"])
@pytest.mark.parametrize("blur", [0.5, 1.2])
def test_neither_law_nor_blur_moves_the_centre(scattering, blur):
    scene = simulate_disk(
        DiskSettings(
            diameter_px=160.0,
            phase_angle_deg=50.0,
            sun_direction_deg=130.0,
            stretch=1.3,
            psf_sigma_px=blur,
            scattering=scattering,
            texture=False,
            peak_snr=200.0,
        )
    )
    truth = float(scene.centre_line), float(scene.centre_column)
    start = Outline(truth[0] + 0.3, truth[1] - 0.3, 80.0, oversampling=1.3)
    total = float(np.hypot(blur, 12**-0.5))
    fit = fit_limb(
        scene.radiance.to_numpy(),
        start,
        130.0,
        blur_px=(total, total),
        phase_angle_deg=53.0,
        fixed=("across_px", "shear"),
    )
    assert fit.converged
    assert fit.outline.centre_line == pytest.approx(truth[0], abs=0.1)
    assert fit.outline.centre_column == pytest.approx(truth[1], abs=0.1)
    assert fit.standard_error[2] == fit.standard_error[4] == 0.0


def test_a_band_without_pixels_leaves_the_outline_and_says_so():
    outline = Outline(20.0, 20.0, 15.0)
    fit = fit_limb(
        np.full((40, 40), np.nan), outline, 0.0, blur_px=(1.0, 1.0), phase_angle_deg=40.0
    )
    assert not fit.converged
    assert fit.outline == outline
