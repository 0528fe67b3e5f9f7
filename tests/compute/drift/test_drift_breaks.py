"""The exploratory search finds a large step and keeps quiet on correlated noise."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from venus_analysis.compute.drift.breaks import find_breaks
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.errors import InputError

DATES = np.datetime64("2018-01-01") + 15 * np.arange(150)


def test_large_step_is_found_and_labelled(ar1_noise):
    pytest.importorskip("ruptures")
    noise = 0.003 * ar1_noise(8, 150, 0.45, seed=41)
    step = 0.02 * (np.arange(150) >= 90)
    found = find_breaks(fit_model(prepare_series(DATES, 1.0 + noise + step), "constant"))
    near = [any(abs(one - DATES[90]) <= np.timedelta64(60, "D")) for one in found.dates]
    assert np.mean(near) >= 0.8
    assert found.label.startswith("Exploratory")
    quiet = find_breaks(fit_model(prepare_series(DATES, 1.0 + noise), "constant"))
    assert np.mean([len(one) > 0 for one in quiet.dates]) <= 0.25


def test_without_the_package_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(InputError, match="install the extra"):
        find_breaks(fit_model(prepare_series(DATES, np.ones(150)), "constant"))
