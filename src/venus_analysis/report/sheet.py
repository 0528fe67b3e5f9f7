"""A sheet of verdicts in three forms: one HTML page that needs no network, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from venus_analysis.ledger.store import make_folder, write_whole


def write_sheet(
    folder: str | Path,
    name: str,
    html: str,
    document: Mapping[str, Any],
    about: str,
    columns: Sequence[str],
) -> dict[str, Path]:
    """Write ``NAME.html``, ``.csv`` and ``.json`` into a folder, each whole or not at all.

    Parameters
    ----------
    folder, name
        Where, and the files' common name.
    html
        The page.
    document
        Plain values, with ``simulated`` and ``verdicts``, a mapping for each line of the CSV.
    about
        First line of the CSV, after ``#`` and SIMULATED where it is.
    columns
        Of the CSV.

    Returns
    -------
    dict
        Kind to path.

    Examples
    --------
    >>> import tempfile
    >>> found = {"simulated": True, "verdicts": [{"band": "B1"}]}
    >>> with tempfile.TemporaryDirectory() as place:
    ...     print(write_sheet(place, "one", "", found, "a trial", ["band"])["csv"].read_text())
    # SIMULATED a trial
    band
    B1
    <BLANKLINE>
    """
    folder = Path(folder)
    make_folder(folder)
    texts = {
        "html": html,
        "csv": _csv(document, about, columns),
        "json": json.dumps(document, indent=1, allow_nan=False) + "\n",
    }
    paths = {kind: folder / f"{name}.{kind}" for kind in texts}
    for kind, text in texts.items():
        write_whole(paths[kind], text.encode())
    return paths


def _csv(document: Mapping[str, Any], about: str, columns: Sequence[str]) -> str:
    out = io.StringIO()
    mark = "SIMULATED " if document["simulated"] else ""
    out.write(f"# {mark}{about}\n")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(document["verdicts"])
    return out.getvalue()
