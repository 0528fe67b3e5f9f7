"""Residuals of a project alone: ``python dashboards/residuals.py FOLDER [PORT]``."""

from __future__ import annotations

import sys

from venus_analysis.app.serve import serve_alone

if __name__ == "__main__":
    serve_alone("residuals", *sys.argv[1:3])
