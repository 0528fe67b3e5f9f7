"""Names and dates of parameter files."""

from __future__ import annotations

import contextlib
import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import (
    OPEN_START,
    OPEN_STOP,
    format_utc,
    instant,
    parse_day,
    parse_utc,
    readable,
)
from venus_analysis.parameters.names import FileName, band_name, digest, serials

GOOD = "VE_OPER_GIP_PHGAIN_L_ALLSITES_00007_20170801_99991231"
CLASSES = ["OPER", "TEST", "GSOV", "IOTE", "VM01", "VM02", "VM03", "DROB", "SVT_", "SVT9", "TDA0"]

days = st.one_of(
    st.just("00000000"),
    st.just("99999999"),
    st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)).map(
        lambda day: f"{day.year:04d}{day.month:02d}{day.day:02d}"
    ),
)
nicks = st.text("ABCXYZ0189_", min_size=8, max_size=8)


@settings(deadline=None)
@given(
    st.sampled_from(CLASSES),
    st.sampled_from("LS"),
    nicks,
    st.integers(0, 99999),
    days,
    days,
    st.integers(1, 12),
    st.sets(st.sampled_from([1, 4, 8, 16, 32]), min_size=1),
)
def test_any_valid_name_survives(cls, letter, nick, serial, start, stop, band, tdi):
    mask = "".join("1" if value in tdi else "0" for value in (32, 16, 8, 4, 2, 1))
    stem = f"VE_{cls}_GIP_{{}}_{letter}_{nick}_{serial:05d}_{start}_{stop}"
    for kind, tail in (
        ("PHGAIN", ""),
        ("OUTORD", f"_B{band:02d}"),
        ("DARKCU", f"_B{band:02d}_{mask}"),
    ):
        text = stem.format(kind) + tail
        name = FileName.parse(text)
        assert str(name) == text
        assert (name.nick, name.serial) == (nick, serial)
        assert name.band == (f"B{band}" if tail else None)
        assert name.tdi == (tuple(sorted(tdi)) if kind == "DARKCU" else None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GOOD.replace("OPER", "VM04"), "class"),
        (GOOD.replace("OPER", "VM05"), "class"),
        (GOOD.replace("OPER", "oper"), "class"),
        (GOOD.replace("OPER", "T/ST"), "class"),
        (GOOD.replace("_L_", "_X_"), "VE_<class>"),
        (GOOD.replace("ALLSITES", "ALLSITE"), "VE_"),
        (GOOD.replace("00007", "0007"), "VE_"),
        (GOOD.replace("20170801", "20170231"), "calendar"),
        (GOOD.replace("20170801", "00000101"), "calendar"),
        (GOOD + "_B05", "no band"),
        (GOOD + "_111101", "no TDI"),
        (GOOD.replace("PHGAIN", "DARKCU"), "a band"),
        (GOOD.replace("PHGAIN", "DARKCU") + "_B05", "a TDI"),
        (GOOD.replace("PHGAIN", "DARKCU") + "_B05_111111", "mask"),
        (GOOD.replace("PHGAIN", "DARKCU") + "_B05_000000", "mask"),
        (GOOD.replace("PHGAIN", "OUTORD") + "_B05_111101", "no TDI"),
        (GOOD.replace("PHGAIN", "OUTORD") + "_B13", "B01 to B12"),
        (GOOD + "\n", "VE_<class>"),
        (GOOD.replace("7", "٧"), "VE_<class>"),
        ("", "VE_<class>"),
    ],
)
def test_invalid_names_are_refused_with_a_sentence(text, word):
    with pytest.raises(InputError, match=word):
        FileName.parse(text)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_name_or_an_input_error(text):
    with contextlib.suppress(InputError):
        assert str(FileName.parse(text)) == text


@settings(deadline=None)
@given(st.text(max_size=40), st.booleans())
def test_any_text_is_a_date_or_an_input_error(text, fraction):
    for read in (
        lambda: parse_utc(text, fraction=fraction),
        lambda: parse_day(text),
        lambda: instant(text),
        lambda: band_name(text),
    ):
        with contextlib.suppress(InputError):
            read()


@settings(deadline=None)
@given(st.integers(-62135596800, 253402300799))
def test_every_second_of_years_1_to_9999_survives(second):
    value = np.datetime64(second, "s")
    assert parse_utc(format_utc(value)) == value
    assert len(format_utc(value)) == 23
    assert OPEN_START < value < OPEN_STOP


def test_open_ends_are_infinite_and_9999_12_31_is_a_date():
    assert parse_utc("UTC=0000-00-00T00:00:00") == OPEN_START
    assert parse_utc("UTC=9999-99-99T99:99:99") == OPEN_STOP
    assert parse_utc("UTC=9999-12-31T23:59:59") < OPEN_STOP
    assert (readable(OPEN_START), readable(OPEN_STOP)) == ("-infinity", "infinity")
    for text in (
        "UTC=9999-99-99T00:00:00",
        "UTC=2019-02-04T08:34:37Z",
        "UTC=2019-02-04T08:34:37.1",
        "2019-02-04T08:34:37",
        "UTC=2019-02-30T00:00:00",
        "UTC=2019-02-04T24:00:00",
    ):
        with pytest.raises(InputError):
            parse_utc(text)
    exact = parse_utc("UTC=2019-02-04T08:34:37.25", fraction=True)
    assert exact == np.datetime64("2019-02-04T08:34:37.250000")


def test_dates_of_callers_come_to_whole_seconds_of_utc():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    wanted = np.datetime64("2019-02-04T08:34:37")
    for value in (
        "2019-02-04T08:34:37Z",
        datetime.datetime(2019, 2, 4, 10, 34, 37, tzinfo=zone),
        datetime.datetime(2019, 2, 4, 8, 34, 37),
        np.datetime64("2019-02-04T08:34:37.999", "ns"),
    ):
        assert instant(value) == wanted
    assert instant(datetime.date(2019, 2, 4)) == np.datetime64("2019-02-04T00:00:00")
    with pytest.raises(InputError, match="NaT"):
        instant(np.datetime64("NaT"))


def test_serials_and_digest():
    seven, eight = (FileName.parse(GOOD.replace("00007", f"0000{n}")) for n in (7, 8))
    assert serials([eight, seven]) == {"PHGAIN": "00007+00008"}
    assert digest([seven, eight]) == digest([eight, seven]) != digest([seven])
