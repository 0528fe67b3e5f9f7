"""What a monitor asks: is the server up, and can it read the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tornado.web import RequestHandler

from venus_analysis.errors import VenusAnalysisError

if TYPE_CHECKING:
    from venus_analysis.app.store import Store

PATH = "/health"


class HealthHandler(RequestHandler):
    """Answer 200 when the ledger can be read as a whole, else 503; no data, no names."""

    def initialize(self, store: Store) -> None:
        """Keep the store to ask."""
        self.store = store

    def get(self) -> None:
        """Say what is loaded, in JSON."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        document: dict[str, Any]
        try:
            project = self.store.project()
        except VenusAnalysisError:
            self.set_status(503)
            document = {"status": "failed", "rows": 0}
        else:
            damaged = len(project.refused)
            self.set_status(503 if damaged else 200)
            document = {
                "status": "damaged" if damaged else "ok",
                "rows": len(project.frame),
                "parts_refused": damaged,
                "ledger_version": project.version,
            }
        self.finish(json.dumps(document))
