"""Altitude phases of a project alone: ``python dashboards/altitude_phase.py FOLDER [PORT]``."""

from __future__ import annotations

import sys

from venus_analysis.app.serve import serve_alone

if __name__ == "__main__":
    serve_alone("altitude_phase", *sys.argv[1:3])
