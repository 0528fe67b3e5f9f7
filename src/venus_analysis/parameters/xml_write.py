"""Writing of Earth Explorer XML: default namespace, fixed order, text never padded.

Files are published by one atomic step under a name that did not exist before;
nothing here can change or replace a file.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.xml import CFI, XSI


def leaf(name: str, text: object, **attributes: object) -> Any:
    """Build an element with text.

    Examples
    --------
    >>> leaf("Band_Code", "B05").text
    'B05'
    """
    element = branch(name, **attributes)
    try:
        element.text = str(text) or None
    except ValueError:
        raise InputError(
            name, "printable text", repr(str(text)[:60]), "remove control characters"
        ) from None
    return element


def branch(name: str, *children: Any, **attributes: object) -> Any:
    """Build an element with children in the order given."""
    from lxml import etree

    element = etree.Element(f"{{{CFI}}}{name}", nsmap={None: CFI, "xsi": XSI})
    for key, value in attributes.items():
        element.set(key, str(value))
    element.extend(children)
    return element


def item_list(name: str, items: Iterable[Any]) -> Any:
    """Build a list element: true ``count``, and ``sn`` 1, 2, 3, ... on its items."""
    items = list(items)
    for position, item in enumerate(items, start=1):
        item.set("sn", str(position))
    return branch(name, *items, count=len(items))


def number_list(name: str, item: str, rows: Iterable[Iterable[float]]) -> Any:
    """Build a list element whose items are rows of numbers, as `item_list` of `leaf` would.

    A list of 5200 columns is parsed from one text: an element at a time costs ten times that.

    Examples
    --------
    >>> made = number_list("List_of_Gains", "Gain", [(0.1, 2.0), (3.0, 4.5)])
    >>> made.get("count"), [(one.get("sn"), one.text) for one in made]
    ('2', [('1', '0.1 2.0'), ('2', '3.0 4.5')])
    """
    from lxml import etree

    numbers = np.asarray(list(rows), dtype=np.float64)
    if not np.isfinite(numbers).all():
        double(float(numbers[~np.isfinite(numbers)][0]), item)
    items = "".join(
        f'<{item} sn="{position}">{" ".join(map(repr, row))}</{item}>'
        for position, row in enumerate(numbers.tolist(), start=1)
    )
    head = f'<{name} xmlns="{CFI}" xmlns:xsi="{XSI}" count="{len(numbers)}">'
    return etree.fromstring(f"{head}{items}</{name}>", etree.XMLParser(resolve_entities=False))


def double(value: float, where: str = "number") -> str:
    """Shortest text that reads back as the same floating number.

    Examples
    --------
    >>> double(0.1), double(-3.2e-8), double(310.0)
    ('0.1', '-3.2e-08', '310.0')
    """
    if not np.isfinite(value):
        raise InputError(where, "a finite number", str(value), "NaN and infinity are not written")
    return repr(float(value))


def decimal(value: float, decimals: int, where: str = "number") -> str:
    """Plain decimal text without exponent.

    Raises
    ------
    InputError
        When the value needs more decimals: rounding is the caller's decision.

    Examples
    --------
    >>> decimal(1.32103, 5), decimal(2.0, 5)
    ('1.32103', '2.0')
    """
    text = f"{value:.{decimals}f}" if np.isfinite(value) else "nan"
    if float(text) != value:
        raise InputError(
            where,
            f"a number of at most {decimals} decimals",
            repr(float(value)),
            f"round it to {decimals} decimals",
        )
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def root_attributes(root: Any, root_type: str, version: str) -> Any:
    """Add ``xsi:type`` (unprefixed: default namespace) and ``schema_version`` to a root."""
    root.set(f"{{{XSI}}}type", root_type)
    root.set("schema_version", version)
    return root


def document(root: Any) -> bytes:
    """Serialise a root; only elements are indented, text stays as it is."""
    from lxml import etree

    etree.indent(root, space=" ")
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data + b"\n"


def _exists(path: Path) -> InputError:
    return InputError(
        path.name,
        "a new file",
        "a file that exists",
        "parameter files are never changed: take the next serial",
    )


def write_new(path: Path, data: bytes) -> Path:
    """Publish a new file: temporary name, fsync, link to the final name, fsync of the folder.

    Raises
    ------
    InputError
        When the name is taken (the existing file is left as it is) or the
        folder cannot be written.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        _write_synced(temporary, data)
        _publish(temporary, path)
        sync_folder(path.parent)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise InputError(
            path.name, "a folder that can be written", str(error), "check the folder"
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _publish(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        if path.exists():  # no hard links on this file system: check, then rename
            raise FileExistsError(path) from None
        temporary.rename(path)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def write_new_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """Publish a new folder with its files, all complete before it gets its name."""
    import shutil

    temporary = folder.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        if folder.exists():
            raise FileExistsError(folder)
        temporary.mkdir()
        for name, data in files.items():
            _write_synced(temporary / name, data)
        sync_folder(temporary)
        temporary.rename(folder)
        sync_folder(folder.parent)
    except FileExistsError:
        raise _exists(folder) from None
    except OSError as error:
        raise InputError(
            folder.name, "a folder that can be written", str(error), "check the folder"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
