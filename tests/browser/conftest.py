"""A browser, and dashboards served by processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REQUIRED = "VENUS_ANALYSIS_REQUIRE_BROWSER"
SLOWEST_MS = 60_000


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
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        _missing("playwright (pip install playwright)")
    expect.set_options(timeout=SLOWEST_MS)
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe() -> Any:
    """The accessibility checker, its script from the package."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        _missing("axe-playwright-python (pip install axe-playwright-python)")
    return Axe()


DEEP_TEXT = """() => {
  const skip = new Set(["STYLE", "SCRIPT"]);
  const text = (node) => node.nodeType === Node.TEXT_NODE ? node.textContent
    : skip.has(node.nodeName) ? ""
    : [...(node.shadowRoot ? node.shadowRoot.childNodes : []), ...node.childNodes]
      .map(text).join(" ");
  return text(document.body).replace(/\\s+/g, " ");
}"""


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

    def opened(self, address: str, drawn: str = "canvas") -> Any:
        """Go there and wait until a figure, or something else, is drawn."""
        self.page.goto(address)
        self.page.locator(drawn).first.wait_for()
        self.page.wait_for_timeout(500)
        return self.page

    def foreign(self, own: str) -> list[str]:
        """Requests to anywhere but an address, or data in the page itself."""
        return [url for url in self.requests if not url.startswith((own, f"blob:{own}", "data:"))]


@pytest.fixture(scope="session")
def text_of() -> Callable[[Any], str]:
    """Give the text of a page, that of shadow roots included."""
    return lambda page: str(page.evaluate(DEEP_TEXT))


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


class Servers:
    """Servers that are forked from one process: the libraries are imported once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[int, Path] = {}
        command = [sys.executable, str(Path(__file__).with_name("forked_server.py"))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.parent = subprocess.Popen(command, env=os.environ | {"PYTHONUNBUFFERED": "1"}, **pipes)

    def start(self, arguments: list[str], environment: dict[str, str]) -> str:
        """Run `venus-analysis serve`; the address comes back when pages can be had."""
        log = self.folder / f"{len(self.running)}.txt"
        log.touch()
        order = {"arguments": ["serve", *arguments], "log": str(log), "environment": environment}
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write(json.dumps(order) + "\n")
        self.parent.stdin.flush()
        number = int(self.parent.stdout.readline())
        self.running[number] = log
        until = time.monotonic() + 120
        while time.monotonic() < until and alive(number):
            for line in log.read_text().splitlines():
                if "dashboard: http" in line:
                    return line.split()[2].rstrip("/")
            time.sleep(0.05)
        raise AssertionError(f"no address: {log.read_text()}")

    def end(self) -> str:
        """End them, and give what they said."""
        for number in filter(alive, self.running):
            os.kill(number, signal.SIGTERM)
        until = time.monotonic() + 20
        while any(map(alive, self.running)):
            assert time.monotonic() < until, "a server did not end"
            time.sleep(0.05)
        self.parent.communicate(timeout=20)
        return "".join(log.read_text() for log in self.running.values())


def alive(number: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Serve a folder; the address comes back when pages can be had. No server may log a failure."""
    servers = Servers(tmp_path_factory.mktemp("servers"))

    def start(folder: Path, *options: str, **environment: str) -> str:
        return servers.start([str(folder), "--port", "0", *options], environment)

    yield start
    logs = servers.end()
    assert "RuntimeError" not in logs, logs[-4000:]


@pytest.fixture(scope="session")
def dashboard(serve: Callable[..., str], pictured: Path) -> str:
    """Address of the SIMULATED mission's dashboard; do not change its ledger."""
    return serve(pictured)
