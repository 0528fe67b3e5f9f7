"""The tidy frame as an xarray Dataset, and as CSV, Parquet or NetCDF files."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.schema import UTC_IN_CSV

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SINGLE = ("instrument", "method", "reference", "configuration")
"""Columns of which a Dataset has one value each."""
SHOWN = 12


def to_xarray(frame: pd.DataFrame, **choice: str) -> xr.Dataset:
    """Rows as a Dataset with the dimensions (acquisition, band).

    Parameters
    ----------
    frame
        Rows as from `load`.
    **choice
        Values of key columns to keep: ``reference="S2A"``, ...

    Returns
    -------
    xarray.Dataset
        Every column but those of `SINGLE` (attributes) as a variable over
        (acquisition, band), with unit and meaning. Acquisitions are sorted by
        time, bands by their name (B2 before B10). Where there is no row,
        numbers are NaN, times NaT, integers 0, booleans False, texts ``""``.

    Raises
    ------
    InputError
        When more than one instrument, method, reference or configuration is
        left, or more than one row for an acquisition and band; it names the
        choices.

    Examples
    --------
    >>> row = dict.fromkeys(schema.IDENTITY, "x") | {"ratio": 0.99}
    >>> from venus_analysis.ledger.rows import tidy
    >>> frame = tidy([row | {"band": "B10"}, row | {"band": "B2"}])
    >>> data = to_xarray(frame)
    >>> data["band"].values.tolist(), data["ratio"].dims
    (['B2', 'B10'], ('acquisition', 'band'))
    """
    import pandas as pd
    import xarray as xr

    rows = choose(frame, **choice)
    for name in SINGLE:
        _expect_single(rows, name)
    _expect_one_a_cell(rows)
    acquisitions = rows.sort_values(["time", "acquisition_id"])["acquisition_id"].unique()
    bands = sorted(rows["band"].unique(), key=_natural)
    where = (
        pd.Index(acquisitions).get_indexer(rows["acquisition_id"]),
        pd.Index(bands).get_indexer(rows["band"]),
    )
    shape = (len(acquisitions), len(bands))
    data = {
        column.name: (
            ("acquisition", "band"),
            _grid(rows[column.name], column.kind, shape, where),
            _attributes(column),
        )
        for column in schema.COLUMNS
        if column.name not in {*SINGLE, "configuration_text", "acquisition_id", "band"}
    }
    single = (*SINGLE, "configuration_text")
    attrs = {name: str(rows[name].iloc[0]) for name in single if len(rows)}
    return xr.Dataset(
        data,
        coords={
            "acquisition": ("acquisition", np.asarray(acquisitions, dtype=object)),
            "band": ("band", np.asarray(bands, dtype=object)),
        },
        attrs=attrs | {"sign_convention": "ratio = measured / modelled, with the Ak of each row"},
    )


def choose(frame: pd.DataFrame, **choice: str) -> pd.DataFrame:
    """Rows with the given values of text columns.

    Raises
    ------
    InputError
        When no row has such a value; it names those there are.

    Examples
    --------
    >>> import pandas as pd
    >>> choose(pd.DataFrame({"band": ["B1", "B2"]}), band="B2").index.tolist()
    [1]
    """
    import pandas as pd

    for name, value in choice.items():
        if name not in frame or not pd.api.types.is_string_dtype(frame[name]):
            raise InputError("choice", "a text column", repr(name), f"{', '.join(schema.KEY)}, ...")
        kept = frame[frame[name] == value]
        if kept.empty and len(frame):
            raise InputError(name, "one that the rows have", repr(value), _choices(frame[name]))
        frame = kept
    return frame


def export(frame: pd.DataFrame, path: Path, **choice: str) -> None:
    """Write rows as ``.csv``, ``.parquet`` or ``.nc``; the file appears whole or not at all.

    In CSV a text that a spreadsheet would take for a formula (it begins with
    ``= + - @``, tab or return) gets a leading apostrophe; Parquet and NetCDF
    keep every text as it is. Parquet fields carry unit and meaning.

    Parameters
    ----------
    frame
        Rows as from `load`.
    path
        Its suffix says which; NetCDF holds `to_xarray`.
    **choice
        As in `to_xarray`.

    Raises
    ------
    InputError
        For another suffix, or rows `to_xarray` refuses.

    Examples
    --------
    >>> import pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     export(pd.DataFrame({"site": ["=1+1"], "ratio": [-0.5]}), path)
    ...     print(path.read_text(), end="")
    site,ratio
    '=1+1,-0.5
    """
    writers = {".csv": csv_bytes, ".parquet": _parquet, ".nc": _netcdf}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise InputError(path, "a name in .csv, .parquet or .nc", repr(path.suffix), "choose one")
    data = writer(choose(frame, **choice))
    make_folder(path.parent)
    write_whole(path, data)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    r"""CSV file of a table; a text that a spreadsheet would run as a formula gets an apostrophe.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_bytes(pd.DataFrame({"site": ["=1+1"], "ratio": [-0.5]}))
    b"site,ratio\r\n'=1+1,-0.5\r\n"
    """
    import pandas as pd

    safe = frame.copy()
    for name in safe.columns[[pd.api.types.is_string_dtype(dtype) for dtype in safe.dtypes]]:
        formula = safe[name].str.match(r"[=+\-@\t\r]", na=False)
        safe.loc[formula, name] = "'" + safe.loc[formula, name]
    # RFC 4180 line ends; with another one, a lone return inside a text would not be quoted.
    text = safe.to_csv(index=False, lineterminator="\r\n", date_format=UTC_IN_CSV)
    return text.encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    known = {column.name: column for column in schema.COLUMNS}
    fields = [
        field.with_metadata({"unit": known[field.name].unit, "meaning": known[field.name].sentence})
        if field.name in known
        else field
        for field in table.schema
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.cast(pa.schema(fields)), sink, compression="zstd", write_page_checksum=True
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _netcdf(frame: pd.DataFrame) -> bytes:
    data = to_xarray(frame)
    kinds = {column.name: column.kind for column in schema.COLUMNS}
    encoding = {str(name): _encoding(kinds.get(str(name), "text")) for name in data.variables}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.nc"
        data.to_netcdf(file, engine="netcdf4", encoding=encoding)
        return file.read_bytes()


def _encoding(kind: schema.Kind) -> dict[str, Any]:
    packed: dict[str, Any] = {"zlib": True, "complevel": 1}
    if kind == "time":
        return packed | {"units": "microseconds since 1970-01-01", "dtype": "int64"}
    # Characters compress and strings of any length do not: 4 instead of 76 MB.
    return packed | {"dtype": "S1"} if kind == "text" else packed


def _expect_one_a_cell(rows: pd.DataFrame) -> None:
    """Refuse two rows for one acquisition and band, naming what they differ in."""
    cell = ["acquisition_id", "band"]
    twice = rows[rows.duplicated(cell, keep=False)]
    if twice.empty:
        return
    same = twice[(twice[cell] == twice[cell].iloc[0]).all(axis=1)]
    for name in (*schema.KEY, "run_id"):
        _expect_single(same, name)
    received = f"{same['acquisition_id'].iloc[0]} {same['band'].iloc[0]} {len(same)} times"
    raise InputError("rows", "one row per acquisition and band", received, "drop the repeats")


def _expect_single(rows: pd.DataFrame, name: str) -> None:
    number = len(rows[name].unique())
    if number > 1:
        raise InputError("rows", f"one {name}", f"{number} of them", _choices(rows[name]))


def _choices(values: pd.Series[Any]) -> str:
    there = values.unique().tolist()
    more = ", ..." if len(there) > SHOWN else ""
    return f"choose {values.name} from {', '.join(map(repr, there[:SHOWN]))}{more}"


def _grid(values: pd.Series[Any], kind: schema.Kind, shape: tuple[int, int], where: Any) -> Any:
    empty: Any = np.datetime64("NaT", "us") if kind == "time" else schema.EMPTY[kind]
    dtype = object if kind == "text" else values.to_numpy().dtype
    grid = np.full(shape, empty, dtype=dtype)
    grid[where] = values.to_numpy(dtype=dtype)
    return grid


def _attributes(column: schema.Column) -> dict[str, Any]:
    attributes: dict[str, Any] = {"long_name": column.sentence}
    if column.unit and column.kind != "time":
        attributes["units"] = column.unit
    if column.name == "flags":
        attributes["flag_masks"] = np.array([int(flag) for flag in Flag], dtype=np.int64)
        attributes["flag_meanings"] = " ".join(flag.name or "" for flag in Flag)
    return attributes


def _natural(band: str) -> list[tuple[int, str]]:
    return [
        (int(part or 0), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", band)
    ]
