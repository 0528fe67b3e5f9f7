"""Times of the dashboard in a browser, beside pages that hold nothing but a figure.

`python -m benchmarks.dashboard` prints the rows. One server holds the dashboard of the
SIMULATED mission, a `panel_material_ui` page and a plain Panel page with one Bokeh figure
each; every page of the dashboard and these two are opened in turns, each time in a browser
context without cache, until they are drawn. A change is timed from the widget's new value to
the frame after the new picture. The same again with a ledger of about 5e5 rows at 20 sites,
and with 20 sessions open in the browser beside the one that is timed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from venus_analysis.app.pages import PAGES

VIEWS, SESSIONS = 5, 20
BANDS = [[f"B{k}"] for k in (5, 7, 9, 11, 2, 4, 8)]
CHANGES = {"overview": ("Mission phase", ["VM1", "VM5", "", "VM1", "VM5", ""])}
"""Sidebar's label and values by page; bands on every other."""
CHANGED = [name for name, page in PAGES.items() if name in CHANGES or "band" in page.widgets]
TARGET_CHANGE_S = 0.3
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
  setTimeout(() => resolve(NaN), 8000)
})"""
SIDEBAR_THERE = """(label) => window.Bokeh && Bokeh.documents.some((document) =>
  [...document._all_models.values()].some((one) => one.data && one.data.label === label))"""


def run() -> list[dict[str, object]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("the dashboard's benchmark needs chromium (Debian: apt install chromium)")
        return []
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        folders = [make(Path(place) / name, large=name == "large") for name in ("small", "large")]
        rows, few = small(browser, folders[0])
        rows += crowded(browser, folders[1], few)
        browser.close()
    return rows


def small(browser: Any, folder: Path) -> tuple[list[dict[str, object]], dict[str, float]]:
    """Rows of the mission, and the time of a change on each page."""
    with served(folder) as (address, _):
        views = first_views(browser, address, VIEWS)
        changed = {name: change(browser, address, name) for name in CHANGED}
    rows = [_row(f"first view, {name}", views[name], views["minimal"], "minimal pmui.Page")
            for name in PAGES]  # fmt: skip
    rows.append(_row("first view, drift", views["drift"], views["plain"], "plain Panel page"))
    rows += [_row(f"change, {name}", changed[name], TARGET_CHANGE_S, "target") for name in CHANGED]
    return rows, {**views, **{f"change {name}": one for name, one in changed.items()}}


def crowded(browser: Any, folder: Path, few: dict[str, float]) -> list[dict[str, object]]:
    """Rows of the large ledger with `SESSIONS` sessions open, beside the mission with one."""
    names = ("drift", "residuals", "data")
    with served(folder) as (address, process):
        for name in names:
            change(browser, address, name)
        before = resident_mb(process)
        contexts = [browser.new_context(viewport={"width": 640, "height": 480})
                    for _ in range(SESSIONS)]  # fmt: skip
        for number, context in enumerate(contexts):
            opened(context, f"{address}{path_of(list(PAGES)[number % len(PAGES)])}")
        memory = (resident_mb(process) - before) / SESSIONS
        views = first_views(browser, address, 3, names)
        changed = {name: change(browser, address, name) for name in names}
        print(f"{SESSIONS} sessions: {memory:.1f} MB each; {before:.0f} MB for the ledger and one",
              file=sys.stderr)  # fmt: skip
        for context in contexts:
            context.close()
    peer = "mission, 1 session"
    return [
        _row(f"5e5 rows, 20 sessions: first view, {name}", views[name], few[name], peer)
        for name in names
    ] + [
        _row(f"5e5 rows, 20 sessions: change, {name}", changed[name], few[f"change {name}"], peer)
        for name in names
    ]


def make(folder: Path, *, large: bool = False) -> Path:
    """Write the mission with one calibrated scene, or with 16 times its desert rows at 20 sites."""
    from venus_analysis.ledger import load, write
    from venus_analysis.simulate.mission import simulate_mission

    simulate_mission(folder, scenes=0 if large else 1)
    if not large:
        scenes = [str(path) for path in (folder / "scenes").glob("*.zarr")]
        places = [f"--{name}={folder / name}" for name in ("parameters", "ledger", "products")]
        command = [sys.executable, "-m", "venus_analysis", "moon", *scenes, *places, "--residuals"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    else:
        import pandas as pd

        rows = load(folder / "ledger").frame
        rows = rows[rows["method"] == "desert"]
        for copy in range(1, 16):
            more = rows.assign(
                site=rows["site"] + f" copy {copy % 4}" * (copy % 4 > 0),
                acquisition_id=rows["acquisition_id"] + f"_{copy}",
                time=rows["time"] + pd.Timedelta(hours=copy),
                run_id=f"copy-{copy}",
            )
            write(folder / "ledger", more)
    return folder


def path_of(name: str) -> str:
    """Address of a page, of the series that is timed."""
    return PLAIN.get(name) or f"/?page={name}&method=desert&band=B3"


def opened(context: Any, address: str) -> Any:
    """Open a page until it is drawn."""
    page = context.new_page()
    page.goto(address, timeout=120_000)
    drawn = "table" if "page=data" in address else "canvas, [role=status]"
    page.locator(drawn).first.wait_for(timeout=120_000)
    return page


def first_views(
    browser: Any, address: str, views: int, names: tuple[str, ...] = tuple(PAGES)
) -> dict[str, float]:
    """Median time until each page is drawn, seconds."""
    times: dict[str, list[float]] = {name: [] for name in (*names, *PLAIN)}
    for turn in range(views + 1):
        for name, found in times.items():
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            page = opened(context, address + path_of(name))
            milliseconds = page.evaluate("performance.now()")
            if turn:
                found.append(milliseconds / 1000.0)
            context.close()
    return {name: statistics.median(found) for name, found in times.items()}


def change(browser: Any, address: str, name: str) -> float:
    """Median time of a change of band, or of another choice, on a page, seconds."""
    label, values = CHANGES.get(name, ("Bands", BANDS))
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = opened(context, address + path_of(name))
    page.wait_for_function(SIDEBAR_THERE, arg=label, timeout=120_000)
    page.wait_for_timeout(1500)
    page.evaluate(WATCH, label)
    times = []
    for value in values:
        times.append(page.evaluate(CHANGE, value) / 1000.0)
        page.wait_for_timeout(400)
    context.close()
    print(name, label, [round(one, 3) for one in times], file=sys.stderr)
    return statistics.median(times)


def resident_mb(process: Any) -> float:
    """Memory of a process that is in use."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024.0
    return float("nan")


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Any]]:
    """Serve dashboard, minimal and plain page from a process of their own."""
    from venus_analysis.app.access import free_port

    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "benchmarks.dashboard", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()  # type: ignore[union-attr]
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


def serve_three(folder: str, port: int) -> None:
    """Serve dashboard, minimal and plain page."""
    import numpy as np
    import panel as pn
    import panel_material_ui as pmui
    from bokeh.plotting import figure
    from panel.io.server import get_server

    from venus_analysis.app.latency import without_delay
    from venus_analysis.app.serve import warm
    from venus_analysis.app.shell import page
    from venus_analysis.app.store import Store
    from venus_analysis.report.project import find_places

    store = Store(find_places(folder))
    warm(store)

    def drawn() -> Any:
        chart = figure(height=400, sizing_mode="stretch_width")
        x = np.arange(150)
        chart.scatter(x, np.sin(x))
        return pn.pane.Bokeh(chart, sizing_mode="stretch_width")

    def minimal() -> Any:
        return pmui.Page(title="minimal", main=[drawn()])

    server = get_server(
        {"/": lambda: page(store), "/minimal": minimal, "/plain": drawn},
        port=port,
        address="127.0.0.1",
        websocket_origin=[f"127.0.0.1:{port}"],
        show=False,
        start=False,
        verbose=False,
    )
    without_delay(server)
    server.start()
    print("ready", flush=True)
    server.io_loop.start()


def _row(name: str, ours_s: float, peer_s: float, peer: str) -> dict[str, object]:
    return {
        "name": name,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": peer,
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        serve_three(sys.argv[1], int(sys.argv[2]))
    else:
        for row in run():
            print(
                f"{row['name']:40}{row['ours_s']:8.3f} s{row['peer_s']:8.3f} s"
                f"{row['ratio']:8.2f}  {row['peer']}"
            )
