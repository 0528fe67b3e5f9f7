"""Intervals cover what they say on noise with a planted correlation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import toeplitz

from venus_analysis.compute.drift.autocorrelation import ar1_correlation, correlated_products
from venus_analysis.compute.drift.bootstrap import bootstrap
from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.errors import InputError

TRUTH = {
    "constant": ("level", 1.0),
    "linear": ("slope", 0.0),
    "step": ("step_1", 0.0),
    "step_slopes": ("step_1", 0.0),
}


def fitted(ar1_noise, looks, model, estimator="weighted", correlation=0.45, count=500, seed=21):
    dates = np.datetime64("2018-01-01") + np.arange(looks) * 2000 // looks
    value = 1.0 + 0.005 * ar1_noise(count, looks, correlation, seed=seed)
    return fit_model(
        prepare_series(dates, value), model, break_times=["2020-10-01"], estimator=estimator
    )


@pytest.mark.parametrize("looks", [40, 80, 150])
@pytest.mark.parametrize("model", sorted(TRUTH))
def test_ar1_intervals_cover_and_raise_few_alarms(ar1_noise, looks, model):
    """Bounds of the issue; enough series that chance moves a coverage by 0.007 at most."""
    name, truth = TRUTH[model]
    for estimator in ("weighted", "huber"):
        fit = fitted(ar1_noise, looks, model, estimator, count=150_000 // looks)
        covered = intervals(fit)[name].contains(truth).mean()
        assert 0.93 <= covered <= 0.98, (estimator, covered)
        alarms = 1.0 - intervals(fit, confidence=0.99)[name].contains(truth).mean()
        assert alarms <= 0.02, (estimator, alarms)


@pytest.mark.parametrize("looks", [80, 150])
@pytest.mark.parametrize("estimator", ["weighted", "huber"])
def test_ar1_bootstrap_covers(ar1_noise, looks, estimator):
    fit = fitted(ar1_noise, looks, "linear", estimator)
    covered = bootstrap(fit, draws=500)["slope"].contains(0.0).mean()
    assert 0.92 <= covered <= 0.98


def test_white_and_block_intervals_cover_too_little(ar1_noise):
    fit = fitted(ar1_noise, 150, "linear")
    assert intervals(fit, noise="white")["slope"].contains(0.0).mean() < 0.84
    assert bootstrap(fit, draws=300, scheme="blocks")["slope"].contains(0.0).mean() < 0.93
    short = fitted(ar1_noise, 40, "step_slopes")
    kendall = intervals(short, correction="kendall")["step_1"].contains(0.0).mean()
    assert kendall < intervals(short)["step_1"].contains(0.0).mean()


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_other_correlations(ar1_noise, correlation):
    fit = fitted(ar1_noise, 150, "linear", correlation=correlation, count=1000)
    assert 0.925 <= intervals(fit)["slope"].contains(0.0).mean() <= 0.985


def test_correlation_is_freed_of_its_bias(ar1_noise):
    fit = fitted(ar1_noise, 40, "step_slopes", count=2000)
    residual, basis, looks = fit.linear.residual, fit.linear.basis, fit.series.count
    mean = {
        kind: ar1_correlation(residual, basis, looks, kind).mean()
        for kind in ("none", "kendall", "design")
    }
    assert mean["none"] < mean["kendall"] < mean["design"]
    assert mean["design"] == pytest.approx(0.45, abs=0.04)


def test_covariance_is_the_dense_matrix_product():
    random = np.random.default_rng(22)
    basis, _ = np.linalg.qr(random.standard_normal((2, 31, 3)))
    correlation = np.array([0.3, 0.8])
    found = correlated_products(basis, correlation)
    for one, r, product in zip(basis, correlation, found, strict=True):
        np.testing.assert_allclose(product, one.T @ toeplitz(r ** np.arange(31)) @ one, atol=1e-12)


def test_bootstrap_agrees_with_the_formula_and_repeats(ar1_noise):
    fit = fitted(ar1_noise, 150, "step_slopes", count=12)
    formula, drawn = intervals(fit), bootstrap(fit, draws=4000)
    ratio = drawn.standard_uncertainty / formula.standard_uncertainty
    np.testing.assert_allclose(ratio, 1.0, atol=0.06)
    again = bootstrap(fit, draws=4000)
    np.testing.assert_array_equal(drawn.lower, again.lower)


def test_huber_bootstrap_agrees_with_full_refits():
    """The one-step form against fitting every redrawn series again."""
    random = np.random.default_rng(23)
    dates = np.datetime64("2018-01-01") + 15 * np.arange(150)
    value = 1.0 + 0.005 * random.standard_t(3, 150)
    fit = fit_model(prepare_series(dates, value), "linear", estimator="huber")
    residual = fit.linear.residual[0]
    redrawn = fit.fitted + residual[random.integers(0, 150, (1000, 150))]
    refits = fit_model(prepare_series(dates, redrawn), "linear", estimator="huber")["slope"]
    drawn = bootstrap(fit, draws=2000, scheme="blocks", block_length=1)[
        "slope"
    ].standard_uncertainty
    assert drawn == pytest.approx(refits.std(), rel=0.15)


def test_widening_adds_in_quadrature_and_refuses_unknown_names(ar1_noise):
    estimate = intervals(fitted(ar1_noise, 40, "step", count=2))
    wide = estimate.widened(step_1=0.003)
    np.testing.assert_allclose(
        wide["step_1"].standard_uncertainty,
        np.hypot(estimate["step_1"].standard_uncertainty, 0.003),
    )
    half = 0.5 * (wide["step_1"].upper - wide["step_1"].lower)
    np.testing.assert_allclose(
        half, wide.coverage_factor[..., 0] * wide["step_1"].standard_uncertainty
    )
    np.testing.assert_array_equal(wide["level"].upper, estimate["level"].upper)
    with pytest.raises(InputError, match="expected one of level, step_1"):
        estimate.widened(slope=1.0)


def test_bad_options_are_refused(ar1_noise):
    fit = fitted(ar1_noise, 40, "linear", count=2)
    with pytest.raises(InputError, match="between 0 and 1"):
        intervals(fit, confidence=95.0)
    with pytest.raises(InputError, match="ar1 or white"):
        intervals(fit, noise="pink")
    with pytest.raises(InputError, match="at least 100"):
        bootstrap(fit, draws=10)
    with pytest.raises(InputError, match="ar1 or blocks"):
        bootstrap(fit, scheme="wild")
