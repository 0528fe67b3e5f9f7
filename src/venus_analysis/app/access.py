"""Who may look: rules on address, login and origins, checked before anything is served."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from venus_analysis.errors import InputError, UsageError

USERS_FILE: Final = "VENUS_ANALYSIS_USERS_FILE"
COOKIE_SECRET: Final = "VENUS_ANALYSIS_COOKIE_SECRET"  # noqa: S105 - the variable's name
COOKIE_SECRET_FILE: Final = "VENUS_ANALYSIS_COOKIE_SECRET_FILE"  # noqa: S105
OAUTH: Final = {
    "oauth_provider": "VENUS_ANALYSIS_OAUTH_PROVIDER",
    "oauth_key": "VENUS_ANALYSIS_OAUTH_KEY",
    "oauth_secret": "VENUS_ANALYSIS_OAUTH_SECRET",
    "oauth_redirect_uri": "VENUS_ANALYSIS_OAUTH_REDIRECT_URI",
}
SHORTEST_SECRET: Final = 32


@dataclass(frozen=True)
class Access:
    """How the server is reached, and by whom.

    Parameters
    ----------
    address, port
        Where it listens.
    origins
        ``host:port`` of pages that may open a websocket.
    login
        Keywords of `panel.serve` for the login; empty on this machine only.
    """

    address: str
    port: int
    origins: tuple[str, ...]
    login: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def url(self) -> str:
        """Address to type into a browser on this machine."""
        host = self.address
        if host in ("0.0.0.0", "::", "*"):  # noqa: S104 - named, not bound
            host = self.origins[0].rsplit(":", 1)[0]
        return f"http://{_bracketed(host)}:{self.port}/"


def access(
    address: str,
    port: int,
    origins: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Access:
    """Check how a server is to be reached.

    This machine alone needs no login. Any other address needs a login, by
    passwords or OAuth, and a secret that signs its cookies; and the origins of
    its pages by name, because they cannot be guessed. Secrets come from the
    environment or from files it names, never from the command line.

    Parameters
    ----------
    address, port
        Where to listen.
    origins
        ``host:port`` as browsers will see it; those of this machine are added
        where it listens on this machine only.
    environment
        Variables; those of the process when absent.

    Returns
    -------
    Access

    Raises
    ------
    UsageError
        When a public address has no login, no cookie secret or no origin.
    InputError
        When a file the environment names cannot be used, or an origin is a pattern.

    Examples
    --------
    >>> access("127.0.0.1", 5006, environment={}).origins
    ('127.0.0.1:5006', 'localhost:5006')
    >>> access("0.0.0.0", 5006, environment={})
    Traceback (most recent call last):
    ...
    venus_analysis.errors.UsageError: serving on 0.0.0.0 needs a login: ...
    """
    given = os.environ if environment is None else environment
    for origin in origins:
        _check_origin(origin)
    login = _login(given)
    if is_this_machine(address):
        own = [f"{_bracketed(address)}:{port}", f"127.0.0.1:{port}", f"localhost:{port}"]
        return Access(address, port, tuple(dict.fromkeys([*own, *origins])), login)
    if not {"basic_auth", "oauth_provider"} & set(login):
        raise UsageError(
            f"serving on {address} needs a login: name a file of passwords "
            f'{{"user": "password"}} in {USERS_FILE}, or an OAuth provider in '
            f"{OAUTH['oauth_provider']} with its key and secret; or serve on 127.0.0.1 and "
            "reach it through ssh -L"
        )
    if "cookie_secret" not in login:
        raise UsageError(
            f"serving on {address} needs a secret that signs cookies: put at least "
            f"{SHORTEST_SECRET} random characters into {COOKIE_SECRET}, or into a file named in "
            f"{COOKIE_SECRET_FILE}"
        )
    if not origins:
        raise UsageError(
            f"serving on {address} needs the address users will type: give it as "
            f"--origin calibration.example.org:{port}"
        )
    return Access(address, port, tuple(origins), login)


def is_this_machine(address: str) -> bool:
    """Whether only this machine can reach an address.

    Examples
    --------
    >>> [is_this_machine(one) for one in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", "host")]
    [True, True, True, False, False, False]
    """
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _login(given: Mapping[str, str]) -> dict[str, str]:
    login = {name: given[variable] for name, variable in OAUTH.items() if given.get(variable)}
    if login and not {"oauth_provider", "oauth_key", "oauth_secret"} <= set(login):
        names = ", ".join(OAUTH[name] for name in ("oauth_provider", "oauth_key", "oauth_secret"))
        raise UsageError(f"a login through OAuth needs {names}: set all three")
    if given.get(USERS_FILE):
        if login:
            raise UsageError(f"two logins are set: keep {USERS_FILE} or the OAuth variables")
        login["basic_auth"] = str(_users(Path(given[USERS_FILE])))
    secret = given.get(COOKIE_SECRET, "") or _secret_of(given.get(COOKIE_SECRET_FILE, ""))
    if secret:
        if len(secret) < SHORTEST_SECRET:
            raise InputError(
                COOKIE_SECRET,
                f"at least {SHORTEST_SECRET} characters",
                str(len(secret)),
                "make one with: openssl rand -hex 32",
            )
        login["cookie_secret"] = secret
    elif login:
        raise UsageError(f"a login needs a secret that signs cookies: set {COOKIE_SECRET}")
    return login


def _users(path: Path) -> Path:
    """Check the file of passwords; it is read again at each login, so that users can be added."""
    import json

    try:
        users: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            USERS_FILE, 'a JSON file {"user": "password"}', str(error), "check the file"
        ) from None
    good = isinstance(users, dict) and users and all(map(_is_password, users.values()))
    if not good:
        raise InputError(
            USERS_FILE,
            'a JSON file {"user": "password"}, passwords of 12 characters or more',
            "another content",
            "correct the file",
        )
    return path.resolve()


def _is_password(value: object) -> bool:
    return isinstance(value, str) and len(value) >= 12


def _secret_of(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError(COOKIE_SECRET_FILE, "a readable file", str(error), "check it") from None


def _check_origin(origin: str) -> None:
    host, _, port = origin.rpartition(":")
    if not host or "*" in origin or "/" in origin or not port.isdigit():
        raise InputError(
            "--origin", "host:port, without a pattern", repr(origin), "name each origin"
        )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def free_port(address: str) -> int:
    """Find a port nobody listens on.

    Raises
    ------
    InputError
        When the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            raise InputError("--address", "one of this machine", str(error), "check it") from None
        return int(probe.getsockname()[1])
