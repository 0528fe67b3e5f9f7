"""Serve the dashboard: one process, one thread, from the ledger alone."""

from __future__ import annotations

from functools import partial
from typing import Any

from panel.io.server import get_server

from venus_analysis.app.access import Access
from venus_analysis.app.health import PATH, HealthHandler
from venus_analysis.app.shell import TITLE, page
from venus_analysis.app.store import Store
from venus_analysis.errors import InputError


def make_server(store: Store, access: Access) -> Any:
    """Bind the port and make ready to serve; `start` and its loop's `start` then serve.

    Nothing is served but pages made from the store, Panel's own scripts and
    `venus_analysis.app.health.PATH`; no folder is. Downloads are made from the
    store's rows and sent through the page's websocket.

    Parameters
    ----------
    store
        What to show.
    access
        As from `venus_analysis.app.access.access`, which has checked it.

    Returns
    -------
    panel.io.server.Server

    Raises
    ------
    InputError
        When the port cannot be had.
    """
    try:
        return get_server(
            {"/": partial(page, store)},
            port=access.port,
            address=access.address,
            websocket_origin=list(access.origins),
            extra_patterns=[(PATH, HealthHandler, {"store": store})],
            title=TITLE,
            show=False,
            start=False,
            verbose=False,
            **access.login,
        )
    except OSError as error:
        raise InputError(
            f"{access.address}:{access.port}",
            "an address and port that are free",
            str(error),
            "name another one with --port",
        ) from error


def serve(store: Store, access: Access) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    store, access
        As for `make_server`.
    """
    server = make_server(store, access)
    server.start()
    try:
        server.io_loop.start()
    finally:
        server.stop()
