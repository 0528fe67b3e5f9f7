"""How far a number may move before a reference set counts as changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from venus_analysis.calibrate.toml_lines import line_of
from venus_analysis.errors import InputError
from venus_analysis.schema import COLUMNS

DEFAULTS: Final = "qualification.toml"
_KEYS: Final = ("limit", "unit", "bands", "reason")
_UNITS: Final = {column.name: column.unit for column in COLUMNS if column.kind == "float"}


@dataclass(frozen=True)
class Tolerance:
    """Largest change accepted of one column: relative for ``%``, else in its own unit."""

    column: str
    limit: float
    unit: str
    reason: str = ""
    bands: Mapping[str, float] = field(default_factory=dict)

    def of(self, band: str) -> float:
        """Limit of a band."""
        return self.bands.get(band, self.limit)

    def change(self, before: float, after: float) -> float:
        """Change in the unit of the limit; 0 for NaN twice, inf for NaN once.

        Examples
        --------
        >>> round(Tolerance("ratio", 0.1, "%").change(0.99, 0.9801), 9)
        -1.0
        >>> Tolerance("ratio", 0.1, "%").change(0.99, math.nan)
        inf
        """
        if math.isnan(before) or math.isnan(after):
            return 0.0 if math.isnan(before) and math.isnan(after) else math.inf
        if self.unit != "%":
            return after - before
        if before == 0.0:
            return 0.0 if after == 0.0 else math.inf
        return 100.0 * (after / before - 1.0)


def default_tolerances() -> tuple[Tolerance, ...]:
    """Tolerances of sets that state none.

    Examples
    --------
    >>> default_tolerances()[0].column
    'ratio'
    """
    import tomllib

    text = files("venus_analysis.tables").joinpath(DEFAULTS).read_text("utf-8")
    return tolerances_of("default tolerances", text, tomllib.loads(text)["tolerance"])


def tolerances_of(where: str, text: str, given: Any) -> tuple[Tolerance, ...]:
    """Read the tables ``[tolerance.COLUMN]``.

    Parameters
    ----------
    where, text
        Name and text of the file, for messages.
    given
        Content of its table ``tolerance``.

    Raises
    ------
    InputError
        No table, an unknown column, key or unit, or a limit that is no number of 0
        or more, with the line.
    """
    if not isinstance(given, dict) or not given:
        raise InputError(where, "tables [tolerance.COLUMN]", repr(given), "such as ratio")
    return tuple(_tolerance(where, text, name, one) for name, one in given.items())


def _tolerance(where: str, text: str, name: str, given: Any) -> Tolerance:
    def refuse(key: str, expected: str, received: object) -> InputError:
        line = line_of(text, f"tolerance.{name}", key)
        return InputError(f"{where}, line {line}", expected, repr(received), "correct it there")

    if name not in _UNITS or not isinstance(given, dict):
        raise refuse("", "a column of numbers of the ledger", name)
    for key in given:
        if key not in _KEYS:
            raise refuse(key, ", ".join(_KEYS), key)
    if given.get("unit") not in ("%", _UNITS[name]):
        raise refuse("unit", f"unit '%' or {_UNITS[name]!r}", given.get("unit"))
    bands = given.get("bands", {})
    limits = {"limit": given.get("limit"), **(bands if isinstance(bands, dict) else {"bands": ""})}
    for key, limit in limits.items():
        if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0 <= limit < 1e308:
            raise refuse(key if key == "limit" else "bands", "a limit of 0 or more", limit)
    return Tolerance(
        name, float(given["limit"]), str(given["unit"]), str(given.get("reason", "")), dict(bands)
    )
