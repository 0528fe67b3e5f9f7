"""Serve the dashboard: one process, one thread, from the ledger alone."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from panel.io.server import get_server

from venus_analysis.app.access import Access, access
from venus_analysis.app.comparisons import warm_comparison
from venus_analysis.app.health import PATH, HealthHandler
from venus_analysis.app.latency import without_delay
from venus_analysis.app.later import end
from venus_analysis.app.page_address import PATTERN, PageAddressHandler
from venus_analysis.app.query import Shown
from venus_analysis.app.shell import TITLE, page
from venus_analysis.app.store import Store
from venus_analysis.app.views.overview import foresee_phases, shown_pages
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.report.project import find_places


def make_server(store: Store, access: Access, pages: tuple[str, ...] = ()) -> Any:
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
    pages
        Names of the pages to serve, see `venus_analysis.app.pages.PAGES`; all by default.

    Returns
    -------
    panel.io.server.Server

    Raises
    ------
    InputError
        When the port cannot be had.
    """
    try:
        server = get_server(
            {"/": lambda: page(store, pages)},
            port=access.port,
            address=access.address,
            websocket_origin=list(access.origins),
            extra_patterns=[
                (PATH, HealthHandler, {"store": store}),
                (PATTERN, PageAddressHandler),
            ],
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
    without_delay(server)
    return server


def serve(
    store: Store,
    access: Access,
    say: Callable[[str], None] = print,
    *,
    pages: tuple[str, ...] = (),
) -> None:
    """Serve until interrupted; the overview is computed before the address is said.

    Parameters
    ----------
    store, access, pages
        As for `make_server`.
    say
        Told the address once pages can be had.
    """
    server = make_server(store, access, pages)
    prepare(store, pages)
    server.start()
    say(f"VENµS dashboard: {access.url}  (Ctrl-C ends it)")
    try:
        server.io_loop.start()
    finally:
        end()
        server.stop()


def serve_alone(name: str, folder: str, port: str | int = 5006) -> None:
    """Serve one page of a project on this machine, without the tabs of the others.

    Parameters
    ----------
    name
        Of the page, see `venus_analysis.app.pages.PAGES`.
    folder
        As for `venus_analysis.report.project.find_places`.
    port
        Where to listen.
    """
    serve(Store(find_places(folder)), access("127.0.0.1", int(port)), pages=(name,))


def prepare(store: Store, pages: tuple[str, ...] = ()) -> None:
    """Compute what sessions ask for first; what takes seconds beside the server's thread.

    What is there by then stays: Bokeh collects garbage whenever a session ends, and looking
    through all modules each time would hold up the other sessions for 0.1 s.
    """
    if not pages or "overview" in pages:
        warm(store)
    if not pages or {"moon_vs_desert", "altitude_phase"} & set(pages):
        warm_comparison(store)
    if not pages or "overview" in pages:
        foresee_phases(store)
    gc.collect()
    gc.freeze()


def warm(store: Store) -> None:
    """Compute what the first view of every session shows; what fails is said there."""
    with suppress(VenusAnalysisError):
        shown_pages(store, Shown())
