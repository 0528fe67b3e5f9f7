"""The statistics file as CSV: comment lines that explain it, then one line per row."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from venus_analysis.collect.check import require_file
from venus_analysis.errors import InputError
from venus_analysis.flags import PIXEL_SENTENCES, SENTENCES
from venus_analysis.schema import STATISTICS, Kind
from venus_analysis.statistics.columns import statistics_frame
from venus_analysis.statistics.header import CONVENTIONS, check_versions, title, versions

if TYPE_CHECKING:
    import pandas as pd

    from venus_analysis.ledger.cells import Cells

LARGEST_BYTES: Final = 200_000_000
# Texts a spreadsheet would run as a formula, and those already marked.
_MARKED: Final = ("=", "+", "-", "@", "\t", "\r", "'", "#")


def to_csv(frame: Cells | pd.DataFrame) -> bytes:
    """Bytes of the file: UTF-8, comma, RFC 4180 quoting.

    Numbers are written so that they are read back to the last bit. A text that
    a spreadsheet would take for a formula gets a leading apostrophe, which
    reading takes off.

    Examples
    --------
    >>> text = to_csv(statistics_frame([{"band": "B1"}])).decode()
    >>> text.splitlines()[0]
    '# Statistical results of vicarious calibration'
    """
    out = io.StringIO(newline="")
    out.writelines(f"# {line}\r\n" for line in _header(frame))
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.name for column in STATISTICS)
    columns = [[_cell(one, column.kind) for one in frame[column.name]] for column in STATISTICS]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()


def _header(frame: Cells | pd.DataFrame) -> Iterator[str]:
    yield title(frame)
    yield from (f"{name}: {value}" for name, value in (versions() | CONVENTIONS).items())
    yield "time: UTC, ISO 8601"
    yield "column; kind; unit; meaning"
    for one in STATISTICS:
        yield f"  {one.name}; {one.kind}; {one.unit}; {one.sentence}"
    yield "flags are sums of these bits; bit, name, meaning"
    for flag, sentence in SENTENCES.items():
        yield f"  {int(flag)}; {flag.name}; {sentence}"
    yield "reasons of rejected pixels; name, meaning"
    for reason, sentence in PIXEL_SENTENCES.items():
        yield f"  {reason.name}; {sentence}"


def _cell(value: Any, kind: Kind) -> str:
    if kind == "text":
        text = str(value)
        return f"'{text}" if text.startswith(_MARKED) else text
    if kind == "float":
        return "" if math.isnan(value) else repr(float(value))
    if kind == "time":
        known = value is not None and not np.isnat(np.datetime64(str(value)))
        return f"{np.datetime64(value, 'us')}Z" if known else ""
    return str(bool(value)).lower() if kind == "boolean" else str(int(value))


def from_csv(path: Path) -> pd.DataFrame:
    """Read what `to_csv` wrote.

    Raises
    ------
    InputError
        The file is absent, too large, no statistics file, or damaged; the
        message names the line.
    """
    text = _text(path)
    comments: list[str] = []
    lines = io.StringIO(text, newline="")
    place = 0
    for line in lines:
        if not line.startswith("#"):
            break
        comments.append(line[1:].strip())
        place += len(line)
    check_versions(path, _versions(comments))
    rows = list(_rows(path, text[place:], len(comments)))
    try:
        frame = statistics_frame(rows)
    except InputError as error:
        raise InputError(path, error.expected, error.received, "write the file again") from error
    frame.attrs.update({"title": comments[0]} | _versions(comments))
    return frame


def _text(path: Path) -> str:
    """Text with its line ends as they are, which a quoted cell may hold."""
    size = require_file(path).stat().st_size
    if size > LARGEST_BYTES:
        raise InputError(path, f"at most {LARGEST_BYTES:,} bytes", f"{size:,}", "split the file")
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(path, "UTF-8 text", str(error), "write the file again") from error


def _versions(comments: list[str]) -> dict[str, int]:
    found = {}
    for line in comments:
        name, _, value = line.partition(": ")
        if name in versions() and value.isdecimal() and len(value) < 6:
            found[name] = int(value)
    return found


def _rows(path: Path, text: str, before: int) -> Iterator[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    kinds = {column.name: column.kind for column in STATISTICS}
    try:
        names = next(reader, [])
        _check_names(path, names, kinds)
        for cells in reader:
            if len(cells) != len(names):
                raise ValueError(f"{len(cells)} cells instead of {len(names)}")
            yield {name: _value(cell, kinds[name]) for name, cell in zip(names, cells, strict=True)}
    except (csv.Error, ValueError) as error:
        raise InputError(
            path, "the cells of its columns", f"{error} in line {before + reader.line_num}",
            "write the file again",
        ) from error  # fmt: skip


def _check_names(path: Path, names: list[str], kinds: dict[str, Kind]) -> None:
    wrong = [name for name in names if name not in kinds]
    twice = len(set(names)) < len(names)
    if wrong or twice or "band" not in names:
        what = repr(wrong[0]) if wrong else "one twice" if twice else "no column band"
        raise InputError(path, "columns of the statistics file", what, "write the file again")


def _value(cell: str, kind: Kind) -> Any:
    if kind == "text":
        return cell[1:] if cell.startswith("'") else cell
    if not cell:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}[cell] if cell in ("true", "false") else _not(cell)
    if kind == "time":
        return np.datetime64(cell.removesuffix("Z"), "us")
    return float(cell) if kind == "float" else int(cell)


def _not(cell: str) -> Any:
    raise ValueError(f"{cell!r} is neither true nor false")
