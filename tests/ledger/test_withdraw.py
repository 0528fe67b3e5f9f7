"""Withdrawing rows and putting them back."""

import pytest

from venus_analysis import ledger
from venus_analysis.errors import InputError


def shown(folder, **more) -> set[tuple[str, str, str]]:
    frame = ledger.load(folder, **more).frame
    return set(frame[["acquisition_id", "band", "run_id"]].itertuples(index=False, name=None))


def test_withdrawn_rows_leave_the_view_and_come_back(three_runs, ticking) -> None:
    clock = ticking("2024-02-01T00:00:00")
    before = shown(three_runs)
    done = ledger.withdraw(
        three_runs, acquisition="LOOK_1", bands=["B1"], reason="clouds", who="Ada", clock=clock
    )
    assert done.rows == 3, "one row of each run"
    assert shown(three_runs) == before - {("LOOK_1", "B1", "run-c")}
    frame = ledger.history(three_runs).frame
    assert set(frame.loc[frame["withdrawn"], "reason"]) == {"clouds"}
    assert set(frame.loc[frame["withdrawn"], "who"]) == {"Ada"}
    assert set(frame.loc[~frame["withdrawn"], "reason"]) == {""}
    ledger.withdraw(
        three_runs, acquisition="LOOK_1", reason="haze only", who="Bo", restore=True, clock=clock
    )
    assert shown(three_runs) == before
    assert shown(three_runs, as_of="2024-02-01T01:30") != before
    assert shown(three_runs, as_of="2024-01-31") == before


def test_withdrawing_one_run_brings_the_one_before_back(three_runs) -> None:
    ledger.withdraw(three_runs, acquisition="LOOK_2", run="run-c", reason="wrong Ak", who="Ada")
    assert {run for look, _, run in shown(three_runs) if look == "LOOK_2"} == {"run-b"}
    assert {run for look, _, run in shown(three_runs) if look == "LOOK_1"} == {"run-c"}


def test_a_later_run_counts_again(three_runs, row) -> None:
    ledger.withdraw(three_runs, acquisition="LOOK_1", reason="clouds", who="Ada")
    ledger.write(three_runs, [row("LOOK_1", "B1", "run-d")])
    assert {entry for entry in shown(three_runs) if entry[0] == "LOOK_1"} == {
        ("LOOK_1", "B1", "run-d")
    }


def test_a_clock_that_lags_does_not_undo_a_withdrawal(three_runs, ticking) -> None:
    before = shown(three_runs)
    clock = ticking("2020-01-01T00:00:00", step_h=-1.0)
    for restore in (False, True, False):
        ledger.withdraw(
            three_runs, acquisition="LOOK_1", reason="r", who="w", restore=restore, clock=clock
        )
    assert shown(three_runs) == {entry for entry in before if entry[0] != "LOOK_1"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"acquisition": "LOOK_7"}, "acquisition_id: expected one .* it has LOOK_2, LOOK_1"),
        ({"bands": ["B9"]}, "band: expected one that the ledger has, received 'B9'"),
        ({"run": "run-z"}, "run_id: expected one"),
        ({"reason": " "}, "reason: expected a text"),
        ({"who": ""}, "who: expected a text"),
        ({"restore": True}, "LOOK_1: expected rows that are withdrawn, received none"),
    ],
)
def test_what_cannot_be_withdrawn(three_runs, change, words) -> None:
    arguments = {"acquisition": "LOOK_1", "reason": "clouds", "who": "Ada"} | change
    with pytest.raises(InputError, match=words):
        ledger.withdraw(three_runs, **arguments)
    assert len(shown(three_runs)) == 4


def test_withdrawing_twice_is_told(three_runs) -> None:
    ledger.withdraw(three_runs, acquisition="LOOK_1", reason="clouds", who="Ada")
    with pytest.raises(InputError, match="expected rows that are in force"):
        ledger.withdraw(three_runs, acquisition="LOOK_1", reason="clouds", who="Ada")


def test_a_damaged_withdrawal_is_named_wherever_rows_are_read(three_runs) -> None:
    ledger.withdraw(three_runs, acquisition="LOOK_1", reason="clouds", who="Ada")
    (part,) = (three_runs / "withdrawals").iterdir()
    part.write_bytes(part.read_bytes()[:-1])
    for loaded in (ledger.load(three_runs), ledger.history(three_runs), ledger.check(three_runs)):
        assert [refused.part for refused in loaded.refused] == [f"withdrawals/{part.name}"]
