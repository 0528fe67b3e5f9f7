"""Any order of rows, batches and repeats gives one current view."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis import ledger, schema
from venus_analysis.ledger.parts import WITHDRAWAL_COLUMNS, arrow_schema, encode
from venus_analysis.ledger.rows import tidy
from venus_analysis.ledger.store import ROWS, WITHDRAWALS

Fact = tuple[str, str, str, int, float, float]
NAN = math.nan
values = st.sampled_from([NAN, 0.5, 1.0])
facts = st.dictionaries(
    st.tuples(st.sampled_from(["LOOK_1", "LOOK_2"]), st.sampled_from(["B1", "B2"]),
              st.sampled_from(["a", "b", "c"])),
    st.tuples(st.integers(1, 4), values, values),
    min_size=1,
    max_size=8,
)  # fmt: skip
decisions = st.lists(
    st.tuples(st.sampled_from(["LOOK_1", "LOOK_2"]), st.sampled_from(["B1", "B2"]),
              st.sampled_from(["a", "b", "c"]), st.sampled_from(["withdraw", "restore"])),
    max_size=6,
)  # fmt: skip
FIXED = {
    "instrument": "i",
    "method": "m",
    "site": "s",
    "reference": "r",
    "reference_acquisition_id": "",
    "parameter_digest": "",
    "configuration": "",
}


def expected(
    known: dict[Any, Any], decided: list[Any], as_of: int
) -> dict[tuple[str, str], tuple[str, float]]:
    """The current view in plain Python: key -> (run, ratio)."""
    state = {}
    for second, (*identity, action) in enumerate(decided, start=1):
        if second <= as_of:
            state[tuple(identity)] = action
    best: dict[tuple[str, str], tuple[Any, ...]] = {}
    for (look, band, run), (second, ratio, measured) in known.items():
        if second > as_of or state.get((look, band, run)) == "withdraw":
            continue
        worth = 2 if not math.isnan(ratio) else 1 if not math.isnan(measured) else 0
        candidate = (worth, second, run, ratio)
        if (look, band) not in best or candidate[:3] > best[look, band][:3]:
            best[look, band] = candidate
    return {key: (run, ratio) for key, (_, _, run, ratio) in best.items()}


def as_table(folder: str, rows: list[dict[str, Any]]) -> pa.Table:
    frame = tidy(rows) if folder == ROWS else pd.DataFrame(rows)
    frame["committed"] = pd.to_datetime([row["committed"] for row in rows])
    columns = schema.COLUMNS if folder == ROWS else WITHDRAWAL_COLUMNS
    return pa.Table.from_pandas(frame, schema=arrow_schema(columns))


@settings(max_examples=25, deadline=None)
@given(facts, decisions, st.integers(0, 7), st.data())
def test_any_order_and_repeats(memory_store, known, decided, as_of, data) -> None:
    rows = [
        FIXED | {"acquisition_id": look, "band": band, "run_id": run, "ratio": ratio,
                 "measured": measured, "committed": f"2024-01-01T00:00:0{second}"}
        for (look, band, run), (second, ratio, measured) in known.items()
    ]  # fmt: skip
    events = [
        FIXED | {"acquisition_id": look, "band": band, "run_id": run, "action": action,
                 "reason": "why", "who": "me", "committed": f"2024-01-01T00:00:0{second}"}
        for second, (look, band, run, action) in enumerate(decided, start=1)
    ]  # fmt: skip
    moment = f"2024-01-01T00:00:0{as_of}"
    views = []
    for _ in range(2):
        store = memory_store()
        for folder, facts_of in ((ROWS, rows), (WITHDRAWALS, events)):
            numbers = range(len(facts_of))
            repeats = data.draw(st.lists(st.sampled_from(numbers), max_size=4)) if facts_of else []
            order = data.draw(st.permutations([*numbers, *repeats]))
            table = as_table(folder, facts_of) if facts_of else None
            while order:
                size = data.draw(st.integers(1, len(order)))
                store.publish(folder, *encode(table.take(order[:size])))
                order = order[size:]
        views.append((ledger.load(store).frame, ledger.load(store, as_of=moment).frame))
        if data.draw(st.booleans()):
            ledger.compact(store)
            assert ledger.load(store).frame.equals(views[-1][0])
            assert ledger.load(store, as_of=moment).frame.equals(views[-1][1])
    for one, other in zip(*views, strict=True):
        pd.testing.assert_frame_equal(one, other)
    for frame, until in zip(views[0], (9, as_of), strict=True):
        found = {
            (row.acquisition_id, row.band): (row.run_id, row.ratio) for row in frame.itertuples()
        }
        wanted = expected(known, decided, until)
        assert found.keys() == wanted.keys()
        for key, (run, ratio) in wanted.items():
            assert found[key][0] == run
            assert found[key][1] == ratio or math.isnan(ratio)
