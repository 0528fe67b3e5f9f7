"""Results of older chains, IDL save files or CSV, as rows of the ledger's columns."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.check import read_text
from venus_analysis.collect.idl_arrays import read_idl_arrays
from venus_analysis.collect.legacy_mapping import (
    LegacyMapping,
    MappedColumn,
    Source,
    read_mapping,
)
from venus_analysis.errors import InputError
from venus_analysis.schema import COLUMNS, EMPTY

Cells = NDArray[Any]

_DAY_US: Final = 86_400_000_000
_EPOCH_DAYS: Final = {"julian date": 2440587.5, "modified julian date": 40587.0, "unix": 0.0}
_YEARS: Final = (1900.0, 2200.0)


def read_legacy_results(
    path: str | Path, mapping: str | Path | LegacyMapping
) -> list[dict[str, Any]]:
    r"""Read the results of an older chain.

    Parameters
    ----------
    path
        A ``.sav`` file of arrays, all with one value (or table row) per look, or
        a ``.csv`` file with a line of names.
    mapping
        A `LegacyMapping`, or its TOML file, see
        `venus_analysis.collect.legacy_mapping.read_mapping`.

    Returns
    -------
    list of dict
        One row per look and band with every column of the ledger; what the file
        does not have is empty. `ratio` is `measured / modelled` where only these
        are given. `run_id` and `input_digest` come from the file's bytes, so that
        the same file read twice adds nothing to a ledger; `configuration` is
        that of the mapping. Without a column for it, `acquisition_id` is the
        file's name and the number of the look. NaN stays NaN.

    Raises
    ------
    InputError
        The file is absent, damaged, of another layout than the mapping says, or
        a value is of the wrong kind; the message names the column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mapping, results = Path(folder) / "map.toml", Path(folder) / "old.csv"
    ...     _ = mapping.write_text('''
    ... [constants]
    ... instrument = "VENUS/VSSC"
    ... method = "moon"
    ... site = "THE_MOON"
    ... reference = "ROLO311g/chain of 2019"
    ... [columns]
    ... time = { from = "date", format = "%d/%m/%Y" }
    ... ratio = { from = { B7 = "r7", B8 = "r8" }, factor = 0.01, fill = -999.0 }
    ... ''')
    ...     _ = results.write_text("date,r7,r8\n16/02/2019,99.0,-999\n")
    ...     rows = read_legacy_results(results, mapping)
    >>> [(row["band"], row["ratio"], str(row["time"])[:10]) for row in rows]
    [('B7', 0.99, '2019-02-16'), ('B8', nan, '2019-02-16')]
    """
    path = Path(path)
    if not isinstance(mapping, LegacyMapping):
        mapping = read_mapping(mapping)
    table = _table(path, mapping)
    columns = {
        band: {
            one.target.name: _cells(path, table, one, source)
            for one in mapping.columns
            if (source := one.sources.get(band) or one.sources.get(""))
        }
        for band in _bands(mapping)
    }
    looks = _looks(path, columns)
    identity = _identity(path, mapping)
    rows: list[dict[str, Any]] = []
    for look in range(looks):
        name = f"{path.stem}#{look + 1}"
        for band, held in columns.items():
            row: dict[str, Any] = {column.name: EMPTY[column.kind] for column in COLUMNS}
            row |= {"acquisition_id": name, **identity, **mapping.constants}
            row |= {"band": band} if band else {}
            row |= {
                target: _plain(cells[look if len(cells) > 1 else 0])
                for target, cells in held.items()
            }
            if "ratio" not in held and row["modelled"]:
                row["ratio"] = row["measured"] / row["modelled"]
            rows.append(row)
    return rows


def _bands(mapping: LegacyMapping) -> list[str]:
    """Bands that the mapping spreads its columns over; one nameless if none."""
    bands: dict[str, None] = {}
    for one in mapping.columns:
        bands |= dict.fromkeys(band for band in one.sources if band)
    return list(bands) or [""]


def _table(path: Path, mapping: LegacyMapping) -> Mapping[str, Cells]:
    suffix = path.suffix.lower()
    if suffix == ".sav":
        return read_idl_arrays(path)
    if suffix == ".csv":
        return _csv(path, mapping)
    raise InputError(path, "a name in .sav or .csv", repr(suffix), "choose one")


def _csv(path: Path, mapping: LegacyMapping) -> dict[str, Cells]:
    lines = io.StringIO(read_text(path))
    kept = (line for line in lines if not mapping.comment or not line.startswith(mapping.comment))
    try:
        rows = [row for row in csv.reader(kept, delimiter=mapping.delimiter, strict=True) if row]
    except csv.Error as error:
        raise InputError(path, "a CSV file", str(error), "check the delimiter") from error
    names = [name.strip() for name in rows[0]] if rows else []
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(names):
            what = f"{len(row)} in row {number}"
            raise InputError(path, f"{len(names)} cells in each row", what, "check the delimiter")
    _check_names(path, names, mapping)
    cells = [list(column) for column in zip(*rows[1:], strict=True)] or [[] for _ in names]
    return {
        name: np.array([cell.strip() for cell in column], dtype=object)
        for name, column in zip(names, cells, strict=True)
    }


def _check_names(path: Path, names: list[str], mapping: LegacyMapping) -> None:
    """Refuse a name that the mapping takes and two columns have: either could be meant."""
    taken = {source.name for one in mapping.columns for source in one.sources.values()}
    for name in taken:
        if names.count(name) > 1:
            remedy = "rename one in the file"
            raise InputError(path, f"one column {name!r}", f"{names.count(name)}", remedy)


def _cells(path: Path, table: Mapping[str, Cells], one: MappedColumn, source: Source) -> Cells:
    """Values of a ledger column, one per look."""
    values = _taken(path, table, source)
    where = f"{path}: {source.name}"
    try:
        return _converted(values, one)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            where, f"{one.target.kind} values for {one.target.name}", str(error),
            "check the mapping's source and format",
        ) from error  # fmt: skip


def _taken(path: Path, table: Mapping[str, Cells], source: Source) -> Cells:
    values = table.get(source.name)
    if values is None:
        values = table.get(source.name.upper())
    if values is None:
        there = ", ".join(table) or "nothing"
        raise InputError(path, f"{source.name!r}", there, "correct the name in the mapping")
    if source.column is not None:
        if values.ndim != 2 or source.column >= values.shape[1]:
            raise InputError(
                f"{path}: {source.name}", f"a table with a column {source.column}",
                f"shape {values.shape}", "correct the mapping",
            )  # fmt: skip
        return values[:, source.column]
    if values.ndim > 1:
        raise InputError(
            f"{path}: {source.name}", "one value per look", f"shape {values.shape}",
            f"name a column, as in {source.name}[0]",
        )  # fmt: skip
    return np.atleast_1d(values)


def _converted(values: Cells, one: MappedColumn) -> Cells:
    kind = one.target.kind
    if kind == "text":
        return np.array([str(value).strip() for value in values], dtype=object)
    if kind == "time":
        return _times(values, one)
    numbers = _numbers(values)
    if kind == "integer":
        if not np.array_equal(np.rint(numbers), numbers) or (np.abs(numbers) > 2.0**53).any():
            raise ValueError("numbers that are not whole")
        return numbers.astype(np.int64)
    if kind == "boolean":
        if not np.isin(numbers, (0.0, 1.0)).all():
            raise ValueError("other numbers than 0 and 1")
        return np.asarray(numbers != 0.0)
    if one.fill is None:
        return numbers * one.factor
    # In an array of single precision, the fill is a single number too.
    fill = np.float32(one.fill) if values.dtype == np.float32 else one.fill
    return np.where(numbers == fill, np.nan, numbers * one.factor)


def _numbers(values: Cells) -> NDArray[np.float64]:
    if values.dtype != object:
        return values.astype(np.float64)
    return np.array([float(value) if value != "" else math.nan for value in values])


def _times(values: Cells, one: MappedColumn) -> Cells:
    if one.format == "iso" or "%" in one.format:
        moments = np.array([_moment(str(value), one.format) for value in values], "datetime64[us]")
    else:
        moments = _from_number(_numbers(values), one.format)
    return np.asarray(moments + np.timedelta64(round(one.shift_days * _DAY_US), "us"))


def _moment(text: str, style: str) -> datetime | None:
    """UTC of a text without zone; None for an empty one."""
    if not text:
        return None
    moment = datetime.fromisoformat(text) if style == "iso" else datetime.strptime(text, style)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _from_number(numbers: NDArray[np.float64], style: str) -> Cells:
    if style == "decimal year":
        if not ((numbers >= _YEARS[0]) & (numbers < _YEARS[1])).all():
            raise ValueError(f"years outside {_YEARS[0]:.0f} to {_YEARS[1]:.0f}")
        year = np.floor(numbers).astype(np.int64)
        first, following = (
            (one - 1970).astype("datetime64[Y]").astype("datetime64[us]")
            for one in (year, year + 1)
        )
        length = (following - first).astype(np.int64)
        part = np.rint((numbers - year) * length).astype(np.int64)
        return np.asarray(first + part.astype("timedelta64[us]"))
    unit = 1e6 if style == "unix" else float(_DAY_US)
    since = (numbers - _EPOCH_DAYS[style]) * unit
    if not (np.abs(since) < 300.0 * 366.0 * _DAY_US).all():
        raise ValueError(f"times that are no {style}")
    return np.asarray(np.rint(since).astype(np.int64).astype("datetime64[us]"))


def _looks(path: Path, columns: Mapping[str, Mapping[str, Cells]]) -> int:
    """Count the looks; columns of one value hold for all."""
    sizes = {len(cells) for held in columns.values() for cells in held.values()}
    many = sorted(sizes - {1})
    if len(many) > 1:
        lengths = f"lengths {', '.join(map(str, many))}"
        raise InputError(path, "columns of one length", lengths, "correct the mapping")
    return many[0] if many else 1


def _identity(path: Path, mapping: LegacyMapping) -> dict[str, str]:
    digest = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
    text = json.dumps(asdict(mapping), sort_keys=True, default=str)
    return {
        "input_digest": digest,
        "run_id": f"import-{digest}",
        "configuration": hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        "configuration_text": json.dumps({"imported from": path.name}),
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) and value.dtype.kind != "M" else value
