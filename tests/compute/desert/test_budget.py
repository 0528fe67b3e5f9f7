"""Terms of the budget on SIMULATED looks where each has a known size."""

from __future__ import annotations

import dataclasses

import numpy as np

from venus_analysis.compute.desert.budget import Budget, desert_budget, geometry_effect
from venus_analysis.compute.desert.directional import li_sparse_kernel, ross_thick_kernel
from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.matchup import Tolerances, find_pairs
from venus_analysis.compute.desert.ratio import Air, Sensor
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
from venus_analysis.instrument import SpectralResponse


def sensor(name):
    bands, coefficients = built_in_coefficients(name)
    boxes = [SpectralResponse(b, [float(b) - 5, float(b) + 5], [1.0, 1.0]) for b in bands]
    return Sensor(bands, boxes, coefficients)


def angles(seed, number=150):
    random = np.random.default_rng(seed)
    return random.uniform([[20], [0], [0]], [[55], [40], [180]], (3, number))


def looks(seed, bands, rho=0.4, shift=0.0):
    sun, view, azimuth = angles(seed)
    days = np.datetime64("2018-01-01", "us") + np.arange(len(sun)) * np.timedelta64(3, "D")
    values = np.broadcast_to(np.reshape(rho, (-1, 1)), (len(sun), bands))
    return make_looks(days, sun + shift, view, azimuth, values)


def test_geometry_effect_is_that_of_a_planted_ross_li_surface():
    def surface(sun, view, azimuth):
        volume, shadow = (f(sun, view, azimuth) for f in (ross_thick_kernel, li_sparse_kernel))
        return 0.4 + 0.05 * volume + 0.03 * shadow

    target, reference = looks(1, 1), looks(2, 1)
    pairs = find_pairs(target, reference, Tolerances(10, 10, 20))
    found = geometry_effect(target, reference, surface(*angles(2))[:, None], pairs)
    here, there = surface(*angles(1)), surface(*angles(2))
    expected = here[pairs.target] / there[pairs.reference] - 1.0
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-9)
    assert np.abs(expected).max() > 0.01


def test_one_sensor_against_itself_in_one_geometry_hangs_on_nothing_but_its_noise():
    meris = sensor("meris")
    own = looks(3, 13)
    pairs = find_pairs(own, own, Tolerances(1e-6, 1e-6, 1e-6))
    assert len(pairs) == len(own)
    budget = desert_budget(own, meris, own, meris, pairs)
    assert set(budget.terms) == {
        "aerosol",
        "water_vapour",
        "ozone",
        "spectral",
        "directional",
        "site",
        "smac",
    }
    for name, term in budget.terms.items():
        assert term.max() < (0.002 if name == "spectral" else 1e-3), name


def test_ozone_term_is_that_of_the_difference_in_path():
    """With the Sun 4 degrees lower the path is longer; path light adds up to a third."""
    meris = sensor("meris")
    target, reference = looks(4, 13, shift=4.0), looks(4, 13)
    pairs = find_pairs(target, reference, Tolerances(4.001, 1e-6, 1e-6))
    term = desert_budget(target, meris, reference, meris, pairs).terms["ozone"]
    ozone = float(meris.coefficients.a_o3[4])
    sun = angles(4)[0]
    longer = 1 / np.cos(np.deg2rad(sun + 4.0)) - 1 / np.cos(np.deg2rad(sun))
    plain = abs(ozone) * 0.015 * np.median(longer)
    assert plain < term[4] < 1.35 * plain


def test_a_site_may_have_changed_between_two_sensors_of_different_years():
    """0.15 % in a year as a random walk: 0.45 % in nine."""
    meris = sensor("meris")
    own = looks(3, 13)
    later = dataclasses.replace(own, time=own.time + np.timedelta64(round(9 * 365.25), "D"))
    pairs = find_pairs(later, own, Tolerances(1e-6, 1e-6, 1e-6))
    term = desert_budget(later, meris, own, meris, pairs).terms["site"]
    np.testing.assert_allclose(term, 0.0045, rtol=1e-3)


def test_terms_add_in_squares_and_a_dead_band_is_nan():
    shifted = dataclasses.replace(sensor("meris"), smac_offset=np.full(13, 0.003))
    other = dataclasses.replace(shifted, smac_offset=0.004)
    own = looks(3, 13)
    pairs = find_pairs(own, own)
    term = desert_budget(own, shifted, own, other, pairs).terms["smac"]
    np.testing.assert_allclose(term, 0.005)
    assert Budget({"a": np.array([3.0]), "b": np.array([4.0])}).model.tolist() == [5.0]
    meris = sensor("meris")
    dead = looks(5, 13, rho=np.where(np.arange(150) >= 0, np.nan, 0.4))
    budget = desert_budget(looks(4, 13), meris, dead, meris, find_pairs(looks(4, 13), dead))
    assert np.isnan(budget.model).all()
    assert Air().aot_550 == 0.2
