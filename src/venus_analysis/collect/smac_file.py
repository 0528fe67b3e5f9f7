"""SMAC coefficient files as CESBIO publishes them: one band a file, 49 numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from venus_analysis.collect.check import read_text
from venus_analysis.compute.desert.smac_coefficients import NAMES, SmacCoefficients
from venus_analysis.errors import InputError

LINES: Final = (2, 2, 3, 3, 3, 3, 3, 4, 4, 2, 2, 2, 3, 2, 2, 2, 3, 2, 2)
"""Numbers on each line: seven gases, albedo, transmission, ... in the order of `NAMES`."""


def read_smac_coefficients(paths: Sequence[str | Path]) -> SmacCoefficients:
    """Coefficients of the bands of a sensor, one file each.

    Parameters
    ----------
    paths
        Files of 19 lines, in the order of the bands. Nothing in such a file says
        which sensor, band and aerosol it is for: its name does.

    Returns
    -------
    SmacCoefficients
        Arrays (band,).

    Raises
    ------
    InputError
        No file, another number of lines or of numbers on a line, no number.

    Examples
    --------
    >>> read_smac_coefficients([])
    Traceback (most recent call last):
    venus_analysis.errors.InputError: SMAC coefficients: expected one file for each band, ...
    """
    if not paths:
        raise InputError(
            "SMAC coefficients", "one file for each band", "none", "name the bands' files in order"
        )
    table = np.array([_numbers(Path(path)) for path in paths])
    return SmacCoefficients(**dict(zip(NAMES, table.T, strict=True)))


def _numbers(path: Path) -> list[float]:
    rows = [line.split() for line in read_text(path).splitlines() if line.strip()]
    found = tuple(len(row) for row in rows)
    if found != LINES:
        wrong = next(
            (k for k, pair in enumerate(zip(found, LINES, strict=False)) if pair[0] != pair[1]),
            None,
        )
        place = f"{len(found)} lines" if wrong is None else f"{found[wrong]} on line {wrong + 1}"
        raise InputError(
            path, "19 lines of 2, 2, 3, ... numbers", place, "use a file of 49 coefficients"
        )
    try:
        values = [float(cell) for row in rows for cell in row]
    except ValueError as error:
        raise InputError(path, "numbers", str(error), "correct the file") from error
    if not np.isfinite(values).all():
        raise InputError(path, "finite numbers", "NaN or infinity", "correct the file")
    return values
