"""Steps between mission phases: planted, absent, undecidable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from venus_analysis.compute.compare.first_looks import first_looks
from venus_analysis.compute.compare.method_series import MethodSeries
from venus_analysis.compute.compare.mission_phases import (
    MET,
    NOT_ENOUGH,
    NOT_MET,
    Phase,
    judge,
    phase_step,
    phase_summary,
)
from venus_analysis.compute.compare.phase_geometry import geometry_changes
from venus_analysis.errors import InputError

VM1 = Phase("VM1", np.datetime64("2018-01-01"), np.datetime64("2020-10-31"))
VM5 = Phase("VM5", np.datetime64("2022-03-01"), np.datetime64("2024-07-31"))


def moon(step: float, late: int = 29, u: float = 0.002, seed: int = 1) -> MethodSeries:
    first = VM1.start.astype("M8[s]") + np.arange(34) * np.timedelta64(30, "D")
    second = VM5.start.astype("M8[s]") + np.arange(late) * np.timedelta64(30, "D")
    time = np.concatenate([first, second])
    years = (time - time[0]) / np.timedelta64(1, "D") / 365.25
    noise = np.random.default_rng(seed).standard_normal(len(time))
    log = -0.004 * years + np.log1p(step) * (time >= VM5.start) + u * noise
    return MethodSeries("moon", "moon", time, log, np.full(len(time), u))


@pytest.mark.parametrize("slopes", ["common", "own"])
@pytest.mark.parametrize(("step", "verdict"), [(0.0, MET), (0.02, NOT_MET), (-0.02, NOT_MET)])
def test_verdict_follows_the_planted_step(step: float, verdict: str, slopes: str) -> None:
    found = phase_step([moon(step)], VM1, VM5, shape="linear", slopes=slopes)
    assert found.verdict == verdict
    assert found.step.contains(step)
    assert found.seen == (step != 0.0)
    assert VM1.stop < found.time < VM5.start


def test_more_looks_decide_what_too_few_cannot() -> None:
    few = phase_step([moon(0.0, late=6, u=0.006, seed=2)], VM1, VM5, shape="linear")
    assert few.verdict == NOT_ENOUGH
    assert 0 < few.more_looks < 200
    half = float(few.step.upper - few.step.lower) / 2.0
    enough = phase_step(
        [moon(0.0, late=6 + int(few.more_looks), u=0.006, seed=2)],
        VM1,
        Phase("VM5", VM5.start, np.datetime64("2050-01-01")),
        shape="linear",
    )
    allowed = 0.01 - abs(float(few.step.value))
    later = float(enough.step.upper - enough.step.lower) / 2.0
    # The noise is estimated anew, hence not to the look.
    assert later < half
    assert later < 1.35 * allowed


def test_too_few_looks_say_how_many_are_missing() -> None:
    found = phase_step([moon(0.0, late=3)], VM1, VM5)
    assert (found.verdict, found.more_looks) == (NOT_ENOUGH, 2.0)
    assert "2 more in VM5" in found.sentence
    assert phase_step([], VM1, VM5).more_looks == np.inf


def test_a_known_break_in_a_phase_is_not_taken_for_the_gap() -> None:
    series = moon(0.0)
    when = np.datetime64("2019-06-01")
    series.log_value[series.time > when] += 0.02
    blind = phase_step([series], VM1, VM5, shape="linear")
    told = phase_step([series], VM1, VM5, shape="linear", break_times=[when])
    assert abs(blind.step.value) > 0.005
    assert abs(told.step.value) < 0.002
    assert told.step.contains(0.0)


def test_phases_are_summarised_each_by_itself() -> None:
    first, second = (phase_summary([moon(0.02)], phase)[0] for phase in (VM1, VM5))
    assert (first.looks, second.looks) == (34, 29)
    assert first.drift.contains(-0.004)
    assert second.drift.contains(-0.004)
    assert 0.001 < first.scatter < 0.003


def test_rules_of_the_verdict() -> None:
    assert judge(0.007, 0.003, 0.0101) == MET
    assert judge(0.013, 0.003, 0.01 + 1e-9) == NOT_ENOUGH
    assert judge(0.014, 0.003, 0.01) == NOT_MET
    assert judge(np.nan, 0.001, 0.01) == NOT_ENOUGH


def test_impossible_choices_are_refused() -> None:
    with pytest.raises(InputError, match="common or own"):
        phase_step([moon(0.0)], VM1, VM5, slopes="none")
    with pytest.raises(InputError, match="above 0"):
        phase_step([moon(0.0)], VM1, VM5, criterion=0.0)


def test_fault_inside_a_phase_stays_out_of_the_step() -> None:
    update = np.datetime64("2022-12-01")
    held, left_in, taken_out = 0, [], []
    for seed in range(20):
        clean = moon(0.0, seed=100 + seed)
        log = clean.log_value + 0.01 * (clean.time >= update)
        series = [MethodSeries("moon", "moon", clean.time, log, clean.u)]
        blind = phase_step(series, VM1, VM5, shape="linear", outlook=False)
        found = phase_step(
            series, VM1, VM5, shape="linear", outlook=False,
            suspects=[np.datetime64("2019-06-01"), update],
        )  # fmt: skip
        assert [one.time for one in found.faults] == [update.astype("M8[s]")]
        assert found.faults[0].step.contains(0.01)
        held += bool(found.step.contains(0.0))
        left_in.append(float(blind.step.value))
        taken_out.append(float(found.step.value))
    assert held >= 17
    # left in, a part of it passes for a step of the sensor
    assert abs(np.mean(left_in)) > 0.002 > 3.0 * abs(np.mean(taken_out))


def test_a_method_alone_steps_on_the_day_of_all() -> None:
    """It says what it says by itself: the day lies in the gap of its own looks as well."""
    desert = moon(0.01, seed=2)
    seen = np.delete(np.arange(len(desert)), [31, 32, 33, 34])
    desert = MethodSeries(
        "desert", "desert", desert.time[seen], desert.log_value[seen], desert.u[seen]
    )
    series = [moon(0.01), desert]
    whole = phase_step(series, VM1, VM5)
    for own in series:
        beside, alone = phase_step([own], VM1, VM5, beside=whole), phase_step([own], VM1, VM5)
        assert (beside.time, beside.looks) == (whole.time, alone.looks)
        u = float(alone.step.standard_uncertainty)
        assert abs(float(beside.step.value - alone.step.value)) < 0.02 * u
        assert abs(float(beside.step.standard_uncertainty) / u - 1.0) < 0.01


def test_first_looks_depart_as_the_step_does_and_the_interval_shrinks() -> None:
    held = {1: 0, 6: 0}
    for seed in range(40):
        found = first_looks([moon(0.008, seed=seed)], VM1, VM5, tuple(held))
        for one in found:
            held[one.number] += bool(one.departure.contains(0.008))
        first, sixth = (float(one.departure.upper - one.departure.lower) for one in found)
        assert sixth < first
    assert min(held.values()) >= 34  # 95 % of 40, less three standard deviations
    assert [one.number for one in first_looks([moon(0.0, late=4)], VM1, VM5)] == [1, 2, 3]


def test_an_update_not_applied_is_not_carried_on_as_drift() -> None:
    """Half a year before the gap: first looks are judged as if the step were known."""
    update = np.datetime64("2020-05-01")
    good = moon(0.0)
    bad = replace(good, log_value=good.log_value - 0.012 * (good.time >= update))
    tried = first_looks([bad], VM1, VM5, (1, 6), suspects=[update])
    known = first_looks([bad], VM1, VM5, (1, 6), break_times=[update])
    carried = first_looks([bad], VM1, VM5, (1, 6))
    for one, other, wrong in zip(tried, known, carried, strict=True):
        assert one.departure.contains(0.0)
        assert one.departure.value == pytest.approx(other.departure.value, abs=1e-5)
        assert wrong.departure.standard_uncertainty > 1.5 * one.departure.standard_uncertainty
    applied = first_looks([good], VM1, VM5, (1, 6), suspects=[update])
    for one, other in zip(applied, first_looks([good], VM1, VM5, (1, 6)), strict=True):
        assert one.departure.value == other.departure.value


def test_applied_updates_are_hardly_ever_accused() -> None:
    """Three updates a band: 100 bands accuse at most one (chance of two: 0.5 %)."""
    updates = [np.datetime64(day) for day in ("2018-12-01", "2020-05-15", "2022-12-01")]
    faults = [
        phase_step([moon(0.0, seed=seed)], VM1, VM5, suspects=updates, outlook=False).faults
        for seed in range(100)
    ]
    assert sum(map(bool, faults)) <= 1


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (VM5, VM1, "exchange them"),
        (VM1, VM1, "one after the other"),
        (Phase("VM1", VM1.stop, VM1.start), VM5, "a first date before the last"),
    ],
)
def test_phases_out_of_order_are_refused(before: Phase, after: Phase, told: str) -> None:
    with pytest.raises(InputError, match=told):
        phase_step([moon(0.0)], before, after)


def test_geometry_of_the_two_heights_agrees_with_what_is_published() -> None:
    changes = {one.quantity: one for one in geometry_changes(720.0, 560.0)}
    assert changes["ground sampling"].before == pytest.approx(5.3, abs=0.1)  # metres, CNES
    assert changes["ground sampling"].after == pytest.approx(4.0, abs=0.2)
    assert changes["swath"].before == pytest.approx(27.56, rel=0.02)  # km, CNES
    assert abs(changes["Moon's diameter"].relative) < 5e-4
    assert changes["line time"].relative < -0.2


def test_looks_of_another_method_before_the_first_counted_one_are_of_the_later_phase() -> None:
    """Deserts are seen from the first day of a phase on, the Moon six weeks later."""
    before = Phase("VM1", np.datetime64("2018-01-01"), np.datetime64("2020-01-10"))
    after = Phase("VM5", np.datetime64("2020-01-11"), np.datetime64("2021-12-31"))
    desert = before.start + 2 * np.arange(500)
    lunar = before.start + 29 * np.arange(34)
    away = (lunar > np.datetime64("2020-01-01")) & (lunar < np.datetime64("2020-02-20"))
    random = np.random.default_rng(1)
    series = []
    for name, time in (("desert", desert), ("moon", lunar[~away])):
        log = np.log1p(0.02) * (time >= after.start) + 0.0005 * random.standard_normal(len(time))
        series.append(MethodSeries(name, name, time, log, np.full(len(time), 0.0005)))
    found = first_looks(series, before, after, (1, 2, 3))
    assert [float(one.departure.value) for one in found] == pytest.approx([0.02] * 3, abs=3e-4)


def test_a_date_suspected_twice_counts_once() -> None:
    update = np.datetime64("2020-05-01")
    once = first_looks([moon(0.0)], VM1, VM5, (3,), suspects=[update], break_times=[VM1.stop])
    twice = first_looks([moon(0.0)], VM1, VM5, (3,), suspects=[update] * 2, break_times=[VM1.stop])
    assert once[0].departure == twice[0].departure
