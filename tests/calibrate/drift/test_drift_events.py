"""The events file says what it expects."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.calibrate.drift.events import Event, break_dates, read_events, write_events
from venus_analysis.errors import InputError

GOOD = """
simulated = true
[[event]]
date = 2021-01-01T02:00:00+02:00
end = 2021-01-05
kind = "orbit"
label = "VM2 begins"
breaks = true
[[event]]
date = 2019-02-03
kind = "anomaly"
label = "safe mode"
bands = ["B1", "B2"]
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.toml"


def test_events_are_read_in_utc_and_by_date(path):
    path.write_text(GOOD)
    first, second = read_events(path)
    assert (first.label, first.bands, first.breaks) == ("safe mode", ("B1", "B2"), False)
    assert second.date == np.datetime64("2021-01-01T00:00:00")
    assert second.end == np.datetime64("2021-01-05T00:00:00")
    assert second.simulated
    assert first.concerns("B2")
    assert not first.concerns("B3")
    assert break_dates([first, second]).tolist() == [second.date.item()]
    write_events(path, [first, second], head="made up")
    assert read_events(path) == (first, second)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[event]]\nkind='orbit'\nlabel='x'", "event 1: date: expected a TOML date"),
        ("[[event]]\ndate='2020-01-01'\nkind='orbit'\nlabel='x'", "without quotes"),
        ("[[event]]\ndate=2020-01-01\nkind='comet'\nlabel='x'", "one of anomaly, manoeuvre"),
        ("[[event]]\ndate=2020-01-01\nkind='orbit'", "label: expected a short text"),
        ("[[event]]\ndate=2020-01-01\nkind='orbit'\nlabel='x'\nband='B1'", "received band"),
        ("[[event]]\ndate=2020-01-01\nkind='orbit'\nlabel='x'\nbands='B1'", "a list of band"),
        ("[[event]]\ndate=2020-01-01\nkind='orbit'\nlabel='x'\nbreaks=1", "true or false"),
        ("[[event]]\ndate=2020-01-02\nend=2020-01-01\nkind='tdi'\nlabel='x'", "swap the dates"),
        ("[event]\ndate=2020-01-01", "expected tables"),
        ("[[events]]\ndate=2020-01-01", "received events"),
        ("event = [1]", "event 1: expected a table"),
        ("date == 3", "a readable TOML file"),
    ],
)
def test_what_is_wrong_is_named(path, text, message):
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_events(path)


def test_no_file(path):
    with pytest.raises(InputError, match="a readable TOML file"):
        read_events(path)


def test_an_event_is_hashable_and_equal_to_its_copy():
    one = Event(np.datetime64("2020-01-01", "s"), "gain", "x")
    assert {one, Event(np.datetime64("2020-01-01", "s"), "gain", "x")} == {one}
