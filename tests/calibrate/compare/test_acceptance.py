"""A good mission passes, each criterion broken in turn fails by its name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.compare.acceptance import acceptance
from venus_analysis.calibrate.compare.column_criteria import RULES, judge_columns
from venus_analysis.calibrate.compare.comparison import compare_phases
from venus_analysis.calibrate.compare.comparison_text import lines
from venus_analysis.calibrate.compare.criteria import read_criteria
from venus_analysis.calibrate.compare.phases import phase_named
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.row import new_row
from venus_analysis.compute.compare.joint import relative
from venus_analysis.compute.compare.mission_phases import MET, NOT_ENOUGH, NOT_MET
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.errors import InputError
from venus_analysis.report.acceptance import acceptance_html, headline_kind, write_acceptance

MEASURED = {
    "signal_to_noise_median": 200.0,
    "mtf_nyquist_across": 0.15,
    "mtf_nyquist_along": 0.12,
    "ct1_fraction": 0.002,
    "ct2_1_factor": 0.0005,
    "ct2_2_factor": 0.0001,
    "column_pattern_disk": 0.001,
    "offset_along_px": -2.0,
    "offset_across_px": 5.0,
}


def mission(late: int = 24, *, step: float = 0.0, desert_step: float | None = None, **changed):
    """Rows of one band, two methods; `changed` replaces columns in the later phase."""
    random = np.random.default_rng(8)
    rows = []
    for phase, first, count in (("VM1", "2018-01-05", 34), ("VM5", "2022-03-20", late)):
        after = phase == "VM5"
        for k in range(count):
            time = np.datetime64(first, "us") + k * np.timedelta64(30, "D")
            for method, u in (("moon", 0.002), ("desert", 0.003)):
                own = desert_step if method == "desert" and desert_step is not None else step
                ratio = (1.0 + own * after) * (1.0 + u * random.standard_normal())
                row = new_row(
                    instrument="VENUS/VSSC", band="B4", method=method, site=method,
                    reference="model", acquisition_id=f"{phase} {k}", time=time,
                    mission_phase=phase, absolute_gain=2.0, ratio=ratio, u_random=u,
                    simulated=True, phase_angle_deg=-40.0 + random.standard_normal(),
                    observer_longitude_deg=5.0 * random.standard_normal(),
                    observer_latitude_deg=5.0 * random.standard_normal(),
                )  # fmt: skip
                if method == "moon":
                    for name, value in MEASURED.items():
                        level = changed.get(name, value) if after else value
                        row[name] = level * (1.0 + 0.01 * random.standard_normal())
                rows.append(row)
    return pd.DataFrame(rows)


def judged(frame: pd.DataFrame):
    phases = phase_named(frame, "VM1"), phase_named(frame, "VM5")
    return acceptance(frame, *phases, read_criteria())


def words(found) -> dict[str, str]:
    return {one.criterion: one.verdict for one in found.verdicts}


def test_good_mission_is_accepted_and_the_sheet_says_so(tmp_path: Path) -> None:
    found = judged(mission())
    assert found.accepted, [one.sentence for one in found.verdicts if one.verdict != MET]
    paths = write_acceptance(found, tmp_path / "sheet")
    html = paths["html"].read_text()
    assert "Accepted: every criterion is met" in html
    assert headline_kind(found) == "good"
    assert "SIMULATED" in html
    assert "http" not in html.replace("http-equiv", "")
    assert json.loads(paths["json"].read_text())["accepted"] is True
    table = pd.read_csv(paths["csv"])
    assert set(table["criterion"]) == set(words(found))
    assert table["simulated"].all()
    assert set(table["before"]) == {"VM1"}


@pytest.mark.parametrize(
    ("broken", "change"),
    [
        ("calibration_step", {"step": 0.02}),
        ("agreement", {"desert_step": 0.03}),
        ("signal_to_noise", {"signal_to_noise_median": 120.0}),
        ("mtf_across", {"mtf_nyquist_across": 0.10}),
        ("mtf_along", {"mtf_nyquist_along": 0.16}),
        ("ct1", {"ct1_fraction": 0.02}),
        ("ct2", {"ct2_2_factor": -0.004}),
        ("fixed_pattern", {"column_pattern_disk": 0.006}),
        ("inter_band_offset", {"offset_along_px": -1.7}),
        ("inter_band_offset", {"offset_across_px": 5.2}),
    ],
)
def test_a_broken_criterion_fails_by_its_name(broken: str, change: dict[str, float]) -> None:
    found = judged(mission(**change))
    assert not found.accepted
    assert words(found)[broken] == NOT_MET
    others = {name for name, word in words(found).items() if word != MET} - {broken}
    assert others <= ({"calibration_step"} if broken == "agreement" else set())
    assert broken.replace("_", " ") in acceptance_html(found).lower()
    assert headline_kind(found) == "bad"


def test_every_default_criterion_is_broken_above() -> None:
    marks = test_a_broken_criterion_fails_by_its_name.pytestmark
    broken = {one[0] for mark in marks for one in mark.args[1]}
    assert broken | {"looks"} == {one.name for one in read_criteria()}


def test_a_band_left_out_is_not_asked() -> None:
    frame = mission(desert_step=0.03)
    frame["band"] = "B12"
    found = judged(frame)
    assert "agreement" not in words(found)
    assert "not asked" in acceptance_html(found)


def test_nothing_asked_is_no_acceptance() -> None:
    frame = mission()
    frame["band"] = "B12"
    before, after = (phase_named(frame, name) for name in ("VM1", "VM5"))
    asked = [one for one in read_criteria() if one.name == "agreement"]
    found = acceptance(frame, before, after, asked)
    assert found.verdicts == ()
    assert not found.accepted
    assert "Not accepted: no criterion is asked" in acceptance_html(found)


def test_better_signal_to_noise_is_no_loss() -> None:
    assert words(judged(mission(signal_to_noise_median=300.0)))["signal_to_noise"] == MET


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([200.0, 220.0, 180.0, 190.0, 210.0], MET),
        ([110.0, 130.0, 90.0, 100.0, 120.0], NOT_ENOUGH),
        ([50.0, 55.0, 45.0, 47.5, 52.5], NOT_MET),
    ],
    ids=["twice", "a little more", "half"],
)
def test_what_of_an_interval_is_a_gain_is_no_loss(after, verdict) -> None:
    """Doubled beyond doubt, though by 72 to 128 %, is met beside a loss of 10 %."""
    looks = np.array([100.0, 110.0, 90.0, 95.0, 105.0]), np.array(after)
    rule = RULES["signal_to_noise"]
    found = judge_columns(rule, {"signal_to_noise_median": looks}, 0.1)
    assert found.verdict == verdict


def test_too_few_looks_say_how_many_are_missing() -> None:
    found = {one.criterion: one for one in judged(mission(late=4)).verdicts}
    assert (found["looks"].verdict, found["looks"].more_looks) == (NOT_ENOUGH, 8.0)
    assert "8 more are missing" in found["looks"].sentence


def test_columns_that_are_not_there_are_not_enough_data() -> None:
    found = judged(mission().drop(columns=list(MEASURED)))
    assert words(found)["ct1"] == words(found)["mtf_across"] == NOT_ENOUGH
    assert words(found)["calibration_step"] == MET


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('[looks]\nlimit = 3\nunit = "looks"\nreason = "x"\n\n[brightness]\n', 6, "brightness"),
        ('[ct1]\nlimit = 3\nunit = "dB"\nreason = "x"\n', 3, "dB"),
        ('[ct1]\nlimit = "3"\nunit = "%"\nreason = "x"\n', 2, "limit above 0"),
        ('[ct1]\nlimit = 3\nunit = "%"\n', 1, "a reason"),
        ('[ct1]\nlimit = 3\nunit = "%"\nreason = "x"\nmost = 1\n', 5, "most"),
        ('[ct1]\nlimit = 3\nunit = "%\n', 3, "line 3"),
        ('[ct1]\nlimit = 3\nunit = "%"\nreason = "x"\nbands_left_out = "B1"\n', 5, "list"),
    ],
)
def test_mistakes_in_criteria_are_named_with_their_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    path = tmp_path / "criteria.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"line {line}") as told:
        read_criteria(path)
    assert what in str(told.value)


def test_several_models_of_one_moon_are_refused() -> None:
    frame = mission()
    frame.loc[0, "reference"] = "another model"
    with pytest.raises(InputError, match="reference of moon"):
        judged(frame)


def test_methods_that_never_met_are_told_without_numbers() -> None:
    """Desert until an event in the first phase, the Moon from then on: no step is told apart."""
    frame = mission()
    event = np.datetime64("2019-01-01T00:00:00")
    time = frame["time"].to_numpy("datetime64[s]")
    frame = frame[(frame["method"] == "moon") == (time > event)].reset_index(drop=True)
    before, after = (phase_named(frame, name) for name in ("VM1", "VM5"))
    breaks = [Event(event, "tdi", "fewer stages", breaks=True)]
    found = compare_phases(frame, before, after, events=breaks, early=True, outlook=False)
    assert "  step at 2019-01-01: not told apart, fewer stages" in lines(found)
    later = frame[(frame["method"] == "moon") == (frame["mission_phase"] == "VM5")]
    early = compare_phases(later, before, after, early=True, outlook=False)
    assert "  first 1 lunar looks, to 2022-03-20:   not enough data" in lines(early)


def test_an_end_that_nothing_holds_is_infinite() -> None:
    wide = relative(Interval(np.array(0.0), np.array(500.0), np.array(-1000.0), np.array(1000.0)))
    assert (float(wide.lower), float(wide.upper)) == (-1.0, np.inf)
