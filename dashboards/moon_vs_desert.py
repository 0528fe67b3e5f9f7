"""Moon versus desert of a project alone: ``python dashboards/moon_vs_desert.py FOLDER [PORT]``."""

from __future__ import annotations

import sys

from venus_analysis.app.serve import serve_alone

if __name__ == "__main__":
    serve_alone("moon_vs_desert", *sys.argv[1:3])
