"""What is current, at which time, and what is still missing."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from venus_analysis import ledger, schema
from venus_analysis.errors import InputError


def test_rows_come_back_as_they_went_in(tmp_path, row, ticking) -> None:
    from venus_analysis.ledger.rows import tidy

    rows = [
        row(band=band, site="Libya 4 – µ\n=1", ratio=value, flags=5, simulated=True)
        for band, value in (("B1", 0.1 + 0.2), ("B10", 1e-300), ("B2", float("nan")))
    ]
    written = ledger.write(tmp_path / "new" / "ledger", rows, clock=ticking())
    frame = ledger.load(tmp_path / "new" / "ledger").frame
    expected = tidy(rows).assign(committed=written.committed)
    pd.testing.assert_frame_equal(frame, expected)
    assert written.rows == 3


def test_the_newest_run_is_current(three_runs, ratios) -> None:
    frame = ledger.load(three_runs).frame
    assert set(ratios(frame).values()) == {0.92}
    assert len(frame) == 4
    assert frame["acquisition_id"].is_monotonic_increasing


def test_as_of_dates(three_runs) -> None:
    def shown(as_of: object) -> list[str]:
        return ledger.load(three_runs, as_of=as_of).frame["run_id"].unique().tolist()

    assert shown("2024-01-01T00:59:59Z") == []
    assert shown("2024-01-01T01:00Z") == shown("2024-01-01T02:30+01:00") == ["run-a"]
    assert shown(datetime(2024, 1, 1, 2, tzinfo=UTC)) == ["run-b"]
    assert shown(np.datetime64("2024-01-01T02:59:59.999999")) == ["run-b"]
    assert shown(pd.Timestamp("2024-01-01T03:00")) == ["run-c"]
    assert shown("2024-01-01") == shown(date(2024, 1, 1)) == shown(None) == ["run-c"]
    assert shown("2023-12-31") == []


@pytest.mark.parametrize("as_of", ["soon", "2024", "", "2024-13-01", np.datetime64("NaT")])
def test_no_time_is_refused(three_runs, as_of) -> None:
    with pytest.raises(InputError, match="as_of: expected a date, a time"):
        ledger.load(three_runs, as_of=as_of)


def test_nan_never_replaces_a_value_unless_told(tmp_path, row) -> None:
    nan = float("nan")
    ledger.write(tmp_path, [row(run="a", ratio=0.5)])
    ledger.write(tmp_path, [row(run="b", ratio=nan, measured=nan)])
    assert ledger.load(tmp_path).frame["ratio"].tolist() == [0.5]
    assert ledger.load(tmp_path, nan_replaces=True).frame["run_id"].tolist() == ["b"]
    ledger.write(tmp_path, [row(run="c", ratio=0.7)])
    assert ledger.load(tmp_path).frame["ratio"].tolist() == [0.7]


def test_a_measured_value_outlives_an_empty_row(tmp_path, row) -> None:
    nan = float("nan")
    for run, measured in (("a", nan), ("b", 3.0), ("c", nan)):
        ledger.write(tmp_path, [row(run=run, ratio=nan, measured=measured)])
    assert ledger.load(tmp_path).frame["run_id"].tolist() == ["b"]


def test_a_clock_that_goes_back_does_not_reorder(tmp_path, row) -> None:
    clocks = ["2024-01-02T00:00", "2023-01-01T00:00", "2024-01-02T00:00"]
    commits = [
        ledger.write(
            tmp_path,
            [row(run=f"run-{9 - number}")],
            clock=lambda text=text: datetime.fromisoformat(text),
        ).committed
        for number, text in enumerate(clocks)
    ]
    first = np.datetime64("2024-01-02T00:00", "us")
    assert commits == [first, first + 1, first + 2]
    assert ledger.load(tmp_path).frame["run_id"].tolist() == ["run-7"]
    state = ledger.check(tmp_path, clock=lambda: datetime(2023, 6, 1, tzinfo=UTC))
    assert state.ahead_of_clock == 3


def test_history_keeps_everything(three_runs) -> None:
    frame = ledger.history(three_runs).frame
    assert len(frame) == 12
    assert set(frame.loc[frame["current"], "run_id"]) == {"run-c"}
    assert not frame["withdrawn"].any()


def test_columns(three_runs) -> None:
    frame = ledger.load(three_runs, columns=["ratio", "band"]).frame
    assert frame.columns.tolist() == ["ratio", "band"]
    assert frame["ratio"].tolist() == ledger.load(three_runs).frame["ratio"].tolist()
    with pytest.raises(InputError, match="'rtio'"):
        ledger.load(three_runs, columns=["rtio"])


def test_no_ledger_is_not_an_empty_one(tmp_path) -> None:
    (tmp_path / "photos").mkdir()
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="expected a folder that holds rows"):
            ledger.load(folder)
    assert ledger.load(tmp_path / "photos").frame.empty


def test_missing_only_what_was_not_done(tmp_path, row) -> None:
    nan = float("nan")
    rows = [row("done"), row("nan", ratio=nan, measured=nan), row("withdrawn")]
    ledger.write(tmp_path, rows)
    ledger.withdraw(tmp_path, acquisition="withdrawn", reason="clouds", who="Ada")
    wanted = {
        "done": row("done"),
        "nan": row("nan"),
        "withdrawn": row("withdrawn"),
        "new": row("new"),
        "new input": row("done", input_digest="d2"),
        "new algorithm": row("done", algorithm_version=2),
        "new option": row("done", configuration="c2"),
        "other band": row("done", "B2"),
    }
    found = dict(zip(wanted, ledger.missing(tmp_path, list(wanted.values())), strict=True))
    assert [name for name, is_missing in found.items() if not is_missing] == [
        "done",
        "nan",
        "withdrawn",
    ]
    assert ledger.missing(tmp_path / "none", pd.DataFrame([row()])).tolist() == [True]
    assert ledger.missing(tmp_path, []).tolist() == []


def test_an_input_that_went_back_is_computed_again(tmp_path, row) -> None:
    ledger.write(tmp_path, [row(run="a", input_digest="d1")])
    ledger.write(tmp_path, [row(run="b", input_digest="d2", ratio=0.5)])
    wanted = [row(input_digest="d1"), row(input_digest="d2")]
    assert ledger.missing(tmp_path, wanted).tolist() == [True, False]


def test_a_failed_second_try_leaves_the_first_result_standing(tmp_path, row) -> None:
    nan = float("nan")
    ledger.write(tmp_path, [row(run="a", algorithm_version=1)])
    ledger.write(tmp_path, [row(run="b", algorithm_version=2, ratio=nan, measured=nan)])
    wanted = [row(algorithm_version=1), row(algorithm_version=2), row(algorithm_version=3)]
    assert ledger.missing(tmp_path, wanted).tolist() == [False, False, True]


def test_missing_wants_the_whole_key(tmp_path, row) -> None:
    for name in schema.KEY:
        wanted = row()
        del wanted[name]
        with pytest.raises(InputError, match=name):
            ledger.missing(tmp_path, [wanted])


def test_missing_takes_empty_cells_as_the_ledger_does(tmp_path, row) -> None:
    ledger.write(tmp_path, [row(reference_acquisition_id=None)])
    wanted = [row(reference_acquisition_id=None), row(reference_acquisition_id="A")]
    assert ledger.missing(tmp_path, wanted).tolist() == [False, True]
    with pytest.raises(InputError, match="algorithm_version: expected integer values"):
        ledger.missing(tmp_path, [row(algorithm_version=1.5)])


def test_the_writer_works_in_batches(tmp_path, row) -> None:
    seconds = iter(range(0, 1000, 10))
    with ledger.Writer(tmp_path, batch_rows=3, stopwatch=lambda: next(seconds)) as writer:
        for number in range(7):
            writer.add([row(f"LOOK_{number}")])
    assert [batch.rows for batch in writer.written] == [3, 3, 1]
    assert len(ledger.load(tmp_path).frame) == 7


def test_the_writer_does_not_wait_too_long(tmp_path, row) -> None:
    now = [0.0]
    with ledger.Writer(tmp_path, stopwatch=lambda: now[0]) as writer:
        writer.add([row("LOOK_1")])
        now[0] = 29.0
        writer.add([row("LOOK_2")])
        assert writer.written == []
        now[0] = 30.0
        writer.add([row("LOOK_3")])
        assert [batch.rows for batch in writer.written] == [3]


def test_what_was_computed_is_kept_after_an_error(tmp_path, row) -> None:
    def interrupted() -> None:
        with ledger.Writer(tmp_path) as writer:
            writer.add([row()])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(ledger.load(tmp_path).frame) == 1


def test_one_bad_row_does_not_spoil_the_batch(tmp_path, row) -> None:
    with ledger.Writer(tmp_path) as writer:
        writer.add([row()])
        with pytest.raises(InputError):
            writer.add([row(ratio=0.5)])
        with pytest.raises(InputError):
            writer.add([row(band=None)])
        writer.add([row()])
    assert ledger.load(tmp_path).frame["ratio"].tolist() == [0.99]


def test_an_empty_batch_writes_nothing(tmp_path) -> None:
    assert ledger.write(tmp_path, []).rows == 0
    assert list(tmp_path.iterdir()) == []
