"""Moon image explorer of a project alone: ``python dashboards/moon_image.py FOLDER [PORT]``."""

from __future__ import annotations

import sys

from venus_analysis.app.serve import serve_alone

if __name__ == "__main__":
    serve_alone("moon_image", *sys.argv[1:3])
