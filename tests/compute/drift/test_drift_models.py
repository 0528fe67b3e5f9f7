"""Planted drifts come back; bad series are answered or refused in a sentence."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import least_squares as scipy_least_squares

from venus_analysis.compute.drift.choice import NONE_FITS, choose_model
from venus_analysis.compute.drift.intervals import intervals, predicted
from venus_analysis.compute.drift.lack_of_fit import lack_of_fit
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.regressors import lunar_regressors, seasonal_regressors
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.compute.drift.theil_sen import theil_sen
from venus_analysis.errors import InputError

START = np.datetime64("2018-01-01T00:00:00")
YEAR = 365.25 * 86400.0


def dates_of(years):
    return START + np.round(np.asarray(years) * YEAR).astype("timedelta64[s]")


YEARS = np.linspace(0.0, 6.0, 120)
DATES = dates_of(YEARS)


def test_planted_parameters_of_every_model_come_back():
    phase = 40.0 + 5.0 * np.sin(17.0 * YEARS)
    breaks = dates_of([2.0, 4.5])
    after = [b <= YEARS for b in ((breaks - START) / np.timedelta64(1, "s") / YEAR)]
    value = 0.98 - 0.004 * np.minimum(YEARS, 2.0) + 0.002 * np.clip(YEARS - 2.0, 0.0, 2.5)
    value = value + 0.01 * np.maximum(YEARS - 4.5, 0.0) + 0.013 * after[0] - 0.02 * after[1]
    series = prepare_series(
        DATES, [value + 1e-4 * phase, value - 2e-4 * phase], None, {"phase": phase}, epoch=START
    )
    for estimator in ("weighted", "huber"):
        fit = fit_model(series, "step_slopes", break_times=breaks, estimator=estimator)
        np.testing.assert_allclose(fit["slope_1"], -0.004, atol=1e-8)
        np.testing.assert_allclose(fit["slope_2"], 0.002, atol=1e-8)
        np.testing.assert_allclose(fit["slope_3"], 0.01, atol=1e-8)
        np.testing.assert_allclose(fit["step_1"], 0.013, atol=1e-8)
        np.testing.assert_allclose(fit["step_2"], -0.02, atol=1e-8)
        np.testing.assert_allclose(fit["phase"], [1e-4, -2e-4], atol=1e-9)
        np.testing.assert_allclose(
            fit["level"], 0.98 + np.array([1e-4, -2e-4]) * phase.mean(), atol=1e-8
        )


def test_exponential_comes_back_and_predicts():
    value = 1.0 - 0.03 * (1.0 - np.exp(-YEARS / 0.8))
    fit = fit_model(prepare_series(DATES, value), "exponential")
    assert fit["time_constant_years"] == pytest.approx(0.8, rel=1e-3)
    assert fit["change"] == pytest.approx(-0.03, rel=1e-3)
    ahead = fit.predict(dates_of([7.0]))
    assert ahead[0] == pytest.approx(1.0 - 0.03 * (1.0 - np.exp(-7.0 / 0.8)), abs=1e-6)


def test_weighted_least_squares_is_that_of_scipy_and_huber_that_of_its_definition():
    random = np.random.default_rng(7)
    sigma = random.uniform(0.5, 2.0, 120)
    value = 1.0 - 0.5 * YEARS + sigma * random.standard_normal(120)
    value[[5, 50]] += 40.0
    series = prepare_series(DATES, value, sigma, epoch=START)
    years = series.years[0]

    def misfit(p, loss):
        found = scipy_least_squares(
            lambda q: (value - q[0] - q[1] * years) / sigma, p, loss=loss[0], f_scale=loss[1]
        )
        return found.x

    weighted = fit_model(series, "linear")
    np.testing.assert_allclose(
        weighted.coefficients[0], misfit([0.0, 0.0], ("linear", 1.0)), rtol=1e-6
    )
    robust = fit_model(series, "linear", estimator="huber")
    scaled = np.abs((value - robust.fitted[0]) / sigma)
    bound = 1.345 * stats.median_abs_deviation(scaled, center=lambda x, axis: 0.0, scale="normal")
    np.testing.assert_allclose(
        robust.coefficients[0], misfit(weighted.coefficients[0], ("huber", bound)), rtol=1e-4
    )


def test_theil_sen_is_that_of_scipy_and_honours_ties():
    random = np.random.default_rng(8)
    years = np.round(YEARS, 1)
    value = 1.0 - 0.01 * years + 0.005 * random.standard_normal(120)
    dates = dates_of(years)
    found = theil_sen(prepare_series(dates, value, epoch=START))
    exact = (dates - START) / np.timedelta64(1, "s") / YEAR
    slope, _, low, high = stats.theilslopes(value, exact, 0.95)
    assert found["slope"].value == pytest.approx(slope, rel=1e-6)
    # scipy rounds the ranks of the limits, we interpolate between them.
    assert found["slope"].lower == pytest.approx(low, rel=0.01)
    assert found["slope"].upper == pytest.approx(high, rel=0.01)
    widened = theil_sen(prepare_series(dates, value), correlation=0.5)["slope"]
    narrow = found["slope"]
    assert widened.standard_uncertainty > 1.6 * narrow.standard_uncertainty


def test_series_of_any_shape_with_gaps_equal_each_fitted_alone():
    random = np.random.default_rng(9)
    value = 1.0 + 0.01 * random.standard_normal((3, 4, 120))
    value[random.random(value.shape) < 0.3] = np.nan
    sigma = random.uniform(0.005, 0.02, value.shape)
    shuffled = random.permutation(120)
    for estimator in ("weighted", "huber"):
        together = fit_model(
            prepare_series(
                DATES[shuffled], value[..., shuffled], sigma[..., shuffled], epoch=START
            ),
            "linear",
            estimator=estimator,
        )
        limits = intervals(together)["slope"]
        for index in np.ndindex(3, 4):
            kept = np.isfinite(value[index])
            alone = fit_model(
                prepare_series(DATES[kept], value[index][kept], sigma[index][kept], epoch=START),
                "linear",
                estimator=estimator,
            )
            assert together["slope"][index] == pytest.approx(float(alone["slope"]), abs=1e-9)
            single = intervals(alone)["slope"]
            assert limits.upper[index] == pytest.approx(float(single.upper), abs=1e-9)


def test_units_of_the_uncertainty_do_not_matter():
    random = np.random.default_rng(10)
    value, sigma = 1.0 + 0.01 * random.standard_normal(120), random.uniform(1.0, 2.0, 120)
    fits = [fit_model(prepare_series(DATES, value, k * sigma), "linear") for k in (1.0, 1e-9)]
    first, second = (intervals(fit)["slope"] for fit in fits)
    assert first.value == pytest.approx(float(second.value), rel=1e-9)
    assert first.standard_uncertainty == pytest.approx(float(second.standard_uncertainty), rel=1e-9)


def test_choice_finds_the_planted_model_and_says_when_none_fits():
    random = np.random.default_rng(11)
    noise = 0.003 * random.standard_normal((4, 120))
    planted = np.stack(
        [
            1.0 + 0.0 * YEARS,
            1.0 - 0.01 * YEARS,
            1.0 - 0.04 * (1.0 - np.exp(-YEARS / 0.7)),
            1.0 + 0.03 * np.cos(1.2 * YEARS),
        ]
    )
    for estimator in ("weighted", "huber"):
        choice = choose_model(prepare_series(DATES, planted + noise), estimator=estimator)
        assert choice.best[1:] == ("linear", "exponential", NONE_FITS)
        assert choice.best[0] != NONE_FITS
        assert choice.sentences[3].startswith("None of these models fits (constant, linear")
    steps = choose_model(
        prepare_series(DATES, 1.0 + 0.02 * (YEARS >= 3.0) + noise[0]),
        ("constant", "linear", "step", "step_linear", "step_slopes"),
        break_times=dates_of([3.0]),
    )
    assert steps.best == ("step",)


@pytest.mark.parametrize("looks", [80, 150])
def test_strongly_curved_series_in_correlated_noise_fit_none(looks, ar1_noise):
    x = np.linspace(0.0, 1.0, looks)
    curved = 0.03 * (2.0 * x - 1.0) ** 2 + 0.02 * np.sin(9.0 * x)
    values = 1.0 + curved + 0.004 * ar1_noise(100, looks, 0.45, seed=12)
    choice = choose_model(prepare_series(dates_of(6.0 * x), values))
    assert sum(best == NONE_FITS for best in choice.best) >= 95
    flat = choose_model(prepare_series(dates_of(6.0 * x), values - curved))
    assert sum(best == NONE_FITS for best in flat.best) <= 4


def test_lack_of_fit_of_exact_series_is_no_misfit():
    fit = fit_model(prepare_series(DATES, 1.0 - 0.01 * YEARS), "linear")
    assert lack_of_fit(fit)[0] > 0.1


def test_a_series_is_tested_alike_alone_and_beside_longer_ones(ar1_noise):
    value = 1.0 + 0.004 * ar1_noise(4, 150, 0.3, seed=7)
    value[0, 30:] = np.nan
    dates = np.datetime64("2018-01-01") + 15 * np.arange(150)
    alone, beside = (
        lack_of_fit(fit_model(prepare_series(dates, part), "linear")) for part in (value[:1], value)
    )
    assert np.isfinite(alone[0])
    assert beside[0] == pytest.approx(alone[0], rel=1e-9)


def test_prediction_interval_grows_outside_the_series():
    value = 1.0 + 0.005 * np.random.default_rng(13).standard_normal(120)
    fit = fit_model(prepare_series(DATES, value), "linear")
    sigma = predicted(fit, dates_of([3.0, 6.0, 9.0])).standard_uncertainty
    assert sigma[0] < sigma[1] < sigma[2]


class TestBadSeries:
    """Everything a user may hand over."""

    def test_too_few_looks(self):
        fit = fit_model(prepare_series(DATES[:2], [1.0, 1.1]), "linear")
        assert np.isnan(fit["slope"])
        assert fit.reasons == ("2 looks; at least 3 are needed.",)
        assert np.isnan(intervals(fit)["slope"].upper)
        assert np.isnan(theil_sen(prepare_series(DATES[:2], [1.0, 1.1]))["slope"].value)

    def test_as_many_parameters_as_looks(self):
        fit = fit_model(
            prepare_series(DATES[:4], [1.0, 1.1, 1.0, 1.2]),
            "step_slopes",
            break_times=[DATES[2]],
        )
        assert fit.reasons == ("4 looks for 4 parameters; more looks are needed.",)

    def test_equal_dates(self):
        fit = fit_model(prepare_series(np.repeat(DATES[:1], 5), np.arange(5.0)), "linear")
        assert (
            "on 1 different dates, do not tell the parameters level, slope apart"
            in (fit.reasons[0])
        )
        level = fit_model(prepare_series(np.repeat(DATES[:1], 5), np.arange(5.0)), "constant")
        assert level["level"] == pytest.approx(2.0)

    def test_one_bad_series_leaves_the_others(self):
        value = np.ones((2, 120))
        value[0, 2:] = np.nan
        fit = fit_model(prepare_series(DATES, value), "linear", estimator="huber")
        assert fit.reasons[0]
        assert not fit.reasons[1]
        assert fit["level"][1] == pytest.approx(1.0)

    def test_no_look_at_all(self):
        with pytest.raises(InputError, match="expected at least one look with a date"):
            prepare_series(DATES, np.full(120, np.nan))

    def test_missing_uncertainties_are_replaced_and_told(self):
        sigma = np.full(120, 0.01)
        sigma[3], sigma[4] = 0.0, np.nan
        series = prepare_series(DATES, np.ones(120), sigma)
        assert series.notes[0].startswith("2 of 120 uncertainties were zero or missing")
        assert (series.uncertainty == 0.01).all()
        assert (prepare_series(DATES, np.ones(120), np.zeros(120)).uncertainty == 1.0).all()

    def test_negative_and_infinite_uncertainties(self):
        with pytest.raises(InputError, match="uncertainty: expected numbers >= 0 or NaN"):
            prepare_series(DATES, np.ones(120), -1.0)
        sigma = np.ones(120)
        sigma[0] = np.inf
        assert prepare_series(DATES, np.ones(120), sigma).count[0] == 119

    def test_time_zones(self):
        zone = datetime.timezone(datetime.timedelta(hours=-5))
        aware = [datetime.datetime(2018, 1, day, 20, tzinfo=zone) for day in (1, 2, 3)]
        naive = [datetime.datetime(2018, 1, day, 1) for day in (2, 3, 4)]
        assert prepare_series(aware, np.ones(3)).epoch == prepare_series(naive, np.ones(3)).epoch
        with pytest.raises(InputError, match="some with and some without a time zone"):
            prepare_series([aware[0], naive[1], naive[2]], np.ones(3))

    @pytest.mark.parametrize("times", [[1.0, 2.0, 3.0], ["2018-01-01"] * 3, [1, 2, 3]])
    def test_times_that_are_no_dates(self, times):
        with pytest.raises(InputError, match="time: expected UTC dates"):
            prepare_series(times, np.ones(3))

    def test_shapes_that_do_not_match(self):
        with pytest.raises(InputError, match="time: expected a shape that fits"):
            prepare_series(DATES, np.ones(7))
        with pytest.raises(InputError, match="regressor phase: expected a shape that fits"):
            prepare_series(DATES, np.ones(120), None, {"phase": np.ones(3)})

    def test_step_outside_the_series(self):
        series = prepare_series(DATES, np.ones(120))
        late = fit_model(series, "step", break_times=["2030-01-01"])
        assert late.reasons == ("No look after 2030-01-01: the step cannot be seen.",)
        early = fit_model(series, "step", break_times=["2010-01-01"])
        assert early.reasons == ("No look before 2010-01-01: the step cannot be seen.",)

    def test_wrong_names(self):
        series = prepare_series(DATES, np.ones(120))
        with pytest.raises(InputError, match="expected one of constant, linear"):
            fit_model(series, "parabola")
        with pytest.raises(InputError, match="at least one step date"):
            fit_model(series, "step")
        with pytest.raises(InputError, match="expected different dates"):
            fit_model(series, "step", break_times=["2020-01-01", "2020-01-01"])
        with pytest.raises(InputError, match="expected weighted or huber"):
            fit_model(series, "linear", estimator="lasso")
        with pytest.raises(InputError, match="parameter: expected one of level, slope"):
            fit_model(series, "linear")["step_1"]


def test_season_and_libration_are_told_from_drift():
    season = seasonal_regressors(DATES, harmonics=2)
    lunar = lunar_regressors(-40.0 + YEARS % 0.7, 7.0 * np.cos(83.0 * YEARS), np.sin(85.0 * YEARS))
    value = 1.0 - 0.002 * YEARS + 0.009 * season["season_cos_1"] - 0.003 * season["season_sin_2"]
    value = value + 2e-4 * lunar["libration_longitude_per_deg"] - 1e-4 * lunar["phase_per_deg"]
    fit = fit_model(prepare_series(DATES, value, None, season | lunar), "linear")
    assert fit["slope"] == pytest.approx(-0.002, abs=1e-8)
    assert fit["season_cos_1"] == pytest.approx(0.009, abs=1e-8)
    assert fit["phase_per_deg"] == pytest.approx(-1e-4, abs=1e-8)
    assert fit["libration_longitude_per_deg"] == pytest.approx(2e-4, abs=1e-8)


def test_theil_sen_gives_no_interval_that_holds_less_than_it_says():
    """All three slopes of three looks lie on one side of the truth in one case of three."""
    random = np.random.default_rng(4)
    for looks in (3, 4, 5):
        dates = dates_of(np.arange(looks) / 10.0)
        found = theil_sen(prepare_series(dates, random.standard_normal((2000, looks))))["slope"]
        assert np.isfinite(found.value).all()
        told = np.isfinite(found.lower)
        assert told.all() == (looks == 5)
        assert not told.any() or found.contains(0.0)[told].mean() > 0.94
    dates = dates_of(np.arange(3) / 10.0)
    assert np.isfinite(theil_sen(prepare_series(dates, [1.0, 2.0, 3.5]), 0.6)["slope"].upper)


def test_a_model_that_four_looks_cannot_carry_is_not_said_to_fail():
    (said,) = choose_model(prepare_series(DATES[:4], [1.0, 1.1, 0.9, 1.0])).sentences
    assert "cannot tell of linear, exponential" in said
