"""Rows at the door: types, times, and errors that say what to do."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.ledger.rows import distinct, tidy


def test_every_column_comes_with_its_type(row) -> None:
    frame = tidy([row()])
    assert tuple(frame.columns) == schema.NAMES
    for column in schema.COLUMNS:
        want = {"float": "f", "integer": "i", "boolean": "b", "time": "M"}.get(column.kind)
        if want:
            assert frame[column.name].dtype.kind == want, column.name
        else:
            assert pd.api.types.is_string_dtype(frame[column.name]), column.name
    assert frame["time"].dtype == "datetime64[us]"
    assert tidy([]).dtypes.equals(frame.dtypes)


def test_none_and_what_is_left_out_become_empty(row) -> None:
    frame = tidy([row(product=None, flags=None, ratio=None, time=None)])
    assert frame.loc[0, "product"] == frame.loc[0, "mission_phase"] == ""
    assert frame.loc[0, "flags"] == 0
    assert np.isnan(frame.loc[0, "ratio"])
    assert np.isnan(frame.loc[0, "u_model"])
    assert pd.isna(frame.loc[0, "time"])


def test_times_become_utc(row) -> None:
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    given = [
        noon,
        noon.astimezone(timezone(timedelta(hours=5))),
        noon.replace(tzinfo=None),
        "2024-05-01T14:00:00+02:00",
        np.datetime64("2024-05-01T12:00"),
    ]
    for time in given:
        assert tidy([row(time=time)]).loc[0, "time"] == pd.Timestamp("2024-05-01T12:00")


def test_tidy_twice_is_tidy_once(row) -> None:
    once = tidy([row(), row(band="B2", time=None)])
    pd.testing.assert_frame_equal(tidy(once), once)
    pd.testing.assert_frame_equal(tidy(once.astype({"band": "category"})), once)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bnad": "B1"}, "did you mean 'band'"),
        ({"band": ""}, "rows: band: expected a name"),
        ({"band": None}, "rows: band: expected a name"),
        ({"band": 3}, "rows: band: expected text values, received 3"),
        ({"site": "\ud800"}, "rows: site: expected text values"),
        ({"flags": 0.5}, "rows: flags: expected integer values, received 0.5"),
        ({"flags": 2**70}, "rows: flags"),
        ({"simulated": "no"}, "rows: simulated: expected boolean values"),
        ({"ratio": "good"}, "rows: ratio: expected float values"),
        ({"time": "yesterday"}, "rows: time: expected time values"),
    ],
)
def test_bad_values_are_named(row, change, words) -> None:
    with pytest.raises(InputError) as caught:
        tidy([row(**change)])
    assert words in str(caught.value)


def test_a_missing_key_column_is_named(row) -> None:
    given = row()
    del given["reference"]
    with pytest.raises(InputError, match="a column 'reference', received none"):
        tidy([given])


def test_repeats_go_and_contradictions_are_refused(row) -> None:
    assert len(distinct(tidy([row(), row(), row(band="B2")]))) == 2
    with pytest.raises(InputError, match="two different ones for LOOK_1 B1 in run run-a"):
        distinct(tidy([row(), row(ratio=0.5)]))
