"""Nobody is let in by accident: addresses, logins, secrets, origins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from venus_analysis.app.access import (
    COOKIE_SECRET,
    COOKIE_SECRET_FILE,
    OAUTH,
    USERS_FILE,
    access,
    free_port,
)
from venus_analysis.errors import InputError, UsageError

SECRET = "s" * 32
OAUTH_LOGIN = {
    OAUTH["oauth_provider"]: "gitlab",
    OAUTH["oauth_key"]: "key",
    OAUTH["oauth_secret"]: "of the provider",
}


@pytest.fixture
def users(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "users.json"
    path.write_text(json.dumps({"ada": "a long password"}))
    return {USERS_FILE: str(path)}


PUBLIC = [
    "0.0.0.0",
    "::",
    "192.168.1.7",
    "",
    "calibration.example.org",
    "10.0.0.1",
    "127.0.0.1.nip",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_needs_login_secret_and_origin(
    address: str, users: dict[str, str]
) -> None:
    secret = {COOKIE_SECRET: SECRET}
    with pytest.raises(UsageError, match="needs a login"):
        access(address, 5006, ["here:5006"], {})
    with pytest.raises(UsageError, match="needs a login"):
        access(address, 5006, ["here:5006"], secret)
    with pytest.raises(UsageError, match="secret that signs"):
        access(address, 5006, ["here:5006"], users)
    with pytest.raises(UsageError, match="--origin"):
        access(address, 5006, [], users | secret)
    allowed = access(address, 5006, ["here:5006"], users | secret)
    assert allowed.origins == ("here:5006",)
    assert allowed.login == {"basic_auth": users[USERS_FILE], "cookie_secret": SECRET}


def test_oauth_is_a_login_when_it_is_complete() -> None:
    allowed = access("0.0.0.0", 80, ["here:80"], OAUTH_LOGIN | {COOKIE_SECRET: SECRET})
    assert allowed.login["oauth_provider"] == "gitlab"
    for missing in OAUTH_LOGIN:
        part = {name: text for name, text in OAUTH_LOGIN.items() if name != missing}
        with pytest.raises(UsageError, match="login"):
            access("0.0.0.0", 80, ["here:80"], part | {COOKIE_SECRET: SECRET})


def test_this_machine_needs_none_and_takes_no_other_origin() -> None:
    for address in ("127.0.0.1", "localhost", "::1"):
        allowed = access(address, 5006, environment={})
        assert allowed.login == {}
        assert all(one.endswith(":5006") for one in allowed.origins)
        assert not any("*" in one for one in allowed.origins)


@pytest.mark.parametrize(
    "origin", ["*", "*:5006", "http://here:5006", "here", "here:port", ":5006"]
)
def test_an_origin_is_a_name_with_a_port(origin: str) -> None:
    with pytest.raises(InputError, match="host:port"):
        access("127.0.0.1", 5006, [origin], {})


@pytest.mark.parametrize("content", ["[]", "{}", '{"ada": ""}', '{"ada": "short"}', "no json"])
def test_a_bad_file_of_passwords_is_refused_without_showing_it(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "users.json"
    path.write_text(content)
    with pytest.raises(InputError, match=USERS_FILE) as caught:
        access("0.0.0.0", 1, ["here:1"], {USERS_FILE: str(path), COOKIE_SECRET: SECRET})
    assert "short" not in str(caught.value)


def test_a_short_secret_is_refused_and_never_shown(users: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="32 characters") as caught:
        access("0.0.0.0", 1, ["here:1"], users | {COOKIE_SECRET: "hunter2"})
    assert "hunter2" not in str(caught.value)
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    allowed = access("0.0.0.0", 1, ["here:1"], users | {COOKIE_SECRET_FILE: str(path)})
    assert allowed.login["cookie_secret"] == SECRET
    assert SECRET not in repr(allowed)


def test_a_free_port_is_free() -> None:
    assert 1024 < free_port("127.0.0.1") < 65536
    with pytest.raises(InputError, match="one of this machine"):
        free_port("192.0.2.1")
