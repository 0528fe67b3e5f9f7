"""Sessions of a dashboard that only sit there: websocket clients that draw nothing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

READY = {"name": "document_ready", "type": "event", "values": {"type": "map", "entries": []}}
TOLD = {"events": [{"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": READY}]}
"""What a browser says once a page is drawn; views then add what could wait."""
PATIENCE_S, QUIET_S, LARGEST = 300.0, 0.5, 256 * 2**20


@contextmanager
def sitting(addresses: Sequence[str]) -> Iterator[None]:
    """Hold a session open at each address, its page complete, its messages read.

    Parameters
    ----------
    addresses
        Of pages; one that stands there twice gets two sessions.

    Yields
    ------
    None
        Once every session is there and has been told nothing for a while.
    """
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = asyncio.run_coroutine_threadsafe(_all(addresses), loop).result()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_end(opened), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _all(addresses: Sequence[str]) -> list[tuple[WebSocketClientConnection, Any]]:
    """Open one session after the other, as people come into a room."""
    return [await _session(address) for address in addresses]


async def _session(address: str) -> tuple[WebSocketClientConnection, Any]:
    """Fetch a page, open its websocket, ask for its document, say that it is drawn."""
    page = await AsyncHTTPClient().fetch(address, request_timeout=PATIENCE_S)
    found = re.search(r'"token":\s*"([^"]+)"', page.body.decode())
    if found is None:
        raise RuntimeError(f"{address}: expected a session's token in the page, found none")
    host = address.partition("//")[2].partition("/")[0]
    socket = await websocket_connect(
        HTTPRequest(f"ws://{host}/ws", headers={"Origin": f"http://{host}"}),
        subprotocols=["bokeh", found.group(1)],
        max_message_size=LARGEST,
    )
    await _heard(socket)  # the server listens once it has said so
    await _say(socket, "PULL-DOC-REQ", {})
    await _say(socket, "PATCH-DOC", TOLD)
    with suppress(TimeoutError):
        while await asyncio.wait_for(_heard(socket), QUIET_S):
            pass
    return socket, asyncio.create_task(_read(socket))


async def _say(socket: WebSocketClientConnection, kind: str, content: dict[str, Any]) -> None:
    for part in ({"msgid": kind, "msgtype": kind}, {}, content):
        await socket.write_message(json.dumps(part))


async def _heard(socket: WebSocketClientConnection) -> bool:
    return await socket.read_message() is not None


async def _read(socket: WebSocketClientConnection) -> None:
    with suppress(WebSocketClosedError):
        while await _heard(socket):
            pass


async def _end(opened: Sequence[tuple[WebSocketClientConnection, Any]]) -> None:
    for socket, reader in opened:
        socket.close()
        await reader
