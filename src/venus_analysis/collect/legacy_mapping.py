"""How the results of an older chain map to ledger columns: a small TOML file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from venus_analysis.collect.check import read_text
from venus_analysis.errors import InputError
from venus_analysis.schema import COLUMNS, Column

TIME_FORMATS: Final = ("iso", "decimal year", "julian date", "modified julian date", "unix")
NEEDED: Final = ("instrument", "method", "site", "reference")
# What the reader itself fills in, or the ledger.
_OWN: Final = ("run_id", "committed", "input_digest", "configuration", "configuration_text")
_OPTIONS: Final = {"float": {"factor", "fill"}, "time": {"format", "shift_days"}}
_SOURCE: Final = re.compile(r"([^\[\]]+)(?:\[(\d{1,6})\])?")


@dataclass(frozen=True)
class Source:
    """A variable or column of the file, and which column of a two-dimensional table."""

    name: str
    column: int | None = None


@dataclass(frozen=True)
class MappedColumn:
    """Where a ledger column comes from.

    `sources` by band; the band ``""`` stands for all. `factor` is multiplied and
    `fill` means not measured, in columns of numbers; `format` and `shift_days` are
    for times.
    """

    target: Column
    sources: dict[str, Source]
    factor: float = 1.0
    fill: float | None = None
    format: str = "iso"
    shift_days: float = 0.0


@dataclass(frozen=True)
class LegacyMapping:
    """Constants of all rows, columns, and how the file is written.

    Parameters
    ----------
    constants
        Ledger column to text, for all rows; `instrument`, `method`, `site` and
        `reference` must be here or among the columns.
    columns
        What is taken from the file.
    delimiter, comment
        Of a CSV file; lines beginning with `comment` are left out.
    """

    constants: dict[str, str]
    columns: tuple[MappedColumn, ...]
    delimiter: str = ","
    comment: str = "#"


def read_mapping(path: str | Path) -> LegacyMapping:
    """Read a mapping file.

    ::

        [constants]                      # texts of every row
        instrument = "VENUS/VSSC"
        method = "moon"
        site = "THE_MOON"
        reference = "ROLO311g/chain of 2019"

        [columns]                        # ledger column = where it comes from
        acquisition_id = { from = "ACQ" }
        time = { from = "DATE", format = "decimal year", shift_days = -1.0 }
        measured = { from = "IRRAD", factor = 1e-6, fill = -999.0 }
        ratio = { from = { B7 = "RATIO[6]", B8 = "RATIO[7]" } }

        [file]                           # of a CSV file
        delimiter = ";"

    ``NAME[k]`` is column k (from 0) of a two-dimensional table, its rows being
    looks. A table of bands gives one row for each band. Times: ``iso``,
    ``decimal year``, ``julian date``, ``modified julian date``, ``unix``
    (seconds), or a pattern such as ``%d/%m/%Y %H:%M``; all UTC.

    Parameters
    ----------
    path
        The TOML file.

    Returns
    -------
    LegacyMapping

    Raises
    ------
    InputError
        Another layout, an unknown column, or one that is needed and missing.
    """
    path = Path(path)
    try:
        held = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, "a TOML file", str(error), "correct it") from error
    _only(path, held, {"constants", "columns", "file"})
    constants, columns, file = (
        _table(path, held, name) for name in ("constants", "columns", "file")
    )
    _only(path, file, {"delimiter", "comment"})
    known = {one.name: one for one in COLUMNS if one.name not in _OWN}
    for name in (*constants, *columns):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}" if near else "see venus_analysis.schema"
            raise InputError(path, "columns of the ledger", repr(name), remedy)
    for name, value in constants.items():
        if known[name].kind != "text" or not isinstance(value, str) or not value:
            raise InputError(
                f"{path}: constants.{name}", "a text of a text column", repr(value), "quote it"
            )
    mapped = tuple(_column(path, known[name], value) for name, value in columns.items())
    given = {*constants, *columns}
    if any("" not in one.sources for one in mapped):
        given.add("band")
    for name in (*NEEDED, "band", "time"):
        if name not in given:
            raise InputError(path, f"a constant or column {name!r}", "none", "add it")
    delimiter, comment = (file.get(k, v) for k, v in (("delimiter", ","), ("comment", "#")))
    if not (isinstance(delimiter, str) and len(delimiter) == 1 and isinstance(comment, str)):
        raise InputError(f"{path}: file", "one character", repr(delimiter), "quote it")
    return LegacyMapping(constants, mapped, delimiter, comment)


def _table(path: Path, held: dict[str, Any], name: str) -> dict[str, Any]:
    table = held.get(name, {})
    if not isinstance(table, dict):
        raise InputError(path, f"a table [{name}]", repr(table), "write it as a table")
    return table


def _only(path: Path, table: dict[str, Any], names: set[str]) -> None:
    for name in table:
        if name not in names:
            raise InputError(path, f"only {', '.join(sorted(names))}", repr(name), "take it out")


def _column(path: Path, target: Column, value: Any) -> MappedColumn:
    where = f"{path}: columns.{target.name}"
    if not isinstance(value, dict) or "from" not in value:
        raise InputError(where, '{ from = "NAME" }', repr(value), "name the source")
    _only(path, value, {"from", "factor", "fill", "format", "shift_days"})
    source = value["from"]
    by_band = source if isinstance(source, dict) else {"": source}
    for name in ("factor", "fill", "shift_days"):
        number = value.get(name, 0.0)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InputError(f"{where}.{name}", "a number", repr(number), "take the quotes off")
    for name in value.keys() - _OPTIONS.get(target.kind, set()) - {"from"}:
        kinds = " and ".join(kind for kind, own in _OPTIONS.items() if name in own)
        remedy = "take it out"
        raise InputError(f"{where}.{name}", f"{name} for {kinds} columns", target.kind, remedy)
    style = value.get("format", "iso")
    if not isinstance(style, str) or (style not in TIME_FORMATS and "%" not in style):
        wanted = f"{', '.join(TIME_FORMATS)} or a pattern with %"
        raise InputError(f"{where}.format", wanted, repr(style), "choose one")
    return MappedColumn(
        target,
        {str(band): _source(where, one) for band, one in by_band.items()},
        float(value.get("factor", 1.0)),
        float(value["fill"]) if "fill" in value else None,
        style,
        float(value.get("shift_days", 0.0)),
    )


def _source(where: str, text: Any) -> Source:
    found = _SOURCE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InputError(where, "NAME or NAME[3]", repr(text), "name the variable or column")
    return Source(found[1], None if found[2] is None else int(found[2]))
