"""The server as somebody meets it who should not be let in; needs no browser."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from venus_analysis.app.access import COOKIE_SECRET, USERS_FILE, free_port
from venus_analysis.ledger import write

PASSWORD = "correct horse battery"
PATHS = [
    "/../../../../../../../../etc/passwd",
    "/static/../../../../../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/static/extensions/panel/../../../../../../../../../../etc/passwd",
    "/static/extensions/panel/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/static//etc/passwd",
    "/components/panel.pane/HTML/_stylesheets/../../../../../../../../../etc/passwd",
    "/components/os/path/__file__/passwd",
    "/ledger/rows",
    "/parameters",
    "/events.toml",
]


def ask(address: str, path: str, method: str = "GET", **more: str) -> tuple[int, dict, bytes]:
    """One request, its path as it is written."""
    host = urllib.parse.urlsplit(address).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    body = more.pop("body", None)
    connection.request(method, path, body, more)
    answer = connection.getresponse()
    headers = {name: answer.msg.get_all(name) for name in answer.msg}
    found = answer.status, headers, answer.read()
    connection.close()
    return found


def handshake(address: str, origin: str) -> int:
    """Status of opening a websocket: 101 when it opens."""
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "bokeh",
    }
    return ask(address, "/ws", Origin=origin, **upgrade)[0]


@pytest.fixture(scope="session")
def here(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, small_rows) -> str:
    """A dashboard on this machine, without login."""
    folder = tmp_path_factory.mktemp("served")
    write(folder / "ledger", small_rows())
    return serve(folder)


@pytest.mark.parametrize("path", PATHS)
def test_no_file_can_be_had(here: str, path: str) -> None:
    status, _, body = ask(here, path)
    assert status in (400, 403, 404)
    assert b"root:" not in body
    assert b"PAR1" not in body


def test_a_page_is_found_under_its_name(here: str) -> None:
    status, headers, _ = ask(here, "/drift?band=B2")
    assert (status, headers["Location"]) == (302, ["./?page=drift&band=B2"])
    status, headers, _ = ask(here, "/data?x=%0D%0AX-A%3A%201&y=//evil.example")
    assert headers["Location"][0].startswith("./?page=data&")
    assert "X-A" not in headers
    assert ask(here, "//evil.example/drift")[0] == 404


def test_an_oversized_address_is_refused_or_ignored(here: str) -> None:
    for query in ("a=" + "A" * 1_000_000, "&".join(f"band=B{k}" for k in range(100_000))):
        try:
            status = ask(here, f"/?{query}")[0]
        except ConnectionError:
            status = 0  # hung up on, as Tornado does beyond 64 KB of headers
        assert status in (0, 400, 413, 414, 431)
    for query in ("band=" + "%5B" * 15_000, "as_of=%00&site=..%2F..%2F&band=%0D%0AX-A%3A%201"):
        status, headers, _ = ask(here, f"/?page=drift&{query}")
        assert status == 200
        assert "X-A" not in headers
    assert ask(here, "/")[0] == 200


def test_a_foreign_page_cannot_open_a_websocket(here: str) -> None:
    port = urllib.parse.urlsplit(here).port
    for origin in ("http://evil.example", f"http://evil.example:{port}", "null"):
        assert handshake(here, origin) == 403
    assert handshake(here, here) == 101
    assert handshake(here, f"http://localhost:{port}") == 101


def test_health_tells_a_monitor_and_nobody_else_anything(
    here: str, serve: Callable[..., str], small_project: Path
) -> None:
    status, _, body = ask(here, "/health")
    assert status == 200
    assert json.loads(body) | {"ledger_version": ""} == {
        "status": "ok",
        "rows": 60,
        "parts_refused": 0,
        "ledger_version": "",
    }
    address = serve(small_project)
    part = next((small_project / "ledger" / "rows").iterdir())
    part.write_bytes(b"rubbish")
    next((small_project / "parameters").iterdir()).touch()
    status, _, body = ask(address, "/health")
    assert (status, json.loads(body)["status"]) in ((200, "ok"), (503, "damaged"))


def test_a_public_address_without_login_is_refused(small_project: Path) -> None:
    for address in ("0.0.0.0", "::"):
        done = subprocess.run(
            [sys.executable, "-m", "venus_analysis", "serve", small_project, "--address", address],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={name: text for name, text in os.environ.items() if "VENUS_ANALYSIS" not in name},
        )
        assert done.returncode == 2
        assert "needs a login" in done.stderr
        assert "Traceback" not in done.stderr


def test_with_a_login_nothing_is_shown_before_it(
    serve: Callable[..., str], small_project: Path, tmp_path: Path
) -> None:
    users = tmp_path / "users.json"
    users.write_text(json.dumps({"ada": PASSWORD}))
    port = free_port("127.0.0.1")
    address = serve(
        small_project,
        *("--address", "0.0.0.0", "--origin", f"127.0.0.1:{port}", "--port", str(port)),
        **{USERS_FILE: str(users), COOKIE_SECRET: "s" * 40},
    )
    assert address == f"http://127.0.0.1:{port}"
    status, headers, body = ask(address, "/")
    assert status == 302
    assert urllib.parse.urlsplit(headers["Location"][0]).path in ("/login", "./login")
    assert b"LOOK_" not in body
    assert handshake(address, address) != 101
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    cookies = {}
    for password in ("wrong", PASSWORD):
        body = urllib.parse.urlencode({"username": "ada", "password": password})
        _, headers, _ = ask(address, "/login", "POST", body=body, **form)
        cookies[password] = "\n".join(headers.get("Set-Cookie", []))
    assert "user=" not in cookies["wrong"]
    assert "user=" in cookies[PASSWORD]
    assert "HttpOnly" in cookies[PASSWORD]
    own = "; ".join(one.split(";")[0] for one in cookies[PASSWORD].splitlines())
    assert ask(address, "/", Cookie=own)[0] == 200
    status, _, _ = ask(address, "/", Cookie='user="2|1:0|10:1|4:user|4:YWRh|forged"')
    assert status == 302
