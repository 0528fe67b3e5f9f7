"""What the commands of parameter files print: tables, JSON, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from venus_analysis.cli_output import aligned

if TYPE_CHECKING:
    from venus_analysis.parameters.gain_base import GainBase
    from venus_analysis.parameters.phgain import PhysicalGain

SOME_FAILED = 1


def dump(document: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    import json

    from venus_analysis.calibrate.row import plain

    typer.echo(json.dumps(plain(document), allow_nan=False))


def print_rows(
    document: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    *,
    json: bool,
    empty: str = "no files",
) -> None:
    """Print a JSON object, or its rows as a table."""
    if json:
        dump(document)
        return
    typer.echo(table(rows) if rows else empty)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as text in columns; columns that are empty throughout are left out.

    Examples
    --------
    >>> print(table([{"type": "PHGAIN", "band": None}, {"type": "DARKCU", "band": "B5"}]))
    type    band
    PHGAIN
    DARKCU  B5
    """
    names = [name for name in rows[0] if any(_cell(row[name]) for row in rows)]
    cells = [names, *([_cell(row[name]) for name in names] for row in rows)]
    return "\n".join(aligned(cells))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def finish(failed: Sequence[Mapping[str, str]], *, json: bool) -> None:
    """Name what failed, and exit with code 1, if anything did."""
    if not failed:
        return
    if not json:
        for sentence in merged_bands([one["error"] for one in failed]):
            typer.echo(f"FAILED {sentence}", err=True)
    raise typer.Exit(SOME_FAILED)


def merged_bands(sentences: Sequence[str]) -> list[str]:
    """Sentences that differ in the band only, as one that names all the bands; none twice.

    Examples
    --------
    >>> merged_bands(["DARKCU B1: none", "DARKCU B2: none", "PHGAIN: none"])
    ['DARKCU B1 B2: none', 'PHGAIN: none']
    >>> merged_bands(["expected B01 to B12, received 'B99'"] * 2)
    ["expected B01 to B12, received 'B99'"]
    """
    import re

    bands: dict[tuple[str, str], list[str]] = {}
    for sentence in dict.fromkeys(sentences):
        before, band, after = (*re.split(r"\b(B\d{1,2})\b", sentence, maxsplit=1), "", "")[:3]
        bands.setdefault((before, after), []).append(band)
    return [before + " ".join(found) + after for (before, after), found in bands.items()]


def proposal(base: GainBase, new: PhysicalGain) -> dict[str, Any]:
    """Tell what new gains start from and change."""
    from dataclasses import asdict

    from venus_analysis.parameters.gain_base import far_changes, gain_changes

    changes = gain_changes(base, new)
    return {
        "base": base.serial or None,
        "changes": [asdict(one) for one in changes],
        "warnings": [*base.warnings, *far_changes(changes)],
    }


def proposal_text(found: dict[str, Any]) -> str:
    """Put base serial and changes of a proposal in lines; empty for a dark level."""
    if not found:
        return ""
    from venus_analysis.calibrate.row import plain

    base = f"base: PHGAIN serial {found['base']}" if found["base"] else "base: none, a first file"
    rows = [
        {"band": one["band"], "TDI": one["tdi"], "Ak old": plain(one["old"]),
         "Ak new": one["new"], "new / old": plain(one["ratio"])}
        for one in found["changes"]
    ]  # fmt: skip
    return f"{base}\n{table(rows) if rows else 'no Ak changes'}\n"
