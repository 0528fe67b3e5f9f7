"""Work that would hold up the server's one thread, done beside it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from venus_analysis.app.latency import in_one

T = TypeVar("T")
_BESIDE = ThreadPoolExecutor(1, thread_name_prefix="comparison")


def later(document: Any, compute: Callable[[], T], show: Callable[[T], None]) -> None:
    """Compute beside the server's thread, then show the result on the page.

    Parameters
    ----------
    document
        The session's; None outside of a server, where everything happens at once.
    compute
        A pure function of what is loaded: it must not touch the page or the store.
    show
        Called with the result while the document is locked; an error of `compute`
        is raised there, where the server logs it.
    """
    if document is None:
        show(compute())
        return

    def told(done: Future[T]) -> None:
        if document.session_context is not None:
            soon(document, lambda: show(done.result()))

    _BESIDE.submit(compute).add_done_callback(told)


def soon(document: Any, show: Callable[[], None]) -> None:
    """Show something in the server's next tick, after what this one tells; else at once."""
    if document is None:
        show()
        return

    def told() -> None:
        with in_one(document):
            show()

    document.add_next_tick_callback(told)


def after(document: Any, pause_ms: int, act: Callable[[], None]) -> None:
    """Do something a little later, so that what was shown before leaves first; else at once."""
    if document is None:
        act()
    else:
        document.add_timeout_callback(act, pause_ms)


def beside(compute: Callable[[], T]) -> Future[T]:
    """Compute something beside the server's thread that sessions will ask for."""
    return _BESIDE.submit(compute)


def end() -> None:
    """Give up what has not begun, so that a server ends when it is told to."""
    _BESIDE.shutdown(wait=False, cancel_futures=True)
