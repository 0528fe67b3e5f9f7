"""Rows as files to download, written one after the other by one worker; no Panel in here."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from venus_analysis.errors import InputError
from venus_analysis.ledger import export

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS: Final = 100_000
KINDS: Final = {"CSV": ".csv", "Parquet": ".parquet", "NetCDF": ".nc"}
T = TypeVar("T")
_WORKER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="export")
"""The only thread that writes files: HDF5 below NetCDF bears no second one."""


async def in_worker(make: Callable[[], T]) -> T:
    """Run a function in the worker of all sessions, while pages go on being served."""
    return await asyncio.get_running_loop().run_in_executor(_WORKER, make)


def rows_file(rows: pd.DataFrame, suffix: str) -> bytes:
    """Content of rows as a file: what `venus_analysis.ledger.export` writes.

    Parameters
    ----------
    rows
        Rows of the ledger, all their columns.
    suffix
        ``.csv``, ``.parquet`` or ``.nc``.

    Raises
    ------
    InputError
        For more rows than a browser should be sent, and where `export` refuses.
    """
    if len(rows) > MOST_ROWS:
        raise InputError(
            "the download", f"at most {MOST_ROWS} rows", str(len(rows)),
            "choose fewer, or write the file with venus-analysis ledger export",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{suffix}"
        export(rows, path)
        return path.read_bytes()
