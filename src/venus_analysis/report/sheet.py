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
    columns: Sequence[str],
    about: Mapping[str, str] | None = None,
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
    columns
        Of the CSV; a last one, ``simulated``, is added.
    about
        Columns of the CSV that come first and are the same in all lines.

    Returns
    -------
    dict
        Kind to path.

    Examples
    --------
    >>> import tempfile
    >>> found = {"simulated": True, "verdicts": [{"band": "B1"}]}
    >>> with tempfile.TemporaryDirectory() as place:
    ...     print(write_sheet(place, "one", "", found, ["band"])["csv"].read_text())
    band,simulated
    B1,True
    <BLANKLINE>
    """
    folder = Path(folder)
    make_folder(folder)
    texts = {
        "html": html,
        "csv": _csv(document, columns, about or {}),
        "json": json.dumps(document, indent=1, allow_nan=False) + "\n",
    }
    paths = {kind: folder / f"{name}.{kind}" for kind in texts}
    for kind, text in texts.items():
        write_whole(paths[kind], text.encode())
    return paths


def _csv(document: Mapping[str, Any], columns: Sequence[str], about: Mapping[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*about, *columns, "simulated"], lineterminator="\n")
    writer.writeheader()
    for one in document["verdicts"]:
        writer.writerow({**about, **one, "simulated": bool(document["simulated"])})
    return out.getvalue()
