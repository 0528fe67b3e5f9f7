"""Elements of a parameter file, taken in the fixed order of the format.

The format fixes the order of all children and knows no others, so a reader
takes them one after the other; whatever is missing, misplaced or unknown is an
error with its place. What may differ without changing a number is a warning.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.column_list import cut_columns
from venus_analysis.parameters.xml import BLANKS, CFI, XSI, parse, read_bytes

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def number(text: str, where: str, lowest: float = -math.inf, highest: float = math.inf) -> float:
    """Read one finite floating number.

    Raises
    ------
    InputError
        For anything else; ``NaN`` and ``INF`` pass the format's schemas, but
        a calibration with them would be wrong without a word.

    Examples
    --------
    >>> number(" 4.1e-05 ", "example")
    4.1e-05
    """
    stripped = text.strip(BLANKS)
    value = float(stripped) if _NUMBER.fullmatch(stripped) else math.nan
    if not (math.isfinite(value) and lowest <= value <= highest):
        limits = "" if (lowest, highest) == (-math.inf, math.inf) else f" {lowest:g} to {highest:g}"
        raise InputError(where, f"a finite number{limits}", repr(text[:60]), "correct the number")
    return value


@dataclass(frozen=True)
class Source:
    """Where a document comes from, what was odd about it, and lists that were read apart."""

    path: Path
    root_type: str
    version: str | None
    columns: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        """Remember a sentence once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def open_document(path: Path | str, *, columns_apart: bool = False) -> Fields:
    """Open a document of the format and check its root.

    Parameters
    ----------
    path
        File to read.
    columns_apart
        Read long lists of columns apart from the rest, see `column_list`; only
        `Fields.column_texts` then finds them.

    Returns
    -------
    Fields
        Children of the root; ``source.root_type`` is the local name of
        ``xsi:type``, ``source.version`` the schema version.

    Raises
    ------
    InputError
        When the file is refused, another namespace is used, or ``xsi:type``
        is absent or does not resolve to the format's namespace (an unprefixed
        ``xsi:type`` beside prefixed elements is invalid).
    """
    path = Path(path)
    data, columns = read_bytes(path), dict[str, list[str]]()
    if columns_apart:
        data, columns = cut_columns(data)
    root = parse(data, path.name)
    _local(root, path.name)
    value = (root.get(f"{{{XSI}}}type") or "").strip(BLANKS)
    prefix, _, local = value.rpartition(":")
    if not local or root.nsmap.get(prefix or None) != CFI:
        raise InputError(
            f"{path.name}: xsi:type",
            f"a type in the namespace {CFI}",
            repr(value[:60]),
            "write the elements in the default namespace, or give xsi:type their prefix",
        )
    return Fields(root, path.name, Source(path, local, root.get("schema_version"), columns))


def _local(element: Any, where: str) -> str:
    tag = element.tag
    namespace, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
    if namespace != CFI:
        raise InputError(
            f"{where}: {local}", f"the namespace {CFI}", repr(namespace), "correct the namespace"
        )
    return str(local)


class Fields:
    """Children of one element, taken one after the other in the fixed order of the format.

    Parameters
    ----------
    element
        Parsed element.
    where
        File and path of the element, for errors.
    source
        The document, which collects warnings.
    """

    def __init__(self, element: Any, where: str, source: Source) -> None:
        self.element, self.where, self.source = element, where, source
        self._children = list(element)
        self._next = 0
        loose = [element.text] if self._children else []
        if any(text and text.strip(BLANKS) for text in [*loose, *(c.tail for c in self._children)]):
            raise InputError(where, "elements only", "loose text", "remove the text")

    @property
    def name(self) -> str:
        """Local name of the element."""
        return _local(self.element, self.where)

    def next_name(self) -> str | None:
        """Local name of the next child, None at the end."""
        if self._next >= len(self._children):
            return None
        return _local(self._children[self._next], self.where)

    def _take(self, name: str) -> Any:
        found = self.next_name()
        if found != name:
            raise InputError(
                self.where,
                f"the element {name} next",
                str(found or "the end"),
                "the order of elements is fixed: correct the file",
            )
        self._next += 1
        return self._children[self._next - 1]

    def child(self, name: str) -> Fields:
        """Take the next child, which must have this name and holds elements."""
        return Fields(self._take(name), f"{self.where}/{name}", self.source)

    def text(self, name: str) -> str:
        """Take the text of the next child; padding is removed with a warning."""
        where = f"{self.where}/{name}"
        raw = _leaf(self._take(name), where)
        stripped = raw.strip(BLANKS)
        if stripped != raw:
            self.source.warn(f"{where}: text is padded with blanks")
        return stripped

    def raw_text(self, name: str) -> str:
        """Take the text of the next child as it stands (notes, extensions)."""
        return _leaf(self._take(name), f"{self.where}/{name}")

    def own_text(self) -> str:
        """Text of this element itself, which must have no children."""
        return _leaf(self.element, self.where)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Take a code that must be one of a list."""
        value = self.text(name)
        if value not in allowed:
            raise InputError(
                f"{self.where}/{name}", " or ".join(allowed), repr(value[:60]), "correct the code"
            )
        return value

    def number(self, name: str, lowest: float = -math.inf, highest: float = math.inf) -> float:
        """Take one finite number within limits."""
        where = f"{self.where}/{name}"
        return number(_leaf(self._take(name), where), where, lowest, highest)

    def integer(self, name: str, lowest: int, highest: int) -> int:
        """Take one integer within limits."""
        where = f"{self.where}/{name}"
        text = _leaf(self._take(name), where)
        stripped = text.strip(BLANKS)
        value = int(stripped) if _INTEGER.fullmatch(stripped) else None
        if value is None or not lowest <= value <= highest:
            raise InputError(
                where,
                f"an integer from {lowest} to {highest}",
                repr(text[:60]),
                "correct the number",
            )
        return value

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """Take a blank-separated list of finite numbers."""
        where = f"{self.where}/{name}"
        return split_numbers(_leaf(self._take(name), where), where, count)

    def items(self, list_name: str, item: str, least: int, most: int) -> list[Fields]:
        """Take a list; a wrong ``count`` or ``sn`` is a warning, the number of items is not."""
        elements, where = self._list(list_name, item, least, most)
        for position, element in enumerate(elements, start=1):
            if (element.get("sn") or "").strip(BLANKS) != str(position):
                self.source.warn(f"{where}/{item}: sn {element.get('sn')} at place {position}")
        return [Fields(e, f"{where}/{item} {n}", self.source) for n, e in enumerate(elements, 1)]

    def column_texts(self, list_name: str, item: str, count: int) -> list[str]:
        """Take one text per detector column; here ``sn`` is the column and must be right."""
        if self.next_name() == list_name:
            if list_name in self.source.columns:
                self._next += 1
                return self.source.columns[list_name]
            plain = _plain_texts(self._children[self._next], item, count)
            if plain is not None:
                self._next += 1
                return plain
        elements, where = self._list(list_name, item, count, count)
        in_order = [element.get("sn") for element in elements] == _places(count)
        if in_order and not any(len(element) for element in elements):
            return [element.text or "" for element in elements]
        texts = []
        for column, element in enumerate(elements, start=1):
            if (element.get("sn") or "").strip(BLANKS) != str(column):
                raise InputError(
                    f"{where}/{item}",
                    f"sn {column}, the column",
                    f"sn {element.get('sn')}",
                    "write all columns once, in order",
                )
            texts.append(_leaf(element, f"{where}/{item} {column}"))
        return texts

    def _list(self, list_name: str, item: str, least: int, most: int) -> tuple[list[Any], str]:
        block = self.child(list_name)
        elements = block._children
        alike = len({element.tag for element in elements}) == 1
        for element in elements[:1] if alike else elements:
            if _local(element, block.where) != item:
                raise InputError(
                    block.where,
                    f"{item} only",
                    _local(element, block.where),
                    "remove the unknown element",
                )
        if not least <= len(elements) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise InputError(
                block.where, f"{wanted} x {item}", str(len(elements)), "complete the list"
            )
        if (block.element.get("count") or "").strip(BLANKS) != str(len(elements)):
            self.source.warn(
                f"{block.where}: count is {block.element.get('count')}, but it holds "
                f"{len(elements)} x {item}"
            )
        return elements, block.where

    def end(self) -> None:
        """Refuse children that are left: unknown elements are errors in this format."""
        if self.next_name() is not None:
            raise InputError(
                self.where,
                "no further element",
                str(self.next_name()),
                "remove the unknown element",
            )


def _leaf(element: Any, where: str) -> str:
    if len(element):
        raise InputError(where, "text", "elements", "correct the file")
    return element.text or ""


@cache
def _queries(item: str) -> tuple[Any, ...]:
    """Ask a list for texts and numbers of its items, anything deeper, and loose text."""
    from lxml import etree

    paths = (
        f"c:{item}/text()",
        f"c:{item}/@sn",
        "count(*/*)",
        "boolean(text()[normalize-space()])",
    )
    return tuple(etree.XPath(path, namespaces={"c": CFI}, smart_strings=False) for path in paths)


def _plain_texts(element: Any, item: str, count: int) -> list[str] | None:
    """Texts of a list without any fault, asked of the parser at once; None for any other list."""
    if len(element) != count or element.get("count") != str(count):
        return None
    texts, places, deeper, loose = (query(element) for query in _queries(item))
    if deeper or loose or len(texts) != count or places != _places(count):
        return None
    plain: list[str] = texts
    return plain


@cache
def _places(count: int) -> list[str]:
    return [str(place) for place in range(1, count + 1)]


def number_rows(
    texts: list[str], where: str, count: int, lowest: float = -math.inf
) -> NDArray[np.float64]:
    """Read `count` finite numbers from each text, (text, number); as `split_numbers`, at once.

    Examples
    --------
    >>> number_rows(["1.0 0.99 240", "1 2 3e1"], "example", 3).tolist()
    [[1.0, 0.99, 240.0], [1.0, 2.0, 30.0]]
    """
    values = _plain_rows(texts, count)
    if values is not None and np.isfinite(values).all() and (values >= lowest).all():
        return values
    if count == 1:
        return np.array([[number(text, where, lowest)] for text in texts])
    return np.array([split_numbers(text, where, count) for text in texts])


def _plain_rows(texts: list[str], count: int) -> NDArray[np.float64] | None:
    """Numbers of texts as files are written, one blank between two; None for any others."""
    from pyarrow import ArrowInvalid, csv, float64, py_buffer

    names = [str(number) for number in range(count)]
    options = (
        csv.ReadOptions(use_threads=False, column_names=names),
        csv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=dict.fromkeys(names, float64()), null_values=[]),
    )
    try:
        table = csv.read_csv(py_buffer("\n".join(texts).encode()), *options)
    except ArrowInvalid:
        return None
    if table.num_rows != len(texts):
        return None
    # not `to_numpy`, for which pyarrow imports pandas
    columns = [
        np.concatenate([np.from_dlpack(part) for part in one.chunks]) for one in table.columns
    ]
    return np.stack(columns, axis=1)


def split_numbers(text: str, where: str, count: int) -> tuple[float, ...]:
    """Read exactly `count` finite numbers with blanks between.

    Examples
    --------
    >>> split_numbers("1.0 0.99 240", "example", 3)
    (1.0, 0.99, 240.0)
    """
    parts = text.split()
    if len(parts) != count:
        raise InputError(where, f"{count} numbers", f"{len(parts)}", "correct the list")
    return tuple(number(part, where) for part in parts)
