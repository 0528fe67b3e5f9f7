"""Temporal drift and overview of a project: ``python dashboards/drift.py FOLDER [PORT]``.

The same as ``venus-analysis serve FOLDER``; a start for dashboards of one's own.
"""

from __future__ import annotations

import sys

from venus_analysis.app.access import access
from venus_analysis.app.serve import serve
from venus_analysis.app.store import Store
from venus_analysis.report.project import find_places


def main(folder: str, port: int = 5006) -> None:
    """Serve a folder on this machine."""
    serve(Store(find_places(folder)), access("127.0.0.1", port))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
