"""Times of the dashboard in a browser, beside pages that hold nothing but a figure.

`python -m benchmarks.dashboard` prints the table, `python -m benchmarks.dashboard drift data`
that of some pages. One server holds the dashboard of the SIMULATED mission, a
`panel_material_ui` page and a plain Panel page with one Bokeh figure each; the pages are opened
in turns, each time in a browser context without cache, until they are drawn. A change is timed
from the widget's new value to the frame after the new picture: values shown for the first time,
and the same again. Then the same with a ledger of 10 years x 12 bands x 20 sites (about 5e5
rows), and 20 sessions open in the browser beside the one that is timed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._dashboards import large_mission, mission, resident_mb, served
from venus_analysis.app.pages import PAGES

VIEWS, SESSIONS, PATIENCE_MS = 3, 20, 120_000
BANDS: list[Any] = [[f"B{k}"] for k in (5, 7, 9, 11, 2)]
CHANGES: dict[str, tuple[str, list[Any]]] = {
    "overview": ("Mission phase", ["VM1", "VM5", ""]),
    "altitude_phase": ("From (UTC)", ["2018-02-01", "2018-03-01", "2018-04-01"]),
}
"""Sidebar's label and values by page; bands on every other."""
TARGET_CHANGE_S, TARGET_VIEW, TARGET_CROWDED = 0.3, 1.5, 3.0
PLAIN = {"minimal": "/minimal", "plain": "/plain"}
WATCH = """(label) => {
  const document = Bokeh.documents[0]
  const models = [...document._all_models.values()]
  window.chosen = models.find((one) => one.data && one.data.label === label)
  document.on_change((event) => {
    const model = event.model
    if (window.told && model && model !== window.chosen.data && (model.columns || "text" in model))
      { const told = window.told; window.told = null; told() } })
}"""
CHANGE = """(value) => new Promise((resolve) => {
  const start = performance.now()
  window.told = () => requestAnimationFrame(() => requestAnimationFrame(
    () => resolve(performance.now() - start)))
  window.chosen.data.value = value
  setTimeout(() => resolve(NaN), 20000)
})"""
SIDEBAR_THERE = """(label) => window.Bokeh && Bokeh.documents.some((document) =>
  [...document._all_models.values()].some((one) => one.data && one.data.label === label))"""
Times = dict[str, float]
Row = dict[str, object]


def run(pages: Sequence[str] = tuple(PAGES)) -> list[Row]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("the dashboard's benchmark needs chromium (Debian: apt install chromium)")
        return []
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        small = mission(Path(place) / "small")
        with served(small) as (address, _):
            few = {**first_views(browser, address, pages), **changes(browser, address, pages)}
        large = large_mission(Path(place) / "large", small)
        with served(large) as (address, process):
            many, memory = crowded(browser, address, process, pages)
        browser.close()
    return [*_rows(few, pages), *_crowded_rows(few, many, memory)]


def crowded(
    browser: Any, address: str, process: Any, pages: Sequence[str]
) -> tuple[Times, tuple[float, float]]:
    """Measure beside `SESSIONS` open sessions; and MB of the server with one, of each other."""
    for name in pages:
        opened(browser.new_context(), address + path_of(name)).context.close()
    before = resident_mb(process)
    contexts = [
        browser.new_context(viewport={"width": 640, "height": 480}) for _ in range(SESSIONS)
    ]
    for number, context in enumerate(contexts):
        opened(context, address + path_of(pages[number % len(pages)]))
    memory = before, (resident_mb(process) - before) / SESSIONS
    times = {**first_views(browser, address, pages), **changes(browser, address, pages)}
    for context in contexts:
        context.close()
    return times, memory


def path_of(name: str) -> str:
    """Address of a page, of the series that is timed."""
    return PLAIN.get(name) or f"/?page={name}&method=desert&band=B3"


def opened(context: Any, address: str) -> Any:
    """Open a page until it is drawn."""
    page = context.new_page()
    page.goto(address, timeout=PATIENCE_MS)
    page.locator("table" if "page=data" in address else "canvas").first.wait_for(
        timeout=PATIENCE_MS
    )
    return page


def first_views(browser: Any, address: str, pages: Sequence[str]) -> Times:
    """Median time until each page is drawn, seconds; a first turn is not counted."""
    times: dict[str, list[float]] = {name: [] for name in (*pages, *PLAIN)}
    for turn in range(VIEWS + 1):
        for name, found in times.items():
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            milliseconds = opened(context, address + path_of(name)).evaluate("performance.now()")
            if turn:
                found.append(milliseconds / 1000.0)
            context.close()
    return {name: median(found) for name, found in times.items()}


def changes(browser: Any, address: str, pages: Sequence[str]) -> Times:
    """Median time of changes on each page, seconds: ``first NAME``, and ``again NAME``."""
    found: Times = {}
    for name in pages:
        label, values = CHANGES.get(name, ("Bands", BANDS))
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        page = opened(context, address + path_of(name))
        page.wait_for_function(SIDEBAR_THERE, arg=label, timeout=PATIENCE_MS)
        page.wait_for_timeout(1500)
        page.evaluate(WATCH, label)
        for which in ("first", "again"):
            found[f"{which} {name}"] = median(_changed(page, value) for value in values)
        context.close()
    return found


def _changed(page: Any, value: Any) -> float:
    seconds = page.evaluate(CHANGE, value) / 1000.0
    page.wait_for_timeout(300)
    return float(seconds)


def _rows(few: Times, pages: Sequence[str]) -> list[Row]:
    minimal = f"minimal pmui.Page (asked <= {TARGET_VIEW} x)"
    rows = [_row(f"first view, {name}", few[name], few["minimal"], minimal) for name in pages]
    rows += [_row(f"first view, {name}", few[name], few["plain"], "plain Panel page")
             for name in pages if name == "drift"]  # fmt: skip
    words = {"first": "change, {}", "again": "change, {}, seen before"}
    return rows + [
        _row(text.format(name), few[f"{which} {name}"], TARGET_CHANGE_S, "asked")
        for name in pages
        for which, text in words.items()
    ]


def _crowded_rows(few: Times, many: Times, memory: tuple[float, float]) -> list[Row]:
    words = {"first": "change, {}", "again": "change, {}, seen before", "": "first view, {}"}
    peer = f"mission, 1 session (asked <= {TARGET_CROWDED:g} x)"
    rows = []
    for key, seconds in many.items():
        which, _, name = key.rpartition(" ")
        text = f"5e5 rows, {SESSIONS} sessions: {words[which].format(name)}"
        rows.append(_row(text, seconds, few[key], peer))
    server, session = memory
    rows.append(_row("memory of a session", session, server, "server with one", unit="MB"))
    return rows


def _row(name: str, ours_s: float, peer_s: float, peer: str, unit: str = "s") -> Row:
    return {
        "name": name,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": peer,
        "unit": unit,
    }


if __name__ == "__main__":
    for row in run(sys.argv[1:] or tuple(PAGES)):
        print(
            f"{row['name']:55}{row['ours_s']:8.3f} {row['unit']:2}{row['peer_s']:9.3f} "
            f"{row['unit']:2}{row['ratio']:7.2f}  {row['peer']}"
        )
