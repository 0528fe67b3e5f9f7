"""Where something stands in a TOML file, for messages on mistakes."""

from __future__ import annotations

import re


def line_of(text: str, table: str, key: str = "") -> int:
    r"""Line of a key in its table, from 1; that of the table where the key is missing.

    Examples
    --------
    >>> line_of("[a]\nx = 1\n[b]\nx = 2\n", "b", "x")
    4
    """
    head = re.compile(rf"\s*\[\s*[\"']?{re.escape(table)}[\"']?\s*\]")
    plain = re.compile(rf"\s*[\"']?{re.escape(table)}[\"']?\s*[=.]")
    found, inside = 1, False
    for number, line in enumerate(text.splitlines(), 1):
        if head.match(line) or (not inside and plain.match(line)):
            found, inside = number, True
        elif line.lstrip().startswith("["):
            inside = False
        elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return found
