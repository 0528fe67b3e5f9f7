"""Missions and servers of the dashboard's benchmark; see `benchmarks.dashboard`."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from venus_analysis.simulate.mission_settings import MissionSettings

LOGS = (
    "panel.io.document", "bokeh.server.views.ws", "bokeh.server.protocol_handler", "asyncio",
    "tornado.application",
)  # fmt: skip
OF_CLOSED_TABS = ("Failed sending message", "WebSocketClosedError", "/ws", "AssertionError()")
SITES, CLEAR_SHARE, LAST_DAY = 20, 0.66, "2027-12-31"


def mission(folder: Path) -> Path:
    """Write the SIMULATED mission, one scene of it calibrated."""
    from venus_analysis.simulate.mission import simulate_mission

    simulate_mission(folder, scenes=1)
    scenes = [str(path) for path in (folder / "scenes").glob("*.zarr")]
    places = [f"--{name}={folder / name}" for name in ("parameters", "ledger", "products")]
    command = [sys.executable, "-m", "venus_analysis", "moon", *scenes, *places, "--residuals"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def large_mission(folder: Path, beside: Path) -> Path:
    """Write 10 years of 12 bands at 20 sites, about 5e5 rows, with the other mission's picture."""
    from venus_analysis.ledger import load, write
    from venus_analysis.simulate.mission import simulate_mission

    simulate_mission(folder, large_settings())
    rows = load(beside / "ledger").frame
    write(folder / "ledger", rows[rows["product"] != ""])
    shutil.copytree(beside / "products", folder / "products")
    return folder


def large_settings() -> MissionSettings:
    """Give the large mission: both phases with daily visits, mostly clear."""
    settings = MissionSettings()
    first, last = settings.phases
    known = settings.desert.sites
    names = [f"{known[k % len(known)].site} {k // len(known) + 1}" for k in range(SITES)]
    sites = tuple(replace(known[k % len(known)], site=name) for k, name in enumerate(names))
    return replace(
        settings,
        phases=(replace(first, revisit_days=1), replace(last, stop=LAST_DAY)),
        desert=replace(settings.desert, sites=sites, clear_share=CLEAR_SHARE),
    )


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Any]]:
    """Serve dashboard, minimal and plain page from a process of their own."""
    from venus_analysis.app.access import free_port

    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "benchmarks._dashboards", str(folder), str(port)]
    as_served = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as the command line sets it
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=as_served)
    try:
        process.stdout.readline()  # type: ignore[union-attr]
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


def resident_mb(process: Any) -> float:
    """Memory of a process that is in use."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024.0
    return float("nan")


def serve_three(folder: str, port: int) -> None:
    """Serve dashboard, minimal and plain page once all that is foreseen is computed."""
    import numpy as np
    import panel as pn
    import panel_material_ui as pmui
    from bokeh.plotting import figure
    from panel.io.server import get_server

    from venus_analysis.app.latency import without_delay
    from venus_analysis.app.later import beside
    from venus_analysis.app.serve import prepare
    from venus_analysis.app.shell import page
    from venus_analysis.app.store import Store
    from venus_analysis.report.project import find_places

    for name in LOGS:
        logging.getLogger(name).addFilter(_not_of_closed_tabs)
    store = Store(find_places(folder))
    prepare(store)
    beside(int).result()

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


def _not_of_closed_tabs(record: logging.LogRecord) -> bool:
    """Keep what is not about tabs that the benchmark closed while they were told something."""
    texts = (record.getMessage(), str(record.exc_info))
    return not any(sign in text for text in texts for sign in OF_CLOSED_TABS)


if __name__ == "__main__":
    serve_three(sys.argv[1], int(sys.argv[2]))
