"""Criteria of acceptance from a TOML file, every mistake named with its line."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.compare.column_criteria import RULES, SHARE
from venus_analysis.calibrate.toml_lines import line_of
from venus_analysis.errors import InputError

UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "calibration_step": SHARE,
    "looks": {"looks": 1.0},
    "agreement": {"1": 1.0},
    **{name: rule.units for name, rule in RULES.items()},
}
"""Criteria there are, and the units each may be given in, with their size."""
DEFAULTS: Final = "acceptance.toml"
_KEYS: Final = ("limit", "unit", "reason", "bands_left_out")


@dataclass(frozen=True)
class Criterion:
    """One criterion; `limit` is as written, `plain` without unit (1 % is 0.01).

    Of `bands_left_out` it is not asked: the reason says why.
    """

    name: str
    limit: float
    unit: str
    reason: str
    bands_left_out: tuple[str, ...] = ()

    @property
    def plain(self) -> float:
        """Limit as a plain number, or in pixels or looks."""
        return self.limit * UNITS[self.name][self.unit]


def read_criteria(path: str | Path | None = None) -> tuple[Criterion, ...]:
    """Read criteria, by default those of the package.

    Parameters
    ----------
    path
        TOML file, a table for each criterion with ``limit``, ``unit`` and ``reason``,
        and ``bands_left_out`` where it cannot be asked of every band.

    Returns
    -------
    tuple of Criterion
        In the order of the file.

    Raises
    ------
    InputError
        The file cannot be read; an unknown criterion, key or unit, a limit that is
        no number above 0, or no reason: with the line.

    Examples
    --------
    >>> read_criteria()[0].name, read_criteria()[0].plain
    ('calibration_step', 0.01)
    """
    where = "default criteria" if path is None else str(path)
    text = _text(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, "a TOML file", str(error), "correct it there") from None
    if not tables:
        raise InputError(where, "at least one criterion", "none", f"such as {_known()}")
    return tuple(_criterion(where, text, name, given) for name, given in tables.items())


def _text(path: str | Path | None) -> str:
    if path is None:
        return files("venus_analysis.tables").joinpath(DEFAULTS).read_text("utf-8")
    try:
        return Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "a readable text file", str(error), "name another") from None


def _criterion(where: str, text: str, name: str, given: Any) -> Criterion:
    if name not in UNITS or not isinstance(given, dict):
        line = line_of(text, name)
        raise InputError(f"{where}, line {line}", "a criterion", repr(name), f"one of {_known()}")
    for key in given:
        if key not in _KEYS:
            line = line_of(text, name, key)
            raise InputError(f"{where}, line {line}", ", ".join(_KEYS), repr(key), "drop it")
    limit, unit, reason, left_out = (given.get(key) for key in _KEYS)
    if unit not in UNITS[name]:
        line = line_of(text, name, "unit")
        units = " or ".join(map(repr, UNITS[name]))
        raise InputError(f"{where}, line {line}", f"unit {units}", repr(unit), "convert the limit")
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0.0 < limit < math.inf:
        line = line_of(text, name, "limit")
        raise InputError(f"{where}, line {line}", "a limit above 0", repr(limit), "correct it")
    if not isinstance(reason, str) or not reason.strip():
        line = line_of(text, name, "reason")
        raise InputError(f"{where}, line {line}", "a reason", repr(reason), "say why, in words")
    left_out = [] if left_out is None else left_out
    if not (isinstance(left_out, list) and all(isinstance(one, str) for one in left_out)):
        line = line_of(text, name, "bands_left_out")
        raise InputError(
            f"{where}, line {line}", "a list of bands", repr(left_out), 'such as ["B12"]'
        )
    return Criterion(name, float(limit), str(unit), reason, tuple(left_out))


def _known() -> str:
    return ", ".join(UNITS)
