"""Times of the dashboard in a browser, beside pages that hold nothing but a figure.

`python -m benchmarks.dashboard [--folder FOLDER] [--turns N] [PAGE ...]` prints each figure as
it is found; `--folder` keeps the SIMULATED missions for the next time. One server holds the
dashboard, a `panel_material_ui` page and a plain Panel page with one Bokeh figure each; pages are
opened in turns, each time in a browser context without cache, until they are drawn. A change is
timed from the widget's new value to the frame after the new picture: values nobody has asked for,
and the same again. Three states: the mission alone; a ledger of 10 years x 12 bands x 20 sites
(about 5e5 rows) alone, first views only; and that with 20 sessions open, websocket clients that
draw nothing.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks._dashboards import large_mission, mission, resident_mb, served
from benchmarks._sessions import sitting
from venus_analysis.app.pages import PAGES

TURNS, SESSIONS, PATIENCE_MS = 2, 20, 120_000
NEW: dict[str, tuple[str, list[Any]]] = {
    "overview": ("Mission phase", ["VM1", "VM5", ""]),
    "altitude_phase": ("From (UTC)", [f"2018-{m:02}-01" for m in (2, 3, 4)]),
    "moon_image": ("", ["B5", "B7", "B9"]),
}
CROWDED_NEW: dict[str, tuple[str, list[Any]]] = {
    "overview": NEW["overview"],
    "altitude_phase": ("From (UTC)", [f"2018-{m:02}-01" for m in (5, 6, 7)]),
    "moon_image": ("", ["B11", "B2", "B4"]),
}
"""Label and values of what is changed by page, the sidebar's bands on every other; overview's
phases are foreseen. The buttons of bands beside a Moon image have no label."""
BANDS, CROWDED_BANDS = ([[f"B{k}"] for k in ks] for ks in ((5, 7, 9), (11, 2, 4)))
TARGET_CHANGE_S, TARGET_VIEW, TARGET_CROWDED = 0.3, 1.5, 3.0
PLAIN = {"minimal": "/minimal", "plain": "/plain"}
STAGED: dict[str, float] = {"altitude_phase": 3000.0}
"""Pages that say at once that they compute, which is no answer, and show band after band: only a
figure counts there, and the next change waits (ms) for the last band."""
IS = """(one, label) => one.data && one.data.label === label
  && (label || (one.data.options || []).includes("B1"))"""
WATCH = """([label, figures]) => {
  const document = Bokeh.documents[0]
  const models = [...document._all_models.values()]
  window.chosen = models.find((one) => (IS)(one, label))
  document.on_change((event) => {
    const model = event.model
    const shows = model && (model.columns || (!figures && "text" in model))
    if (window.told && shows && model !== window.chosen.data)
      { const told = window.told; window.told = null; told() } })
}""".replace("IS", IS)
CHANGE = """([value, patience]) => new Promise((resolve) => {
  const start = performance.now()
  window.told = () => requestAnimationFrame(() => requestAnimationFrame(
    () => resolve(performance.now() - start)))
  window.chosen.data.value = value
  setTimeout(() => resolve(patience), patience)
})"""
SIDEBAR_THERE = """(label) => window.Bokeh && Bokeh.documents.some((document) =>
  [...document._all_models.values()].some((one) => (IS)(one, label)))""".replace("IS", IS)
Times = dict[str, float]
Row = dict[str, object]


def run(
    pages: Sequence[str] = (), missions: Path | None = None, turns: int = TURNS
) -> Iterator[Row]:
    """Rows of the table, the worst page in each; what is found of every page is printed.

    Parameters
    ----------
    pages
        Names; all by default.
    missions
        Where to keep the SIMULATED missions; a temporary folder by default.
    turns
        How often each first view is timed.

    Yields
    ------
    dict
        name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer, unit.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("the dashboard's benchmark needs chromium (Debian: apt install chromium)")
        return
    from playwright.sync_api import sync_playwright

    pages = tuple(pages) or tuple(PAGES)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as player:
        place = missions or Path(temporary)
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        small = _made(place / "small", mission)
        with served(small) as (address, process):
            say(f"small: server ready, {resident_mb(process):.0f} MB")
            few = measured(browser, address, pages, "small", turns=turns)
        yield from _alone_rows(few, pages)
        large = _made(place / "large", lambda path: large_mission(path, small))
        start = perf_counter()
        with served(large) as (address, process):
            ready = perf_counter() - start
            say(f"large: server ready after {ready:.1f} s, {resident_mb(process):.0f} MB")
            idle = measured(browser, address, pages, "large", turns=turns, changed=False)
            alone = resident_mb(process)
            with sitting(addresses(address, pages, SESSIONS)):
                session = session_memory(address, process, pages, alone)
                state = f"large, {SESSIONS} sessions"
                many = measured(browser, address, pages, state, turns=turns, crowded=True)
            say(f"large: server at the end {resident_mb(process):.0f} MB")
        browser.close()
    yield from _large_rows(few, idle, "5e5 rows")
    yield from _large_rows(few, many, f"5e5 rows, {SESSIONS} sessions")
    yield _row("memory of a session", session, alone, "server, 5e5 rows", unit="MB")


def measured(
    browser: Any,
    address: str,
    pages: Sequence[str],
    state: str,
    *,
    turns: int,
    changed: bool = True,
    crowded: bool = False,
) -> Times:
    """Median times, seconds: ``view NAME``, ``first NAME`` and ``again NAME``."""
    if not crowded:
        with sitting(addresses(address, pages, len(pages))):
            pass
    views: dict[str, list[float]] = {name: [] for name in (*PLAIN, *pages)}
    found: Times = {}
    opened(browser.new_context(), address + PLAIN["minimal"]).context.close()
    for turn in range(turns):
        for name, seconds in views.items():
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            page = opened(context, address + path_of(name))
            seconds.append(page.evaluate("performance.now()") / 1000.0)
            if turn == turns - 1:
                found[f"view {name}"] = median(seconds)
                say(f"{state}: first view {name:16} {_list(seconds)}")
                if changed and name in pages:
                    found |= changes(page, name, state, crowded=crowded)
            context.close()
    return found


def changes(page: Any, name: str, state: str, *, crowded: bool) -> Times:
    """Median time of changes on a page that is open, seconds."""
    known = CROWDED_NEW if crowded else NEW
    label, values = known.get(name, ("Bands", CROWDED_BANDS if crowded else BANDS))
    page.wait_for_function(SIDEBAR_THERE, arg=label, timeout=PATIENCE_MS)
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, [label, name in STAGED])
    found = {}
    for which in ("first", "again"):
        seconds = [_changed(page, value, STAGED.get(name, 300.0)) for value in values]
        found[f"{which} {name}"] = median(seconds)
        say(f"{state}: change, {which} time {name:16} {_list(seconds)}")
    return found


def session_memory(address: str, process: Any, pages: Sequence[str], alone: float) -> float:
    """MB of each of `SESSIONS` sessions beside as many that are there; `alone` is for the words."""
    some = resident_mb(process)
    with sitting(addresses(address, pages, SESSIONS)):
        more = resident_mb(process)
    say(f"large: server {alone:.0f} MB, {SESSIONS} sessions {some:.0f}, {2 * SESSIONS} {more:.0f}")
    return (more - some) / SESSIONS


def addresses(address: str, pages: Sequence[str], number: int) -> list[str]:
    """Addresses of some sessions, all pages in turn."""
    return [address + path_of(pages[k % len(pages)]) for k in range(number)]


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


def _changed(page: Any, value: Any, pause_ms: float) -> float:
    seconds = page.evaluate(CHANGE, [value, PATIENCE_MS]) / 1000.0
    page.wait_for_timeout(pause_ms)
    return float(seconds)


def _made(folder: Path, make: Any) -> Path:
    if not folder.exists():
        start = perf_counter()
        make(folder)
        say(f"{folder.name}: SIMULATED mission written in {perf_counter() - start:.1f} s")
    return folder


def _worst(times: Times, which: str, among: Sequence[str]) -> str:
    return max(among, key=lambda name: times[f"{which} {name}"])


WORDS = {"view": "first view", "first": "change", "again": "change, seen before"}


def _alone_rows(few: Times, pages: Sequence[str]) -> Iterator[Row]:
    minimal = few["view minimal"]
    peer = f"minimal pmui.Page (asked <= {TARGET_VIEW} x)"
    for which in WORDS:
        name = _worst(few, which, pages)
        against = (minimal, peer) if which == "view" else (TARGET_CHANGE_S, "asked")
        yield _row(f"{WORDS[which]}, worst page ({name})", few[f"{which} {name}"], *against)
    if "drift" in pages:
        yield _row("first view, drift", few["view drift"], minimal, peer)
        yield _row("first view, drift", few["view drift"], few["view plain"], "plain Panel page")


def _large_rows(few: Times, many: Times, state: str) -> Iterator[Row]:
    """Rows of the page that suffers most."""
    peer = f"mission, 1 session (asked <= {TARGET_CROWDED:g} x)"
    for which, words in WORDS.items():
        keys = [key for key in many if key.startswith(which) and key.split()[1] in PAGES]
        if not keys:
            continue
        key = max(keys, key=lambda one: many[one] / few[one])
        yield _row(f"{state}: {words}, worst page ({key.split()[1]})", many[key], few[key], peer)


def _row(name: str, ours_s: float, peer_s: float, peer: str, unit: str = "s") -> Row:
    return {
        "name": name,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": peer,
        "unit": unit,
    }


def _list(seconds: Sequence[float]) -> str:
    return " ".join(f"{one:6.3f}" for one in seconds) + f"  median {median(seconds):.3f} s"


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def main() -> None:
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=", ".join(PAGES))
    parser.add_argument("--folder", type=Path, help="keeps the missions for the next time")
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    start = perf_counter()
    found = list(run(given.pages, given.folder, given.turns))
    for row in found:
        say(
            f"{row['name']:62}{row['ours_s']:8.3f} {row['unit']:2}{row['peer_s']:9.3f} "
            f"{row['unit']:2}{row['ratio']:7.2f}  {row['peer']}"
        )
    say(f"took {perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
