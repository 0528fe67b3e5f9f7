"""Windows of the Moon's phase against a dense sampling, and against a published full Moon."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from venus_analysis.cli import app
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.compute.moon.windows import moon_windows
from venus_analysis.errors import InputError, UsageError

START, END = np.datetime64("2019-01-01"), np.datetime64("2019-07-01")


@pytest.mark.parametrize(
    ("phase", "tolerance"), [(-40.0, 5.0), (40.0, 5.0), (90.0, 2.0), (-7.5, 0.0)]
)
def test_windows_are_those_of_a_dense_sampling(phase, tolerance):
    if tolerance == 0.0:
        with pytest.raises(InputError, match="phase angle"):
            moon_windows(START, END, phase, 1.0)
        return
    found = moon_windows(START, END, phase, tolerance)
    time = START.astype("M8[us]") + np.arange(181 * 24 * 12) * np.timedelta64(5, "m")
    inside = np.abs(lunar_geometry(time, [0, 0, 0]).phase_angle_deg - phase) <= tolerance
    began = time[1:][~inside[:-1] & inside[1:]]
    ended = time[:-1][inside[:-1] & ~inside[1:]]
    assert len(found.best) == 6
    minutes = np.timedelta64(5, "m")
    assert (np.abs(found.start - began) <= minutes).all()
    assert (np.abs(found.end - ended) <= minutes).all()
    np.testing.assert_allclose(found.geometry.phase_angle_deg, phase, atol=0.005)


def test_waxing_comes_before_full_moon_and_waning_after():
    """Full Moon of 2019-02-19T15:53 (USNO)."""
    span = (np.datetime64("2019-02-10"), np.datetime64("2019-03-01"))
    full = np.datetime64("2019-02-19T15:53")
    (waxing,), (waning,) = (moon_windows(*span, phase).best for phase in (-40.0, 40.0))
    assert waxing < full < waning
    assert abs((waning - full) - (full - waxing)) < np.timedelta64(18, "h")


def test_a_window_that_is_cut_begins_where_the_span_begins():
    whole = moon_windows(START, END)
    inner = whole.best[0] - np.timedelta64(1, "h")
    cut = moon_windows(inner, END)
    assert cut.start[0] == inner
    assert abs(cut.end[0] - whole.end[0]) < np.timedelta64(20, "s")


@pytest.mark.parametrize("phase", [-171.0, 171.0])
def test_windows_near_new_moon_are_short_and_others_are_refused(phase):
    """The Moon passes up to 5.3 degrees beside the Sun, and never comes nearer at that new Moon."""
    found = moon_windows(START, np.datetime64("2020-01-01"), phase, 2.9)
    assert (found.end - found.start < np.timedelta64(30, "h")).all()
    with pytest.raises(InputError, match="at most 3 deg"):
        moon_windows(START, END, phase, 3.5)


def test_limits():
    with pytest.raises(InputError, match="span"):
        moon_windows(END, START)
    with pytest.raises(InputError, match="full or new Moon"):
        moon_windows(START, END, -40.0, 39.0)


def test_command():
    command = ["plan", "moon", "--start", "2019-02-01", "--end", "2019-03-01", "--phase", "-40"]
    shown = CliRunner().invoke(app, [*command, "--phase", "40"])
    assert shown.exit_code == 0, shown.output
    assert len(shown.stdout.splitlines()) == 3
    (window,) = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["windows"]
    assert window["best"].startswith("2019-02-16")
    assert 350000 < window["distance_km"] < 410000


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2019-02-01", "2019-02-16", 1),  # the best instant is 2019-02-16T19:33
        ("2019-02-16", "2019-02-16", 1),
        ("2019-02-01", "2019-02-16T19:00:00Z", 0),
    ],
)
def test_the_last_day_is_one_of_the_days(start, end, found):
    command = ["plan", "moon", "--start", start, "--end", end, "--json"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert len(json.loads(shown.stdout)["windows"]) == found


@pytest.mark.parametrize("start", ["2019-02-01T00:00+02:00", "NaT", "soon"])
def test_dates_in_no_utc_are_refused_without_a_warning(start):
    wrong = CliRunner().invoke(app, ["plan", "moon", "--start", start, "--end", "2019-03-01"])
    assert isinstance(wrong.exception, UsageError)
