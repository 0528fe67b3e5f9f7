"""Hardened reading of XML: what could harm is refused before any parser sees it.

A document is refused before any parser sees it when it is larger than 20 MB,
holds a DOCTYPE (so no entity can be declared, expanded or fetched), is not in
an ASCII-compatible encoding (where a DOCTYPE could hide), or has so many
elements or attributes that its tree would not fit in a bounded memory.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from venus_analysis.errors import InputError

CFI = "http://eop-cfi.esa.int/CFI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LARGEST_FILE = 20_000_000
MOST_ELEMENTS = 500_000
BLANKS = " \t\r\n"

_ENCODINGS = {
    b"utf-8": "utf-8",
    b"utf8": "utf-8",
    b"us-ascii": "us-ascii",
    b"ascii": "us-ascii",
    b"iso-8859-1": "iso-8859-1",
    b"latin1": "iso-8859-1",
    b"iso-8859-15": "iso-8859-15",
    b"windows-1252": "windows-1252",
}
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


def read_bytes(path: Path) -> bytes:
    """Content of a regular file of at most 20 MB; nothing more is ever read."""
    try:
        if not path.is_file():
            raise InputError(path.name, "an existing file", "no such file", "check the path")
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(path.name, "a readable file", str(error), "check the path") from None
    if len(data) > LARGEST_FILE:
        raise InputError(path.name, "at most 20 MB", "a larger file", "no such file is this large")
    return data


def _encoding(data: bytes, name: str) -> str:
    start = data.removeprefix(b"\xef\xbb\xbf")[:400].lstrip()
    declared = _DECLARATION.match(start)
    label = declared[1].lower() if declared else b"utf-8"
    if b"\x00" in data or not start.startswith(b"<") or label not in _ENCODINGS:
        raise InputError(
            name,
            "XML in UTF-8, ASCII or Latin-1",
            "another encoding, or no XML",
            "check that this is the file meant; convert it to UTF-8",
        )
    return _ENCODINGS[label]


def parse(data: bytes, name: str) -> Any:
    """Root element of a document, after the refusals of this module.

    Raises
    ------
    InputError
        The only exception, whatever the bytes are.
    """
    from lxml import etree

    encoding = _encoding(data, name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InputError(name, "no DOCTYPE", "a DOCTYPE", "official files have none; remove it")
    if max(data.count(b"<"), data.count(b"=")) > MOST_ELEMENTS:
        raise InputError(
            name, f"at most {MOST_ELEMENTS} elements", "more", "no parameter file has so many"
        )
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InputError(
            name, "well-formed XML", str(error)[:200], "the file is damaged: fetch it again"
        ) from None
