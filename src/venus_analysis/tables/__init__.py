"""Numbers from the literature as CSV, each with a source line; read by name."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@cache
def columns(name: str) -> dict[str, tuple[str, ...]]:
    """Columns of one table as text.

    Parameters
    ----------
    name
        File name without ``.csv``.

    Returns
    -------
    dict
        Column name to its cells, in file order. Lines that begin with ``#`` are
        the source and are skipped.

    Examples
    --------
    >>> columns("venus_bands")["band"][:3]
    ('B1', 'B2', 'B3')
    """
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    return {head: tuple(row[i] for row in rows[1:]) for i, head in enumerate(rows[0])}


def numbers(name: str, column: str) -> NDArray[np.float64]:
    """One numeric column of one table.

    Examples
    --------
    >>> numbers("venus_bands", "central_wavelength_nm")[:2]
    array([424., 447.])
    """
    return np.array(columns(name)[column], dtype=np.float64)
