"""Screening of SIMULATED looks with planted clouds and shadows."""

from __future__ import annotations

import numpy as np

from venus_analysis.compute.desert.directional import air_mass
from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.screen import LookFlag, screen_looks

CLOUDY, SHADED, BROKEN, EMPTY = [5, 40, 77, 160], [12, 130], [30, 99], [60]


def site(number=200):
    random = np.random.default_rng(4)
    sun, view = random.uniform(20, 55, number), random.uniform(0, 35, number)
    rho = 0.3 + 0.02 * air_mass(sun, view)[:, None] * [1.0, 0.5]
    rho *= 1.0 + 0.01 * random.standard_normal((number, 2))
    scatter = 0.02 * rho * random.uniform(0.8, 1.2, (number, 1))
    rho[CLOUDY, 0] *= 1.15
    rho[SHADED] *= 0.85
    scatter[BROKEN] *= 5.0
    rho[EMPTY] = np.nan
    days = np.datetime64("2018-01-01", "us") + np.arange(number) * np.timedelta64(4, "D")
    return make_looks(days, sun, view, random.uniform(0, 180, number), rho, reflectance_sd=scatter)


def test_planted_spoilt_looks_are_named_and_few_others():
    found = screen_looks(site())
    assert (found[CLOUDY] == LookFlag.TOO_BRIGHT).all()
    assert (found[SHADED] == LookFlag.TOO_DARK).all()
    assert (found[BROKEN] & LookFlag.NOT_UNIFORM > 0).all()
    assert (found[EMPTY] == LookFlag.MISSING).all()
    assert np.count_nonzero(found) <= 9 + 3


def test_sets_of_looks_that_lead_to_one_another_are_screened_too():
    """A fifth of the looks under clouds of 2 to 30 %: in some series no set of looks stays."""
    number = 60
    for seed in (58, 80, 84):
        random = np.random.default_rng(seed)
        sun, view = random.uniform(20, 55, number), random.uniform(0, 35, number)
        rho = 0.3 + 0.02 * air_mass(sun, view)[:, None]
        rho *= 1.0 + 0.01 * random.standard_normal((number, 1))
        cloudy = random.permutation(number)[: number // 5]
        rho[cloudy] *= 1.0 + random.uniform(0.02, 0.3, (len(cloudy), 1))
        rho[7] *= 1.5
        days = np.datetime64("2018-01-01", "us") + np.arange(number) * np.timedelta64(4, "D")
        looks = make_looks(days, sun, view, random.uniform(0, 180, number), rho)
        assert screen_looks(looks)[7] == LookFlag.TOO_BRIGHT, seed


def test_few_looks_are_not_judged_by_a_model():
    few = site().take(np.arange(15))
    assert screen_looks(few)[[5, 12]].tolist() == [0, 0]
