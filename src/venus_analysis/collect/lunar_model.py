"""Irradiances that another lunar model computed, from a table."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from venus_analysis.collect.check import read_text
from venus_analysis.errors import InputError

COLUMNS = ("reference", "acquisition_id", "band", "irradiance_w_m2_um")
OPTIONAL = "relative_uncertainty"


@dataclass(frozen=True)
class ModelIrradiance:
    """One irradiance of another model: W m-2 um-1, relative uncertainty k = 1 or NaN."""

    reference: str
    acquisition_id: str
    band: str
    irradiance: float
    relative_uncertainty: float


def read_model_irradiances(path: str | Path) -> tuple[ModelIrradiance, ...]:
    """Read a CSV table of modelled lunar irradiances.

    Parameters
    ----------
    path
        CSV with the columns ``reference``, ``acquisition_id``, ``band``,
        ``irradiance_w_m2_um`` and, if known, ``relative_uncertainty`` (k = 1).
        Lines that begin with ``#`` are skipped.

    Returns
    -------
    tuple of ModelIrradiance
        In file order.

    Raises
    ------
    InputError
        Naming the line: a missing column, a number that is none or not
        positive, or the same reference, acquisition and band twice.
    """
    path = Path(path)
    lines = [line for line in read_text(path).splitlines() if line and not line.startswith("#")]
    reader = csv.DictReader(lines)
    head = reader.fieldnames or ()
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError(
            path, f"the columns {', '.join(COLUMNS)}", f"{', '.join(head) or 'none'}", "add them"
        )
    found: dict[tuple[str, str, str], ModelIrradiance] = {}
    for number, row in enumerate(reader, start=1):
        item = _item(f"{path}: row {number}", row)
        key = (item.reference, item.acquisition_id, item.band)
        if key in found:
            raise InputError(
                f"{path}: row {number}", "each value once", f"{key} again", "remove one"
            )
        found[key] = item
    return tuple(found.values())


def _item(where: str, row: dict[str, str]) -> ModelIrradiance:
    irradiance = _positive(where, "irradiance_w_m2_um", row["irradiance_w_m2_um"])
    stated = (row.get(OPTIONAL) or "").strip()
    uncertainty = _positive(where, OPTIONAL, stated) if stated else float("nan")
    texts = [(row[name] or "").strip() for name in COLUMNS[:3]]
    if not all(texts):
        raise InputError(where, f"{', '.join(COLUMNS[:3])}", "an empty cell", "fill it in")
    return ModelIrradiance(texts[0], texts[1], texts[2], irradiance, uncertainty)


def _positive(where: str, name: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{where}, {name}", "a positive number", repr(text), "correct it")
    return value
