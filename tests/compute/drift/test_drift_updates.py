"""Planted updates are judged right; thin evidence is not judged."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.drift.due import update_due
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.reprocessing import judge_reprocessing
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.compute.drift.updates import expected_step, judge_updates
from venus_analysis.errors import InputError

LOOKS = 120
DATES = np.datetime64("2018-01-01") + np.arange(LOOKS) * 2190 // LOOKS
UPDATES = np.array(["2019-06-01", "2020-09-01", "2022-04-01"], "datetime64[D]")
AFTER = UPDATES[:, None] <= DATES


def missions(ar1_noise, scatter, worked, seed, count=200):
    """As-produced ratios: sensor drift, three Ak changes that show or not, noise."""
    random = np.random.default_rng(seed)
    gain = np.cumprod(1.0 + random.uniform(-0.02, 0.02, (count, 4)), axis=1)
    expected = expected_step(gain[:, :-1], gain[:, 1:])
    drift = random.normal(0.0, 0.004, (count, 1)) * np.linspace(0.0, 6.0, LOOKS)
    shown = np.log1p(expected) @ AFTER if worked else 0.0
    return np.exp(drift + shown + scatter * ar1_noise(count, LOOKS, 0.45, seed)), expected


@pytest.mark.parametrize("slopes", ["own", "common"])
def test_updates_of_200_missions_are_judged_right(ar1_noise, slopes):
    for worked, right in ((True, "effective"), (False, "not effective")):
        ratio, expected = missions(ar1_noise, 0.003, worked, seed=31)
        found = judge_updates(DATES, ratio, None, UPDATES, expected, slopes=slopes)
        decided = found.verdict != "not decidable"
        assert (found.verdict == right)[decided].mean() >= 0.95
        clear = np.abs(expected) >= 3.0 * found.observed.standard_uncertainty
        assert decided[clear].mean() >= 0.80
        assert clear.sum() > 200


def test_numbers_beside_the_verdict(ar1_noise):
    ratio, expected = missions(ar1_noise, 1e-5, True, seed=32, count=3)
    found = judge_updates(DATES, ratio, None, UPDATES, expected, estimator="weighted")
    np.testing.assert_allclose(found.observed.value, expected, atol=1e-4)
    np.testing.assert_allclose(found.drift_before.value, found.drift_after.value, atol=1e-4)
    assert (found.more_looks == 0.0).all()
    assert found.sentence[0, 0].startswith("Effective: a step of")


def test_restoring_gain_is_gain_times_ratio():
    assert expected_step(1.0, 0.99) == pytest.approx(1.0 / 0.99 - 1.0)
    with pytest.raises(InputError, match="Ak above 0"):
        expected_step(1.0, 0.0)


def test_undecided_updates_say_when_and_the_promise_is_kept(ar1_noise):
    """With the number of looks promised, most of these updates are indeed decided."""
    count, early = 200, 66
    update, step = DATES[60], 0.006
    noise = 0.003 * ar1_noise(count, LOOKS, 0.45, seed=33)
    ratio = np.exp(noise + np.log1p(step) * (update <= DATES))
    first = judge_updates(DATES[:early], ratio[:, :early], None, [update], [step])
    waiting = first.verdict[:, 0] == "not decidable"
    assert waiting.sum() > 30
    assert np.isfinite(first.more_looks[waiting, 0]).mean() > 0.9
    assert "more looks, about 20" in first.sentence[waiting][0, 0]
    decided = []
    for k in np.flatnonzero(waiting & (first.more_looks[:, 0] <= LOOKS - early)):
        last = early + int(first.more_looks[k, 0])
        later = judge_updates(DATES[:last], ratio[k, :last], None, [update], [step])
        decided.append(later.verdict[0] != "not decidable")
    assert len(decided) > 20
    assert np.mean(decided) > 0.6


def test_site_wander_makes_a_small_step_undecidable_for_good(ar1_noise):
    ratio = np.exp(1e-4 * ar1_noise(1, LOOKS, 0.0, seed=34) + 0.004 * AFTER[1])
    found = judge_updates(DATES, ratio, None, UPDATES[1:2], [0.004], site_wander=0.003)
    assert found.verdict[0, 0] == "not decidable"
    assert found.more_looks[0, 0] == np.inf
    assert found.sentence[0, 0].endswith("Further looks of this kind will not decide it.")


def test_updates_outside_or_with_thin_neighbours_are_not_decidable():
    ratio = np.exp(0.001 * np.sin(np.arange(LOOKS)) + 0.01 * AFTER[1])
    times = np.array(["2010-01-01", "2020-09-01", "2020-09-05", "2030-01-01"], "datetime64[D]")
    found = judge_updates(DATES, ratio, None, times, [0.01] * 4)
    assert (found.verdict == "not decidable").all()
    assert "looks on 0 dates next before the update of 2010-01-01" in found.sentence[0]
    assert "next after the update of 2020-09-01" in found.sentence[1]
    assert "next after the update of 2030-01-01" in found.sentence[3]
    alone = judge_updates(DATES, ratio, None, times[[0, 1, 3]], [0.01] * 3)
    assert list(alone.verdict) == ["not decidable", "effective", "not decidable"]


def test_an_unchanged_gain_can_only_be_refused():
    noise = 0.0005 * np.random.default_rng(35).standard_normal(LOOKS)
    found = judge_updates(
        DATES, [np.exp(noise), np.exp(noise + 0.01 * AFTER[0])], None, UPDATES[:1], [0.0]
    )
    assert list(found.verdict[:, 0]) == ["not decidable", "not effective"]
    assert "nothing to decide" in found.sentence[0, 0]


def test_bad_ratios_and_dates():
    ratio = np.ones((2, LOOKS))
    ratio[0] = -1.0
    found = judge_updates(DATES, ratio, None, UPDATES[:1], [0.01])
    assert list(found.verdict[:, 0]) == ["not decidable", "not effective"]
    for times in (["2020-01-01", "2019-01-01"], ["2020-01-01", "2020-01-01"], ["NaT"]):
        with pytest.raises(InputError, match="update_time: expected different dates"):
            judge_updates(DATES, ratio, None, times, [0.01])
    with pytest.raises(InputError, match="own or common"):
        judge_updates(DATES, ratio, None, UPDATES[:1], [0.01], slopes="free")


def test_update_due_with_its_gain_and_date(ar1_noise):
    years = (DATES - DATES[0]) / np.timedelta64(1, "D") / 365.25
    drift = np.array([0.0, -0.001, -0.004])[:, None]
    ratio = 1.0 + drift * years + 0.001 * ar1_noise(3, LOOKS, 0.3, seed=36)
    fit = fit_model(prepare_series(DATES, ratio), "linear", estimator="huber")
    when = np.datetime64("2024-01-01")
    found = update_due(fit, when, [2.0, 2.0, 2.0], criterion=0.01)
    assert list(found.verdict) == ["not due", "not due", "due"]
    gain = found.absolute_gain
    assert gain.contains(2.0 * (1.0 + drift[:, 0] * 6.0)).all()
    assert found.due_on[2] == when
    assert np.isnat(found.due_on[0])
    later = update_due(fit, when, 2.0, criterion=0.01, horizon_years=6.0).due_on[1]
    assert abs(later - np.datetime64("2028-01-01")) < np.timedelta64(500, "D")
    vague = update_due(fit, when, 2.0, criterion=0.01, further_uncertainty=0.01)
    assert list(vague.verdict) == ["not decidable"] * 3
    relative = update_due(fit, when, 2.0, target=ratio[:, :5].mean(axis=1), criterion=0.01)
    assert relative.verdict[2] == "due"
    assert "would restore it" in relative.sentence[2]


def test_reprocessing_is_judged_on_the_same_looks(ar1_noise):
    years = np.linspace(0.0, 8.0, LOOKS)
    site = 0.006 * ar1_noise(1, LOOKS, 0.3, seed=37)[0]
    flat, falling = np.exp(site), np.exp(site - 0.004 * years)
    found = judge_reprocessing(
        DATES, [falling, flat, flat, falling], [flat, falling, 1.001 * flat, falling]
    )
    assert list(found.verdict) == [
        "effective",
        "not effective",
        "not decidable",
        "not effective",
    ]
    assert found.level_change.value[2] == pytest.approx(0.001, abs=1e-6)
    assert found.drift_change.standard_uncertainty[0] < found.drift_before.standard_uncertainty[0]
    with pytest.raises(InputError, match="match the looks first"):
        judge_reprocessing(DATES, flat, flat[:5])


def test_an_unknown_change_of_gain_is_not_judged():
    """Neither refused for a step that is seen, nor taken for a gain that did not change."""
    dates = np.datetime64("2018-01-01") + 15 * np.arange(80)
    noise = 0.002 * np.random.default_rng(4).standard_normal(80)
    ratio = np.where(dates < np.datetime64("2019-09-01"), 0.98, 1.0) + noise
    found = judge_updates(dates, ratio, None, ["2019-09-01"], [np.nan])
    assert found.verdict.tolist() == ["not decidable"]
    assert "not known" in found.sentence[0]
    assert "did not change" not in found.sentence[0]
    assert abs(float(found.observed.value[0]) - (1.0 / 0.98 - 1.0)) < 0.005
