"""A look that was calibrated again with other parameter files counts once, the newest."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from venus_analysis import ledger
from venus_analysis.calibrate.compare.chosen import comparable_rows
from venus_analysis.calibrate.drift.page import drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.cli import app

MOON = Selection("moon")


@pytest.fixture
def twice(planted, tmp_path):
    """The planted looks, calibrated first with Ak 2 % off; a folder with their ledger."""
    frame = planted.frame.assign(
        parameter_digest="right", mission_phase=["VM1" if day.year < 2021 else "VM5"
                                                 for day in planted.frame["time"]],
    )  # fmt: skip
    wrong = frame.assign(
        parameter_digest="wrong", absolute_gain=1.02 * frame["absolute_gain"],
        ratio=frame["ratio"] / 1.02, run_id="before",
    )  # fmt: skip
    for rows in (wrong, frame):
        ledger.write(tmp_path / "ledger", rows)
    ledger.write(tmp_path / "once", frame)
    return tmp_path


def test_a_series_shows_the_newest_row_of_each_look(planted, twice):
    frame = ledger.load(twice / "ledger").frame
    assert len(frame) == 2 * len(planted.frame)
    page = drift_page(frame, MOON, registry=planted.registry)
    once = drift_page(ledger.load(twice / "once").frame, MOON, registry=planted.registry)
    pd.testing.assert_frame_equal(page.points, once.points)
    pd.testing.assert_frame_equal(page.due, once.due)
    (note,) = page.alerts.loc[page.alerts["kind"] == "rows", "sentence"]
    assert note.startswith(f"{len(planted.frame)} rows are left out")


def test_rows_of_one_moment_are_still_refused(planted):
    frame = pd.concat([planted.frame, planted.frame], ignore_index=True)
    with pytest.raises(Exception, match="expected each look once"):
        drift_page(frame, MOON)


def test_methods_are_compared_on_each_look_once(twice):
    frame = ledger.load(twice / "ledger").frame
    rows, notes = comparable_rows(frame)
    assert (len(rows), set(rows["parameter_digest"])) == (len(frame) // 2, {"right"})
    assert any("calibrated again" in note for note in notes)


@pytest.mark.parametrize("command", ["compare", "acceptance"])
def test_phases_are_compared_on_each_look_once(twice, tmp_path, command):
    said = {}
    for name in ("ledger", "once"):
        more = ("-o", str(tmp_path / "sheet")) if command == "acceptance" else ()
        done = CliRunner().invoke(app, [command, "--ledger", str(twice / name), "--json", *more])
        assert done.exit_code in (0, 3), done.output
        found = json.loads(done.stdout)
        said[name] = found["bands"] if command == "compare" else found["steps"]
        assert ("calibrated again" in done.stderr) is (name == "ledger")
    assert said["ledger"] == said["once"]
