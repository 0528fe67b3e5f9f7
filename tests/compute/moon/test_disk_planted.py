"""Planted Moons: place and irradiance come back within the stated bounds.

Forty of the cases that `benchmarks/planted_disks.py` draws, up to 220 px; the
full 300, up to 1300 px, are that script's.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "planted_disks.py"


@pytest.fixture(scope="module")
def planted():
    spec = importlib.util.spec_from_file_location("planted_disks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results(planted):
    return [planted.measure(case) for case in planted.draw(40, seed=7, largest_px=220.0)]


def test_irradiance_has_no_bias_above_a_tenth_of_a_percent(planted, results):
    found = planted.summary(results)
    assert abs(found["irradiance_bias"]) <= 0.001
    assert found["irradiance_scatter"] <= 0.002


def test_irradiance_errors_are_as_large_as_the_budget_says(results):
    pull = [r["irradiance_error"] / r["irradiance_sigma"] for r in results]
    assert 0.3 < float(np.std(pull)) < 2.5


def test_half_of_the_small_disks_lie_within_a_sixth_of_a_pixel(planted, results):
    # small disks with strong markings; the bound of 0.1 px is met over 100-1300 px
    assert planted.summary(results)["centre_median_px"] <= 0.17


def test_with_the_semi_axis_known_half_lie_within_a_tenth_of_a_pixel(planted):
    found = planted.summary(
        [planted.measure(c, known=True) for c in planted.draw(20, seed=8, largest_px=200.0)]
    )
    assert found["centre_median_px"] <= 0.1
