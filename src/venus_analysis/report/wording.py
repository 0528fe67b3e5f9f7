"""Numbers, dates and verdicts as text; every page and report says them the same way."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

MINUS: Final = "\u2212"
MARKS: Final = {"effective": "✓", "not effective": "✗", "not decidable": "?"}
KINDS: Final = {
    "effective": "good",
    "not effective": "bad",
    "not decidable": "open",
    "step seen": "open",
    "no step seen": "none",
    "due": "bad",
    "not due": "good",
    "alarm": "bad",
    "warning": "open",
    "note": "none",
}
"""Class of a verdict or severity, for its colour; the word always stands beside it."""


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Go through a frame's rows, each with its columns as attributes."""
    return frame.itertuples()


def percent(value: float, digits: int = 2, *, sign: bool = True) -> str:
    """Relative number as percent; an en dash for NaN.

    Examples
    --------
    >>> percent(0.0123), percent(-0.004, 1), percent(0.01, 0, sign=False), percent(float("nan"))
    ('+1.23 %', '−0.4 %', '1 %', '–')
    """
    return f"{number(value * 100.0, digits, sign=sign)} %" if math.isfinite(value) else "–"


def number(value: float, digits: int, *, sign: bool = False) -> str:
    """Write fixed decimals with a true minus; an en dash for NaN, no minus before zero.

    Examples
    --------
    >>> number(-0.1234, 2), number(-0.001, 2), number(2.0, 1, sign=True)
    ('−0.12', '0.00', '+2.0')
    """
    if not math.isfinite(value):
        return "–"
    text = f"{value:{'+' if sign else ''}.{digits}f}"
    if float(text) == 0.0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def typeset(sentence: str) -> str:
    """Write the numbers of a sentence made for a terminal as those of the tables are.

    Examples
    --------
    >>> typeset("a step of -1.87% [-2.26%, -1.48%] since 2022-12-01")
    'a step of −1.87 % [−2.26 %, −1.48 %] since 2022-12-01'
    >>> typeset("a step of -0.00% [-0.23%, +0.22%]")
    'a step of 0.00 % [−0.23 %, +0.22 %]'
    """
    sentence = re.sub(r"(?<!\w)[+-](0\.0+)(?=%)", r"\1", sentence)
    return re.sub(r"(\d)%", r"\1 %", re.sub(r"(?<!\w)-(?=\d)", MINUS, sentence))


def interval(value: float, lower: float, upper: float, digits: int = 2) -> str:
    """Relative number with its interval, in percent.

    Examples
    --------
    >>> interval(-0.012, -0.014, -0.010)
    '−1.20 % [−1.40, −1.00]'
    """
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return percent(value, digits)
    ends = ", ".join(number(end * 100.0, digits, sign=True) for end in (lower, upper))
    return f"{percent(value, digits)} [{ends}]"


def day(moment: Any) -> str:
    """ISO day of a UTC time; an en dash for none.

    Examples
    --------
    >>> day(np.datetime64("2020-03-01T12:00")), day(np.datetime64("NaT"))
    ('2020-03-01', '–')
    """
    if moment is None or moment != moment:  # NaN and NaT differ from themselves
        return "–"
    date = np.datetime64(moment, "D")
    return "–" if np.isnat(date) else str(date)


def plural(count: int, noun: str, many: str = "") -> str:
    """Count with its noun.

    Examples
    --------
    >>> plural(1, "look"), plural(2, "look"), plural(0, "series", "series")
    ('1 look', '2 looks', '0 series')
    """
    return f"{count} {noun if count == 1 else many or noun + 's'}"
