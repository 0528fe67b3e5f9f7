"""The address is the state: both ways, and nothing in it can break a page."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venus_analysis.app.query import (
    CLOSED,
    ESTIMATORS,
    MODELS,
    PAGES,
    THEMES,
    VIEWS,
    Gain,
    Shown,
    from_query,
    to_query,
)
from venus_analysis.app.resolve import Choices, resolve

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
DAY = st.dates().map(lambda day: day.isoformat())
GAIN = st.builds(
    Gain,
    st.text("B0123456789<>&;=", min_size=1, max_size=6).filter(lambda text: "@" not in text),
    DAY,
    st.floats(1e-3, 1e3).map(lambda value: float(f"{value:.9g}")),
)
SHOWN = st.builds(
    Shown,
    page=st.sampled_from(PAGES),
    method=TEXT,
    site=TEXT,
    reference=TEXT,
    band=st.lists(TEXT, max_size=12, unique=True).map(tuple),
    phase=TEXT,
    since=DAY,
    until=DAY,
    view=st.sampled_from(VIEWS),
    serial=TEXT,
    model=st.sampled_from(MODELS),
    estimator=st.sampled_from(ESTIMATORS),
    gain=st.lists(GAIN, max_size=4, unique_by=lambda one: one[:2]).map(tuple),
    theme=st.sampled_from(THEMES),
)


@given(SHOWN)
def test_every_state_comes_back_from_its_address(shown: Shown) -> None:
    assert from_query(to_query(shown)) == (shown, ())


@given(st.text(max_size=200))
def test_any_text_is_an_address(text: str) -> None:
    shown, _ = from_query(text)
    for name, values in CLOSED.items():
        assert getattr(shown, name) in values


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?view=<script>", "view '<script>'"),
        ("?since=yesterday", "no day such as"),
        ("?since=20210531", "no day such as"),
        ("?until=2021-W22-1", "no day such as"),
        ("?gain=B1@2020-01-01=-1", "write one as B1@"),
        ("?gain=B1@2020-01-01=nan", "write one as B1@"),
        ("?page=secrets", "not one of overview, drift"),
    ],
)
def test_what_cannot_be_used_is_said(query: str, said: str) -> None:
    shown, remarks = from_query(query)
    assert shown == Shown()
    assert len(remarks) == 1
    assert said in remarks[0]


OVERSIZED = {
    "a value of 1 MB": "page=drift&band=" + "B" * 1_000_000,
    "1e5 values": "page=drift&" + "&".join(f"band=B{k}" for k in range(100_000)),
    "1e5 gains": "page=drift&" + "&".join(f"gain=B1@2020-01-{k}=1" for k in range(100_000)),
    "deep JSON": "page=drift&band=" + "[" * 100_000 + "&as_of=" + '{"a":' * 3_000,
    "1e5 names": "page=drift&" + "&".join(f"n{k}=1" for k in range(100_000)),
}


@pytest.mark.parametrize("what", OVERSIZED)
def test_what_is_too_much_of_an_address_is_left_out_and_said(what: str) -> None:
    shown, remarks = from_query(OVERSIZED[what])
    assert shown.page == "drift"
    assert len(shown.band) <= 64
    assert "longer than 16384" in remarks[0]
    assert all(len(one) < 200 for one in remarks)
    assert len(to_query(shown)) < 20_000
    _, refused = resolve(shown, Choices(band=("B1",)))
    assert all(len(one) < 200 for one in refused)


def test_more_values_than_are_read_are_said() -> None:
    shown, remarks = from_query("&".join(f"band=B{k}" for k in range(70)))
    assert len(shown.band) == 64
    assert remarks == ("The address names more than 64 of band; the others were left out.",)


def test_choices_that_are_not_there_fall_back_and_are_said() -> None:
    there = Choices(method=("moon", "desert"), band=("B1", "B2"), site=("THE_MOON",))
    asked = Shown(method="sno", site="Libya 4", band=("B2", "B7"), view="re-based")
    found, remarks = resolve(asked, there)
    assert (found.method, found.site, found.band, found.view) == (
        "moon",
        "",
        ("B2",),
        "as produced",
    )
    assert len(remarks) == 4


def test_the_most_telling_band_is_shown_first() -> None:
    there = Choices(method=("moon",), band=("B1", "B2", "B3"))
    assert resolve(Shown(), there, ["B9", "B3", "B1"])[0].band == ("B3",)
    assert resolve(Shown(), there)[0].band == ("B1",)
    assert resolve(Shown(band=("B2",)), there, ["B3"])[0].band == ("B2",)
    assert resolve(Shown(), Choices())[0].band == ()


@pytest.mark.parametrize("module", ["query", "resolve", "state", "messages", "phgain", "try_gain"])
def test_what_is_shown_is_decided_without_panel(module: str) -> None:
    program = (
        f"import sys, venus_analysis.app.{module}; "
        "print([name for name in ('panel', 'bokeh', 'holoviews') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
