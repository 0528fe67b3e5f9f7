"""`/drift` for `/?page=drift`: the address somebody types from memory."""

from __future__ import annotations

from typing import Final

from tornado.web import RequestHandler

from venus_analysis.app.pages import PAGES

PATTERN: Final = rf"/({'|'.join(PAGES)})"


class PageAddressHandler(RequestHandler):
    """Send on to the page of that name, with whatever else the address asks for."""

    def get(self, name: str) -> None:
        """Only names of pages come here, so nothing leads to another machine."""
        asked = self.request.query
        self.redirect(f"./?page={name}&{asked}" if asked else f"./?page={name}")
