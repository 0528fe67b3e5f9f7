"""Lines between two sensors: closed forms, independent fits, planted truth, coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import theilslopes

from venus_analysis.compute.sno.lines import MOST_POINTS, PairedSlopes
from venus_analysis.compute.sno.regression import ESTIMATORS, regress
from venus_analysis.errors import InputError


@pytest.fixture
def noisy():
    random = np.random.default_rng(3)
    truth = random.uniform(0.2, 0.6, 90)
    x = truth + 0.004 * random.standard_normal(90)
    y = 0.97 * truth + 0.006 + 0.008 * random.standard_normal(90)
    return x, y, np.repeat(np.arange(9), 10)


def scenes(random, number, cells, gain=1.02, offset=0.003, noise=0.002):
    """Cells of scenes; half of the noise is common to a scene."""
    level = np.repeat(random.uniform(0.1, 0.6, number), cells)
    x = level + random.uniform(-0.05, 0.05, number * cells)
    common = np.repeat(random.standard_normal(number), cells)
    errors = noise * (common + random.standard_normal(number * cells))
    return x, gain * x + offset + errors, np.repeat(np.arange(number), cells)


def test_ratio_of_means_is_one_sum_over_the_other(noisy):
    x, y, scene = noisy
    found = regress(x, y, scene)
    assert found.gain == pytest.approx(y.sum() / x.sum(), rel=1e-13)
    assert found.offset == 0.0
    assert found.u_offset == 0.0


def test_reduced_major_axis_has_the_ratio_of_deviations(noisy):
    x, y, scene = noisy
    found = regress(x, y, scene, estimator="rma")
    assert found.gain == pytest.approx(y.std() / x.std(), rel=1e-10)
    assert found.offset == pytest.approx(y.mean() - found.gain * x.mean(), rel=1e-9)
    assert regress(x, -y, scene, estimator="rma").gain == pytest.approx(-found.gain, rel=1e-10)


def test_orthogonal_line_is_the_first_principal_axis(noisy):
    x, y, scene = noisy
    axis = np.linalg.eigh(np.cov(x, y))[1][:, -1]
    found = regress(x, y, scene, estimator="deming")
    assert found.gain == pytest.approx(axis[1] / axis[0], rel=1e-9)


@pytest.mark.parametrize("variance_ratio", [0.25, 4.0])
def test_deming_is_the_most_likely_line(noisy, variance_ratio):
    x, y, scene = noisy

    def misfit(line):
        gain, offset = line
        return ((y - offset - gain * x) ** 2).sum() / (variance_ratio + gain**2)

    best = minimize(misfit, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 0})
    found = regress(x, y, scene, estimator="deming", variance_ratio=variance_ratio)
    assert (found.gain, found.offset) == pytest.approx(tuple(best.x), abs=1e-6)


def test_theil_sen_agrees_with_scipy(noisy):
    x, y, scene = noisy
    x[5] = x[4]
    found = regress(x, y, scene, estimator="theil-sen")
    assert found.gain == pytest.approx(theilslopes(y, x).slope, rel=1e-12)
    assert found.offset == pytest.approx(np.median(y - found.gain * x), rel=1e-12)


def test_weights_of_theil_sen_stand_for_copies(noisy):
    x, y, scene = noisy
    copies = np.array([2, 0, 1, 3, 0, 1, 1, 0, 1])
    taken = np.repeat(np.arange(90), copies[scene])
    gain, offset = PairedSlopes(x, y, scene).line(copies[None].astype(float))
    assert gain[0] == pytest.approx(theilslopes(y[taken], x[taken]).slope, rel=1e-12)
    assert offset[0] == pytest.approx(np.median((y - gain[0] * x)[taken]), rel=1e-12)


def test_theil_sen_thins_what_is_too_much():
    random = np.random.default_rng(1)
    x, y, scene = scenes(random, 10, 200)
    assert len(PairedSlopes(x, y, scene).x) <= MOST_POINTS
    assert regress(x, y, scene, estimator="theil-sen").gain == pytest.approx(1.02, abs=0.01)


@pytest.mark.parametrize("estimator", ["rma", "deming", "theil-sen"])
def test_planted_gain_and_offset_come_back(estimator):
    x, y, scene = scenes(np.random.default_rng(8), 120, 50, noise=0.001)
    found = regress(x, y, scene, estimator=estimator)
    assert found.gain == pytest.approx(1.02, abs=0.002)
    assert found.offset == pytest.approx(0.003, abs=0.001)
    assert (found.scenes, found.points) == (120, 6000)


def test_outliers_do_not_move_theil_sen():
    x, y, scene = scenes(np.random.default_rng(8), 60, 8)
    y[::10] += 0.3
    assert regress(x, y, scene, estimator="theil-sen").gain == pytest.approx(1.02, abs=0.005)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_intervals_cover_the_truth_when_scenes_share_their_errors(estimator):
    random = np.random.default_rng(21)
    offset = 0.0 if estimator == "ratio" else 0.003
    covered, runs = 0, 150
    for _ in range(runs):
        found = regress(*scenes(random, 10, 6, offset=offset), estimator=estimator, draws=200)
        covered += found.gain_interval[0] <= 1.02 <= found.gain_interval[1]
    assert 0.88 <= covered / runs <= 0.99


def test_drawing_points_instead_of_scenes_would_promise_too_much():
    x, y, scene = scenes(np.random.default_rng(5), 12, 100, offset=0.0)
    assert regress(x, y, scene).u_gain > 3.0 * regress(x, y).u_gain


def test_missing_points_and_few_scenes():
    x, y = np.array([0.2, np.nan, 0.4, 0.5]), np.array([0.2, 0.3, 0.4, 0.5])
    one = regress(x, y, np.zeros(4, int), estimator="rma")
    assert one.points == 3
    assert one.gain == pytest.approx(1.0)
    assert np.isnan([one.u_gain, *one.gain_interval]).all()
    for estimator in ESTIMATORS:
        none = regress([], [], [], estimator=estimator)
        assert np.isnan([none.gain, none.u_gain]).all()
        assert none.scenes == 0
    for estimator in ("rma", "deming", "theil-sen"):
        assert np.isnan(regress([0.4] * 4, y, estimator=estimator).gain)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": [0.1]}, "one shape"),
        ({"estimator": "mean"}, "ratio, rma, deming, theil-sen"),
        ({"draws": 3}, "at least 100"),
        ({"confidence": 95}, "between 0 and 1"),
    ],
)
def test_wrong_input_says_what_is_expected(change, said):
    given = {"reference": [0.1, 0.2], "target": [0.1, 0.2]} | change
    with pytest.raises(InputError, match=said):
        regress(**given)
