"""Overview of a project alone: ``python dashboards/overview.py FOLDER [PORT]``."""

from __future__ import annotations

import sys

from venus_analysis.app.serve import serve_alone

if __name__ == "__main__":
    serve_alone("overview", *sys.argv[1:3])
