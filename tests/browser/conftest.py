"""A browser, and dashboards served by processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REQUIRED = "VENUS_ANALYSIS_REQUIRE_BROWSER"
SLOWEST_MS = 30_000


def _missing(what: str) -> None:
    assert not os.environ.get(REQUIRED), f"{REQUIRED} is set and there is no {what}"
    pytest.skip(f"browser test: no {what}")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        _missing("chromium (Debian: apt install chromium)")
    return str(found)


@pytest.fixture(scope="session")
def chromium_browser(chromium_path: str) -> Iterator[Any]:
    """A headless Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright (pip install playwright)")
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield opened
        opened.close()


class Tab:
    """A page with what it logged and asked for."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(SLOWEST_MS)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def foreign(self, own: str) -> list[str]:
        """Requests to anywhere but an address, or data in the page itself."""
        return [url for url in self.requests if not url.startswith((own, f"blob:{own}", "data:"))]


@pytest.fixture
def tab(chromium_browser: Any) -> Iterator[Callable[..., Tab]]:
    """Open a tab in a context of its own: no cookies, no cache shared."""
    contexts = []

    def make(width: int = 1280, height: int = 720) -> Tab:
        contexts.append(chromium_browser.new_context(viewport={"width": width, "height": height}))
        return Tab(contexts[-1])

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Serve a folder; the address comes back when pages can be had."""
    running = []

    def start(folder: Path, *options: str, **environment: str) -> str:
        command = [sys.executable, "-m", "venus_analysis", "serve", str(folder), "--port", "0"]
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
        )
        running.append(process)
        lines = []
        until = time.monotonic() + 120
        while time.monotonic() < until:
            line = process.stdout.readline()  # type: ignore[union-attr]
            lines.append(line)
            if "dashboard: http" in line:
                return line.split()[2].rstrip("/")
            if not line:
                break
        raise AssertionError(f"no address: {''.join(lines)}")

    yield start
    for process in running:
        process.terminate()
        process.wait(20)
        process.stdout.close()  # type: ignore[union-attr]


@pytest.fixture(scope="session")
def dashboard(serve: Callable[..., str], mission: Path) -> str:
    """Address of the SIMULATED mission's dashboard; do not change its ledger."""
    return serve(mission)
