"""Phases from a table, what changed between them, and what references may wander."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.compare.gather import series_by_band
from venus_analysis.calibrate.compare.levels import LevelPair, compare_levels, level_lines
from venus_analysis.calibrate.compare.phase_table import changes_between, mission_phases
from venus_analysis.calibrate.compare.phases import phase_named
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.row import new_row
from venus_analysis.errors import InputError

TABLE = (
    "# ours\nphase,start,stop,altitude_km\nA,2018-01-01,2019-12-31,720\nB,2021-01-01,2022-01-01,"
)


def looks(method: str = "sno", sites=("one", "two"), level: float = 1.0, **more) -> list[dict]:
    random = np.random.default_rng(len(sites) + round(1000 * level))
    days = np.datetime64("2018-01-15", "us") + 30 * np.arange(44) * np.timedelta64(1, "D")
    return [
        new_row(
            instrument="VENUS/VSSC", band="B4", method=method, site=site, time=day,
            acquisition_id=f"{site} {day}", ratio=level + 0.003 * random.standard_normal(),
            absolute_gain=2.0 - 0.1 * (day > np.datetime64("2020-06-01")), u_random=0.003,
            parameter_set="00007" if day < np.datetime64("2020-06-01") else "00008",
            **({"reference": "S2A"} | more),
        )
        for site in sites
        for day in days
    ]  # fmt: skip


def test_a_last_day_counts_whole_and_a_last_instant_as_it_is(tmp_path: Path) -> None:
    noon = np.array(["2022-01-01T12:00"], "datetime64[us]")
    assert phase_named(pd.DataFrame(), "B", "2021-01-01/2022-01-01").holds(noon).all()
    assert not phase_named(pd.DataFrame(), "B", "2021-01-01/2022-01-01T11:00").holds(noon).any()
    path = tmp_path / "phases.csv"
    path.write_text(TABLE + "560\nC,2022-02-01,2022-02-03 11:00:00,560\n", "utf-8-sig")
    _, whole, part = (one.dates for one in mission_phases(path))
    assert whole is not None
    assert whole.holds(noon).all()
    assert part is not None
    assert part.stop == np.datetime64("2022-02-03T11:00:00")


def test_levels_whose_agreement_is_not_known_do_not_disagree() -> None:
    nan = float("nan")
    pair = LevelPair("B4", "moon", "desert", 1.0, 1.02, -0.02, nan, nan, None, (3, 3))
    unknown = level_lines([pair], simulated=False)[1]
    apart = level_lines([replace(pair, u=0.001, en=-10.0, agree=False)], simulated=False)[1]
    assert ("DISAGREE" in unknown, "DISAGREE" in apart) == (False, True)


def test_phases_from_a_table_come_before_those_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "phases.csv"
    path.write_text(TABLE + "410\n")
    known = mission_phases(path)
    assert [(one.name, one.altitude_km) for one in known] == [("A", 720.0), ("B", 410.0)]
    dates = [one.dates for one in known if one.dates is not None]
    phase = phase_named(pd.DataFrame(looks()), "B", known=dates)
    assert str(phase.stop) == "2022-01-01T23:59:59"
    path.write_text(TABLE + "high\n")
    with pytest.raises(InputError, match="height in km"):
        mission_phases(path)
    path.write_text("phase,start,stop\n")
    with pytest.raises(InputError, match="altitude_km"):
        mission_phases(path)


def test_what_changed_beside_the_sensor_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "phases.csv"
    path.write_text(TABLE + "410\n")
    before, after = (one.dates for one in mission_phases(path))
    events = [Event(np.datetime64("2020-06-01", "s"), "tdi", "fewer stages", bands=("B4",)),
              Event(np.datetime64("2020-07-01", "s"), "orbit", "lower")]  # fmt: skip
    frame = pd.DataFrame(looks())
    found = changes_between(frame, before, after, events, mission_phases(path))
    assert found["sets"] == {"A": ["00007"], "B": ["00008"]}
    (gain,) = found["gains"]
    assert gain["relative"] == pytest.approx(-0.05)
    assert [one["label"] for one in found["events"]] == ["fewer stages"]
    (height,) = (one for one in found["geometry"] if one["quantity"] == "height")
    assert (height["before"], height["after"]) == (720.0, 410.0)


def test_a_reference_wanders_alike_for_all_its_sites() -> None:
    frame = pd.DataFrame(looks() + looks(reference="S2B", sites=("one",)))
    given = {one.name: one.wander for one in series_by_band(frame, wander={"sno": 0.001})["B4"]}
    assert given["sno one S2A"] == given["sno two S2A"] == pytest.approx(0.001 * 2**0.5)
    assert given["sno one S2B"] == pytest.approx(0.001)
    assert {one.wander for one in series_by_band(frame)["B4"]} == {0.0}


def test_levels_agree_or_not_by_what_is_not_shared() -> None:
    def terms(ozone: float, **more: float) -> str:
        return str({"ozone": ozone, **more}).replace("'", '"')

    def compared(level: float, reference: str):
        rows = looks(budget_text=terms(0.02)) + looks(
            "desert", level=level, reference=reference, budget_text=terms(0.02, site=0.002)
        )
        (found,) = compare_levels(pd.DataFrame(rows))
        return found

    near = compared(1.002, "S2A")
    assert near.agree
    assert abs(near.difference) == pytest.approx(0.002, abs=0.0015)
    assert 0.002 < near.u < 0.003  # ozone is common, the site's own change is not
    assert compared(1.01, "S2A").agree is False
    assert compared(1.01, "MERIS_3rd").agree  # another reference: ozone counts twice
