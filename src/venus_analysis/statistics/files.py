"""Writing and reading the statistics file; the suffix says which format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from venus_analysis.errors import InputError
from venus_analysis.ledger.rows import Rows
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.statistics.columns import statistics_cells, statistics_frame
from venus_analysis.statistics.csv_file import from_csv, to_csv
from venus_analysis.statistics.netcdf_file import from_netcdf, to_netcdf

if TYPE_CHECKING:
    import pandas as pd

_WRITERS = {
    ".csv": lambda rows: to_csv(statistics_cells(rows)),
    ".nc": lambda rows: to_netcdf(statistics_frame(rows)),
}
_READERS = {".csv": from_csv, ".nc": from_netcdf}


def write_statistics(path: str | Path, rows: Rows) -> None:
    """Write the statistics file, whole: exactly these rows, in this order.

    What the file held before is replaced: it reports one run. Rows of several
    runs are joined by the ledger, which knows which of them counts; hand all of
    them over. The file appears complete and safe on disk, or not at all.

    Parameters
    ----------
    path
        Ends in ``.csv`` (comment lines first: what, conventions, units, flags,
        dictionary) or ``.nc`` (NetCDF with CF attributes, dimension row).
    rows
        A frame, or mappings as of `statistics_row`.

    Raises
    ------
    InputError
        Another suffix, an unknown column, or a value of the wrong kind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "statistics.csv"
    ...     write_statistics(path, [{"band": "B7", "ratio": 0.99}])
    ...     read_statistics(path)[["band", "ratio", "disk_mean"]]
      band  ratio  disk_mean
    0   B7   0.99        NaN
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InputError(path, "a name in .csv or .nc", repr(path.suffix), "choose one")
    data = writer(rows)
    make_folder(path.parent)
    write_whole(path, data)


def read_statistics(path: str | Path) -> pd.DataFrame:
    """Read a statistics file back.

    Parameters
    ----------
    path
        As `write_statistics` wrote it.

    Returns
    -------
    pandas.DataFrame
        Columns of `schema.STATISTICS`, every value as it was written; `attrs`
        holds ``title``, ``statistics_version`` and ``schema_version``.

    Raises
    ------
    InputError
        The file is absent, of another kind or a newer version, or damaged.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(path, "a name in .csv or .nc", repr(path.suffix), "choose one")
    return reader(path)
