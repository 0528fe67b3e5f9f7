"""Times of the dashboard in a browser, beside pages that hold nothing but a figure.

`python -m benchmarks.dashboard` prints the rows. One server holds the dashboard of the
SIMULATED mission (page Temporal drift), a `panel_material_ui` page and a plain Panel page
with one Bokeh figure each; they are opened in turns, each time in a browser context without
cache, until the figure is on the screen. A change is timed from the widget's new value to
the frame after the new picture.
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

VIEWS, BANDS = 5, [f"B{k}" for k in (3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12, 1)]
SERIALS = ["00007", "00008", "00009", "00010"]
TARGET_FIRST, TARGET_CHANGE_S = 1.5, 0.3
PATHS = {"ours": "/?page=drift&method=moon&band=B1", "minimal": "/minimal", "plain": "/plain"}
CHANGE = """([label, value]) => new Promise((resolve) => {
  const models = Bokeh.documents.flatMap((document) => [...document._all_models.values()])
  const source = models.find((one) => one.data && one.columns && "acquisition_id" in one.data)
  const widget = models.find((one) => one.data && one.data.label === label)
  const before = source.data
  const start = performance.now()
  const look = () => source.data === before ? requestAnimationFrame(look)
    : requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)))
  widget.data.value = value
  look()
})"""
SIDEBAR_THERE = """() => window.Bokeh && Bokeh.documents.some((document) =>
  [...document._all_models.values()].some((one) => one.data && one.data.label === "Bands"))"""


def run() -> list[dict[str, object]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("the dashboard's benchmark needs chromium (Debian: apt install chromium)")
        return []
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "mission") as address,
        sync_playwright() as player,
    ):
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        views = first_views(browser, address)
        band, gain_set = changes(browser, address)
        browser.close()
    return [
        _row("dashboard, first view", views["ours"], views["minimal"], "minimal pmui.Page"),
        _row("dashboard, first view", views["ours"], views["plain"], "plain Panel page"),
        _row("dashboard, change of band", band, TARGET_CHANGE_S, "target"),
        _row("dashboard, change of parameter set", gain_set, TARGET_CHANGE_S, "target"),
    ]


def first_views(browser: Any, address: str) -> dict[str, float]:
    """Median time until the figure is drawn, seconds, of each page."""
    times: dict[str, list[float]] = {name: [] for name in PATHS}
    for turn in range(VIEWS + 1):
        for name, path in PATHS.items():
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            page = context.new_page()
            page.goto(address + path)
            page.wait_for_selector("canvas", timeout=60_000)
            milliseconds = page.evaluate("performance.now()")
            if turn:
                times[name].append(milliseconds / 1000.0)
            context.close()
    return {name: statistics.median(found) for name, found in times.items()}


def changes(browser: Any, address: str) -> tuple[float, float]:
    """Median time of a change of band, and of the parameter set re-based to, seconds."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{address}/?page=drift&method=moon&band=B1&view=re-based")
    page.wait_for_selector("canvas", timeout=60_000)
    page.wait_for_function(SIDEBAR_THERE)
    page.wait_for_timeout(2000)
    found = []
    for label, values in (
        ("Bands", [[band] for band in BANDS]),
        ("Parameter set (PHGAIN)", SERIALS),
    ):
        times = []
        for value in values:
            times.append(page.evaluate(CHANGE, [label, value]) / 1000.0)
            page.wait_for_timeout(800)
        print(label, [round(one, 3) for one in times], file=sys.stderr)
        found.append(statistics.median(times))
    return found[0], found[1]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the three pages from a process of their own."""
    from venus_analysis.app.access import free_port
    from venus_analysis.simulate.mission import simulate_mission

    simulate_mission(folder)
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "benchmarks.dashboard", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()  # type: ignore[union-attr]
        yield f"http://127.0.0.1:{port}"
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
