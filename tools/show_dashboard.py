"""Serve the demo's dashboard; without a terminal, show that it answers and end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request

WAIT_S = 120.0


def answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    """Tell whether the page comes within WAIT_S, while the server lives."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=30) as page:
                return bool(page.status == 200)
        except OSError:
            time.sleep(0.5)
    return False


def main(folder: str, port: str = "5006") -> int:
    """Serve until Ctrl-C on a terminal; elsewhere ask for one page."""
    command = [sys.executable, "-m", "venus_analysis", "serve", folder, "--port", port]
    if sys.stdout.isatty() and not os.environ.get("CI"):
        return subprocess.call(command)
    with subprocess.Popen(command) as server:
        try:
            good = answers(f"http://127.0.0.1:{port}/", server)
        finally:
            server.terminate()
    print("The dashboard answered." if good else "The dashboard did not answer.")
    print("No terminal here, so it was closed again. To look at it:")
    print(f"  {os.path.relpath(sys.prefix)}/bin/venus-analysis serve {folder}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
