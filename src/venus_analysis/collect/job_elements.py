"""Elements of a job order: named children, texts of a known form, counted lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import OPEN_START, OPEN_STOP
from venus_analysis.parameters.xml import BLANKS

Item = TypeVar("Item")
SWITCHES: Final = {"true": True, "false": False, "ON": True, "OFF": False}
MOST_CHARACTERS: Final = 4000
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(\d{6})", re.ASCII)
_OPEN_TIMES: Final = {"0" * 8 + "_" + "0" * 12: OPEN_START, "9" * 8 + "_" + "9" * 12: OPEN_STOP}


class Element:
    """One element of an order, and where it stands.

    Parameters
    ----------
    element
        Parsed element.
    file
        Name of the file, for errors.
    path
        Names of the elements above it and its own.
    """

    def __init__(self, element: Any, file: str, path: str) -> None:
        self.element, self.file, self.path = element, file, path

    @property
    def where(self) -> str:
        """File, line and path."""
        return f"{self.file}, line {self.element.sourceline}: {self.path}"

    def refused(self, expected: str, received: str, remedy: str) -> InputError:
        """Error at this place."""
        return InputError(self.where, expected, received, remedy)

    def children(self, *names: str, optional: tuple[str, ...] = ()) -> dict[str, Element]:
        """Every one of these children exactly once, in any order, and no other.

        The `optional` ones may be missing.

        Raises
        ------
        InputError
            For one that is missing, unknown or there twice, and for loose text.
        """
        found: dict[str, Element] = {}
        for child in self._elements():
            name = child.path.rpartition("/")[2]
            if name not in names + optional:
                expected = f"the elements {', '.join(names)}"
                raise child.refused(expected, f"the element {name}", "remove or correct it")
            if name in found:
                raise child.refused(f"{name} once", "a second one", "remove one of them")
            found[name] = child
        for name in names:
            if name not in found:
                raise self.refused(f"the element {name}", "none", f"add <{name}>")
        return found

    def items(self, name: str, fewest: int = 0) -> list[Element]:
        """Children of a list, all of this name, as many as its attribute ``count`` says."""
        found = self._elements()
        for child in found:
            if child.path.rpartition("/")[2] != name:
                raise child.refused(f"elements {name} only", child.path, "remove or correct it")
        count = self.element.get("count")
        if count is None or count.strip(BLANKS) != str(len(found)):
            received = "no count" if count is None else f"count={count[:20]!r}"
            remedy = "make the count agree with the list"
            raise self.refused(f'count="{len(found)}", the number of {name}', received, remedy)
        if len(found) < fewest:
            raise self.refused(f"at least {fewest} {name}", str(len(found)), f"add <{name}>")
        return found

    def _elements(self) -> list[Element]:
        loose = [self.element.text, *(child.tail for child in self.element)]
        if any(text and text.strip(BLANKS) for text in loose):
            raise self.refused("elements only", "loose text", "remove the text")
        return [Element(one, self.file, f"{self.path}/{one.tag}") for one in self.element]

    def text(self, *, empty: bool = False) -> str:
        """Text without the blanks around it; an empty one only where that is allowed."""
        if len(self.element):
            raise self.refused("text", f"the element {self.element[0].tag}", "write text only")
        found = (self.element.text or "").strip(BLANKS)
        if not found and not empty:
            raise self.refused("a text", "nothing", "fill it in")
        if len(found) > MOST_CHARACTERS:
            expected = f"at most {MOST_CHARACTERS} characters"
            raise self.refused(expected, str(len(found)), "shorten it")
        return found

    def matching(self, pattern: str, form: str) -> str:
        """Text that matches a pattern as a whole; `form` says the pattern in words."""
        found = self.text()
        if not re.fullmatch(pattern, found, re.ASCII):
            raise self.refused(form, repr(found[:60]), "write it in this form")
        return found

    def one_of(self, allowed: tuple[str, ...]) -> str:
        """Text that is one of a list."""
        found = self.text()
        if found not in allowed:
            raise self.refused(" or ".join(allowed), repr(found[:60]), "correct it")
        return found

    def switch(self) -> bool:
        """Read ``true`` or ``false``, also written ``ON`` or ``OFF``."""
        return SWITCHES[self.one_of(tuple(SWITCHES))]

    def time(self) -> np.datetime64:
        """UTC as ``yyyymmdd_hhmmssffffff``; all zeros or all nines leave an end open."""
        found = self.text()
        if found in _OPEN_TIMES:
            open_end: np.datetime64 = _OPEN_TIMES[found].astype("datetime64[us]")
            return open_end
        expected = "a UTC time yyyymmdd_hhmmssffffff"
        match = _TIME.fullmatch(found)
        try:
            if match is None or match[1] == "0000":
                raise ValueError
            year, month, day, hour, minute, second, micro = match.groups()
            return np.datetime64(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{micro}", "us")
        except ValueError:
            raise self.refused(expected, repr(found[:60]), "correct the time") from None

    def each(self, name: str, read: Callable[[Element], Item], fewest: int = 0) -> tuple[Item, ...]:
        """Read every item of a counted list."""
        return tuple(read(one) for one in self.items(name, fewest))
